// Chaos by a seed: how often a call goes wrong, of which kind, and when all of it is over.

import type { Loop } from "./loop.ts";
import type { Chaos, Figures } from "./outside.ts";
import type { Random } from "./random.ts";

const MINUTE = 60_000;

/** Chaos that heals some minutes after the beginning; counts what it does in `figures`. */
export function createSeededChaos(random: Random, loop: Loop, figures: Figures): Chaos {
  const healsAt = loop.now() + random.between(3, 7) * MINUTE;
  const rate = random.pick([0, 0.02, 0.05, 0.1, 0.2]);
  // In every third schedule it is above all the writes to the targets that go wrong.
  const writeRate = rate > 0 && random.chance(0.33) ? random.pick([0.4, 0.6]) : 3 * rate;
  let lastFaultAt = loop.now();
  const isOn = () => rate > 0 && loop.now() < healsAt;
  return {
    healsAt,
    lastFaultAt: () => lastFaultAt,
    isOn,
    draw: ({ faults, isTargetWrite }) =>
      isOn() && random.chance(isTargetWrite ? writeRate : rate) ? random.pick(faults) : undefined,
    met(fault, until = loop.now()) {
      figures.faults[fault] += 1;
      lastFaultAt = Math.max(lastFaultAt, until);
    },
  };
}
