// The embedded stack: everything that Latchkey meets in the world, joined on one clock, with the real functions in it.

import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { loadAccessFile } from "../lib/policy/load-access-file.ts";
import { slackManifest } from "../lib/slack/manifest.ts";
import { setUpAsDeployed } from "./as-deployed.ts";
import type { IdentitySeed } from "./aws/callers.ts";
import { createFakeIds, type FakeIds } from "./aws/fake-ids.ts";
import { type LocalAws, startAws } from "./aws/server.ts";
import { createClock, type StackClock } from "./clock.ts";
import { type DataDir, openDataDir } from "./data-dir.ts";
import { createDeployment, type Deployment } from "./deployment.ts";
import { createTable, dynamodbClient, putRows, readRows, startDynamodb } from "./dynamodb.ts";
import { seedForeignIam } from "./foreign-iam.ts";
import { startPresignedSts } from "./foreign-sts.ts";
import {
  type FunctionName,
  functionIdentities,
  lambdaName,
  SECRETS_PARAMETER,
  sourceOf,
} from "./functions.ts";
import { scenarioObjects } from "./kubernetes/seed.ts";
import { type RunningKubernetes, startKubernetes } from "./kubernetes/server.ts";
import { createSchedule, type Schedule } from "./lambda/schedule.ts";
import { unpackFunctions } from "./packaged.ts";
import { keepSaved, offsetAfter, readSaved, type SavedStack, type Sources } from "./saved.ts";
import { ACCOUNT, CLUSTER, REGION, scenarioIam, scenarioIdentities } from "./scenario.ts";
import { type People, playPeople } from "./slack/people.ts";
import type { LambdaAnswer } from "./slack/requests.ts";
import { type SlackWebApi, startWebApi } from "./slack/web-api.ts";
import { createWorkspace, type Workspace } from "./slack/workspace.ts";

export type { FunctionName };

export interface StackOptions {
  /** The handlers in `functions/`, the zips that `npm run package` leaves, or the modules that a test has made. */
  readonly functions?: "source" | "packaged" | ((name: FunctionName) => string);
  /** Another access.yml. Packaged functions have theirs compiled in. */
  readonly accessFile?: string;
  /** Any free ports, unless said. */
  readonly ports?: { readonly slack?: number; readonly aws?: number; readonly kubernetes?: number };
  readonly onLog?: (functionName: FunctionName, line: string) => void;
  /** Measures how long Slack waits for the app, in milliseconds; by default the machine's clock. */
  readonly stopwatch?: () => number;
  /** Whether Slack's rates are enforced, by the stack's time; by default they are not. */
  readonly slackRateLimits?: boolean;
  /** A DynamoDB in place of dynalite, such as DynamoDB Local; it is left running. */
  readonly dynamodbUrl?: string;
  /** An IAM and STS in place of ours, such as moto; what is in it is forgotten. */
  readonly iamUrl?: string;
  /** A directory that holds the stack's state, so that the next stack goes on from there; made if need be. */
  readonly dataDir?: string;
}

export interface Stack
  extends Pick<Deployment, "deploy" | "invoke" | "kill" | "deliverKicks" | "settle" | "onRun">,
    Pick<StackClock, "now" | "advance" | "moveTo" | "setSpeed" | "speed"> {
  readonly aws: LocalAws;
  /** Where IAM and STS answer. */
  readonly iamUrl: string;
  readonly cluster: RunningKubernetes;
  /** A bearer token by which the cluster knows its administrator. */
  readonly adminToken: string;
  readonly workspace: Workspace;
  readonly slackApi: SlackWebApi;
  /** People in the workspace; what they do goes to the slack function, signed. */
  readonly people: People;
  /**
   * Ticks once a minute of the stack's time once it is started; tests tick it by hand. Watch, which is
   * woken every five minutes, is started with it and no part of a tick.
   */
  readonly schedule: Schedule;
  readonly table: { readonly url: string; readonly name: string };
  /** Whether it goes on from what another stack left in `dataDir`. */
  readonly resumed: boolean;
  /** One tick of the schedule, and what it sets off, to the end. */
  passes(): Promise<void>;
  /** One run of watch, and what it sets off, to the end. It takes some 20 s of the stack's time. */
  watch(): Promise<void>;
  close(): Promise<void>;
}

const EXAMPLE = fileURLToPath(new URL("../access.yml", import.meta.url));
/** Where Slack believes that it calls. */
const REQUEST_URL = "https://latchkey.lambda-url.us-east-2.on.aws/slack/events";
const SIGNING_SECRET = "local-only-signing-secret";
const ADMIN_TOKEN = "local-only-admin-token";

type Closers = (() => Promise<unknown> | unknown)[];

