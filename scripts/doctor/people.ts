// The IAM users that people are: whether each is there, is still the one that was pinned, and has room for a group.

import { GetItemCommand } from "@aws-sdk/client-dynamodb";
import { paginateListGroupsForUser } from "@aws-sdk/client-iam";
import pMap from "p-map";
import { type IamUserArn, iamUserName } from "../../lib/grant/ids.ts";
import { type AccountAccess, accountOf } from "../../lib/grant/target-spec.ts";
import type { PersonBinding, Policy } from "../../lib/policy/policy.ts";
import { principalPk, readPinned } from "../../lib/store/items.ts";
import { getUser } from "../../lib/targets/principals.ts";
import { byRole } from "./by-hand.ts";
import { about, type Finding } from "./finding.ts";
import { notSeen, type Patient } from "./patient.ts";

const AT_ONCE = 4;
/** IAM User Guide, "IAM and AWS STS quotas": groups an IAM user can be in; not adjustable. */
const GROUPS_PER_USER = 10;

/** `isTableThere`: whether it can say whom the broker has pinned. */
export async function examinePeople(
  patient: Patient,
  isTableThere: boolean,
): Promise<readonly Finding[]> {
  const examine = ([user, person]: [string, PersonBinding]) =>
    examinePerson(patient, isTableThere, user, person);
  const found = await pMap(Object.entries(patient.policy.people), examine, {
    concurrency: AT_ONCE,
  });
  return found.flat();
}

async function examinePerson(
  patient: Patient,
  isTableThere: boolean,
  slackUser: string,
  { iamUser, uniqueId }: PersonBinding,
): Promise<readonly Finding[]> {
  const name = iamUserName(iamUser);
  const it = about("iam-users", name);
  try {
    const account = patient.policy.accounts[accountOf(iamUser)];
    const user = await getUser(patient.clients.iam(account), name);
    if (user === undefined || user.arn !== iamUser) {
      return [it.problem(missing(slackUser, iamUser, user?.arn, account))];
    }
    const pinned = uniqueId ?? (isTableThere ? await readPin(patient, iamUser) : undefined);
    if (pinned !== undefined && pinned !== user.id) {
      return [it.problem(recreated(slackUser, pinned, user.id))];
    }
    const room = await examineRoom(patient, slackUser, iamUser);
    return room.length > 0
      ? room
      : [it.ok(`there, ${pinned === undefined ? "not pinned yet" : user.id}`)];
  } catch (error) {
    return [notSeen("iam-users", name, error)];
  }
}

function missing(
  slackUser: string,
  iamUser: IamUserArn,
  met: string | undefined,
  account: AccountAccess | undefined,
) {
  const [, path = "/"] = /:user(\/(?:.*\/)?)/.exec(iamUser) ?? [];
  const name = `${path === "/" ? "" : `--path ${path} `}--user-name ${iamUserName(iamUser)}`;
  return {
    code: "user-missing",
    what: `${slackUser} has no such IAM user${met === undefined ? "" : `: the one of that name is ${met}, access.yml says ${iamUser}`}`,
    why: "What they ask for is refused after it was approved.",
    mend:
      met === undefined
        ? `aws iam create-user ${name}    # in account ${accountOf(iamUser)}${byRole(account)}; or correct \`people\` in access.yml`
        : "Correct `people` in access.yml, and deploy it.",
  };
}

function recreated(slackUser: string, pinned: string, found: string) {
  return {
    code: "user-recreated",
    what: `it is not the user that it was: ${found} now, ${pinned} before`,
    why: "It was deleted and made anew, perhaps for somebody else: Latchkey lends it nothing.",
    mend: `If ${slackUser} is the one: write \`uniqueId: ${found}\` beside its iamUser in access.yml, and deploy it.`,
  };
}

/** The unique id that was pinned at first use, if it was. */
async function readPin({ clients, place }: Patient, arn: IamUserArn): Promise<string | undefined> {
  const Key = { pk: { S: principalPk(arn) } };
  const command = new GetItemCommand({ TableName: place.tableName, Key, ConsistentRead: true });
  const { Item } = await clients.dynamodb.send(command);
  return Item === undefined ? undefined : readPinned(Item);
}

/** Whether everything that they may borrow fits beside the groups that they are in. */
async function examineRoom(
  { clients, policy }: Patient,
  slackUser: string,
  iamUser: IamUserArn,
): Promise<readonly Finding[]> {
  const client = clients.iam(policy.accounts[accountOf(iamUser)]);
  const groups: string[] = [];
  const pages = paginateListGroupsForUser({ client }, { UserName: iamUserName(iamUser) });
  for await (const { Groups = [] } of pages) groups.push(...Groups.map(({ Arn = "" }) => Arn));
  const lendable = new Set(groupsLentTo(policy, slackUser));
  const standing = groups.filter((arn) => !lendable.has(arn)).length;
  const atMost = standing + lendable.size;
  if (atMost <= GROUPS_PER_USER || lendable.size === 0) return [];
  const it = about("iam-users", iamUserName(iamUser));
  const trouble = {
    code: "group-quota",
    what: `it is in ${standing} groups for good and may borrow ${lendable.size} more; IAM allows ${GROUPS_PER_USER} a user`,
    why: "What does not fit is refused after it was approved.",
    mend: `aws iam list-groups-for-user --user-name ${iamUserName(iamUser)}    # and take it out of one`,
  };
  return [standing >= GROUPS_PER_USER ? it.problem(trouble) : it.warning(trouble)];
}

/** The groups that somebody may borrow at the same time. Who is in a user group nobody knows here: perhaps they. */
function groupsLentTo({ entitlements, groups }: Policy, slackUser: string): readonly string[] {
  return Object.values(entitlements)
    .filter(({ requesters }) =>
      requesters.some((name) => {
        const { users = [], usergroup } = groups[name] ?? {};
        return usergroup !== undefined || users.some((user) => user === slackUser);
      }),
    )
    .flatMap(({ targets }) =>
      targets.flatMap((spec) => (spec.kind === "iam-group" ? [spec.arn] : [])),
    );
}
