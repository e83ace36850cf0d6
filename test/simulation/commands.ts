// The simulation driven by fast-check: commands of people, schedules, administrators and the weather, and its scheduler for the order of all calls.

import { nextTick } from "node:process";
import fc from "fast-check";
import {
  approveRequest,
  cancelRequest,
  denyRequest,
  endAccess,
} from "../../lib/broker/decide-request.ts";
import { approveExtension, denyExtension, extendAccess } from "../../lib/broker/extend-access.ts";
import type { Worker } from "../../lib/broker/ports.ts";
import { requestAccess } from "../../lib/broker/request-access.ts";
import type { Grant } from "../../lib/grant/grant.ts";
import type { GrantId, SlackUserId } from "../../lib/grant/ids.ts";
import type { Policy } from "../../lib/policy/policy.ts";
import type { Stored } from "../../lib/store/store.ts";
import {
  ADA,
  approversOf,
  BOB,
  CAT,
  CLUSTERS,
  DAN,
  ENTITLEMENT_IDS,
  EVE,
  extensionsOf,
  GROUPS,
  LEE,
  MAL,
  OTHER_POLICIES,
  POLICY,
  USER_NAMES,
} from "./catalogue.ts";
import type { Loop } from "./loop.ts";
import type { Mutant, Verb } from "./mutants.ts";
import {
  type Chaos,
  FAULTS,
  type Fault,
  type Figures,
  type Mishap,
  noFigures,
  type Process,
} from "./outside.ts";
import { createRandom } from "./random.ts";
import { createScene, type Scene } from "./scene.ts";
import { playToEnd } from "./schedule.ts";
import type { Violation } from "./truth.ts";
import { withVirtualTimeouts } from "./virtual-timeouts.ts";
import { schedulesRun } from "./weather.ts";

const SECOND = 1_000;
const START_AT = Date.UTC(2026, 10, 22, 14);
/** Of a run; about half of what is drawn can be done when its turn comes. */
const MOST_COMMANDS = 160;
/** A run of at least so many commands is a long one. */
const LONG = 40;

// --- Time: what is due within a moment happens in the order that the scheduler likes ---

/**
 * So much later than its time something can happen at most. NB. Small enough to be no fault of its own: a
 * late write lands half a second before the broker takes it for settled (see LATEST_MS in outside.ts), and
 * may be put off twice.
 */
export const MOMENT_MS = 250;

interface Event {
  readonly at: number;
  readonly run: () => void;
}

interface ScheduledLoop extends Loop {
  /** Plays everything until `at` (epoch ms), or until `isOver`. */
  pass(at: number, isOver: () => boolean): Promise<void>;
}

/**
 * A loop whose events are tasks of `scheduler` as soon as they are due, or will be within a moment: a call
 * arrives, and its answer comes back, before or after all others of that moment as the scheduler decides.
 * `watch` is called before each.
 */
export function createScheduledLoop(
  scheduler: fc.Scheduler,
  startAt: number,
  watch: () => void,
): ScheduledLoop {
  let now = startAt;
  /** Not yet tasks, in the order of their time. */
  const waiting: Event[] = [];
  const tasks = new Set<Event>();

  const happen = (event: Event) => {
    tasks.delete(event);
    watch();
    now = Math.max(now, event.at);
    event.run();
    offer(now);
  };
  /** When the event is due that has waited longest, or `from`, if that is sooner. */
  const firstAt = (from: number) => [...tasks].reduce((least, { at }) => Math.min(least, at), from);
  /** Makes tasks of what is due within a moment of the first, or of `from`. */
  const offer = (from: number) => {
    const until = firstAt(from) + MOMENT_MS;
    while (waiting[0] !== undefined && waiting[0].at <= until) {
      const event = waiting.shift() as Event;
      tasks.add(event);
      void scheduler.schedule(Promise.resolve()).then(() => happen(event));
    }
  };
  const at = (time: number, run: () => void) => {
    const event = { at: Math.max(time, now), run };
    const place = waiting.findLastIndex((other) => other.at <= event.at);
    waiting.splice(place + 1, 0, event);
    offer(now);
  };
  const play = async (isOver: () => boolean, until = Number.MAX_SAFE_INTEGER) => {
    while (!isOver()) {
      const next = firstAt(waiting[0]?.at ?? Number.POSITIVE_INFINITY);
      if (next > until) return;
      if (tasks.size === 0) offer(next);
      // Not `waitNext`, which stands aside while `scheduledModelRun`, that this may be a command of, waits.
      await scheduler.waitOne();
    }
  };
  return {
    now: () => now,
    at,
    sleep: (ms) => new Promise((resolve) => at(now + ms, resolve)),
    play: (isOver) => play(isOver),
    async pass(target, isOver) {
      await play(isOver, target);
      now = Math.max(now, target);
      offer(now);
    },
  };
}

