// What a batch of assignments comes to in one version of aws-auth: who is settled, and the edit for the rest; pure.

import type { AssignmentKey, AwsAuthSpec } from "../../grant/target-spec.ts";
import type { Assignment, GiveOutcome, Refusal, Sighting, TakeOutcome } from "../target.ts";
import type { AwsAuth } from "./cluster.ts";
import {
  addMappings,
  type ConfigMapData,
  type Mapping,
  removeMappings,
  sight,
} from "./config-map.ts";
import { brokerUsername, mappedArn } from "./names.ts";
import { badArn, type EditRefusal } from "./refusals.ts";

/** An assignment in `aws-auth`. */
export type Entry = Assignment<AwsAuthSpec>;
export type TimedEntry = Entry & { readonly endsAt: number };

export interface Plan<Outcome> {
  /** What is known already. Assignments that are missing wait for the write, and the read after it. */
  readonly settled: ReadonlyMap<AssignmentKey, Outcome>;
  /** What to write for the others; undefined where there is nothing to write. */
  readonly data: ConfigMapData | undefined;
  /** The write is worth nothing after this time. */
  readonly withinMs: number;
}

/** What stands for each, and whether it could be given. */
export function sightings(now: AwsAuth, entries: readonly Entry[]): Map<AssignmentKey, Sighting> {
  const wanted = new Map(entries.map((entry) => [entry, mappingOf(entry)]));
  const { verdicts } = addMappings(now.data ?? {}, [...wanted.values()].filter(isMapping));
  const sightingOf = (mapping: Mapping | Refusal): Sighting => {
    if (!isMapping(mapping)) return mapping;
    const verdict = verdicts.get(mapping);
    if (typeof verdict === "object") return refusalOf(verdict);
    if (verdict !== "already" && now.immutable) return IMMUTABLE;
    return { seen: verdict === "added" ? "absent" : "ours" };
  };
  return new Map([...wanted].map(([entry, mapping]) => [entry.key, sightingOf(mapping)]));
}

/**
 * Brings about what each assignment and its `others` want together. `time`: now, epoch ms; what has
 * ended by then is not written. `writeLost`: an earlier write of the same batch may still land.
 */
export function planGiving(
  now: AwsAuth,
  entries: readonly TimedEntry[],
  time: number,
  writeLost: boolean,
): Plan<GiveOutcome> {
  const data = now.data ?? {};
  const settled = new Map<AssignmentKey, GiveOutcome>();
  const open = new Map<TimedEntry, Mapping>();
  for (const each of entries) {
    // NB. What another grant wanted when the lease was taken may be over by now.
    const entry = { ...each, others: each.others.filter(({ endsAt }) => time < endsAt) };
    const mapping = mappingOf(entry);
    if (!isMapping(mapping)) settled.set(entry.key, { status: "refused", refusal: mapping });
    else if (time < entry.endsAt) open.set(entry, mapping);
    else if (sight(data, mapping).status === "ours") settled.set(entry.key, { status: "held" });
    else settled.set(entry.key, unclear("the window is over, nothing more is written", writeLost));
  }

  const edited = addMappings(data, [...open.values()]);
  const stays = now.immutable || edited.changed.length === 0;
  let withinMs = Number.POSITIVE_INFINITY;
  for (const [entry, mapping] of open) {
    const verdict = edited.verdicts.get(mapping);
    if (typeof verdict === "object") {
      settled.set(entry.key, { status: "refused", refusal: refusalOf(verdict) });
    } else if (verdict === "already") settled.set(entry.key, { status: "held" });
    else if (now.immutable) settled.set(entry.key, { status: "refused", refusal: IMMUTABLE });
    else withinMs = Math.min(withinMs, ...[entry, ...entry.others].map((one) => one.endsAt - time));
  }
  return { settled, data: stays ? undefined : edited.data, withinMs };
}

/**
 * Removes what is ours of those whom no other grant wants here, and narrows the entries of the rest
 * to what `others` want. NB. It never adds: what is missing, though another grant wants it, stays so.
 *
 * `drift` keeps, over the passes, what somebody else had changed of the entries being taken.
 */
export function planTaking(
  now: AwsAuth,
  entries: readonly Entry[],
  drift: Map<AssignmentKey, string>,
  writeLost: boolean,
): Plan<TakeOutcome> {
  const data = now.data ?? {};
  const edits = new Map(entries.map((entry) => [entry.key, takingOf(data, entry)]));
  const ofKind = (kind: "remove" | "narrow") =>
    [...edits.values()].flatMap((edit) => (edit.kind === kind ? [edit.mapping] : []));
  const removed = removeMappings(data, ofKind("remove"));
  const narrowed = addMappings(removed.data, ofKind("narrow"));

  const settled = new Map<AssignmentKey, TakeOutcome>();
  for (const [key, edit] of edits) {
    if (edit.kind === "none") settled.set(key, gone(edit.drift ?? drift.get(key)));
    else if (edit.kind === "unknown") settled.set(key, unclear(edit.problem, writeLost));
    else {
      const verdict = removed.verdicts.get(edit.mapping) ?? narrowed.verdicts.get(edit.mapping);
      if (typeof verdict === "object") settled.set(key, unclear(verdict.message, writeLost));
      else if (verdict === "absent") settled.set(key, gone(drift.get(key)));
      else if (verdict === "foreign") settled.set(key, gone(notOurs(edit.mapping)));
      else if (now.immutable) settled.set(key, unclear(IMMUTABLE.message, writeLost));
      else if (verdict === "removed-drifted") drift.set(key, changedByHand(data, edit.mapping));
    }
  }
  const stays = now.immutable || narrowed.data === data;
  return { settled, data: stays ? undefined : narrowed.data, withinMs: Number.POSITIVE_INFINITY };
}

