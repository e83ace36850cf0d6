// Lints of who asks and who approves: whether somebody can say yes at all, and whether it is somebody else.

import type { AccessFile } from "./access-file.ts";
import type { Usergroups } from "./policy.ts";
import type { Finding, Path } from "./problem.ts";

type Entitlement = AccessFile["entitlements"][string];

// More names than that help nobody.
const MOST_NAMED = 5;

/**
 * What is doubtful about an entitlement's requesters and approvers. `crossCheck` has counted those whom
 * the file lists; here the members of user groups count too, where they have been read.
 */
export function lintApproval(
  file: AccessFile,
  { requesters, approval }: Entitlement,
  path: Path,
  usergroups: Usergroups,
): readonly Finding[] {
  const askers = crowdOf(file, requesters, usergroups);
  const unbound = lintUnbound(file, askers, [...path, "requesters"]);
  if (approval === "automatic") return unbound;
  const deciders = crowdOf(file, approval.by, usergroups);
  const at = [...path, "approval", "by"];
  return [
    ...unbound,
    ...(isKnown(deciders) ? lintTooFew(file, askers, deciders, approval.count, at) : []),
    ...(isSame(file, askers, deciders) ? [amongThemselves(at)] : []),
  ];
}

/** Who is in some groups. */
interface Crowd {
  readonly users: readonly string[];
  /** Those of the user groups that have been read. */
  readonly read: readonly string[];
  /** Those of which nobody knows who is in them. */
  readonly unread: readonly string[];
}

function crowdOf(file: AccessFile, names: readonly string[], usergroups: Usergroups): Crowd {
  const groups = names.flatMap((name) => file.groups[name] ?? []);
  const ids = [...new Set(groups.flatMap(({ usergroup }) => usergroup ?? []))].sort();
  const read = ids.filter((id) => usergroups.has(id));
  const listed = groups.flatMap(({ users = [] }) => users);
  const members = read.flatMap((id): string[] => [...(usergroups.get(id) ?? [])]);
  const unread = ids.filter((id) => !usergroups.has(id));
  return { users: [...new Set([...listed, ...members])], read, unread };
}

const isKnown = ({ unread }: Crowd) => unread.length === 0;

/** Two Slack users who are the same IAM user are one person. */
function peopleOf(file: AccessFile, { users }: Crowd): ReadonlySet<string> {
  return new Set(users.map((user) => personKey(file, user)));
}

function personKey({ people }: AccessFile, user: string): string {
  return Object.hasOwn(people, user) ? (people[user]?.iamUser.toLowerCase() ?? user) : user;
}

/** Only where a user group is part of it: the rest is known without Slack, and told already. */
function lintTooFew(
  file: AccessFile,
  askers: Crowd,
  deciders: Crowd,
  count: number,
  path: Path,
): Finding[] {
  if (deciders.read.length === 0) return [];
  const people = peopleOf(file, deciders);
  const why = "Such a request waits until it lapses.";
  const hint = "Put more people into the groups that may approve, or name another group.";
  if (people.size < count) {
    const able = people.size === 0 ? "nobody" : `only ${people.size}`;
    return [{ path, message: `${count} must approve, and ${able} can`, why, hint }];
  }
  const stuck = askers.users.filter((user) => {
    const key = personKey(file, user);
    return people.has(key) && people.size - 1 < count;
  });
  if (stuck.length === 0) return [];
  const message = `nobody can approve what ${named(stuck)} asks for: nobody approves their own request, and there are too few others`;
  return [{ path, message, why, hint }];
}

/** Members of a user group who may ask, and have nothing to receive access with. */
function lintUnbound(file: AccessFile, { users, read }: Crowd, path: Path): Finding[] {
  if (read.length === 0) return [];
  const unbound = users.filter((user) => !Object.hasOwn(file.people, user));
  if (unbound.length === 0) return [];
  return [
    {
      path,
      message: `${named(unbound)} may ask, and ${unbound.length === 1 ? "is" : "are"} nobody in AWS`,
      why: "They are shown the entitlement, and refused when they ask.",
      hint: `Write under \`people\`: ${unbound[0]}: { iamUser: "arn:aws:iam::…:user/…" }`,
    },
  ];
}

/** Whether the same people ask and approve, two at least: of one alone it is told that nobody can approve. */
function isSame(file: AccessFile, askers: Crowd, deciders: Crowd): boolean {
  const asking = peopleOf(file, askers);
  const deciding = peopleOf(file, deciders);
  const isAlike = asking.size === deciding.size && [...asking].every((key) => deciding.has(key));
  const unread = askers.unread.join(" ");
  if (!isAlike || unread !== deciders.unread.join(" ")) return false;
  return unread !== "" || asking.size > 1;
}

function amongThemselves(path: Path): Finding {
  return {
    path,
    message: "the same people ask and approve",
    why: "They approve each other's requests, and nobody else looks at one.",
    hint: "Name a group of other people under `approval.by`, or one beside it and `count: 2`.",
  };
}

function named(users: readonly string[]): string {
  const more = users.length - MOST_NAMED;
  const shown = users.slice(0, MOST_NAMED).join(", ");
  return more > 0 ? `${shown} and ${more} more` : shown;
}
