// The Slack function's bundle in a warm worker, between people in an emulated Slack and a table that can be slow.

import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createDynamoStore } from "../lib/store/dynamo-store.ts";
import type { Store } from "../lib/store/store.ts";
import { createClock } from "../local/clock.ts";
import { createTable, dynamodbClient, startDynamodb } from "../local/dynamodb.ts";
import { lambdaName, TIMEOUT_MS } from "../local/functions.ts";
import { createRunner } from "../local/lambda/runner.ts";
import { REGION } from "../local/scenario.ts";
import { type People, playPeople } from "../local/slack/people.ts";
import type { LambdaAnswer } from "../local/slack/requests.ts";
import { startWebApi } from "../local/slack/web-api.ts";
import { createWorkspace, type Workspace } from "../local/slack/workspace.ts";
import type { SlackMessage } from "../local/slack/workspace-state.ts";
import { type InBetween, startInBetween } from "./in-between.ts";
import { CREDENTIALS } from "./packaged-slack.ts";

const TABLE = "latchkey-bench";
const SIGNING_SECRET = "bench-signing-secret";
const SLACK = lambdaName("slack");

/** What another function was handed, asynchronously. It is not run. */
export interface Handed {
  readonly to: string;
  readonly event: unknown;
}

export interface WarmSlack {
  readonly people: People;
  readonly workspace: Workspace;
  /** The broker's rows, past what holds the function up. */
  readonly store: Store;
  /** What the function asks of the table. */
  readonly table: InBetween;
  /** What the function asks of Slack. */
  readonly slack: InBetween;
  /** Oldest first. */
  readonly handed: readonly Handed[];
  /** Posts a message of the bot's with one button on it, as a card has them. */
  button(actionId: string, value: string): SlackMessage;
  stop(): Promise<void>;
}

/**
 * Starts the bundle `file` as the only function there is: what it hands to the others is taken and left. As on
 * Lambda, it is frozen from one answer to the next request. Where a part cannot start, what has started is
 * stopped again.
 */
export async function startWarmSlack(file: string): Promise<WarmSlack> {
  const closers: (() => unknown)[] = [];
  const stop = async () => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  try {
    return { ...(await assemble(file, closers)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function assemble(
  file: string,
  closers: (() => unknown)[],
): Promise<Omit<WarmSlack, "stop">> {
  const started = async <T extends { close(): unknown }>(starting: Promise<T>): Promise<T> => {
    const part = await starting;
    closers.push(part.close);
    return part;
  };
  const clock = createClock();
  const workspace = createWorkspace({ now: clock.now });
  const slackApi = await started(startWebApi({ workspace }));
  const slack = await started(startInBetween(new URL(slackApi.apiUrl).origin));
  const invokes = await started(startInvokes());
  const dynamodb = await started(startDynamodb());
  const table = await started(startInBetween(dynamodb.url));
  const client = dynamodbClient(dynamodb.url);
  closers.push(() => client.destroy());
  await createTable(client, TABLE);
  const env = {
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
    AWS_ENDPOINT_URL_DYNAMODB: table.url,
    AWS_ENDPOINT_URL_LAMBDA: invokes.url,
    TABLE_NAME: TABLE,
    SLACK_API_URL: `${slack.url}/api/`,
    SLACK_SIGNING_SECRET: SIGNING_SECRET,
    SLACK_BOT_TOKEN: workspace.state.botToken,
  };
  const functions = { [SLACK]: { file, env, timeoutMs: TIMEOUT_MS.slack } };
  const runner = createRunner({ functions, clock: clock.buffer });
  closers.push(runner.close);
  await runner.warm();
  return {
    people: playPeople({
      workspace,
      deliver: async (event) => (await runner.invoke(SLACK, event)) as LambdaAnswer,
      signingSecret: SIGNING_SECRET,
      hooksUrl: `${slack.url}/hooks/`,
    }),
    workspace,
    store: createDynamoStore({ client, tableName: TABLE, newId: () => "bench" }),
    table,
    slack,
    handed: invokes.handed,
    button: (actionId, value) => postButton(workspace, actionId, value),
  };
}

function postButton(workspace: Workspace, actionId: string, value: string): SlackMessage {
  const text = { type: "plain_text", text: "Click" };
  const button = { type: "button", action_id: actionId, text, value };
  return workspace.post({
    channel: "C0ACCESS",
    user: workspace.app.botUser,
    text: value,
    blocks: [{ type: "actions", elements: [button] }],
  });
}

/** Lambda's asynchronous Invoke, which takes everything. */
async function startInvokes() {
  const handed: Handed[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const to = /\/functions\/([^/]+)\//.exec(request.url ?? "")?.[1] ?? "";
    handed.push({ to, event: JSON.parse(Buffer.concat(chunks).toString("utf8")) });
    response.writeHead(202).end();
  });
  server.keepAliveTimeout = 0;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    handed,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