/** Node begins the next tick when no microtask is left: every promise has settled as far as it can. */
const settled = () => new Promise<void>((resolve) => nextTick(resolve));

/**
 * The scheduler of `seed`. NB. Made anew for every run: copies of one scheduler, as fast-check makes them
 * while it shrinks, go on where the copy before has stopped, and what they find could not be replayed.
 */
export function schedulerOf(seed: number): fc.Scheduler {
  const act = async (happen: () => Promise<void>) => {
    await happen();
    await settled();
  };
  const [scheduler] = fc.sample(fc.scheduler({ act }), { seed, numRuns: 1 });
  return scheduler as fc.Scheduler;
}

// --- Trouble: only what a command has ordered ---

/** The call that an ordered fault waits for. */
const CALLS = {
  call: () => true,
  "write to a target": ({ isTargetWrite }) => isTargetWrite === true,
  "write of a grant": ({ name }) => /^table (?:create|save|(?:Put|Update)Item GRANT)/.test(name),
  "lease or its end": ({ name }) =>
    /^table (?:lease|mark|release|UpdateItem ASSIGNMENT)/.test(name),
} as const satisfies Record<string, (call: Parameters<Chaos["draw"]>[0]) => boolean>;
type CallKind = keyof typeof CALLS;

interface OrderedChaos extends Chaos {
  /** The next call of that kind which can end so ends so. */
  arm(fault: Fault, next: CallKind): void;
  /** One of the processes that have called lately dies in the middle of what it does. */
  kill(nth: number): void;
  /** From now on calls dawdle, kicks are lost and reads lag; or no longer. */
  disorder(isOn: boolean): void;
  /** Nothing goes wrong from now on. */
  heal(): void;
}

function createOrderedChaos(loop: Loop, figures: Figures): OrderedChaos {
  let armed: { readonly fault: Fault; readonly next: CallKind }[] = [];
  let callers: Process[] = [];
  let isInDisorder = false;
  let healsAt = Number.MAX_SAFE_INTEGER;
  let lastFaultAt = loop.now();
  const met: Chaos["met"] = (fault, until = loop.now()) => {
    figures.faults[fault] += 1;
    lastFaultAt = Math.max(lastFaultAt, until);
  };
  return {
    get healsAt() {
      return healsAt;
    },
    lastFaultAt: () => lastFaultAt,
    isOn: () => isInDisorder,
    draw(call, by) {
      callers = [by, ...callers.filter((each) => each !== by && !each.dead)].slice(0, 6);
      const found = armed.find(
        ({ fault, next }) => call.faults.includes(fault) && CALLS[next](call),
      );
      armed = armed.filter((each) => each !== found);
      return found?.fault;
    },
    met,
    arm: (fault, next) => armed.push({ fault, next }),
    kill(nth) {
      const living = callers.filter(({ dead }) => !dead);
      const process = living[nth % living.length];
      if (process === undefined) return;
      process.dead = true;
      met("death");
    },
    disorder(isOn) {
      isInDisorder = isOn;
    },
    heal() {
      armed = [];
      isInDisorder = false;
      healsAt = loop.now();
      lastFaultAt = Math.max(lastFaultAt, healsAt);
    },
  };
}

// --- The model: what has become of each grant, and what people were told ---

type Phase = "pending" | "decided" | "live" | "over";
const PHASES: readonly Phase[] = ["pending", "decided", "live", "over"];
const PHASE_OF: Readonly<Record<Grant["status"], Phase>> = {
  pending: "pending",
  approved: "decided",
  active: "live",
  revoking: "over",
  denied: "over",
  cancelled: "over",
  lapsed: "over",
  ended: "over",
};

