// What the world itself knows of who may have what: not by the broker's policy, which is what is tested.

import { isDeepStrictEqual } from "node:util";
import type { Approval, Grant, HistoryEntry } from "../../lib/grant/grant.ts";
import type { SlackUserId } from "../../lib/grant/ids.ts";
import type { Policy } from "../../lib/policy/policy.ts";
import { approvalsOf, approversOf, EVE, extensionsOf, LEADS, LEE } from "./catalogue.ts";

/** Enough different people, none of them the requester: by the world's own list of who is who. */
export function isApprovedWell(grant: Grant): boolean {
  return areEnough(grant, approvalsIn(grant), approvalsOf(grant.entitlement.id));
}

function areEnough(grant: Grant, approvals: readonly Approval[], needed: number): boolean {
  const by = new Set<SlackUserId>(approvals.map((each) => each.by));
  const able = approversOf(grant.entitlement.id);
  const isAda = grant.principal.endsWith("web-user-1");
  return (
    by.size >= needed &&
    by.size === approvals.length &&
    [...by].every(
      (each) => able.includes(each) && each !== grant.requester && !(isAda && each === EVE),
    )
  );
}

function approvalsIn(grant: Grant): readonly Approval[] {
  return "approvals" in grant ? grant.approvals : [];
}

/** For so long before its end a window stays as it is. */
const SETTLED_BEFORE_MS = 120_000;

/**
 * Whether the end of `from` was put off as it may be, in becoming `next` under `policy`: once, by as long as
 * was asked for, in time, and by the requester alone or with enough approvals of this very extension.
 */
export function isExtendedWell(policy: Policy, from: Grant, next: Grant): boolean {
  if (from.status !== "active" || next.status !== "active") return false;
  const { id } = from.entitlement;
  const terms = extensionsOf(id);
  const deployed = policy.entitlements[id]?.extend;
  const step = next.history.at(-1);
  const times = (from.window.extensions ?? 0) + 1;
  const expiresAt = from.window.expiresAt + from.durationMs;
  if (terms === undefined || deployed === undefined || step?.event !== "extended") return false;
  return (
    isDeepStrictEqual(next.window, { ...from.window, expiresAt, extensions: times }) &&
    times <= Math.min(terms.max, deployed.max) &&
    step.at < from.window.expiresAt - SETTLED_BEFORE_MS &&
    (terms.by === "self"
      ? step.by === from.requester && isApprovedWell(from) && holdsUnder(policy, from)
      : isExtensionApproved(policy, from, next))
  );
}

/** The requester asked, and enough people who may have approved since. */
function isExtensionApproved(policy: Policy, from: Grant, next: Grant): boolean {
  const asked = next.history.findLastIndex(({ event }) => event === "extension-asked");
  if (next.history[asked]?.by !== from.requester) return false;
  const since = next.history.slice(asked + 1);
  const isApproval = ({ event }: HistoryEntry) => event === "extension-approved";
  const approvals = since.filter(isApproval).map(({ by, at }) => ({ by, at, via: "" }) as Approval);
  const needed = Math.max(1, approvalsOf(from.entitlement.id));
  return areEnough(from, approvals, needed) && holdsUnder(policy, from, approvals);
}

/** What somebody does to a grant of their own, or as one who decides: of such steps who must be a full member. */
export function membersFor(grant: Grant, { event, by }: HistoryEntry): readonly SlackUserId[] {
  if (by === "latchkey") return [];
  switch (event) {
    case "requested":
    case "denied":
    case "extension-asked":
    case "extension-denied":
      return [by];
    case "approved":
    case "extension-approved":
    case "extended":
      return [by, grant.requester];
    case "revoking":
    case "revoked":
      return by === grant.requester ? [] : [by];
    default:
      return [];
  }
}

/** Whether `policy` still gives what the grant was asked for, to whom, with `approvals`. */
export function holdsUnder(
  policy: Policy,
  grant: Grant,
  approvals: readonly Pick<Approval, "by">[] = approvalsIn(grant),
): boolean {
  const entitlement = policy.entitlements[grant.entitlement.id];
  if (entitlement === undefined || !isDeepStrictEqual(entitlement.targets, grant.targets)) {
    return false;
  }
  const isRequester = policy.groups["developers"]?.users.includes(grant.requester) ?? false;
  const groups = entitlement.approval.kind === "automatic" ? [] : entitlement.approval.by;
  const counting = approvals.filter(({ by }) =>
    groups
      .map((name) => policy.groups[name])
      .some((group) => group?.users.includes(by) || (by === LEE && group?.usergroup === LEADS)),
  );
  const needed = entitlement.approval.kind === "automatic" ? 0 : entitlement.approval.count;
  const isBound = policy.people[grant.requester]?.iamUser === grant.principal;
  return isRequester && isBound && counting.length >= needed;
}
