// Who is in a policy's groups, and when two Slack users are one person in AWS.

import type { SlackUserId } from "../grant/ids.ts";
import type { Entitlement, PeopleGroup, PersonBinding, Policy, Usergroups } from "./policy.ts";

/** The entitlement called `id`, which people type: `constructor` is none. */
export function entitlementOf(policy: Policy, id: string): Entitlement | undefined {
  return Object.hasOwn(policy.entitlements, id) ? policy.entitlements[id] : undefined;
}

export function personOf(policy: Policy, user: SlackUserId): PersonBinding | undefined {
  return Object.hasOwn(policy.people, user) ? policy.people[user] : undefined;
}

export function groupOf(policy: Policy, name: string): PeopleGroup | undefined {
  return Object.hasOwn(policy.groups, name) ? policy.groups[name] : undefined;
}

/** The admins, to turn to for somebody who may be one. */
export function adminsBeside({ slack }: Policy, user: SlackUserId): readonly SlackUserId[] {
  return slack.admins.filter((admin) => admin !== user);
}

export function isAdmin(policy: Policy, user: SlackUserId): boolean {
  return policy.slack.admins.includes(user);
}

/** The groups that may approve; none where approval is automatic or the entitlement is gone. */
export function approverGroups(entitlement: Entitlement | undefined): readonly string[] {
  return entitlement?.approval.kind === "approvers" ? entitlement.approval.by : [];
}

/**
 * Whether somebody is in one of some groups, or that it cannot be told. `via`: the name of the group that
 * lists them, or the id (`S…`) of the Slack user group that has them.
 */
export type Membership =
  | { readonly is: "member"; readonly via: string }
  | { readonly is: "stranger" }
  | { readonly is: "unknown" };

/** NB. A user group that could not be read never makes a member, and a lookup that throws neither. */
export function membership(
  policy: Policy,
  usergroups: Usergroups,
  groups: readonly string[],
  user: SlackUserId,
): Membership {
  const found = groups.map((name) => inGroup(policy, usergroups, name, user));
  const member = found.find(({ is }) => is === "member");
  if (member !== undefined) return member;
  return { is: found.some(({ is }) => is === "unknown") ? "unknown" : "stranger" };
}

/** Whether two Slack users are one person: the same user, or bound to the same IAM user. */
export function samePerson(policy: Policy, one: SlackUserId, other: SlackUserId): boolean {
  const arn = personOf(policy, one)?.iamUser;
  return one === other || sameArn(arn, personOf(policy, other)?.iamUser);
}

/** IAM names are unique without regard to case. An absent ARN is like no other. */
export function sameArn(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && one.toLowerCase() === other?.toLowerCase();
}

function inGroup(
  policy: Policy,
  usergroups: Usergroups,
  name: string,
  user: SlackUserId,
): Membership {
  try {
    const group = groupOf(policy, name);
    if (group === undefined) return { is: "stranger" };
    if (group.users.includes(user)) return { is: "member", via: name };
    if (group.usergroup === undefined) return { is: "stranger" };
    const members = usergroups.get(group.usergroup);
    if (members === undefined) return { is: "unknown" };
    return members.has(user) ? { is: "member", via: group.usergroup } : { is: "stranger" };
  } catch {
    return { is: "unknown" };
  }
}
