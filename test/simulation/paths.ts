// The paths that the exhaustive driver plays: one small story each, under faults at calls that are named by number.

import { approveRequest, endAccess } from "../../lib/broker/decide-request.ts";
import { approveExtension, extendAccess } from "../../lib/broker/extend-access.ts";
import { requestAccess } from "../../lib/broker/request-access.ts";
import type { Approval, Grant } from "../../lib/grant/grant.ts";
import type { GrantId, SlackUserId } from "../../lib/grant/ids.ts";
import { ADA, approvalsOf, BOB, LEE } from "./catalogue.ts";
import { createLoop } from "./loop.ts";
import type { Mutant } from "./mutants.ts";
import { type Call, type Chaos, type Fault, noFigures, type Process } from "./outside.ts";
import { createRandom, type Random } from "./random.ts";
import { createScene, type Scene } from "./scene.ts";
import type { Violation } from "./truth.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const START_AT = Date.UTC(2026, 10, 22, 14);
/** People who got no answer try again after this long: later than the longest life of a click. */
const PATIENCE_MS = 12 * SECOND;
/** Once the last fault is over and nobody may have anything any more, all must be quiet within this. */
const GRACE_MS = 4 * MINUTE;
/** What was under way when all was quiet has come to its end after this. */
const AFTERMATH_MS = 6 * SECOND;

/** What can befall a call; `death before`: the process dies before it is sent, `death`: right after its effect. */
export type Kind = Fault | "death before";

export interface PlannedFault {
  /** Which call of the run, from 1 on. */
  readonly call: number;
  readonly kind: Kind;
  /** Some faults look one way or another. */
  readonly look: number;
}

/** One call as it was met. */
export interface Met {
  readonly name: string;
  /** The function that made it, and for whom: `provision` woken by a kick is `provision!`. */
  readonly by: string;
  readonly faults: readonly Fault[];
  /** Whether everything that was asked for had been given by then. */
  readonly stage: "give" | "take";
}

type Stage = Met["stage"];

export interface Path {
  readonly name: string;
  /** What Ada asks for; Bob approves, and Lee where it takes two. */
  readonly asks: readonly string[];
  readonly durationMs: number;
  /** Slack is told of it: else there are the fewer calls to play, and none of what the story is about. */
  readonly isTold?: true;
  /** In which part of the story the first fault happens. */
  readonly firstFaultIn: Stage | "both";
  /** Ada wants each of her grants extended once, as soon as she has it. */
  readonly extends?: true;
  /** Which of her grants Ada ends before their time, as things stand. */
  readonly ends?: (grants: readonly Grant[]) => readonly Grant[];
  /** What the world refuses in this story, faults or not. */
  readonly refuses?: (call: Pick<Call<unknown>, "name">, by: Process) => boolean;
  /** What others have done before. */
  readonly before?: (scene: Scene) => void;
  /** What others do at the moment of a call. */
  readonly meanwhile?: (call: Met, calls: readonly Met[], scene: Scene) => void;
  /** What is asked for may come to nothing: the story is about that. */
  readonly mayFail?: true;
}

/** How long calls take and runs last, and whether IAM's reads lag: the same faults, at other moments. */
export interface Timing {
  readonly seed: number;
  /** Of the three lengths that a run can have: 20, 40 and 75 s. */
  readonly runs: 0 | 1 | 2;
  readonly readLagMs: number;
}

export const PLAIN: Timing = { seed: 1, runs: 0, readLagMs: 0 };

export interface Played {
  readonly violation: Violation | undefined;
  readonly calls: readonly Met[];
  /** Those of the planned faults that happened. */
  readonly met: number;
  /** How long after it should have been (or after the last fault) the last access was known to be gone. */
  readonly latenessMs: number;
  /** Grants that waited behind a fault for so long that they had lapsed: refused, and nothing given. */
  readonly lapsed: number;
}

type Look = Omit<PlannedFault, "call">;

