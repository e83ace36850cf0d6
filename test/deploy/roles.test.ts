// The roles that access.yml comes to: what each function may do, and that nothing unnamed slips in.

import { describe, expect, it } from "@jest/globals";
import { roleStatements, roles, type Statement } from "../../deploy/roles.ts";
import { parseIamUserArn } from "../../lib/grant/ids.ts";
import { loadAccessFile } from "../../lib/policy/load-access-file.ts";
import type { Policy } from "../../lib/policy/policy.ts";

const NAMES = {
  prefix: "latchkey-dev",
  tableName: "latchkey-table",
  slackSecretsParameter: "/latchkey/slack",
};
const EXAMPLE = loadAccessFile("access.yml");
const ELSEWHERE = loadAccessFile("test/deploy/access-elsewhere.yml");

describe("roleStatements", () => {
  it("gives slack no action on identities, clusters or other accounts", () => {
    expect(actionsOf(roleStatements(ELSEWHERE, NAMES).slack)).toEqual([
      "dynamodb:BatchGetItem",
      "dynamodb:GetItem",
      "dynamodb:PutItem",
      "dynamodb:Query",
      "dynamodb:UpdateItem",
      "lambda:InvokeFunction",
      "logs:CreateLogStream",
      "logs:PutLogEvents",
      "ssm:GetParameter",
    ]);
  });

  it("lets provision add to groups and not remove", () => {
    const actions = actionsOf(roleStatements(EXAMPLE, NAMES).provision);
    expect(actions).toContain("iam:AddUserToGroup");
    expect(actions).not.toContain("iam:RemoveUserFromGroup");
  });

  it("lets revoke remove from groups and not add", () => {
    const actions = actionsOf(roleStatements(EXAMPLE, NAMES).revoke);
    expect(actions).toContain("iam:RemoveUserFromGroup");
    expect(actions).not.toContain("iam:AddUserToGroup");
    expect(actions).not.toContain("iam:GetUser");
  });

  it("lets announce read and write the table, read the secrets, wake revoke, and nothing else", () => {
    const { announce } = roleStatements(ELSEWHERE, NAMES);
    expect(actionsOf(announce)).toEqual([
      "dynamodb:BatchGetItem",
      "dynamodb:GetItem",
      "dynamodb:Query",
      "dynamodb:UpdateItem",
      "lambda:InvokeFunction",
      "logs:CreateLogStream",
      "logs:PutLogEvents",
      "sqs:SendMessage",
      "ssm:GetParameter",
    ]);
    expect(resourcesOf(announce, "lambda:InvokeFunction")).toEqual([
      { "Fn::Sub": expect.stringMatching(/:function:latchkey-dev-revoke$/) },
    ]);
  });

  it("lets each read the indexes that it needs, and many rows at once from the table alone", () => {
    const statements = roleStatements(ELSEWHERE, NAMES);
    const index = (name: string) => ownArn("dynamodb", `table/latchkey-table/index/${name}`);
    const queried = Object.entries(statements).map(([name, own]) => [
      name,
      resourcesOf(own, "dynamodb:Query"),
    ]);
    expect(Object.fromEntries(queried)).toEqual({
      slack: [index("requester")],
      provision: [index("due")],
      revoke: [index("due")],
      announce: [index("outbox"), index("due"), index("requester")],
      watch: [index("due")],
    });
    for (const name of ["slack", "announce"] as const) {
      expect(resourcesOf(statements[name], "dynamodb:BatchGetItem")).toEqual([
        ownArn("dynamodb", "table/latchkey-table"),
      ]);
    }
  });

  it("lets watch read what revoke reaches, have announce tell it, and write nothing", () => {
    const { watch, revoke } = roleStatements(ELSEWHERE, NAMES);
    expect(actionsOf(watch)).toEqual([
      "dynamodb:GetItem",
      "dynamodb:Query",
      "eks:DescribeCluster",
      "iam:GetGroup",
      "lambda:InvokeFunction",
      "logs:CreateLogStream",
      "logs:PutLogEvents",
      "sqs:SendMessage",
      "sts:AssumeRole",
    ]);
    for (const action of ["dynamodb:Query", "iam:GetGroup", "eks:DescribeCluster"]) {
      expect(resourcesOf(watch, action)).toEqual(resourcesOf(revoke, action));
    }
    expect(resourcesOf(watch, "lambda:InvokeFunction")).toEqual([
      { "Fn::Sub": expect.stringMatching(/:function:latchkey-dev-announce$/) },
    ]);
  });

  it("names every group, person and cluster of the broker's own account, each once", () => {
    const { provision } = roleStatements(EXAMPLE, NAMES);
    expect(resourcesOf(provision, "iam:AddUserToGroup")).toEqual([
      "arn:aws:iam::111122223333:group/jit/iam-bttrm-web-debug-group",
      "arn:aws:iam::111122223333:group/jit/iam-bttrm-web-metrics-ro-group",
      "arn:aws:iam::111122223333:group/jit/iam-bttrm-web-ro-group",
    ]);
    expect(resourcesOf(provision, "iam:GetUser")).toEqual([
      "arn:aws:iam::111122223333:user/iam-bttrm-web-user-1",
      "arn:aws:iam::111122223333:user/iam-bttrm-web-user-2",
    ]);
    expect(resourcesOf(provision, "eks:DescribeCluster")).toEqual([
      ownArn("eks", "cluster/bttrm-eks-dev-0"),
    ]);
    expect(resourcesOf(provision, "eks:DescribeAccessEntry")).toEqual([
      ownArn("eks", "cluster/bttrm-eks-dev-0"),
      ownArn("eks", "access-entry/bttrm-eks-dev-0/*"),
    ]);
  });

  it("reaches what is in another account through its role alone", () => {
    for (const name of ["provision", "revoke", "watch"] as const) {
      const statements = roleStatements(ELSEWHERE, NAMES)[name];
      expect(resourcesOf(statements, "sts:AssumeRole")).toEqual([
        "arn:aws:iam::444455556666:role/latchkey-broker",
      ]);
      const others = statements.filter(({ Action }) => !Action.includes("sts:AssumeRole"));
      expect(JSON.stringify(others)).not.toMatch(/444455556666|far-0/);
    }
  });

  it("asks EKS nothing about a cluster whose server access.yml gives", () => {
    const { provision } = roleStatements(withServer(EXAMPLE), NAMES);
    expect(actionsOf(provision).filter((action) => /^eks:/.test(action))).toEqual([]);
  });

  it("leaves out a statement that would name nothing", () => {
    const { provision, revoke } = roleStatements(
      { ...EXAMPLE, people: {}, entitlements: {} },
      NAMES,
    );
    for (const statement of [...provision, ...revoke]) {
      expect(statement.Resource.length).toBeGreaterThan(0);
    }
    expect(
      actionsOf([...provision, ...revoke]).filter((each) => /^(iam|eks|sts):/.test(each)),
      // What has left access.yml may still have to be taken: any cluster, and the path of the groups.
    ).toEqual(["eks:DescribeCluster", "iam:GetGroup", "iam:RemoveUserFromGroup"]);
  });

  it("lets revoke end what was lent before a group or a cluster left access.yml", () => {
    const { revoke } = roleStatements(EXAMPLE, NAMES);
    expect(resourcesOf(revoke, "iam:RemoveUserFromGroup")).toEqual([groupsIn("/jit/")]);
    const other = { ...EXAMPLE, groupPath: "/latchkey/", entitlements: {} };
    expect(resourcesOf(roleStatements(other, NAMES).revoke, "iam:RemoveUserFromGroup")).toEqual([
      groupsIn("/latchkey/"),
    ]);
    expect(JSON.stringify(resourcesOf(revoke, "eks:DescribeCluster"))).toContain(
      `:eks:*:\${AWS::AccountId}:cluster/*`,
    );
  });

  it("lets revoke and watch reach a group that others use too by itself, never its path", () => {
    const { provision, revoke, watch } = roleStatements(ELSEWHERE, NAMES);
    const reached = [
      groupsIn("/jit/"),
      "arn:aws:iam::111122223333:group/everybody",
      "arn:aws:iam::111122223333:group/teams/web",
    ];
    expect(resourcesOf(revoke, "iam:RemoveUserFromGroup")).toEqual(reached);
    expect(resourcesOf(watch, "iam:GetGroup")).toEqual(reached);
    expect(resourcesOf(provision, "iam:AddUserToGroup")).toEqual([
      "arn:aws:iam::111122223333:group/everybody",
      "arn:aws:iam::111122223333:group/jit/readers",
      "arn:aws:iam::111122223333:group/teams/web",
    ]);
  });

  it("lets Lambda hand over what failed of every function but the one that is waited for", () => {
    const sending = Object.entries(roleStatements(EXAMPLE, NAMES)).map(([name, own]) => [
      name,
      resourcesOf(own, "sqs:SendMessage"),
    ]);
    const queue = [ownArn("sqs", "latchkey-dev-failed")];
    expect(Object.fromEntries(sending)).toEqual({
      slack: [],
      provision: queue,
      revoke: queue,
      announce: queue,
      watch: queue,
    });
  });

  it("lets nobody write traces unless they are wanted, and then every function", () => {
    const mayTrace = (isTraced: boolean) =>
      Object.values(roleStatements(EXAMPLE, { ...NAMES, isTraced })).map((own) =>
        actionsOf(own).filter((action) => /^xray:/.test(action)),
      );
    expect(mayTrace(false)).toEqual(Array(5).fill([]));
    expect(mayTrace(true)).toEqual(
      Array(5).fill(["xray:PutTelemetryRecords", "xray:PutTraceSegments"]),
    );
  });

  it("names no other resource by a wildcard but log streams and the access entries of a named cluster", () => {
    const wild = Object.values(roleStatements(ELSEWHERE, NAMES))
      .flat()
      .flatMap(({ Resource }) => Resource.map((resource) => JSON.stringify(resource)))
      .filter((resource) => resource.includes("*"));
    for (const resource of wild) {
      expect(resource).toMatch(
        /log-group:\/aws\/lambda\/latchkey-dev-\w+:\*|access-entry\/dev-0\/\*|group\/jit\/\*|:eks:\*:.*:cluster\/\*/,
      );
    }
  });

  it("takes a secrets parameter with or without a path", () => {
    for (const slackSecretsParameter of ["slack", "/slack"]) {
      const { slack } = roleStatements(EXAMPLE, { ...NAMES, slackSecretsParameter });
      expect(resourcesOf(slack, "ssm:GetParameter")).toEqual([ownArn("ssm", "parameter/slack")]);
    }
  });
});

