// Checks of access.yml that need more than one place of it: names that must exist, accounts, approvers.

import { accountOf } from "../grant/target-spec.ts";
import { checkReach, ownAccounts } from "./check-reach.ts";
import { checkShared } from "./check-shared.ts";
import { checkTarget } from "./check-target.ts";
import { didYouMean } from "./did-you-mean.ts";
import { parseDuration } from "./duration.ts";
import type { Finding, Path } from "./problem.ts";
import {
  entriesOf,
  type Found,
  groupNamed,
  isUnsound,
  membersOf,
  personKey,
  problem,
  type SoundEntitlement,
  type SoundFile,
  warning,
} from "./sound-file.ts";

type Approval = Exclude<NonNullable<SoundEntitlement["approval"]>, string>;

/** Everything wrong or doubtful between the parts of `file`; what the schema objected to is left out. */
export function crossCheck(file: SoundFile): { problems: Finding[]; warnings: Finding[] } {
  const found = [
    ...checkPeople(file),
    ...checkGroups(file),
    ...checkAccounts(file),
    ...checkClusters(file),
    ...checkShared(file),
    ...entriesOf(file.entitlements).flatMap(([id, entitlement]) =>
      checkEntitlement(file, entitlement, ["entitlements", id]),
    ),
  ];
  if (file.entitlements !== undefined && Object.keys(file.entitlements).length === 0) {
    found.push(warning(["entitlements"], "nothing can be asked for", "Add an entitlement.", "key"));
  }
  return {
    problems: found.filter(({ severity }) => severity === "problem"),
    warnings: found.filter(({ severity }) => severity === "warning"),
  };
}

function checkPeople(file: SoundFile): Found[] {
  const own = ownAccounts(file);
  if (own.size > 1) {
    return [
      problem(
        ["people"],
        `their IAM users are in several accounts (${[...own].join(", ")}), and nothing says which is the broker's own`,
        'Write it at the top, `account: "111122223333"`, and the others under `accounts`.',
        "key",
      ),
    ];
  }
  const seen = new Map<string, string>();
  return entriesOf(file.people).flatMap(([id, { iamUser }]): Found[] => {
    if (iamUser === undefined) return [];
    const path = ["people", id, "iamUser"];
    const twin = seen.get(iamUser.toLowerCase());
    seen.set(iamUser.toLowerCase(), id);
    const shared = warning(
      path,
      `${id} and ${twin} are the same IAM user`,
      "Neither may approve the other's requests. Give each person an IAM user of their own.",
    );
    return [...(twin === undefined ? [] : [shared]), ...checkReach(file, accountOf(iamUser), path)];
  });
}

function checkGroups(file: SoundFile): Found[] {
  return entriesOf(file.groups)
    .filter(([name]) => membersOf(file, [name])?.empty)
    .map(([name]) =>
      warning(
        ["groups", name],
        `nobody is in the group "${name}"`,
        "Write `users: [U…]`, `usergroup: S…`, or both.",
        "key",
      ),
    );
}

function checkAccounts(file: SoundFile): Found[] {
  return entriesOf(file.accounts)
    .filter(([id, { role }]) => role !== undefined && accountOf(role) !== id)
    .map(([id, { role = "" }]) =>
      problem(
        ["accounts", id, "role"],
        `the role is in account ${accountOf(role)}, not in ${id}`,
        "Name a role of that account, or mend the account id.",
      ),
    );
}

function checkClusters(file: SoundFile): Found[] {
  return entriesOf(file.clusters).flatMap(([name, cluster]) => {
    const path = ["clusters", name];
    const lacking = (["server", "certificateAuthority"] as const).filter(
      (key) => !Object.hasOwn(cluster, key),
    );
    return [
      ...(cluster.account === undefined
        ? []
        : checkReach(file, cluster.account, [...path, "account"])),
      ...(lacking.length === 1
        ? [
            problem(
              path,
              `"${lacking[0]}" is missing beside the other`,
              "Write both `server` and `certificateAuthority`, or neither: they are asked of EKS then.",
              "key",
            ),
          ]
        : []),
    ];
  });
}

