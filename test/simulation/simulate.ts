// Many schedules in a row: what was played, what was met, and what was found.

import type { Mutant } from "./mutants.ts";
import { addFigures, type Figures, noFigures } from "./outside.ts";
import { playSchedule } from "./schedule.ts";
import type { Violation } from "./truth.ts";
import { withVirtualTimeouts } from "./virtual-timeouts.ts";

export interface Found extends Violation {
  /** Plays the schedule again, alone. */
  readonly seed: number;
}

/** A mutant that was noticed, after so many schedules. */
export type Caught = Found & { readonly schedules: number };

export interface Simulated {
  readonly schedules: number;
  readonly grants: number;
  /** Grants that began or were to begin, and came to their end. */
  readonly ended: number;
  readonly figures: Figures;
  readonly violations: readonly Found[];
}

/** Nothing played yet. */
export function nothingSimulated(): Simulated {
  return { schedules: 0, grants: 0, ended: 0, figures: noFigures(), violations: [] };
}

/** Plays `schedules` from `seed` on: each has a seed of its own, one above the one before. */
export function simulate({
  seed,
  schedules,
}: {
  readonly seed: number;
  readonly schedules: number;
}): Promise<Simulated> {
  return withVirtualTimeouts(async () => {
    let sum = nothingSimulated();
    for (let at = seed; at < seed + schedules; at++) {
      const { violation, ...played } = await playSchedule(at);
      const violations = violation === undefined ? [] : [{ seed: at, ...violation }];
      sum = together(sum, { schedules: 1, ...played, violations });
    }
    return sum;
  });
}

/** Both; the figures of `sum` are added to. */
export function together(sum: Simulated, more: Simulated): Simulated {
  addFigures(sum.figures, more.figures);
  return {
    schedules: sum.schedules + more.schedules,
    grants: sum.grants + more.grants,
    ended: sum.ended + more.ended,
    figures: sum.figures,
    violations:
      more.violations.length === 0 ? sum.violations : [...sum.violations, ...more.violations],
  };
}

/** Plays one schedule and tells every step of it. */
export function replay(
  seed: number,
  tell: (line: string) => void,
  mutant: Mutant = {},
): Promise<Violation | undefined> {
  return withVirtualTimeouts(async () => (await playSchedule(seed, { mutant, tell })).violation);
}

/** Plays schedules with `mutant` until one shows it; undefined where none of `most` does. */
export function catchMutant(
  mutant: Mutant,
  { seed, most }: { readonly seed: number; readonly most: number },
): Promise<Caught | undefined> {
  return withVirtualTimeouts(async () => {
    for (let played = 1; played <= most; played++) {
      const at = seed + played - 1;
      const { violation } = await playSchedule(at, { mutant });
      if (violation) return { seed: at, schedules: played, ...violation };
    }
    return undefined;
  });
}
