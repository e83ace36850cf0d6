// What a Slack workspace consists of, as plain data that can be written to a file and read back.

import type { ModalView, PlainTextElement } from "@slack/types";
import type { SlackBlock } from "./block-kit.ts";
import type { StateValues } from "./element-state.ts";
import type { Installation } from "./installation.ts";

export interface SlackUser {
  readonly id: string;
  /** The workspace that the person belongs to; another than ours for people from Slack Connect. */
  readonly team_id: string;
  /** The handle, and the full name beside it. */
  readonly name: string;
  readonly real_name: string;
  readonly is_admin?: boolean;
  readonly is_bot?: boolean;
  /** A guest: of several channels, or (`ultra`) of one. */
  readonly is_restricted?: boolean;
  readonly is_ultra_restricted?: boolean;
  /** Deactivated: has left. */
  readonly deleted?: boolean;
}

export interface SlackChannel {
  readonly id: string;
  readonly name: string;
  readonly members: readonly string[];
  readonly is_archived?: boolean;
  /** Who is not in it does not even learn that it exists. */
  readonly is_private?: boolean;
  /** For a direct message with the bot: whose it is. */
  readonly im_user?: string;
}

export interface SlackUsergroup {
  readonly id: string;
  readonly handle: string;
  readonly name: string;
  readonly users: readonly string[];
}

export interface SlackMessage {
  readonly channel: string;
  /** Seconds with six decimals: the message's id in its channel. */
  readonly ts: string;
  readonly user: string;
  /** Only where an app wrote it. */
  readonly bot_id?: string;
  readonly text: string;
  readonly blocks?: readonly SlackBlock[];
  readonly thread_ts?: string;
  /** Set where the text was edited; Slack shows no mark where blocks were. */
  readonly edited?: { readonly user: string; readonly ts: string };
  readonly metadata?: unknown;
  /** The time in which it could be edited is over. */
  readonly frozen?: boolean;
  /** An ephemeral message: the only one who sees it. */
  readonly only_for?: string;
}

/** A view as Slack sends it to the app and returns it from `views.*`. */
export interface SlackView {
  readonly id: string;
  readonly team_id: string;
  readonly app_id: string;
  readonly app_installed_team_id: string;
  readonly bot_id: string;
  readonly type: "modal" | "home";
  readonly callback_id: string;
  readonly external_id: string;
  readonly private_metadata: string;
  readonly title: PlainTextElement | null;
  readonly submit: PlainTextElement | null;
  readonly close: PlainTextElement | null;
  readonly blocks: readonly SlackBlock[];
  readonly state: { readonly values: StateValues };
  /** Changes with every update, see `hash_conflict`. */
  readonly hash: string;
  readonly root_view_id: string;
  readonly previous_view_id: string | null;
  readonly clear_on_close: boolean;
  readonly notify_on_close: boolean;
}

/** What an app sends as a view: a validated modal or home tab. */
export type ViewDefinition = Omit<Partial<ModalView>, "type" | "blocks"> & {
  readonly type: "modal" | "home";
  readonly blocks: readonly SlackBlock[];
};

/** A modal on someone's screen: the view, and what only the client knows. */
export interface OpenModal {
  readonly view: SlackView;
  /** Messages at the fields, by block_id, after `response_action: errors`. */
  readonly errors: Readonly<Record<string, string>>;
}

export interface Trigger {
  readonly user: string;
  readonly issuedAt: number;
  readonly exchanged: boolean;
  /** The view in which the person acted, if it was one. */
  readonly view?: string;
}

export interface ResponseHook {
  readonly user: string;
  readonly channel: string;
  readonly issuedAt: number;
  readonly uses: number;
  /** The message that was acted on, where there was one. */
  readonly message?: { readonly ts: string; readonly only_for?: string };
}

/** The one app of the workspace. */
export interface SlackApp {
  readonly id: string;
  readonly botId: string;
  readonly botUser: string;
  /** What it may do and offers, by its manifest; where there is none, whatever it tries. */
  installation?: Installation;
}

/** Everything; changed only by `workspace.ts`. */
export interface WorkspaceState {
  readonly team: { readonly id: string; readonly domain: string; readonly name: string };
  readonly app: SlackApp;
  readonly botToken: string;
  readonly users: SlackUser[];
  readonly channels: SlackChannel[];
  readonly usergroups: SlackUsergroup[];
  readonly messages: SlackMessage[];
  readonly modals: Record<string, readonly OpenModal[]>;
  readonly homes: Record<string, SlackView>;
  readonly triggers: Record<string, Trigger>;
  readonly hooks: Record<string, ResponseHook>;
  /** Counts up for ids; the last `ts` given out, in microseconds. */
  counters: { id: number; ts: number };
}

const TEAM = "T0ACME";
const BOT = "U0LATCHKEY";

/** The workspace of the scenario: a developer or two, two approvers, an admin, and some who must be refused. */
export function acmeWorkspace(): WorkspaceState {
  const users: SlackUser[] = [
    { id: "U0ADA", team_id: TEAM, name: "ada", real_name: "Ada Byrne" },
    { id: "U0DEE", team_id: TEAM, name: "dee", real_name: "Dee Okafor" },
    { id: "U0BOB", team_id: TEAM, name: "bob", real_name: "Bob Lindqvist" },
    { id: "U0LEE", team_id: TEAM, name: "lee", real_name: "Lee Tanaka" },
    { id: "U0CAT", team_id: TEAM, name: "cat", real_name: "Cat Moreno", is_admin: true },
    { id: "U0GUS", team_id: TEAM, name: "gus", real_name: "Gus Weber", is_restricted: true },
    { id: "U0ZED", team_id: TEAM, name: "zed", real_name: "Zed Marsh", deleted: true },
    { id: "U0EVE", team_id: "T0OTHER", name: "eve", real_name: "Eve Novak" },
    { id: BOT, team_id: TEAM, name: "latchkey", real_name: "Latchkey", is_bot: true },
  ];
  const everyone = users.filter((user) => !user.deleted).map((user) => user.id);
  const staff = ["U0ADA", "U0DEE", "U0BOB", "U0LEE", "U0CAT"];
  return {
    team: { id: TEAM, domain: "acme", name: "Acme" },
    app: { id: "A0LATCHKEY", botId: "B0LATCHKEY", botUser: BOT },
    botToken: "xoxb-local-not-a-secret",
    users,
    channels: [
      { id: "C0ACCESS", name: "access-requests", members: everyone },
      { id: "C0WEB", name: "web-team", members: staff },
      { id: "C0OLD", name: "old-requests", members: everyone, is_archived: true },
    ],
    usergroups: [
      {
        id: "S0LEADS",
        handle: "platform-leads",
        name: "Platform leads",
        users: ["U0BOB", "U0LEE"],
      },
      { id: "S0SECURITY", handle: "security", name: "Security", users: ["U0CAT"] },
    ],
    messages: [],
    modals: {},
    homes: {},
    triggers: {},
    hooks: {},
    counters: { id: 0, ts: 0 },
  };
}
