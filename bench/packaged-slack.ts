// The packaged Slack function in a process of its own, with an emulated Slack and DynamoDB beside it.

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { CreateTableCommand, DynamoDBClient, waitUntilTableExists } from "@aws-sdk/client-dynamodb";
import dynalite from "dynalite";
import { unzip } from "../deploy/unzip.ts";
import { TABLE_DEFINITION } from "../lib/store/table.ts";
import { type Deliver, type People, playPeople } from "../local/slack/people.ts";
import { type SlackWebApi, startWebApi } from "../local/slack/web-api.ts";
import { createWorkspace } from "../local/slack/workspace.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const TABLE = "latchkey-bench";
const SIGNING_SECRET = "bench-signing-secret";
const REGION = "us-east-2";
/** AWS's documented example credentials: the emulator takes any. */
export const CREDENTIALS = {
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
};

/** What a process runs: load the function, answer one event, end. The log has standard output. */
const FIRST_ANSWER = `
  const [file, event] = process.argv.slice(1);
  import(file).then(async ({ handler }) => {
    const answer = await handler(JSON.parse(event), { awsRequestId: "first" });
    require("node:fs").writeSync(3, JSON.stringify(answer));
    process.exit(0);
  });`;

export interface PackagedSlack {
  /** Each of their requests is answered by a new process. */
  readonly people: People;
  /** What the function has called in Slack's API, oldest first. */
  readonly calls: SlackWebApi["calls"];
  /** How long the last process ran, in milliseconds, from its start to its end. */
  lastMs(): number;
  /** How long a process takes that does nothing: `node -e 0`. */
  idleMs(): Promise<number>;
  stop(): Promise<void>;
}

/**
 * Unpacks the function's zip where no node_modules is near, and starts what it talks to. Slack's secrets are
 * in the environment, or, as on AWS, in an SSM parameter.
 */
export async function startPackagedSlack(
  zip: string,
  secrets: "environment" | "parameter" = "environment",
): Promise<PackagedSlack> {
  const directory = mkdtempSync(join(tmpdir(), "latchkey-"));
  unpack(zip, directory);
  const dynamo = await startDynamo();
  const workspace = createWorkspace({ now: Date.now });
  const slack = await startWebApi({ workspace });
  const { botToken } = workspace.state;
  const ssm = await startSsm(JSON.stringify({ signingSecret: SIGNING_SECRET, botToken }));
  const env = {
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
    AWS_ENDPOINT_URL_DYNAMODB: dynamo.endpoint,
    TABLE_NAME: TABLE,
    SLACK_API_URL: slack.apiUrl,
    ...(secrets === "environment"
      ? { SLACK_SIGNING_SECRET: SIGNING_SECRET, SLACK_BOT_TOKEN: botToken }
      : { SLACK_SECRETS_PARAMETER: "/latchkey/slack", AWS_ENDPOINT_URL_SSM: ssm.endpoint }),
  };
  let lastMs = Number.NaN;
  const deliver: Deliver = async (event) => {
    const file = join(directory, "functions/slack.mjs");
    const { ms, output } = await timed(["-e", FIRST_ANSWER, file, JSON.stringify(event)], env);
    lastMs = ms;
    return JSON.parse(output);
  };
  const { hooksUrl } = slack;
  return {
    people: playPeople({ workspace, deliver, signingSecret: SIGNING_SECRET, hooksUrl }),
    calls: slack.calls,
    lastMs: () => lastMs,
    idleMs: async () => (await timed(["-e", "0"], env)).ms,
    async stop() {
      await Promise.all([slack.close(), dynamo.stop(), ssm.stop()]);
      rmSync(directory, { recursive: true });
    },
  };
}

/** Runs `npm run package`; answers with where it left the Slack function. @throws Error where it failed. */
export function packageSlack(): string {
  const script = fileURLToPath(import.meta.resolve("../scripts/package.ts"));
  const run = spawnSync(process.execPath, [script], { cwd: ROOT, encoding: "utf8" });
  if (run.status !== 0) throw new Error(`npm run package failed:\n${run.stdout}${run.stderr}`);
  return `${ROOT}.serverless/slack.zip`;
}

/** Writes the files of a zip below `directory`. */
export function unpack(zip: string, directory: string): void {
  for (const [path, bytes] of unzip(readFileSync(zip))) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), bytes);
  }
}

/** Runs Node to its end; `output` is what it wrote as its answer. @throws Error where it failed. */
async function timed(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<{ ms: number; output: string }> {
  const started = performance.now();
  const stdio = ["ignore", "ignore", "inherit", "pipe"] as const;
  const child = spawn(process.execPath, args, { env, stdio: [...stdio] });
  const exited = once(child, "exit").then(([code]) => ({ code, ms: performance.now() - started }));
  const answer = child.stdio[3] as Readable;
  let output = "";
  answer.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  await once(answer, "close");
  const { code, ms } = await exited;
  if (code !== 0) throw new Error(`the function's process ended with ${code}`);
  return { ms, output };
}

async function startDynamo(): Promise<{ endpoint: string; stop(): Promise<void> }> {
  const server = dynalite({ createTableMs: 0 });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = new DynamoDBClient({ endpoint, region: REGION, credentials: CREDENTIALS });
  await client.send(new CreateTableCommand({ TableName: TABLE, ...TABLE_DEFINITION }));
  const patience = { client, maxWaitTime: 30, minDelay: 1, maxDelay: 1 };
  await waitUntilTableExists(patience, { TableName: TABLE });
  client.destroy();
  return {
    endpoint,
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** An SSM in which every parameter has this value. */
async function startSsm(value: string): Promise<{ endpoint: string; stop(): Promise<void> }> {
  const server = createServer((_, response) => {
    response.setHeader("content-type", "application/x-amz-json-1.1");
    response.end(JSON.stringify({ Parameter: { Value: value } }));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
