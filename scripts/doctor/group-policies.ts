// What an IAM group or role gives: its policies, inline and attached, as IAM has them.

import {
  type AttachedPolicy,
  GetGroupPolicyCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRolePolicyCommand,
  type IAMClient,
  paginateListAttachedGroupPolicies,
  paginateListAttachedRolePolicies,
  paginateListGroupPolicies,
  paginateListRolePolicies,
} from "@aws-sdk/client-iam";

/** A policy of a group or role: its name, and its text as JSON. */
export interface NamedPolicy {
  readonly name: string;
  readonly document: string;
}

/**
 * All policies of a group, inline ones first. Needs iam:ListGroupPolicies, GetGroupPolicy,
 * ListAttachedGroupPolicies, GetPolicy and GetPolicyVersion. @throws what the client throws.
 */
export function policiesOfGroup(
  client: IAMClient,
  GroupName: string,
): Promise<readonly NamedPolicy[]> {
  return readAll(client, {
    inline: paginateListGroupPolicies({ client }, { GroupName }),
    read: (PolicyName) => client.send(new GetGroupPolicyCommand({ GroupName, PolicyName })),
    attached: paginateListAttachedGroupPolicies({ client }, { GroupName }),
  });
}

/** The same of a role; needs iam:ListRolePolicies, GetRolePolicy and ListAttachedRolePolicies instead. */
export function policiesOfRole(
  client: IAMClient,
  RoleName: string,
): Promise<readonly NamedPolicy[]> {
  return readAll(client, {
    inline: paginateListRolePolicies({ client }, { RoleName }),
    read: (PolicyName) => client.send(new GetRolePolicyCommand({ RoleName, PolicyName })),
    attached: paginateListAttachedRolePolicies({ client }, { RoleName }),
  });
}

/** The same questions, as IAM has them for each kind of holder. */
interface Holder {
  readonly inline: AsyncIterable<{ PolicyNames: string[] | undefined }>;
  read(policyName: string): Promise<{ PolicyDocument: string | undefined }>;
  readonly attached: AsyncIterable<{ AttachedPolicies?: AttachedPolicy[] | undefined }>;
}

async function readAll(
  client: IAMClient,
  { inline, read, attached }: Holder,
): Promise<readonly NamedPolicy[]> {
  const policies: NamedPolicy[] = [];
  for await (const { PolicyNames = [] } of inline) {
    for (const name of PolicyNames) {
      policies.push({ name, document: decoded((await read(name)).PolicyDocument) });
    }
  }
  for await (const { AttachedPolicies = [] } of attached) {
    for (const { PolicyName = "", PolicyArn = "" } of AttachedPolicies) {
      policies.push({ name: PolicyName, document: await managedPolicy(client, PolicyArn) });
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
