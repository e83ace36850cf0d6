// The room of IAM groups: lends memberships and takes them back, each change read back from the group itself.

import {
  AddUserToGroupCommand,
  type IAMClient,
  RemoveUserFromGroupCommand,
} from "@aws-sdk/client-iam";
import pMap from "p-map";
import { iamUserName } from "../grant/ids.ts";
import { type AssignmentKey, accountOf, type IamGroupSpec } from "../grant/target-spec.ts";
import { describeFault, isDenied, isNamed, mayHaveLanded, mayLandAgain } from "./aws-fault.ts";
import {
  CALL_TIMEOUT_MS,
  type Group,
  type GroupReach,
  groupMissing,
  groupName,
  notPermitted,
  openGroup,
  readGroup,
} from "./iam-group-members.ts";
import { getUser } from "./principals.ts";
import type {
  Assignment,
  GiveOutcome,
  Refusal,
  RefusalCode,
  Sighting,
  TakeOutcome,
  Target,
} from "./target.ts";

/** How many users of a group are written at once. */
const AT_ONCE = 8;
/** IAM shows a change after a while: how long to wait before each look at it, 3 s in all. */
const READ_BACK_DELAYS_MS = [0, 200, 400, 800, 1_600] as const;

export interface IamGroupOptions extends GroupReach {
  readonly clock: { now(): number; sleep(ms: number): Promise<void> };
}

type Member = Assignment<IamGroupSpec>;
type TimedMember = Member & { readonly endsAt: number };

/** A write that only the group itself can tell the effect of. */
interface Written {
  readonly member: Member;
  readonly problem?: string;
  readonly writeLost: boolean;
}

/** What a read-back saw: the group, that there is none, or nothing. */
type ReadBack = { readonly group: Group | undefined } | { readonly problem: string };

/**
 * Memberships of IAM groups. Members are told apart by their unique id: a user of the same name who
 * was made later is someone else. Needs `iam:GetGroup`, to give also `iam:AddUserToGroup` and
 * `iam:GetUser`, to take `iam:RemoveUserFromGroup`.
 */
export function createIamGroupTarget(options: IamGroupOptions): Target<IamGroupSpec> {
  const room = { callTimeoutMs: CALL_TIMEOUT_MS, ...options };
  return {
    look: (assignments) => look(room, assignments),
    give: (assignments) => give(room, assignments),
    take: (assignments) => take(room, assignments),
  };
}

type Room = Required<IamGroupOptions>;

async function look(
  room: Room,
  assignments: readonly Member[],
): Promise<ReadonlyMap<AssignmentKey, Sighting>> {
  const [first] = assignments;
  if (first === undefined) return new Map();
  const group = await openGroup(room, first.spec);
  return new Map(assignments.map((member) => [member.key, sightingOf(member, group)]));
}

function sightingOf(member: Member, group: Group | Refusal): Sighting {
  if ("seen" in group) return group;
  if (group.nameOf.has(member.principalId)) return { seen: "present" };
  const stranger = namesake(member, group);
  return stranger === undefined ? { seen: "absent" } : userRecreated(member, stranger);
}

async function give(
  room: Room,
  assignments: readonly TimedMember[],
): Promise<ReadonlyMap<AssignmentKey, GiveOutcome>> {
  const outcomes = new Map<AssignmentKey, GiveOutcome>();
  const written: Written[] = [];
  await pMap(
    assignments,
    async (member) => {
      const result = await add(room, member);
      if ("member" in result) written.push(result);
      else outcomes.set(member.key, result);
    },
    { concurrency: AT_ONCE },
  );
  const [first] = written;
  if (first === undefined) return outcomes;
  const seen = await readBack(
    room,
    first.member.spec,
    (group) => !group || written.every(({ member }) => group.nameOf.has(member.principalId)),
  );
  for (const each of written) outcomes.set(each.member.key, givenOrNot(each, seen));
  return outcomes;
}

