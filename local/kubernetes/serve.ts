// What the API answers to one request of a known user: judged by RBAC first, then looked at.

import { rbacObjectsIn, refuse } from "./authorize.ts";
import { discover } from "./discovery.ts";
import type { ObjectStore, Place } from "./objects.ts";
import { applyPatch } from "./patch.ts";
import { decodeProtobuf, PROTOBUF } from "./protobuf.ts";
import { decide, type ResourceAction, type User } from "./rbac.ts";
import {
  apiVersionOf,
  type KubernetesObject,
  RESOURCES,
  type Resource,
  resourceOfKind,
} from "./resources.ts";
import { answerReview } from "./reviews.ts";
import { readAction } from "./route.ts";
import { select } from "./select.ts";
import {
  badRequest,
  type Failure,
  isFailure,
  methodNotAllowed,
  notFound,
  type Outcome,
  unknownPath,
} from "./status.ts";
import { tableOf } from "./table.ts";

/** One request, with its body read. */
export interface ApiRequest {
  readonly method: string;
  readonly url: URL;
  readonly contentType: string;
  /** Whether the client would rather have a table than the objects (`kubectl get`). */
  readonly wantsTable: boolean;
  readonly body: Buffer;
}

export interface ApiAnswer {
  readonly status: number;
  readonly body: object | string;
}

export interface Cluster {
  readonly store: ObjectStore;
  /** Epoch ms, for the ages in tables. */
  readonly now: () => number;
}

const UNREADABLE = "the body holds no object that the local cluster can read";

/** Answers a request. Every refusal is an answer too; nothing is thrown. */
export function serve(request: ApiRequest, user: User, cluster: Cluster): ApiAnswer {
  const action = readAction(request.method, request.url);
  const refusal = refuse(user, action, cluster.store);
  if (refusal !== undefined) return answer(refusal);
  if ("path" in action) return answer(discover(action.path) ?? unknownPath());

  const resource = RESOURCES.find(
    ({ group, plural }) => group === action.group && plural === action.resource,
  );
  const version = request.url.pathname.split("/")[action.group === "" ? 2 : 3];
  if (resource === undefined || version !== resource.version || action.subresource !== "") {
    return answer(unknownPath());
  }
  if (!resource.storable) return answer(review(request, user, resource, cluster), 201);
  return act(request, action, resource, cluster);
}

function answer(body: object | string, success = 200): ApiAnswer {
  const failed = typeof body === "object" && isFailure(body);
  return { status: failed ? body.code : success, body };
}

function review(request: ApiRequest, user: User, resource: Resource, { store }: Cluster): object {
  const body = parse(request);
  if (body === undefined) return badRequest(UNREADABLE);
  return answerReview({
    resource,
    user,
    body,
    decide: (subject, action) => decide(subject, action, rbacObjectsIn(store)),
    objects: () => rbacObjectsIn(store),
  });
}

function act(
  request: ApiRequest,
  action: ResourceAction,
  resource: Resource,
  cluster: Cluster,
): ApiAnswer {
  const place: Place = {
    resource,
    name: action.name,
    namespace: resource.namespaced ? action.namespace : "",
  };
  const { store } = cluster;
  const options = { dryRun: request.url.searchParams.get("dryRun") === "All" };
  switch (action.verb) {
    case "get":
      return show(request, resource, store.get(place) ?? notFound(resource, place.name), cluster);
    case "list":
      return answer(list(request, place, cluster));
    case "create":
      return answer(create(request, place, store, options), 201);
    case "update": {
      const wanted = parse(request);
      if (wanted === undefined) return answer(badRequest(UNREADABLE));
      return answer(store.replace(place, completed(wanted, place), options));
    }
    case "patch":
      return answer(patch(request, place, store, options));
    case "delete": {
      const removed = store.remove(place, options);
      return answer(isFailure(removed) ? removed : deleted(place, removed));
    }
    default:
      return answer(methodNotAllowed()); // watching and deleting a whole collection are not served
  }
}

function show(
  request: ApiRequest,
  resource: Resource,
  found: Outcome,
  cluster: Cluster,
): ApiAnswer {
  if (!request.wantsTable || isFailure(found)) return answer(found);
  return answer(tableOf(resource, [found], tableOptions(cluster)));
}

function list(request: ApiRequest, { resource, namespace }: Place, cluster: Cluster): object {
  const selected = select(cluster.store.list(resource, namespace), request.url.searchParams);
  if (!Array.isArray(selected)) return selected;
  if (request.wantsTable) return tableOf(resource, selected, tableOptions(cluster));
  const metadata = { resourceVersion: cluster.store.resourceVersion() };
  return {
    kind: `${resource.kind}List`,
    apiVersion: apiVersionOf(resource),
    metadata,
    items: selected,
  };
}

function tableOptions({ store, now }: Cluster) {
  return { nowMs: now(), resourceVersion: store.resourceVersion() };
}

function create(
  request: ApiRequest,
  place: Place,
  store: ObjectStore,
  options: { dryRun: boolean },
): Outcome {
  if (place.name !== "") return methodNotAllowed();
  const body = parse(request);
  if (body === undefined) return badRequest(UNREADABLE);
  const { metadata } = body as { metadata?: { name?: unknown } };
  const name = metadata?.name;
  if (typeof name !== "string" || name === "") return badRequest("name is required");
  const named = { ...place, name };
  const missing = findMissingNamespace(named, store);
  return missing ?? store.create(named, completed(body, named), options);
}

function findMissingNamespace({ namespace }: Place, store: ObjectStore): Failure | undefined {
  const resource = resourceOfKind("Namespace");
  if (namespace === "" || store.get({ resource, namespace: "", name: namespace })) return undefined;
  return notFound(resource, namespace);
}

function patch(
  request: ApiRequest,
  place: Place,
  store: ObjectStore,
  options: { dryRun: boolean },
): Outcome {
  const current = store.get(place);
  if (current === undefined) return notFound(place.resource, place.name);
  const body = parseJson(request.body);
  if (body === undefined) return badRequest("the patch is no JSON");
  const patched = applyPatch(current, request.contentType, body);
  return isFailure(patched) ? patched : store.replace(place, patched, options);
}

/** What the URL says already may be left out of the body. */
function completed(
  body: Record<string, unknown>,
  { resource, namespace }: Place,
): KubernetesObject {
  const metadata = (body["metadata"] ?? {}) as KubernetesObject["metadata"];
  return {
    apiVersion: apiVersionOf(resource),
    kind: resource.kind,
    ...body,
    metadata: namespace === "" ? metadata : { namespace, ...metadata },
  };
}

function deleted({ resource, name }: Place, { metadata }: KubernetesObject): object {
  const details = { name, kind: resource.plural, uid: metadata.uid };
  return { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", details };
}

/** The object that a request carries, in JSON or protobuf; `undefined` when it carries none. */
function parse({ body, contentType }: ApiRequest): Record<string, unknown> | undefined {
  const value = contentType === PROTOBUF ? parseProtobuf(body) : parseJson(body);
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  return isObject ? (value as Record<string, unknown>) : undefined;
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}

function parseProtobuf(body: Buffer): unknown {
  try {
    return decodeProtobuf(body);
  } catch {
    return undefined;
  }
}
