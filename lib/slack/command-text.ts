// What somebody types behind `/access`: `web-pods-read 1h OPS-12 why`, in this order, all but the first optional.

import { readDuration } from "../policy/duration.ts";
import type { Policy } from "../policy/policy.ts";

export type Command =
  | { readonly kind: "form" }
  | { readonly kind: "help" }
  | {
      readonly kind: "request";
      readonly entitlementId: string;
      readonly duration?: string;
      readonly ticket?: string;
      readonly reason?: string;
    };

/** True where the text requests nothing: the form is wanted, or help. */
export function asksForNothing(text: string): boolean {
  return text.trim() === "" || text.trim().toLowerCase() === "help";
}

/** Reads the command's text. The second word is a duration if it looks like one, the next a ticket if it fits. */
export function readCommand(policy: Policy, text: string): Command {
  const [first, ...words] = text.trim().split(/\s+/).filter(Boolean);
  if (first === undefined) return { kind: "form" };
  if (first.toLowerCase() === "help") return { kind: "help" };
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

function isDuration(word: string): boolean {
  return readDuration(word) !== undefined;
}

function ticketPattern(policy: Policy, id: string): RegExp | undefined {
  const entitlement = Object.hasOwn(policy.entitlements, id) ? policy.entitlements[id] : undefined;
  return entitlement?.ticket === undefined ? undefined : new RegExp(entitlement.ticket.pattern);
}
