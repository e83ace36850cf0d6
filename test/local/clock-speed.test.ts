// A fast clock: sixty of the stack's seconds in one of real time, by the time that has passed and not by a timer's ticks.

import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { createClock, installShiftedDate } from "../../local/clock.ts";

const REAL = Date.UTC(2026, 0, 2, 3, 4, 5);
const SECOND = 1_000;

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

/** A clock on real time that `passes`, with the timers that fall due in it; `lapses`: they are held up. */
function aClock() {
  let real = REAL;
  const clock = createClock(() => real);
  const lapses = (ms: number) => {
    real += ms;
  };
  const passes = (ms: number) => {
    for (let left = ms; left > 0; left -= 1) {
      real += 1;
      jest.advanceTimersByTime(1);
    }
  };
  /** How much of the stack's time lies behind. */
  const behind = () => clock.now() - REAL;
  return { clock, passes, lapses, behind };
}

describe("a clock at x60", () => {
  it("moves a minute on in a second", () => {
    const { clock, passes, behind } = aClock();
    expect(clock.speed()).toBe(1);
    clock.setSpeed(60);
    expect(clock.speed()).toBe(60);
    passes(SECOND);
    expect(behind()).toBe(60 * SECOND);
    passes(9 * SECOND);
    expect(behind()).toBe(600 * SECOND);
  });

  it("moves in small steps, which other threads see as well", () => {
    const { clock, passes } = aClock();
    class OwnDate extends Date {
      static override now = () => REAL;
    }
    const world = { Date: OwnDate as unknown as DateConstructor };
    installShiftedDate(clock.buffer, world);
    clock.setSpeed(60);
    passes(100);
    const seen = world.Date.now() - REAL;
    expect(seen).toBeGreaterThan(0);
    expect(seen).toBeLessThanOrEqual(100 * 60);
  });

  it("loses nothing where its steps come late", () => {
    const { clock, passes, lapses, behind } = aClock();
    clock.setSpeed(60);
    lapses(2 * SECOND - 50);
    passes(50);
    expect(behind()).toBe(120 * SECOND);
  });

  it("counts what has passed since the last step when it slows down", () => {
    const { clock, lapses, behind } = aClock();
    clock.setSpeed(60);
    lapses(7);
    clock.setSpeed(1);
    expect(behind()).toBe(60 * 7);
  });

  it("runs with real time again at x1, and leaves no timer behind", () => {
    const { clock, passes, behind } = aClock();
    clock.setSpeed(60);
    clock.setSpeed(60);
    expect(jest.getTimerCount()).toBe(1);
    passes(SECOND);
    clock.setSpeed(1);
    expect(jest.getTimerCount()).toBe(0);
    passes(SECOND);
    expect(behind()).toBe(61 * SECOND);
  });

  it("counts nothing twice when it is made fast for a second time", () => {
    const { clock, passes, behind } = aClock();
    clock.setSpeed(60);
    passes(SECOND);
    clock.setSpeed(1);
    passes(10 * SECOND);
    clock.setSpeed(60);
    passes(SECOND);
    expect(behind()).toBe(130 * SECOND);
  });

  it("can be moved ahead all the same", () => {
    const { clock, passes, behind } = aClock();
    clock.setSpeed(60);
    clock.advance(3_600 * SECOND);
    passes(SECOND);
    expect(behind()).toBe(3_660 * SECOND);
  });

  it("moves not back where the machine's clock is set back", () => {
    const { clock, passes, lapses } = aClock();
    clock.setSpeed(60);
    passes(SECOND);
    lapses(-5 * SECOND);
    const before = clock.now();
    passes(SECOND);
    expect(clock.now() - before).toBeGreaterThanOrEqual(55 * SECOND);
  });
});
