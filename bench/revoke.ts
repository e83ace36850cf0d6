// The end of 10,000 grants within one second: how long it takes, and what it asks of the table and the targets.

import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { sweepRevoke } from "../lib/broker/sweeps.ts";
import type { IamGroupSpec, TargetSpec } from "../lib/grant/target-spec.ts";
import type { Store } from "../lib/store/store.ts";
import type { ConfigMapData } from "../lib/targets/aws-auth/config-map.ts";
import { createAwsAuthTarget } from "../lib/targets/aws-auth/target.ts";
import { createIamGroupTarget } from "../lib/targets/iam-group.ts";
import { createMemoryStore, type MemoryStore } from "../test/support/memory-store.ts";
import { userName } from "./crowd.ts";
import { rounded, tally } from "./figures.ts";
import { activeGrant, assignmentOf, lend, takingPorts, uniqueId } from "./lent.ts";
import { iamClient, inMemoryClusters } from "./places.ts";

const GRANTS = 10_000;
const IAM_GROUPS = 50;
const CLUSTERS = 20;
const TARGET_LATENCY_MS = 20;
/** As in serverless.yml. */
const RUN_MS = 75_000;
const MINUTE_MS = 60_000;
/** The first run is there before the second in which all end, as the schedule's runs always are. */
const RUNS_FOR_MS = 1_000;
const SETUP_MS = 5_000;
const PATIENCE_MS = 10 * MINUTE_MS;
const AIM = { seconds: 30, tableRequestsPerGrant: 4, iamRequestsPerGrant: 2, writesPerPass: 20 };

/** Once with a table that answers at once, and once with one that takes as long as DynamoDB. */
export async function bench(): Promise<object> {
  return {
    grants: GRANTS,
    iamGroups: IAM_GROUPS,
    clusters: CLUSTERS,
    targetLatencyMs: TARGET_LATENCY_MS,
    aim: AIM,
    tableInMemory: await endAll(0),
    tableWith5Ms: await endAll(5),
    node: process.version,
  };
}

const isMapped = (member: number) => member % 2 === 1;
const groupName = (number: number) => `bench-group-${number}`;
const clusterName = (number: number) => `bench-cluster-${number}`;
const members = Array.from({ length: GRANTS }, (_, member) => member);

function specOf(member: number): TargetSpec {
  const turn = member >> 1;
  if (!isMapped(member)) {
    const arn = `arn:aws:iam::111122223333:group/jit/${groupName(turn % IAM_GROUPS)}`;
    return { kind: "iam-group", arn } satisfies IamGroupSpec;
  }
  const cluster = { name: clusterName(turn % CLUSTERS), region: "us-east-2" };
  return { kind: "aws-auth", cluster, groups: ["rbac-bttrm-web-ro-group"] };
}

/** Ends them all, with the run of every minute, and counts from the moment at which the first is over. */
async function endAll(tableLatencyMs: number): Promise<object> {
  const asked = createCounter();
  const memory = createMemoryStore();
  const store = timedStore(memory, tableLatencyMs, asked.ofTable);
  const { targets, left } = await lendingPlaces(asked.ofPlace);
  const endsAt = Date.now() + SETUP_MS + RUNS_FOR_MS;
  for (const member of members) {
    await lend(memory, member, activeGrant(member, specOf(member), endsAt + (member % 1_000)));
  }
  if (left() !== GRANTS) throw new Error(`${left()} have access before the end`);
  const waitMs = endsAt - RUNS_FOR_MS - Date.now();
  if (waitMs < 0) throw new Error("the machine is too slow to be ready in time");
  await sleep(waitMs);

  asked.reset();
  const used = watchProcess();
  const ports = takingPorts(store, targets);
  const runs = await runUntilEnded(memory, () =>
    sweepRevoke(ports, { deadlineAt: Date.now() + RUN_MS }),
  );
  if (left() > 0) throw new Error(`${left()} of the ended grants still have access`);
  const gone = memory.grants().map(({ grant }) => ("endedAt" in grant ? grant.endedAt : Infinity));
  const lastGoneAt = gone.reduce((latest, at) => Math.max(latest, at), 0);
  return {
    seconds: rounded((lastGoneAt - endsAt) / 1000),
    runs,
    ...asked.figures(),
    logged: tally(ports.faults),
    ...used(),
  };
}

/** What is asked of the table and the places, in all and by pass. */
function createCounter() {
  let names: string[] = [];
  let writes: number[] = [];
  let passes = 0;
  return {
    ofTable(name: string, args: readonly unknown[]): void {
      names.push(`table ${name}`);
      const [queue, , , after] = args;
      if (name === "due" && queue === "revoke" && after === undefined) passes += 1;
    },
    ofPlace(what: string): void {
      names.push(what);
      if (what === "aws-auth write") writes[passes] = (writes[passes] ?? 0) + 1;
    },
    reset(): void {
      names = [];
      writes = [];
    },
    figures(): object {
      const counts = tally(names);
      const { read = 0, write = 0, conflict = 0 } = ofKind(counts, "aws-auth ");
      return {
        passes,
        tableRequestsPerGrant: perGrant(ofKind(counts, "table "), GRANTS),
        iamRequestsPerGrant: perGrant(ofKind(counts, "iam "), GRANTS / 2),
        configMap: {
          reads: read,
          writes: write,
          conflicts: conflict,
          writesOfPasses: writes.filter((each) => each > 0),
        },
      };
    },
  };
}

