// How the tests of the views read what is sent: as people see it in the emulated Slack, and every text of it by its kind.

import type { Telling } from "../../../lib/broker/ports.ts";
import type { Grant } from "../../../lib/grant/grant.ts";
import type { Message } from "../../../lib/slack/views/blocks.ts";
import { messagesOf } from "../../../lib/slack/views/messages.ts";
import type { Wanted } from "../../../lib/slack/views/wanted.ts";
import { textOf } from "../../../local/slack/render-text.ts";
import { createWorkspace } from "../../../local/slack/workspace.ts";
import { ASKED_AT } from "../../support/grants.ts";
import { anEntitlement, BOB, CAT, LEE, MINUTE } from "../../support/world.ts";

const NOW = ASKED_AT + 2 * MINUTE;

/** An entitlement that tells its approvers in the channel, and can be extended if they approve. */
export const ENTITLEMENT = anEntitlement("web-pods-read", {
  description: "Look at pods. Nothing can be changed.",
  approval: { kind: "approvers", by: ["platform-leads"], count: 1, notify: "channel" },
  extend: { max: 2, by: "approval" },
});

export const DIRECT = anEntitlement("web-pods-read", {
  ...ENTITLEMENT,
  approval: { kind: "approvers", by: ["platform-leads"], count: 1, notify: "direct" },
});

/** What is told beside a grant, two minutes after it was asked for; Bob and Lee may approve. */
export function aTelling(more: Partial<Telling> = {}): Telling {
  return {
    now: NOW,
    entitlement: ENTITLEMENT,
    usergroups: [],
    listed: [BOB, LEE],
    approvers: [BOB, LEE],
    background: { at: ASKED_AT, live: [], timesIn30Days: 0 },
    ...more,
  };
}

/** A message as people see it, two minutes after the request: a line per line. */
export function read({ text, blocks }: Pick<Message, "text"> & Partial<Message>): string[] {
  const workspace = createWorkspace({ now: () => NOW });
  const posted = workspace.post({
    channel: "C0ACCESS",
    user: "U0LATCHKEY",
    text,
    ...(blocks === undefined ? {} : { blocks }),
  });
  return textOf(workspace, posted).split("\n");
}

/** The messages of a grant by their keys; Cat is the admin. */
export function messages(grant: Grant, telling: Telling = aTelling()): ReadonlyMap<string, Wanted> {
  const wanted = messagesOf(grant, telling, [CAT]);
  const byKey = new Map(wanted.map((one) => [one.key, one]));
  if (byKey.size !== wanted.length) throw new Error("two messages have one key");
  return byKey;
}

/** One of them, as people see it. @throws Error where it is not wanted at all */
export function readMessage(grant: Grant, key: string, telling: Telling = aTelling()): string[] {
  const wanted = messages(grant, telling).get(key);
  if (wanted === undefined) throw new Error(`no message ${key}`);
  return read(wanted.message);
}

/** The keys of what is posted where it does not stand yet. */
export function posted(grant: Grant, telling: Telling = aTelling()): string[] {
  return [...messages(grant, telling).values()].filter(({ post }) => post).map(({ key }) => key);
}

/** A text within something that is sent, by what Slack makes of it. */
export interface SentText {
  /** `text`: of rich text, to the letter. */
  readonly kind: "plain_text" | "mrkdwn" | "text";
  readonly text: string;
  /** The whole object. */
  readonly sent: Readonly<Record<string, unknown>>;
}

/** Every text in blocks or a view. */
export function textsIn(value: unknown): readonly SentText[] {
  if (Array.isArray(value)) return value.flatMap(textsIn);
  if (typeof value !== "object" || value === null) return [];
  const sent = value as Readonly<Record<string, unknown>>;
  const { type, text } = sent;
  if (typeof text === "string" && (type === "plain_text" || type === "mrkdwn" || type === "text")) {
    return [{ kind: type, text, sent }];
  }
  return Object.values(sent).flatMap(textsIn);
}

/** The labels of the buttons, in order. */
export function buttonsIn(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(buttonsIn);
  if (typeof value !== "object" || value === null) return [];
  if ("type" in value && value.type === "button" && "text" in value) {
    return [(value.text as { text: string }).text];
  }
  return Object.values(value).flatMap(buttonsIn);
}
