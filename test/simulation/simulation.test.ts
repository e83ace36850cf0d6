// The bounded share of the simulation: no rule is broken, and every safeguard that is taken out is noticed.

import { describe, expect, it } from "@jest/globals";
import { MUTANTS } from "./mutants.ts";
import { playSchedule } from "./schedule.ts";
import { catchMutant, simulate } from "./simulate.ts";
import { withVirtualTimeouts } from "./virtual-timeouts.ts";

// The bulk is run by hand: `npm run simulate -- --schedules 1000000 --seed 7`.
const SCHEDULES = 1_000;
// A mutant is met within so many schedules; the rarest from a seed near one that is known to meet it.
const MOST = 150;
const SEEDS: Readonly<Record<string, number>> = {
  "the settle time: writes that may land are forgotten": 480,
  "the look at the clock before giving": 600,
  "denied is not gone: a group that cannot be read is empty": 640,
};

describe("the simulation", () => {
  it("finds no rule broken", async () => {
    const { violations, figures, ended } = await simulate({ seed: 1, schedules: SCHEDULES });
    expect(violations).toEqual([]);
    expect(ended).toBeGreaterThan(SCHEDULES);
    expect(Math.min(...Object.values(figures.faults))).toBeGreaterThan(0);
  }, 120_000);

  it("plays a seed the same every time, call by call", async () => {
    const lines = () =>
      withVirtualTimeouts(async () => {
        const told: string[] = [];
        await playSchedule(77, { tell: (line) => told.push(line) });
        return told;
      });
    const first = await lines();
    expect(first.length).toBeGreaterThan(50);
    expect(await lines()).toEqual(first);
  });

  it.each(Object.entries(MUTANTS))(
    "notices: %s",
    async (name, mutant) => {
      const found = await catchMutant(mutant, { seed: SEEDS[name] ?? 1, most: MOST });
      expect(found?.rule).toEqual(expect.any(String));
    },
    60_000,
  );
});