/** Real rooms over places in memory, with everybody's access in them; `left`: how much is there now. */
async function lendingPlaces(onCall: (what: string) => void) {
  const groups = new Map(
    Array.from({ length: IAM_GROUPS }, (_, n) => [groupName(n), new Map<string, string>()]),
  );
  const texts = new Map<string, ConfigMapData>(
    Array.from({ length: CLUSTERS }, (_, n) => [clusterName(n), { mapRoles: "", mapUsers: "" }]),
  );
  let latencyMs = 0;
  const clock = { now: Date.now, sleep: async (ms: number) => sleep(ms) };
  const client = iamClient(groups, TARGET_LATENCY_MS, (action) => onCall(`iam ${action}`));
  const clusters = inMemoryClusters(
    texts,
    () => latencyMs,
    (action) => onCall(`aws-auth ${action}`),
  );
  const targets = {
    "iam-group": createIamGroupTarget({ client: () => client, clock }),
    "aws-auth": createAwsAuthTarget({ clusters, clock }),
  };
  const entries = members.filter(isMapped).flatMap((member) => {
    const spec = specOf(member);
    return spec.kind === "aws-auth"
      ? [{ ...assignmentOf(member, spec), spec, others: [], endsAt: Infinity }]
      : [];
  });
  const byCluster = Map.groupBy(entries, ({ spec }) => spec.cluster.name);
  for (const place of byCluster.values()) await targets["aws-auth"].give(place);
  for (const member of members.filter((each) => !isMapped(each))) {
    groups.get(groupName((member >> 1) % IAM_GROUPS))?.set(uniqueId(member), userName(member));
  }
  const left = () =>
    [...groups.values()].reduce((sum, group) => sum + group.size, 0) +
    JSON.stringify([...texts.values()]).split("latchkey:").length -
    1;
  latencyMs = TARGET_LATENCY_MS;
  return { targets, left };
}

/** A store every request of which takes its time, and is told of. */
function timedStore(
  store: MemoryStore,
  latencyMs: number,
  onCall: (name: string, args: readonly unknown[]) => void,
): Store {
  const methods = Object.entries(store).map(([name, method]) => [
    name,
    async (...args: readonly unknown[]) => {
      onCall(name, args);
      if (latencyMs > 0) await sleep(latencyMs);
      return (method as (...args: readonly unknown[]) => unknown)(...args);
    },
  ]);
  return Object.fromEntries(methods) as Store;
}

/** Starts a run every minute until all have ended; answers with how many it took. */
async function runUntilEnded(store: MemoryStore, run: () => Promise<unknown>): Promise<number> {
  const isOver = () => store.grants().every(({ grant }) => grant.status === "ended");
  const deadlineAt = Date.now() + PATIENCE_MS;
  const runs: Promise<unknown>[] = [];
  let nextAt = Date.now();
  while (!isOver()) {
    if (Date.now() > deadlineAt) throw new Error("not all grants have ended in time");
    if (Date.now() >= nextAt) {
      runs.push(run());
      nextAt += MINUTE_MS;
    }
    await sleep(250);
  }
  await Promise.all(runs);
  return runs.length;
}

type Counts = Readonly<Record<string, number>>;

/** Those whose names begin with `kind`, by the rest of them. */
function ofKind(counts: Counts, kind: string): Counts {
  const own = Object.entries(counts).filter(([name]) => name.startsWith(kind));
  return Object.fromEntries(own.map(([name, count]) => [name.slice(kind.length), count]));
}

function perGrant(counts: Counts, grants: number): Counts {
  const all = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const shares = Object.entries({ total: all, ...counts });
  return Object.fromEntries(shares.map(([name, count]) => [name, rounded(count / grants, 4)]));
}

/** From now until it is asked: processor time, and the most memory in use, garbage since the start included. */
function watchProcess() {
  collectGarbage();
  const used = () => process.memoryUsage().heapUsed / 2 ** 20;
  const before = used();
  const cpu = process.cpuUsage();
  let peak = before;
  const timer = setInterval(() => {
    peak = Math.max(peak, used());
  }, 50);
  return () => {
    clearInterval(timer);
    const { user, system } = process.cpuUsage(cpu);
    return {
      cpuSeconds: rounded((user + system) / 1e6, 1),
      heapBeforeMb: rounded(before, 0),
      peakHeapMb: rounded(peak, 0),
    };
  };
}

function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
}
