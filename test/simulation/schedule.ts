// One schedule: the whole broker, its people and its troubles, played from a seed until all is quiet.

import { announce } from "../../lib/broker/announce.ts";
import {
  approveRequest,
  cancelRequest,
  denyRequest,
  endAccess,
} from "../../lib/broker/decide-request.ts";
import type { Clock, Ports, Worker } from "../../lib/broker/ports.ts";
import { provisionDue } from "../../lib/broker/provision.ts";
import { requestAccess } from "../../lib/broker/request-access.ts";
import { endDue } from "../../lib/broker/revoke-due.ts";
import { kickedSource, queueSource, sweep } from "../../lib/broker/sweep.ts";
import { endDueAt, type Grant, provisionDueAt } from "../../lib/grant/grant.ts";
import { type GrantId, grantIdFrom, type SlackUserId } from "../../lib/grant/ids.ts";
import type { TargetSpec } from "../../lib/grant/target-spec.ts";
import type { Policy } from "../../lib/policy/policy.ts";
import { type Store, StoreError } from "../../lib/store/store.ts";
import { createAwsAuthTarget } from "../../lib/targets/aws-auth/target.ts";
import { createIamGroupTarget } from "../../lib/targets/iam-group.ts";
import { createPrincipals } from "../../lib/targets/principals.ts";
import type { Target, Targets } from "../../lib/targets/target.ts";
import { createMemoryStore, type MemoryStore } from "../support/memory-store.ts";
import {
  ADA,
  BOB,
  CAT,
  CLUSTERS,
  DAN,
  ENTITLEMENT_IDS,
  EVE,
  GROUPS,
  LEE,
  MAL,
  OTHER_POLICIES,
  POLICY,
  USER_NAMES,
} from "./catalogue.ts";
import { createSimulatedClusters, type SimulatedClusters } from "./cluster.ts";
import { createIam, type Iam } from "./iam.ts";
import { createLoop } from "./loop.ts";
import type { Mutant } from "./mutants.ts";
import {
  type Chaos,
  callOutside,
  FAULTS,
  type Fault,
  type Figures,
  MISHAPS,
  type Process,
  type World,
} from "./outside.ts";
import { createRandom } from "./random.ts";
import { createTruth, type Truth, type Violation } from "./truth.ts";

const SECOND = 1_000;
const MINUTE = 60_000;
const START_AT = Date.UTC(2026, 10, 22, 14);
/** How long an invocation may run, as on AWS; chosen by schedule. */
const RUNS_MS = [20 * SECOND, 40 * SECOND, 75 * SECOND] as const;
/**
 * Once nothing is wrong any more: the longest pause between two tries, two passes, the leases of a
 * process that died, the settle time, and the time that the work itself takes.
 */
const GRACE_MS = 120 * SECOND + 2 * 75 * SECOND + (75 + 20) * SECOND + 15 * SECOND + 30 * SECOND;

export interface Outcome {
  readonly violation: Violation | undefined;
  readonly figures: Figures;
  readonly grants: number;
  readonly ended: number;
}

export function noFigures(): Figures {
  const faults = Object.fromEntries([...FAULTS, ...MISHAPS].map((kind) => [kind, 0]));
  return { calls: 0, checks: 0, deadClaims: 0, faults: faults as Figures["faults"] };
}

