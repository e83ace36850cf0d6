// Checks of an entitlement's targets: that they can be reached, and may be lent at all.

import { accountOf } from "../grant/target-spec.ts";
import { checkReach } from "./check-reach.ts";
import { didYouMean } from "./did-you-mean.ts";
import type { Path } from "./problem.ts";
import {
  type Found,
  isUnsound,
  membersOf,
  personOf,
  problem,
  type SoundEntitlement,
  type SoundFile,
  warning,
} from "./sound-file.ts";

type Target = NonNullable<NonNullable<SoundEntitlement["targets"]>[number]>;
type AwsAuth = NonNullable<Target["awsAuth"]>;

// Kubernetes, EKS and AWS keep these to themselves, and EKS does not refuse them in aws-auth.
const RESERVED = /^(?:system|eks|aws|amazon|iam):/i;

/** Checks one target; `seen` collects the places of its entitlement. */
export function checkTarget(
  file: SoundFile,
  entitlement: SoundEntitlement,
  target: Target,
  path: Path,
  seen: Set<string>,
): Found[] {
  if (Object.keys(target).length !== 1) {
    const which = Object.keys(target).length === 0 ? "neither" : "both";
    return [
      problem(
        path,
        `the target names ${which} of iamGroup and awsAuth`,
        "Write one per list item.",
      ),
    ];
  }
  const { iamGroup, awsAuth } = target;
  const place = iamGroup?.arn ?? `${awsAuth?.cluster} ${awsAuth?.role ?? ""}`.toLowerCase();
  const twice = seen.has(place)
    ? [
        problem(
          path,
          "the same place is named twice",
          "Write it once; an aws-auth entry may name several groups.",
        ),
      ]
    : [];
  seen.add(place);
  return [
    ...twice,
    ...(iamGroup?.arn === undefined ? [] : checkIamGroup(file, entitlement, iamGroup.arn, path)),
    ...(awsAuth === undefined ? [] : checkAwsAuth(file, entitlement, awsAuth, path)),
  ];
}

function checkIamGroup(
  file: SoundFile,
  { requesters }: SoundEntitlement,
  arn: string,
  path: Path,
): Found[] {
  const at = [...path, "iamGroup", "arn"];
  const account = accountOf(arn);
  // NB. IAM takes members by name: in another account, that name is another person.
  const strangers = (membersOf(file, requesters)?.users ?? []).filter((user) => {
    const iamUser = personOf(file, user)?.iamUser;
    return iamUser !== undefined && accountOf(iamUser) !== account;
  });
  return [
    ...checkReach(file, account, at),
    ...strangers.map((user) =>
      problem(
        at,
        `the group is in account ${account}, the IAM user of ${user} is not`,
        "An IAM group takes only users of its own account. Lend a group of theirs, or ask for others.",
      ),
    ),
  ];
}

function checkAwsAuth(
  file: SoundFile,
  { approval }: SoundEntitlement,
  { cluster, role, groups, acknowledge }: AwsAuth,
  path: Path,
): Found[] {
  const at = [...path, "awsAuth"];
  const found: Found[] = [];
  const clusters = Object.keys(file.clusters ?? {});
  if (cluster !== undefined && !isUnsound(file, "clusters") && !clusters.includes(cluster)) {
    const hint = didYouMean(cluster, clusters, "clusters");
    found.push(problem([...at, "cluster"], `there is no cluster "${cluster}"`, hint));
  }
  if (role !== undefined && role.split("/").length > 2) {
    const stripped = `${role.slice(0, role.indexOf("/"))}/${role.slice(role.lastIndexOf("/") + 1)}`;
    const why = "the role ARN has a path, and the cluster never matches such an entry";
    found.push(problem([...at, "role"], why, `Write ${stripped}`));
  }
  for (const [index, group] of (groups ?? []).entries()) {
    if (group === undefined || !RESERVED.test(group)) continue;
    if (group === "system:masters" && acknowledge === "cluster-admin") continue;
    found.push(
      problem(
        [...at, "groups", index],
        `the group ${group} is not to be lent`,
        group === "system:masters"
          ? "Bind a group of your own to a smaller role; if it must be, write `acknowledge: cluster-admin` beside it."
          : "Names that begin with system:, eks:, aws:, amazon: or iam: are reserved. Bind a group of your own.",
      ),
    );
  }
  if (acknowledge !== undefined && groups?.includes("system:masters") && approval === "automatic") {
    const why = "everything in the cluster is lent without anybody's approval";
    found.push(warning(at, why, "Write `approval: { by: [a-group] }`."));
  }
  return found;
}
