// What the cluster tells clients about itself: API groups, resources and its version.
//
// The plain form of discovery, one document per group version, which every client falls back to
// where a server does not offer the aggregated one; of OpenAPI just enough for kubectl to go on.

import { apiVersionOf, RESOURCES, type Resource } from "./resources.ts";

/** The Kubernetes version that the local cluster claims, for clients that check the skew. */
const VERSION = "v1.32.0";

const STORED_VERBS = ["create", "delete", "get", "list", "patch", "update"] as const;

/** The document at a discovery path; `undefined` where there is none. Text for the health checks. */
export function discover(path: string): object | string | undefined {
  switch (path.replace(/(.)\/$/, "$1")) {
    case "/api":
      return { kind: "APIVersions", versions: ["v1"], serverAddressByClientCIDRs: [] };
    case "/apis":
      return { kind: "APIGroupList", apiVersion: "v1", groups: groupVersions().map(describeGroup) };
    case "/version":
      return { major: "1", minor: "32", gitVersion: VERSION, platform: "linux/amd64" };
    case "/healthz":
    case "/livez":
    case "/readyz":
      return "ok";
    case "/openapi/v3":
      return describeOpenApi();
    default:
      return path.startsWith("/openapi/v3/")
        ? describeFieldValidation(path.replace("/openapi/v3", ""))
        : describeGroupVersion(path);
  }
}

function groupVersions(): string[] {
  return [...new Set(RESOURCES.map(apiVersionOf))].filter((groupVersion) => groupVersion !== "v1");
}

function describeGroup(groupVersion: string): object {
  const [name, version] = groupVersion.split("/");
  const described = { groupVersion, version };
  return { name, versions: [described], preferredVersion: described };
}

function describeGroupVersion(path: string): object | undefined {
  const groupVersion = path.replace(/^\/apis?\//, "");
  const group = groupVersions().find((candidate) => candidate.startsWith(`${groupVersion}/`));
  if (group !== undefined) return { kind: "APIGroup", apiVersion: "v1", ...describeGroup(group) };

  const prefix = groupVersion === "v1" ? "/api" : "/apis";
  const served = RESOURCES.filter((resource) => apiVersionOf(resource) === groupVersion);
  if (served.length === 0 || path !== `${prefix}/${groupVersion}`) return undefined;
  const resources = served.map(describeResource);
  return { kind: "APIResourceList", apiVersion: "v1", groupVersion, resources };
}

function describeOpenApi(): object {
  const paths = ["v1", ...groupVersions()].map((groupVersion) => {
    const path = groupVersion === "v1" ? "api/v1" : `apis/${groupVersion}`;
    return [path, { serverRelativeURL: `/openapi/v3/${path}` }] as const;
  });
  return { paths: Object.fromEntries(paths) };
}

/**
 * Says that the server checks fields itself, and nothing else: without it `kubectl edit` and `apply`
 * would ask for the schema of every kind, to check them on their side.
 */
function describeFieldValidation(root: string): object | undefined {
  const groupVersion = root.replace(/^\/apis?\//, "");
  const served = RESOURCES.filter((resource) => apiVersionOf(resource) === groupVersion);
  if (served.length === 0) return undefined;
  const paths = served.map(({ group, version, kind, plural }) => {
    const patch = {
      "x-kubernetes-group-version-kind": { group, version, kind },
      parameters: [{ name: "fieldValidation", in: "query", schema: { type: "string" } }],
      responses: {},
    };
    return [`${root}/${plural}/{name}`, { patch }] as const;
  });
  const info = { title: "Kubernetes", version: VERSION };
  return { openapi: "3.0.0", info, paths: Object.fromEntries(paths) };
}

function describeResource(resource: Resource): object {
  return {
    name: resource.plural,
    singularName: resource.singular,
    namespaced: resource.namespaced,
    kind: resource.kind,
    verbs: resource.storable ? STORED_VERBS : ["create"],
    ...(resource.shortNames.length > 0 ? { shortNames: resource.shortNames } : {}),
  };
}