/** Plays the schedule of `seed`. The same seed plays the same, call by call. */
export async function playSchedule(
  seed: number,
  { mutant = {}, tell }: { mutant?: Mutant; tell?: (line: string) => void } = {},
): Promise<Outcome> {
  const scene = createScene(seed, mutant, tell);
  peopleAct(scene);
  worldTurns(scene);
  schedulesRun(scene);
  const { loop, truth, store, world } = scene;
  const limitAt = () => Math.max(scene.lastFaultAt(), lastEnd(store), scene.healsAt) + GRACE_MS;
  const isQuiet = () =>
    loop.now() > scene.healsAt && store.grants().every(({ grant }) => isOver(grant));
  const isStopped = () => truth.violation !== undefined || loop.now() > limitAt();
  await loop.play(() => isStopped() || isQuiet());
  const isTold = async () => (await store.toAnnounce(Number.MAX_SAFE_INTEGER, 1)).length === 0;
  while (!isStopped() && !(await isTold())) {
    const until = loop.now() + 10 * SECOND;
    await loop.play(() => isStopped() || loop.now() > until);
  }
  if (truth.violation === undefined && loop.now() > limitAt()) {
    const open = store.grants().filter(({ grant }) => !isOver(grant));
    truth.broken(
      "once faults heal everything comes to its end",
      open.map(({ grant }) => `${grant.id} is ${grant.status}`).join(", ") || "not announced",
    );
  }
  if (truth.violation === undefined) truth.checkEnd();
  const all = store.grants();
  return {
    violation: truth.violation,
    figures: world.figures,
    grants: all.length,
    ended: all.filter(({ grant }) => grant.status === "ended").length,
  };
}

function lastEnd(store: MemoryStore): number {
  const ends = store
    .grants()
    .map(({ grant }) => ("window" in grant && grant.window ? grant.window.expiresAt : 0));
  return Math.max(0, ...ends);
}

function isOver({ status }: Grant): boolean {
  return ["denied", "cancelled", "lapsed", "ended"].includes(status);
}

// --- The scene ---

interface Scene {
  readonly world: World;
  readonly loop: World["loop"];
  readonly random: World["random"];
  readonly truth: Truth;
  readonly store: MemoryStore;
  readonly iam: Iam;
  readonly clusters: SimulatedClusters;
  readonly mutant: Mutant;
  /** From then on nothing goes wrong any more. */
  readonly healsAt: number;
  readonly lastFaultAt: () => number;
  readonly deploy: (policy: Policy) => void;
  /** Somebody clicks: the internet-facing function, which lives for a few seconds. */
  readonly click: (what: string, work: (ports: Ports) => Promise<unknown>) => void;
  readonly wake: (worker: Worker, ids?: readonly GrantId[]) => void;
}