/** What may follow after somebody was told that this is how it stands. */
const STANDS: Readonly<Record<Grant["status"], readonly Grant["status"][]>> = {
  pending: ["pending", "approved", "active", "revoking", "denied", "cancelled", "lapsed", "ended"],
  approved: ["approved", "active", "revoking", "ended"],
  active: ["active", "revoking", "ended"],
  revoking: ["revoking", "ended"],
  denied: ["denied"],
  cancelled: ["cancelled"],
  lapsed: ["lapsed"],
  ended: ["ended"],
};

interface Known {
  readonly id: GrantId;
  readonly requester: SlackUserId;
  readonly entitlementId: string;
  readonly phase: Phase;
  readonly endsAt: number | undefined;
  /** Whether somebody is to decide on its extension. */
  readonly isAsking: boolean;
}

/** Enough of the world for every command to know whether its time has come. */
interface Model {
  readonly now: () => number;
  readonly isBroken: () => boolean;
  /** In the order of their requests. */
  readonly grants: Map<GrantId, Known>;
  /** The last thing that somebody was told of a grant: "it is done, and this is how it stands". */
  readonly told: Map<GrantId, Grant["status"]>;
  readonly away: Set<Place>;
  /** Who has left Slack. */
  readonly gone: Set<SlackUserId>;
  deployed: string;
  isInDisorder: boolean;
}

/** Brings the model up to the rows, and says what promise they break, if they do. */
function learn(model: Model, rows: readonly Stored[]): Violation | undefined {
  for (const { grant } of rows) {
    const { id, requester, status } = grant;
    const phase = PHASE_OF[status];
    const before = model.grants.get(id)?.phase ?? "pending";
    if (PHASES.indexOf(phase) < PHASES.indexOf(before)) {
      return { rule: "no grant goes back", what: `${id} was ${before} and is ${phase}` };
    }
    const told = model.told.get(id) ?? "pending";
    if (!STANDS[told].includes(status)) {
      return { rule: "what people were told stands", what: `${id} was ${told} and is ${status}` };
    }
    const endsAt = "window" in grant ? grant.window?.expiresAt : undefined;
    const entitlementId = grant.entitlement.id;
    const isAsking = "extension" in grant;
    model.grants.set(id, { id, requester, entitlementId, phase, endsAt, isAsking });
  }
  return undefined;
}

function inPhase({ grants }: Readonly<Model>, ...phases: readonly Phase[]): readonly Known[] {
  return [...grants.values()].filter(({ phase }) => phases.includes(phase));
}

/** When windows end that are not over yet, the first one first. */
function endsAhead(model: Readonly<Model>): readonly number[] {
  const ends = inPhase(model, "decided", "live").flatMap(({ endsAt }) => endsAt ?? []);
  return ends.filter((at) => at > model.now()).sort((one, other) => one - other);
}

// --- The commands ---

const KINDS = [
  "request",
  "approve",
  "approve twice",
  "deny",
  "cancel",
  "end",
  "extend",
  "approve an extension",
  "deny an extension",
  "click an old card",
  "open an App Home",
  "leave Slack",
  "wake provision",
  "wake revoke",
  "wake announce",
  "seconds pass",
  "a window ends",
  "all windows are over",
  "arm a fault",
  "a process dies",
  "disorder",
  "order",
  "something goes away",
  "something is back",
  "edit aws-auth",
  "deploy",
  "make a user anew",
] as const;
export type CommandKind = (typeof KINDS)[number];

/** One run: the world, and what was done in it. */
interface Real {
  readonly scene: Scene;
  readonly loop: ScheduledLoop;
  readonly chaos: OrderedChaos;
  /** The texts of the commands that were done, and how many of each kind. */
  readonly done: string[];
  readonly counts: Record<CommandKind, number>;
  /** Brings the model up to what has happened. */
  readonly watch: () => void;
}

type Command = fc.AsyncCommand<Model, Real>;

function command(
  kind: CommandKind,
  details: string,
  may: (model: Readonly<Model>) => boolean,
  act: (model: Model, real: Real) => void | Promise<void>,
): Command {
  const text = details === "" ? kind : `${kind}: ${details}`;
  return {
    check: (model) => !model.isBroken() && may(model),
    async run(model, real) {
      real.counts[kind] += 1;
      real.done.push(text);
      real.scene.world.trace?.(() => `» ${text}`);
      real.watch();
      await act(model, real);
    },
    toString: () => text,
  };
}

