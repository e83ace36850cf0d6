// The bounded share of the simulation: no rule is broken, and every safeguard that is taken out is noticed.

import { describe, expect, it } from "@jest/globals";
import { MUTANTS } from "./mutants.ts";
import { playSchedule } from "./schedule.ts";
import { catchMutant, simulate } from "./simulate.ts";
import { withVirtualTimeouts } from "./virtual-timeouts.ts";

// The bulk is run by hand: `npm run simulate -- --schedules 1000000 --seed 7`.
const SCHEDULES = 1_000;
// A mutant is noticed within so many schedules; the rarer ones from a seed near one that is known to notice
// it, which `npm run simulate -- --mutants --schedules 5000` finds anew where the broker's calls have changed.
const MOST = 3_000;
const SEEDS: Readonly<Record<string, number>> = {
  "the settle time: writes that may land are forgotten": 60,
  "not known is not gone": 30,
  "the look at the clock before giving": 290,
  "an answer to the second attempt says nothing of the first": 1_170,
  "the unique id: whoever bears the name now is the one": 80,
  "denied is not gone: a group that cannot be read is empty": 240,
  "denied is not gone: a cluster that refuses has no aws-auth": 260,
  "the read-back: whom IAM was asked to remove is gone": 30,
  "the look at the user before adding: who had the name first still has it": 490,
  "the version of aws-auth: the last write wins": 430,
  "whose an entry of aws-auth is: one by hand is taken for ours": 300,
  "endless tries: four and no more": 40,
  "who may approve: whoever clicks": 80,
  "requests lapse: approved all the same": 80,
  "pauses have a longest: they quadruple for ever": 40,
  "a fresh look: what was loaded once is taken for the present": 30,
  "the settle time that another worker wrote down": 60,
  "a lease outlives its run": 240,
  "what Slack missed is told again": 20,
  "what has changed while it was told is told at once, not when Slack is to be asked again": 20,
  "a message is posted without its buttons, and gets them once it is known where it stands": 20,
  "what an announcer that never let go has sent is not known": 13_670,
  "what got no answer may land later: over what is shown since, or below it": 890,
  "where a message stands is stored before it gets buttons": 160,
  "the end stays where it is from two minutes before it on": 130,
  "who extends alone still has the approvals of before": 1_140,
  "an extension that takes approvals waits for them": 30,
  "who has left is found out: nobody looks": 300,
};

describe("the simulation", () => {
  it("finds no rule broken", async () => {
    const { violations, figures, ended } = await simulate({ seed: 1, schedules: SCHEDULES });
    expect(violations).toEqual([]);
    expect(ended).toBeGreaterThan(SCHEDULES);
    expect(Math.min(...Object.values(figures.faults))).toBeGreaterThan(0);
    expect(Math.min(...Object.values(figures.rules))).toBeGreaterThan(0);
  }, 120_000);

  it("plays a seed the same every time, call by call", async () => {
    const lines = (seed: number) =>
      withVirtualTimeouts(async () => {
        const told: string[] = [];
        await playSchedule(seed, { tell: (line) => told.push(line) });
        return told;
      });
    for (const seed of [77, 78, 79, 80, 81, 82, 83, 84]) {
      const first = await lines(seed);
      expect(first.length).toBeGreaterThan(20);
      expect(await lines(seed)).toEqual(first);
    }
  });

  it.each(Object.entries(MUTANTS))(
    "notices without: %s",
    async (name, mutant) => {
      const found = await catchMutant(mutant, { seed: SEEDS[name] ?? 1, most: MOST });
      expect(found?.rule).toEqual(expect.any(String));
    },
    120_000,
  );
});
