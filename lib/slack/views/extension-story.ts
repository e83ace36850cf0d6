// What became of each extension that a requester asked for, and which ends a grant has had, as its history tells.

import type { Grant, HistoryEntry } from "../../grant/grant.ts";

/** An extension asked for, and what came of it. */
export interface AskedExtension {
  /** Epoch ms; no two of a grant are asked for at the same time. */
  readonly askedAt: number;
  /** The end that there was, and the one that was asked for. */
  readonly end: number;
  readonly until: number;
  /** Who has approved it, in order. */
  readonly approvedBy: readonly HistoryEntry["by"][];
  readonly outcome:
    | { readonly kind: "waiting" }
    | { readonly kind: "extended"; readonly at: number }
    | {
        readonly kind: "denied";
        readonly at: number;
        readonly by: HistoryEntry["by"];
        /** As typed. */
        readonly denial?: string;
      }
    /** The end came before a decision. */
    | { readonly kind: "undecided" };
}

/** Every extension that was asked for, in order; those that requesters gave themselves are not asked for. */
export function askedExtensions(grant: Grant): readonly AskedExtension[] {
  const { history, durationMs } = grant;
  return history.flatMap(({ event, at: askedAt }, index) => {
    if (event !== "extension-asked") return [];
    const end = endAfter(grant, index) ?? askedAt;
    const next = history.findIndex((entry, later) => later > index && CLOSING.has(entry.event));
    const until = next === -1 ? history.length : next;
    const approvedBy = history
      .slice(index + 1, until)
      .flatMap((entry) => (entry.event === "extension-approved" ? [entry.by] : []));
    return [
      {
        askedAt,
        end,
        until: end + durationMs,
        approvedBy,
        outcome: outcomeOf(grant, history[next]),
      },
    ];
  });
}

const CLOSING: ReadonlySet<HistoryEntry["event"]> = new Set([
  "extension-asked",
  "extension-denied",
  "extended",
  "revoking",
]);

function outcomeOf(grant: Grant, closing: HistoryEntry | undefined): AskedExtension["outcome"] {
  switch (closing?.event) {
    case "extended":
      return { kind: "extended", at: closing.at };
    case "extension-denied": {
      const { at, by, detail } = closing;
      return { kind: "denied", at, by, ...(detail === undefined ? {} : { denial: detail }) };
    }
    default:
      return { kind: isAsking(grant) && closing === undefined ? "waiting" : "undecided" };
  }
}

function isAsking(grant: Grant): boolean {
  return grant.status === "active" && grant.extension !== undefined;
}

/** The end of the window (epoch ms) after the first `count` entries of the history; undefined: no window. */
export function endAfter(grant: Grant, count: number): number | undefined {
  const window = "window" in grant ? grant.window : undefined;
  if (window === undefined) return undefined;
  const later = grant.history.slice(count).filter(({ event }) => event === "extended").length;
  return window.expiresAt - later * grant.durationMs;
}

/** The ends (epoch ms) that were put off since, the first one first. */
export function earlierEnds(grant: Grant): readonly number[] {
  const window = "window" in grant ? grant.window : undefined;
  const { expiresAt = 0, extensions = 0 } = window ?? {};
  return Array.from(
    { length: extensions },
    (_, n) => expiresAt - (extensions - n) * grant.durationMs,
  );
}
