// Who is mapped in the data of an aws-auth ConfigMap, and the edits that lend and take back a mapping; no I/O.

import { type Entry, type MapText, readMapText } from "./map-text.ts";
import {
  foldArn,
  isBrokerUsername,
  isKubernetesName,
  isNodeEntry,
  isReserved,
  type MapKey,
  mappedArn,
  meantArn,
} from "./names.ts";
import {
  askedTwice,
  badArn,
  badGroup,
  badUsername,
  type EditRefusal,
  mappedByOther,
  nodeRole,
  tooLarge,
  troubled,
} from "./refusals.ts";
import { type Changes, splice } from "./splice.ts";

/** One principal's entry as Latchkey wants it. A principal has one entry of ours in a cluster. */
export interface Mapping {
  readonly key: MapKey;
  /** As `mappedArn` gives it: a role's without the path. */
  readonly arn: string;
  /** As `brokerUsername` gives it; without the prefix it is refused, for it could not be taken back. */
  readonly username: string;
  readonly groups: readonly string[];
  /** True where the policy says in plain words that `system:masters` may be lent. */
  readonly acknowledgeClusterAdmin?: boolean;
}

/** `data` of the ConfigMap, texts as they are. */
export interface ConfigMapData {
  readonly mapRoles?: string;
  readonly mapUsers?: string;
  readonly mapAccounts?: string;
  readonly [key: string]: string | undefined;
}

/** What stands for a principal. Ours are entries with its ARN and a username of Latchkey's prefix. */
export type Sight =
  | { readonly status: "absent" }
  /** One entry, ours, as wanted. */
  | { readonly status: "ours" }
  /** Ours, but other than wanted: changed by hand, or written for other grants. */
  | { readonly status: "drifted"; readonly groups: readonly string[] }
  /** Somebody else's entry. */
  | { readonly status: "foreign"; readonly groups: readonly string[] }
  /** Ours and somebody else's: the cluster obeys one of them. */
  | { readonly status: "contested"; readonly groups: readonly string[] }
  /** Not known: neither there nor gone. */
  | { readonly status: "refused"; readonly refusal: EditRefusal };

export interface Edited<Done extends string> {
  /** `data` itself where nothing changed. */
  readonly data: ConfigMapData;
  /** The keys whose texts differ; one that is then missing from `data` is to be removed. */
  readonly changed: readonly MapKey[];
  readonly verdicts: ReadonlyMap<Mapping, Done | EditRefusal>;
}

export type AddVerdict = "added" | "changed" | "already";
export type RemoveVerdict = "removed" | "removed-drifted" | "absent" | "foreign";

/** Kubernetes holds no object of more than 1 MiB; the rest is left to metadata and other people. */
export const LARGEST_DATA_BYTES = 900 * 1024;

/** What the cluster makes of `data` for the principal of `mapping`. */
export function sight(data: ConfigMapData, mapping: Mapping): Sight {
  const map = readText(data, mapping.key);
  if ("trouble" in map) return { status: "refused", refusal: troubled(mapping.key, map.trouble) };
  const other = readText(data, otherKey(mapping.key));
  const { ours, foreign: others } = holdersOf(map, mapping.arn);
  const elsewhere = "trouble" in other ? [] : Object.values(holdersOf(other, mapping.arn)).flat();
  const foreign = [...others, ...elsewhere];
  const groups = groupsOf([...ours, ...foreign]);
  if (ours.length === 0) {
    return foreign.length === 0 ? { status: "absent" } : { status: "foreign", groups };
  }
  if (foreign.length > 0) return { status: "contested", groups };
  return isAsWanted(ours, mapping) ? { status: "ours" } : { status: "drifted", groups };
}

/**
 * Makes the entries of `mappings` stand as wanted, all in one edit: missing ones are added, an entry
 * of ours with other groups is changed in its place, a contested one is refused. A mapping that is
 * refused does not hold up the others. Repeatable: what stands already is no change.
 */
export function addMappings(data: ConfigMapData, mappings: readonly Mapping[]): Edited<AddVerdict> {
  return editKeys(data, mappings, addToText);
}

/**
 * Removes what is ours of `mappings`, all in one edit, also where somebody changed it. Somebody
 * else's entry of the same ARN stays. Repeatable: what is gone already is no change. Removing what
 * `addMappings` added gives back the former data byte for byte, unless others wrote in between.
 */
