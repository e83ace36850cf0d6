// One schedule: the whole broker, its people and its troubles, played from a seed until all is quiet.

import type { Grant } from "../../lib/grant/grant.ts";
import type { Stored } from "../../lib/store/store.ts";
import { createSeededChaos } from "./chaos.ts";
import { createLoop } from "./loop.ts";
import type { Mutant } from "./mutants.ts";
import { type Figures, noFigures } from "./outside.ts";
import { peopleAct } from "./people.ts";
import { createRandom } from "./random.ts";
import { createScene, GRACE_MS, type Scene } from "./scene.ts";
import type { Violation } from "./truth.ts";
import { schedulesRun, worldTurns } from "./weather.ts";

const START_AT = Date.UTC(2026, 10, 22, 14);
/** In so many of the schedules Slack is told; in the others there is the more time for the rest. */
const TELLING = 0.25;
/** In so many people have their access for long, and some of them leave Slack meanwhile. */
const LONG = 0.02;
const MINUTE = 60_000;
/** In so many the table is reached by DynamoDB's requests. */
const ON_DYNAMODB = 0.125;

export interface Outcome {
  readonly violation: Violation | undefined;
  readonly figures: Figures;
  readonly grants: number;
  readonly ended: number;
}

/** Plays the schedule of `seed`. The same seed plays the same, call by call. */
export async function playSchedule(
  seed: number,
  { mutant = {}, tell }: { mutant?: Mutant; tell?: (line: string) => void } = {},
): Promise<Outcome> {
  const random = createRandom(seed);
  const loop = createLoop(random, START_AT);
  const figures = noFigures();
  const isLong = random.chance(LONG);
  const isTelling = isLong || random.chance(TELLING);
  const isOnDynamoDB = random.chance(ON_DYNAMODB);
  const isOnTime = random.chance(0.7);
  // Either all is well when they are found out, or it is not.
  const lastsMs = isLong ? random.pick([5, 5, 18]) * MINUTE : undefined;
  const chaos = createSeededChaos(random, loop, figures, lastsMs);
  const scene = createScene(
    { random, loop, chaos, figures },
    { mutant, isTelling, isOnDynamoDB, isOnTime, isOdd: true, ...(tell && { tell }) },
  );
  peopleAct(scene, isLong);
  worldTurns(scene, isLong);
  schedulesRun(scene);
  await playToEnd(scene);
  const all = scene.store.grants();
  return {
    violation: scene.truth.violation,
    figures,
    grants: all.length,
    ended: all.filter(({ grant }) => grant.status === "ended").length,
  };
}

/** Plays until all is quiet, or a rule is broken: also where it is not quiet in time. */
export async function playToEnd(scene: Scene): Promise<void> {
  const { loop, truth, store } = scene;
  await loop.play(() => truth.violation !== undefined || isLate(scene) || isQuiet(scene));
  if (truth.violation === undefined && isLate(scene)) {
    const open = store.grants().filter(({ grant }) => !isOver(grant));
    truth.broken(
      "once faults heal everything comes to its end",
      open.map(({ grant }) => `${grant.id} is ${grant.status}`).join(", ") || "not announced",
    );
  }
  if (truth.violation === undefined) truth.checkEnd();
  if (truth.violation === undefined && scene.isTelling) truth.checkTold();
}

/** Nobody has anything left to do, and nothing is under way. */
function isQuiet({ loop, world, store, busyUntil, atWork, isTelling }: Scene): boolean {
  return (
    loop.now() > busyUntil() &&
    loop.now() > world.chaos.lastFaultAt() &&
    atWork() === 0 &&
    store.grants().every(({ grant }) => isOver(grant)) &&
    !(isTelling && store.isTelling())
  );
}

/** Faults have healed, and something is not over though it should be for so long that all should be quiet. */
function isLate({ loop, world, store, truth, isTelling }: Scene): boolean {
  const { chaos } = world;
  const healedAt = Math.max(chaos.lastFaultAt(), chaos.healsAt);
  const lateFrom = loop.now() - GRACE_MS;
  if (lateFrom <= healedAt) return false;
  const isLong = ({ grant }: Stored) =>
    lateFrom > Math.max(endOf(grant), truth.spoiltUntil.get(grant.id) ?? 0);
  const grants = store.grants();
  return (
    grants.some((stored) => !isOver(stored.grant) && isLong(stored)) ||
    (isTelling && store.isTelling() && grants.every(isLong))
  );
}

function endOf(grant: Grant): number {
  return "window" in grant && grant.window !== undefined ? grant.window.expiresAt : 0;
}

function isOver({ status }: Grant): boolean {
  return status === "denied" || status === "cancelled" || status === "lapsed" || status === "ended";
}
