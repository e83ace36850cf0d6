// The thread under a card: one line per step that the grant has taken.

import type { Grant, HistoryEntry } from "../../grant/grant.ts";
import { formatDuration } from "../../policy/duration.ts";
import { byWhom, code, when } from "../text.ts";
import { endAfter } from "./extension-story.ts";

/** Slack cuts a message's text at 4000 characters. */
const LONGEST_TEXT = 3800;
const LONGEST_PROBLEM = 200;

/** What is said in the thread of the entries of the history from `from` on. */
export interface ThreadLines {
  /** A line per entry that has one; empty where none has. mrkdwn. */
  readonly text: string;
  /** How many entries have been told with that. */
  readonly upTo: number;
}

/** What is still to be said in the thread. Undefined: nothing has happened since. */
export function threadLines(grant: Grant, from: number): ThreadLines | undefined {
  const { history } = grant;
  if (from >= history.length) return undefined;
  const lines = history.flatMap((entry, index) =>
    index < from ? [] : (lineOf(grant, entry, index) ?? []),
  );
  return { text: newest(lines), upTo: history.length };
}

/** As many lines as fit into one message: the newest, and how many came before. */
function newest(lines: readonly string[]): string {
  let size = 0;
  const dropped = lines.findLastIndex((line) => {
    size += line.length + 1;
    return size > LONGEST_TEXT;
  });
  const earlier = dropped + 1;
  return [...(earlier === 0 ? [] : [`… ${earlier} earlier steps`]), ...lines.slice(earlier)].join(
    "\n",
  );
}

function lineOf(grant: Grant, entry: HistoryEntry, index: number): string | undefined {
  const words = wordsOf(grant, entry, index);
  return words === undefined ? undefined : `${words} · ${when(entry.at)}`;
}

/** NB. Nothing that people typed: a denial's reason is on the card, and in the requester's message. */
function wordsOf(grant: Grant, entry: HistoryEntry, index: number): string | undefined {
  const by = byWhom(entry.by);
  const end = when(endAfter(grant, index + 1) ?? entry.at);
  switch (entry.event) {
    case "requested":
    case "begun":
    case "refused":
      return undefined;
    case "approved":
      return entry.by === "latchkey"
        ? "Approved automatically"
        : `Approved by ${by}${countOf(entry)}`;
    case "denied":
      return `Denied by ${by}`;
    case "cancelled":
      return `Taken back by ${by}`;
    case "lapsed":
      return "Lapsed: nobody decided in time";
    case "active":
      return `Active until ${end}`;
    case "extension-asked":
      return `${by} asked for ${formatDuration(grant.durationMs)} more`;
    case "extension-approved":
      // The last one extends, and that line says who.
      return grant.history[index + 1]?.event === "extended"
        ? undefined
        : `Extension approved by ${by}${countOf(entry)}`;
    case "extension-denied":
      return `Extension denied by ${by}`;
    case "extended":
      return `Extended until ${end} by ${by}`;
    case "revoking":
      return endingWords(grant);
    case "retrying":
      return isFirst(grant, index) ? `Not done yet, goes on: ${problemOf(entry)}` : undefined;
    case "drifted":
      return `Changed by hand: ${problemOf(entry)}`;
    case "expired":
      return "The access is gone";
    case "revoked":
      return hasWindow(grant)
        ? "The access is gone"
        : `Ended by ${by}, before any access was written`;
    case "failed":
      return hasWindow(grant) ? "What was written is gone" : `Failed: ${problemOf(entry)}`;
    default:
      throw new TypeError(`unknown event ${JSON.stringify(entry.event satisfies never)}`);
  }
}

/** Why the access is being taken away. */
function endingWords(grant: Grant): string {
  const cause = "cause" in grant ? grant.cause : undefined;
  switch (cause?.kind) {
    case "revoked": {
      const why = cause.why === undefined ? "" : `: ${code(cause.why, LONGEST_PROBLEM)}`;
      return `Ended early by ${byWhom(cause.by)}${why}`;
    }
    case "failed":
      return `Failed: ${code(cause.message, LONGEST_PROBLEM)}`;
    default:
      return "Its time is over";
  }
}

/** ` (1 of 2)`; nothing where one is all it takes. */
function countOf({ detail = "" }: HistoryEntry): string {
  return /^\d+ of (?!1$)\d+$/.test(detail) ? ` (${detail})` : "";
}

function problemOf({ detail = "no answer" }: HistoryEntry): string {
  return code(detail, LONGEST_PROBLEM);
}

function isFirst({ history }: Grant, index: number): boolean {
  return history.findIndex(({ event }) => event === "retrying") === index;
}

function hasWindow(grant: Grant): boolean {
  return "window" in grant && grant.window !== undefined;
}
