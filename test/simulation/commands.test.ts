// The broker driven by fast-check's commands and scheduler: no rule is broken, and what breaks one can be played again.

import { describe, expect, it } from "@jest/globals";
import {
  type CommandFailure,
  checkCommands,
  createScheduledLoop,
  MOMENT_MS,
  type Replay,
  schedulerOf,
} from "./commands.ts";
import { MUTANTS } from "./mutants.ts";
import { FAULTS } from "./outside.ts";

const SEED = 5;
const RUNS = 60;
/**
 * To play a failure again, alone and step by step: put its `{ seed, path, replayPath }` here, run
 * `npm test -- test/simulation/commands`, and read every call on standard output. It fails at the first
 * try, with the same few commands, as long as the broker and the commands are as they were.
 */
const REPLAY = undefined as Replay | undefined;
const tell = (line: string) => process.stdout.write(`${line}\n`);

describe("the broker under commands", () => {
  it("breaks no rule, whatever people do and in whatever order calls arrive", async () => {
    const checked = await checkCommands({
      seed: SEED,
      numRuns: RUNS,
      ...(REPLAY && { replay: REPLAY, tell }),
    });
    expect(checked.failure).toBeUndefined();
    expect(checked.runs).toBe(RUNS);
    expect(checked.longRuns).toBeGreaterThan(RUNS / 3);
    expect(checked.ended).toBeGreaterThan(RUNS);
    expect(Math.min(...Object.values(checked.commands))).toBeGreaterThan(0);
    for (const kind of FAULTS) expect(checked.figures.faults[kind]).toBeGreaterThan(0);
  }, 60_000);

  it.each([
    "the mark of what is ours",
    "intent first: the window is not stored",
    "the standing check",
    "other grants of the same access",
    "the second account of the requester",
  ])(
    "notices without %s, in few commands, and again when they are replayed",
    async (name) => {
      const mutant = MUTANTS[name] ?? {};
      const found = await checkCommands({ seed: SEED, numRuns: RUNS, mutant });
      const { seed, path, replayPath, ...failure } = found.failure as CommandFailure;
      expect(failure.rule).toEqual(expect.any(String));
      expect(failure.commands.length).toBeLessThan(10);

      const again = await checkCommands({
        seed: 0,
        numRuns: RUNS,
        mutant,
        replay: { seed, path, replayPath },
      });
      expect(again.runs).toBe(1);
      expect(again.failure).toMatchObject({ ...failure, shrinks: 0 });
    },
    60_000,
  );
});

describe("the loop of the commands", () => {
  /** Three calls that are made at once: in what order they arrive, and in what order they are answered. */
  async function callThrice(seed: number) {
    const loop = createScheduledLoop(schedulerOf(seed), 0, () => {});
    const [arrivals, answers]: string[][] = [[], []];
    for (const [place, name] of ["a", "b", "c"].entries()) {
      loop.at(1 + place, () => {
        arrivals?.push(name);
        loop.at(loop.now() + 1, () => answers?.push(name));
      });
    }
    await loop.play(() => false);
    return { arrivals: arrivals?.join(""), answers: answers?.join("") };
  }

  it("lets calls arrive, and their answers come back, in every order", async () => {
    const played = await Promise.all(Array.from({ length: 200 }, (_, seed) => callThrice(seed)));
    const inAllOrders = ["abc", "acb", "bac", "bca", "cab", "cba"];
    expect([...new Set(played.map(({ arrivals }) => arrivals))].sort()).toEqual(inAllOrders);
    const whereAIsFirst = played.filter(({ arrivals }) => arrivals === "abc");
    expect([...new Set(whereAIsFirst.map(({ answers }) => answers))].sort()).toEqual(inAllOrders);
  });

  it("lets nothing happen before its time, nor more than a moment after it", async () => {
    const delays: number[] = [];
    for (let seed = 0; seed < 50; seed++) {
      const loop = createScheduledLoop(schedulerOf(seed), 0, () => {});
      for (let at = 0; at < 3_000; at += 40) loop.at(at, () => delays.push(loop.now() - at));
      await loop.pass(4_000, () => false);
      expect(loop.now()).toBe(4_000);
    }
    expect(delays).toHaveLength(50 * 75);
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...delays)).toBeLessThanOrEqual(MOMENT_MS);
    expect(new Set(delays).size).toBeGreaterThan(3);
  });
});
