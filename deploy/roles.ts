// The IAM role of each function: what access.yml names, and for revoke and watch what it may have named before.

import type { Policy } from "../lib/policy/policy.ts";
import { DUE_INDEX, OUTBOX_INDEX, REQUESTER_INDEX } from "../lib/store/table.ts";

export const FUNCTION_NAMES = ["slack", "provision", "revoke", "announce", "watch"] as const;

export type FunctionName = (typeof FUNCTION_NAMES)[number];

/** An ARN: one that access.yml names, or one that CloudFormation completes for the stack's account and region. */
export type ResourceArn = string | { readonly "Fn::Sub": string };

export interface Statement {
  readonly Effect: "Allow";
  readonly Action: readonly string[];
  readonly Resource: readonly ResourceArn[];
}

/** What the stack is called, where that shows in ARNs, and what it is to do. */
export interface StackNames {
  /** What function names begin with, `latchkey-dev`. */
  readonly prefix: string;
  readonly tableName: string;
  /** The SSM parameter that holds Slack's secrets, `/latchkey/slack`. */
  readonly slackSecretsParameter: string;
  /** Whether Lambda writes traces to X-Ray. */
  readonly isTraced?: boolean;
}

/** What IAM allows a role's inline policies, in characters ("IAM and AWS STS quotas"). */
const QUOTA = 10_240;

/** The AWS::IAM::Role resources for a policy, by function. @throws RangeError where one is too long. */
export function roles(policy: Policy, names: StackNames) {
  const statements = roleStatements(policy, names);
  const roleOf = (name: FunctionName) => ({
    Type: "AWS::IAM::Role",
    Properties: {
      // A name of its own, so that clusters and other accounts can say whom they let in.
      RoleName: { "Fn::Sub": `${names.prefix}-${name}-\${AWS::Region}` },
      AssumeRolePolicyDocument: {
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Principal: { Service: "lambda.amazonaws.com" },
            Action: "sts:AssumeRole",
          },
        ],
      },
      Policies: [
        {
          PolicyName: name,
          PolicyDocument: { Version: "2012-10-17", Statement: withinQuota(name, statements[name]) },
        },
      ],
    },
  });
  return {
    slack: roleOf("slack"),
    provision: roleOf("provision"),
    revoke: roleOf("revoke"),
    announce: roleOf("announce"),
    watch: roleOf("watch"),
  } satisfies Record<FunctionName, unknown>;
}

/**
 * What each function may do. A statement with nothing to name is left out: IAM would refuse it, and a
 * wildcard in its place would be a hole.
 */
export function roleStatements(
  policy: Policy,
  names: StackNames,
): Readonly<Record<FunctionName, readonly Statement[]>> {
  const reached = reach(policy);
  return {
    slack: slackStatements(names),
    provision: provisionStatements(names, reached),
    revoke: revokeStatements(names, reached),
    announce: announceStatements(names),
    watch: watchStatements(names, reached),
  };
}

/** NB. The one function that the internet reaches holds no iam, eks or sts action at all. */
function slackStatements(names: StackNames): readonly Statement[] {
  return present(
    ...byLambda(names, "slack"),
    allow(
      ["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"],
      [tableArn(names)],
    ),
    allow(["dynamodb:Query"], [indexArn(names, REQUESTER_INDEX)]),
    secrets(names),
    invoke(names, "provision", "revoke", "announce"),
  );
}

/** NB. It adds and cannot remove, and names just what access.yml names. */
function provisionStatements(names: StackNames, reached: Reach): readonly Statement[] {
  const { people, groups, clusters, accounts } = reached;
  return present(
    ...byLambda(names, "provision"),
    allow(["dynamodb:GetItem", "dynamodb:UpdateItem"], [tableArn(names)]),
    allow(["dynamodb:Query"], [indexArn(names, DUE_INDEX)]),
    invoke(names, "revoke", "announce"),
    allow(["iam:GetUser"], people),
    allow(["iam:GetGroup", "iam:AddUserToGroup"], groups),
    allow(["eks:DescribeCluster"], clusters.map(clusterArn)),
    // EKS names an entry itself; of a principal without one, the cluster is what is asked about.
    allow(["eks:DescribeAccessEntry"], [...clusters.map(clusterArn), ...clusters.map(entriesArn)]),
    allow(["sts:AssumeRole"], accounts),
  );
}

/**
 * NB. It removes and cannot add: nothing that it is told opens a door. So it may reach further than
 * access.yml, to end what was lent before a group or a cluster left it.
 */
function revokeStatements(names: StackNames, { removable, accounts }: Reach): readonly Statement[] {
  return present(
    ...byLambda(names, "revoke"),
    allow(["dynamodb:GetItem", "dynamodb:UpdateItem"], [tableArn(names)]),
    allow(["dynamodb:Query"], [indexArn(names, DUE_INDEX)]),
    invoke(names, "announce"),
    allow(["iam:GetGroup", "iam:RemoveUserFromGroup"], removable),
    allow(["eks:DescribeCluster"], [arn("eks", "cluster/*", "*")]),
    allow(["sts:AssumeRole"], accounts),
  );
}

function announceStatements(names: StackNames): readonly Statement[] {
  return present(
    ...byLambda(names, "announce"),
    allow(["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:UpdateItem"], [tableArn(names)]),
    allow(
      ["dynamodb:Query"],
      [OUTBOX_INDEX, DUE_INDEX, REQUESTER_INDEX].map((index) => indexArn(names, index)),
    ),
    secrets(names),
    // Somebody has left: their access is ended, which revoke does.
    invoke(names, "revoke"),
  );
}

