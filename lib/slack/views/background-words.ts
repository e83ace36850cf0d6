// What a requester has and had, in words for who decides.

import type { Background } from "../../broker/ports.ts";
import type { Grant } from "../../grant/grant.ts";
import { when } from "../text.ts";
import { titleOf } from "./grant-words.ts";

const MOST_LIVE = 5;
// The count goes by the newest grants only, so from here on it may be more.
const SURELY = 100;
const MINUTE_MS = 60_000;

/** What the requester has beside this grant, and how often they had this one; mrkdwn. */
export function backgroundWords(background: Background): string {
  // To the minute, as it is read: no text of its own for every second.
  const at = when(Math.floor(background.at / MINUTE_MS) * MINUTE_MS);
  const { live } = background;
  if (live.length === 0) return `As of ${at}: no other access. ${timesWords(background)}`;
  const named = live
    .slice(0, MOST_LIVE)
    .map((grant) => `• ${titleOf(grant, 150)}, ${lasts(grant)}`);
  const more = live.length > MOST_LIVE ? [`and ${live.length - MOST_LIVE} more`] : [];
  return [`As of ${at}, the requester also has:`, ...named, ...more, timesWords(background)].join(
    "\n",
  );
}

/** How often the requester had this one; a sentence. */
export function timesWords({ timesIn30Days: times }: Background): string {
  if (times === 0) return "The first time in 30 days.";
  if (times >= SURELY) return `Had this at least ${times} times in the last 30 days.`;
  return `Had this ${times === 1 ? "once" : `${times} times`} in the last 30 days.`;
}

function lasts(grant: Grant): string {
  if (grant.status === "active") return `until ${when(grant.window.expiresAt)}`;
  return grant.status === "revoking" ? "being taken away" : "about to begin";
}
