// The IAM groups that are lent: whether each is there, under its path, and who is in it whom the broker did not put there.

import pMap from "p-map";
import type { IamUserArn } from "../../lib/grant/ids.ts";
import {
  accountOf,
  assignmentKey,
  groupPathOf,
  type IamGroupSpec,
} from "../../lib/grant/target-spec.ts";
import type { Policy } from "../../lib/policy/policy.ts";
import type { Store } from "../../lib/store/store.ts";
import { type Group, groupName, readGroup } from "../../lib/targets/iam-group-members.ts";
import { byRole } from "./by-hand.ts";
import { about, type Finding } from "./finding.ts";
import { notSeen, type Patient } from "./patient.ts";

const AT_ONCE = 4;

/** `store`: undefined where there is no table to say who was put there. */
export async function examineGroups(
  patient: Patient,
  store: Store | undefined,
): Promise<readonly Finding[]> {
  const found = await pMap(
    lentGroups(patient.policy),
    (spec) => examineGroup(patient, store, spec),
    {
      concurrency: AT_ONCE,
    },
  );
  return found.flat();
}

function lentGroups({ entitlements }: Policy): readonly IamGroupSpec[] {
  const specs = Object.values(entitlements).flatMap(({ targets }) =>
    targets.filter((spec) => spec.kind === "iam-group"),
  );
  return [...new Map(specs.map((spec) => [spec.arn, spec])).values()];
}

async function examineGroup(
  patient: Patient,
  store: Store | undefined,
  spec: IamGroupSpec,
): Promise<readonly Finding[]> {
  const name = groupName(spec);
  try {
    const group = await readGroup({ client: patient.clients.iam }, spec);
    if (group === undefined) return [missing(spec)];
    if (group.arn !== spec.arn) return [elsewhere(spec, group)];
    if (store === undefined) return [about("iam-groups", name).ok("there")];
    return await examineGroupMembers(patient, store, spec, group);
  } catch (error) {
    return [notSeen("iam-groups", name, error)];
  }
}

async function examineGroupMembers(
  { policy }: Patient,
  store: Store,
  spec: IamGroupSpec,
  { nameOf }: Group,
): Promise<readonly Finding[]> {
  const found: Finding[] = [];
  let lent = 0;
  for (const [id, user] of nameOf) {
    const key = assignmentKey(spec, { arn: user as IamUserArn, id });
    const record = await store.assignment(key);
    if (record?.origin !== "ours") found.push(foreign(policy, spec, user));
    else if (record.claims.length === 0) found.push(leftOver(spec, user));
    else lent += 1;
  }
  const it = about("iam-groups", groupName(spec));
  return [it.ok(`there, ${lent} lent`), ...found];
}

function missing(spec: IamGroupSpec): Finding {
  const name = groupName(spec);
  return about("iam-groups", name).problem({
    code: "group-missing",
    what: `there is no such group in account ${accountOf(spec.arn)}`,
    why: "What is asked for of it is refused after it was approved.",
    mend: `aws iam create-group --path ${groupPathOf(spec.arn)} --group-name ${name}    # ${within(spec)}and give it its policy`,
  });
}

function elsewhere(spec: IamGroupSpec, { arn }: Group): Finding {
  const name = groupName(spec);
  return about("iam-groups", name).problem({
    code: "group-elsewhere",
    what:
      accountOf(arn) === accountOf(spec.arn)
        ? `the group of that name is in the path ${groupPathOf(arn)}, access.yml says ${groupPathOf(spec.arn)}`
        : `the group of that name is in account ${accountOf(arn)}, access.yml says ${accountOf(spec.arn)}`,
    why: "Latchkey's roles reach the one that access.yml names, and it writes to no other.",
    mend: `aws iam update-group --group-name ${name} --new-path ${groupPathOf(spec.arn)}    # ${within(spec)}or correct the ARN in access.yml`,
  });
}

function foreign(policy: Policy, spec: IamGroupSpec, user: string): Finding {
  const isShared = policy.sharedGroups.includes(spec.arn);
  return about("iam-groups", groupName(spec)).warning({
    code: "member-foreign",
    what: `${user} is in it, and Latchkey did not put them there`,
    why: isShared
      ? "They have for good what others borrow. (access.yml says that others use the group too.)"
      : "They have for good what others borrow, and nobody asked or approved.",
    mend: `${removal(spec, user)}${isShared ? "; if they are to have it for good, leave them" : ""}`,
  });
}

function leftOver(spec: IamGroupSpec, user: string): Finding {
  return about("iam-groups", groupName(spec)).problem({
    code: "member-left-over",
    what: `${user} is in it by Latchkey's own record, and no grant says so any more`,
    why: "It should have been taken away. CloudTrail tells who put it there again.",
    mend: removal(spec, user),
  });
}

function removal(spec: IamGroupSpec, user: string): string {
  const command = `aws iam remove-user-from-group --group-name ${groupName(spec)} --user-name ${user}`;
  return `${command}    # in account ${accountOf(spec.arn)}${byRole(spec.account)}`;
}

/** NB. A command without an account is run in the doctor's own, where a group may have the same name. */
function within({ arn, account }: IamGroupSpec): string {
  return account === undefined ? "" : `in account ${accountOf(arn)}${byRole(account)}; `;
}
