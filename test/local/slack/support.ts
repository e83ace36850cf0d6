// The real @slack/web-api client on the emulated Web API, and what Slack says where it refuses.

import { WebAPIPlatformError, WebClient, type WebClientOptions } from "@slack/web-api";
import type { SlackWebApi } from "../../../local/slack/web-api.ts";

export const TOKEN = "xoxb-local-not-a-secret";

export const silent = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  setLevel() {},
  setName() {},
  getLevel: () => "error" as never,
};

/** A client that neither retries nor sleeps. */
export function clientOf(
  slack: SlackWebApi,
  token: string | undefined = TOKEN,
  more: Partial<WebClientOptions> = {},
): WebClient {
  return new WebClient(token, {
    slackApiUrl: slack.apiUrl,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    logger: silent,
    ...more,
  });
}

/** Slack's whole answer where it says no. */
export async function refusal(call: Promise<unknown>) {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof WebAPIPlatformError)) throw new Error(`no refusal, but ${error}`);
  return error.data;
}

export const refusalCode = async (call: Promise<unknown>) => (await refusal(call)).error;

const REQUEST_URL = "https://example.com/slack/events";

/** The manifest of an app that has one of everything. */
export const plainManifest = {
  _metadata: { major_version: 2 },
  display_information: { name: "Plain", description: "An app", background_color: "#123456" },
  features: {
    app_home: {
      home_tab_enabled: true,
      messages_tab_enabled: true,
      messages_tab_read_only_enabled: false,
    },
    bot_user: { display_name: "plain" },
    shortcuts: [
      { name: "Do it", type: "global", callback_id: "do_it", description: "Does it" },
      { name: "With this", type: "message", callback_id: "with_this", description: "Does it" },
    ],
    slash_commands: [{ command: "/plain", description: "Does it", url: REQUEST_URL }],
  },
  oauth_config: { scopes: { bot: ["commands", "chat:write"] } },
  settings: {
    event_subscriptions: { request_url: REQUEST_URL, bot_events: ["app_home_opened"] },
    interactivity: {
      is_enabled: true,
      request_url: REQUEST_URL,
      message_menu_options_url: REQUEST_URL,
    },
    socket_mode_enabled: false,
  },
};
