// `npm run validate -- --aws`: what the IAM groups of access.yml give, that a loan should not.

import pMap from "p-map";
import { accountOf } from "../../lib/grant/target-spec.ts";
import type { Policy } from "../../lib/policy/policy.ts";
import type { Finding, Path } from "../../lib/policy/problem.ts";
import { describeFault, isNamed } from "../../lib/targets/aws-fault.ts";
import { groupName } from "../../lib/targets/iam-group-members.ts";
import type { Caller, Clients } from "./clients.ts";
import { policiesOfGroup } from "./group-policies.ts";
import { type Risk, risksIn } from "./risky-actions.ts";

const AT_ONCE = 4;

/** A group that is lent, and where it stands in access.yml first. */
interface Lent {
  readonly spec: Extract<Policy["entitlements"][string]["targets"][number], { kind: "iam-group" }>;
  readonly path: Path;
}

/**
 * A warning for every risk of every group, and for every group that could not be read: of that one nothing
 * is known. Reads only. Never throws for what IAM answers.
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
  const isHere = accountOf(spec.arn) === callersAccount;
  // NB. IAM is asked by name: in another account, a group of that name is another group.
  if (!isHere && spec.account === undefined) {
    return [notRead(path, name, `your credentials are of account ${callersAccount}`)];
  }
  try {
    const policies = await policiesOfGroup(iam(isHere ? undefined : spec.account), name);
    return policies.flatMap((each) =>
      risksIn(each.document).map((risk) => risky(path, name, each.name, risk)),
    );
  } catch (error) {
    const why = isNamed(error, "NoSuchEntity")
      ? "it, or one of its policies, is not there"
      : describeFault(error);
    return [notRead(path, name, why)];
  }
}

function risky(path: Path, group: string, policy: string, { what, actions }: Risk): Finding {
  return {
    path,
    message: `the group ${group} ${what}: ${actions.join(", ")} (policy ${policy})`,
    why: "Latchkey takes the membership back, and not what was done or made with it.",
    hint: "Take these actions out of the policy, or narrow them to what the entitlement is for.",
  };
}

function notRead(path: Path, group: string, why: string): Finding {
  return {
    path,
    message: `what the group ${group} gives is not known: ${why}`,
    hint: `aws iam list-attached-group-policies --group-name ${group}`,
  };
}