function createScene(seed: number, mutant: Mutant, tell?: (line: string) => void): Scene {
  const random = createRandom(seed);
  const loop = createLoop(random, START_AT);
  const healsAt = START_AT + random.between(3, 7) * MINUTE;
  const rate = random.pick([0, 0.02, 0.05, 0.1, 0.2]);
  let lastFaultAt = START_AT;
  const figures = noFigures();
  // In every third schedule it is above all the writes to the targets that go wrong.
  const writeRate = rate > 0 && random.chance(0.33) ? random.pick([0.4, 0.6]) : 3 * rate;
  const chaos: Chaos = {
    rate: () => (loop.now() < healsAt ? rate : 0),
    writeRate: () => (loop.now() < healsAt ? writeRate : 0),
    met(fault, until = loop.now()) {
      figures.faults[fault] += 1;
      lastFaultAt = Math.max(lastFaultAt, until);
    },
  };
  const clockText = () => `+${((loop.now() - START_AT) / SECOND).toFixed(3).padStart(8)}s`;
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
    const inDisorder = chaos.rate() > 0;
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
    healsAt,
    lastFaultAt: () => lastFaultAt,
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

const WORK: Readonly<
  Record<
    Worker,
    (ports: Ports, run: { deadlineAt: number }, ids?: readonly GrantId[]) => Promise<unknown>
  >
> = {
  provision: (ports, run, ids) =>
    sweep(ports, run, {
      sources: ids
        ? [kickedSource(ports, ids)]
        : [queueSource(ports, "begun"), queueSource(ports, "provision")],
      dueAt: provisionDueAt,
      work: (batch) => provisionDue(ports, run, batch),
    }),
  revoke: (ports, run, ids) =>
    sweep(ports, run, {
      sources: ids
        ? [kickedSource(ports, ids)]
        : [queueSource(ports, "revoke"), queueSource(ports, "begun")],
      dueAt: endDueAt,
      work: (batch) => endDue(ports, run, batch),
    }),
  announce,
};

// --- The table, Slack ---

const READ_FAULTS: readonly [Fault, ...Fault[]] = ["before", "throttled", "death"];
const WRITE_FAULTS: readonly [Fault, ...Fault[]] = ["before", "lost", "throttled", "late", "death"];
const READS: ReadonlySet<string> = new Set(["load", "due", "toAnnounce"]);
const METHODS = [
  "create",
  "load",
  "save",
  "due",
  "lease",
  "mark",
  "release",
  "pinPrincipal",
  "firstSeen",
  "toAnnounce",
  "holdAnnouncement",
  "saveAnnouncement",
] as const satisfies readonly (keyof Store)[];

/** The table as one process reaches it; every change of a row is shown to the truth. */
function storeOf(
  world: World,
  process: Process,
  store: Store,
  memory: MemoryStore,
  truth: Truth,
): Store {
  const rowOf = (id: string) => memory.grants().find(({ grant }) => grant.id === id);
  const method = (name: (typeof METHODS)[number]) => {
    const faults = READS.has(name) ? READ_FAULTS : WRITE_FAULTS;
    return (...args: unknown[]) =>
      callOutside<unknown>(world, process, {
        name: `table ${name} ${told(args)}`,
        timeoutMs: 3_000,
        faults,
        async effect() {
          const id = name === "create" || name === "save" ? (args[0] as Grant).id : undefined;
          const before = id && rowOf(id);
          const answer: unknown = await Reflect.apply(store[name] as () => unknown, store, args);
          if (id) truth.rowChanged(process, before, rowOf(id));
          return answer;
        },
        failure: (kind) => {
          throw new StoreError("unavailable", kind);
        },
      });
  };
  return Object.fromEntries(METHODS.map((name) => [name, method(name)])) as unknown as Store;
}

function told(args: readonly unknown[]): string {
  const [first] = args;
  if (typeof first === "object" && first !== null && "id" in first && "status" in first) {
    return `${first.id} ${first.status}`;
  }
  return String(first);
}

function directoryOf(world: World, process: Process): Ports["directory"] {
  return {
    members: (usergroup) =>
      callOutside(world, process, {
        name: `slack members ${usergroup}`,
        timeoutMs: 3_000,
        faults: READ_FAULTS,
        effect: () => new Set([LEE]),
        failure: (kind) => {
          throw new Error(`Slack: ${kind}`);
        },
      }),
  };
}

function messengerOf(world: World, process: Process): Ports["messenger"] {
  return {
    show: (grant, version, shown) =>
      callOutside(world, process, {
        name: `slack show ${grant.id} v${version}`,
        timeoutMs: 8_000,
        faults: ["before", "lost", "throttled", "death"],
        effect: () => ({ shown: { ...shown, version } }),
        failure: (kind) => ({
          shown,
          problem: kind,
          ...(kind === "throttled" ? { retryAfterMs: 7_000 } : {}),
        }),
      }),
  };
}

// --- What happens ---

/** The schedules, about every minute: missed now and then, or twice. */
function schedulesRun({ world, loop, random, healsAt, wake, mutant, truth, lastFaultAt }: Scene) {
  for (const worker of ["provision", "revoke", "announce"] as const) {
    const tick = () => {
      loop.at(loop.now() + MINUTE, tick);
      truth.checkOverdue(lastFaultAt(), GRACE_MS);
      const inDisorder = world.chaos.rate() > 0 && loop.now() < healsAt;
      if (mutant.asleep?.includes(worker)) return;
      if (inDisorder && random.chance(0.1)) return world.chaos.met("sweep missed");
      wake(worker);
      if (!inDisorder || !random.chance(0.1)) return;
      world.chaos.met("sweep twice");
      wake(worker);
    };
    loop.at(loop.now() + random.between(0, MINUTE), tick);
  }
}

/** Administrators, other people's tools, and the weather. */
function worldTurns(scene: Scene) {
  const { world, loop, random, iam, clusters, truth, healsAt, deploy } = scene;
  const lasts = healsAt - loop.now();
  const sometime = () => loop.now() + random.between(0, lasts);
  for (const group of GROUPS) {
    for (const name of USER_NAMES) {
      if (!random.chance(0.1)) continue;
      iam.join(group, name);
      truth.stands(group, iam.users.get(name) ?? "");
      world.trace?.(() => `${name} has always been in ${group}`);
    }
  }
  for (const cluster of CLUSTERS) {
    for (let edits = random.between(0, 16); edits > 0; edits--) {
      loop.at(sometime(), () => clusters.editByHand(cluster));
    }
    if (world.chaos.rate() > 0 && random.chance(0.2)) {
      loop.at(sometime(), () => {
        const until = Math.min(healsAt, loop.now() + random.between(10, 120) * SECOND);
        world.chaos.met("cluster away", until);
        clusters.goAway(cluster, until);
      });
    }
  }
  if (world.chaos.rate() > 0 && random.chance(0.3)) {
    loop.at(sometime(), () => {
      const until = Math.min(healsAt, loop.now() + random.between(10, 120) * SECOND);
      world.chaos.met("iam writes down", until);
      iam.writesFailUntil(until);
      world.trace?.(() => "IAM throttles every write for a while");
    });
  }
  if (random.chance(0.3)) {
    loop.at(sometime(), () => deploy(random.pick(OTHER_POLICIES)));
    if (random.chance(0.5)) loop.at(sometime(), () => deploy(POLICY));
  }
  if (random.chance(0.15)) {
    loop.at(sometime(), () => {
      const name = random.pick(USER_NAMES);
      if (iam.recreate(name)) world.trace?.(() => `${name} is deleted and made anew`);
    });
  }
}

/** Requests, and for each what people do to it: in time, twice, too late, or though they may not. */
function peopleAct(scene: Scene) {
  const { loop, random, healsAt, click } = scene;
  const lasts = healsAt - loop.now() - MINUTE;
  for (let requests = random.between(2, 7); requests > 0; requests--) {
    loop.at(loop.now() + random.between(0, lasts), () => {
      const by = random.pick([ADA, ADA, ADA, DAN, DAN, MAL]);
      const entitlementId = random.pick(ENTITLEMENT_IDS);
      const duration = random.between(60, 180) * SECOND;
      click(`${by} asks for ${entitlementId} for ${duration / SECOND} s`, async (ports) => {
        const asked = await requestAccess(ports, { by, entitlementId, duration, from: "slack" });
        if (asked.allowed) peopleAnswer(scene, asked.grant.id, by);
      });
    });
  }
}

function peopleAnswer(
  { world, loop, random, click }: Scene,
  grantId: GrantId,
  requester: SlackUserId,
) {
  const within = (least: number, most: number) =>
    loop.now() + random.between(least * SECOND, most * SECOND);
  const act = (at: number, verb: keyof typeof VERBS, by: SlackUserId) =>
    loop.at(at, () =>
      click(`${by} would ${verb} ${grantId}`, (ports) =>
        VERBS[verb](ports, { grantId, by, from: "slack" }),
      ),
    );
  const at = within(1, 30);
  if (random.chance(0.9)) act(at, "approve", random.pick([BOB, BOB, LEE, EVE]));
  if (random.chance(0.6))
    act(at + random.between(-500, 500), "approve", random.pick([LEE, EVE, BOB]));
  if (random.chance(0.2)) act(at, "approve", random.pick([BOB, MAL, requester]));
  if (random.chance(0.1)) act(at + random.between(-500, 500), "deny", random.pick([LEE, BOB, MAL]));
  if (random.chance(0.1))
    act(at + random.between(-500, 500), "cancel", random.pick([requester, MAL]));
  if (random.chance(0.3)) act(within(2, 150), "end", random.pick([requester, BOB, CAT, MAL]));
  // A write whose answer was lost lands within seconds: an end in just that time is the hardest.
  if (random.chance(0.25 + world.chaos.writeRate())) {
    act(at + random.between(1, 25) * SECOND, "end", requester);
  }
}

const VERBS = {
  approve: approveRequest,
  deny: denyRequest,
  cancel: cancelRequest,
  end: endAccess,
} as const;

function digits(count: number): Uint8Array {
  return new Uint8Array(10).map((_, place) => Math.floor(count / 32 ** (9 - place)) % 32);
}
