// Lints of a valid access.yml: what works as it is written, and is probably not what was meant.

import { accountOf } from "../grant/target-spec.ts";
import type { AccessFile } from "./access-file.ts";
import { formatDuration, LONGEST_MS, parseDuration } from "./duration.ts";
import { lintApproval } from "./lint-approval.ts";
import { EXTEND_BEFORE_MS } from "./may-extend.ts";
import type { Usergroups } from "./policy.ts";
import type { Finding, Path } from "./problem.ts";

type Entitlement = AccessFile["entitlements"][string];
type AwsAuth = NonNullable<Entitlement["targets"][number]["awsAuth"]>;

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** A card may take a minute to be there, and people have to see it. */
const SHORTEST_WAIT_MS = 5 * MINUTE_MS;
/** Whoever has something for longer than a week has it for good, by everybody's habit. */
const LONG_MS = 7 * DAY_MS;

/**
 * Everything doubtful in `file`, beside what `crossCheck` says. `usergroups`: the members of Slack user
 * groups that have been read; of the others nothing is claimed.
 */
export function lint(file: AccessFile, usergroups: Usergroups): readonly Finding[] {
  return [
    ...lintPeople(file, usergroups),
    ...lintUnused(file),
    ...lintSameCluster(file),
    ...lintWeakerRoads(file),
    ...Object.entries(file.entitlements).flatMap(([id, entitlement]) => {
      const path = ["entitlements", id];
      return [
        ...lintApproval(file, entitlement, path, usergroups),
        ...lintDurations(entitlement, path),
        ...entitlement.targets.flatMap(({ awsAuth }, index) =>
          awsAuth === undefined ? [] : lintAcknowledge(awsAuth, [...path, "targets", index]),
        ),
      ];
    }),
  ];
}

/**
 * People for whom provision's role may look in IAM, to no end. Approvers are none of them: by their IAM
 * users it is known that they are not the requester.
 */
function lintPeople(file: AccessFile, usergroups: Usergroups): Finding[] {
  const used = [...usedGroups(file)].flatMap((name) => file.groups[name] ?? []);
  const mayBeAnybody = used.some(
    ({ usergroup }) => usergroup !== undefined && !usergroups.has(usergroup),
  );
  if (mayBeAnybody) return [];
  const named = new Set<string>(
    used.flatMap(({ users = [], usergroup = "" }) => [
      ...users,
      ...(usergroups.get(usergroup) ?? []),
    ]),
  );
  return Object.keys(file.people)
    .filter((user) => !named.has(user))
    .map((user) => ({
      path: ["people", user],
      at: "key",
      message: `${user} may ask for nothing and approve nothing`,
      why: "Latchkey may look this person up in IAM, and needs not.",
      hint: "Put them into a group that an entitlement names, or take them out of `people`.",
    }));
}

function usedGroups({ entitlements }: AccessFile): ReadonlySet<string> {
  return new Set(
    Object.values(entitlements).flatMap(({ requesters, approval }) => [
      ...requesters,
      ...(approval === "automatic" ? [] : approval.by),
    ]),
  );
}

function lintUnused(file: AccessFile): Finding[] {
  const targets = Object.values(file.entitlements).flatMap((entitlement) => entitlement.targets);
  const clusters = new Set(targets.flatMap(({ awsAuth }) => awsAuth?.cluster ?? []));
  const accounts = new Set([
    ...targets.flatMap(({ iamGroup }) => (iamGroup === undefined ? [] : accountOf(iamGroup.arn))),
    ...Object.values(file.clusters).flatMap(({ account }) => account ?? []),
    ...Object.values(file.people).map(({ iamUser }) => accountOf(iamUser)),
  ]);
  return [
    ...unused(file, "groups", usedGroups(file), "no entitlement names the group"),
    ...unused(file, "clusters", clusters, "no entitlement lends anything in the cluster"),
    ...unused(
      file,
      "accounts",
      accounts,
      "nothing is in the account",
      "Every function that writes access may assume the role all the same.",
    ),
  ];
}

function unused(
  file: AccessFile,
  key: "groups" | "clusters" | "accounts",
  used: ReadonlySet<string>,
  what: string,
  why?: string,
): Finding[] {
  return Object.keys(file[key])
    .filter((name) => !used.has(name))
    .map((name) => ({
      path: [key, name],
      at: "key",
      message: `${what} ${name}`,
      ...(why === undefined ? {} : { why }),
      hint: "Take it out, or name it where it was meant to be named.",
    }));
}

