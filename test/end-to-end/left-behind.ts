// What an earlier release left behind, put in place of what a new stack begins with: its table, and the world as it was then.

import { readFileSync } from "node:fs";
import type { TABLE_DEFINITION } from "../../lib/store/table.ts";
import { dynamodbClient, putRows, type Row } from "../../local/dynamodb.ts";
import type { SlackChannel, SlackMessage } from "../../local/slack/workspace-state.ts";
import type { Stack } from "../../local/stack.ts";

/** As `test/store/fixtures/write-rows.ts` writes it down. */
export interface LeftBehind {
  readonly commit: string;
  /** Epoch ms. */
  readonly at: number;
  /** Ids of grants, by the state that they were left in. */
  readonly grants: Readonly<Record<string, string>>;
  /** Unique ids of IAM users, by their names. */
  readonly users: Readonly<Record<string, string>>;
  /** Names of IAM users, by the group. */
  readonly members: Readonly<Record<string, readonly string[]>>;
  readonly awsAuth: Readonly<Record<"mapRoles" | "mapUsers", string>>;
  readonly slack: {
    readonly messages: readonly SlackMessage[];
    /** Of the bot with a person. */
    readonly conversations: readonly SlackChannel[];
    readonly lastTs: number;
  };
  readonly table: Pick<typeof TABLE_DEFINITION, "KeySchema" | "GlobalSecondaryIndexes">;
  readonly rows: readonly Row[];
}

/** The releases of which we have what they left behind, the oldest first. */
export const RELEASES = ["ed09555", "6c95231", "5c1753c"] as const;

export function leftBehindBy(commit: (typeof RELEASES)[number]): LeftBehind {
  const file = new URL(`../store/fixtures/rows-${commit}.json`, import.meta.url);
  return JSON.parse(readFileSync(file, "utf8")) as LeftBehind;
}

/** Puts all of it into a stack that has just started, and moves its clock to the moment. */
export async function putInPlace(stack: Stack, left: LeftBehind): Promise<void> {
  const { at, users, members, awsAuth, slack, rows } = withIdsOf(stack, left);
  stack.moveTo(at);
  const client = dynamodbClient(stack.table.url);
  await putRows(client, stack.table.name, rows).finally(() => client.destroy());
  for (const [group, names] of Object.entries(members)) {
    for (const name of names) stack.aws.iam.addByHand(group, name);
  }
  const object = stack.cluster.get("ConfigMap", "kube-system", "aws-auth");
  if (object === undefined || Object.keys(users).length === 0) throw new Error("no aws-auth");
  stack.cluster.put({ ...object, data: awsAuth });
  const { state } = stack.workspace;
  state.channels.push(...slack.conversations);
  state.messages.push(...slack.messages);
  state.counters.ts = slack.lastTs;
}

/** The same with the ids that IAM users have in this stack. */
function withIdsOf(stack: Stack, left: LeftBehind): LeftBehind {
  const now = new Map(stack.aws.iam.users().map(({ name, id }) => [name, id]));
  let text = JSON.stringify(left);
  for (const [name, id] of Object.entries(left.users)) {
    text = text.replaceAll(id, `the id of ${name}`);
  }
  for (const name of Object.keys(left.users)) {
    const id = now.get(name);
    if (id === undefined) throw new Error(`there is no ${name}`);
    text = text.replaceAll(`the id of ${name}`, id);
  }
  return JSON.parse(text) as LeftBehind;
}