const always = () => true;
const VERBS = {
  approve: approveRequest,
  deny: denyRequest,
  cancel: cancelRequest,
  end: endAccess,
  extend: extendAccess,
  approveExtension,
  denyExtension,
} as const satisfies Readonly<Record<Verb, typeof approveRequest>>;

/** Where an act is still in time. */
const IN_TIME: Readonly<Record<Verb, readonly Phase[]>> = {
  approve: ["pending"],
  deny: ["pending"],
  cancel: ["pending"],
  end: ["decided", "live"],
  extend: ["live"],
  approveExtension: ["live"],
  denyExtension: ["live"],
};

/** Somebody clicks; what they are told is remembered, and must be no surprise. */
function clickOn(model: Model, { scene }: Real, verb: Verb, known: Known, by: SlackUserId) {
  const { id } = known;
  const soonest = IN_TIME[verb].map((phase) => PHASES.indexOf(phase));
  const isInTime = PHASES.indexOf(known.phase) <= Math.max(...soonest);
  scene.click(`${by} would ${verb} ${id}`, async (ports) => {
    const answer = await VERBS[verb](ports, { grantId: id, by, from: "slack" });
    if (answer.outcome !== "done") return;
    const told = answer.grant.status;
    if (STANDS[model.told.get(id) ?? "pending"].includes(told)) model.told.set(id, told);
    if (isInTime) return;
    scene.truth.broken("nothing is done too late", `${by} could ${verb} ${id}: ${known.phase}`);
  });
}

const nth = fc.nat({ max: 5 });
const WHO = {
  requester: ({ requester }) => requester,
  "one approver": ({ entitlementId }) => approversOf(entitlementId)[0],
  "another approver": ({ entitlementId }) => approversOf(entitlementId)[1] ?? EVE,
  Eve: () => EVE,
  "an admin": () => CAT,
  "a stranger": () => MAL,
} as const satisfies Record<string, (known: Known) => SlackUserId>;
type Who = keyof typeof WHO;
const APPROVERS = ["one approver", "another approver"] as const;

const isAsking = (known: Known) => known.isAsking;
/** Whether its end is far enough away, by a little, to be put off. */
const isFarFromEnd = ({ entitlementId, endsAt = 0 }: Known, { now }: Readonly<Model>) =>
  extensionsOf(entitlementId) !== undefined && endsAt > now() + 118 * SECOND;

/** Somebody does something to one of the grants in these phases, in `times` clicks at once. */
function act(
  kind: CommandKind,
  verb: Verb,
  phases: readonly Phase[],
  people: readonly Who[],
  {
    times = 1,
    only = always,
  }: {
    readonly times?: number;
    readonly only?: (known: Known, model: Readonly<Model>) => boolean;
  } = {},
) {
  const grantsIn = (model: Readonly<Model>) =>
    inPhase(model, ...phases).filter((known) => only(known, model));
  return fc.record({ nth, who: fc.constantFrom(...people) }).map(({ nth: which, who }) =>
    command(
      kind,
      `${kind === verb ? "" : `${verb} `}${which} by ${who}`,
      (model) => grantsIn(model).length > 0,
      (model, real) => {
        const grants = grantsIn(model);
        const known = grants[which % grants.length];
        for (let clicks = times; known && clicks > 0; clicks--) {
          clickOn(model, real, verb, known, WHO[who](known));
        }
      },
    ),
  );
}

const request = fc
  .record({
    by: fc.constantFrom(ADA, DAN, ADA, DAN, MAL),
    entitlementId: fc.constantFrom(...ENTITLEMENT_IDS, "group", "group"),
    seconds: fc.constantFrom(60, 90, 300, 300),
  })
  .map(({ by, entitlementId, seconds }) =>
    command(
      "request",
      `${by} asks for ${entitlementId} for ${seconds} s`,
      ({ grants }) => grants.size < 12,
      (_, { scene }) => {
        const asked = { by, entitlementId, duration: seconds * SECOND, from: "slack" };
        scene.click(`${by} asks for ${entitlementId}`, (ports) => requestAccess(ports, asked));
      },
    ),
  );

const openHome = fc
  .constantFrom(ADA, DAN, BOB)
  .map((user) => command("open an App Home", user, always, (_, { scene }) => scene.openHome(user)));

