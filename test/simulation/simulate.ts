// Many schedules in a row: what was played, what was met, what was found, and how fast.

import type { Mutant } from "./mutants.ts";
import { FAULTS, type Figures, MISHAPS, noFigures } from "./outside.ts";
import { playSchedule } from "./schedule.ts";
import type { Violation } from "./truth.ts";
import { withVirtualTimeouts } from "./virtual-timeouts.ts";

export interface Found extends Violation {
  /** Plays the schedule again, alone. */
  readonly seed: number;
}

export interface Simulated {
  readonly schedules: number;
  readonly grants: number;
  /** Grants that began or were to begin, and came to their end. */
  readonly ended: number;
  readonly figures: Figures;
  readonly violations: readonly Found[];
}

/** Plays `schedules` from `seed` on: each has a seed of its own, one above the one before. */
export function simulate({
  seed,
  schedules,
  tellProgress,
}: {
  readonly seed: number;
  readonly schedules: number;
  /** Told now and then: how many have been played, and how many violations were found. */
  readonly tellProgress?: (played: number, violations: number) => void;
}): Promise<Simulated> {
  return withVirtualTimeouts(async () => {
    const figures = noFigures();
    const violations: Found[] = [];
    let [grants, ended] = [0, 0];
    for (let played = 0; played < schedules; played++) {
      const outcome = await playSchedule(seed + played);
      addTo(figures, outcome.figures);
      grants += outcome.grants;
      ended += outcome.ended;
      if (outcome.violation) violations.push({ seed: seed + played, ...outcome.violation });
      if ((played + 1) % 500 === 0) tellProgress?.(played + 1, violations.length);
    }
    return { schedules, grants, ended, figures, violations };
  });
}

/** Plays one schedule and tells every step of it. */
export function replay(seed: number, tell: (line: string) => void): Promise<Violation | undefined> {
  return withVirtualTimeouts(async () => (await playSchedule(seed, { tell })).violation);
}

/** Plays schedules with `mutant` until one shows it; undefined where none of `most` does. */
export function catchMutant(
  mutant: Mutant,
  { seed, most }: { readonly seed: number; readonly most: number },
): Promise<(Found & { readonly schedules: number }) | undefined> {
  return withVirtualTimeouts(async () => {
    for (let played = 1; played <= most; played++) {
      const at = seed + played - 1;
      const { violation } = await playSchedule(at, { mutant });
      if (violation) return { seed: at, schedules: played, ...violation };
    }
    return undefined;
  });
}

function addTo(sum: Figures, more: Figures): void {
  sum.calls += more.calls;
  sum.checks += more.checks;
  sum.deadClaims += more.deadClaims;
  for (const kind of [...FAULTS, ...MISHAPS]) sum.faults[kind] += more.faults[kind];
}
