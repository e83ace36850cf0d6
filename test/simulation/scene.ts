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
import { createMemoryStore, type MemoryStore } from "../support/memory-store.ts";
import { CLUSTERS, GROUPS, POLICY, USER_NAMES } from "./catalogue.ts";
import { createSimulatedClusters, type SimulatedClusters } from "./cluster.ts";
import { createIam, type Iam } from "./iam.ts";
import type { Mutant } from "./mutants.ts";
import type { Process, World } from "./outside.ts";
import { directoryOf, messengerOf } from "./slack.ts";
import { storeOf } from "./table.ts";
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
  readonly mutant: Mutant;
  readonly deploy: (policy: Policy) => void;
  /** Somebody clicks: the internet-facing function, which lives for a few seconds. */
  readonly click: (what: string, work: (ports: Ports) => Promise<unknown>) => void;
  readonly wake: (worker: Worker, ids?: readonly GrantId[]) => void;
}

/** The world at its beginning: nobody has acted, nothing is scheduled. */
export function createScene(
  { random, loop, chaos, figures }: Pick<World, "random" | "loop" | "chaos" | "figures">,
  { mutant = {}, tell }: { mutant?: Mutant; tell?: (line: string) => void } = {},
): Scene {
  const startAt = loop.now();
  const clockText = () => `+${((loop.now() - startAt) / SECOND).toFixed(3).padStart(8)}s`;
  const trace = tell && ((line: () => string) => tell(`${clockText()}  ${line()}`));
  const world: World = { loop, random, chaos, figures, trace };
  const memory = createMemoryStore();
  const store = { ...memory, ...mutant.store?.(memory) };
  const truth: Truth = createTruth(world, {
    store: () => memory,
    iam: () => iam,
    clusters: () => clusters,
  });
  const iam = createIam(world, truth, GROUPS, USER_NAMES);
  const clusters = createSimulatedClusters(world, truth, CLUSTERS);
  let policy = POLICY;
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
    const done = (how: string) => {
      isDone = true;
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
    const skewMs = worker === undefined ? 0 : (mutant.skewMs?.[worker] ?? 0);
    const clock: Clock = {
      now: () => loop.now() + skewMs,
      // A sweep waits in slices of 250 ms: longer ones here, as a sleep may, or nothing else would happen.
      sleep: (ms) =>
        process.dead
          ? new Promise(() => undefined)
          : whileAlive(process, loop.sleep(ms < 250 ? ms : ms + random.between(0, 3 * ms))),
    };
    const client = (real = iam.client(process)) => mutant.iam?.(real) ?? real;
    const reach = clusters.reach(process);
    const targets = {
      "iam-group": roomIn(mutant, createIamGroupTarget({ client: () => client(), clock })),
      "aws-auth": roomIn(
        mutant,
        createAwsAuthTarget({ clusters: mutant.clusters?.(reach) ?? reach, clock }),
      ),
    } as unknown as Targets;
    return {
      policy: mutant.policy?.(process.deployed, POLICY) ?? process.deployed,
      clock,
      ids: { grantId: () => grantIdFrom(digits(++names)), owner: () => `owner-${++names}` },
      store: storeOf(world, process, store, memory, truth),
      directory: directoryOf(world, process),
      principals: createPrincipals({ client: () => client() }),
      targets,
      messenger: messengerOf(world, process),
      kick: async (to, ids) => {
        if (!process.dead) kickLater(to, ids);
      },
      log: { info: () => {}, warn: () => {}, error: () => {} },
      metrics: { note: () => {}, publish: () => {} },
    };
  };

  const wake = (worker: Worker, ids?: readonly GrantId[]) => {
    const process = start(ids === undefined ? worker : `${worker}!`, runMs);
    trace?.(() => `${process.name} starts ${ids?.join(" ") ?? ""}`);
    live(
      process,
      WORK[worker](
        portsOf(process, worker),
        { deadlineAt: process.deadlineAt + (mutant.skewMs?.[worker] ?? 0) },
        ids,
      ),
    );
  };
  const kickLater = (worker: Worker, ids: readonly GrantId[]) => {
    const inDisorder = chaos.isOn();
    const soon = () => loop.now() + random.between(5, 400);
    if (inDisorder && random.chance(0.15)) return chaos.met("kick lost");
    if (inDisorder && random.chance(0.1)) {
      const at = loop.now() + random.between(2, 40) * SECOND;
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
    store: memory,
    iam,
    clusters,
    mutant,
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