export function removeMappings(
  data: ConfigMapData,
  mappings: readonly Mapping[],
): Edited<RemoveVerdict> {
  return editKeys(data, mappings, removeFromText);
}

/** One text's edit, and a verdict for each mapping. */
type TextEdit<Done extends string> = (
  data: ConfigMapData,
  map: MapText,
  mappings: readonly Mapping[],
) => { readonly changes: Changes; readonly verdicts: ReadonlyMap<Mapping, Done | EditRefusal> };

function editKeys<Done extends string>(
  data: ConfigMapData,
  mappings: readonly Mapping[],
  edit: TextEdit<Done>,
): Edited<Done> {
  const verdicts = new Map<Mapping, Done | EditRefusal>();
  const changed: MapKey[] = [];
  let edited = data;
  for (const key of ["mapRoles", "mapUsers"] as const) {
    const wanted = mappings.filter((mapping) => mapping.key === key);
    const result = wanted.length === 0 ? undefined : editText(edited, key, wanted, edit);
    for (const [mapping, verdict] of result?.verdicts ?? []) verdicts.set(mapping, verdict);
    if (result === undefined || result.text === data[key]) continue;
    const { [key]: _, ...rest } = edited;
    edited = result.text === undefined ? rest : { ...edited, [key]: result.text };
    changed.push(key);
  }
  return { data: edited, changed, verdicts };
}

function editText<Done extends string>(
  data: ConfigMapData,
  key: MapKey,
  mappings: readonly Mapping[],
  edit: TextEdit<Done>,
) {
  const map = readText(data, key);
  if ("trouble" in map) return untouched(data, mappings, troubled(key, map.trouble));
  const { changes, verdicts } = edit(data, map, mappings);
  const spliced = splice(map, changes);
  if ("text" in spliced) return { text: spliced.text, verdicts };
  return untouched(data, mappings, troubled(key, spliced.trouble));
}

function untouched(data: ConfigMapData, mappings: readonly Mapping[], refusal: EditRefusal) {
  const verdicts = new Map(mappings.map((mapping) => [mapping, refusal]));
  return { text: data[refusal.key], verdicts };
}

// --- Adding ---

interface AddPlan {
  readonly append: Mapping[];
  readonly replace: Map<Entry, Mapping>;
  readonly cut: Set<Entry>;
  /** What the batch holds so far, by folded ARN. */
  readonly planned: Map<string, Mapping>;
  bytes: number;
}

const addToText: TextEdit<AddVerdict> = (data, map, mappings) => {
  const verdicts = new Map<Mapping, AddVerdict | EditRefusal>();
  const plan: AddPlan = {
    append: [],
    replace: new Map(),
    cut: new Set(),
    planned: new Map(),
    bytes: bytesOf(data),
  };
  const other = readText(data, otherKey(map.key));
  for (const mapping of mappings) {
    const verdict =
      refuseNames(mapping) ?? refuseHolder(mapping, map, other) ?? planAdd(plan, map, mapping);
    verdicts.set(mapping, verdict);
  }
  return { changes: plan, verdicts };
};

function planAdd(plan: AddPlan, map: MapText, mapping: Mapping): AddVerdict | EditRefusal {
  const twin = plan.planned.get(foldArn(mapping.arn));
  if (twin !== undefined && !saysTheSame(twin, mapping))
    return askedTwice(mapping.key, mapping.arn);
  if (twin !== undefined) return "already";

  const { ours } = holdersOf(map, mapping.arn);
  const [first, ...copies] = ours;
  const growth = bytesFor(mapping) - (first === undefined ? 0 : first.end - first.start);
  const isStanding = isAsWanted(ours, mapping);
  if (!isStanding && growth > 0 && plan.bytes + growth > LARGEST_DATA_BYTES) {
    return tooLarge(mapping.key);
  }
  plan.planned.set(foldArn(mapping.arn), mapping);
  if (isStanding) return "already";

  plan.bytes += Math.max(growth, 0);
  for (const copy of copies) plan.cut.add(copy);
  if (first === undefined) {
    plan.append.push(mapping);
    return "added";
  }
  plan.replace.set(first, mapping);
  return "changed";
}

