// One schedule: the whole broker, its people and its troubles, played from a seed until all is quiet.

import type { Grant } from "../../lib/grant/grant.ts";
import type { MemoryStore } from "../support/memory-store.ts";
import { createSeededChaos } from "./chaos.ts";
import { createLoop } from "./loop.ts";
import type { Mutant } from "./mutants.ts";
import { type Figures, noFigures } from "./outside.ts";
import { peopleAct } from "./people.ts";
import { createRandom } from "./random.ts";
import { createScene, GRACE_MS } from "./scene.ts";
import type { Violation } from "./truth.ts";
import { schedulesRun, worldTurns } from "./weather.ts";

const SECOND = 1_000;
const START_AT = Date.UTC(2026, 10, 22, 14);

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
  const chaos = createSeededChaos(random, loop, figures);
  const scene = createScene({ random, loop, chaos, figures }, { mutant, ...(tell && { tell }) });
  peopleAct(scene);
  worldTurns(scene);
  schedulesRun(scene);
  const { truth, store } = scene;
  const limitAt = () => Math.max(chaos.lastFaultAt(), lastEnd(store), chaos.healsAt) + GRACE_MS;
  const isQuiet = () =>
    loop.now() > chaos.healsAt && store.grants().every(({ grant }) => isOver(grant));
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
    figures,
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
