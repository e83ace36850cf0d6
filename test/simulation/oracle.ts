// What the world itself knows of who may have what: not by the broker's policy, which is what is tested.

import { isDeepStrictEqual } from "node:util";
import type { Grant } from "../../lib/grant/grant.ts";
import type { SlackUserId } from "../../lib/grant/ids.ts";
import type { Policy } from "../../lib/policy/policy.ts";
import { approvalsOf, approversOf, EVE, LEADS, LEE } from "./catalogue.ts";

/** Enough different people, none of them the requester: by the world's own list of who is who. */
export function isApprovedWell(grant: Grant): boolean {
  const approvals = "approvals" in grant ? grant.approvals : [];
  const by = new Set<SlackUserId>(approvals.map((each) => each.by));
  const able = approversOf(grant.entitlement.id);
  const isAda = grant.principal.endsWith("web-user-1");
  return (
    by.size >= approvalsOf(grant.entitlement.id) &&
    by.size === approvals.length &&
    [...by].every(
      (each) => able.includes(each) && each !== grant.requester && !(isAda && each === EVE),
    )
  );
}

/** Whether `policy` still gives what the grant was asked for, to whom, by whom. */
export function holdsUnder(policy: Policy, grant: Grant): boolean {
  const entitlement = policy.entitlements[grant.entitlement.id];
  if (entitlement === undefined || !isDeepStrictEqual(entitlement.targets, grant.targets)) {
    return false;
  }
  const isRequester = policy.groups["developers"]?.users.includes(grant.requester) ?? false;
  const approvals = "approvals" in grant ? grant.approvals : [];
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
