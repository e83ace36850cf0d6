// The scenario's account in an IAM and STS that someone else wrote, such as moto: the same users, groups and roles, and keys.

import {
  AttachGroupPolicyCommand,
  CreateAccessKeyCommand,
  CreateGroupCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  IAMClient,
} from "@aws-sdk/client-iam";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import type { Credentials } from "../lib/targets/aws-auth/token.ts";
import { FUNCTION_NAMES, lambdaName } from "./functions.ts";
import { ACCOUNT, REGION, scenarioIam, scenarioIdentities } from "./scenario.ts";

const TRUST = {
  Version: "2012-10-17",
  Statement: {
    Effect: "Allow",
    Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` },
    Action: "sts:AssumeRole",
  },
};

/** The keys of everyone in the scenario by their names: `admin`, `ada`, `latchkey-provision` … */
export async function seedForeignIam(url: string): Promise<ReadonlyMap<string, Credentials>> {
  // moto's own way to forget what was there: nobody else runs tests against it at the same time.
  await fetch(new URL("/moto-api/reset", url), { method: "POST" });
  const admin = await session(url, { accessKeyId: "x", secretAccessKey: "x" }, "admin");
  const iam = new IAMClient({ endpoint: url, region: REGION, credentials: admin });
  for (const { name, document } of scenarioIam.policies) {
    const PolicyDocument = JSON.stringify(document);
    await iam.send(new CreatePolicyCommand({ PolicyName: name, PolicyDocument }));
  }
  for (const group of scenarioIam.groups) {
    await iam.send(new CreateGroupCommand({ GroupName: group.name, Path: group.path }));
    for (const PolicyArn of "attached" in group ? group.attached : []) {
      await iam.send(new AttachGroupPolicyCommand({ GroupName: group.name, PolicyArn }));
    }
  }
  const roles = [
    ...scenarioIam.roles,
    ...FUNCTION_NAMES.map((name) => ({ name: lambdaName(name), trust: TRUST })),
  ];
  for (const { name, trust } of roles) {
    const AssumeRolePolicyDocument = JSON.stringify(trust);
    await iam.send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument }));
  }

  const keys = new Map([["admin", admin]]);
  for (const { name, arn } of scenarioIdentities.filter((identity) => identity.name !== "admin")) {
    keys.set(name, await userWithKey(iam, arn.slice(arn.lastIndexOf("/") + 1)));
  }
  for (const name of FUNCTION_NAMES.map(lambdaName))
    keys.set(name, await session(url, admin, name));
  iam.destroy();
  return keys;
}

async function userWithKey(iam: IAMClient, UserName: string): Promise<Credentials> {
  await iam.send(new CreateUserCommand({ UserName }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  return {
    accessKeyId: AccessKey?.AccessKeyId ?? "",
    secretAccessKey: AccessKey?.SecretAccessKey ?? "",
  };
}

/** A session of a role, which lives in the scenario's account whatever the emulator's own is. */
async function session(url: string, credentials: Credentials, role: string): Promise<Credentials> {
  const sts = new STSClient({ endpoint: url, region: REGION, credentials });
  const { Credentials: given } = await sts.send(
    new AssumeRoleCommand({
      RoleArn: `arn:aws:iam::${ACCOUNT}:role/${role}`,
      RoleSessionName: role,
    }),
  );
  sts.destroy();
  return {
    accessKeyId: given?.AccessKeyId ?? "",
    secretAccessKey: given?.SecretAccessKey ?? "",
    sessionToken: given?.SessionToken ?? "",
  };
}