function checkEntitlement(file: SoundFile, entitlement: SoundEntitlement, path: Path): Found[] {
  const { requesters, approval, duration, extend, targets } = entitlement;
  const seen = new Set<string>();
  return [
    ...checkName(path),
    ...checkGroupNames(file, requesters, [...path, "requesters"]),
    ...checkRequesters(file, requesters),
    ...(typeof approval === "object" ? checkApprovers(file, entitlement, approval, path) : []),
    ...checkDuration(duration, [...path, "duration"]),
    ...(approval === "automatic" ? checkUnasked(extend, [...path, "extend"]) : []),
    ...(targets ?? []).flatMap((target, index) =>
      target === undefined
        ? []
        : checkTarget(file, entitlement, target, [...path, "targets", index], seen),
    ),
  ];
}

/** Words that `/access` takes for something else: lib/slack/command-text.ts. */
const TAKEN = ["help", "list", "mine"];

function checkName(path: Path): Found[] {
  const name = String(path.at(-1));
  if (!TAKEN.includes(name)) return [];
  const message = `\`/access ${name}\` means something else`;
  return [problem(path, message, "Choose another name for the entitlement.", "key")];
}

function checkGroupNames(
  file: SoundFile,
  names: readonly (string | undefined)[] | undefined,
  path: Path,
): Found[] {
  if (isUnsound(file, "groups")) return [];
  const groups = Object.keys(file.groups ?? {});
  return (names ?? []).flatMap((name, index) =>
    name === undefined || groups.includes(name)
      ? []
      : [
          problem(
            [...path, index],
            `there is no group "${name}"`,
            didYouMean(name, groups, "groups"),
          ),
        ],
  );
}

/** Who is listed among the requesters must be somebody in AWS; user groups cannot be checked here. */
function checkRequesters(
  file: SoundFile,
  names: readonly (string | undefined)[] | undefined,
): Found[] {
  if (isUnsound(file, "people")) return [];
  return (names ?? []).flatMap((name) =>
    (groupNamed(file, name)?.users ?? []).flatMap((user, index) =>
      user === undefined || Object.hasOwn(file.people ?? {}, user)
        ? []
        : [
            problem(
              ["groups", name ?? "", "users", index],
              `${user} may ask for access but is nobody in AWS`,
              `Write under \`people\`: ${user}: { iamUser: "arn:aws:iam::…:user/…" }`,
            ),
          ],
    ),
  );
}

function checkApprovers(
  file: SoundFile,
  { requesters }: SoundEntitlement,
  approval: Approval,
  path: Path,
): Found[] {
  const at = [...path, "approval"];
  const unknown = checkGroupNames(file, approval.by, [...at, "by"]);
  const approvers = membersOf(file, approval.by);
  if (unknown.length > 0 || approvers === undefined) return unknown;
  if (approvers.empty) {
    return [
      problem(
        [...at, "by"],
        "nobody can approve: the groups named are empty",
        "Put users or a user group into them, or name another group.",
      ),
    ];
  }
  if (approvers.open) return [];
  const { count = 1 } = approval;
  const people = new Set(approvers.users.map((user) => personKey(file, user)));
  if (people.size < count) {
    return [
      problem(
        [...at, "count"],
        `${count} must approve, but only ${people.size} can`,
        "Lower `count`, or name more approvers.",
      ),
    ];
  }
  const stuck = (membersOf(file, requesters)?.users ?? []).filter(
    (user) => people.has(personKey(file, user)) && people.size - 1 < count,
  );
  return stuck.map((user) =>
    warning(
      [...at, "by"],
      `a request by ${user} cannot be approved: nobody approves their own, and there are too few others`,
      "Name more approvers.",
    ),
  );
}

function checkDuration(duration: SoundEntitlement["duration"], path: Path): Found[] {
  const { default: usual, max } = duration ?? {};
  if (usual === undefined || max === undefined) return [];
  if (parseDuration(usual) <= parseDuration(max)) return [];
  return [
    problem(
      [...path, "default"],
      `the default, ${usual}, is longer than the maximum, ${max}`,
      `Write ${max} or less here, or raise \`max\`.`,
    ),
  ];
}

/** Where nobody approves requests, nobody is asked for an extension either. */
function checkUnasked(extend: SoundEntitlement["extend"], path: Path): Found[] {
  if (extend === undefined || isUnsound(extend, "by")) return [];
  const { by } = extend;
  if (by === "self") return [];
  return [
    problem(
      by === undefined ? path : [...path, "by"],
      "nobody can approve an extension: approval is automatic here",
      "Write `by: self`, or name who approves under `approval`.",
    ),
  ];
}
