// What speaks against somebody's approval or denial: the reasons, in words for the person who clicked.

import type { Approval, Grant } from "../grant/grant.ts";
import type { SlackUserId } from "../grant/ids.ts";
import { groupOf, samePerson } from "./membership.ts";
import type { Entitlement, Policy } from "./policy.ts";
import { isRequester } from "./still-holds.ts";
import type { Reason } from "./verdict.ts";
import { UNKNOWN_MEMBERSHIP } from "./why-not-request.ts";

/** NB. Nobody decides in their own favour, nor does another Slack user of the same IAM user. */
export function whyNotOwn(policy: Policy, grant: Grant, by: SlackUserId): readonly Reason[] {
  if (by === grant.requester) {
    return [{ code: "own-request", message: "Nobody approves their own request." }];
  }
  if (isRequester(policy, grant, by)) {
    const message = "You are the same IAM user as the requester, so this is your own request.";
    return [{ code: "same-principal", message }];
  }
  return [];
}

export function whyNoApprover(
  policy: Policy,
  entitlement: Entitlement | undefined,
  is: "member" | "stranger" | "unknown",
): readonly Reason[] {
  if (is === "member") return [];
  if (is === "unknown") return [UNKNOWN_MEMBERSHIP];
  if (entitlement === undefined)
    return [{ code: "not-an-approver", message: "Nobody decides on this now." }];
  const message =
    entitlement.approval.kind === "automatic"
      ? "This is approved automatically now: it only needs to be asked for again."
      : `This needs ${describeApprovers(policy, entitlement)}; you are not among them.`;
  return [{ code: "not-an-approver", message }];
}

/** NB. Of two Slack users who are one IAM user only the first counts. */
export function whyNotAgain(
  policy: Policy,
  approvals: readonly Approval[],
  by: SlackUserId,
): readonly Reason[] {
  if (!approvals.some((earlier) => samePerson(policy, earlier.by, by))) return [];
  return [{ code: "already-approved-by-you", message: "You have approved this already." }];
}

/** Who must approve, in words: `2 approvals by platform-leads (3 people) or security (a user group)`. */
export function describeApprovers(policy: Policy, { approval }: Entitlement): string {
  if (approval.kind === "automatic") return "approved automatically";
  const approvals = approval.count === 1 ? "1 approval" : `${approval.count} approvals`;
  return `${approvals} by ${approval.by.map((name) => describeGroup(policy, name)).join(" or ")}`;
}

function describeGroup(policy: Policy, name: string): string {
  const { users = [], usergroup } = groupOf(policy, name) ?? {};
  const parts = [
    ...(users.length === 0 ? [] : [users.length === 1 ? "1 person" : `${users.length} people`]),
    ...(usergroup === undefined ? [] : ["a user group"]),
  ];
  return `${name} (${parts.join(" and ") || "nobody"})`;
}
