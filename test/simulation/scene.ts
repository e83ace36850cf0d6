// The scene of the simulation: the broker's processes as they are deployed, over a table, IAM, clusters and Slack in memory.

import { announce } from "../../lib/broker/announce.ts";
import type { Clock, Ports, Worker } from "../../lib/broker/ports.ts";
import { sweepProvision, sweepRevoke } from "../../lib/broker/sweeps.ts";
import { type GrantId, grantIdFrom } from "../../lib/grant/ids.ts";
import type { TargetSpec } from "../../lib/grant/target-spec.ts";
import type { Policy } from "../../lib/policy/policy.ts";
import { createAwsAuthTarget } from "../../lib/targets/aws-auth/target.ts";
import { createIamGroupTarget } from "../../lib/targets/iam-group.ts";
import { createPrincipals } from "../../lib/targets/principals.ts";
import type { Target, Targets } from "../../lib/targets/target.ts";
import type { MemoryStore } from "../support/memory-store.ts";
import { CLUSTERS, GROUPS, POLICY, USER_NAMES } from "./catalogue.ts";
import { createSimulatedClusters, type SimulatedClusters } from "./cluster.ts";
import { createIam, type Iam } from "./iam.ts";
import type { Memo, Mutant } from "./mutants.ts";
import { callOutside, type Process, type World } from "./outside.ts";
import { createSlack, type SimulatedSlack } from "./slack.ts";
import { createDynamoDBTable, createMemoryTable } from "./table.ts";
import { createTruth, type Truth } from "./truth.ts";

const SECOND = 1_000;
/** How long an invocation may run, as on AWS; chosen by schedule. */
const RUNS_MS = [20 * SECOND, 40 * SECOND, 75 * SECOND] as const;
/**
 * Once nothing is wrong any more: the longest pause between two tries, two passes, the leases of a
 * process that died, the settle time, and the time that the work itself takes.
 */
export const GRACE_MS =
  120 * SECOND + 2 * 75 * SECOND + (75 + 20) * SECOND + 15 * SECOND + 30 * SECOND;

export interface Scene {
  readonly world: World;
  readonly loop: World["loop"];
  readonly random: World["random"];
  readonly truth: Truth;
  readonly store: MemoryStore;
  readonly iam: Iam;
  readonly clusters: SimulatedClusters;
  readonly slack: SimulatedSlack;
  readonly mutant: Mutant;
  readonly isTelling: boolean;
  readonly deploy: (policy: Policy) => void;
  /** Somebody clicks: the internet-facing function, which lives for a few seconds. */
  readonly click: (what: string, work: (ports: Ports) => Promise<unknown>) => void;
  readonly wake: (worker: Worker, ids?: readonly GrantId[]) => void;
  /** What somebody is to do at `at`: until then the schedule is not over. */
  readonly plan: (at: number, act: () => void) => void;
  /** When the last of it is to be done, or the last write lands that is on its way. */
  readonly busyUntil: () => number;
  /** How many processes are alive. */
  readonly atWork: () => number;
}

export interface SceneOptions {
  readonly mutant?: Mutant;
  /** Whether Slack is told what becomes of grants. */
  readonly isTelling?: boolean;
  /** The table is reached by DynamoDB's requests, one by one; else by the methods of the store. */
  readonly isOnDynamoDB?: boolean;
  /** Clocks are right; else those of workers are off by some seconds, either way. */
  readonly isOnTime?: boolean;
  /** What stands in the clusters is written in any of the ways that people and tools have. */
  readonly isOdd?: boolean;
  readonly tell?: (line: string) => void;
}

/** How far a clock that is kept in time may be off. */
const LONGEST_SKEW_MS = 2_000;

