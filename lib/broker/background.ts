// What a requester has and had, for those who decide on their request.

import type { Grant } from "../grant/grant.ts";
import type { Background, Ports } from "./ports.ts";

const MONTH_MS = 30 * 24 * 60 * 60_000;
// The newest so many are looked at: more in a month would be told as at least so many.
const MOST = 100;

/** Looks it up, as of now: the grants of `grant`'s requester beside it. */
export async function backgroundOf(
  { store, clock }: Pick<Ports, "store" | "clock">,
  grant: Grant,
): Promise<Background> {
  const at = clock.now();
  const rows = await store.grantsOf(grant.requester, at - MONTH_MS, MOST);
  const others = rows.map((row) => row.grant).filter(({ id }) => id !== grant.id);
  return {
    at,
    live: others.filter(isLive),
    timesIn30Days: others.filter(
      (other) => other.entitlement.id === grant.entitlement.id && hasBegun(other),
    ).length,
  };
}

/** Access is there, or about to be. */
function isLive({ status }: Grant): boolean {
  return status === "approved" || status === "active" || status === "revoking";
}

function hasBegun(grant: Grant): boolean {
  return "window" in grant && grant.window !== undefined;
}
