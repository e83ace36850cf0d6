// `npm run validate -- --aws`: what the IAM groups of access.yml give, that a loan should not.

import type { IAMClient } from "@aws-sdk/client-iam";
import pMap from "p-map";
import { accountOf } from "../../lib/grant/target-spec.ts";
import type { Policy } from "../../lib/policy/policy.ts";
import type { Finding, Path } from "../../lib/policy/problem.ts";
import { describeFault, isNamed } from "../../lib/targets/aws-fault.ts";
import { groupName } from "../../lib/targets/iam-group-members.ts";
import type { Caller, Clients } from "./clients.ts";
import { type NamedPolicy, policiesOfGroup, policiesOfRole } from "./group-policies.ts";
import { type Risk, risksIn, rolesIn } from "./risky-actions.ts";

const AT_ONCE = 4;

/** A group that is lent, and where it stands in access.yml first. */
interface Lent {
  readonly spec: Extract<Policy["entitlements"][string]["targets"][number], { kind: "iam-group" }>;
  readonly path: Path;
}

/** A group that can be read: by which client, and how it is called in findings. */
interface Group {
  readonly iam: IAMClient;
  readonly account: string;
  readonly name: string;
  readonly path: Path;
}

/**
 * A warning for every risk of every group, its own or by way of a role that it names, and for everything that
 * could not be read: of that nothing is known. Reads only. Never throws for what IAM answers.
 */
export async function lintGroups(
  clients: Pick<Clients, "iam">,
  { account }: Pick<Caller, "account">,
  policy: Policy,
): Promise<readonly Finding[]> {
  const found = await pMap(lentGroups(policy), (lent) => lintGroup(clients, account, lent), {
    concurrency: AT_ONCE,
  });
  return found.flat();
}

function lentGroups({ entitlements }: Policy): readonly Lent[] {
  const lent = Object.entries(entitlements).flatMap(([id, { targets }]) =>
    targets.flatMap((spec, index) => {
      const path = ["entitlements", id, "targets", index, "iamGroup", "arn"];
      return spec.kind === "iam-group" ? [{ spec, path }] : [];
    }),
  );
  return lent.filter(
    ({ spec }, index) => lent.findIndex((one) => one.spec.arn === spec.arn) === index,
  );
}

async function lintGroup(
  { iam }: Pick<Clients, "iam">,
  callersAccount: string,
  { spec, path }: Lent,
): Promise<readonly Finding[]> {
  const name = groupName(spec);
  const account = accountOf(spec.arn);
  const isHere = account === callersAccount;
  // NB. IAM is asked by name: in another account, a group of that name is another group.
  if (!isHere && spec.account === undefined) {
    return [notRead(path, "group", name, `your credentials are of account ${callersAccount}`)];
  }
  const group = { iam: iam(isHere ? undefined : spec.account), account, name, path };
  let policies: readonly NamedPolicy[];
  try {
    policies = await policiesOfGroup(group.iam, name);
  } catch (error) {
    return [notRead(path, "group", name, whyNot(error))];
  }
  const roles = new Set(policies.flatMap(({ document }) => rolesIn(document)));
  const byRoles = await pMap(roles, (arn) => lintRole(group, arn), { concurrency: 1 });
  return [...risksOf(group, policies), ...byRoles.flat()];
}

/** What a group gives by a role that its members may assume. NB. One step: not by what that role may assume. */
async function lintRole(group: Group, arn: string): Promise<readonly Finding[]> {
  const { iam, account, path } = group;
  const name = arn.slice(arn.lastIndexOf("/") + 1);
  const unknown = (why: string) => [
    notRead(path, "role", name, `${why} (members of the group ${group.name} may assume it)`),
  ];
  if (/[*?]/.test(arn)) return unknown("by its wildcard it may be several");
  // NB. By name again: only of the account that is asked.
  if (accountOf(arn) !== account) return unknown(`it is in account ${accountOf(arn)}`);
  try {
    return risksOf(group, await policiesOfRole(iam, name), name);
  } catch (error) {
    return unknown(whyNot(error));
  }
}

function risksOf(group: Group, policies: readonly NamedPolicy[], role?: string): Finding[] {
  return policies.flatMap(({ name, document }) =>
    risksIn(document).map((risk) => risky(group, name, risk, role)),
  );
}

function risky(group: Group, policy: string, { what, actions }: Risk, role?: string): Finding {
  const way = role === undefined ? "" : `, by way of the role ${role},`;
  return {
    path: group.path,
    message: `the group ${group.name}${way} ${what}: ${actions.join(", ")} (policy ${policy})`,
    why: "Latchkey takes the membership back, and not what was done or made with it.",
    hint: "Take these actions out of the policy, or narrow them to what the entitlement is for.",
  };
}

function notRead(path: Path, kind: "group" | "role", name: string, why: string): Finding {
  return {
    path,
    message: `what the ${kind} ${name} gives is not known: ${why}`,
    hint: `aws iam list-attached-${kind}-policies --${kind}-name ${name}`,
  };
}

function whyNot(error: unknown): string {
  return isNamed(error, "NoSuchEntity")
    ? "it, or one of its policies, is not there"
    : describeFault(error);
}