const LOOKS = { iam: new WeakMap<object, readonly Look[]>(), other: new WeakMap() };

/** Everything that can befall `call`, each in each of its looks. */
export function looksOf({ name, faults }: Met): readonly Look[] {
  const known = name.startsWith("iam") ? LOOKS.iam : LOOKS.other;
  const looks = known.get(faults) ?? allLooks(new Set(faults), known === LOOKS.iam);
  known.set(faults, looks);
  return looks;
}

function allLooks(faults: ReadonlySet<Fault>, ofIam: boolean): readonly Look[] {
  // IAM can be down or not be reached, and throttle the first or the second try; what lands late lands
  // soon or at the last moment.
  const two: readonly Kind[] = ofIam ? ["late", "before", "throttled"] : ["late"];
  return [...faults, "death before" as const].flatMap((kind) =>
    two.includes(kind)
      ? [
          { kind, look: 0 },
          { kind, look: 1 },
        ]
      : [{ kind, look: 0 }],
  );
}

/** Plays the story of `path` under `faults` and no others, until all is quiet. */
export async function playPath(
  path: Path,
  faults: readonly PlannedFault[],
  {
    timing = PLAIN,
    mutant = {},
    tell,
  }: { timing?: Timing; mutant?: Mutant; tell?: (line: string) => void } = {},
): Promise<Played> {
  const chance = createRandom(timing.seed);
  const loop = createLoop(createRandom(timing.seed + 1), START_AT);
  const plan = createPlan(faults);
  const random: Random = {
    ...chance,
    // Nothing else is left to chance: what these two decide is the look of a fault.
    next: () => (plan.look() === 0 ? 0 : 0.84),
    chance: () => plan.look() === 1,
    pick: (from) => from[timing.runs] ?? from[0],
  };
  const figures = noFigures();
  const calls: Met[] = [];
  const chaos: Chaos = {
    healsAt: START_AT,
    lastFaultAt: plan.lastFaultAt,
    isOn: () => false,
    kicksAreCalls: true,
    readLagMs: timing.readLagMs,
    draw(call, by) {
      const stage = stageOf(path, scene);
      const met = { name: call.name, by: by.name.replace(/#.*/, ""), faults: call.faults, stage };
      calls.push(met);
      people.look();
      path.meanwhile?.(met, calls, scene);
      const fault = plan.draw(calls.length, call);
      if (fault === undefined && path.refuses?.(call, by)) return "denied";
      if (fault !== "death before") return fault;
      scene.world.trace?.(() => `${by.name} ✝ before ${call.name}`);
      by.dead = true;
      return "before";
    },
    met: (_, until = loop.now()) => plan.happened(until),
  };
  const scene: Scene = createScene(
    { random, loop, chaos, figures },
    { mutant, isTelling: path.isTold === true, ...(tell && { tell }) },
  );
  path.before?.(scene);
  const people = peopleOf(path, scene);
  schedulesOf(scene);
  await untilQuiet(path, scene);
  const { truth } = scene;
  if (truth.violation === undefined) truth.checkEnd();
  if (truth.violation === undefined && path.isTold) truth.checkTold();
  const lapsed = truth.violation === undefined ? checkGiven(path, scene, faults) : 0;
  return {
    violation: truth.violation,
    calls,
    met: plan.met(),
    latenessMs: latenessOf(scene, chaos.lastFaultAt()),
    lapsed,
  };
}

/** The faults of a run, each at its call, and until when the last of them has consequences. */
function createPlan(faults: readonly PlannedFault[]) {
  let [met, look, lastFaultAt] = [0, 0, START_AT];
  let isPlanned = false;
  return {
    met: () => met,
    look: () => look,
    lastFaultAt: () => lastFaultAt,
    draw(number: number, call: Pick<Call<unknown>, "faults">): Kind | undefined {
      const fault = faults.find((each) => each.call === number);
      isPlanned = fault !== undefined;
      if (fault === undefined) return undefined;
      if (fault.kind !== "death before" && !call.faults.includes(fault.kind)) return undefined;
      met += 1;
      look = fault.look;
      return fault.kind;
    },
    happened(until: number) {
      if (isPlanned) lastFaultAt = Math.max(lastFaultAt, until);
    },
  };
}

/** Ada asks, others approve, Ada extends and ends: at once when there is something to do, and again where it came to nothing. */
function peopleOf(
  { asks, durationMs, ends, extends: isExtending }: Path,
  { loop, store, click }: Scene,
) {
  const triedAt = new Map<string, number>();
  const attempt = (what: string, work: Parameters<Scene["click"]>[1]) => {
    if (loop.now() < (triedAt.get(what) ?? 0) + PATIENCE_MS) return;
    triedAt.set(what, loop.now());
    loop.at(loop.now() + 50, () => click(what, work));
  };
  const all = () => store.grants().map(({ grant }) => grant);
  const has = (entitlementId: string) =>
    all().filter(({ entitlement }) => entitlement.id === entitlementId).length;
  const act = (by: typeof ADA, grantId: GrantId) => ({ grantId, by, from: "slack" });
  const look = () => {
    asks.forEach((entitlementId, index) => {
      if (loop.now() < START_AT + index * 2 * SECOND) return;
      const wanted = asks.slice(0, index + 1).filter((each) => each === entitlementId).length;
      if (has(entitlementId) >= wanted) return;
      attempt(`ask ${index}`, (ports) =>
        requestAccess(ports, { by: ADA, entitlementId, duration: durationMs, from: "slack" }),
      );
    });
    for (const grant of all()) {
      const { id } = grant;
      if (grant.status === "pending") {
        for (const by of lacking(grant, grant.approvals)) {
          attempt(`${by} approves ${id}`, (ports) => approveRequest(ports, act(by, id)));
        }
      }
      if (grant.status !== "active" || isExtending === undefined) continue;
      if (grant.extension !== undefined) {
        for (const by of lacking(grant, grant.extension.approvals)) {
          const what = `${by} approves the extension of ${id}`;
          attempt(what, (ports) => approveExtension(ports, act(by, id)));
        }
      } else if (grant.window.extensions === undefined) {
        attempt(`extend ${id}`, (ports) => extendAccess(ports, act(ADA, id)));
      }
    }
    for (const { id } of ends?.(all()) ?? []) {
      attempt(`end ${id}`, (ports) => endAccess(ports, act(ADA, id)));
    }
  };
  const again = () => {
    look();
    loop.at(loop.now() + 2 * SECOND, again);
  };
  again();
  return { look };
}

/** Who has still to approve. */
function lacking({ entitlement }: Grant, approvals: readonly Approval[]): readonly SlackUserId[] {
  const needed = Math.max(1, approvalsOf(entitlement.id));
  return [BOB, LEE].slice(0, needed).filter((user) => approvals.every(({ by }) => by !== user));
}

// When in the minute each function is woken: revoke just before the first windows end.
const WAKES = { announce: 20 * SECOND, provision: 40 * SECOND, revoke: 55 * SECOND } as const;

/** Every minute, without fail. */
function schedulesOf({ loop, wake, truth, world, mutant, isTelling }: Scene) {
  for (const worker of ["announce", "provision", "revoke"] as const) {
    if (mutant.asleep?.includes(worker)) continue;
    if (worker === "announce" && !isTelling) continue;
    const tick = () => {
      loop.at(loop.now() + MINUTE, tick);
      truth.checkOverdue(world.chaos.lastFaultAt(), GRACE_MS);
      wake(worker);
    };
    loop.at(START_AT + WAKES[worker], tick);
  }
}

async function untilQuiet(
  { asks, isTold: isToldOf }: Path,
  { loop, store, truth, world }: Scene,
): Promise<void> {
  const grants = () => store.grants().map(({ grant }) => grant);
  const lastEnd = () => Math.max(START_AT, ...grants().map((grant) => endOf(grant) ?? 0));
  const limitAt = () => Math.max(world.chaos.lastFaultAt(), lastEnd()) + GRACE_MS;
  const isStopped = () =>
    truth.violation !== undefined || (loop.now() > START_AT + GRACE_MS && loop.now() > limitAt());
  const isOver = () =>
    loop.now() > world.chaos.lastFaultAt() &&
    grants().every(({ status }) => CLOSED.has(status)) &&
    grants().length >= asks.length;
  const isTold = () => isToldOf === undefined || !store.isTelling();
  const playOn = (ms: number) => {
    const until = loop.now() + ms;
    return loop.play(() => isStopped() || loop.now() > until);
  };
  await loop.play(() => isStopped() || isOver());
  while (!(isStopped() || isTold())) await playOn(SECOND);
  if (truth.violation === undefined && loop.now() > limitAt()) {
    const open = grants().filter(({ status }) => !CLOSED.has(status));
    truth.broken(
      "once faults heal everything comes to its end",
      open.map(({ id, status }) => `${id} is ${status}`).join(", ") || "not announced",
    );
  }
  await playOn(AFTERMATH_MS);
}

/** What was approved became active, unless something in the way was a lasting no; answers with how many had lapsed. */
function checkGiven(path: Path, { store, truth }: Scene, faults: readonly PlannedFault[]): number {
  let lapsed = 0;
  for (const { grant } of store.grants()) {
    if (path.mayFail || grant.history.some(({ event }) => event === "active")) continue;
    const cause = grant.status === "ended" ? grant.cause : undefined;
    const code = cause?.kind === "failed" ? cause.code : undefined;
    if (code === "request-lapsed") lapsed += 1;
    else if (code === undefined || !faults.some(({ kind }) => kind === "denied")) {
      const why = code ?? cause?.kind ?? grant.status;
      truth.broken("what was approved becomes active", `${grant.id} did not: ${why}`);
    }
  }
  return lapsed;
}

function latenessOf({ store }: Scene, lastFaultAt: number): number {
  const lateness = store.grants().flatMap(({ grant }) => {
    if (grant.status !== "ended" || grant.window === undefined) return [];
    const since = grant.history.findLast(({ event }) => event === "revoking")?.at;
    const shouldAt = Math.min(since ?? grant.window.expiresAt, grant.window.expiresAt);
    return [grant.endedAt - Math.max(shouldAt, lastFaultAt)];
  });
  return Math.max(0, ...lateness);
}

const CLOSED: ReadonlySet<Grant["status"]> = new Set(["denied", "cancelled", "lapsed", "ended"]);

function endOf(grant: Grant): number | undefined {
  return "window" in grant ? grant.window?.expiresAt : undefined;
}

function stageOf({ asks }: Path, { store }: Scene): Stage {
  const grants = store.grants();
  const isGiven = ({ status }: Grant) => status !== "pending" && status !== "approved";
  return grants.length >= asks.length && grants.every(({ grant }) => isGiven(grant))
    ? "take"
    : "give";
}

// --- The stories ---

/** The targets, each with an entitlement over it, and one that shares an assignment with it. */
const TARGETS = {
  "IAM group": { entitlement: "group", overlapping: "both" },
  "aws-auth": { entitlement: "mapping", overlapping: "both" },
  both: { entitlement: "both", overlapping: "both" },
} as const;

const isActive = ({ status }: Grant) => status === "active";
const isBegun = (grant: Grant) => grant.status === "approved" && grant.window !== undefined;
const endsAtOnce = (grants: readonly Grant[]) => grants.filter(isActive);
/** The first as soon as both are there, the second once the first is over. */
const oneAfterTheOther = ([first, second]: readonly Grant[]): readonly Grant[] => {
  if (first === undefined || second === undefined) return [];
  if (isActive(first)) return isActive(second) ? [first] : [];
  return isActive(second) && CLOSED.has(first.status) ? [second] : [];
};

/** Writes of provision to `what` are denied: in this story for good. */
const refusing =
  (what: string): Required<Path>["refuses"] =>
  ({ name }, by) =>
    name.startsWith(what) && by.name.startsWith("provision");

/** Every target's paths. */
const EVERY_TARGET: readonly Path[] = Object.entries(TARGETS).flatMap(
  ([target, { entitlement, overlapping }]): Path[] => {
    const one = { asks: [entitlement], durationMs: 8 * MINUTE };
    const whatIsRefused = target === "IAM group" ? "iam AddUserToGroup" : "aws-auth write";
    return [
      {
        ...one,
        name: `${target}: give`,
        firstFaultIn: "give",
        ends: endsAtOnce,
      },
      {
        ...one,
        name: `${target}: end early`,
        firstFaultIn: "take",
        ends: endsAtOnce,
      },
      { ...one, name: `${target}: expire`, durationMs: MINUTE, firstFaultIn: "take" },
      {
        ...one,
        name: `${target}: end while it is given`,
        firstFaultIn: "both",
        ends: (grants) => grants.filter((grant) => isActive(grant) || isBegun(grant)),
        mayFail: true,
      },
      {
        ...one,
        name: `${target}: fail and take back`,
        durationMs: MINUTE,
        firstFaultIn: "both",
        refuses: refusing(whatIsRefused),
        mayFail: true,
      },
      {
        name: `${target}: end one of two grants`,
        asks: [entitlement, overlapping],
        durationMs: 8 * MINUTE,
        firstFaultIn: "take",
        ends: oneAfterTheOther,
      },
    ];
  },
);

const ADAS_NAME = "web-user-1";

/** Where others have a hand in it. */
const WITH_OTHERS: readonly Path[] = [
  ...(["IAM group", "both"] as const).map(
    (target): Path => ({
      name: `${target}: lend what stands`,
      asks: [TARGETS[target].entitlement],
      durationMs: 8 * MINUTE,
      firstFaultIn: "both",
      ends: endsAtOnce,
      before({ iam, truth }) {
        iam.stand("web-ro", ADAS_NAME);
        truth.stands("web-ro", iam.users.get(ADAS_NAME) ?? "");
      },
    }),
  ),
  {
    name: "aws-auth: give and end while others edit",
    asks: ["mapping"],
    durationMs: 8 * MINUTE,
    firstFaultIn: "both",
    ends: endsAtOnce,
    meanwhile({ name, stage }, calls, { clusters }) {
      const writes = calls.filter(
        (each) => each.name.startsWith("aws-auth write") && each.stage === stage,
      );
      if (name.startsWith("aws-auth write") && writes.length === 1) clusters.editByHand("dev-0");
    },
  },
];

const isExtended = (grant: Grant) => grant.status === "active" && grant.window.extensions === 1;

/** Where others decide more than once, and where Slack is told of it. */
const WITH_DECISIONS: readonly Path[] = [
  {
    name: "told: give and end early",
    asks: ["group"],
    durationMs: 8 * MINUTE,
    isTold: true,
    firstFaultIn: "both",
    ends: endsAtOnce,
  },
  {
    name: "IAM group: give after two approvals",
    asks: ["two-approvals"],
    durationMs: 8 * MINUTE,
    firstFaultIn: "give",
    ends: endsAtOnce,
  },
  {
    name: "told: extend with an approval and end",
    asks: ["group"],
    durationMs: 8 * MINUTE,
    isTold: true,
    firstFaultIn: "take",
    extends: true,
    ends: (grants) => grants.filter(isExtended),
  },
  {
    name: "IAM group: extend alone and expire",
    asks: ["logs"],
    durationMs: 2.5 * MINUTE,
    firstFaultIn: "take",
    extends: true,
  },
];

export const PATHS: readonly Path[] = [...EVERY_TARGET, ...WITH_OTHERS, ...WITH_DECISIONS];
