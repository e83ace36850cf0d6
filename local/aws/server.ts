// The local AWS: one port and URL for IAM, STS, EKS, Lambda, SSM, CloudWatch and DynamoDB, told apart as AWS's signatures do.

import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createListeners } from "../listeners.ts";
import { type Caller, type Credentials, createCallers, type IdentitySeed } from "./callers.ts";
import { type AlarmSeed, createCloudwatch } from "./cloudwatch.ts";
import { createDynamodb, type TableSettings } from "./dynamodb.ts";
import { type ClusterSeed, createEks } from "./eks.ts";
import { createFakeIds, type FakeIds } from "./fake-ids.ts";
import { createFaults, type Faults } from "./faults.ts";
import { type Call, createFrontDoor } from "./front-door.ts";
import { createIam } from "./iam.ts";
import { createIamAdmin, type IamAdmin } from "./iam-admin.ts";
import { createIamRecords, type IamSeed, type SavedIam } from "./iam-records.ts";
import { type Concurrency, createLambda, type FunctionRunner } from "./lambda.ts";
import { createSsm, type ParameterSeed } from "./ssm.ts";
import { createSts } from "./sts.ts";
import type { Service } from "./wire.ts";

export interface AwsOptions {
  /** The stack's clock, epoch milliseconds. */
  readonly now: () => number;
  /** The clock of programs outside the stack, such as `aws eks get-token`: their presigned URLs count as current too. */
  readonly outsideNow?: () => number;
  /** 0, the default, takes any free port. */
  readonly port?: number;
  readonly account?: string;
  readonly region?: string;
  readonly ids?: FakeIds;
  /** How far IAM's reads lag behind its writes, in the stack's time. */
  readonly lagMs?: number;
  readonly removingNonMember?: "succeeds" | "NoSuchEntity";
  readonly iam?: IamSeed;
  /** What `LocalAws.iam.saved` gave before a restart: users and groups win over those of `iam`. */
  readonly savedIam?: SavedIam;
  readonly identities?: readonly IdentitySeed[];
  readonly clusters?: readonly ClusterSeed[];
  readonly parameters?: readonly ParameterSeed[];
  /** Where dynalite listens. */
  readonly dynamodbUrl?: string;
}

export interface LocalAws {
  /** What `AWS_ENDPOINT_URL` is to be. */
  readonly url: string;
  readonly account: string;
  readonly region: string;
  readonly iam: IamAdmin;
  /** Adds a cluster or puts another in its place. */
  putCluster(cluster: ClusterSeed): void;
  putParameter(parameter: ParameterSeed): void;
  removeParameter(name: string): void;
  /** How a table is set up, beside what dynalite knows of it. */
  putTable(settings: TableSettings): void;
  /** Adds an alarm or puts another in its place. */
  putAlarm(alarm: AlarmSeed): void;
  removeAlarm(name: string): void;
  /** How many runs at once there may be, of the account and of functions by name. */
  putConcurrency(concurrency: Concurrency): void;
  /** Who runs the functions that Lambda is asked to invoke. */
  setRunner(runner: FunctionRunner): void;
  setDynamodbUrl(url: string): void;
  /** Gives someone an access key, also while the stack runs. */
  addIdentity(identity: IdentitySeed): Credentials;
  credentials(name: string): Credentials;
  /** The environment in which an SDK or the `aws` CLI acts as a named identity. */
  environment(name: string): Record<string, string>;
  readonly calls: {
    list(): readonly Call[];
    /** Tells of every call from now on, once it is answered; gives what ends that. */
    onCall(listener: (call: Call) => void): () => void;
    /** How many calls of a service came in, or of one of its actions. */
    count(service: string, action?: string): number;
    clear(): void;
  };
  readonly faults: Faults;
  close(): Promise<void>;
}