function lintSameCluster({ clusters }: AccessFile): Finding[] {
  const seen = new Map<string, string>();
  return Object.entries(clusters).flatMap(([key, { name = key, region, account = "" }]) => {
    const place = `${account} ${region} ${name}`;
    const twin = seen.get(place);
    seen.set(place, key);
    if (twin === undefined) return [];
    return [
      {
        path: ["clusters", key],
        at: "key",
        message: `${key} and ${twin} are the same cluster`,
        why: "Two targets that name them write the same entry of aws-auth.",
        hint: `Write ${twin} everywhere, and take ${key} out.`,
      },
    ];
  });
}

/** The same access, for the same people, with fewer approvals: whoever knows it takes that road. */
function lintWeakerRoads({ entitlements }: AccessFile): Finding[] {
  const all = Object.entries(entitlements);
  return all.flatMap(([id, entitlement]) =>
    entitlement.targets.flatMap((target, index) => {
      const stricter = all.find(
        ([, other]) =>
          approvalsOf(other) > approvalsOf(entitlement) &&
          other.requesters.some((group) => entitlement.requesters.includes(group)) &&
          other.targets.some((one) => givenBy(one) === givenBy(target)),
      );
      if (stricter === undefined) return [];
      const [otherId, other] = stricter;
      return [
        {
          path: ["entitlements", id, "targets", index],
          message: `${otherId} lends the same with ${counted(approvalsOf(other), "approval")}, here it takes ${approvalsOf(entitlement) || "none"}`,
          why: "Those who may ask for both need the fewer approvals only.",
          hint: "Ask for as many approvals in both, or lend different things.",
        },
      ];
    }),
  );
}

function approvalsOf({ approval }: Entitlement): number {
  return approval === "automatic" ? 0 : approval.count;
}

/** Equal for targets that give the same. */
function givenBy({ iamGroup, awsAuth }: Entitlement["targets"][number]): string {
  if (iamGroup !== undefined) return iamGroup.arn.toLowerCase();
  const { cluster = "", role = "", groups = [] } = awsAuth ?? {};
  return [cluster, role.toLowerCase(), ...[...groups].sort()].join(" ");
}

function lintDurations(entitlement: Entitlement, path: Path): Finding[] {
  const { duration, extend, approval, lapse } = entitlement;
  const maxMs = parseDuration(duration.max);
  const longestMs = maxMs * (1 + (extend?.max ?? 0));
  const found: Finding[] = [];
  if (extend !== undefined && maxMs <= EXTEND_BEFORE_MS) {
    found.push({
      path: [...path, "extend"],
      at: "key",
      message: `nothing can ever be extended: no grant lasts longer than ${duration.max}`,
      why: "An end can be put off until 2 minutes before it comes.",
      hint: "Raise `duration.max`, or leave `extend` out.",
    });
  } else if (longestMs > LONGEST_MS) {
    found.push({
      path: [...path, "extend", "max"],
      message: `with its extensions a grant may last ${formatDuration(longestMs)}`,
      why: "The most that one request may ask for is 30 days. What is needed for longer is not lent, but given.",
      hint: "Lower `extend.max` or `duration.max`.",
    });
  }
  if (maxMs > LONG_MS) {
    found.push({
      path: [...path, "duration", "max"],
      message: `a grant may last ${formatDuration(maxMs)}, and nobody looks at it again`,
      why: "What somebody has for longer than a week is hardly told from standing access.",
      hint: "Write 7d or less, with `extend` where it is needed for longer.",
    });
  }
  if (approval !== "automatic" && parseDuration(lapse) < SHORTEST_WAIT_MS) {
    found.push({
      path: [...path, "lapse"],
      message: `a request waits for no more than ${formatDuration(parseDuration(lapse))}`,
      why: "Its card may take a minute to be there: hardly anybody can decide in time.",
      hint: "Write 5m or more; 24h where it is left out.",
    });
  }
  return found;
}

function lintAcknowledge({ groups, acknowledge }: AwsAuth, path: Path): Finding[] {
  if (acknowledge === undefined || groups.includes("system:masters")) return [];
  return [
    {
      path: [...path, "awsAuth", "acknowledge"],
      at: "key",
      message: "`acknowledge` acknowledges nothing: system:masters is not lent here",
      why: "Whoever adds system:masters one day is not asked about it any more.",
      hint: "Take it out.",
    },
  ];
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