const leaveSlack = fc
  .record({
    user: fc.constantFrom(ADA, DAN, BOB, LEE),
    as: fc.constantFrom("deactivated" as const, "guest" as const),
  })
  .map(({ user, as }) =>
    command(
      "leave Slack",
      `${user} is ${as}`,
      ({ gone }) => gone.size === 0,
      ({ gone }, { scene }) => {
        gone.add(user);
        scene.slack.leave(user, as);
      },
    ),
  );

const wake = (worker: Worker, phases: readonly Phase[]) =>
  fc.constant(
    command(
      `wake ${worker}`,
      "",
      (model) => inPhase(model, ...phases).length > 0,
      (_, { scene }) => scene.wake(worker),
    ),
  );

/** Time passes, up to where it is to be. */
function timePasses(
  kind: CommandKind,
  lengths: readonly number[],
  from: (model: Readonly<Model>) => number | undefined,
) {
  return fc.constantFrom(...lengths).map((seconds) =>
    command(
      kind,
      `${seconds} s`,
      (model) => from(model) !== undefined,
      async (model, { loop }) => {
        const at = (from(model) ?? 0) + seconds * SECOND;
        await loop.pass(at, model.isBroken);
      },
    ),
  );
}

const armFault = fc
  .record({
    fault: fc.constantFrom(...FAULTS),
    next: fc.constantFrom(...(Object.keys(CALLS) as CallKind[])),
  })
  .map(({ fault, next }) =>
    command("arm a fault", `${fault} at the next ${next}`, always, (_, { chaos }) =>
      chaos.arm(fault, next),
    ),
  );

const processDies = nth.map((which) =>
  command(
    "a process dies",
    `${which}`,
    ({ grants }) => grants.size > 0,
    (_, { chaos }) => chaos.kill(which),
  ),
);

const disorder = (isOn: boolean) =>
  fc.constant(
    command(
      isOn ? "disorder" : "order",
      "",
      ({ isInDisorder }) => isInDisorder !== isOn,
      (model, { chaos }) => {
        model.isInDisorder = isOn;
        chaos.disorder(isOn);
      },
    ),
  );

const PLACES = [...CLUSTERS, "IAM", "Slack"] as const;
type Place = (typeof PLACES)[number];

/** Until `until` (epoch ms) a place does not answer, or, IAM, takes no writes. */
function goAway({ clusters, iam, slack }: Scene, place: Place, until: number): Mishap {
  switch (place) {
    case "IAM":
      iam.writesFailUntil(until);
      return "iam writes down";
    case "Slack":
      slack.goAway(until);
      return "slack away";
    default:
      clusters.goAway(place, until);
      return "cluster away";
  }
}

const somethingGoesAway = fc.constantFrom(...PLACES).map((place) =>
  command(
    "something goes away",
    place,
    ({ away }) => !away.has(place),
    ({ away }, { scene, chaos }) => {
      away.add(place);
      chaos.met(goAway(scene, place, Number.MAX_SAFE_INTEGER));
    },
  ),
);

const somethingIsBack = fc.constantFrom(...PLACES).map((place) =>
  command(
    "something is back",
    place,
    ({ away }) => away.has(place),
    ({ away }, { scene, loop }) => {
      away.delete(place);
      goAway(scene, place, loop.now());
    },
  ),
);

const editAwsAuth = fc
  .constantFrom(...CLUSTERS)
  .map((cluster) =>
    command("edit aws-auth", cluster, always, (_, { scene }) => scene.clusters.editByHand(cluster)),
  );

const deploy = fc.constantFrom<Policy>(POLICY, POLICY, ...OTHER_POLICIES).map((policy) =>
  command(
    "deploy",
    policy.hash,
    ({ deployed, grants }) => deployed !== policy.hash && grants.size > 0,
    (model, { scene }) => {
      model.deployed = policy.hash;
      scene.deploy(policy);
    },
  ),
);

const makeAnew = fc.constantFrom(...USER_NAMES).map((name) =>
  command("make a user anew", name, always, (_, { scene }) => {
    if (scene.iam.recreate(name)) scene.world.trace?.(() => `${name} is deleted and made anew`);
  }),
);

