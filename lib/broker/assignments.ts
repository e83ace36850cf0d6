// Assignments under their leases: taking hold of them, and telling which live grants still rest on them.

import pMap from "p-map";
import { type Begun, type Grant, wantsAccess } from "../grant/grant.ts";
import type { GrantId } from "../grant/ids.ts";
import { type AssignmentKey, assignmentKey, type TargetSpec } from "../grant/target-spec.ts";
import { type AssignmentChange, type AssignmentRecord, StoreError } from "../store/store.ts";
import type { Assignment, Other } from "../targets/target.ts";
import type { Ports } from "./ports.ts";
import { leaseUntil, type Run, WIDTH } from "./run.ts";

/** An assignment whose lease this run holds. */
export interface Held {
  /** A fresh name for this lease, so that a late release cannot end a later one. */
  readonly owner: string;
  readonly record: AssignmentRecord;
  readonly spec: TargetSpec;
  /** What other live grants want of it. */
  readonly others: readonly Other[];
  /** Claims whose grants no longer rest on it. */
  readonly deadClaims: readonly GrantId[];
  /** Another grant has begun here and is not closed, though it may want nothing of it any more. */
  readonly isOpenToOthers: boolean;
}

type NeededPorts = Pick<Ports, "store" | "clock" | "ids" | "log" | "metrics">;

/**
 * Takes the lease of `key`, with a fresh look at who else rests on it. `leaving` are the grants for
 * whose sake it is taken: they do not count as others. Undefined: another worker holds it.
 */
export async function hold(
  ports: NeededPorts,
  run: Run,
  key: AssignmentKey,
  spec: TargetSpec,
  { leaving, claim }: { leaving: ReadonlySet<GrantId>; claim?: GrantId },
): Promise<Held | undefined> {
  const { store, clock, ids } = ports;
  const now = clock.now();
  const owner = ids.owner();
  const lease = { owner, now, until: leaseUntil(run), ...(claim === undefined ? {} : { claim }) };
  try {
    const record = await store.lease(key, lease);
    if (record === undefined) {
      ports.metrics.note("conflicts", 1);
      return undefined;
    }
    return { owner, record, spec, ...(await whoElse(ports, record, leaving, now)) };
  } catch (error) {
    // It may be held, though the answer was lost; nobody should have to wait until it runs out.
    await store.release(key, owner, {}).catch(() => undefined);
    throw error;
  }
}

async function whoElse(
  ports: Pick<Ports, "store" | "log">,
  { key, claims }: AssignmentRecord,
  leaving: ReadonlySet<GrantId>,
  now: number,
): Promise<Pick<Held, "others" | "deadClaims" | "isOpenToOthers">> {
  const ids = claims.filter((id) => !leaving.has(id));
  const grants = await pMap(ids, (id) => claimant(ports, id), { concurrency: WIDTH });
  const live = grants.flatMap((grant) =>
    grant !== undefined && grant !== "unreadable" && wantsAccess(grant, now) ? [grant] : [],
  );
  return {
    others: live.flatMap((grant) => othersOn(grant, key)),
    deadClaims: ids.filter((_, index) => isOver(grants[index])),
    isOpenToOthers: grants.some(hasBegunHere),
  };
}

/** NB. A claim whose grant cannot be read does not keep access alive: unknown means no. */
async function claimant(
  { store, log }: Pick<Ports, "store" | "log">,
  id: GrantId,
): Promise<Grant | "unreadable" | undefined> {
  try {
    return (await store.load(id))?.grant;
  } catch (error) {
    if (!(error instanceof StoreError) || error.code === "unavailable") throw error;
    log.error("claim of an unreadable grant does not count", { grant: id, error });
    return "unreadable";
  }
}

/** An approved grant that has not begun has nothing here yet, but is about to: its claim stays. */
function isOver(grant: Grant | "unreadable" | undefined): boolean {
  if (grant === undefined) return true;
  if (grant === "unreadable") return false;
  const { status } = grant;
  return status !== "approved" && status !== "active" && status !== "revoking";
}

/** NB. As long as one such is open, what is here is the broker's to take: it is closed on a look of its own. */
function hasBegunHere(grant: Grant | "unreadable" | undefined): boolean {
  if (grant === undefined || isOver(grant)) return false;
  return grant === "unreadable" || ("window" in grant && grant.window !== undefined);
}

/** Releases a lease. False: it had run out, and what was done under it must be looked at again. */
export function release(
  { store }: Pick<Ports, "store">,
  held: Held,
  change: AssignmentChange = {},
): Promise<boolean> {
  const dropClaims = [...held.deadClaims, ...(change.dropClaims ?? [])];
  return store.release(held.record.key, held.owner, { ...change, dropClaims });
}

/** What a grant that has begun wants of the assignment `key`. */
function othersOn(
  { principal: arn, window, targets }: Begun,
  key: AssignmentKey,
): readonly Other[] {
  const principal = { arn, id: window.principalId };
  return targets
    .filter((spec) => assignmentKey(spec, principal) === key)
    .map((spec) => ({ spec, endsAt: window.expiresAt }));
}

/**
 * The assignments that `grant` means for that principal, each once, with the spec of its place. Always in
 * the order of their keys: whoever takes several leases takes them in the same order, so that of two
 * grants which want each other's, one gets them all.
 */
export function assignmentsOf(
  grant: Grant,
  principalId: string,
): ReadonlyMap<AssignmentKey, TargetSpec> {
  const principal = { arn: grant.principal, id: principalId };
  const specs = grant.targets.map((spec) => [assignmentKey(spec, principal), spec] as const);
  return new Map(specs.sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** `grant`'s side of a held assignment, as a target takes it. */
export function assignmentFor(grant: Grant, principalId: string, held: Held): Assignment {
  const { spec, others, record } = held;
  return { key: record.key, principal: grant.principal, principalId, spec, others };
}