/** Starts everything on 127.0.0.1; where a part cannot start, what has started is closed again. */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const closers: Closers = [];
  const close = async () => {
    const troubles: unknown[] = [];
    for (const closer of closers.splice(0).reverse()) {
      try {
        await closer();
      } catch (error) {
        troubles.push(error);
      }
    }
    if (troubles.length > 0) throw troubles[0];
  };
  try {
    return { ...(await assemble(options, closers)), close };
  } catch (error) {
    await close().catch(() => undefined);
    throw error;
  }
}

async function assemble(options: StackOptions, closers: Closers): Promise<Omit<Stack, "close">> {
  const { dir, saved } = await openState(options, closers);
  const clock = createClock();
  if (saved !== undefined) clock.advance(offsetAfter(saved.clock, Date.now()));
  closers.push(() => clock.setSpeed(1));
  const ids = createFakeIds(saved?.lastId);
  const { table, rows } = await startTable(options, saved, closers);
  const ground = { clock, ids, saved, dynamodbUrl: table.url };
  const { aws, iamUrl, stsUrl, withKey } = await startAccount(options, ground, closers);
  setUpAsDeployed(aws, table.name);
  const cluster = await startCluster(aws, stsUrl, ground, options.ports?.kubernetes);
  closers.push(cluster.close);
  const { workspace, slackApi } = await startSlack(aws, ground, options);
  closers.push(slackApi.close);
  if (dir !== undefined) {
    const { state } = workspace;
    const { now } = clock;
    const iam = aws.iam.saved;
    const sources = { now, lastId: ids.last, workspace: state, iam, cluster: cluster.saved };
    // Closed after the functions, so that what it saves last is how they have left things.
    closers.push(keepSaved({ ...sources, table: rows }, dir, warnOfUnsaved).close);
  }
  const functions = createDeployment({
    aws,
    clock,
    iamUrl,
    tableName: table.name,
    slackApiUrl: slackApi.apiUrl,
    fileOf: await functionFiles(options, closers),
    grantRoles: (accessFile) =>
      functionIdentities(loadAccessFile(accessFile), table.name)
        .map(withKey)
        .forEach(aws.addIdentity),
    onLog: options.onLog ?? (() => {}),
  });
  closers.push(functions.close);
  await functions.deploy(options.accessFile ?? EXAMPLE);

  const scheduled = (periodMs: number, ...names: readonly FunctionName[]) => {
    const kick = functions.schedule;
    return createSchedule({ now: clock.now, kick, functions: names.map(lambdaName), periodMs });
  };
  const sweeps = scheduled(60_000, "provision", "revoke", "announce");
  const watching = scheduled(5 * 60_000, "watch");
  const schedule = {
    ...sweeps,
    start() {
      sweeps.start();
      watching.start();
    },
    stop() {
      sweeps.stop();
      watching.stop();
    },
  };
  closers.push(schedule.stop);
  const people = playPeople({
    workspace,
    deliver: async (event) => (await functions.invoke("slack", event)) as LambdaAnswer,
    signingSecret: SIGNING_SECRET,
    hooksUrl: slackApi.hooksUrl,
    ...(options.stopwatch && { stopwatch: options.stopwatch }),
  });
  const passes = async () => {
    await schedule.tick();
    await functions.settle();
  };
  const watch = async () => {
    await watching.tick();
    await functions.settle();
  };
  const places = { aws, iamUrl, cluster, adminToken: ADMIN_TOKEN, workspace, slackApi, table };
  const resumed = saved !== undefined;
  const { deploy, invoke, kill, deliverKicks, settle, onRun } = functions;
  const { now, advance, moveTo, setSpeed, speed } = clock;
  const time = { now, advance, moveTo, setSpeed, speed };
  const verbs = { deploy, invoke, kill, deliverKicks, settle, onRun, passes, watch };
  return { ...places, ...time, resumed, people, schedule, ...verbs };
}

/** Where the stack's state is to be kept, and what is there. */
async function openState(
  { dataDir, dynamodbUrl, iamUrl }: StackOptions,
  closers: Closers,
): Promise<{ readonly dir?: DataDir; readonly saved?: SavedStack }> {
  if (dataDir === undefined) return {};
  if (dynamodbUrl !== undefined || iamUrl !== undefined) {
    throw new Error("What somebody else's DynamoDB or IAM holds is not kept: leave dataDir out.");
  }
  const dir = await openDataDir(dataDir);
  closers.push(dir.close);
  const text = await dir.read();
  return text === undefined ? { dir } : { dir, saved: readSaved(text, dir.file) };
}

function warnOfUnsaved(error: unknown): void {
  process.emitWarning(`The stack's state is not saved: ${String(error)}`);
}

/** What the parts of the stack stand on. */
interface Ground {
  readonly clock: StackClock;
  readonly ids: FakeIds;
  readonly saved: SavedStack | undefined;
  readonly dynamodbUrl: string;
}

