// What a first-time visitor does next, told from the state alone: whoever comes late, or clicks elsewhere, is not lost.

import type { Grant } from "../../../../lib/grant/grant.ts";
import type { AccessPart } from "../../protocol.ts";

/** What the guide asks for: way 1 of the scenario, with an approval. */
export const GUIDED = {
  developer: "U0ADA",
  approver: "U0BOB",
  entitlement: "web-pods-read",
  channel: "access-requests",
  command: "/access web-pods-read 1h OPS-12 checkout pods restart",
} as const;

export const STEPS = ["ask", "approve", "see-yes", "jump", "see-no"] as const;
export type StepName = (typeof STEPS)[number];

/** Where the visitor is. */
export interface Guide {
  /** The step to do now; undefined: the whole round is done. */
  readonly current: StepName | undefined;
  /** The request that it is about; undefined: there is none. */
  readonly grant?: Grant;
  /** Who asked, or is to ask. */
  readonly developer: string;
}

export function guideOf({ grants, mayAssume }: Pick<AccessPart, "grants" | "mayAssume">): Guide {
  const guided = grants.filter(({ entitlement }) => entitlement.id === GUIDED.entitlement);
  // What is over tells nothing as long as something else is under way.
  const grant = guided.find(isUnderWay) ?? guided[0];
  if (grant === undefined) return { current: "ask", developer: GUIDED.developer };
  const isAllowed = mayAssume.some(
    ({ slackUser, isAllowed }) => slackUser === grant.requester && isAllowed,
  );
  return { current: currentStep(grant, isAllowed), grant, developer: grant.requester };
}

/** Which steps are behind the visitor. */
export function isDone(step: StepName, { current }: Guide): boolean {
  return current === undefined || STEPS.indexOf(step) < STEPS.indexOf(current);
}

function isUnderWay({ status }: Grant): boolean {
  return (
    status === "pending" || status === "approved" || status === "active" || status === "revoking"
  );
}

function currentStep(grant: Grant, isAllowed: boolean): StepName | undefined {
  switch (grant.status) {
    case "pending":
      return "approve";
    case "approved":
      return "see-yes";
    case "active":
      return isAllowed ? "jump" : "see-yes";
    case "revoking":
      return "see-no";
    case "ended":
      if (grant.cause.kind === "failed") return "ask";
      return isAllowed ? "see-no" : undefined;
    case "denied":
    case "cancelled":
    case "lapsed":
      return "ask";
    default:
      throw new TypeError(`unknown state ${JSON.stringify(grant satisfies never)}`);
  }
}
