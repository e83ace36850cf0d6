// The methods of Slack's Web API that Latchkey calls, and what each checks before it takes effect.

import type { Workspace } from "./workspace.ts";
import { SlackRefusal } from "./workspace-core.ts";
import type { Draft } from "./workspace-messages.ts";
import type { SlackChannel, SlackMessage, SlackUser } from "./workspace-state.ts";

/** A call's arguments, as they were sent: text from a form, anything from JSON. */
export type Arguments = Readonly<Record<string, unknown>>;

/** What stands in the answer beside `ok: true`. */
type Answer = Readonly<Record<string, unknown>>;

export interface ApiMethod {
  /** The scope that the token needs, if any. */
  readonly scope?: string | ((args: Arguments) => string);
  /** @throws SlackRefusal with Slack's error code. */
  readonly call: (workspace: Workspace, args: Arguments) => Answer;
}

export const API_METHODS: Readonly<Record<string, ApiMethod>> = {
  "auth.test": { call: authTest },
  "bots.info": { scope: "users:read", call: botInfo },
  "chat.postMessage": { scope: "chat:write", call: postMessage },
  "chat.postEphemeral": { scope: "chat:write", call: postEphemeral },
  "chat.update": { scope: "chat:write", call: updateMessage },
  "chat.delete": { scope: "chat:write", call: deleteMessage },
  "chat.getPermalink": { call: getPermalink },
  "conversations.open": { scope: "im:write", call: openConversation },
  "conversations.info": { scope: scopeToReadConversation, call: conversationInfo },
  "usergroups.list": { scope: "usergroups:read", call: listUsergroups },
  "usergroups.users.list": { scope: "usergroups:read", call: listUsergroupMembers },
  "users.info": { scope: "users:read", call: userInfo },
  "users.list": { scope: "users:read", call: listUsers },
  "views.open": { call: openView },
  "views.push": { call: pushView },
  "views.update": { call: updateView },
  "views.publish": { call: publishView },
};

function authTest({ team, app, user }: Workspace): Answer {
  return {
    url: `https://${team.domain}.slack.com/`,
    team: team.name,
    user: user(app.botUser)?.name,
    team_id: team.id,
    user_id: app.botUser,
    bot_id: app.botId,
    is_enterprise_install: false,
  };
}

/** The only bot that there is (docs.slack.dev/reference/methods/bots.info). */
function botInfo({ app, user }: Workspace, args: Arguments): Answer {
  if (optional(args, "bot") !== app.botId) throw new SlackRefusal("bot_not_found");
  return {
    bot: {
      id: app.botId,
      deleted: false,
      name: user(app.botUser)?.real_name,
      updated: BOT_UPDATED_S,
      app_id: app.id,
      user_id: app.botUser,
      icons: { image_48: "https://a.slack-edge.com/80588/img/plugins/app/bot_48.png" },
    },
  };
}

/** When the bot was last changed (epoch seconds): nobody goes by it. */
const BOT_UPDATED_S = 1_750_000_000;

// --- chat.*

function postMessage(workspace: Workspace, args: Arguments): Answer {
  const channel = writableChannel(workspace, required(args, "channel"));
  const message = workspace.post(draftOf(workspace, args, channel));
  return { channel: channel.id, ts: message.ts, message: asSent(workspace, message) };
}

function postEphemeral(workspace: Workspace, args: Arguments): Answer {
  const channel = writableChannel(workspace, required(args, "channel"));
  const reader = required(args, "user");
  if (!channel.members.includes(reader)) throw new SlackRefusal("user_not_in_channel");
  const message = workspace.post({ ...draftOf(workspace, args, channel), only_for: reader });
  return { message_ts: message.ts };
}

function updateMessage(workspace: Workspace, args: Arguments): Answer {
  const message = ownMessage(workspace, args, "cant_update_message");
  const channel = workspace.channel(message.channel);
  if (channel?.is_archived) throw new SlackRefusal("is_inactive");
  if (message.frozen) throw new SlackRefusal("edit_window_closed");
  const changed = workspace.edit(message, {
    text: optional(args, "text"),
    blocks: json(args, "blocks", "invalid_blocks_format"),
    metadata: metadataOf(args),
  });
  return {
    channel: changed.channel,
    ts: changed.ts,
    text: changed.text,
    message: asSent(workspace, changed),
  };
}

function deleteMessage(workspace: Workspace, args: Arguments): Answer {
  const message = ownMessage(workspace, args, "cant_delete_message");
  workspace.remove(message);
  return { channel: message.channel, ts: message.ts };
}

function getPermalink(workspace: Workspace, args: Arguments): Answer {
  const channel = knownChannel(workspace, required(args, "channel"));
  const ts = required(args, "message_ts");
  if (workspace.find(channel.id, ts) === undefined) throw new SlackRefusal("message_not_found");
  const permalink = `https://${workspace.team.domain}.slack.com/archives/${channel.id}/p${ts.replace(".", "")}`;
  return { channel: channel.id, permalink };
}

