// Clusters in memory: aws-auth in versions, other people who edit its text, and API servers that go away.

import type { ClusterSpec } from "../../lib/grant/target-spec.ts";
import type { AwsAuth, Clusters, WriteAnswer } from "../../lib/targets/aws-auth/cluster.ts";
import type { ConfigMapData } from "../../lib/targets/aws-auth/config-map.ts";
import type { Refusal } from "../../lib/targets/target.ts";
import { edited, mappedByHand, STANDING, widened } from "./aws-auth-text.ts";
import { callOutside, type Fault, type Process, type World } from "./outside.ts";

export interface SimulatedClusters {
  /** The clusters as one process reaches them. */
  reach(process: Process): Clusters;
  /** In truth: the text of both keys, by cluster name. */
  readonly texts: Map<string, ConfigMapData>;
  /** Clusters that nobody but the broker has written to: what they held at first, and hold now. */
  untouched(): Iterable<readonly [string, { before: ConfigMapData; after: ConfigMapData }]>;
  /** Somebody else edits the text of a cluster. */
  editByHand(name: string): void;
  /** A tool reads the whole ConfigMap, and puts it back as it was, much later. */
  readByTool(name: string): ConfigMapData;
  putByTool(name: string, data: ConfigMapData): void;
  /** Somebody adds a Kubernetes group to an entry of ours, where there is one. */
  widen(name: string): boolean;
  /** Somebody writes an entry of their own for an IAM user. */
  mapByHand(name: string, arn: string): void;
  /** An IAM user gets an EKS access entry, which wins over aws-auth. */
  giveEntry(name: string, arn: string): void;
  /** The API server of a cluster is not there until then (epoch ms). */
  goAway(name: string, until: number): void;
}

/** What the truth is told of, for its checks. */
export interface ClusterWitness {
  writeIssued(by: Process, cluster: string, before: ConfigMapData, after: ConfigMapData): void;
  written(by: Process, cluster: string, before: ConfigMapData, after: ConfigMapData): void;
  changedByOthers(cluster: string, before: ConfigMapData, after: ConfigMapData): void;
}

const TIMEOUT_MS = 5_000;
const READ_FAULTS: readonly [Fault, ...Fault[]] = [
  "before",
  "throttled",
  "denied",
  "denied",
  "death",
];
const WRITE_FAULTS: readonly [Fault, ...Fault[]] = [
  "before",
  "lost",
  "throttled",
  "denied",
  "late",
  "twice",
  "death",
];

interface State {
  data: ConfigMapData;
  version: number;
  awayUntil: number;
  readonly mode: "CONFIG_MAP" | "API_AND_CONFIG_MAP";
  /** Principals with an EKS access entry. */
  readonly entries: Set<string>;
  readonly standing: ConfigMapData;
  isTouched: boolean;
}