/** Every command, with how often it comes up. */
const COMMANDS: readonly (readonly [weight: number, fc.Arbitrary<Command>])[] = [
  [13, request],
  [18, act("approve", "approve", ["pending"], APPROVERS)],
  [3, act("approve", "approve", ["pending"], ["Eve", "a stranger", "requester"])],
  [4, act("approve twice", "approve", ["pending"], APPROVERS, { times: 2 })],
  [1, act("deny", "deny", ["pending"], [...APPROVERS, "a stranger"])],
  [1, act("cancel", "cancel", ["pending"], ["requester", "a stranger"])],
  [
    6,
    act("end", "end", ["decided", "live"], ["requester", ...APPROVERS, "an admin", "a stranger"]),
  ],
  [
    20,
    act("extend", "extend", ["live"], ["requester", "requester", "requester", "a stranger"], {
      only: isFarFromEnd,
    }),
  ],
  [1, act("extend", "extend", ["live"], ["requester"])],
  [
    30,
    act("approve an extension", "approveExtension", ["live"], [...APPROVERS, "Eve", "requester"], {
      only: isAsking,
    }),
  ],
  [10, act("deny an extension", "denyExtension", ["live"], APPROVERS, { only: isAsking })],
  [1, openHome],
  [1, leaveSlack],
  [1, act("click an old card", "approveExtension", ["live", "over"], APPROVERS)],
  [1, act("click an old card", "extend", ["over"], ["requester"])],
  [1, act("click an old card", "approve", ["decided", "live", "over"], APPROVERS)],
  [1, act("click an old card", "deny", ["decided", "live", "over"], APPROVERS)],
  [1, act("click an old card", "cancel", ["decided", "live", "over"], ["requester"])],
  [1, act("click an old card", "end", ["over"], ["requester", ...APPROVERS])],
  [8, wake("provision", ["decided"])],
  [9, wake("revoke", ["decided", "live", "over"])],
  [2, wake("announce", ["pending", "decided", "live", "over"])],
  [20, timePasses("seconds pass", [1, 0.3, 2, 5, 15, 40], (model) => model.now())],
  [12, timePasses("a window ends", [0, -1, 0.5, 2], (model) => endsAhead(model)[0])],
  [3, timePasses("all windows are over", [20, 40], (model) => endsAhead(model).at(-1))],
  [12, armFault],
  [4, processDies],
  [1, disorder(true)],
  [2, disorder(false)],
  [3, somethingGoesAway],
  [9, somethingIsBack],
  [3, editAwsAuth],
  [1, deploy],
  [1, makeAnew],
];

// --- A run, and many of them ---

interface Beginning {
  /** Of the scheduler, and of what neither it nor a command decides: what exactly somebody edits. */
  readonly seed: number;
  /** Who has always been in which group. */
  readonly standing: readonly (readonly [group: (typeof GROUPS)[number], name: string])[];
  readonly isOnDynamoDB: boolean;
}

const STANDING = GROUPS.flatMap((group) => USER_NAMES.map((name) => [group, name] as const));
const beginning: fc.Arbitrary<Beginning> = fc.record({
  seed: fc.noShrink(fc.nat()),
  standing: fc.subarray(STANDING, { maxLength: 2 }),
  isOnDynamoDB: fc.nat({ max: 3 }).map((drawn) => drawn === 3),
});

function begin(
  { seed, standing, isOnDynamoDB }: Beginning,
  scheduler: fc.Scheduler,
  { mutant, tell, figures }: Pick<Options, "mutant" | "tell"> & { readonly figures: Figures },
): { model: Model; real: Real } {
  const random = createRandom(seed);
  const isBroken = () => scene.truth.violation !== undefined;
  const watch = () => {
    const violation = learn(model, scene.store.grants());
    if (violation) scene.truth.broken(violation.rule, violation.what);
  };
  const loop = createScheduledLoop(scheduler, START_AT, watch);
  const chaos = createOrderedChaos(loop, figures);
  const scene = createScene(
    { random, loop, chaos, figures },
    { isOnDynamoDB, ...(mutant && { mutant }), ...(tell && { tell }) },
  );
  const model: Model = {
    now: loop.now,
    isBroken,
    grants: new Map(),
    told: new Map(),
    away: new Set(),
    gone: new Set(),
    deployed: POLICY.hash,
    isInDisorder: false,
  };
  for (const [group, name] of standing) {
    scene.iam.stand(group, name);
    scene.truth.stands(group, scene.iam.users.get(name) ?? "");
  }
  return { model, real: { scene, loop, chaos, done: [], counts: noCounts(), watch } };
}

