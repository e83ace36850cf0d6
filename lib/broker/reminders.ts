// When something is to be said of a grant though nothing about it changes: before it lapses, before it ends.

import type { ActiveGrant, Grant, PendingGrant } from "../grant/grant.ts";

const MINUTE_MS = 60_000;
const LONGEST_NOTICE_MS = 60 * MINUTE_MS;
/** How long before the end its holder is told. */
const WARNING_MS = 10 * MINUTE_MS;
// Who has just been told that the access is there needs no warning of its end.
const SHORTEST_WARNED_MS = 15 * MINUTE_MS;

/** When approvers are reminded: an hour before the request lapses, or in the last quarter of a short wait. */
export function remindAt({ lapsesAt, requestedAt }: PendingGrant): number {
  return lapsesAt - Math.min(LONGEST_NOTICE_MS, (lapsesAt - requestedAt) / 4);
}

/** When the requester is told that the end is near; undefined where the access is too short for that. */
export function warnAt({ window, activeAt }: ActiveGrant): number | undefined {
  const { expiresAt } = window;
  return expiresAt - activeAt < SHORTEST_WARNED_MS ? undefined : expiresAt - WARNING_MS;
}

/** When there is something to say next, after `now`, though nothing changes; undefined: never. */
export function nextWordAt(grant: Grant, now: number): number | undefined {
  const at = wordAt(grant);
  return at !== undefined && at > now ? at : undefined;
}

function wordAt(grant: Grant): number | undefined {
  if (grant.status === "pending") return remindAt(grant);
  return grant.status === "active" ? warnAt(grant) : undefined;
}
