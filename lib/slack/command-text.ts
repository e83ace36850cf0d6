// What somebody types behind `/access`: `web-pods-read 1h OPS-12 why`, in this order, all but the first optional; or a word of its own.

import { readDuration } from "../policy/duration.ts";
import { entitlementOf } from "../policy/membership.ts";
import type { Policy } from "../policy/policy.ts";

/** The words that tell and change nothing. */
const LOOKS = ["help", "list", "mine"] as const;
export type Look = (typeof LOOKS)[number];

export type Command =
  | { readonly kind: "form" }
  | { readonly kind: Look }
  | {
      readonly kind: "request";
      readonly entitlementId: string;
      readonly duration?: string;
      readonly ticket?: string;
      readonly reason?: string;
    };

/** True where the text requests nothing: the form is wanted, or something is to be told. */
export function asksForNothing(text: string): boolean {
  return text.trim() === "" || lookIn(text) !== undefined;
}

/** Reads the command's text. The second word is a duration if it looks like one, the next a ticket if it fits. */
export function readCommand(policy: Policy, text: string): Command {
  const look = lookIn(text);
  if (look !== undefined) return { kind: look };
  const [first, ...words] = text.trim().split(/\s+/).filter(Boolean);
  if (first === undefined) return { kind: "form" };
  const duration = words[0] !== undefined && isDuration(words[0]) ? words.shift() : undefined;
  const pattern = ticketPattern(policy, first);
  const ticket = words[0] !== undefined && pattern?.test(words[0]) ? words.shift() : undefined;
  const reason = words.join(" ");
  return {
    kind: "request",
    entitlementId: first,
    ...(duration === undefined ? {} : { duration }),
    ...(ticket === undefined ? {} : { ticket }),
    ...(reason === "" ? {} : { reason }),
  };
}

/** What is to be told, where the first word says so, whatever follows. */
function lookIn(text: string): Look | undefined {
  const [first] = text.trim().toLowerCase().split(/\s+/);
  return LOOKS.find((word) => word === first);
}

function isDuration(word: string): boolean {
  return readDuration(word) !== undefined;
}

function ticketPattern(policy: Policy, id: string): RegExp | undefined {
  const { ticket } = entitlementOf(policy, id) ?? {};
  return ticket === undefined ? undefined : new RegExp(ticket.pattern);
}
