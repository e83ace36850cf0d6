import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import {
  formatDuration,
  LONGEST_MS,
  parseDuration,
  readDuration,
  SHORTEST_MS,
  shortDuration,
} from "../../lib/policy/duration.ts";

const MINUTE = 60_000;
const wholeMinutes = fc
  .integer({ min: SHORTEST_MS / MINUTE, max: LONGEST_MS / MINUTE })
  .map((minutes) => minutes * MINUTE);

describe("parseDuration", () => {
  it.each([
    ["30m", 30 * MINUTE],
    ["4h", 240 * MINUTE],
    ["1h30m", 90 * MINUTE],
    ["2d", 2 * 1440 * MINUTE],
    ["1d2h3m", (1440 + 120 + 3) * MINUTE],
    [" 90M ", 90 * MINUTE],
    ["30d", LONGEST_MS],
    ["1m", SHORTEST_MS],
  ])("reads %j", (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each(["", " ", "1", "h", "30", "1.5h", "-1h", "30m1h", "1h 30m", "1h1h", "1w", "1h\nx", "١h"])(
    "refuses %j and says what to write",
    (text) => {
      expect(() => parseDuration(text)).toThrow("is no duration like 30m, 4h, 1h30m or 2d");
    },
  );

  it("says what the least and the most are", () => {
    expect(() => parseDuration("0m")).toThrow('"0m" is too short: the least is 1m');
    expect(() => parseDuration("30d1m")).toThrow('"30d1m" is too long: the most is 30d');
    expect(() => parseDuration(`${"9".repeat(400)}h`)).toThrow("too long");
  });

  it("reads back what shortDuration writes", () => {
    fc.assert(fc.property(wholeMinutes, (ms) => parseDuration(shortDuration(ms)) === ms));
  });

  it("answers any text with a time within the bounds, or a RangeError", () => {
    const pieces = fc.array(fc.constantFrom("0", "1", "9", "d", "h", "m", "D", " ", "-", "x"));
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          pieces.map((all) => all.join("")),
        ),
        (text) => {
          try {
            const ms = parseDuration(text);
            expect(ms).toBe(readDuration(text));
            expect(ms >= SHORTEST_MS && ms <= LONGEST_MS && ms % MINUTE === 0).toBe(true);
          } catch (error) {
            if (!(error instanceof RangeError)) throw error;
          }
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe("formatDuration", () => {
  it.each([
    [60 * MINUTE, "1 hour"],
    [90 * MINUTE, "1 hour 30 minutes"],
    [MINUTE, "1 minute"],
    [1440 * MINUTE, "1 day"],
    [(2 * 1440 + 61) * MINUTE, "2 days 1 hour 1 minute"],
    [59 * MINUTE + 45_000, "1 hour"],
    [20_000, "less than a minute"],
    [0, "less than a minute"],
  ])("writes %d ms for people", (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  it("names no unit of which there are none, and never more than fit into the next", () => {
    fc.assert(
      fc.property(wholeMinutes, (ms) => {
        const text = formatDuration(ms);
        expect(text).not.toMatch(/\b0 /);
        expect(Number(/(\d+) hour/.exec(text)?.[1] ?? 0)).toBeLessThan(24);
        expect(Number(/(\d+) minute/.exec(text)?.[1] ?? 0)).toBeLessThan(60);
      }),
    );
  });
});

describe("shortDuration", () => {
  it.each([
    [90 * MINUTE, "1h30m"],
    [2880 * MINUTE, "2d"],
    [1, "1m"],
  ])("writes %d ms as %j", (ms, text) => {
    expect(shortDuration(ms)).toBe(text);
  });
});