/** Adds one user to the group, unless the window is over or the user is not who the grant is for. */
async function add(room: Room, member: TimedMember): Promise<GiveOutcome | Written> {
  const iam = room.client(member.spec.account);
  // NB. IAM adds by name. Without this look a user of that name who was made meanwhile would get in,
  // and would stay: nothing of theirs is ever taken.
  try {
    const trouble = await userTrouble(iam, member);
    if (trouble !== undefined) return refused(trouble);
  } catch (error) {
    if (isDenied(error)) return refused(notPermitted("iam:GetUser", member.spec, error));
    return unclear(describeFault(error), false);
  }

  const leftMs = member.endsAt - room.clock.now();
  if (leftMs <= 0) return unclear("the window is over, nothing was written", false);
  try {
    const answer = await iam.send(
      new AddUserToGroupCommand({
        GroupName: groupName(member.spec),
        UserName: iamUserName(member.principal),
      }),
      { abortSignal: AbortSignal.timeout(Math.min(room.callTimeoutMs, leftMs)) },
    );
    return { member, writeLost: mayLandAgain(answer) };
  } catch (error) {
    return addFailed(iam, member, error);
  }
}

async function addFailed(
  iam: IAMClient,
  member: Member,
  error: unknown,
): Promise<GiveOutcome | Written> {
  const writeLost = mayHaveLanded(error);
  // The SDK takes a quota for throttling and tries again.
  // NB. A second no says nothing of a first try that nobody answered, which lands as soon as there is room.
  if (isNamed(error, "LimitExceeded")) return refused(groupQuota(member), writeLost);
  if (isDenied(error) && !writeLost) {
    return refused(notPermitted("iam:AddUserToGroup", member.spec, error));
  }
  if (isNamed(error, "NoSuchEntity")) {
    // The user or the group: asking for the user settles the one, the read-back the other.
    const trouble = await userTrouble(iam, member).catch(() => undefined);
    if (trouble !== undefined) return refused(trouble, writeLost);
  }
  return { member, problem: describeFault(error), writeLost };
}

/** Why the user of that name must not be added, if so. @throws where IAM does not say. */
async function userTrouble(iam: IAMClient, member: Member): Promise<Refusal | undefined> {
  const user = await getUser(iam, iamUserName(member.principal));
  if (user === undefined) return userMissing(member);
  return user.id === member.principalId ? undefined : userRecreated(member, user.id);
}

function givenOrNot({ member, problem, writeLost }: Written, seen: ReadBack): GiveOutcome {
  if ("problem" in seen) {
    return unclear(problem ?? seen.problem, writeLost || problem === undefined);
  }
  if (seen.group === undefined) return refused(groupMissing(member.spec), writeLost);
  // NB. Without an answer to the write, what is shown may be there for another grant, or not any more.
  if (problem !== undefined) return unclear(problem, writeLost);
  if (seen.group.nameOf.has(member.principalId))
    return writeLost ? { status: "held", writeLost } : { status: "held" };
  // A write that was acknowledged and does not show yet will show later: as good as one still under way.
  return unclear("IAM does not show the membership yet", true);
}

async function take(
  room: Room,
  assignments: readonly Member[],
): Promise<ReadonlyMap<AssignmentKey, TakeOutcome>> {
  // A membership knows no degrees: while another grant wants it there is nothing to take.
  const outcomes = new Map<AssignmentKey, TakeOutcome>(
    assignments.map(({ key }) => [key, { status: "gone", writeLost: false }]),
  );
  const leaving = assignments.filter(({ others }) => others.length === 0);
  const [first] = leaving;
  if (first === undefined) return outcomes;

  const before = await readOnce(room, first.spec);
  if ("problem" in before || before.group === undefined) {
    for (const member of leaving) {
      outcomes.set(member.key, takenOrNot({ member, writeLost: false }, before));
    }
    return outcomes;
  }
  const { group } = before;
  const written: Written[] = [];
  await pMap(
    leaving,
    async (member) => {
      written.push(await remove(room, member, group));
    },
    { concurrency: AT_ONCE },
  );
  const after = await readBack(
    room,
    first.spec,
    (now) => !leaving.some(({ principalId }) => now?.nameOf.has(principalId)),
  );
  for (const each of written) outcomes.set(each.member.key, takenOrNot(each, after));
  return outcomes;
}

