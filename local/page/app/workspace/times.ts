// Times of messages in words, in the reader's time zone unless another is said.

import { formatDate } from "../../../slack/format-date.ts";

const READERS_ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** A message's time (epoch ms) by its `ts`. */
export function msOf(ts: string): number {
  return Math.floor(Number(ts) * 1000);
}

/** `14:15` */
export function timeOf(ts: string, zone = READERS_ZONE): string {
  return formatDate(Number(ts), "{time}", 0, zone);
}

/** Day and time to the second. */
export function fullTimeOf(ts: string, zone = READERS_ZONE): string {
  return `${formatDate(Number(ts), "{date_long} at {time_secs}", 0, zone)} (${zone})`;
}

/** The day of a message, as a key: `2026-05-07`. */
export function dayOf(ts: string, zone = READERS_ZONE): string {
  return formatDate(Number(ts), "{date_num}", 0, zone);
}

/** `Today`, `Yesterday` or `Thursday, May 7, 2026`, seen from `now` (epoch ms). */
export function dayInWords(ts: string, now: number, zone = READERS_ZONE): string {
  const words = formatDate(Number(ts), "{day_divider_pretty}", now, zone);
  return words.charAt(0).toUpperCase() + words.slice(1);
}