/** Starts the local AWS on 127.0.0.1. */
export async function startAws(options: AwsOptions): Promise<LocalAws> {
  const { now, account = "111122223333", region = "us-east-2" } = options;
  const ids = options.ids ?? createFakeIds();
  const records = createIamRecords({
    account,
    ids,
    now,
    lagMs: options.lagMs ?? 0,
    seed: options.iam ?? {},
    ...(options.savedIam && { saved: options.savedIam }),
  });
  const callers = createCallers({
    account,
    records,
    ids,
    now,
    ...(options.outsideNow && { outsideNow: options.outsideNow }),
  });
  for (const identity of options.identities ?? []) callers.add(identity);

  const clusters = new Map((options.clusters ?? []).map((cluster) => [cluster.name, cluster]));
  const parameters = new Map((options.parameters ?? []).map((entry) => [entry.name, entry]));
  const tables = new Map<string, TableSettings>();
  const alarms = new Map<string, AlarmSeed>();
  let concurrency: Concurrency = { limit: 1_000, reserved: {} };
  let runner: FunctionRunner | undefined;
  let dynamodbUrl = options.dynamodbUrl;
  const iam = createIam({
    account,
    records,
    hasKey: callers.hasKey,
    ...(options.removingNonMember && { removingNonMember: options.removingNonMember }),
  });
  const services: readonly Service<Caller>[] = [
    iam,
    createSts({ records, callers }),
    createEks({ account, region, now, clusters }),
    createLambda({ account, region, runner: () => runner, concurrency: () => concurrency }),
    createSsm({ account, region, now, parameters }),
    createCloudwatch({ account, region, alarms }),
    createDynamodb({ account, region, upstream: () => dynamodbUrl, tables }),
  ];

  const faults = createFaults(now);
  let calls: Call[] = [];
  const callListeners = createListeners<Call>();
  const door = createFrontDoor({
    serviceNamed: (name) => services.find((service) => service.name === name) ?? iam,
    authenticate: callers.authenticate,
    whyNot: callers.whyNot,
    faults,
    nextId: () => ids("request-", 28),
    record(seen) {
      const call = { ...seen, at: now() };
      calls.push(call);
      callListeners.tell(call);
    },
  });
  const listening = await listen(door, options.port ?? 0, now);

  return {
    url: listening.url,
    account,
    region,
    iam: createIamAdmin(records, () => void faults.land()),
    putCluster: (cluster) => void clusters.set(cluster.name, cluster),
    putParameter: (parameter) => void parameters.set(parameter.name, parameter),
    removeParameter: (name) => void parameters.delete(name),
    putTable: (settings) => void tables.set(settings.name, settings),
    putAlarm: (alarm) => void alarms.set(alarm.name, alarm),
    removeAlarm: (name) => void alarms.delete(name),
    putConcurrency: (given) => {
      concurrency = given;
    },
    setRunner: (given) => {
      runner = given;
    },
    setDynamodbUrl: (url) => {
      dynamodbUrl = url;
    },
    addIdentity: callers.add,
    credentials: callers.credentials,
    environment: (name) => environmentOf(callers.credentials(name), listening.url, region),
    calls: {
      list: () => [...calls],
      onCall: callListeners.listen,
      count: (service, action) =>
        calls.filter((call) => call.service === service && (action ?? call.action) === call.action)
          .length,
      clear: () => {
        calls = [];
      },
    },
    faults,
    async close() {
      faults.clear();
      await listening.close();
    },
  };
}

function environmentOf(credentials: Credentials, url: string, region: string) {
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  return {
    AWS_ENDPOINT_URL: url,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    ...(sessionToken !== undefined && { AWS_SESSION_TOKEN: sessionToken }),
  };
}

type FrontDoor = ReturnType<typeof createFrontDoor>;

async function listen(door: FrontDoor, port: number, now: () => number) {
  const server = createServer((incoming, response) => {
    answer(door, incoming, response, now).catch(() => response.destroy());
  });
  // Idle connections stay open: a worker that slept must not find its connection closed.
  server.keepAliveTimeout = 0;
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function answer(
  door: FrontDoor,
  incoming: IncomingMessage,
  response: ServerResponse,
  now: () => number,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const url = incoming.url ?? "/";
  const queryStart = url.includes("?") ? url.indexOf("?") : url.length;
  const outcome = await door({
    method: incoming.method ?? "GET",
    path: url.slice(0, queryStart),
    rawQuery: url.slice(queryStart + 1),
    headers: Object.fromEntries(
      Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]),
    ),
    body: Buffer.concat(chunks),
  });
  if (outcome === "cut") {
    response.destroy();
    return;
  }
  // The stack's date: SDK clients set their own clocks by it when they sign.
  response.writeHead(outcome.status, { ...outcome.headers, date: new Date(now()).toUTCString() });
  response.end(outcome.body);
}
