// Ends all access that there is, and that is about to be, for whoever runs the broker: revoke takes it then.

import pMap from "p-map";
import type { ActiveGrant, ApprovedGrant, Grant, RevokingGrant } from "../grant/grant.ts";
import type { GrantId } from "../grant/ids.ts";
import { type EndingPorts, endBecause } from "./end-because.ts";
import { BATCH, WIDTH } from "./run.ts";

/** What there is to end, by the table. */
export interface Living {
  /** Approved and active grants. */
  readonly grants: readonly (ApprovedGrant | ActiveGrant)[];
  /** Those that revoke is ending already: their access may still be there. */
  readonly ending: readonly RevokingGrant[];
  /** Rows that cannot be read, by their keys: what they lend is to be seen to by hand. */
  readonly unreadable: readonly string[];
}

/** Looks for all that lives. */
export async function whatLives({ store }: Pick<EndingPorts, "store">): Promise<Living> {
  const seen = new Map<GrantId, Grant>();
  const unreadable = new Set<string>();
  // In the order in which grants move on, so that none slips through between two.
  for (const queue of ["provision", "begun", "revoke"] as const) {
    let after: string | undefined;
    do {
      const page = await store.due(queue, Number.MAX_SAFE_INTEGER, BATCH, after);
      for (const row of page.rows) {
        if ("unreadable" in row) unreadable.add(row.unreadable);
        else seen.set(row.grant.id, row.grant);
      }
      after = page.next;
    } while (after !== undefined);
  }
  const all = [...seen.values()];
  return {
    grants: all.filter((grant) => grant.status === "approved" || grant.status === "active"),
    ending: all.filter((grant) => grant.status === "revoking"),
    unreadable: [...unreadable],
  };
}

/**
 * Ends `grants` because of `why`, which their requesters read. Answers with those that could not be ended: others
 * kept changing them, or the table failed. May be repeated.
 */
export async function endEverything(
  ports: EndingPorts,
  { grants }: Pick<Living, "grants">,
  why: string,
): Promise<readonly GrantId[]> {
  const left = await pMap(
    grants,
    async ({ id }) => {
      try {
        if (await endBecause(ports, id, why, "end-all", ["revoke", "announce"])) return [];
        return isDone((await ports.store.load(id))?.grant) ? [] : [id];
      } catch (error) {
        ports.log.error("grant not ended", { grant: id, error });
        return [id];
      }
    },
    { concurrency: WIDTH },
  );
  return left.flat();
}

/** Somebody else was first. */
function isDone(grant: Grant | undefined): boolean {
  return grant?.status !== "approved" && grant?.status !== "active";
}
