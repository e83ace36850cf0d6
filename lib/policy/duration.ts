// Durations as people write and read them: `30m`, `4h`, `1h30m`, `2d`; inside, everything is milliseconds.

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** The shortest duration: one minute, the pace of the scheduled functions. */
export const SHORTEST_MS = MINUTE_MS;
/** The longest duration: 30 days. What is needed for longer is not lent but given. */
export const LONGEST_MS = 30 * DAY_MS;

/** What to write, for messages. */
export const EXAMPLES = "30m, 4h, 1h30m or 2d";

/** What a duration looks like: days, hours, minutes, in this order, each at most once. */
export const DURATION_PATTERN = /^(?=\d)(?:(\d+)[dD])?(?:(\d+)[hH])?(?:(\d+)[mM])?$/;

/**
 * Reads `1h30m` as milliseconds, from `SHORTEST_MS` to `LONGEST_MS`. Blanks around it are ignored.
 * @throws RangeError, in words for the person who typed it, where `text` is no such duration.
 */
export function parseDuration(text: string): number {
  const ms = readDuration(text);
  const quoted = `"${text.trim().slice(0, 40)}"`;
  if (ms === undefined) throw new RangeError(`${quoted} is no duration like ${EXAMPLES}`);
  if (ms < SHORTEST_MS) throw new RangeError(`${quoted} is too short: the least is 1m`);
  if (ms > LONGEST_MS) throw new RangeError(`${quoted} is too long: the most is 30d`);
  return ms;
}

/** Reads a duration of any length as milliseconds; undefined where `text` is none. */
export function readDuration(text: string): number | undefined {
  const parts = DURATION_PATTERN.exec(text.trim());
  if (parts === null) return undefined;
  const [, days = "0", hours = "0", minutes = "0"] = parts;
  return Number(days) * DAY_MS + Number(hours) * HOUR_MS + Number(minutes) * MINUTE_MS;
}

/** `1h30m`: what `parseDuration` reads back, to the nearest minute and never less than `1m`. */
export function shortDuration(ms: number): string {
  return partsOf(Math.max(ms, MINUTE_MS))
    .map(({ count, unit }) => `${count}${unit.charAt(0)}`)
    .join("");
}

/** `1 hour 30 minutes`, to the nearest minute. */
export function formatDuration(ms: number): string {
  const parts = partsOf(ms);
  if (parts.length === 0) return "less than a minute";
  return parts.map(({ count, unit }) => `${count} ${unit}${count === 1 ? "" : "s"}`).join(" ");
}

/** The units that `ms` is made of, from the largest, without those that count 0. */
function partsOf(ms: number): readonly { count: number; unit: "day" | "hour" | "minute" }[] {
  const whole = Math.round(ms / MINUTE_MS) * MINUTE_MS;
  return [
    { count: Math.floor(whole / DAY_MS), unit: "day" as const },
    { count: Math.floor((whole % DAY_MS) / HOUR_MS), unit: "hour" as const },
    { count: Math.floor((whole % HOUR_MS) / MINUTE_MS), unit: "minute" as const },
  ].filter(({ count }) => count > 0);
}