/** What has to be done to take one assignment away. */
type Taking =
  | { readonly kind: "remove" | "narrow"; readonly mapping: Mapping }
  | { readonly kind: "none"; readonly drift?: string }
  | { readonly kind: "unknown"; readonly problem: string };

function takingOf(data: ConfigMapData, entry: Entry): Taking {
  const mapping = mappingOf(entry);
  // What `give` refuses for its ARN was never written.
  if (!isMapping(mapping)) return { kind: "none" };
  if (entry.others.length === 0) return { kind: "remove", mapping };

  const seen = sight(data, mapping);
  switch (seen.status) {
    case "refused":
      return { kind: "unknown", problem: seen.refusal.message };
    case "absent":
      return {
        kind: "none",
        drift: `${mapping.arn} is no longer in aws-auth, though another grant wants it there`,
      };
    case "foreign":
      return { kind: "none", drift: notOurs(mapping) };
    case "contested":
      // Which entry the cluster obeys is anyone's guess, so ours cannot be kept for the others either.
      return { kind: "remove", mapping };
    case "ours":
    case "drifted": {
      const standing = seen.status === "ours" ? mapping.groups : seen.groups;
      const others = entry.others.map((other) => other.spec);
      const wanted = new Set(groupsOf(others));
      const groups = standing.filter((group) => wanted.has(group));
      if (groups.length === standing.length) return { kind: "none" };
      if (groups.length === 0) return { kind: "remove", mapping };
      const acknowledgeClusterAdmin = areAcknowledged(others);
      return { kind: "narrow", mapping: { ...mapping, groups, acknowledgeClusterAdmin } };
    }
    default:
      throw new TypeError(`unknown sight ${JSON.stringify(seen satisfies never)}`);
  }
}

// --- The entry that an assignment means ---

/** The entry for the spec and what others want of it; or why there can be none. */
function mappingOf({ principal, spec, others }: Entry): Mapping | Refusal {
  const holder = spec.role ?? principal;
  const key = spec.role === undefined ? "mapUsers" : "mapRoles";
  const mapped = mappedArn(holder);
  if (mapped?.key !== key) return refusalOf(badArn(key, holder));
  const specs = [spec, ...others.map((other) => other.spec)];
  return {
    ...mapped,
    username: brokerUsername(holder),
    groups: groupsOf(specs),
    acknowledgeClusterAdmin: areAcknowledged(specs),
  };
}

/** Sorted, so that the order in which grants came makes no difference to the text. */
function groupsOf(specs: readonly AwsAuthSpec[]): readonly string[] {
  return [...new Set(specs.flatMap(({ groups }) => groups))].sort();
}

function areAcknowledged(specs: readonly AwsAuthSpec[]): boolean {
  return specs.every(
    ({ groups, acknowledgeClusterAdmin }) =>
      !groups.includes("system:masters") || acknowledgeClusterAdmin === true,
  );
}

const isMapping = (mapping: Mapping | Refusal): mapping is Mapping => "arn" in mapping;

// --- Outcomes and their words ---

const unclear = (problem: string, writeLost: boolean) =>
  ({ status: "unclear", problem, writeLost }) as const;

/** Never with `writeLost`: see `settle`. */
const gone = (drift: string | undefined): TakeOutcome => ({
  status: "gone",
  writeLost: false,
  ...(drift !== undefined && { drift }),
});

const refusalOf = ({ code, message }: EditRefusal): Refusal => ({ seen: "refused", code, message });

const IMMUTABLE: Refusal = {
  seen: "refused",
  code: "aws-auth-immutable",
  message:
    "The ConfigMap aws-auth is immutable, so nobody can change it. An admin must replace it by one " +
    "that is not.",
};

function notOurs({ arn }: Mapping): string {
  return `aws-auth has an entry for ${arn} that somebody else wrote: left alone`;
}

function changedByHand(data: ConfigMapData, mapping: Mapping): string {
  const seen = sight(data, mapping);
  const found = "groups" in seen ? `[${seen.groups.join(", ")}]` : "unknown groups";
  return `the entry for ${mapping.arn} was not as Latchkey had written it: ${found} instead of [${mapping.groups.join(", ")}]`;
}
