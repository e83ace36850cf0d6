// Whom a decision waits for: everybody who may approve, one by one, and whether somebody is among them now.

import type { Grant } from "../grant/grant.ts";
import type { SlackUserId } from "../grant/ids.ts";
import { mayApprove } from "./may.ts";
import { mayApproveExtension } from "./may-extend.ts";
import { approverGroups, entitlementOf, groupOf } from "./membership.ts";
import type { Policy, Usergroups } from "./policy.ts";
import { isRequester } from "./still-holds.ts";

/**
 * Everybody who may approve what `grant`'s requester asks for, sorted: the users listed, and the members of
 * the user groups that could be read. NB. Never the requester, nor another Slack user of the same IAM user.
 */
export function approversOf(
  policy: Policy,
  usergroups: Usergroups,
  grant: Grant,
): readonly SlackUserId[] {
  const approvers = new Set<SlackUserId>();
  for (const name of approverGroups(entitlementOf(policy, grant.entitlement.id))) {
    const { users = [], usergroup } = groupOf(policy, name) ?? {};
    const members = usergroup === undefined ? undefined : usergroups.get(usergroup);
    for (const user of [...users, ...(members ?? [])]) approvers.add(user);
  }
  return [...approvers].filter((user) => !isRequester(policy, grant, user)).sort();
}

/** Whether a request, or an extension asked for, waits for the approval of `by` at `now` (epoch ms). */
export function mayDecideNow(
  policy: Policy,
  usergroups: Usergroups,
  grant: Grant,
  by: SlackUserId,
  now: number,
): boolean {
  if (grant.status === "pending") return mayApprove(policy, usergroups, grant, by, now).allowed;
  if (grant.status !== "active") return false;
  return mayApproveExtension(policy, usergroups, grant, by, now).allowed;
}
