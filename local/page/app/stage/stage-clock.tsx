// The stack's clock: its time of day and its date, in the reader's zone.

import { useNow } from "../page-state.tsx";
import { clockTime, dateOf, zoneOf } from "./time-words.ts";

const TICK_MS = 200;

export function TickingClock() {
  return <StageClock at={useNow(TICK_MS)} />;
}

/** `at`: epoch ms. `zone`: an IANA name; the reader's own where there is none. */
export function StageClock({ at, zone }: { readonly at: number; readonly zone?: string }) {
  return (
    <section className="st-clock" aria-label="The time here">
      <time className="st-time" dateTime={new Date(at).toISOString()}>
        {clockTime(at, zone)}
      </time>
      <span className="st-small">
        {dateOf(at, zone)}, {zoneOf(at, zone)}
      </span>
    </section>
  );
}
