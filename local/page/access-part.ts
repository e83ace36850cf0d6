// The truth beside the chat: who is in the lent groups, who may assume the role, what the cluster says, and the grants.

import { type DynamoDBClient, ScanCommand } from "@aws-sdk/client-dynamodb";
import type { Grant } from "../../lib/grant/grant.ts";
import type { PersonBinding, Policy } from "../../lib/policy/policy.ts";
import { type Item, pkOf, readDueRow, subjectOf } from "../../lib/store/items.ts";
import type { ConfigMapData } from "../../lib/targets/aws-auth/config-map.ts";
import { type Credentials, createToken } from "../../lib/targets/aws-auth/token.ts";
import { assumeRole } from "../developer.ts";
import { dynamodbClient } from "../dynamodb.ts";
import { CLUSTER, REGION, ROLE_ARN, scenarioIdentities, WEB_NAMESPACES } from "../scenario.ts";
import type { Stack } from "../stack.ts";
import { awsAuthLines } from "./aws-auth-lines.ts";
import { type CanI, type ClusterDesk, commandOf, openDesk } from "./can-i.ts";
import { mayAssume } from "./may-assume.ts";
import type { AccessPart, ClusterQuestion, LentGroup, RoleDecision } from "./protocol.ts";

const [WEB_1, WEB_2] = WEB_NAMESPACES;
const inWeb1: CanI = { verb: "list", resource: "pods", namespace: WEB_1 };

/** The scenario's questions, with each asker's own keys and with a session of the role. */
const QUESTIONS: readonly {
  readonly slackUser: string;
  readonly as: ClusterQuestion["as"];
  readonly asks: readonly CanI[];
}[] = [
  {
    slackUser: "U0ADA",
    as: "own keys",
    asks: [inWeb1, { ...inWeb1, namespace: WEB_2 }, { verb: "*", resource: "*" }],
  },
  {
    slackUser: "U0ADA",
    as: "role",
    asks: [
      inWeb1,
      { ...inWeb1, namespace: "default" },
      { ...inWeb1, verb: "create" },
      { verb: "list", resource: "nodes" },
    ],
  },
  { slackUser: "U0DEE", as: "own keys", asks: [inWeb1] },
];

/**
 * Asks IAM, STS, the cluster and the table what is so at this moment. The people's questions go the way that their
 * own tools would take, so that they meet the same faults; STS and the cluster are waited for no longer than
 * `patienceMs` of real time. A row that cannot be read is left out. @throws where the table gives no answer.
 */
export async function lookAtAccess(
  stack: Stack,
  policy: Policy,
  { patienceMs = 1_500 }: { readonly patienceMs?: number } = {},
): Promise<AccessPart> {
  const [lookedAt, groups, awsAuth] = [stack.now(), lentGroups(stack, policy), awsAuthText(stack)];
  const [decisions, questions, grants] = await Promise.all([
    roleDecisions(stack, policy),
    answers(stack, policy, patienceMs),
    allGrants(stack),
  ]);
  return { lookedAt, groups, mayAssume: decisions, questions, awsAuth, grants };
}

// --- IAM ---

function lentGroups({ aws }: Stack, policy: Policy): readonly LentGroup[] {
  const specs = Object.values(policy.entitlements).flatMap(({ targets }) => targets);
  const arns = new Set(specs.flatMap((spec) => (spec.kind === "iam-group" ? [spec.arn] : [])));
  const [groups, users] = [aws.iam.groups(), aws.iam.users()];
  return [...arns].map((arn) => {
    const memberIds = groups.find((group) => group.arn === arn)?.memberIds ?? [];
    const members = users.filter(({ id }) => memberIds.includes(id));
    return {
      name: nameIn(arn),
      members: members.map((user) => {
        const slackUser = ownerOf(user.arn, policy);
        return { iamUser: user.name, ...(slackUser !== undefined && { slackUser }) };
      }),
    };
  });
}

function ownerOf(userArn: string, { people }: Policy): string | undefined {
  return Object.keys(people).find((slackUser) => people[slackUser]?.iamUser === userArn);
}

function roleDecisions(stack: Stack, { people }: Policy): Promise<readonly RoleDecision[]> {
  return Promise.all(
    Object.entries(people).map(async ([slackUser, person]) => {
      const verdict = await roleVerdict(stack, person);
      return { slackUser, roleArn: ROLE_ARN, ...verdict };
    }),
  );
}

