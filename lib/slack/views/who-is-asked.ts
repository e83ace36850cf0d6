// Whom a decision waits for, so that they hear of it where the policy wants them to.

import type { Telling } from "../../broker/ports.ts";
import type { Approval, Grant } from "../../grant/grant.ts";
import { listed } from "../text.ts";
import { approversNamed } from "./grant-words.ts";

export type Notify = "channel" | "direct" | "none";

/** More than that are not sent a message each: Slack would take minutes for it. */
export const MOST_ASKED = 30;
const MOST_MENTIONED = 10;

/** How approvers learn of something to decide; nobody does where the entitlement is gone. */
export function notifyOf({ entitlement }: Telling): Notify {
  return entitlement?.approval.kind === "approvers" ? entitlement.approval.notify : "none";
}

/** The approvers as they are mentioned in a channel, or by their groups' names where nobody is known; mrkdwn. */
export function approversMentioned(grant: Grant, { usergroups, listed: inFile }: Telling): string {
  const groups = usergroups.map((id) => `<!subteam^${id}>`);
  const people = inFile.filter((user) => isAwaited(grant, user)).map((user) => `<@${user}>`);
  const named = [...groups, ...people];
  return named.length === 0 ? approversNamed(grant) : listed(named, MOST_MENTIONED, " or ");
}

/** The approvals that count towards what is to be decided now. */
function approvalsSoFar(grant: Grant): readonly Approval[] {
  if (grant.status === "pending") return grant.approvals;
  return grant.status === "active" ? (grant.extension?.approvals ?? []) : [];
}

/** True unless somebody has approved already what is to be decided now. */
export function isAwaited(grant: Grant, user: string): boolean {
  return approvalsSoFar(grant).every(({ by }) => by !== user);
}

/** Who was, or may have been, sent a message of their own. */
export function everybodyAsked(grant: Grant, { approvers }: Telling): readonly string[] {
  const approvals = "approvals" in grant ? grant.approvals : [];
  const users = [
    ...approvers,
    ...approvals.map(({ by }) => by),
    ...approvalsSoFar(grant).map(({ by }) => by),
  ];
  return [...new Set(users)];
}

/** Whom the card names: mentioned where it is the card that tells them. */
export function deciders(grant: Grant, telling: Telling): string {
  const mentioned = grant.status === "pending" && notifyOf(telling) === "channel";
  return mentioned ? approversMentioned(grant, telling) : approversNamed(grant);
}