/** The world at its beginning: nobody has acted, nothing is scheduled. */
export function createScene(
  { random, loop, chaos, figures }: Pick<World, "random" | "loop" | "chaos" | "figures">,
  {
    mutant = {},
    isTelling = true,
    isOnDynamoDB = false,
    isOnTime = true,
    isOdd = false,
    tell,
  }: SceneOptions = {},
): Scene {
  const startAt = loop.now();
  const clockText = () => `+${((loop.now() - startAt) / SECOND).toFixed(3).padStart(8)}s`;
  const trace = tell && ((line: () => string) => tell(`${clockText()}  ${line()}`));
  const skewMs = isOnTime ? 0 : random.between(1, LONGEST_SKEW_MS);
  if (skewMs > 0) chaos.met("clocks off");
  const world: World = { loop, random, chaos, figures, trace, landsUntil: 0, skewMs };
  const truth: Truth = createTruth(world, {
    store: () => table.store,
    iam: () => iam,
    clusters: () => clusters,
    slack: () => slack,
  });
  const createTable = isOnDynamoDB ? createDynamoDBTable : createMemoryTable;
  const memo: Memo = new Map();
  const table = createTable(world, truth, mutant, memo);
  const iam = createIam(world, truth, GROUPS, USER_NAMES);
  const clusters = createSimulatedClusters(world, truth, CLUSTERS, { isOdd });
  const slack = createSlack(world);
  let policy = POLICY;
  let plannedUntil = 0;
  const working = new Set<Process>();
  let processes = 0;
  let names = 0;
  const runMs = random.pick(RUNS_MS);

  const start = (name: string, livesMs: number): Process => {
    const process = {
      name: `${name}#${++processes}`,
      deadlineAt: loop.now() + livesMs,
      deployed: policy,
      dead: false,
    };
    return process;
  };
  /** The platform ends what is still at work at its deadline; what is on its way lands. */
  const live = (process: Process, work: Promise<unknown>) => {
    let isDone = false;
    working.add(process);
    const done = (how: string) => {
      isDone = true;
      working.delete(process);
      trace?.(() => `${process.name} ${how}`);
    };
    work.then(
      () => done("is done"),
      (error: unknown) => done(`fails: ${String(error)}`),
    );
    loop.at(process.deadlineAt, () => {
      if (isDone || process.dead) return;
      process.dead = true;
      chaos.met("deadline");
      trace?.(() => `${process.name} ✝ at its deadline`);
    });
  };

  const portsOf = (process: Process, worker?: Worker): Ports => {
    const aheadMs = worker === undefined ? 0 : (process.aheadMs ?? 0);
    const clock: Clock = {
      now: () => loop.now() + aheadMs,
      // A sweep waits in slices of 250 ms: longer ones here, as a sleep may, or nothing else would happen.
      sleep: (ms) =>
        process.dead
          ? new Promise(() => undefined)
          : whileAlive(process, loop.sleep(ms < 250 ? ms : ms + random.between(0, 3 * ms))),
    };
    const realIam = iam.client(process);
    const iamClient = mutant.iam?.(realIam, memo) ?? realIam;
    const client = () => iamClient;
    const reach = clusters.reach(process);
    const targets = {
      "iam-group": roomIn(mutant, createIamGroupTarget({ client, clock })),
      "aws-auth": roomIn(
        mutant,
        createAwsAuthTarget({ clusters: mutant.clusters?.(reach) ?? reach, clock }),
      ),
    } as unknown as Targets;
    return {
      policy: mutant.policy?.(process.deployed, POLICY) ?? process.deployed,
      clock,
      ids: { grantId: () => grantIdFrom(digits(++names)), owner: () => `owner-${++names}` },
      store: table.reach(process),
      directory: slack.directory(process),
      principals: createPrincipals({ client }),
      targets,
      messenger: slack.messenger(process),
      kick: async (to, ids) => {
        if (process.dead) return;
        if (chaos.kicksAreCalls) await kickAsCall(process, to, ids);
        else kickLater(to, ids);
      },
      log: { info: () => {}, warn: () => {}, error: () => {} },
      metrics: { note: () => {}, publish: () => {} },
    };
  };

  const wake = (worker: Worker, ids?: readonly GrantId[]) => {
    const process = start(ids === undefined ? worker : `${worker}!`, runMs);
    const offMs = skewMs === 0 ? 0 : random.between(-skewMs, skewMs);
    process.aheadMs = offMs + (mutant.skewMs?.[worker] ?? 0);
    trace?.(() => `${process.name} starts ${ids?.join(" ") ?? ""}`);
    live(
      process,
      WORK[worker](
        portsOf(process, worker),
        { deadlineAt: process.deadlineAt + process.aheadMs },
        ids,
      ),
    );
  };
  /** It is tried once and never throws. */
  const kickAsCall = (process: Process, worker: Worker, ids: readonly GrantId[]) =>
    callOutside<void>(world, process, {
      name: `kick ${worker} ${ids.join(" ")}`,
      timeoutMs: 2 * SECOND,
      faults: ["before", "lost", "late", "twice", "death"],
      effect: () => wake(worker, ids),
      failure: () => undefined,
    });
  const kickLater = (worker: Worker, ids: readonly GrantId[]) => {
    const inDisorder = chaos.isOn();
    const soon = () => loop.now() + random.between(5, 400);
    if (inDisorder && random.chance(0.15)) return chaos.met("kick lost");
    if (inDisorder && random.chance(0.1)) {
      // Also so late that a window that began without it is over, or nearly.
      const at =
        loop.now() + (random.chance(0.5) ? random.between(2, 40) : random.between(50, 75)) * SECOND;
      chaos.met("kick late", at);
      loop.at(at, () => wake(worker, ids));
      return;
    }
    if (inDisorder && random.chance(0.1)) {
      chaos.met("kick twice");
      loop.at(soon(), () => wake(worker, ids));
    }
    loop.at(soon(), () => wake(worker, ids));
  };

  return {
    world,
    loop,
    random,
    truth,
    store: table.store,
    iam,
    clusters,
    slack,
    mutant,
    isTelling,
    deploy(next) {
      trace?.(() => `somebody deploys ${next.hash}`);
      policy = next;
    },
    click(what, work) {
      const process = start("slack", 10 * SECOND);
      trace?.(() => `${process.name} ${what}`);
      live(process, work(portsOf(process)));
    },
    wake,
    plan(at, act) {
      plannedUntil = Math.max(plannedUntil, at);
      loop.at(at, act);
    },
    busyUntil: () => Math.max(plannedUntil, world.landsUntil),
    atWork() {
      for (const process of working) if (process.dead) working.delete(process);
      return working.size;
    },
  };
}

function whileAlive(process: Process, sleeping: Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    void sleeping.then(() => {
      if (!process.dead) resolve();
    });
  });
}

function roomIn(mutant: Mutant, room: unknown): Target<TargetSpec> {
  const real = room as Target<TargetSpec>;
  return { ...real, ...mutant.room?.(real) };
}

const WORK = { provision: sweepProvision, revoke: sweepRevoke, announce } as const;

function digits(count: number): Uint8Array {
  return new Uint8Array(10).map((_, place) => Math.floor(count / 32 ** (9 - place)) % 32);
}
