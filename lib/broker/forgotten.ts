// Grants of an earlier release: alive, and yet not in the outbox, where they have to be so that their requesters are warned, and looked after.

import pMap from "p-map";
import type { Grant } from "../grant/grant.ts";
import type { GrantId } from "../grant/ids.ts";
import type { DueGrant } from "../store/store.ts";
import { nextCheckAt } from "./leavers.ts";
import type { Ports } from "./ports.ts";
import { nextWordAt } from "./reminders.ts";
import { CALLS } from "./run.ts";
import { isolated } from "./step.ts";

/**
 * True for a grant that this release would have kept in the outbox at `now`: one that something is still to be
 * said of, or whose requester may yet leave, though nothing about it changes.
 */
export function isForgotten({ grant, isOutOfOutbox }: DueGrant, now: number): boolean {
  return isOutOfOutbox === true && isToBeKept(grant, now);
}

function isToBeKept(grant: Grant, now: number): boolean {
  // Whoever was asked about just now is asked about again before the end: and so is everybody else.
  return (
    nextWordAt(grant, now) !== undefined || nextCheckAt(grant, { checkedAt: now }) !== undefined
  );
}

/** Puts those of `ids` that are alive back into the outbox, where they are not in it. */
export async function putBack(
  ports: Pick<Ports, "store" | "clock" | "log">,
  ids: readonly GrantId[],
): Promise<void> {
  const { store, clock, log } = ports;
  await pMap(
    ids,
    (id) =>
      isolated(ports, id, async () => {
        const stored = await store.load(id);
        const now = clock.now();
        if (stored === undefined || !isToBeKept(stored.grant, now)) return;
        if (await store.putBack(stored, now)) {
          log.info("grant of an earlier release taken up", { grant: id });
        }
      }),
    { concurrency: CALLS },
  );
}
