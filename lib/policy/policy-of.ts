// Makes the policy of a validated access.yml: durations in ms, names of clusters and accounts resolved.

import { parseIamUserArn, parseSlackUserId } from "../grant/ids.ts";
import {
  type AccountAccess,
  accountOf,
  type ClusterSpec,
  type TargetSpec,
} from "../grant/target-spec.ts";
import type { AccessFile } from "./access-file.ts";
import { ownAccounts } from "./check-reach.ts";
import { parseDuration } from "./duration.ts";
import type { Entitlement, Policy } from "./policy.ts";

type WrittenEntitlement = AccessFile["entitlements"][string];
type WrittenTarget = WrittenEntitlement["targets"][number];

/** The policy that `file` means; `hash` is of its text. `file` has no problems: see `readAccessFile`. */
export function policyOf(file: AccessFile, hash: string): Policy {
  const [account] = ownAccounts(file);
  return {
    hash,
    slack: slackOf(file.slack),
    people: mapValues(file.people, ({ iamUser, uniqueId }) => ({
      iamUser: parseIamUserArn(iamUser),
      ...(uniqueId === undefined ? {} : { uniqueId }),
    })),
    groups: mapValues(file.groups, ({ users = [], usergroup }) => ({
      users: users.map(parseSlackUserId),
      ...(usergroup === undefined ? {} : { usergroup }),
    })),
    ...(account === undefined ? {} : { account }),
    accounts: mapValues(file.accounts, accessOf),
    groupPath: file.groupPath,
    sharedGroups: sharedGroupsOf(file),
    entitlements: mapValues(file.entitlements, (entitlement, id) =>
      entitlementOf(file, id, entitlement),
    ),
  };
}

function slackOf({ team, app, channel, admins }: AccessFile["slack"]): Policy["slack"] {
  return {
    team,
    ...(app === undefined ? {} : { app }),
    channel,
    admins: admins.map(parseSlackUserId),
  };
}

function entitlementOf(file: AccessFile, id: string, written: WrittenEntitlement): Entitlement {
  const { title, description, requesters, approval, duration } = written;
  const { extend, reason, ticket, targets, instructions, channel, lapse } = written;
  return {
    id,
    title,
    ...(description === undefined ? {} : { description }),
    requesters,
    approval: approval === "automatic" ? { kind: "automatic" } : { kind: "approvers", ...approval },
    duration: { defaultMs: parseDuration(duration.default), maxMs: parseDuration(duration.max) },
    ...(extend === undefined ? {} : { extend }),
    reason,
    ...(ticket === undefined ? {} : { ticket }),
    targets: targets.map((target) => targetOf(file, target)),
    ...(instructions === undefined ? {} : { instructions }),
    ...(channel === undefined ? {} : { channel }),
    lapseMs: parseDuration(lapse),
  };
}

function sharedGroupsOf({ entitlements }: AccessFile): readonly string[] {
  const targets = Object.values(entitlements).flatMap((entitlement) => entitlement.targets);
  const shared = targets.flatMap(({ iamGroup }) =>
    iamGroup?.acceptShared === true ? [iamGroup.arn] : [],
  );
  return [...new Set(shared)];
}

function targetOf(file: AccessFile, { iamGroup, awsAuth }: WrittenTarget): TargetSpec {
  if (iamGroup !== undefined) {
    const account = accountAccess(file, accountOf(iamGroup.arn));
    return { kind: "iam-group", arn: iamGroup.arn, ...(account === undefined ? {} : { account }) };
  }
  if (awsAuth === undefined) throw new TypeError("a target is neither iamGroup nor awsAuth");
  const { groups, role, acknowledge } = awsAuth;
  const clusterAdmin = acknowledge !== undefined && groups.includes("system:masters");
  return {
    kind: "aws-auth",
    cluster: clusterOf(file, awsAuth.cluster),
    groups,
    ...(role === undefined ? {} : { role }),
    ...(clusterAdmin ? { acknowledgeClusterAdmin: true } : {}),
  };
}

function clusterOf(file: AccessFile, key: string): ClusterSpec {
  const cluster = file.clusters[key];
  if (cluster === undefined) throw new TypeError(`there is no cluster "${key}"`);
  const { name = key, region, server, certificateAuthority } = cluster;
  const account = accountAccess(file, cluster.account);
  return {
    name,
    region,
    ...(server === undefined ? {} : { server }),
    ...(certificateAuthority === undefined ? {} : { certificateAuthority }),
    ...(account === undefined ? {} : { account }),
  };
}

/** How the broker reaches an account; undefined where it is its own. */
function accountAccess(file: AccessFile, id: string | undefined): AccountAccess | undefined {
  const account = id === undefined ? undefined : file.accounts[id];
  return account === undefined ? undefined : accessOf(account);
}

function accessOf({ role, externalId }: AccessFile["accounts"][string]): AccountAccess {
  return { role, ...(externalId === undefined ? {} : { externalId }) };
}

function mapValues<From, To>(
  record: Readonly<Record<string, From>>,
  change: (value: From, key: string) => To,
): Record<string, To> {
  return Object.fromEntries(
    Object.entries(record).map(([key, value]) => [key, change(value, key)]),
  );
}
