// The bounded share of the exhaustive driver: every fault at every call of every path, and a slice of the pairs.

import { describe, expect, it } from "@jest/globals";
import { catchByOneFault, exhaustive, printable, replayCase } from "./exhaustive.ts";
import { MUTANTS } from "./mutants.ts";
import { PATHS } from "./paths.ts";

// All pairs are played by hand: `npm run simulate -- --exhaustive --pairs`.
const EVERY = 1_999;

describe("every fault at every call", () => {
  it("breaks no rule, alone or with a second one", async () => {
    const report = await exhaustive({ pairs: { every: EVERY } });
    expect(report.paths.map(({ path }) => path)).toEqual(PATHS.map(({ name }) => name));
    expect(report.paths.flatMap(({ violations }) => violations)).toEqual([]);
    expect(report.paths.flatMap(({ unmet }) => unmet)).toEqual([]);
    for (const { path, calls, singles } of report.paths) {
      expect({ path, covered: singles.covered }).toEqual({ path, covered: singles.total });
      expect(singles.total).toBeGreaterThan(calls);
    }
    const couples = report.paths.map(({ pairs }) => pairs);
    const sum = (numbers: readonly number[]) => numbers.reduce((one, other) => one + other, 0);
    const total = sum(couples.map((each) => each.total));
    expect(total).toBeGreaterThan(500_000);
    expect(sum(couples.map(({ covered }) => covered))).toBeGreaterThan(total / EVERY / 2);
    expect(report.awaitPoints.size).toBeGreaterThan(35);
    expect(printable(report)).toContain("planned faults that were not met     0");
  }, 120_000);

  it("plays a case the same every time, step by step", async () => {
    const lines = async () => {
      const told: string[] = [];
      await replayCase("both: give, plain, 21=lost.0, 40=death before.0", (line) =>
        told.push(line),
      );
      return told;
    };
    const first = await lines();
    expect(first.filter((line) => /⚡ lost|✝ before/.test(line))).toHaveLength(2);
    expect(await lines()).toEqual(first);
  });

  it("knows no case of another name", () => {
    expect(() => replayCase("both: take, plain", () => {})).toThrow("no such case");
    expect(() => replayCase("both: give, plain, 22", () => {})).toThrow("no such fault");
  });
});

describe("one fault is enough to notice that this is missing", () => {
  it.each([
    ["the mark of what is ours", "IAM group: give"],
    ["intent first: the window is not stored", "IAM group: give"],
    ["versions: the last save wins", "IAM group: give"],
    ["the settle time: writes that may land are forgotten", "aws-auth: fail"],
    ["the standing check", "IAM group: lend what stands"],
    ["claims: a lease forgets for whom it is", "IAM group: end one of two"],
    ["other grants of the same access", "IAM group: end one of two"],
    ["other grants of the same access", "aws-auth: end one of two"],
    ["not known is not gone", "IAM group: end early"],
    ["not known is not gone", "aws-auth: expire"],
    ["not known is not held", "both: give"],
    ["the lease: everybody gets it", "IAM group: end while it is given"],
    ["the schedule: only clicks take access away", "aws-auth: give"],
    ["what Slack missed is told again", "told: give and end early"],
    [
      "a message is posted without its buttons, and gets them once it is known where it stands",
      "told: give and end early",
    ],
    ["where a message stands is stored before it gets buttons", "told: give and end early"],
  ] as const)("%s, on %s", async (name, path) => {
    const found = await catchByOneFault(MUTANTS[name] ?? {}, path);
    expect(found?.rule).toEqual(expect.any(String));
  });
});
