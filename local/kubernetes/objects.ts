// What the cluster holds: objects with uids and rising resourceVersions, changed under Kubernetes' rules.

import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import {
  apiVersionOf,
  type KubernetesObject,
  type ObjectMeta,
  type Resource,
  resourceOfKind,
} from "./resources.ts";
import { alreadyExists, badRequest, conflict, invalid, notFound, type Outcome } from "./status.ts";

/** Where an object is: cluster-wide kinds have the namespace `""`. */
export interface Place {
  readonly resource: Resource;
  readonly namespace: string;
  readonly name: string;
}

interface WriteOptions {
  /** Says what would happen and stores nothing (`?dryRun=All`). */
  readonly dryRun?: boolean;
}

export interface ObjectStore {
  get(place: Place): KubernetesObject | undefined;
  /** Objects of one kind, of one namespace or (`""`) of all, ordered by namespace and name. */
  list(resource: Resource, namespace: string): readonly KubernetesObject[];
  /** The newest resourceVersion given out, as lists carry it. */
  resourceVersion(): string;
  create(place: Place, wanted: KubernetesObject, options?: WriteOptions): Outcome;
  /** Replaces an object. A stale resourceVersion or another uid is a conflict (409); none is a blind write. */
  replace(place: Place, wanted: KubernetesObject, options?: WriteOptions): Outcome;
  remove(place: Place, options?: WriteOptions): Outcome;
  /** Gives an object a new resourceVersion, as if somebody else had just written to it. */
  touch(place: Place): void;
  saved(): SavedObjects;
}

/** All that a restart must not lose, as plain data: the objects whole, with their uids and versions. */
export interface SavedObjects {
  /** The newest resourceVersion given out. */
  readonly version: number;
  readonly objects: readonly KubernetesObject[];
}

/** The largest ConfigMap that Kubernetes takes, in bytes of `data` and `binaryData`. */
const CONFIG_MAP_LIMIT_BYTES = 1024 * 1024;

/** A store with what was saved, or an empty one. `now` (epoch ms) dates what is created. */
export function createObjectStore(now: () => number, saved?: SavedObjects): ObjectStore {
  const objects = new Map<string, { place: Place; object: KubernetesObject }>();
  let version = saved?.version ?? 1000;
  for (const object of saved?.objects ?? []) {
    const place = placeOfObject(object);
    objects.set(keyOf(place), { place, object });
  }

  const keep = (
    place: Place,
    object: KubernetesObject,
    options: WriteOptions,
  ): KubernetesObject => {
    const resourceVersion = String(version + 1);
    const kept = { ...object, metadata: { ...object.metadata, resourceVersion } };
    if (options.dryRun === true) return kept;
    version += 1;
    objects.set(keyOf(place), { place, object: kept });
    return kept;
  };

  const get = (place: Place) => objects.get(keyOf(place))?.object;

  return {
    get,
    list: (resource, namespace) =>
      [...objects.entries()]
        .filter(([, { place }]) => place.resource === resource)
        .filter(([, { place }]) => namespace === "" || place.namespace === namespace)
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .map(([, { object }]) => object),
    resourceVersion: () => String(version),

    create(place, wanted, options = {}) {
      if (get(place) !== undefined) return alreadyExists(place.resource, place.name);
      const problem = findProblem(place, wanted);
      if (problem !== undefined) return problem;
      const creationTimestamp = new Date(now()).toISOString().replace(/\.\d+Z$/, "Z");
      const born = { ...ownMeta(wanted.metadata), uid: randomUUID(), creationTimestamp };
      return keep(place, { ...wanted, metadata: born }, options);
    },

    replace(place, wanted, options = {}) {
      const current = get(place);
      if (current === undefined) return notFound(place.resource, place.name);
      const problem =
        findConflict(place, current, wanted) ??
        findProblem(place, wanted) ??
        findFrozenChange(place, current, wanted);
      if (problem !== undefined) return problem;
      const metadata = { ...ownMeta(wanted.metadata), ...givenMeta(current.metadata) };
      const next = { ...wanted, metadata };
      return isDeepStrictEqual(next, current) ? current : keep(place, next, options);
    },

    remove(place, options = {}) {
      const current = get(place);
      if (current === undefined) return notFound(place.resource, place.name);
      if (options.dryRun !== true && objects.delete(keyOf(place))) version += 1;
      return current;
    },

    touch(place) {
      const current = get(place);
      if (current !== undefined) keep(place, current, {});
    },

    saved: () => ({ version, objects: [...objects.values()].map(({ object }) => object) }),
  };
}

