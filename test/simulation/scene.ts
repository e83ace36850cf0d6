// The scene of the simulation: the broker's processes as they are deployed, over a table, IAM, clusters and Slack in memory.

import { announce } from "../../lib/broker/announce.ts";
import type { Clock, Ports, Worker } from "../../lib/broker/ports.ts";
import type { Run } from "../../lib/broker/run.ts";
import { sweepProvision, sweepRevoke } from "../../lib/broker/sweeps.ts";
import { type GrantId, grantIdFrom, type SlackUserId } from "../../lib/grant/ids.ts";
import type { TargetSpec } from "../../lib/grant/target-spec.ts";
import type { Policy } from "../../lib/policy/policy.ts";
import type { Subject } from "../../lib/store/store.ts";
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
import { ANNOUNCED_WITHIN_MS, createSlack, type SimulatedSlack } from "./slack.ts";
import { createDynamoDBTable, createMemoryTable } from "./table.ts";
import { createTruth, type Truth } from "./truth.ts";

const SECOND = 1_000;
/** How long an invocation may run, as on AWS; chosen by schedule. */
const RUNS_MS = [20 * SECOND, 40 * SECOND, 75 * SECOND] as const;
/** How long somebody's click is worked on at most, and how long it waits for what Slack says of people. */
const CLICK_MS = 10 * SECOND;
const READ_WITHIN_MS = SECOND;
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
  readonly click: (
    what: string,
    work: (ports: Ports, process: Process) => Promise<unknown>,
  ) => void;
  /** Somebody looks at their App Home. */
  readonly openHome: (user: SlackUserId) => void;
  readonly wake: (worker: Worker, subjects?: readonly Subject[]) => void;
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
  const truth: Truth = createTruth(
    world,
    {
      store: () => table.store,
      iam: () => iam,
      clusters: () => clusters,
      slack: () => slack,
      wasRedeployed: () => wasRedeployed,
    },
    isTelling,
  );
  const createTable = isOnDynamoDB ? createDynamoDBTable : createMemoryTable;
  const memo: Memo = new Map();
  const table = createTable(world, truth, mutant, memo);
  const iam = createIam(world, truth, GROUPS, USER_NAMES);
  const clusters = createSimulatedClusters(world, truth, CLUSTERS, { isOdd });
  const slack = createSlack(world, truth, mutant);
  let policy = POLICY;
  let wasRedeployed = false;
  let plannedUntil = 0;
  const working = new Set<Process>();
  let processes = 0;
  let names = 0;
  const runMs = random.pick(RUNS_MS);

  const start = (name: string, livesMs: number): Process => {
    const process = {
      name: `${name}#${++processes}`,
      startedAt: loop.now(),
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
    const directory = slack.directory(
      process,
      clock,
      worker === undefined ? READ_WITHIN_MS : ANNOUNCED_WITHIN_MS,
    );
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
      directory: { ...directory, ...mutant.directory?.(directory, worker) },
      principals: createPrincipals({ client }),
      targets,
      messenger: slack.messenger(process, clock),
      kick: (to, ids) =>
        kick(
          process,
          to,
          ids.map((grant) => ({ grant })),
        ),
      log: { info: () => {}, warn: () => {}, error: () => {} },
      metrics: { note: () => {}, publish: () => {} },
    };
  };

  const wake: Scene["wake"] = (worker, subjects) => {
    const process = start(subjects === undefined ? worker : `${worker}!`, runMs);
    const offMs = skewMs === 0 ? 0 : random.between(-skewMs, skewMs);
    process.aheadMs = offMs + (mutant.skewMs?.[worker] ?? 0);
    trace?.(() => `${process.name} starts ${named(subjects ?? [])}`);
    live(
      process,
      WORK[worker](
        portsOf(process, worker),
        { deadlineAt: process.deadlineAt + process.aheadMs },
        subjects,
      ),
    );
  };
  const kick = async (process: Process, worker: Worker, subjects: readonly Subject[]) => {
    if (process.dead || (worker === "announce" && !isTelling)) return;
    if (chaos.kicksAreCalls) await kickAsCall(process, worker, subjects);
    else kickLater(worker, subjects);
  };
  /** It is tried once and never throws. */
  const kickAsCall = (process: Process, worker: Worker, subjects: readonly Subject[]) =>
    callOutside<void>(world, process, {
      name: `kick ${worker} ${named(subjects)}`,
      timeoutMs: 2 * SECOND,
      faults: ["before", "lost", "late", "twice", "death"],
      effect: () => wake(worker, subjects),
      failure: () => undefined,
    });
  const kickLater = (worker: Worker, subjects: readonly Subject[]) => {
    const inDisorder = chaos.isOn();
    const soon = () => loop.now() + random.between(5, 400);
    if (inDisorder && random.chance(0.15)) return chaos.met("kick lost");
    if (inDisorder && random.chance(0.1)) {
      // Also so late that a window that began without it is over, or nearly.
      const at =
        loop.now() + (random.chance(0.5) ? random.between(2, 40) : random.between(50, 75)) * SECOND;
      chaos.met("kick late", at);
      loop.at(at, () => wake(worker, subjects));
      return;
    }
    if (inDisorder && random.chance(0.1)) {
      chaos.met("kick twice");
      loop.at(soon(), () => wake(worker, subjects));
    }
    loop.at(soon(), () => wake(worker, subjects));
  };
  const click: Scene["click"] = (what, work) => {
    const process = start("slack", CLICK_MS);
    trace?.(() => `${process.name} ${what}`);
    live(process, work(portsOf(process), process));
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
      wasRedeployed = true;
    },
    click,
    openHome: (user) =>
      click(`${user} opens their App Home`, async ({ store, clock }, process) => {
        await store.homeOpened(user, clock.now());
        await kick(process, "announce", [{ home: user }]);
      }),
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

type Work = (ports: Ports, run: Run, subjects: readonly Subject[] | undefined) => Promise<unknown>;

const WORK = {
  provision: (ports, run, subjects) => sweepProvision(ports, run, subjects && grantsIn(subjects)),
  revoke: (ports, run, subjects) => sweepRevoke(ports, run, subjects && grantsIn(subjects)),
  announce,
} as const satisfies Record<Worker, Work>;

function grantsIn(subjects: readonly Subject[]): readonly GrantId[] {
  return subjects.flatMap((subject) => ("grant" in subject ? [subject.grant] : []));
}

function named(subjects: readonly Subject[]): string {
  return subjects.map((subject) => ("grant" in subject ? subject.grant : subject.home)).join(" ");
}

function digits(count: number): Uint8Array {
  return new Uint8Array(10).map((_, place) => Math.floor(count / 32 ** (9 - place)) % 32);
}
