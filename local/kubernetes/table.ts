// How objects look in `kubectl get`: the columns that the API server computes for each kind.

import type { KubernetesObject, Resource } from "./resources.ts";

type Column = readonly [title: string, cell: (object: KubernetesObject, nowMs: number) => unknown];

const NAME: Column = ["Name", ({ metadata }) => metadata.name];
const AGE: Column = ["Age", ({ metadata }, nowMs) => ageOf(metadata.creationTimestamp, nowMs)];

const COLUMNS: Readonly<Record<string, readonly Column[]>> = {
  ConfigMap: [NAME, ["Data", ({ data }) => Object.keys(recordOf(data)).length], AGE],
  Namespace: [NAME, ["Status", ({ status }) => recordOf(status)["phase"] ?? "Active"], AGE],
  Node: [
    NAME,
    ["Status", () => "Ready"],
    ["Roles", () => "<none>"],
    AGE,
    ["Version", ({ status }) => recordOf(recordOf(status)["nodeInfo"])["kubeletVersion"] ?? ""],
  ],
  Pod: [
    NAME,
    ["Ready", (pod) => `${containersOf(pod).filter(isReady).length}/${containersOf(pod).length}`],
    ["Status", ({ status }) => recordOf(status)["phase"] ?? "Pending"],
    [
      "Restarts",
      (pod) => containersOf(pod).reduce((sum, container) => sum + restartsOf(container), 0),
    ],
    AGE,
  ],
  RoleBinding: [NAME, ["Role", roleOf], AGE],
  ClusterRoleBinding: [NAME, ["Role", roleOf], AGE],
};

/** A `Table` of objects, as `kubectl get` asks for it. `nowMs` is what ages are counted to. */
export function tableOf(
  resource: Resource,
  objects: readonly KubernetesObject[],
  options: { readonly nowMs: number; readonly resourceVersion: string },
): object {
  const columns = COLUMNS[resource.kind] ?? [NAME, AGE];
  return {
    kind: "Table",
    apiVersion: "meta.k8s.io/v1",
    metadata: { resourceVersion: options.resourceVersion },
    columnDefinitions: columns.map(([name]) => ({
      name,
      type: "string",
      format: name === "Name" ? "name" : "",
      description: name,
      priority: 0,
    })),
    rows: objects.map((object) => ({
      cells: columns.map(([, cell]) => cell(object, options.nowMs)),
      object: {
        kind: "PartialObjectMetadata",
        apiVersion: "meta.k8s.io/v1",
        metadata: object.metadata,
      },
    })),
  };
}

function ageOf(createdAt: string | undefined, nowMs: number): string {
  if (createdAt === undefined) return "<unknown>";
  const seconds = Math.max(0, Math.floor((nowMs - Date.parse(createdAt)) / 1000));
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 120) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours}h` : `${Math.floor(hours / 24)}d`;
}

function roleOf({ roleRef }: KubernetesObject): string {
  const { kind, name } = recordOf(roleRef);
  return `${kind}/${name}`;
}

function containersOf({ spec, status }: KubernetesObject): readonly Record<string, unknown>[] {
  const statuses = recordOf(status)["containerStatuses"];
  const containers = Array.isArray(statuses) ? statuses : recordOf(spec)["containers"];
  return Array.isArray(containers) ? containers.map(recordOf) : [];
}

const isReady = (container: Record<string, unknown>): boolean => container["ready"] === true;
const restartsOf = (container: Record<string, unknown>): number =>
  Number(container["restartCount"] ?? 0);

function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
