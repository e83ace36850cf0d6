// The payloads of what people do in Slack, field for field as Slack sends them.
// Source: docs.slack.dev/reference/interaction-payloads, /interactivity/implementing-slash-commands, /apis/events-api.

import { type Entry, elementsOf, entered, type PlacedElement } from "./element-state.ts";
import { asSent } from "./web-api-methods.ts";
import type { Workspace } from "./workspace.ts";
import type { SlackMessage, SlackUser, SlackView } from "./workspace-state.ts";

/** Slack's old verification token, which it still sends. NB. No proof of anything. */
export const TOKEN = "deprecated-verification-token";

type Json = Readonly<Record<string, unknown>>;

/** What every interaction says of the workspace, the app and the person. */
function envelope({ team, app }: Workspace, user: SlackUser): Json {
  return {
    token: TOKEN,
    team: { id: team.id, domain: team.domain },
    enterprise: null,
    is_enterprise_install: false,
    api_app_id: app.id,
    user: { id: user.id, username: user.name, name: user.name, team_id: user.team_id },
  };
}

export function slashCommand(
  { team, app }: Workspace,
  user: SlackUser,
  typed: {
    readonly command: string;
    readonly text: string;
    readonly channel: { readonly id: string; readonly name: string };
    readonly triggerId: string;
    readonly responseUrl: string;
  },
): Readonly<Record<string, string>> {
  const isOurs = user.team_id === team.id;
  return {
    token: TOKEN,
    team_id: user.team_id,
    team_domain: isOurs ? team.domain : "elsewhere",
    channel_id: typed.channel.id,
    channel_name: typed.channel.name,
    user_id: user.id,
    user_name: user.name,
    command: typed.command,
    text: typed.text,
    api_app_id: app.id,
    is_enterprise_install: "false",
    response_url: typed.responseUrl,
    trigger_id: typed.triggerId,
  };
}

export function globalShortcut(
  workspace: Workspace,
  user: SlackUser,
  { callbackId, triggerId }: { readonly callbackId: string; readonly triggerId: string },
): Json {
  // NB. Of the app a global shortcut says nothing, nor where it was run.
  const { api_app_id: _app, ...rest } = envelope(workspace, user);
  return {
    type: "shortcut",
    ...rest,
    user: { id: user.id, username: user.name, team_id: user.team_id },
    callback_id: callbackId,
    trigger_id: triggerId,
    action_ts: workspace.nextTs(),
  };
}

export function viewSubmission(
  workspace: Workspace,
  user: SlackUser,
  { view, triggerId }: { readonly view: SlackView; readonly triggerId: string },
): Json {
  return {
    type: "view_submission",
    ...envelope(workspace, user),
    trigger_id: triggerId,
    view,
    response_urls: [],
  };
}

export function viewClosed(
  workspace: Workspace,
  user: SlackUser,
  { view, isCleared }: { readonly view: SlackView; readonly isCleared: boolean },
): Json {
  return { type: "view_closed", ...envelope(workspace, user), view, is_cleared: isCleared };
}

/** Where a person acts: in a message or in a view. */
export type Place = SlackMessage | SlackView;

export function isView(place: Place): place is SlackView {
  return "hash" in place;
}

export function blockActions(
  workspace: Workspace,
  user: SlackUser,
  acted: {
    readonly place: Place;
    readonly at: PlacedElement;
    readonly entry?: Entry;
    readonly triggerId: string;
    /** Only in messages. */
    readonly responseUrl?: string;
  },
): Json {
  const { place, at, entry, triggerId, responseUrl } = acted;
  return {
    type: "block_actions",
    ...envelope(workspace, user),
    ...(isView(place) ? inView(place) : inMessage(workspace, place)),
    trigger_id: triggerId,
    ...(responseUrl !== undefined && { response_url: responseUrl }),
    actions: [{ ...actionOf(at, entry), action_ts: workspace.nextTs() }],
  };
}

export function blockSuggestion(
  workspace: Workspace,
  user: SlackUser,
  {
    place,
    at,
    query,
  }: { readonly place: Place; readonly at: PlacedElement; readonly query: string },
): Json {
  return {
    type: "block_suggestion",
    ...envelope(workspace, user),
    ...(isView(place) ? inView(place) : inMessage(workspace, place)),
    action_id: at.element.action_id,
    block_id: at.block.block_id,
    value: query,
  };
}

/** An event of the Events API in its envelope. */
export function eventCallback({ team, app, now, nextId }: Workspace, event: Json): Json {
  return {
    token: TOKEN,
    team_id: team.id,
    api_app_id: app.id,
    event,
    type: "event_callback",
    event_id: nextId("Ev"),
    event_time: Math.floor(now() / 1000),
    authorizations: [
      {
        enterprise_id: null,
        team_id: team.id,
        user_id: app.botUser,
        is_bot: true,
        is_enterprise_install: false,
      },
    ],
    is_ext_shared_channel: false,
  };
}

function inView(view: SlackView): Json {
  return { container: { type: "view", view_id: view.id }, view };
}

/** Of an ephemeral message Slack sends the container alone. */
function inMessage(workspace: Workspace, message: SlackMessage): Json {
  const channel = workspace.channel(message.channel);
  const isEphemeral = message.only_for !== undefined;
  return {
    container: {
      type: "message",
      message_ts: message.ts,
      channel_id: message.channel,
      is_ephemeral: isEphemeral,
      ...(message.thread_ts !== undefined && { thread_ts: message.thread_ts }),
    },
    channel: { id: message.channel, name: channel?.name ?? "" },
    ...(!isEphemeral && { message: asSent(workspace, message) }),
    state: { values: {} },
  };
}

function actionOf({ block, element }: PlacedElement, entry: Entry | undefined): Json {
  const ids = { action_id: element.action_id, block_id: block.block_id };
  if (element.type !== "button") return { ...ids, ...entered(element, entry ?? null) };
  const { type, text, value, url, style } = element;
  return {
    ...ids,
    type,
    text,
    ...(value && { value }),
    ...(url && { url }),
    ...(style && { style }),
  };
}

/**
 * Finds the element that a person means by its `action_id`, where several have it also by `value` or by block.
 *
 * @throws Error where there is no such element, or more than one
 */
export function elementIn(
  place: Place,
  actionId: string,
  which: { readonly value?: string | undefined; readonly blockId?: string | undefined } = {},
): PlacedElement {
  const all = elementsOf(place.blocks ?? []);
  const found = all.filter(
    ({ block, element }) =>
      element.action_id === actionId &&
      (which.blockId === undefined || block.block_id === which.blockId) &&
      (which.value === undefined || ("value" in element && element.value === which.value)),
  );
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  const shown = all.map(({ element }) => element.action_id).join(", ") || "nothing to act on";
  const wanted = `"${actionId}"${which.value === undefined ? "" : ` with value "${which.value}"`}`;
  throw new Error(
    only === undefined
      ? `there is no ${wanted} here, only: ${shown}`
      : `${wanted} is here ${found.length} times: say which by value or block`,
  );
}
