// A small Slack for tests of the page: what a test says of it, and the scenario's people for the rest.

import type { SlackPart } from "../../../local/page/protocol.ts";
import {
  acmeWorkspace,
  type SlackMessage,
  type SlackView,
} from "../../../local/slack/workspace-state.ts";

const ACME = acmeWorkspace();
const BOT = ACME.app.botUser;

export const ACCESS_COMMAND = {
  command: "/access",
  description: "Ask for access for a while",
  hint: "[entitlement duration] | list",
};

/** Acme, with a direct message between the bot and Ada, and one with Bob. */
export function aSlack(changes: Partial<SlackPart> = {}): SlackPart {
  return {
    team: ACME.team,
    app: {
      botUser: BOT,
      name: "Latchkey",
      commands: [ACCESS_COMMAND],
      shortcuts: [{ callbackId: "ask", name: "Request access", description: "Ask for access" }],
    },
    users: ACME.users,
    cast: [
      { user: "U0ADA", role: "Developer", tryThis: "Ask for access." },
      { user: "U0BOB", role: "Approver", tryThis: "Approve it." },
      { user: "U0EVE", role: "Another workspace", tryThis: "Try to ask." },
    ],
    usergroups: ACME.usergroups,
    channels: [
      ...ACME.channels,
      { id: "D0ADA", name: "directmessage", members: [BOT, "U0ADA"], im_user: "U0ADA" },
      { id: "D0BOB", name: "directmessage", members: [BOT, "U0BOB"], im_user: "U0BOB" },
    ],
    messages: [],
    homes: {},
    modals: {},
    ...changes,
  };
}

/** A message of the bot's in #access-requests, `at` so many seconds after 2026-05-07 12:00 UTC. */
export function aMessage(at: number, changes: Partial<SlackMessage> = {}): SlackMessage {
  const user = changes.user ?? BOT;
  return {
    channel: "C0ACCESS",
    ts: tsAt(at),
    user,
    text: `message ${at}`,
    ...(user === BOT && { bot_id: ACME.app.botId }),
    ...changes,
  };
}

/** `at`: seconds after 2026-05-07 12:00 UTC. */
export function tsAt(at: number): string {
  return (Date.UTC(2026, 4, 7, 12) / 1000 + at).toFixed(6);
}

export function aHome(hash: string): SlackView {
  return {
    id: "V1",
    team_id: ACME.team.id,
    app_id: ACME.app.id,
    app_installed_team_id: ACME.team.id,
    bot_id: ACME.app.botId,
    type: "home",
    callback_id: "",
    external_id: "",
    private_metadata: "",
    title: null,
    submit: null,
    close: null,
    blocks: [],
    state: { values: {} },
    hash,
    root_view_id: "V1",
    previous_view_id: null,
    clear_on_close: false,
    notify_on_close: false,
  };
}
