// Times and durations as the page writes them: in the reader's zone, in figures that keep their width.

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** Less than this is "just now". */
const JUST_NOW_MS = 2 * SECOND_MS;

/** `14:02:03`. `zone`: an IANA name; the reader's own where there is none. */
export function clockTime(at: number, zone?: string): string {
  return format(at, zone, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
}

/** `Sun 22 Nov 2026`. */
export function dateOf(at: number, zone?: string): string {
  const words = format(at, zone, {
    weekday: "short",
    day: "numeric",
    month: "short",
    year: "numeric",
  });
  return words.replace(",", "");
}

/** What the reader's zone is called at that time: `UTC`, `CET`, `GMT-5`. */
export function zoneOf(at: number, zone?: string): string {
  const parts = new Intl.DateTimeFormat("en-GB", { timeZoneName: "short", ...zoned(zone) });
  return parts.formatToParts(at).find(({ type }) => type === "timeZoneName")?.value ?? "";
}

/** The time of day, and the day where it is another than that of `now`: `14:02:03`, `21 Nov, 14:02:03`. */
export function timeOf(at: number, now: number, zone?: string): string {
  const time = clockTime(at, zone);
  if (dateOf(at, zone) === dateOf(now, zone)) return time;
  return `${format(at, zone, { day: "numeric", month: "short" })}, ${time}`;
}

/** What is left, to the second below: `12 s`, `57 min 02 s`, `1 h 05 min`, `2 d 03 h`; never less than `0 s`. */
export function timeLeft(ms: number): string {
  const left = Math.max(0, ms);
  if (left < MINUTE_MS) return `${Math.floor(left / SECOND_MS)} s`;
  if (left < HOUR_MS) return pair(left, [MINUTE_MS, "min"], [SECOND_MS, "s"]);
  if (left < DAY_MS) return pair(left, [HOUR_MS, "h"], [MINUTE_MS, "min"]);
  return pair(left, [DAY_MS, "d"], [HOUR_MS, "h"]);
}

/** `just now`, `12 s ago`, `3 min ago`. */
export function ago(ms: number): string {
  if (ms < JUST_NOW_MS) return "just now";
  if (ms < MINUTE_MS) return `${Math.floor(ms / SECOND_MS)} s ago`;
  if (ms < HOUR_MS) return `${Math.floor(ms / MINUTE_MS)} min ago`;
  return `${Math.floor(ms / HOUR_MS)} h ago`;
}

/** How long something took: `0.4 s`, `12 s`, `1 min 05 s`. */
export function took(ms: number): string {
  if (ms < 10 * SECOND_MS) return `${(Math.max(0, ms) / SECOND_MS).toFixed(1)} s`;
  return timeLeft(ms);
}

type Unit = readonly [ms: number, name: string];

function pair(ms: number, [big, bigName]: Unit, [small, smallName]: Unit): string {
  const rest = String(Math.floor((ms % big) / small)).padStart(2, "0");
  return `${Math.floor(ms / big)} ${bigName} ${rest} ${smallName}`;
}

function format(at: number, zone: string | undefined, parts: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat("en-GB", { ...parts, hourCycle: "h23", ...zoned(zone) }).format(
    at,
  );
}

function zoned(zone: string | undefined): Intl.DateTimeFormatOptions {
  return zone === undefined ? {} : { timeZone: zone };
}
