// Which messages somebody sees where, and how they stand together: by day, and by who wrote them.

import type { SlackMessage } from "../../../slack/workspace-state.ts";
import type { SlackPart } from "../../protocol.ts";
import { dayOf, msOf } from "./times.ts";

/** What one person wrote within so much time stands under one name. */
const TOGETHER_MS = 5 * 60_000;

export interface Day {
  readonly day: string;
  readonly rows: readonly Row[];
}

export interface Row {
  readonly message: SlackMessage;
  /** Whether the name and picture of who wrote it stand above it. */
  readonly hasHead: boolean;
}

/** NB. A message with `only_for` is for one person's eyes. */
export function isFor(message: SlackMessage, person: string): boolean {
  return message.only_for === undefined || message.only_for === person;
}

export function isReply({ ts, thread_ts }: SlackMessage): boolean {
  return thread_ts !== undefined && thread_ts !== ts;
}

/** NB. What people type is text: as Slack does when it is sent, so that nobody can mention or link by typing marks. */
export function asTyped(message: SlackMessage): SlackMessage {
  if (message.bot_id !== undefined) return message;
  const text = message.text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
  return { ...message, text };
}

/** What `person` sees in a channel, oldest first; replies stand in their threads. */
export function messagesIn(
  slack: SlackPart,
  room: string | undefined,
  person: string,
): readonly SlackMessage[] {
  return slack.messages.filter(
    (message) => message.channel === room && isFor(message, person) && !isReply(message),
  );
}

/** The replies that `person` sees in the thread under a message, oldest first. */
export function repliesTo(
  slack: SlackPart,
  { channel, ts }: Pick<SlackMessage, "channel" | "ts">,
  person: string,
): readonly SlackMessage[] {
  return slack.messages.filter(
    (message) =>
      message.channel === channel &&
      message.thread_ts === ts &&
      isReply(message) &&
      isFor(message, person),
  );
}

/** `1 reply`, `3 replies`. */
export function countOfReplies(count: number): string {
  return count === 1 ? "1 reply" : `${count} replies`;
}

/** A card stands by itself, as a message with replies does in Slack. */
function isCard({ blocks = [] }: SlackMessage): boolean {
  return blocks.some(({ type }) => type === "header");
}

/** Puts messages into days and under names. `zone`: the reader's, unless said. */
export function byDay(messages: readonly SlackMessage[], zone?: string): readonly Day[] {
  const days: { day: string; rows: Row[] }[] = [];
  for (const message of messages) {
    const day = dayOf(message.ts, zone);
    let last = days.at(-1);
    if (last?.day !== day) {
      last = { day, rows: [] };
      days.push(last);
    }
    last.rows.push({ message, hasHead: hasHead(message, last.rows.at(-1)?.message) });
  }
  return days;
}

function hasHead(message: SlackMessage, before: SlackMessage | undefined): boolean {
  return (
    before === undefined ||
    isCard(message) ||
    isCard(before) ||
    before.user !== message.user ||
    before.only_for !== message.only_for ||
    msOf(message.ts) - msOf(before.ts) >= TOGETHER_MS
  );
}
