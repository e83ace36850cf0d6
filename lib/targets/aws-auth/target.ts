// The room of aws-auth: lends entries of a cluster's ConfigMap and takes them back, many of them in one write.

import pMap from "p-map";
import type { AssignmentKey, AwsAuthSpec } from "../../grant/target-spec.ts";
import { describeFault } from "../aws-fault.ts";
import type { GiveOutcome, Refusal, Sighting, TakeOutcome, Target } from "../target.ts";
import type { AwsAuth, Cluster, Clusters } from "./cluster.ts";
import {
  type Entry,
  type Plan,
  planGiving,
  planTaking,
  sightings,
  type TimedEntry,
} from "./plan.ts";

/** How often the ConfigMap is read in one go; what is open then is left to the next. */
const READS = 7;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 800;
/** How many access entries are asked for at once. */
const AT_ONCE = 8;

export interface AwsAuthOptions {
  readonly clusters: Clusters;
  readonly clock: { now(): number; sleep(ms: number): Promise<void> };
  /** Told each time that somebody else's write came between a read and ours. */
  readonly onConflict?: () => void;
}

/**
 * Entries of `aws-auth`: of the principal in `mapUsers`, or of the spec's role in `mapRoles`. Each
 * bears a username of Latchkey's own; entries of somebody else are neither replaced nor removed. Needs
 * `get` and `patch` on the ConfigMap `kube-system/aws-auth` and `eks:DescribeCluster`, to look also
 * `eks:DescribeAccessEntry`.
 */
export function createAwsAuthTarget(room: AwsAuthOptions): Target<AwsAuthSpec> {
  return {
    look: (entries) => look(room, entries),
    give: (entries) => give(room, entries),
    take: (entries) => take(room, entries),
  };
}

async function look(
  { clusters }: AwsAuthOptions,
  entries: readonly Entry[],
): Promise<ReadonlyMap<AssignmentKey, Sighting>> {
  const [first] = entries;
  if (first === undefined) return new Map();
  const cluster = await clusters(first.spec.cluster);
  if ("seen" in cluster) return forAll(entries, cluster);
  if (cluster.mode === "API") return forAll(entries, clusterMode(first));
  const now = await cluster.read();
  if ("seen" in now) return forAll(entries, now);

  const seen = sightings(now, entries);
  await pMap(
    entries,
    async (entry) => {
      if (seen.get(entry.key)?.seen === "refused") return;
      const principalArn = entry.spec.role ?? entry.principal;
      const covered = await cluster.hasAccessEntry(principalArn);
      if (covered !== false) {
        seen.set(entry.key, covered === true ? accessEntry(entry, principalArn) : covered);
      }
    },
    { concurrency: AT_ONCE },
  );
  return seen;
}

function give(
  room: AwsAuthOptions,
  entries: readonly TimedEntry[],
): Promise<ReadonlyMap<AssignmentKey, GiveOutcome>> {
  return settle<TimedEntry, GiveOutcome>(room, entries, {
    before: ({ mode }, first) => (mode === "API" ? clusterMode(first) : undefined),
    plan: (now, writeLost) => planGiving(now, entries, room.clock.now(), writeLost),
    // NB. A no to the second write says nothing of the first, which may still land.
    refused: (refusal, writeLost) =>
      writeLost ? unclear(refusal.message, true) : { status: "refused", refusal },
  });
}

function take(
  room: AwsAuthOptions,
  entries: readonly Entry[],
): Promise<ReadonlyMap<AssignmentKey, TakeOutcome>> {
  const drift = new Map<AssignmentKey, string>();
  return settle<Entry, TakeOutcome>(room, entries, {
    // Where only access entries count an entry has no effect; it goes all the same.
    before: () => undefined,
    plan: (now, writeLost) => planTaking(now, entries, drift, writeLost),
    refused({ code, message }, writeLost) {
      // NB. Told by a server that we know to be the right one. Denied and unreachable are not "gone".
      const isNoMore = code === "aws-auth-missing" || code === "cluster-missing";
      return isNoMore
        ? { status: "gone", writeLost, drift: message }
        : { status: "unclear", problem: message, writeLost };
    },
  });
}

