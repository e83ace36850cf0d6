// What an IAM group gives: its policies, inline and attached, as IAM has them.

import {
  GetGroupPolicyCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  type IAMClient,
  paginateListAttachedGroupPolicies,
  paginateListGroupPolicies,
} from "@aws-sdk/client-iam";

/** A policy of a group: its name, and its text as JSON. */
export interface GroupPolicy {
  readonly name: string;
  readonly document: string;
}

/**
 * All policies of a group, inline ones first. Needs iam:ListGroupPolicies, GetGroupPolicy,
 * ListAttachedGroupPolicies, GetPolicy and GetPolicyVersion. @throws what the client throws.
 */
export async function policiesOfGroup(
  iam: IAMClient,
  GroupName: string,
): Promise<readonly GroupPolicy[]> {
  const policies: GroupPolicy[] = [];
  for await (const { PolicyNames = [] } of paginateListGroupPolicies(
    { client: iam },
    { GroupName },
  )) {
    for (const PolicyName of PolicyNames) {
      const answer = await iam.send(new GetGroupPolicyCommand({ GroupName, PolicyName }));
      policies.push({ name: PolicyName, document: decoded(answer.PolicyDocument) });
    }
  }
  const attached = paginateListAttachedGroupPolicies({ client: iam }, { GroupName });
  for await (const { AttachedPolicies = [] } of attached) {
    for (const { PolicyName = "", PolicyArn = "" } of AttachedPolicies) {
      policies.push({ name: PolicyName, document: await managedPolicy(iam, PolicyArn) });
    }
  }
  return policies;
}

/** A managed policy's default version. */
async function managedPolicy(iam: IAMClient, PolicyArn: string): Promise<string> {
  const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn }));
  const VersionId = Policy?.DefaultVersionId;
  const { PolicyVersion } = await iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId }));
  return decoded(PolicyVersion?.Document);
}

/** IAM answers with documents as they stand in a URL (RFC 3986). */
function decoded(document: string | undefined): string {
  return decodeURIComponent(document ?? "");
}
