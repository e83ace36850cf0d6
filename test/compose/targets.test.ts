// Groups and clusters of another account: reached by the role that access.yml names there, and in no other way.

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { composeTargets, iamClients } from "../../lib/compose/targets.ts";
import { parseIamUserArn } from "../../lib/grant/ids.ts";
import {
  type AccountAccess,
  type AwsAuthSpec,
  assignmentKey,
  type IamGroupSpec,
} from "../../lib/grant/target-spec.ts";
import { createPrincipals } from "../../lib/targets/principals.ts";
import type { Targets } from "../../lib/targets/target.ts";
import { type LocalAws, startAws } from "../../local/aws/server.ts";
import { type RunningKubernetes, startKubernetes } from "../../local/kubernetes/server.ts";

const ELSEWHERE = "444455556666";
const BROKER = "arn:aws:sts::111122223333:assumed-role/latchkey-provision/latchkey-provision";
const CLUSTER = "elsewhere-0";
const access: AccountAccess = {
  role: `arn:aws:iam::${ELSEWHERE}:role/latchkey-broker`,
  externalId: "agreed",
};
const user = parseIamUserArn(`arn:aws:iam::${ELSEWHERE}:user/web-user`);
const before = { ...process.env };

let aws: LocalAws;
let kubernetes: RunningKubernetes;
let targets: Targets;

beforeAll(async () => {
  // The other account, as it sees a broker that comes from ours.
  aws = await startAws({
    now: Date.now,
    account: ELSEWHERE,
    identities: [{ name: "broker", arn: BROKER, allow: ["sts:AssumeRole"] }],
    iam: {
      users: [{ name: "web-user" }],
      groups: [{ name: "web-ro-group", path: "/jit/" }],
      roles: [
        {
          name: "latchkey-broker",
          trust: {
            Version: "2012-10-17",
            Statement: {
              Effect: "Allow",
              Principal: { AWS: "arn:aws:iam::111122223333:root" },
              Action: "sts:AssumeRole",
              Condition: { StringEquals: { "sts:ExternalId": "agreed" } },
            },
          },
          policies: [
            {
              Version: "2012-10-17",
              Statement: {
                Effect: "Allow",
                Action: [
                  ...["iam:GetUser", "iam:GetGroup", "iam:AddUserToGroup"],
                  ...["iam:RemoveUserFromGroup", "eks:DescribeCluster", "eks:DescribeAccessEntry"],
                ],
                Resource: "*",
              },
            },
          ],
        },
      ],
    },
  });
  kubernetes = await startKubernetes({
    clusterName: CLUSTER,
    stsUrl: aws.url,
    authenticationMode: "API_AND_CONFIG_MAP",
    accessEntries: () => [
      { principalArn: access.role, username: "latchkey", groups: ["system:masters"] },
    ],
    objects: [
      {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "aws-auth", namespace: "kube-system" },
        data: { mapUsers: "[]\n" },
      },
    ],
  });
  aws.putCluster({
    name: CLUSTER,
    endpoint: kubernetes.server,
    certificateAuthorityData: kubernetes.certificateAuthority,
    authenticationMode: "API_AND_CONFIG_MAP",
  });
  Object.assign(process.env, aws.environment("broker"));
  targets = composeTargets({
    metrics: { note: () => {}, publish: () => {} },
    clock: { now: Date.now, sleep: async () => {} },
    policy: { accounts: { [ELSEWHERE]: access } },
  });
});

afterAll(async () => {
  process.env = before;
  await kubernetes.close();
  await aws.close();
});

/** Who called a service. */
function callersOf(service: string): ReadonlySet<string | undefined> {
  const calls = aws.calls.list().filter((call) => call.service === service);
  return new Set(calls.map(({ identity }) => identity));
}

describe("another account", () => {
  it("lends a membership of its group through its role, and takes it back", async () => {
    const spec: IamGroupSpec = {
      kind: "iam-group",
      arn: `arn:aws:iam::${ELSEWHERE}:group/jit/web-ro-group`,
      account: access,
    };
    const id = await createPrincipals({ client: iamClients({}) }).uniqueId(user, access);
    if (id === undefined) throw new Error("there is no such user");
    const principal = { arn: user, id };
    const key = assignmentKey(spec, principal);
    const assignment = { key, principal: user, principalId: id, spec, others: [] };
    const room = targets["iam-group"];

    const given = await room.give([{ ...assignment, endsAt: Date.now() + 60_000 }]);
    expect(given.get(key)).toEqual({ status: "held" });
    expect(aws.iam.members("web-ro-group")).toEqual(["web-user"]);

    const taken = await room.take([assignment]);
    expect(taken.get(key)).toMatchObject({ status: "gone" });
    expect(aws.iam.members("web-ro-group")).toEqual([]);
    expect(callersOf("iam").has("broker")).toBe(false);
  });

  it("lets its cluster's aws-auth be written by its role, and the ConfigMap is as it was after", async () => {
    const spec: AwsAuthSpec = {
      kind: "aws-auth",
      cluster: { name: CLUSTER, region: "us-east-2", account: access },
      groups: ["rbac-web-ro-group"],
    };
    const key = assignmentKey(spec, { arn: user, id: "AIDACKCEVSQ6C2EXAMPLE" });
    const assignment = {
      key,
      principal: user,
      principalId: "AIDACKCEVSQ6C2EXAMPLE",
      spec,
      others: [],
    };
    const room = targets["aws-auth"];
    const data = () => kubernetes.get("ConfigMap", "kube-system", "aws-auth")?.["data"];
    const untouched = data();

    const given = await room.give([{ ...assignment, endsAt: Date.now() + 60_000 }]);
    expect(given.get(key)).toEqual({ status: "held" });
    expect(JSON.stringify(data())).toContain("latchkey:web-user");
    expect((await room.take([assignment])).get(key)).toMatchObject({ status: "gone" });
    expect(data()).toEqual(untouched);
  });

  it("is reached as access.yml says today, whatever was stored with a grant before", async () => {
    const before = { role: `arn:aws:iam::${ELSEWHERE}:role/of-before`, externalId: "of before" };
    const today = iamClients({ [ELSEWHERE]: access })(before);
    expect(await createPrincipals({ client: () => today }).uniqueId(user, before)).toMatch(/^AIDA/);
  });

  it("is reached as the grant has stored it, once it has left access.yml", async () => {
    const stored = iamClients({ "777788889999": { role: "x" } })(access);
    expect(await createPrincipals({ client: () => stored }).uniqueId(user, access)).toMatch(
      /^AIDA/,
    );
  });

  it("is closed to who does not know the external id", async () => {
    const stranger = iamClients({})({ role: access.role, externalId: "guessed" });
    const asked = createPrincipals({ client: () => stranger }).uniqueId(user, access);
    await expect(asked).rejects.toThrow("sts:AssumeRole");
  });
});
