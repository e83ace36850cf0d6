// Times in Slack's date format, as someone in a time zone reads them.

const MINUTE_S = 60;
const HOUR_S = 60 * MINUTE_S;
const DAY_S = 24 * HOUR_S;
const DAY_MS = 1000 * DAY_S;

/**
 * A time in Slack's date format, for someone with a 24-hour clock. UTC is named with the time; a reader's own
 * zone is not, as in Slack.
 * https://docs.slack.dev/messaging/formatting-message-text#date-formatting
 *
 * @param seconds epoch seconds
 * @param format text with tokens such as `{date_short_pretty} {time}`
 * @param nowMs what "today" is
 * @param zone the reader's, as the IANA names it
 */
export function formatDate(seconds: number, format: string, nowMs: number, zone = "UTC"): string {
  return format.replace(
    /\{(\w+)\}/g,
    (token, name: string) => dateToken(seconds, name, nowMs, zone) ?? token,
  );
}

function dateToken(seconds: number, name: string, nowMs: number, zone: string): string | undefined {
  const words = (options: Intl.DateTimeFormatOptions) =>
    formatter(zone, options).format(seconds * 1000);
  const pretty = (plain: () => string) => relativeDay(seconds, nowMs, zone) ?? plain();
  const long = () => words({ weekday: "long", month: "long", day: "numeric", year: "numeric" });
  const short = () => words({ month: "short", day: "numeric", year: "numeric" });
  const withoutYear = () => words({ month: "long", day: "numeric" });
  const clock = (options: Intl.DateTimeFormatOptions) => {
    const time = words({ hour: "2-digit", minute: "2-digit", hourCycle: "h23", ...options });
    return zone === "UTC" ? `${time} UTC` : time;
  };
  switch (name) {
    case "date_num":
      return isoDay(seconds * 1000, zone);
    case "date_slash":
      return words({ day: "2-digit", month: "2-digit", year: "numeric" });
    case "date_long":
      return long();
    case "date_long_full":
      return words({ month: "long", day: "numeric", year: "numeric" });
    case "date_long_pretty":
    case "day_divider_pretty":
      return pretty(long);
    case "date":
      return withoutYear();
    case "date_pretty":
      return pretty(withoutYear);
    case "date_short":
      return short();
    case "date_short_pretty":
      return pretty(short);
    case "time":
      return clock({});
    case "time_secs":
      return clock({ second: "2-digit" });
    case "ago":
      return ago(seconds, nowMs);
    default:
      return undefined;
  }
}

/** `2025-11-22`: the day that a moment (epoch ms) falls on in `zone`. */
function isoDay(at: number, zone: string): string {
  const parts = formatter(zone, {
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
  }).formatToParts(at);
  const part = (type: string) => parts.find((one) => one.type === type)?.value ?? "";
  return `${part("year")}-${part("month")}-${part("day")}`;
}

function relativeDay(seconds: number, nowMs: number, zone: string): string | undefined {
  const dayOf = (at: number) => Date.parse(isoDay(at, zone)) / DAY_MS;
  const days = dayOf(seconds * 1000) - dayOf(nowMs);
  return { "-1": "yesterday", "0": "today", "1": "tomorrow" }[String(days)];
}

function ago(seconds: number, nowMs: number): string {
  const away = Math.round(seconds - nowMs / 1000);
  const [size, unit] =
    Math.abs(away) >= DAY_S
      ? [DAY_S, "day"]
      : Math.abs(away) >= HOUR_S
        ? [HOUR_S, "hour"]
        : [MINUTE_S, "minute"];
  return new Intl.RelativeTimeFormat("en").format(
    Math.trunc(away / Number(size)),
    unit as Intl.RelativeTimeFormatUnit,
  );
}

const formatters = new Map<string, Intl.DateTimeFormat>();

/** Kept, for making one takes longer than using it a hundred times. */
function formatter(timeZone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = JSON.stringify([timeZone, options]);
  const made = formatters.get(key) ?? new Intl.DateTimeFormat("en-US", { timeZone, ...options });
  formatters.set(key, made);
  return made;
}
