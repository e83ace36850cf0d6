// Tells people in Slack: brings a grant's messages and App Homes up to date, and tells admins what was found.

import type { WebClient } from "@slack/web-api";
import type { Clock, Messenger, Pauses } from "../broker/ports.ts";
import type { AdminMessenger } from "../broker/tell-findings.ts";
import type { SlackUserId } from "../grant/ids.ts";
import { SETTLE_MS, unsureOf } from "./attempt.ts";
import { digestOf } from "./digest.ts";
import { isUnreachable } from "./refusals.ts";
import { createSender, type Problem } from "./send.ts";
import { showMessages } from "./show-messages.ts";
import { findingsMessage } from "./views/findings.ts";
import { homeView } from "./views/home.ts";
import { messagesOf } from "./views/messages.ts";
import { threadLines } from "./views/thread.ts";

/** Findings are told once in a while, whatever else is paused. */
const NO_PAUSES: Pauses = { until: () => 0, note() {} };

/**
 * @param client fails or answers within a bound, and neither waits nor tries again by itself
 * @param admins who is told of what failed
 */
export function createMessenger(
  client: () => Promise<WebClient>,
  admins: readonly SlackUserId[],
  clock: Pick<Clock, "now">,
): Messenger & AdminMessenger {
  return {
    async show({ grant, version, shown, isTakenOver }, telling, { pauses, keep }) {
      const sender = createSender(client, clock, pauses);
      const messages = messagesOf(grant, telling, admins);
      const lines = threadLines(grant, shown.told ?? 0);
      const before = isTakenOver ? unsureOf(shown) : shown;
      return showMessages({ sender, now: clock.now, keep }, before, { version, messages, lines });
    },

    async publishHome(home, before, pauses) {
      const view = homeView(home, admins);
      const shows = digestOf(view);
      if (before.shows === shows) return { shows };
      const { problem } = await createSender(client, clock, pauses).publish(home.user, view);
      // Whoever has left looks at nothing; should they be back, opening it publishes it.
      if (problem !== undefined && isUnreachable(problem.code)) return {};
      const now = clock.now();
      if (problem?.isLost === true)
        return { problem: problem.code, unsettledUntil: now + SETTLE_MS };
      if (problem !== undefined) return { ...before, ...unpublished(problem) };
      // What was lost before may land over it: then it is published once more.
      const { unsettledUntil = 0 } = before;
      return unsettledUntil > now ? { unsettledUntil, retryAt: unsettledUntil } : { shows };
    },

    async tell(admin, news) {
      const sender = createSender(client, clock, NO_PAUSES);
      const { problem } = await sender.post(admin, findingsMessage(news));
      return problem === undefined ? {} : { problem: problem.code };
    },
  };
}

function unpublished({ code, retryAt, isRefused }: Problem) {
  return {
    problem: code,
    ...(isRefused === true ? { isLasting: true } : {}),
    ...(retryAt === undefined ? {} : { retryAt }),
  };
}