/** Removes one user from the group, under the name that the group knows the user by. */
async function remove(room: Room, member: Member, group: Group): Promise<Written> {
  const name = group.nameOf.get(member.principalId);
  // NB. A user of that name with another id is someone else, whose membership stays.
  if (name === undefined && namesake(member, group) !== undefined) {
    return { member, writeLost: false };
  }
  // NB. Also where the group does not show the user: IAM may not show yet what was added a moment ago.
  try {
    const answer = await room.client(member.spec.account).send(
      new RemoveUserFromGroupCommand({
        GroupName: groupName(member.spec),
        UserName: name ?? iamUserName(member.principal),
      }),
      { abortSignal: AbortSignal.timeout(room.callTimeoutMs) },
    );
    return { member, writeLost: mayLandAgain(answer) };
  } catch (error) {
    if (isNamed(error, "NoSuchEntity") && !mayHaveLanded(error))
      return { member, writeLost: false };
    const problem = isDenied(error)
      ? notPermitted("iam:RemoveUserFromGroup", member.spec, error).message
      : describeFault(error);
    return { member, problem, writeLost: mayHaveLanded(error) };
  }
}

/** Gone is who was removed, or was no member to IAM's own word, and is not shown any more. */
function takenOrNot({ member, problem, writeLost }: Written, after: ReadBack): TakeOutcome {
  if ("problem" in after) return unclear(problem ?? after.problem, writeLost);
  const { group } = after;
  if (group === undefined) {
    const drift =
      `${member.spec.arn} is no longer there, so nobody is in it. If it was renamed rather than ` +
      "deleted, its members went along: look for it under its new name";
    return { status: "gone", writeLost, drift };
  }
  if (group.nameOf.has(member.principalId)) {
    return unclear(problem ?? "IAM still shows the membership", writeLost);
  }
  // NB. IAM may not show yet what was added a moment ago: without a removal, absence proves nothing.
  if (problem !== undefined && !writeLost) return unclear(problem, writeLost);
  const stranger = namesake(member, group);
  if (stranger === undefined) return { status: "gone", writeLost };
  const drift = `${iamUserName(member.principal)} in ${groupName(member.spec)} is now another user (${stranger}): left alone`;
  return { status: "gone", writeLost, drift };
}

/** Reads the group until `settled` likes what it sees, for about 3 s. What was seen last counts. */
async function readBack(
  room: Room,
  spec: IamGroupSpec,
  settled: (group: Group | undefined) => boolean,
): Promise<ReadBack> {
  let last: ReadBack = { problem: "the group was not read" };
  for (const delayMs of READ_BACK_DELAYS_MS) {
    await room.clock.sleep(delayMs);
    const seen = await readOnce(room, spec);
    if ("group" in seen && settled(seen.group)) return seen;
    // A read that failed takes nothing from one that came after the write and did not.
    if ("group" in seen || "problem" in last) last = seen;
  }
  return last;
}

async function readOnce(room: Room, spec: IamGroupSpec): Promise<ReadBack> {
  try {
    const group = await readGroup(room, spec);
    // NB. A group of that name in another account says nothing about ours.
    if (group !== undefined && accountOf(group.arn) !== accountOf(spec.arn)) {
      return { problem: `asked for ${spec.arn}, met ${group.arn}: wrong account` };
    }
    return { group };
  } catch (error) {
    return { problem: describeFault(error) };
  }
}

/** The unique id of a member who bears the principal's name and is someone else. */
function namesake(member: Member, group: Group): string | undefined {
  const name = iamUserName(member.principal);
  for (const [id, memberName] of group.nameOf) {
    if (memberName === name && id !== member.principalId) return id;
  }
  return undefined;
}

const refused = (refusal: Refusal, writeLost = false): GiveOutcome =>
  writeLost ? { status: "refused", refusal, writeLost } : { status: "refused", refusal };

const unclear = (problem: string, writeLost: boolean) =>
  ({ status: "unclear", problem, writeLost }) as const;

const refuse = (code: RefusalCode, message: string): Refusal => ({
  seen: "refused",
  code,
  message,
});

function userMissing({ principal }: Member): Refusal {
  return refuse(
    "user-missing",
    `There is no IAM user ${principal}. Create it, or correct access.yml.`,
  );
}

function userRecreated({ principal, principalId }: Member, id: string): Refusal {
  return refuse(
    "user-recreated",
    `${principal} is not the user that this is for: its unique id is ${id}, not ${principalId}. ` +
      "It was deleted and made anew; an admin must confirm who it is.",
  );
}

function groupQuota({ principal }: Member): Refusal {
  return refuse(
    "group-quota",
    `${principal} is in 10 IAM groups already, and AWS allows no more. Remove it from one and ask again.`,
  );
}