/** Clusters called `names`. */
export function createSimulatedClusters(
  world: World,
  witness: ClusterWitness,
  names: readonly string[],
  { isOdd = false }: { readonly isOdd?: boolean } = {},
): SimulatedClusters {
  const { loop, random } = world;
  const states = new Map<string, State>(
    names.map((name) => {
      const mode = isOdd && random.chance(0.3) ? "API_AND_CONFIG_MAP" : "CONFIG_MAP";
      const data = isOdd ? random.pick(STANDING) : STANDING[0];
      return [
        name,
        {
          data,
          version: 1,
          awayUntil: 0,
          mode,
          entries: new Set(),
          standing: data,
          isTouched: false,
        },
      ];
    }),
  );
  const texts = new Map([...states].map(([name, { data }]) => [name, data]));
  const put = (name: string, state: State, data: ConfigMapData) => {
    state.data = data;
    state.version += 1;
    texts.set(name, data);
  };
  const stateOf = (name: string) => states.get(name) ?? fail(`no cluster ${name}`);
  let guests = 0;
  /** Others write without asking which version they have read. */
  const putByOthers = (name: string, what: string, data: ConfigMapData) => {
    const state = stateOf(name);
    const before = state.data;
    put(name, state, data);
    state.isTouched = true;
    world.trace?.(() => `${name}: ${what}, version ${state.version}`);
    witness.changedByOthers(name, before, data);
  };

  const read = (by: Process, name: string) =>
    callOutside<AwsAuth | Refusal>(world, by, {
      name: `aws-auth read ${name}`,
      timeoutMs: TIMEOUT_MS,
      faults: READ_FAULTS,
      effect: () => {
        const { data, version, awayUntil } = stateOf(name);
        if (loop.now() < awayUntil) throw new Error(`${name} does not answer`);
        // Somebody is at it at this very moment.
        if (isOdd && world.chaos.isOn() && random.chance(0.05)) {
          loop.at(loop.now() + random.between(1, 150), () => clusters.editByHand(name));
        }
        return { uid: "uid-1", resourceVersion: String(version), immutable: false, data };
      },
      failure: (kind) => (kind === "denied" ? denied(name) : fail(`${kind}: not read`)),
    });

  const hasEntry = (by: Process, name: string, arn: string) =>
    callOutside<boolean | Refusal>(world, by, {
      name: `eks DescribeAccessEntry ${name} ${arn}`,
      timeoutMs: TIMEOUT_MS,
      faults: READ_FAULTS,
      effect: () => stateOf(name).entries.has(arn),
      failure: (kind) => (kind === "denied" ? denied(name) : fail(`${kind}: not told`)),
    });

  const write = (
    by: Process,
    name: string,
    from: AwsAuth,
    data: ConfigMapData,
    withinMs: number,
  ) => {
    if (!by.dead) witness.writeIssued(by, name, from.data ?? {}, data);
    return callOutside<WriteAnswer | Refusal>(world, by, {
      name: `aws-auth write ${name}@${from.resourceVersion}`,
      timeoutMs: Math.min(TIMEOUT_MS, Math.max(1, withinMs)),
      faults: WRITE_FAULTS,
      isTargetWrite: true,
      effect: () => {
        const state = stateOf(name);
        if (loop.now() < state.awayUntil) return { status: "stale", problem: "not there" };
        if (String(state.version) !== from.resourceVersion) {
          return { status: "stale", problem: "somebody else was first" };
        }
        const before = state.data;
        put(name, state, data);
        world.trace?.(() => `${name}: aws-auth is at version ${state.version}`);
        witness.written(by, name, before, data);
        return { status: "written" };
      },
      failure: (kind) => {
        if (kind === "denied") return denied(name);
        const isLost = kind === "lost" || kind === "late";
        return { status: isLost ? "lost" : "stale", problem: kind };
      },
    });
  };

  const clusters: SimulatedClusters = {
    reach: (process) => async (spec: ClusterSpec) => ({
      mode: stateOf(spec.name).mode,
      read: () => read(process, spec.name),
      write: (from, data, withinMs) => write(process, spec.name, from, data, withinMs),
      hasAccessEntry: async (arn) =>
        stateOf(spec.name).mode === "API_AND_CONFIG_MAP" && hasEntry(process, spec.name, arn),
    }),
    texts,
    *untouched() {
      for (const [name, { standing, data, isTouched }] of states) {
        if (!isTouched) yield [name, { before: standing, after: data }];
      }
    },
    editByHand(name) {
      const key = random.pick(["mapUsers", "mapRoles"] as const);
      const { data } = stateOf(name);
      putByOthers(name, `somebody edits ${key}`, {
        ...data,
        [key]: edited(data[key] ?? "", key, `guest-${++guests}`, random),
      });
    },
    readByTool: (name) => stateOf(name).data,
    putByTool: (name, data) => putByOthers(name, "a tool puts its old text back", data),
    widen(name) {
      const { data } = stateOf(name);
      const mapUsers = data.mapUsers === undefined ? undefined : widened(data.mapUsers);
      if (mapUsers === undefined || mapUsers === data.mapUsers) return false;
      putByOthers(name, "somebody widens an entry of ours", { ...data, mapUsers });
      return true;
    },
    mapByHand(name, arn) {
      const { data } = stateOf(name);
      const mapUsers = mappedByHand(data.mapUsers ?? "", arn);
      putByOthers(name, `somebody maps ${arn} by hand`, { ...data, mapUsers });
    },
    giveEntry(name, arn) {
      stateOf(name).entries.add(arn);
      world.trace?.(() => `${name}: ${arn} gets an access entry`);
    },
    goAway(name, until) {
      stateOf(name).awayUntil = until;
      world.trace?.(() => `${name} goes away`);
    },
  };
  return clusters;
}

function denied(name: string): Refusal {
  return { seen: "refused", code: "not-permitted", message: `forbidden in ${name}` };
}

function fail(message: string): never {
  throw new Error(message);
}
