import { describe, expect, it } from "@jest/globals";
import {
  ago,
  clockTime,
  dateOf,
  timeLeft,
  timeOf,
  took,
  zoneOf,
} from "../../../local/page/app/stage/time-words.ts";

const AT = Date.UTC(2026, 10, 22, 14, 2, 3);
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

describe("a time", () => {
  it("is told in the reader's zone", () => {
    expect(clockTime(AT, "UTC")).toBe("14:02:03");
    expect(clockTime(AT, "Asia/Tokyo")).toBe("23:02:03");
    expect(dateOf(AT, "UTC")).toBe("Sun 22 Nov 2026");
    expect(zoneOf(AT, "UTC")).toBe("UTC");
    expect(zoneOf(AT, "Europe/Berlin")).toBe("CET");
  });

  it("has two figures for each part, also just after midnight", () => {
    expect(clockTime(Date.UTC(2026, 10, 22), "UTC")).toBe("00:00:00");
  });

  it("comes with its day where that is not today", () => {
    expect(timeOf(AT, AT + HOUR, "UTC")).toBe("14:02:03");
    expect(timeOf(AT, AT + 24 * HOUR, "UTC")).toBe("22 Nov, 14:02:03");
  });

  it("is of the day that it is in the reader's zone", () => {
    const beforeMidnight = Date.UTC(2026, 10, 22, 14, 59);
    expect(timeOf(beforeMidnight, beforeMidnight + HOUR, "UTC")).toBe("14:59:00");
    expect(timeOf(beforeMidnight, beforeMidnight + HOUR, "Asia/Tokyo")).toBe("22 Nov, 23:59:00");
  });
});

describe("what is left", () => {
  it.each([
    [12_900, "12 s"],
    [57 * MINUTE + 2 * SECOND, "57 min 02 s"],
    [HOUR, "1 h 00 min"],
    [23 * HOUR + 59 * MINUTE, "23 h 59 min"],
    [51 * HOUR, "2 d 03 h"],
  ])("of %d ms is %s", (ms, words) => {
    expect(timeLeft(ms)).toBe(words);
  });

  it("is never less than nothing", () => {
    expect(timeLeft(-5 * MINUTE)).toBe("0 s");
  });
});

describe("how long ago something was", () => {
  it.each([
    [-3 * SECOND, "just now"],
    [1_999, "just now"],
    [2 * SECOND, "2 s ago"],
    [3 * MINUTE, "3 min ago"],
    [2 * HOUR, "2 h ago"],
  ])("%d ms is %s", (ms, words) => {
    expect(ago(ms)).toBe(words);
  });
});

describe("how long something took", () => {
  it.each([
    [-1, "0.0 s"],
    [420, "0.4 s"],
    [12_000, "12 s"],
    [65_000, "1 min 05 s"],
  ])("%d ms is %s", (ms, words) => {
    expect(took(ms)).toBe(words);
  });
});