/** Only what the bot wrote can it change, and by the id of the channel: for a direct message `D…`, not `U…`. */
function ownMessage(workspace: Workspace, args: Arguments, refusal: string): SlackMessage {
  const channel = knownChannel(workspace, required(args, "channel"));
  const message = workspace.find(channel.id, required(args, "ts"));
  if (message === undefined || message.only_for !== undefined) {
    throw new SlackRefusal("message_not_found");
  }
  if (message.user !== workspace.app.botUser) throw new SlackRefusal(refusal);
  return message;
}

function draftOf(workspace: Workspace, args: Arguments, channel: SlackChannel): Draft {
  return {
    channel: channel.id,
    user: workspace.app.botUser,
    text: optional(args, "text"),
    blocks: json(args, "blocks", "invalid_blocks_format"),
    thread_ts: optional(args, "thread_ts"),
    metadata: metadataOf(args),
  };
}

function metadataOf(args: Arguments): unknown {
  const metadata = json(args, "metadata", "invalid_metadata_format");
  if (metadata === undefined) return undefined;
  const { event_type: type, event_payload: payload } = metadata as Record<string, unknown>;
  if (typeof type !== "string" || typeof payload !== "object" || payload === null) {
    throw new SlackRefusal("invalid_metadata_schema");
  }
  return metadata;
}

/** A channel that the bot may write to; a user's id stands for the direct message with them. */
function writableChannel(workspace: Workspace, id: string): SlackChannel {
  const { botUser, installation } = workspace.app;
  const channel = /^[UW]/.test(id) ? directMessageBy(workspace, id) : knownChannel(workspace, id);
  const isOpen = installation?.scopes.includes("chat:write.public") ?? false;
  if (!channel.members.includes(botUser) && !isOpen) throw new SlackRefusal("not_in_channel");
  if (channel.is_archived) throw new SlackRefusal("is_archived");
  if (channel.im_user !== undefined && installation?.hasMessagesTab === false) {
    throw new SlackRefusal("messages_tab_disabled");
  }
  return channel;
}

/**
 * chat.* do not tell why a person cannot be written to; conversations.open does. What is written to someone
 * who has left goes where it always went (slackapi/python-slack-sdk#1156).
 */
function directMessageBy(workspace: Workspace, userId: string): SlackChannel {
  const open = workspace.openedMessage(userId);
  if (open !== undefined) return open;
  const person = workspace.user(userId);
  if (person === undefined || person.deleted) throw new SlackRefusal("channel_not_found");
  return workspace.directMessage(userId);
}

/** A channel that the bot knows of: private ones only from within. */
function knownChannel(workspace: Workspace, id: string): SlackChannel {
  const channel = workspace.channel(id);
  const isHidden = channel?.is_private && !channel.members.includes(workspace.app.botUser);
  if (channel === undefined || isHidden) throw new SlackRefusal("channel_not_found");
  return channel;
}

/** A message as Slack shows it to the app: without what only the workspace keeps. */
export function asSent(workspace: Workspace, message: SlackMessage): Answer {
  const { channel: _channel, only_for: _onlyFor, frozen: _frozen, ...visible } = message;
  const { app, team } = workspace;
  return { type: "message", ...visible, ...(visible.bot_id && { app_id: app.id }), team: team.id };
}

// --- conversations.*, usergroups.*, users.*

function openConversation(workspace: Workspace, args: Arguments): Answer {
  const users = optional(args, "users")?.split(",") ?? [];
  const [userId] = users;
  if (userId === undefined || userId === "") throw new SlackRefusal("users_list_not_supplied");
  if (users.length > 1) throw new SlackRefusal("method_not_supported_for_channel_type");
  return { channel: { id: workspace.directMessage(userId).id } };
}

function scopeToReadConversation(args: Arguments): string {
  return String(args["channel"]).startsWith("D") ? "im:read" : "channels:read";
}

function conversationInfo(workspace: Workspace, args: Arguments): Answer {
  const channel = knownChannel(workspace, required(args, "channel"));
  const isIm = channel.im_user !== undefined;
  return {
    channel: {
      id: channel.id,
      name: channel.name,
      is_channel: !isIm,
      is_im: isIm,
      ...(isIm && { user: channel.im_user }),
      is_archived: channel.is_archived ?? false,
      is_ext_shared: channel.members.some(
        (id) => workspace.user(id)?.team_id !== workspace.team.id,
      ),
      is_member: channel.members.includes(workspace.app.botUser),
    },
  };
}

function listUsergroups({ state }: Workspace): Answer {
  return {
    usergroups: state.usergroups.map(({ users, ...group }) => ({
      ...group,
      user_count: users.length,
    })),
  };
}

