// Chaos by a seed: how often a call goes wrong, of which kind, and when all of it is over.

import type { Loop } from "./loop.ts";
import type { Chaos, Figures } from "./outside.ts";
import type { Random } from "./random.ts";

const MINUTE = 60_000;

/** How often calls go wrong, by what they are to; drawn for each schedule. */
const RATES = [0, 0.1, 0.2, 0.3, 0.45] as const;

/** After so many of the answers the process that asked stands still for some seconds. */
const PAUSES = 0.01;

/** Chaos that heals after `lastsMs`, some minutes; counts what it does in `figures`. */
export function createSeededChaos(
  random: Random,
  loop: Loop,
  figures: Figures,
  lastsMs = random.between(1.5 * MINUTE, 3.5 * MINUTE),
): Chaos {
  const healsAt = loop.now() + lastsMs;
  const isCalm = random.chance(0.02);
  // Each on its own: where the table holds, the more comes to the targets that fail, and the other way round.
  const tableRate = random.pick(RATES);
  const readRate = random.pick(RATES);
  const writeRate = random.pick([0.2, 0.5, 0.7]);
  let lastFaultAt = loop.now();
  const isOn = () => !isCalm && loop.now() < healsAt;
  return {
    healsAt,
    lastFaultAt: () => lastFaultAt,
    isOn,
    draw({ name, faults, isTargetWrite }) {
      if (!isOn()) return undefined;
      const rate = isTargetWrite ? writeRate : name.startsWith("table ") ? tableRate : readRate;
      return random.chance(rate) ? random.pick(faults) : undefined;
    },
    pauseMs() {
      if (!isOn() || !random.chance(PAUSES)) return 0;
      const pauseMs = random.between(1_000, 20_000);
      this.met("pause", loop.now() + pauseMs);
      return pauseMs;
    },
    met(fault, until = loop.now()) {
      figures.faults[fault] += 1;
      lastFaultAt = Math.max(lastFaultAt, until);
    },
  };
}
