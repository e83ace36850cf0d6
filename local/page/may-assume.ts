// Whether an IAM user may assume a role: evaluated from the policies by iam-simulate, which knows nothing of our own STS.

import { type RequestAnalysis, runSimulation } from "@cloud-copilot/iam-simulate";
import type { GroupPolicy, RoleRecord, UserRecord } from "../aws/iam-records.ts";

/** A user, what their groups let them do, and the role that they ask for. */
export interface AssumeQuestion {
  readonly user: Pick<UserRecord, "name" | "id" | "arn">;
  readonly policies: readonly GroupPolicy[];
  readonly role: Pick<RoleRecord, "name" | "arn" | "trust">;
}

/** `why`: whose statement decides, or that there is none; a sentence. */
export interface AssumeVerdict {
  readonly isAllowed: boolean;
  readonly why: string;
}

/** Evaluates `sts:AssumeRole`. NB. What cannot be evaluated is not allowed. */
export async function mayAssume(question: AssumeQuestion): Promise<AssumeVerdict> {
  const { user, policies, role } = question;
  const simulated = await runSimulation(
    {
      request: {
        principal: user.arn,
        action: "sts:AssumeRole",
        resource: { resource: role.arn, accountId: role.arn.split(":")[4] ?? "" },
        contextVariables: {
          "aws:PrincipalArn": user.arn,
          "aws:userid": user.id,
          "aws:username": user.name,
          "aws:MultiFactorAuthPresent": "false",
        },
      },
      // By their place in the list: policies of two groups may have the same name.
      identityPolicies: policies.map(({ document }, place) => ({
        name: String(place),
        policy: document,
      })),
      resourcePolicy: role.trust,
      serviceControlPolicies: [],
      resourceControlPolicies: [],
    },
    {},
  );
  if (simulated.resultType !== "single") {
    const problem = simulated.resultType === "error" ? simulated.errors.message : "several results";
    return { isAllowed: false, why: `The policies cannot be evaluated: ${problem}.` };
  }
  const { analysis } = simulated.result;
  return { isAllowed: analysis.result === "Allowed", why: reasonOf(analysis, question) };
}

function reasonOf(analysis: RequestAnalysis, { user, policies, role }: AssumeQuestion): string {
  const { identityAnalysis: own, resourceAnalysis: trust } = analysis;
  const named = (place: string | undefined) => {
    const policy = policies[Number(place)];
    return `The policy ${policy?.name} of the group ${policy?.group}`;
  };
  const denying = own?.denyStatements[0];
  if (denying !== undefined) return `${named(denying.policyId)} forbids it.`;
  if (analysis.result === "ExplicitlyDenied") return `The trust policy of ${role.name} forbids it.`;

  const allowing = own?.allowStatements[0];
  if (trust?.result === "Allowed") {
    return `The trust policy of ${role.name} lets ${user.name} in, whatever their groups.`;
  }
  if (trust?.result !== "AllowedForAccount") {
    return `The trust policy of ${role.name} trusts neither ${user.name} nor their account.`;
  }
  if (allowing !== undefined) return `${named(allowing.policyId)} allows it.`;
  return `No policy of a group that ${user.name} is in allows it.`;
}
