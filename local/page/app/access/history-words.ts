// A grant's history in words: who did what.

import type { Grant, HistoryEntry } from "../../../../lib/grant/grant.ts";
import { formatDuration } from "../../../../lib/policy/duration.ts";
import { endAfter } from "../../../../lib/slack/views/extension-story.ts";
import { timeOf } from "../stage/time-words.ts";
import { shown } from "./grant-words.ts";
import type { NameOf } from "./names.ts";

/** One line per entry, oldest first. `zone` as in time-words.ts. */
export function historyLines(
  grant: Grant,
  nameOf: NameOf,
  zone?: string,
): readonly { readonly at: number; readonly words: string }[] {
  return grant.history.map((entry, index) => ({
    at: entry.at,
    words: wordsOf(grant, entry, index, nameOf, zone),
  }));
}

function wordsOf(
  grant: Grant,
  { event, by, at, detail }: HistoryEntry,
  index: number,
  nameOf: NameOf,
  zone: string | undefined,
): string {
  const who = nameOf(by);
  const end = timeOf(endAfter(grant, index + 1) ?? at, at, zone);
  switch (event) {
    case "requested":
      return `${who} asked for ${formatDuration(grant.durationMs)}`;
    case "approved":
      return by === "latchkey" ? "Approved automatically" : `${who} approved${countIn(detail)}`;
    case "denied":
      return `${who} denied it`;
    case "cancelled":
      return `${who} took it back`;
    case "lapsed":
      return "Lapsed: nobody decided in time";
    case "begun":
      return "Latchkey wrote down what it is about to do, and until when";
    case "active":
      return `The access is there, until ${end}`;
    case "revoking":
      return "Latchkey began to take the access away";
    case "retrying":
      return `Not done yet, goes on: ${problem(detail)}`;
    case "drifted":
      return `Changed by hand: ${problem(detail)}`;
    case "refused":
      return `${who} was refused: ${problem(detail)}`;
    case "extension-asked":
      return `${who} asked for ${formatDuration(grant.durationMs)} more`;
    case "extension-approved":
      return `${who} approved the extension${countIn(detail)}`;
    case "extension-denied":
      return `${who} denied the extension`;
    case "extended":
      return `Extended until ${end}`;
    case "expired":
      return "Its time was over, and the access is gone";
    case "revoked":
      return hasWindow(grant)
        ? "Ended early, and the access is gone"
        : `${who} ended it before any access was written`;
    case "failed":
      return hasWindow(grant) ? "What was written is gone" : `Failed: ${problem(detail)}`;
    default:
      throw new TypeError(`unknown event ${event satisfies never}`);
  }
}

/** ` (1 of 2)`; nothing where one is all it takes. */
function countIn(detail = ""): string {
  return /^\d+ of (?!1$)\d+$/.test(detail) ? ` (${detail})` : "";
}

function problem(detail = "no answer"): string {
  return shown(detail);
}

function hasWindow(grant: Grant): boolean {
  return "window" in grant && grant.window !== undefined;
}
