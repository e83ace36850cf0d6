// What a verified body says about who sent it, read with care and before Bolt sees it.

import { parse as parseForm } from "node:querystring";

/** A body that is one of Slack's kinds. */
export interface Payload {
  readonly kind: "command" | "interaction" | "event";
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Reads a command, an interaction or an event. Undefined: it is none of them. Never throws. */
export function readPayload(contentType: string, text: string): Payload | undefined {
  if (contentType.startsWith("application/json")) return ofJson("event", text);
  if (!contentType.startsWith("application/x-www-form-urlencoded")) return undefined;
  const form = parseForm(text);
  if (typeof form["payload"] === "string") return ofJson("interaction", form["payload"]);
  return typeof form["command"] === "string" ? { kind: "command", fields: form } : undefined;
}

/**
 * True where the sender belongs to the one workspace (`T…`) or organisation (`E…`) of the policy.
 * NB. People of other workspaces reach shared channels; every id that the payload has must agree.
 */
export function isFrom(team: string, { fields }: Payload): boolean {
  const user = objectAt(fields, "user");
  if (team.startsWith("E")) {
    const ids = [
      fields["enterprise_id"],
      objectAt(fields, "enterprise")?.["id"],
      objectAt(user, "enterprise_user")?.["enterprise_id"],
    ];
    return agree(ids, team);
  }
  return agree([fields["team_id"], objectAt(fields, "team")?.["id"], user?.["team_id"]], team);
}

/**
 * True where it is of the policy's app, or the policy names none. NB. The signature is of one app already: this
 * is a second lock, for secrets of another app that were stored by mistake.
 *
 * Slack names the app in everything but a global shortcut, which opens a form and no more
 * (docs.slack.dev/reference/interaction-payloads/shortcuts-interaction-payload).
 */
export function isOfApp(app: string | undefined, { fields }: Payload): boolean {
  const named = fields["api_app_id"];
  if (app === undefined) return true;
  return named === undefined ? fields["type"] === "shortcut" : named === app;
}

/** What an interaction acts on: the action ids of a click or a choice; none of anything else. */
export function actionsOf({ fields }: Payload): readonly unknown[] {
  const actions = fields["actions"];
  return Array.isArray(actions) ? actions.map((one) => isObject(one) && one["action_id"]) : [];
}

function agree(ids: readonly unknown[], expected: string): boolean {
  const present = ids.filter((id) => id !== undefined && id !== null);
  return present.length > 0 && present.every((id) => id === expected);
}

function ofJson(kind: Payload["kind"], text: string): Payload | undefined {
  try {
    const fields: unknown = JSON.parse(text);
    return isObject(fields) ? { kind, fields } : undefined;
  } catch {
    return undefined;
  }
}

function objectAt(from: unknown, key: string): Readonly<Record<string, unknown>> | undefined {
  const value = isObject(from) ? from[key] : undefined;
  return isObject(value) ? value : undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