/** Once the commands are done: faults heal, the schedules run, and all comes to its end. */
async function rest({ scene, loop, chaos, watch }: Real): Promise<void> {
  chaos.heal();
  for (const place of PLACES) goAway(scene, place, loop.now());
  schedulesRun(scene);
  await playToEnd(scene);
  watch();
}

export interface Options {
  readonly seed: number;
  readonly numRuns: number;
  readonly mutant?: Mutant;
  /** From a failure: plays that one run again. */
  readonly replay?: Replay | undefined;
  /** Told every step. */
  readonly tell?: (line: string) => void;
  /** Told now and then how many runs there have been. */
  readonly tellProgress?: (runs: number) => void;
}

/** What leads to one run again, with the mutant that it was met with. */
export interface Replay {
  readonly seed: number;
  readonly path: string;
  readonly replayPath: string;
}

export interface CommandFailure extends Violation, Replay {
  /** As few as it took. */
  readonly commands: readonly string[];
  readonly shrinks: number;
}

export interface CommandsChecked {
  readonly runs: number;
  /** Runs of at least 40 commands. */
  readonly longRuns: number;
  readonly commands: Readonly<Record<CommandKind, number>>;
  readonly grants: number;
  /** Grants that began, and came to their end. */
  readonly ended: number;
  readonly figures: Figures;
  readonly failure: CommandFailure | undefined;
}

/** Plays `numRuns` runs, or until one breaks a rule: then with as few commands as still do. */
export function checkCommands(options: Options): Promise<CommandsChecked> {
  const { seed, numRuns, replay, tellProgress } = options;
  return withVirtualTimeouts(async () => {
    const figures = noFigures();
    const counts = noCounts();
    let [runs, longRuns, grants, ended] = [0, 0, 0, 0];
    const commands = fc.commands(
      [fc.oneof(...COMMANDS.map(([weight, arbitrary]) => ({ weight, arbitrary })))],
      { maxCommands: MOST_COMMANDS, size: "max", ...(replay && { replayPath: replay.replayPath }) },
    );
    const property = fc.asyncProperty(commands, beginning, async (cmds, start) => {
      const scheduler = schedulerOf(start.seed);
      const setup = begin(start, scheduler, { ...options, figures });
      const { scene, done } = setup.real;
      // What stands has done so for longer than any read lags behind.
      await setup.real.loop.pass(START_AT + 10 * SECOND, setup.model.isBroken);
      await fc.scheduledModelRun(scheduler, () => setup, cmds);
      if (!setup.model.isBroken()) await rest(setup.real);
      runs += 1;
      if (done.length >= LONG) longRuns += 1;
      grants += setup.model.grants.size;
      ended += [...setup.model.grants.values()].filter(({ endsAt }) => endsAt !== undefined).length;
      for (const kind of KINDS) counts[kind] += setup.real.counts[kind];
      if (runs % 100 === 0) tellProgress?.(runs);
      const { violation } = scene.truth;
      if (violation) throw new Error(violation.rule, { cause: { violation, done } });
    });
    const details = await fc.check(property, {
      seed: replay?.seed ?? seed,
      numRuns,
      ...(replay && { path: replay.path, endOnFailure: true }),
    });
    return {
      runs,
      longRuns,
      commands: counts,
      grants,
      ended,
      figures,
      failure: failureOf(details),
    };
  });
}

function failureOf<Drawn extends [Iterable<Command>, ...unknown[]]>(
  details: fc.RunDetails<Drawn>,
): CommandFailure | undefined {
  if (!details.failed) return undefined;
  const { seed, counterexamplePath: path, numShrinks: shrinks, counterexample } = details;
  const error = details.errorInstance as Error | undefined;
  const cause = error?.cause as { violation: Violation; done: readonly string[] } | undefined;
  if (cause === undefined || path === null) throw error ?? new Error("fast-check gave up");
  // The commands tell it in a comment, and nowhere else.
  const replayPath = /replayPath="(?<path>[^"]*)"/.exec(String(counterexample?.[0]))?.groups?.[
    "path"
  ];
  return {
    ...cause.violation,
    seed,
    path,
    replayPath: replayPath ?? "",
    commands: cause.done,
    shrinks,
  };
}

function noCounts(): Record<CommandKind, number> {
  return Object.fromEntries(KINDS.map((kind) => [kind, 0])) as Record<CommandKind, number>;
}
