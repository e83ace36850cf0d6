// Slack's rate limits by method, as a sliding minute: docs.slack.dev/apis/web-api/rate-limits.

const MINUTE_MS = 60_000;
const SECOND_MS = 1_000;

/** Calls a minute; chat.postMessage is counted apart, one a second in each channel. */
const CALLS_A_MINUTE: Readonly<Record<string, number>> = {
  "auth.test": 100,
  "bots.info": 50,
  "chat.update": 50,
  "chat.delete": 50,
  "chat.postEphemeral": 100,
  "chat.getPermalink": 100,
  "conversations.info": 50,
  "conversations.open": 50,
  "usergroups.list": 20,
  "usergroups.users.list": 20,
  "users.info": 100,
  "users.list": 20,
  "views.open": 100,
  "views.push": 100,
  "views.update": 100,
  "views.publish": 100,
};

/** Returns a function that counts a call and says in how many seconds to come back, if it is one too many. */
export function createRateLimits(now: () => number) {
  const calls = new Map<string, number[]>();
  return (method: string, channel: string | undefined): number | undefined => {
    const isPost = method === "chat.postMessage";
    // A person's id stands for the direct message with them.
    const key = isPost ? `${method} ${channel?.replace(/^[UW]/, "D")}` : method;
    const windowMs = isPost ? SECOND_MS : MINUTE_MS;
    const allowed = isPost ? 1 : (CALLS_A_MINUTE[method] ?? 100);

    const recent = (calls.get(key) ?? []).filter((at) => now() - at < windowMs);
    calls.set(key, recent);
    const oldest = recent[0];
    if (oldest !== undefined && recent.length >= allowed) {
      return Math.ceil((oldest + windowMs - now()) / 1000);
    }
    recent.push(now());
    return undefined;
  };
}
