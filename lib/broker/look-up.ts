// What somebody has, waits for, and had: their own grants, as the App Home and `/access mine` show them.

import { type Grant, isOver } from "../grant/grant.ts";
import type { SlackUserId } from "../grant/ids.ts";
import type { Ports } from "./ports.ts";

const LOOKED_BACK_MS = 90 * 24 * 60 * 60_000;
const LOOKED_THROUGH = 100;
const RECENT = 10;

export interface GrantsOfPerson {
  /** Those that are not over, newest first. */
  readonly own: readonly Grant[];
  /** Those that are over, the newest 10, newest first. */
  readonly recent: readonly Grant[];
}

/** The newest grants of `by` in the last 90 days; one that was asked for a moment ago may be missing. */
export async function grantsOfPerson(
  { store, clock }: Pick<Ports, "store" | "clock">,
  by: SlackUserId,
): Promise<GrantsOfPerson> {
  const stored = await store.grantsOf(by, clock.now() - LOOKED_BACK_MS, LOOKED_THROUGH);
  const grants = stored.map(({ grant }) => grant);
  return {
    own: grants.filter((grant) => !isOver(grant)),
    recent: grants.filter(isOver).slice(0, RECENT),
  };
}
