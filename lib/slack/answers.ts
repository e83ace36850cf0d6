// What a person reads after a click or a command: refusals with all their reasons, and who was first.

import type { ActOutcome } from "../broker/act-on.ts";
import type { Grant } from "../grant/grant.ts";
import type { Reason } from "../policy/verdict.ts";
import { literal } from "./text.ts";
import { sentenceOf, stateOf } from "./views/grant-words.ts";

/** Every reason, a line each; mrkdwn. */
export function reasonsText(intro: string, reasons: readonly Reason[]): string {
  return [intro, ...reasons.map(({ message }) => `• ${literal(message, 500)}`)].join("\n");
}

/** What to tell the person alone whose click did not do what it said; undefined where it did. */
export function answerTo(act: string, outcome: ActOutcome): string | undefined {
  switch (outcome.outcome) {
    case "done":
      return undefined;
    case "too-late":
      return `Too late to ${act}: ${standing(outcome.grant)}`;
    case "refused":
      return reasonsText(`You cannot ${act}:`, outcome.reasons);
    case "unknown-grant":
      return "Latchkey does not know this request (any more).";
    default:
      throw new TypeError(`unknown outcome ${JSON.stringify(outcome satisfies never)}`);
  }
}

/** `LK-… is 🟢 Active. Active until …`. */
export function standing(grant: Grant): string {
  return `${grant.id} is ${stateOf(grant)}. ${sentenceOf(grant)}`;
}
