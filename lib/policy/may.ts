// Who may ask, approve, deny, cancel and end: verdicts with all their reasons, never thrown.

import type { Grant, PendingGrant } from "../grant/grant.ts";
import type { SlackUserId } from "../grant/ids.ts";
import {
  approverGroups,
  entitlementOf,
  groupOf,
  isAdmin,
  membership,
  personOf,
} from "./membership.ts";
import type { Entitlement, PersonBinding, Policy, Usergroups } from "./policy.ts";
import { whatChanged } from "./still-holds.ts";
import { no, type Reason, type Verdict } from "./verdict.ts";
import { whyNoApprover, whyNotAgain, whyNotOwn } from "./why-not-approve.ts";
import {
  durationOf,
  UNKNOWN_MEMBERSHIP,
  whyNoPrincipal,
  whyNoRequester,
  whyNotThatLong,
  whyNotThatReason,
  whyNotThatTicket,
} from "./why-not-request.ts";

export { describeApprovers } from "./why-not-approve.ts";
export { LONGEST_REASON, LONGEST_TICKET } from "./why-not-request.ts";

/** The Slack user groups that must be read to say who may ask for, or approve, an entitlement. */
export function usergroupsFor(
  policy: Policy,
  entitlementId: string,
  role: "requesters" | "approvers",
): readonly string[] {
  const entitlement = entitlementOf(policy, entitlementId);
  const groups =
    role === "approvers" ? approverGroups(entitlement) : (entitlement?.requesters ?? []);
  return [...new Set(groups.flatMap((name) => groupOf(policy, name)?.usergroup ?? []))];
}

/** What somebody asks for. A blank text counts as none. */
export interface AskedFor {
  readonly by: SlackUserId;
  readonly entitlementId: string;
  /** As typed (`1h30m`) or in ms; absent: the entitlement's default. */
  readonly duration?: string | number | undefined;
  readonly reason?: string | undefined;
  readonly ticket?: string | undefined;
}

/** Whether `asked` may be asked for; where not, every reason, with the field of the form it is about. */
export function mayRequest(
  policy: Policy,
  usergroups: Usergroups,
  asked: AskedFor,
): Verdict<{ entitlement: Entitlement; person: PersonBinding; durationMs: number }> {
  const entitlement = entitlementOf(policy, asked.entitlementId);
  if (entitlement === undefined) {
    const name = asked.entitlementId.slice(0, 80);
    return no({
      code: "unknown-entitlement",
      message: `There is nothing called "${name}" to ask for.`,
      field: "entitlement",
    });
  }
  const person = personOf(policy, asked.by);
  const durationMs = durationOf(asked.duration, entitlement);
  const reasons = [
    ...whyNoRequester(policy, usergroups, entitlement, asked.by),
    ...whyNoPrincipal(entitlement, person),
    ...whyNotThatLong(durationMs, entitlement),
    ...whyNotThatReason(asked.reason?.trim() ?? "", entitlement),
    ...whyNotThatTicket(asked.ticket?.trim() ?? "", entitlement),
  ];
  if (reasons.length > 0 || person === undefined || durationMs === undefined) return no(...reasons);
  return { allowed: true, entitlement, person, durationMs };
}

/**
 * What somebody may ask for, in the file's order: what lists them among its requesters. Whoever has no
 * IAM user in the policy sees it too, and learns what is missing on asking.
 */
export function requestable(
  policy: Policy,
  usergroups: Usergroups,
  by: SlackUserId,
): readonly Entitlement[] {
  return Object.values(policy.entitlements).filter(
    ({ requesters }) => membership(policy, usergroups, requesters, by).is === "member",
  );
}

/**
 * Whether `by` may approve at `now` (epoch ms), and through which group: an approver as the policy is
 * now, of a request that is still what was asked for. NB. Never the requester, nor another Slack user of
 * the same IAM user; of two such users only the first counts.
 */
export function mayApprove(
  policy: Policy,
  usergroups: Usergroups,
  grant: PendingGrant,
  by: SlackUserId,
  now: number,
): Verdict<{ via: string }> {
  const entitlement = entitlementOf(policy, grant.entitlement.id);
  const approver = membership(policy, usergroups, approverGroups(entitlement), by);
  const own = whyNotOwn(policy, grant, by);
  const reasons: Reason[] = [...own, ...whatChanged(policy, grant)];
  if (own.length === 0) reasons.push(...whyNoApprover(policy, entitlement, approver.is));
  reasons.push(...whyNotAgain(policy, grant.approvals, by));
  if (now >= grant.lapsesAt) {
    const message = "The request has lapsed: nobody decided in time.";
    reasons.push({ code: "request-lapsed", message });
  }
  return reasons.length === 0 && approver.is === "member"
    ? { allowed: true, via: approver.via }
    : no(...reasons);
}

/** Whether `by` may deny a request: its approvers and the admins, also where its entitlement is gone. */
export function mayDeny(
  policy: Policy,
  usergroups: Usergroups,
  grant: PendingGrant,
  by: SlackUserId,
): Verdict {
  if (isAdmin(policy, by)) return { allowed: true };
  const entitlement = entitlementOf(policy, grant.entitlement.id);
  const approver = membership(policy, usergroups, approverGroups(entitlement), by);
  if (approver.is === "member") return { allowed: true };
  return no(...whyNoApprover(policy, entitlement, approver.is));
}

/** Whether `by` may take a request back: whoever made it. */
export function mayCancel(grant: PendingGrant, by: SlackUserId): Verdict {
  if (by === grant.requester) return { allowed: true };
  return no({ code: "not-the-requester", message: "Only who made the request can cancel it." });
}

/** Whether `by` may end access early: whose it is, who may approve it, and the admins. */
export function mayEnd(
  policy: Policy,
  usergroups: Usergroups,
  grant: Grant,
  by: SlackUserId,
): Verdict {
  if (by === grant.requester || isAdmin(policy, by)) return { allowed: true };
  const groups = approverGroups(entitlementOf(policy, grant.entitlement.id));
  const approver = membership(policy, usergroups, groups, by);
  if (approver.is === "member") return { allowed: true };
  if (approver.is === "unknown") return no(UNKNOWN_MEMBERSHIP);
  const message = "Only who has the access, its approvers and the admins can end it.";
  return no({ code: "may-not-end", message });
}