function placeOfObject({ kind, metadata }: KubernetesObject): Place {
  const { namespace = "", name } = metadata;
  return { resource: resourceOfKind(kind), namespace, name };
}

function keyOf({ resource, namespace, name }: Place): string {
  return `${resource.group}/${resource.plural}/${namespace}/${name}`;
}

/** The metadata that whoever writes decides; the rest is the cluster's. */
function ownMeta(metadata: ObjectMeta): ObjectMeta {
  const { uid: _uid, resourceVersion: _version, creationTimestamp: _at, ...own } = metadata;
  return own;
}

function givenMeta(metadata: ObjectMeta): Partial<ObjectMeta> {
  const { uid, resourceVersion, creationTimestamp } = metadata;
  return JSON.parse(JSON.stringify({ uid, resourceVersion, creationTimestamp }));
}

function findConflict(place: Place, current: KubernetesObject, wanted: KubernetesObject) {
  const { uid, resourceVersion } = wanted.metadata;
  if (uid !== undefined && uid !== "" && uid !== current.metadata.uid) {
    const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${current.metadata.uid}`;
    return conflict(place.resource, place.name, why);
  }
  const blind = resourceVersion === undefined || resourceVersion === "";
  if (blind || resourceVersion === current.metadata.resourceVersion) return undefined;
  return conflict(
    place.resource,
    place.name,
    "the object has been modified; please apply your changes to the latest version and try again",
  );
}

function findProblem(place: Place, wanted: KubernetesObject) {
  const { resource, name, namespace } = place;
  if (wanted.apiVersion !== apiVersionOf(resource) || wanted.kind !== resource.kind) {
    return badRequest(
      `the object provided is unrecognized (must be of type ${resource.kind}): ${wanted.apiVersion}, Kind=${wanted.kind}`,
    );
  }
  if (wanted.metadata.name !== name) {
    return badRequest(
      `the name of the object (${wanted.metadata.name}) does not match the name on the URL (${name})`,
    );
  }
  if ((wanted.metadata.namespace ?? "") !== namespace) {
    return badRequest(
      "the namespace of the provided object does not match the namespace sent on the request",
    );
  }
  return resource.kind === "ConfigMap" ? findConfigMapProblem(place, wanted) : undefined;
}

function findConfigMapProblem({ resource, name }: Place, configMap: KubernetesObject) {
  const data = dataOf(configMap["data"]);
  const binaryData = dataOf(configMap["binaryData"]);
  if (data === undefined || binaryData === undefined) {
    return badRequest(
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: data must be a map of strings',
    );
  }
  const badKey = [...data.keys(), ...binaryData.keys()].find(
    (key) => !/^[-._a-zA-Z0-9]+$/.test(key),
  );
  if (badKey !== undefined) {
    return invalid(
      resource,
      name,
      `data[${badKey}]: Invalid value: "${badKey}": a valid config key must consist of alphanumeric characters, '-', '_' or '.'`,
    );
  }
  const sizes = [
    ...[...data.values()].map((text) => Buffer.byteLength(text)),
    ...[...binaryData.values()].map((text) => Buffer.byteLength(text, "base64")),
  ];
  if (sizes.reduce((sum, size) => sum + size, 0) > CONFIG_MAP_LIMIT_BYTES) {
    return invalid(
      resource,
      name,
      `[]: Too long: may not be more than ${CONFIG_MAP_LIMIT_BYTES} bytes`,
    );
  }
  return undefined;
}

/** The entries of a map of strings, none for an absent one; `undefined` when it is something else. */
function dataOf(value: unknown): ReadonlyMap<string, string> | undefined {
  if (value === undefined || value === null) return new Map();
  if (typeof value !== "object" || Array.isArray(value)) return undefined;
  const entries = Object.entries(value);
  return entries.every(([, text]) => typeof text === "string") ? new Map(entries) : undefined;
}

/** `immutable: true` on a ConfigMap or Secret is for good, and freezes its data. */
function findFrozenChange(place: Place, current: KubernetesObject, wanted: KubernetesObject) {
  if (current["immutable"] !== true) return undefined;
  const frozen = ["immutable", "data", "binaryData"] as const;
  const changed = frozen.find((field) => !isDeepStrictEqual(current[field], wanted[field]));
  if (changed === undefined) return undefined;
  const why = `${changed}: Forbidden: field is immutable when \`immutable\` is set`;
  return invalid(place.resource, place.name, why);
}