function listUsergroupMembers(workspace: Workspace, args: Arguments): Answer {
  const group = workspace.usergroup(required(args, "usergroup"));
  if (group === undefined) throw new SlackRefusal("no_such_subteam");
  return { users: group.users };
}

function userInfo(workspace: Workspace, args: Arguments): Answer {
  const user = workspace.user(required(args, "user"));
  if (user === undefined) throw new SlackRefusal("user_not_found");
  return { user: profileOf(workspace, user) };
}

function listUsers(workspace: Workspace): Answer {
  const members = workspace.state.users.map((user) => profileOf(workspace, user));
  return { members, response_metadata: { next_cursor: "" } };
}

/** NB. `is_stranger` is false also for people from other workspaces whom a channel is shared with: `team_id` tells. */
function profileOf(workspace: Workspace, user: SlackUser): Answer {
  const { id, team_id, name, real_name } = user;
  if (user.deleted) return { id, team_id, name, real_name, deleted: true, is_bot: false };
  return {
    id,
    team_id,
    name,
    real_name,
    deleted: false,
    is_admin: user.is_admin ?? false,
    is_owner: false,
    is_bot: user.is_bot ?? false,
    is_app_user: false,
    is_restricted: user.is_restricted ?? false,
    is_ultra_restricted: user.is_ultra_restricted ?? false,
    is_stranger: isStranger(workspace, user),
    tz: "Etc/UTC",
    profile: { real_name, display_name: name, team: team_id },
  };
}

/** From another workspace, and in no channel that the bot is in (docs.slack.dev/apis/slack-connect). */
function isStranger({ app, state, team }: Workspace, { id, team_id }: SlackUser): boolean {
  const meets = state.channels.some(
    ({ members }) => members.includes(id) && members.includes(app.botUser),
  );
  return team_id !== team.id && !meets;
}

// --- views.*

function openView(workspace: Workspace, args: Arguments): Answer {
  const view = viewIn(args);
  const open = workspace.exchangeTrigger(triggerIn(args), ({ user }) =>
    workspace.openModal(user, view),
  );
  return { view: open };
}

/** A view goes onto the one in which the trigger came about; there must be one. */
function pushView(workspace: Workspace, args: Arguments): Answer {
  const view = viewIn(args);
  const pushed = workspace.exchangeTrigger(triggerIn(args), (trigger) => {
    if (!workspace.isOpen(trigger.user, trigger.view)) throw new SlackRefusal("not_found");
    return workspace.pushModal(trigger.user, view);
  });
  return { view: pushed };
}

function updateView(workspace: Workspace, args: Arguments): Answer {
  const id = optional(args, "view_id");
  const externalId = optional(args, "external_id");
  if ((id === undefined) === (externalId === undefined)) {
    throw new SlackRefusal("invalid_arguments", [
      { pointer: "", message: "must provide one of `view_id` and `external_id`" },
    ]);
  }
  const hash = optional(args, "hash");
  return { view: workspace.updateModal({ id, externalId }, viewIn(args), hash) };
}

/** Only members of the workspace have the app's home (slackapi/bolt-python#954). */
function publishView(workspace: Workspace, args: Arguments): Answer {
  if (workspace.app.installation?.hasHomeTab === false) throw new SlackRefusal("not_enabled");
  const userId = required(args, "user_id");
  const person = workspace.user(userId);
  if (person === undefined || person.deleted || person.team_id !== workspace.team.id) {
    throw new SlackRefusal("invalid_arguments", [
      { pointer: "/user_id", message: "invalid `user_id`" },
    ]);
  }
  return { view: workspace.publishHome(userId, viewIn(args), optional(args, "hash")) };
}

function viewIn(args: Arguments): unknown {
  required(args, "view");
  return json(args, "view", "invalid_arguments");
}

function triggerIn(args: Arguments): string {
  const trigger = required(args, "trigger_id");
  if (!/^\d+\.\d+\.[0-9a-f]+$/.test(trigger)) throw new SlackRefusal("invalid_trigger_id");
  return trigger;
}

// --- Arguments

function optional(args: Arguments, name: string): string | undefined {
  const value = args[name];
  return value === undefined || value === null ? undefined : String(value);
}

function required(args: Arguments, name: string): string {
  const value = optional(args, name);
  if (value !== undefined && value !== "") return value;
  throw new SlackRefusal("invalid_arguments", [
    { pointer: "", message: `missing required field: ${name}` },
  ]);
}

/** An argument that is JSON: as text in a form, as it is in a JSON body. */
function json(args: Arguments, name: string, refusal: string): unknown {
  const value = args[name];
  if (typeof value !== "string") return value ?? undefined;
  try {
    const parsed: unknown = JSON.parse(value);
    if (typeof parsed === "object" && parsed !== null) return parsed;
  } catch {
    // Not JSON at all: refused like JSON of another kind.
  }
  throw new SlackRefusal(refusal);
}
