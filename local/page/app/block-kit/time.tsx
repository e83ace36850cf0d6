// A time in the reader's own zone, and all of it for who points at it.

import { formatDate } from "../../../slack/format-date.ts";
import { useNow } from "../page-state.tsx";

const READERS_ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;
const TODAY_IS_LOOKED_UP_EVERY_MS = 5_000;

/** `seconds` since the epoch in Slack's date format. */
export function Time(props: { readonly seconds: number; readonly format: string }) {
  const now = useNow(TODAY_IS_LOOKED_UP_EVERY_MS);
  const { seconds, format } = props;
  const full = formatDate(seconds, "{date_long} at {time_secs}", now, READERS_ZONE);
  return (
    <time dateTime={new Date(seconds * 1000).toISOString()} title={`${full} (${READERS_ZONE})`}>
      {formatDate(seconds, format, now, READERS_ZONE)}
    </time>
  );
}