describe("roles", () => {
  it("refuses an access.yml whose role IAM would not take, rather than failing in the deployment", () => {
    const crowd = Array.from({ length: 300 }, (_, at) => [
      `U0CROWD${at}`,
      { iamUser: parseIamUserArn(`arn:aws:iam::111122223333:user/someone-${at}`) },
    ]);
    const policy = { ...EXAMPLE, people: Object.fromEntries(crowd) };
    expect(() => roles(policy, NAMES)).toThrow(/role of provision .* IAM takes 10240/);
    expect(() => roles(EXAMPLE, NAMES)).not.toThrow();
  });
});

function actionsOf(statements: readonly Statement[]): readonly string[] {
  return [...new Set(statements.flatMap(({ Action }) => Action))].sort();
}

function resourcesOf(statements: readonly Statement[], action: string) {
  return statements
    .filter(({ Action }) => Action.includes(action))
    .flatMap((each) => each.Resource);
}

/** An ARN that CloudFormation completes: the clusters' region is given, the stack's is not. */
function ownArn(service: "dynamodb" | "eks" | "sqs" | "ssm", resource: string) {
  const region = service === "eks" ? "us-east-2" : `\${AWS::Region}`;
  return {
    "Fn::Sub": `arn:\${AWS::Partition}:${service}:${region}:\${AWS::AccountId}:${resource}`,
  };
}

/** Every group in a path of the stack's account. */
function groupsIn(path: string) {
  return { "Fn::Sub": `arn:\${AWS::Partition}:iam::\${AWS::AccountId}:group${path}*` };
}

/** The policy with an address for each of its clusters. */
function withServer(policy: Policy): Policy {
  const entitlements = Object.entries(policy.entitlements).map(([id, entitlement]) => {
    const targets = entitlement.targets.map((target) =>
      target.kind === "aws-auth"
        ? { ...target, cluster: { ...target.cluster, server: "https://203.0.113.1" } }
        : target,
    );
    return [id, { ...entitlement, targets }];
  });
  return { ...policy, entitlements: Object.fromEntries(entitlements) };
}
