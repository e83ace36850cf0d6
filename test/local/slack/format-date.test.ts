// Slack's date format, in UTC and in a reader's own zone.

import { describe, expect, it } from "@jest/globals";
import { formatDate } from "../../../local/slack/format-date.ts";

const NOW = Date.parse("2025-11-22T12:00:00Z");
const UNIX = 1763820000; // 2025-11-22 14:00:00 UTC

describe("formatDate", () => {
  it.each([
    ["{date_num}", "2025-11-22"],
    ["{date_long}", "Saturday, November 22, 2025"],
    ["{date_long_full}", "November 22, 2025"],
    ["{date}", "November 22"],
    ["{date_short}", "Nov 22, 2025"],
    ["{date_short_pretty} {time}", "today 14:00 UTC"],
    ["at {time_secs}", "at 14:00:00 UTC"],
    ["{ago}", "in 2 hours"],
    ["{unheard_of}", "{unheard_of}"],
  ])("writes %s as %s", (format, expected) => {
    expect(formatDate(UNIX, format, NOW)).toBe(expected);
  });

  it("knows yesterday, tomorrow and other days", () => {
    const day = 24 * 3600;
    const format = "{date_short_pretty}";
    expect(formatDate(UNIX - day, format, NOW)).toBe("yesterday");
    expect(formatDate(UNIX + day, format, NOW)).toBe("tomorrow");
    expect(formatDate(UNIX + 2 * day, format, NOW)).toBe("Nov 24, 2025");
    expect(formatDate(UNIX - 3 * day, "{ago}", NOW)).toBe("2 days ago");
  });

  it.each([
    ["Asia/Tokyo", "today 23:00"],
    ["Pacific/Auckland", "today 03:00"],
    ["America/Los_Angeles", "today 06:00"],
  ])("reads as one in %s does, who needs no zone named", (zone, expected) => {
    expect(formatDate(UNIX, "{date_short_pretty} {time}", NOW, zone)).toBe(expected);
  });

  it("counts days as the reader does", () => {
    const evening = Date.parse("2025-11-22T16:00:00Z") / 1000;
    expect(formatDate(evening, "{date_short_pretty}", NOW, "Asia/Tokyo")).toBe("tomorrow");
    expect(formatDate(evening, "{date_num} {time_secs}", NOW, "Asia/Tokyo")).toBe(
      "2025-11-23 01:00:00",
    );
  });
});
