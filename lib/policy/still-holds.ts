// Whether what was decided still holds: what has changed in the policy between request, approval and carrying out.

import type { ActiveGrant, Approval, ApprovedGrant, Grant } from "../grant/grant.ts";
import type { TargetSpec } from "../grant/target-spec.ts";
import { formatDuration } from "./duration.ts";
import {
  approverGroups,
  entitlementOf,
  groupOf,
  personOf,
  sameArn,
  samePerson,
} from "./membership.ts";
import type { Entitlement, Policy } from "./policy.ts";
import { no, type Reason, type Verdict } from "./verdict.ts";

/**
 * Whether an approved grant may be carried out under the policy as it is at `now` (epoch ms): what was
 * asked for is unchanged, so is the person, and enough people who count as approvers now have approved.
 * Who was in a Slack user group is not asked again: that was read when they asked or approved.
 */
export function stillHolds(policy: Policy, grant: ApprovedGrant, now: number): Verdict {
  const entitlement = entitlementOf(policy, grant.entitlement.id);
  const reasons = [
    ...whatChanged(policy, grant),
    ...missingApprovals(policy, grant),
    ...(entitlement === undefined ? [] : waitedTooLong(grant, entitlement, now)),
  ];
  return reasons.length > 0 ? no(...reasons) : { allowed: true };
}

/** What about a request is no longer as it was when it was made; nothing: it can be decided on. */
export function whatChanged(policy: Policy, grant: Grant): readonly Reason[] {
  const { id, title } = grant.entitlement;
  const entitlement = entitlementOf(policy, id);
  if (entitlement === undefined) {
    return [{ code: "entitlement-gone", message: `${title} (${id}) can no longer be asked for.` }];
  }
  const reasons: Reason[] = [];
  const changed = (what: string) =>
    reasons.push({
      code: "entitlement-changed",
      message: `${title} has changed since the request: ${what}. Ask again.`,
    });
  if (!sameTargets(entitlement.targets, grant.targets)) changed("it gives something else now");
  if (grant.durationMs > entitlement.duration.maxMs) {
    changed(`it lasts at most ${formatDuration(entitlement.duration.maxMs)} now`);
  }
  if (grant.approvalsNeeded === 0 && entitlement.approval.kind !== "automatic") {
    changed("it needs approval now");
  }
  if (personOf(policy, grant.requester)?.iamUser !== grant.principal) {
    reasons.push({
      code: "person-changed",
      message: "The requester is no longer bound to the IAM user that the request was made for.",
    });
  }
  if (!mayStillBeIn(policy, entitlement.requesters, grant.requester)) {
    reasons.push({
      code: "not-a-requester",
      message: `The requester is no longer among those who may ask for ${title}.`,
    });
  }
  return reasons;
}

/** An approval says "now"; where the broker could not act on it for as long as a request waits, ask again. */
function waitedTooLong(grant: ApprovedGrant, { lapseMs }: Entitlement, now: number): Reason[] {
  if (grant.window !== undefined || now < grant.approvedAt + lapseMs) return [];
  const message = `The approval is older than ${formatDuration(lapseMs)}. Ask again.`;
  return [{ code: "request-lapsed", message }];
}

/** What keeps an approved grant's approvals from sufficing now. */
/** Why a grant's approvals are not enough under the policy of now; nothing: they hold. */
export function missingApprovals(
  policy: Policy,
  grant: ApprovedGrant | ActiveGrant,
): readonly Reason[] {
  const entitlement = entitlementOf(policy, grant.entitlement.id);
  if (entitlement === undefined || entitlement.approval.kind === "automatic") return [];
  const counting = countingApprovals(policy, grant, grant.approvals);
  const reasons: Reason[] = [];
  if (counting.length < grant.approvals.length) reasons.push(APPROVER_GONE);
  const needed = Math.max(grant.approvalsNeeded, entitlement.approval.count);
  if (counting.length < needed) {
    reasons.push({
      code: "too-few-approvals",
      message: `Only ${counting.length} of ${needed} approvals needed still count. Ask again.`,
    });
  }
  return reasons;
}

export const APPROVER_GONE: Reason = {
  code: "approver-gone",
  message: "Somebody who approved does not count as an approver of this request now.",
};

/** Those of `approvals` of something that `grant`'s requester wants that count now, one for each person. */
export function countingApprovals(
  policy: Policy,
  grant: Grant,
  approvals: readonly Approval[],
): readonly Approval[] {
  const groups = approverGroups(entitlementOf(policy, grant.entitlement.id));
  return approvals.filter((approval, index) => {
    const earlier = approvals.slice(0, index);
    return (
      !isRequester(policy, grant, approval.by) &&
      stillCounts(policy, groups, approval) &&
      !earlier.some(({ by }) => samePerson(policy, by, approval.by))
    );
  });
}

/**
 * Listed among the approvers of now, or approved through a Slack user group that still may. NB. Who was
 * listed and is no more does not count, though their group names a user group beside.
 */
function stillCounts(policy: Policy, groups: readonly string[], { by, via }: Approval): boolean {
  return (
    groups.some((name) => groupOf(policy, name)?.users.includes(by)) ||
    groups.some((name) => groupOf(policy, name)?.usergroup === via)
  );
}

/** NB. A second Slack account of the same IAM user is the requester as well. */
export function isRequester(policy: Policy, grant: Grant, user: Approval["by"]): boolean {
  return (
    samePerson(policy, user, grant.requester) ||
    sameArn(personOf(policy, user)?.iamUser, grant.principal)
  );
}

/** Listed in one of the groups, or perhaps in the Slack user group of one. */
function mayStillBeIn(policy: Policy, groups: readonly string[], user: Approval["by"]): boolean {
  return groups.some((name) => {
    const group = groupOf(policy, name);
    return group !== undefined && (group.users.includes(user) || group.usergroup !== undefined);
  });
}

/** Whether two lists of targets give the same, in whatever order they are written. */
function sameTargets(some: readonly TargetSpec[], others: readonly TargetSpec[]): boolean {
  return canonical(some) === canonical(others);
}

/** One text for equal data: keys sorted, lists taken as sets, what is undefined left out. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).sort().join()}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const parts = Object.entries(value)
    .filter(([, inner]) => inner !== undefined)
    .map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`);
  return `{${parts.sort().join()}}`;
}
