// Clusters in memory: aws-auth in versions, other people who edit its text, and API servers that go away.

import type { ClusterSpec } from "../../lib/grant/target-spec.ts";
import type { AwsAuth, Clusters, WriteAnswer } from "../../lib/targets/aws-auth/cluster.ts";
import type { ConfigMapData } from "../../lib/targets/aws-auth/config-map.ts";
import type { Refusal } from "../../lib/targets/target.ts";
import { callOutside, type Fault, type Process, type World } from "./outside.ts";

export interface SimulatedClusters {
  /** The clusters as one process reaches them. */
  reach(process: Process): Clusters;
  /** In truth: the text of both keys, by cluster name. */
  readonly texts: Map<string, ConfigMapData>;
  /** Somebody else edits the text of a cluster. */
  editByHand(name: string): void;
  /** The API server of a cluster is not there until then (epoch ms). */
  goAway(name: string, until: number): void;
}

/** What the truth is told of, for its checks. */
export interface ClusterWitness {
  writeIssued(by: Process, cluster: string, before: ConfigMapData, after: ConfigMapData): void;
  written(by: Process, cluster: string, before: ConfigMapData, after: ConfigMapData): void;
}

const TIMEOUT_MS = 5_000;
const READ_FAULTS: readonly [Fault, ...Fault[]] = ["before", "throttled", "denied", "death"];
const WRITE_FAULTS: readonly [Fault, ...Fault[]] = [
  "before",
  "lost",
  "throttled",
  "denied",
  "late",
  "twice",
  "death",
];

/** What stands in every cluster from the start: nodes, admins, a comment; nobody may touch it. */
const STANDING: ConfigMapData = {
  mapRoles: [
    "# the nodes: do not touch",
    "- rolearn: arn:aws:iam::111122223333:role/node-role",
    '  username: "system:node:{{EC2PrivateDNSName}}"',
    "  groups:",
    "  - system:bootstrappers",
    "  - system:nodes",
    "- rolearn: arn:aws:iam::111122223333:role/eks-cluster-admins",
    "  username: eks-cluster-admins",
    "  groups: [system:masters]",
    "",
  ].join("\n"),
  mapUsers: [
    "- userarn: arn:aws:iam::111122223333:user/jane.doe@example.com",
    "  username: jane.doe@example.com",
    "  groups:",
    "    - admins",
    "",
  ].join("\n"),
};

interface State {
  data: ConfigMapData;
  version: number;
  awayUntil: number;
}

/** Clusters called `names`. */
export function createSimulatedClusters(
  world: World,
  witness: ClusterWitness,
  names: readonly string[],
): SimulatedClusters {
  const { loop, random } = world;
  const states = new Map<string, State>(
    names.map((name) => [name, { data: STANDING, version: 1, awayUntil: 0 }]),
  );
  const texts = new Map<string, ConfigMapData>(names.map((name) => [name, STANDING]));
  const put = (name: string, state: State, data: ConfigMapData) => {
    state.data = data;
    state.version += 1;
    texts.set(name, data);
  };
  const stateOf = (name: string) => states.get(name) ?? fail(`no cluster ${name}`);
  let guests = 0;

  const read = (by: Process, name: string) =>
    callOutside<AwsAuth | Refusal>(world, by, {
      name: `aws-auth read ${name}`,
      timeoutMs: TIMEOUT_MS,
      faults: READ_FAULTS,
      effect: () => {
        const { data, version, awayUntil } = stateOf(name);
        if (loop.now() < awayUntil) throw new Error(`${name} does not answer`);
        return { uid: "uid-1", resourceVersion: String(version), immutable: false, data };
      },
      failure: (kind) => (kind === "denied" ? denied(name) : fail(`${kind}: not read`)),
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

  return {
    reach: (process) => async (spec: ClusterSpec) => ({
      mode: "CONFIG_MAP",
      read: () => read(process, spec.name),
      write: (from, data, withinMs) => write(process, spec.name, from, data, withinMs),
      hasAccessEntry: async () => false,
    }),
    texts,
    editByHand(name) {
      const state = stateOf(name);
      const key = random.pick(["mapUsers", "mapRoles"] as const);
      put(name, state, { ...state.data, [key]: edited(state.data[key] ?? "", key) });
      world.trace?.(() => `${name}: somebody edits ${key}, version ${state.version}`);
    },
    goAway(name, until) {
      stateOf(name).awayUntil = until;
      world.trace?.(() => `${name} goes away`);
    },
  };

  function edited(text: string, key: "mapUsers" | "mapRoles"): string {
    const guest = `guest-${++guests}`;
    const kind = key === "mapUsers" ? "user" : "role";
    const entry = `- ${kind}arn: arn:aws:iam::111122223333:${kind}/${guest}\n  username: ${guest}\n  groups: [viewers]\n`;
    switch (random.pick(["first", "last", "comment", "leave"])) {
      case "first":
        return entry + text;
      case "last":
        return text + entry;
      case "comment":
        return `# edited by ${guest}\n${text}`;
      case "leave":
        return blocksOf(text)
          .filter((block, _, all) => block !== all.find((each) => each.includes("guest-")))
          .join("");
      default:
        return text;
    }
  }
}

function denied(name: string): Refusal {
  return { seen: "refused", code: "not-permitted", message: `forbidden in ${name}` };
}

function fail(message: string): never {
  throw new Error(message);
}

// --- A reader of its own, so that the simulation does not trust the editor it tests ---

/** The text cut at every line that begins an entry or a comment. */
function blocksOf(text: string): readonly string[] {
  return text.split(/^(?=[-#])/m);
}

const isOurs = (block: string) => block.includes('"latchkey:');

/** What is not the broker's, byte for byte. */
export function foreignText(data: ConfigMapData): string {
  const rest = (text = "") => blocksOf(text).filter((block) => !isOurs(block));
  return [...rest(data.mapUsers), "\u0000", ...rest(data.mapRoles)].join("");
}

/** What the broker's entries give: `<arn> <Kubernetes group>`, each once. */
export function lentIn({ mapUsers = "", mapRoles = "" }: ConfigMapData): ReadonlySet<string> {
  const ours = [...blocksOf(mapUsers), ...blocksOf(mapRoles)].filter(isOurs);
  return new Set(
    ours.flatMap((block) => {
      const arn = /arn: "(?<arn>[^"]+)"/.exec(block)?.groups?.["arn"] ?? "?";
      const groups = [...block.matchAll(/^ {4}- "(?<group>[^"]+)"$/gm)];
      return groups.map((match) => `${arn} ${match.groups?.["group"]}`);
    }),
  );
}