/**
 * NB. It reads, as far as revoke reaches, and has others told what it found; it can write neither the table
 * nor any access. (In another account it is the role there that must be told apart, which is one for all.)
 */
function watchStatements(names: StackNames, { removable, accounts }: Reach): readonly Statement[] {
  return present(
    ...byLambda(names, "watch"),
    allow(["dynamodb:GetItem"], [tableArn(names)]),
    allow(["dynamodb:Query"], [indexArn(names, DUE_INDEX)]),
    invoke(names, "announce"),
    allow(["iam:GetGroup"], removable),
    allow(["eks:DescribeCluster"], [arn("eks", "cluster/*", "*")]),
    allow(["sts:AssumeRole"], accounts),
  );
}

/**
 * What Lambda does under a function's role: it writes the log, hands over runs that failed (nobody invokes
 * slack without waiting for the answer), and, where that is wanted, traces; X-Ray knows no resource to name.
 */
function byLambda({ prefix, isTraced }: StackNames, name: FunctionName) {
  const streams = arn("logs", `log-group:/aws/lambda/${prefix}-${name}:*`);
  const failed = name === "slack" ? [] : [arn("sqs", `${prefix}-failed`)];
  return [
    allow(["logs:CreateLogStream", "logs:PutLogEvents"], [streams]),
    allow(["sqs:SendMessage"], failed),
    allow(["xray:PutTraceSegments", "xray:PutTelemetryRecords"], isTraced ? ["*"] : []),
  ];
}

function invoke({ prefix }: StackNames, ...workers: readonly FunctionName[]) {
  const functions = workers.map((name) => arn("lambda", `function:${prefix}-${name}`));
  return allow(["lambda:InvokeFunction"], functions);
}

/** Under the account's own key, alias/aws/ssm, the value needs no permission of KMS. */
function secrets({ slackSecretsParameter }: StackNames): Statement | undefined {
  const parameter = arn("ssm", `parameter/${slackSecretsParameter.replace(/^\//, "")}`);
  return allow(["ssm:GetParameter"], [parameter]);
}

function withinQuota(name: FunctionName, statements: readonly Statement[]): readonly Statement[] {
  const { length } = JSON.stringify(statements);
  if (length <= QUOTA) return statements;
  throw new RangeError(
    `The role of ${name} comes to ${length} characters and IAM takes ${QUOTA}: access.yml names too ` +
      "many people, groups or clusters for one broker. Split it into two, each with a stage of its own.",
  );
}

interface Cluster {
  readonly name: string;
  readonly region: string;
}

type Reach = ReturnType<typeof reach>;

/** What a policy reaches in the broker's own account, and the roles by which it reaches others. */
function reach(policy: Policy) {
  const targets = Object.values(policy.entitlements).flatMap((entitlement) => entitlement.targets);
  const people = Object.values(policy.people).map(({ iamUser }) => iamUser);
  const groups = targets.flatMap((target) =>
    target.kind === "iam-group" && target.account === undefined ? [target.arn] : [],
  );
  // EKS is not asked about a cluster whose server access.yml gives.
  const clusters = targets.flatMap((target) =>
    target.kind === "aws-auth" &&
    target.cluster.account === undefined &&
    target.cluster.server === undefined
      ? [target.cluster]
      : [],
  );
  const shared = groups.filter((group) => policy.sharedGroups.includes(group));
  return {
    people: sorted(people.filter((user) => policy.accounts[accountOf(user)] === undefined)),
    groups: sorted(groups),
    // The broker's own path, also for groups that have left access.yml; of what others use, each by itself.
    removable: [groupsIn(policy.groupPath), ...sorted(shared)],
    clusters: distinct(clusters),
    accounts: sorted(Object.values(policy.accounts).map(({ role }) => role)),
  };
}

function distinct(clusters: readonly Cluster[]): readonly Cluster[] {
  const byArn = new Map(
    clusters.map(({ name, region }) => [`${region}/${name}`, { name, region }]),
  );
  return sorted([...byArn.keys()]).flatMap((key) => byArn.get(key) ?? []);
}

/** Distinct and in order, so that the template changes only when access.yml does. */
function sorted(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].sort();
}

function accountOf(userArn: string): string {
  return userArn.split(":")[4] ?? "";
}

function clusterArn({ name, region }: Cluster): ResourceArn {
  return arn("eks", `cluster/${name}`, region);
}

/** Every group in the path, `/jit/`, and below it. */
function groupsIn(path: string): ResourceArn {
  return { "Fn::Sub": `arn:\${AWS::Partition}:iam::\${AWS::AccountId}:group${path}*` };
}

function entriesArn({ name, region }: Cluster): ResourceArn {
  return arn("eks", `access-entry/${name}/*`, region);
}

/** By its name: whatever refers to the table itself would have to be made after it (serverless.yml). */
function tableArn({ tableName }: StackNames): ResourceArn {
  return arn("dynamodb", `table/${tableName}`);
}

function indexArn({ tableName }: StackNames, { name }: { readonly name: string }): ResourceArn {
  return arn("dynamodb", `table/${tableName}/index/${name}`);
}

/** An ARN in the stack's account and, unless another is given, its region. */
function arn(service: string, resource: string, region = `\${AWS::Region}`): ResourceArn {
  return {
    "Fn::Sub": `arn:\${AWS::Partition}:${service}:${region}:\${AWS::AccountId}:${resource}`,
  };
}

function allow(Action: readonly string[], Resource: readonly ResourceArn[]): Statement | undefined {
  return Resource.length === 0 ? undefined : { Effect: "Allow", Action, Resource };
}

function present(...statements: readonly (Statement | undefined)[]): readonly Statement[] {
  return statements.filter((statement) => statement !== undefined);
}
