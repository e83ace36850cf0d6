// The Slack app's manifest: everything that Slack must know of Latchkey, from one address.

import type { AppsManifestCreateArguments } from "@slack/web-api";
import { COMMAND, EVENTS, SHORTCUT } from "./names.ts";

/** The path that Slack's requests go to: the route in serverless.yml. */
const SLACK_PATH = "/slack/events";

/** What goes into "Create an app › From a manifest" (https://docs.slack.dev/reference/app-manifest). */
export function slackManifest(requestUrl: string) {
  return {
    _metadata: { major_version: 2 },
    display_information: {
      name: "Latchkey",
      description: "Lends you access and takes it back on time.",
      long_description:
        `Ask for access with ${COMMAND}, for as long as you need it. Someone who may say yes clicks, ` +
        "Latchkey writes the access to AWS, tells you when it is there, and takes it away when your " +
        "time is over. Your requests, and who decided them, are kept on record.",
      background_color: "#1f3a5f",
    },
    features: {
      app_home: {
        home_tab_enabled: true,
        // Without it no direct message could be sent. Nobody would read what people write there.
        messages_tab_enabled: true,
        messages_tab_read_only_enabled: true,
      },
      bot_user: { display_name: "Latchkey", always_online: true },
      shortcuts: [
        {
          name: "Request access",
          type: "global",
          callback_id: SHORTCUT,
          description: "Ask for access for a while",
        },
      ],
      slash_commands: [
        {
          command: COMMAND,
          url: requestUrl,
          description: "Ask for access for a while; alone it opens the form",
          usage_hint: "[entitlement duration ticket reason] | list | mine | help",
          should_escape: false,
        },
      ],
    },
    oauth_config: {
      scopes: {
        // The fewest that suffice: chat:write is enough for direct messages, since they are posted to a person's
        // id and never opened; usergroups:read is for an access.yml that names a user group (`usergroup:`).
        bot: ["commands", "chat:write", "users:read", "usergroups:read"],
      },
    },
    settings: {
      event_subscriptions: { request_url: requestUrl, bot_events: Object.values(EVENTS) },
      interactivity: {
        is_enabled: true,
        request_url: requestUrl,
        message_menu_options_url: requestUrl,
      },
      org_deploy_enabled: false,
      socket_mode_enabled: false,
      // A token that changes would have to be written somewhere; this one sits in a SecureString.
      token_rotation_enabled: false,
    },
  } satisfies AppsManifestCreateArguments["manifest"];
}

/**
 * The address for Slack's requests: what the deployment printed as `SlackRequestUrl`, or its host alone,
 * which gets the path. @throws TypeError that says what belongs there.
 */
export function parseRequestUrl(text: string): string {
  if (!URL.canParse(text)) throw new TypeError(`"${text}" is no address. ${WHICH_URL}`);
  const url = new URL(text);
  if (url.protocol !== "https:") throw new TypeError(`Slack calls https only. ${WHICH_URL}`);
  if (url.search !== "" || url.hash !== "" || url.username !== "") {
    throw new TypeError(`The address must end with its path. ${WHICH_URL}`);
  }
  if (url.pathname === "/") url.pathname = SLACK_PATH;
  return url.href;
}

const WHICH_URL =
  "Give the SlackRequestUrl: the endpoint that `npx osls deploy` printed, and `npx osls info --stage STAGE` prints again.";
