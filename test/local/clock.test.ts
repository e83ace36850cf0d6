// The stack's clock: moves ahead only, and shows the same time to whoever installs its shifted Date.

import { describe, expect, it } from "@jest/globals";
import { createClock, installShiftedDate } from "../../local/clock.ts";

const REAL = Date.UTC(2026, 0, 2, 3, 4, 5);

describe("the stack's clock", () => {
  it("shows real time until it is moved", () => {
    expect(createClock(() => REAL).now()).toBe(REAL);
  });

  it("moves ahead by a span and to a moment", () => {
    const clock = createClock(() => REAL);
    clock.advance(1_500);
    expect(clock.now()).toBe(REAL + 1_500);
    clock.moveTo(REAL + 86_400_000);
    expect(clock.now()).toBe(REAL + 86_400_000);
  });

  it("never moves back", () => {
    const clock = createClock(() => REAL);
    clock.advance(1_000);
    expect(() => clock.advance(-1)).toThrow(RangeError);
    expect(() => clock.advance(Number.NaN)).toThrow(RangeError);
    expect(() => clock.moveTo(REAL)).toThrow(RangeError);
    expect(clock.now()).toBe(REAL + 1_000);
  });
});

describe("a shifted Date", () => {
  /** A Date class of its own, as another thread has one. */
  function aWorldWith(buffer: SharedArrayBuffer): { Date: DateConstructor } {
    class OwnDate extends Date {
      static override now = () => REAL;
    }
    const world = { Date: OwnDate as unknown as DateConstructor };
    installShiftedDate(buffer, world);
    return world;
  }

  it("follows the clock, also when it moves later", () => {
    const clock = createClock(() => REAL);
    const world = aWorldWith(clock.buffer);
    clock.advance(60_000);
    expect(world.Date.now()).toBe(REAL + 60_000);
    expect(new world.Date().getTime()).toBe(REAL + 60_000);
    expect(world.Date()).toBe(new Date(REAL + 60_000).toString());
  });

  it("leaves dates that are given alone", () => {
    const clock = createClock(() => REAL);
    const world = aWorldWith(clock.buffer);
    clock.advance(60_000);
    expect(new world.Date(0).toISOString()).toBe("1970-01-01T00:00:00.000Z");
    expect(new world.Date(2026, 0).getFullYear()).toBe(2026);
    expect(world.Date.UTC(2026, 0, 2, 3, 4, 5)).toBe(REAL);
    expect(world.Date.parse("2026-01-02T03:04:05Z")).toBe(REAL);
  });

  it("makes dates that are dates of its kind", () => {
    const { Date: Shifted } = aWorldWith(createClock(() => REAL).buffer);
    const date = new Shifted();
    expect(date).toBeInstanceOf(Shifted);
    expect(date.constructor).toBe(Shifted);
    class Birthday extends Shifted {}
    expect(new Birthday()).toBeInstanceOf(Birthday);
    expect(new Birthday().getTime()).toBe(REAL);
  });
});