async function roleVerdict({ aws }: Stack, { iamUser }: PersonBinding) {
  const user = aws.iam.users().find(({ arn }) => arn === iamUser);
  const role = aws.iam.role(nameIn(ROLE_ARN));
  if (user === undefined) return { isAllowed: false, why: `IAM has no user ${nameIn(iamUser)}.` };
  if (role === undefined) return { isAllowed: false, why: `IAM has no role ${nameIn(ROLE_ARN)}.` };
  return mayAssume({ user, policies: aws.iam.groupPoliciesOf(user.id), role });
}

function nameIn(arn: string): string {
  return arn.slice(arn.lastIndexOf("/") + 1);
}

// --- The cluster ---

function awsAuthText({ cluster }: Stack): AccessPart["awsAuth"] {
  const configMap = cluster.get("ConfigMap", "kube-system", "aws-auth");
  return { cluster: CLUSTER, lines: awsAuthLines((configMap?.["data"] ?? {}) as ConfigMapData) };
}

/** What the scenario asks of those whom access.yml names and who have keys. */
async function answers(
  stack: Stack,
  { people }: Policy,
  patienceMs: number,
): Promise<readonly ClusterQuestion[]> {
  const signal = AbortSignal.timeout(patienceMs);
  const desk = openDesk(stack.cluster, signal);
  const asked = QUESTIONS.map(async ({ slackUser, as, asks }) => {
    const keys = keysOf(stack, people[slackUser]);
    if (keys === undefined) return [];
    const held = as === "role" ? await sessionNow(stack, keys, signal) : keys;
    const told = await answersTo(stack, desk, held, asks);
    return asks.map((ask, place): ClusterQuestion => {
      const answer = told[place] ?? "unreachable";
      return { slackUser, as, command: commandOf(ask), answer };
    });
  });
  return (await Promise.all(asked).finally(desk.close)).flat();
}

function keysOf({ aws }: Stack, person: PersonBinding | undefined): Credentials | undefined {
  const identity = scenarioIdentities.find(({ arn }) => arn === person?.iamUser);
  return identity && aws.credentials(identity.name);
}

/** What somebody asks with, or why they cannot ask. */
type Held = Credentials | "no session" | "unreachable";

const NO_ANSWER = ["Throttling", "InternalFailure"];

/** NB. A session taken earlier would live on when nobody may take one any more, so it is taken anew. */
async function sessionNow(stack: Stack, keys: Credentials, signal: AbortSignal): Promise<Held> {
  const asked = assumeRole(stack.iamUrl, keys, ROLE_ARN).catch(() => undefined);
  const patience = new Promise<undefined>((resolve) => {
    signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
  const assumed = await Promise.race([asked, patience]);
  if (assumed === undefined) return "unreachable";
  if ("credentials" in assumed) return assumed.credentials;
  return NO_ANSWER.includes(assumed.refused) ? "unreachable" : "no session";
}

async function answersTo(
  stack: Stack,
  desk: ClusterDesk,
  held: Held,
  asks: readonly CanI[],
): Promise<readonly ClusterQuestion["answer"][]> {
  if (typeof held === "string") return asks.map(() => held);
  const request = { cluster: CLUSTER, region: REGION, credentials: held, now: stack.now() };
  const token = await createToken(request);
  if ("seen" in token) return asks.map(() => "unknown");
  return Promise.all(asks.map((ask) => desk.ask(token.text, ask)));
}

// --- The table ---

/** Newest first. */
async function allGrants({ table }: Stack): Promise<readonly Grant[]> {
  const client = dynamodbClient(table.url);
  const items = await allItems(client, table.name).finally(() => client.destroy());
  return items
    .filter((item) => "grant" in (subjectOf(pkOf(item)) ?? {}))
    .map(readDueRow)
    .flatMap((row) => ("grant" in row ? [row.grant] : []))
    .sort((one, other) => other.requestedAt - one.requestedAt);
}

async function allItems(client: DynamoDBClient, TableName: string): Promise<readonly Item[]> {
  const items: Item[] = [];
  let next: Item | undefined;
  do {
    const from = next && { ExclusiveStartKey: next };
    const page = await client.send(new ScanCommand({ TableName, ConsistentRead: true, ...from }));
    items.push(...(page.Items ?? []));
    next = page.LastEvaluatedKey;
  } while (next !== undefined);
  return items;
}
