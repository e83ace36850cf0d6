// The parts of the page: who hears when one changes, and that one is not made anew more often than it must be.

import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { createParts, createRefresher } from "../../local/page/stream.ts";
import { EMPTY } from "./a-page.ts";

describe("the parts", () => {
  const stageAt = (now: number) => ({ ...EMPTY.stage, now });
  const listening = (parts = createParts(EMPTY)) => {
    const heard: unknown[] = [];
    return { parts, heard, unsubscribe: parts.subscribe((...told) => heard.push(told)) };
  };

  it("are kept, and whoever listens is told of what changes", () => {
    const { parts, heard, unsubscribe } = listening();
    parts.set("stage", stageAt(2_000));
    expect(parts.current()).toEqual({ ...EMPTY, stage: stageAt(2_000) });
    unsubscribe();
    parts.set("stage", stageAt(3_000));
    expect(heard).toEqual([["stage", stageAt(2_000)]]);
  });

  it("that say what they said before are not told again", () => {
    const { parts, heard } = listening();
    parts.set("work", { passes: [] });
    parts.set("stage", stageAt(2_000));
    parts.set("stage", stageAt(2_000));
    parts.set("stage", stageAt(1_000));
    expect(heard).toEqual([
      ["stage", stageAt(2_000)],
      ["stage", stageAt(1_000)],
    ]);
  });

  it("say what time it is now to whoever asks, not what it was when the stage last changed", () => {
    let now = 5_000;
    const parts = createParts(EMPTY, { now: () => now });
    now = 6_000;
    expect(parts.current()).toEqual({ ...EMPTY, stage: stageAt(6_000) });
  });
});

describe("a refresher", () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  const refresherOf = (make: () => number | Promise<number>) => {
    const put: number[] = [];
    const errors: unknown[] = [];
    const refresher = createRefresher({
      make,
      put: (part) => put.push(part),
      afterMs: 30,
      onError: (error) => errors.push(error),
    });
    return { ...refresher, put, errors };
  };

  it("makes one part for many changes that come together", async () => {
    let made = 0;
    const { soon, put } = refresherOf(() => ++made);
    for (let change = 0; change < 5; change++) {
      soon();
      await jest.advanceTimersByTimeAsync(5);
    }
    expect(put).toEqual([]);
    await jest.advanceTimersByTimeAsync(5);
    expect(put).toEqual([1]);
    await jest.advanceTimersByTimeAsync(1_000);
    expect(put).toEqual([1]);
  });

  it("does not wait for a rest that never comes", async () => {
    let made = 0;
    const { soon, put } = refresherOf(() => ++made);
    for (let change = 0; change < 20; change++) {
      soon();
      await jest.advanceTimersByTimeAsync(10);
    }
    expect(put.length).toBeGreaterThan(4);
  });

  it("never makes two at a time, and makes another where something changed meanwhile", async () => {
    const makings: ((part: number) => void)[] = [];
    const { soon, put } = refresherOf(() => new Promise((resolve) => makings.push(resolve)));
    soon();
    await jest.advanceTimersByTimeAsync(30);
    soon();
    soon();
    await jest.advanceTimersByTimeAsync(1_000);
    expect(makings).toHaveLength(1);
    makings[0]?.(1);
    await jest.advanceTimersByTimeAsync(30);
    expect(makings).toHaveLength(2);
    makings[1]?.(2);
    await jest.advanceTimersByTimeAsync(1_000);
    expect(put).toEqual([1, 2]);
    expect(makings).toHaveLength(2);
  });

  it("reports what goes wrong, and tries again at the next change", async () => {
    let made = 0;
    const { soon, put, errors } = refresherOf(() => {
      made += 1;
      if (made === 1) throw new Error("no answer");
      return made;
    });
    soon();
    await jest.advanceTimersByTimeAsync(30);
    expect([put, errors]).toEqual([[], [new Error("no answer")]]);
    soon();
    await jest.advanceTimersByTimeAsync(30);
    expect(put).toEqual([2]);
  });

  it("puts nothing after it was stopped, not even what was being made", async () => {
    let finish = (_part: number) => {};
    const { soon, stop, put } = refresherOf(
      () =>
        new Promise((resolve) => {
          finish = resolve;
        }),
    );
    soon();
    await jest.advanceTimersByTimeAsync(30);
    soon();
    stop();
    finish(1);
    soon();
    await jest.advanceTimersByTimeAsync(1_000);
    expect(put).toEqual([]);
    expect(jest.getTimerCount()).toBe(0);
  });
});