/** A name that nobody may be lent, or that Latchkey could not find again. */
function refuseNames(mapping: Mapping): EditRefusal | undefined {
  const { key, arn, username, groups } = mapping;
  const mapped = mappedArn(arn);
  if (mapped?.key !== key || mapped.arn !== arn) {
    return badArn(key, arn);
  }
  if (!isBrokerUsername(username) || !isKubernetesName(username)) {
    return badUsername(key, username);
  }
  const bad = groups.find((group) => {
    if (group === "system:masters" && mapping.acknowledgeClusterAdmin === true) return false;
    return isReserved(group) || !isKubernetesName(group);
  });
  return bad === undefined ? undefined : badGroup(key, bad);
}

/** Somebody else's entry of the principal, in either text; the cluster would obey only one. */
function refuseHolder(mapping: Mapping, map: MapText, other: ReadText): EditRefusal | undefined {
  const { ours } = holdersOf(map, mapping.arn);
  const standing = groupsOf(ours);
  const isNoMore = ours.length > 0 && mapping.groups.every((group) => standing.includes(group));
  // What keeps us from reading the other text does not hold up taking groups away.
  if ("trouble" in other && !isNoMore) return troubled(otherKey(map.key), other.trouble);

  const entries = "trouble" in other ? map.entries : [...map.entries, ...other.entries];
  const folded = foldArn(mapping.arn);
  const meant = meantArn(mapping.arn);
  const holders = entries.filter((entry) => {
    const isNamesake = ours.length === 0 && entry.meantArn === meant;
    return (isNamesake || entry.foldedArn === folded) && !ours.includes(entry);
  });
  const node = holders.find(isNodeEntry);
  if (node !== undefined) return nodeRole(mapping.key, mapping.arn);
  const [holder] = holders;
  return holder === undefined ? undefined : mappedByOther(mapping.key, mapping.arn, holder);
}

// --- Removing ---

const removeFromText: TextEdit<RemoveVerdict> = (_data, map, mappings) => {
  const verdicts = new Map<Mapping, RemoveVerdict>();
  const cut = new Set<Entry>();
  for (const mapping of mappings) {
    const { ours, foreign } = holdersOf(map, mapping.arn);
    for (const entry of ours) cut.add(entry);
    if (ours.length > 0) {
      verdicts.set(mapping, isAsWanted(ours, mapping) ? "removed" : "removed-drifted");
    } else {
      verdicts.set(mapping, foreign.length > 0 ? "foreign" : "absent");
    }
  }
  return { changes: { cut }, verdicts };
};

// --- Who holds an ARN ---

function holdersOf(map: MapText, arn: string): { ours: Entry[]; foreign: Entry[] } {
  const folded = foldArn(arn);
  const entries = map.entries.filter((entry) => entry.foldedArn === folded);
  const { ours = [], foreign = [] } = Object.groupBy(entries, ({ username }) =>
    isBrokerUsername(username) ? "ours" : "foreign",
  );
  return { ours, foreign };
}

type ReadText = ReturnType<typeof readMapText>;

function readText(data: ConfigMapData, key: MapKey): ReadText {
  return readMapText(key, data[key]);
}

/** The text that is not being edited; the cluster looks for every ARN in both. */
function otherKey(key: MapKey): MapKey {
  return key === "mapRoles" ? "mapUsers" : "mapRoles";
}

function isAsWanted(ours: readonly Entry[], mapping: Mapping): boolean {
  const [entry] = ours;
  return ours.length === 1 && entry !== undefined && saysTheSame(entry, mapping);
}

type Said = Pick<Mapping, "username" | "groups">;

function saysTheSame(one: Said, other: Said): boolean {
  return one.username === other.username && isIn(one.groups, other) && isIn(other.groups, one);
}

function isIn(groups: readonly string[], whole: Said): boolean {
  return groups.every((group) => whole.groups.includes(group));
}

function groupsOf(entries: readonly Entry[]): string[] {
  return [...new Set(entries.flatMap(({ groups }) => groups))];
}

// --- Sizes ---

function bytesOf(data: ConfigMapData): number {
  const texts = Object.entries(data).flat();
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text ?? ""), 0);
}

/** The most that `mapping` takes up in either form, indent apart. */
function bytesFor({ arn, username, groups }: Mapping): number {
  return Buffer.byteLength(JSON.stringify([arn, username, groups])) + 100 + 10 * groups.length;
}