/** The broker's table: in dynalite, or under a name of its own in the DynamoDB that is given. */
async function startTable(
  { dynamodbUrl }: StackOptions,
  saved: SavedStack | undefined,
  closers: Closers,
): Promise<{ table: Stack["table"]; rows: Sources["table"] }> {
  const dynamodb = await startDynamodb(dynamodbUrl);
  closers.push(dynamodb.close);
  const name = dynamodbUrl === undefined ? "latchkey" : `latchkey-${randomUUID()}`;
  const withClient = <T>(url: string, work: (client: DynamoDBClient) => Promise<T>): Promise<T> => {
    const client = dynamodbClient(url);
    return work(client).finally(() => client.destroy());
  };
  await withClient(dynamodb.url, async (client) => {
    await createTable(client, name);
    await putRows(client, name, saved?.table ?? []);
  });
  const rows: Sources["table"] = {
    changes: dynamodb.changes,
    whileStill: (work) =>
      dynamodb.whileStill((url) => withClient(url, (client) => work(() => readRows(client, name)))),
  };
  return { table: { url: dynamodb.url, name }, rows };
}

/** The AWS account, by our own servers or with IAM and STS by someone else's. */
async function startAccount(
  { iamUrl: foreignUrl, ports }: StackOptions,
  { clock, ids, saved, dynamodbUrl }: Ground,
  closers: Closers,
) {
  const keys = foreignUrl === undefined ? undefined : await seedForeignIam(foreignUrl);
  const withKey = (identity: IdentitySeed): IdentitySeed => {
    const credentials = keys?.get(identity.name);
    return credentials === undefined ? identity : { ...identity, credentials };
  };
  const aws = await startAws({
    now: clock.now,
    outsideNow: Date.now,
    account: ACCOUNT,
    region: REGION,
    ids,
    iam: scenarioIam,
    ...(saved && { savedIam: saved.iam }),
    identities: scenarioIdentities.map(withKey),
    dynamodbUrl,
    ...(ports?.aws !== undefined && { port: ports.aws }),
  });
  closers.push(aws.close);
  if (foreignUrl === undefined) return { aws, iamUrl: aws.url, stsUrl: aws.url, withKey };
  const sts = await startPresignedSts(foreignUrl);
  closers.push(sts.close);
  return { aws, iamUrl: foreignUrl, stsUrl: sts.url, withKey };
}

/** The cluster, known to EKS by its address and CA, and asking STS who signed a token. */
async function startCluster(
  aws: LocalAws,
  stsUrl: string,
  { clock, saved }: Ground,
  port: number | undefined,
) {
  const authenticationMode = "API_AND_CONFIG_MAP";
  const cluster = await startKubernetes({
    clusterName: CLUSTER,
    stsUrl,
    now: clock.now,
    objects: scenarioObjects(),
    ...(saved && { saved: saved.cluster }),
    authenticationMode,
    adminToken: ADMIN_TOKEN,
    ...(port !== undefined && { port }),
  });
  aws.putCluster({
    name: CLUSTER,
    endpoint: cluster.server,
    certificateAuthorityData: cluster.certificateAuthority,
    authenticationMode,
  });
  return cluster;
}

/**
 * The workspace, with Latchkey installed from its manifest, and its Web API; its secrets lie where the
 * functions look for them on AWS.
 */
async function startSlack(
  aws: LocalAws,
  { clock, saved }: Ground,
  { ports = {}, slackRateLimits = false, stopwatch }: StackOptions,
) {
  const workspace = createWorkspace({
    now: clock.now,
    realNow: stopwatch ?? Date.now,
    ...(saved && { state: saved.workspace }),
    manifest: slackManifest(REQUEST_URL),
  });
  const slackApi = await startWebApi({
    workspace,
    rateLimits: slackRateLimits,
    ...(ports.slack !== undefined && { port: ports.slack }),
  });
  aws.putParameter({
    name: SECRETS_PARAMETER,
    type: "SecureString",
    value: JSON.stringify({
      signingSecret: SIGNING_SECRET,
      botToken: workspace.state.botToken,
    }),
  });
  return { workspace, slackApi };
}

/** Where each function's code is; packages are unpacked to a place that is removed at the end. */
async function functionFiles(
  { functions = "source", accessFile }: StackOptions,
  closers: Closers,
): Promise<(name: FunctionName) => string> {
  if (functions === "source") return sourceOf;
  if (functions !== "packaged") return functions;
  if (accessFile !== undefined) {
    throw new Error("Packaged functions have their access.yml compiled in: leave accessFile out.");
  }
  const unpacked = await unpackFunctions();
  closers.push(unpacked.remove);
  return unpacked.fileOf;
}
