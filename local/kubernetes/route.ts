// What a request asks for: its URL and method as an action that RBAC can judge. Pure.
//
// Source: kubernetes/apiserver `pkg/endpoints/request/requestinfo.go`.

import type { Action, ResourceAction } from "./rbac.ts";

const VERBS: Readonly<Record<string, { onOne: string; onMany: string }>> = {
  GET: { onOne: "get", onMany: "list" },
  HEAD: { onOne: "get", onMany: "list" },
  POST: { onOne: "create", onMany: "create" },
  PUT: { onOne: "update", onMany: "update" },
  PATCH: { onOne: "patch", onMany: "patch" },
  DELETE: { onOne: "delete", onMany: "deletecollection" },
};

/** The action behind a request; discovery and everything that is no resource is a path action. */
export function readAction(method: string, url: URL): Action {
  const inGroup = readGroup(url.pathname.split("/").filter((segment) => segment !== ""));
  if (inGroup === undefined || inGroup.segments.length === 0) {
    return { verb: method.toLowerCase(), path: url.pathname };
  }
  const target = readTarget(inGroup.segments);
  const verb = VERBS[method]?.[target.name === "" ? "onMany" : "onOne"] ?? method.toLowerCase();
  const watches = verb === "list" && ["true", "1"].includes(url.searchParams.get("watch") ?? "");
  return { verb: watches ? "watch" : verb, group: inGroup.group, ...target };
}

function readGroup(segments: readonly string[]) {
  const [root, ...rest] = segments.map(decodeURIComponent);
  if (root === "api" && rest.length > 0) return { group: "", segments: rest.slice(1) };
  if (root === "apis" && rest.length > 1) return { group: rest[0] ?? "", segments: rest.slice(2) };
  return undefined;
}

/** NB. A namespace counts as lying in itself, so that a RoleBinding inside can allow to read it. */
function readTarget(segments: readonly string[]): Omit<ResourceAction, "verb" | "group"> {
  const [first = "", second = "", third = "", ...rest] = segments;
  if (first !== "namespaces") {
    return { resource: first, namespace: "", name: second, subresource: third };
  }
  const isNamespaceItself = third === "" || third === "status" || third === "finalize";
  if (isNamespaceItself) {
    return { resource: first, namespace: second, name: second, subresource: third };
  }
  return { resource: third, namespace: second, name: rest[0] ?? "", subresource: rest[1] ?? "" };
}
