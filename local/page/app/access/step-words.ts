// The steps of the guide in words: what each is called, and what is to be done in it now.

import type { Grant } from "../../../../lib/grant/grant.ts";
import { timeOf } from "../stage/time-words.ts";
import type { NameOf } from "./names.ts";
import { GUIDED, type Guide, type StepName } from "./next-step.ts";

/** What a step is called. */
export function titleOfStep(step: StepName, { developer }: Guide, nameOf: NameOf): string {
  switch (step) {
    case "ask":
      return `Ask for access as ${nameOf(developer)}`;
    case "approve":
      return `Approve it as ${nameOf(GUIDED.approver)}`;
    case "see-yes":
      return "See the answers turn to yes";
    case "jump":
      return "Jump to the end";
    case "see-no":
      return "See the answers turn to no";
    default:
      throw new TypeError(`unknown step ${step satisfies never}`);
  }
}

/** What to do now, in a sentence or two. `now`: epoch ms. */
export function whatToDo(guide: Guide, nameOf: NameOf, now: number): string {
  const { grant, current } = guide;
  switch (current) {
    case "ask":
      return `${lastTime(grant)}Send this in #access-requests:`;
    case "approve":
      return "The request is a card in #access-requests: press Approve on it.";
    case "see-yes":
      return `Latchkey writes the access and reads it back. ${notYet(grant)}`;
    case "jump":
      return `${nameOf(guide.developer)} has the access${until(grant, now)}: the answers below say yes. There is no need to wait for the end.`;
    case "see-no":
      return `Latchkey takes the access away and looks whether it is gone. ${notYet(grant)}`;
    case undefined:
      return "That was the whole round: asked, approved, given, and taken back on time. Next, try to approve your own request, deny one, end one early, or make something fail while access is lent.";
    default:
      throw new TypeError(`unknown step ${current satisfies never}`);
  }
}

/** Whom the visitor plays in a step; undefined: whoever they like. */
export function whoDoes({ current, developer }: Guide): string | undefined {
  if (current === "ask") return developer;
  return current === "approve" ? GUIDED.approver : undefined;
}

function until(grant: Grant | undefined, now: number): string {
  return grant?.status === "active" ? ` until ${timeOf(grant.window.expiresAt, now)}` : "";
}

/** Why the visitor is to ask once more. */
function lastTime(grant: Grant | undefined): string {
  switch (grant?.status) {
    case "denied":
      return "The last request was denied; ask again to see the rest. ";
    case "cancelled":
      return "The last request was taken back; ask again to see the rest. ";
    case "lapsed":
      return "Nobody decided on the last request in time; ask again to see the rest. ";
    case "ended":
      return "The last access could not be given; ask again to see the rest. ";
    default:
      return "";
  }
}

function notYet(grant: Grant | undefined): string {
  const isWaiting = grant?.status === "approved" || grant?.status === "revoking";
  return isWaiting && grant.waiting.attempts > 0
    ? "It has not got there yet, and tries again."
    : "That takes a second or two.";
}
