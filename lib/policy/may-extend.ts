// Who may put the end of a grant off, and who may approve or deny that: verdicts with all their reasons.

import { extensionApprovalsNeeded } from "../grant/extension.ts";
import type { ActiveGrant, Grant } from "../grant/grant.ts";
import type { SlackUserId } from "../grant/ids.ts";
import { approverGroups, entitlementOf, isAdmin, membership } from "./membership.ts";
import type { Entitlement, Policy, Usergroups } from "./policy.ts";
import { APPROVER_GONE, countingApprovals, missingApprovals, whatChanged } from "./still-holds.ts";
import { no, type Reason, type Verdict } from "./verdict.ts";
import { whyNoApprover, whyNotAgain, whyNotOwn } from "./why-not-approve.ts";

/**
 * How long before its end a grant can no longer be extended. NB. A worker that takes away what another grant
 * rests on plans with this grant's end, so the end must not move any more while such a worker is at it: this
 * is longer than any of their runs and leases.
 */
export const EXTEND_BEFORE_MS = 120_000;

/** Whether to offer the requester that the end be put off: what can be said of it without the policy. */
export function canOfferExtension(
  entitlement: Entitlement | undefined,
  grant: Grant,
  now: number,
): boolean {
  return (
    grant.status === "active" &&
    grant.extension === undefined &&
    whyNotExtendable(entitlement, grant, now).length === 0
  );
}

/**
 * Whether `by` may have the end of their own access put off at `now` (epoch ms), and whether that takes
 * approvals. NB. Who extends alone goes by the approvals of before, so these must still hold.
 */
export function mayExtend(
  policy: Policy,
  grant: ActiveGrant,
  by: SlackUserId,
  now: number,
): Verdict<{ by: "approval" | "self" }> {
  const entitlement = entitlementOf(policy, grant.entitlement.id);
  const how = entitlement?.extend?.by ?? "approval";
  const reasons: Reason[] = [];
  if (by !== grant.requester) {
    const message = "Only who has the access can extend it.";
    reasons.push({ code: "not-the-requester", message });
  }
  if (grant.extension !== undefined) {
    const message = "That is asked for already, and waits for a decision.";
    reasons.push({ code: "extension-asked-already", message });
  }
  reasons.push(
    ...whyNotExtendable(entitlement, grant, now),
    ...whatChanged(policy, grant),
    ...(how === "self" ? missingApprovals(policy, grant) : whyMoreApprovals(entitlement, grant)),
  );
  return reasons.length === 0 ? { allowed: true, by: how } : no(...reasons);
}

/**
 * Whether `by` may approve at `now` (epoch ms) that the end is put off, and through which group; as of a
 * request: never the requester, nor another Slack user of the same IAM user, and each person once. NB. An
 * earlier approval of an extension that no longer counts stands in its way, since the last one carries it out.
 */
export function mayApproveExtension(
  policy: Policy,
  usergroups: Usergroups,
  grant: ActiveGrant,
  by: SlackUserId,
  now: number,
): Verdict<{ via: string }> {
  const { extension } = grant;
  if (extension === undefined) return no(NONE_ASKED);
  const entitlement = entitlementOf(policy, grant.entitlement.id);
  const approver = membership(policy, usergroups, approverGroups(entitlement), by);
  const own = whyNotOwn(policy, grant, by);
  const reasons = [
    ...own,
    ...whatChanged(policy, grant),
    ...(own.length === 0 ? whyNoApprover(policy, entitlement, approver.is) : []),
    ...whyNotAgain(policy, extension.approvals, by),
    ...whyNotExtendable(entitlement, grant, now),
    ...whyMoreApprovals(entitlement, grant),
  ];
  if (countingApprovals(policy, grant, extension.approvals).length < extension.approvals.length) {
    reasons.push(APPROVER_GONE);
  }
  return reasons.length === 0 && approver.is === "member"
    ? { allowed: true, via: approver.via }
    : no(...reasons);
}

/** Whether `by` may deny that the end is put off: the approvers and the admins, at any time. */
export function mayDenyExtension(
  policy: Policy,
  usergroups: Usergroups,
  grant: ActiveGrant,
  by: SlackUserId,
): Verdict {
  if (grant.extension === undefined) return no(NONE_ASKED);
  if (isAdmin(policy, by)) return { allowed: true };
  const entitlement = entitlementOf(policy, grant.entitlement.id);
  const approver = membership(policy, usergroups, approverGroups(entitlement), by);
  if (approver.is === "member") return { allowed: true };
  return no(...whyNoApprover(policy, entitlement, approver.is));
}

/** What the entitlement of now and the time say against it, whoever asks. */
function whyNotExtendable(
  entitlement: Entitlement | undefined,
  { entitlement: { title }, window }: ActiveGrant,
  now: number,
): readonly Reason[] {
  const extend = entitlement?.extend;
  const reasons: Reason[] = [];
  if (extend === undefined) {
    reasons.push({
      code: "not-extendable",
      message: `${title} cannot be extended. Ask for it again once it has ended.`,
    });
  } else if ((window.extensions ?? 0) >= extend.max) {
    const times = extend.max === 1 ? "once" : `${extend.max} times`;
    const message = `It can be extended ${times}, and has been.`;
    reasons.push({ code: "extended-enough", message });
  }
  if (now >= window.expiresAt - EXTEND_BEFORE_MS) {
    const message = "It can be extended until 2 minutes before its end, and not after.";
    reasons.push({ code: "too-close-to-the-end", message });
  }
  return reasons;
}

/** An extension takes as many approvals as the request did; where more are asked for now, that is too few. */
function whyMoreApprovals(
  entitlement: Entitlement | undefined,
  grant: ActiveGrant,
): readonly Reason[] {
  const { approval } = entitlement ?? {};
  const asked = extensionApprovalsNeeded(grant);
  if (approval?.kind !== "approvers" || approval.count <= asked) return [];
  const message = `${grant.entitlement.title} has changed since the request: it needs ${approval.count} approvals now. Ask again.`;
  return [{ code: "too-few-approvals", message }];
}

const NONE_ASKED: Reason = {
  code: "no-extension-asked",
  message: "Nobody asks for an extension of this now.",
};
