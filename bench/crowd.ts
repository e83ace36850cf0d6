// Many people who each hold one grant: an access.yml that knows them, and their grants in the table of a stack.

import { writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { grantIdFrom, parseIamUserArn, parseSlackUserId } from "../lib/grant/ids.ts";
import { request } from "../lib/grant/steps.ts";
import { loadAccessFile } from "../lib/policy/load-access-file.ts";
import { createDynamoStore } from "../lib/store/dynamo-store.ts";
import type { Store } from "../lib/store/store.ts";
import { dynamodbClient } from "../local/dynamodb.ts";
import { ACCOUNT, CLUSTER, REGION } from "../local/scenario.ts";
import { type Stack, startStack } from "../local/stack.ts";

/** What one of the crowd is to have: an entitlement, for so long from the moment that it begins. */
export interface Wish {
  readonly entitlement: string;
  readonly durationMs: number;
}

/** The `targets` of an entitlement, as access.yml has them. */
type TargetsInYaml = readonly object[];

const HOUR_MS = 3_600_000;

/** The name of a member's IAM user. */
export const userName = (member: number) => `bench-user-${member}`;
export const userArn = (member: number) =>
  parseIamUserArn(`arn:aws:iam::${ACCOUNT}:user/${userName(member)}`);
/** A member's grant. */
export const grantId = (member: number) =>
  grantIdFrom(new Uint8Array(10).map((_, place) => Math.floor(member / 32 ** (9 - place)) % 32));
const slackId = (member: number) => parseSlackUserId(`U0BENCH${member}`);

/** An entry in the scenario's cluster. */
export const MAPPING: TargetsInYaml = [
  { awsAuth: { cluster: CLUSTER, groups: ["rbac-bttrm-web-ro-group"] } },
];

/** A membership of the IAM group `/jit/<name>`. */
export function membership(name: string): TargetsInYaml {
  return [{ iamGroup: { arn: `arn:aws:iam::${ACCOUNT}:group/jit/${name}` } }];
}

/** Runs `work` in a stack whose access.yml lets `size` people have these entitlements, without approval. */
export async function withCrowd<T>(
  size: number,
  entitlements: Readonly<Record<string, TargetsInYaml>>,
  work: (stack: Stack, requestAll: (wishes: readonly Wish[]) => Promise<void>) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "latchkey-bench-"));
  const accessFile = join(folder, "access.yml");
  writeFileSync(accessFile, accessYaml(size, entitlements));
  try {
    const stack = await startStack({ accessFile });
    try {
      for (let member = 0; member < size; member++) settleIn(stack, member);
      return await work(stack, (wishes) => requestAll(stack, accessFile, wishes));
    } finally {
      await stack.close();
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Runs `work` with the store in the stack's table, past the functions. */
export async function inTable<T>({ table }: Stack, work: (store: Store) => Promise<T>): Promise<T> {
  const client = dynamodbClient(table.url);
  const store = createDynamoStore({ client, tableName: table.name, newId: () => "bench" });
  return work(store).finally(() => client.destroy());
}

/** Makes somebody known to IAM and to Slack. */
function settleIn({ aws, workspace }: Stack, member: number): void {
  aws.iam.createUser(userName(member));
  const name = userName(member);
  workspace.state.users.push({
    id: slackId(member),
    team_id: workspace.team.id,
    name,
    real_name: name,
  });
}

/** Puts a request of each member into the table as the Slack function would, approved on the spot. */
async function requestAll(
  stack: Stack,
  accessFile: string,
  wishes: readonly Wish[],
): Promise<void> {
  const policy = loadAccessFile(accessFile);
  await inTable(stack, async (store) => {
    for (const [member, wish] of wishes.entries()) {
      const entitlement = policy.entitlements[wish.entitlement];
      if (entitlement === undefined) throw new Error(`no entitlement ${wish.entitlement}`);
      const at = stack.now();
      const requester = slackId(member);
      const facts = {
        id: grantId(member),
        entitlement: { id: entitlement.id, title: entitlement.title },
        requester,
        principal: userArn(member),
        targets: entitlement.targets,
        durationMs: wish.durationMs,
        approvalsNeeded: 0,
        approverGroups: [],
        channel: policy.slack.channel,
        policyHash: policy.hash,
        requestedAt: at,
      };
      const step = { at, by: requester, from: "bench", policyHash: policy.hash };
      await store.create(request(facts, at + HOUR_MS, step));
    }
  });
}

function accessYaml(size: number, entitlements: Readonly<Record<string, TargetsInYaml>>): string {
  const members = Array.from({ length: size }, (_, member) => member);
  const people = members.map((member) => [slackId(member), { iamUser: userArn(member) }]);
  const rules = Object.entries(entitlements).map(([id, targets]) => [
    id,
    {
      title: `Bench: ${id}`,
      requesters: ["everyone"],
      approval: "automatic",
      duration: { default: "1h", max: "1h" },
      reason: "optional",
      targets,
    },
  ]);
  return stringify({
    slack: { team: "T0ACME", channel: "C0ACCESS", admins: ["U0CAT"] },
    people: Object.fromEntries(people),
    groups: { everyone: { users: members.map(slackId) } },
    clusters: { [CLUSTER]: { region: REGION } },
    entitlements: Object.fromEntries(rules),
  });
}