/** What giving and taking do each in its own way. */
interface Side<E extends Entry, Outcome> {
  before(cluster: Cluster, first: E): Refusal | undefined;
  plan(now: AwsAuth, writeLost: boolean): Plan<Outcome>;
  refused(refusal: Refusal, writeLost: boolean): Outcome;
}

/**
 * Reads, plans and writes until a read shows that nothing is left to write: that read is the
 * read-back, so nothing counts as done that has not been seen.
 *
 * A write whose answer was lost can land late, though only on the very version that it was made for:
 * it tests `resourceVersion`, which never comes back. So it is settled, one way or the other, as soon
 * as a read shows another version, and until then `writeLost` holds. A plan that finds its work done
 * has always seen another version; what it calls held or gone is not in doubt.
 */
async function settle<E extends Entry, Outcome>(
  { clusters, clock, onConflict }: AwsAuthOptions,
  entries: readonly E[],
  side: Side<E, Outcome>,
): Promise<Map<AssignmentKey, Outcome | Unclear>> {
  const [first] = entries;
  if (first === undefined) return new Map();
  let problem = "somebody else keeps changing aws-auth";
  let lost: AwsAuth | undefined;
  let pauseMs = FIRST_PAUSE_MS;
  try {
    const cluster = await clusters(first.spec.cluster);
    if ("seen" in cluster) return forAll(entries, side.refused(cluster, false));
    const refusal = side.before(cluster, first);
    if (refusal !== undefined) return forAll(entries, side.refused(refusal, false));

    for (let reads = 1; ; reads++) {
      const now = await cluster.read();
      if ("seen" in now) return forAll(entries, side.refused(now, lost !== undefined));
      if (lost !== undefined && !isSameVersion(lost, now)) lost = undefined;
      const { settled, data, withinMs } = side.plan(now, lost !== undefined);
      const rest = (outcome: Outcome | Unclear) =>
        new Map(entries.map(({ key }) => [key, settled.get(key) ?? outcome]));
      if (data === undefined) return rest(unclear("not seen", lost !== undefined));
      if (reads === READS) return rest(unclear(problem, lost !== undefined));

      const answer = await cluster.write(now, data, withinMs);
      if ("seen" in answer) return rest(side.refused(answer, lost !== undefined));
      if (answer.status === "written") continue;
      if (answer.status === "lost") lost = now;
      else onConflict?.();
      problem = answer.problem;
      await clock.sleep(pauseMs);
      pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
    }
  } catch (error) {
    return forAll(entries, unclear(describeFault(error), lost !== undefined));
  }
}

type Unclear = {
  readonly status: "unclear";
  readonly problem: string;
  readonly writeLost: boolean;
};

const unclear = (problem: string, writeLost: boolean): Unclear => ({
  status: "unclear",
  problem,
  writeLost,
});

function isSameVersion(one: AwsAuth, other: AwsAuth): boolean {
  return one.uid === other.uid && one.resourceVersion === other.resourceVersion;
}

function forAll<Outcome>(entries: readonly Entry[], outcome: Outcome) {
  return new Map<AssignmentKey, Outcome>(entries.map(({ key }) => [key, outcome]));
}

function clusterMode({ spec }: Entry): Refusal {
  return {
    seen: "refused",
    code: "cluster-mode",
    message:
      `${spec.cluster.name} goes by access entries alone (authentication mode API) and does not ` +
      "aws-auth. Lend access through an IAM group whose role has an access entry.",
  };
}

function accessEntry({ spec }: Entry, principalArn: string): Refusal {
  return {
    seen: "refused",
    code: "access-entry",
    message:
      `${principalArn} has an EKS access entry in ${spec.cluster.name}, which wins over aws-auth: ` +
      "lending it more there would change nothing. Remove the access entry, or lend through a role.",
  };
}
