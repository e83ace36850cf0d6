// The kinds of objects that the local cluster serves, and where in the API each one lives.

/** One served kind. `storable` ones can be listed and read; the others are questions, only asked. */
export interface Resource {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
  readonly storable: boolean;
}

/** Every object that the cluster holds: the fields that all kinds share, and the kind's own. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly [field: string]: unknown;
}

export interface ObjectMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly creationTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

const RBAC = "rbac.authorization.k8s.io/v1";
const AUTHORIZATION = "authorization.k8s.io/v1";
const AUTHENTICATION = "authentication.k8s.io/v1";

export const RESOURCES: readonly Resource[] = [
  stored("v1", "ConfigMap", "namespaced", "cm"),
  stored("v1", "Event", "namespaced", "ev"),
  stored("v1", "Namespace", "cluster", "ns"),
  stored("v1", "Node", "cluster", "no"),
  stored("v1", "Pod", "namespaced", "po"),
  stored("v1", "Secret", "namespaced"),
  stored("v1", "Service", "namespaced", "svc"),
  stored("v1", "ServiceAccount", "namespaced", "sa"),
  stored("apps/v1", "Deployment", "namespaced", "deploy"),
  stored(RBAC, "ClusterRole", "cluster"),
  stored(RBAC, "ClusterRoleBinding", "cluster"),
  stored(RBAC, "Role", "namespaced"),
  stored(RBAC, "RoleBinding", "namespaced"),
  asked(AUTHORIZATION, "SelfSubjectAccessReview"),
  asked(AUTHORIZATION, "SelfSubjectRulesReview"),
  asked(AUTHORIZATION, "SubjectAccessReview"),
  asked(AUTHENTICATION, "SelfSubjectReview"),
];

/** `v1` for the core group, `group/version` for the others, as in an object's `apiVersion`. */
export function apiVersionOf(resource: Resource): string {
  return resource.group === "" ? resource.version : `${resource.group}/${resource.version}`;
}

/** `pods`, `roles.rbac.authorization.k8s.io`: how Kubernetes names a resource in its messages. */
export function qualifiedName(resource: Resource): string {
  return resource.group === "" ? resource.plural : `${resource.plural}.${resource.group}`;
}

/** The resource that holds objects of a kind. Throws for a kind that the cluster does not know. */
export function resourceOfKind(kind: string): Resource {
  const resource = RESOURCES.find((candidate) => candidate.kind === kind && candidate.storable);
  if (resource === undefined) throw new Error(`the local cluster holds no objects of kind ${kind}`);
  return resource;
}

function stored(
  apiVersion: string,
  kind: string,
  scope: "namespaced" | "cluster",
  ...shortNames: string[]
): Resource {
  return resource(apiVersion, kind, {
    namespaced: scope === "namespaced",
    storable: true,
    shortNames,
  });
}

function asked(apiVersion: string, kind: string): Resource {
  return resource(apiVersion, kind, { namespaced: false, storable: false, shortNames: [] });
}

function resource(
  apiVersion: string,
  kind: string,
  rest: Pick<Resource, "namespaced" | "storable" | "shortNames">,
): Resource {
  const [version = "", group = ""] = apiVersion.split("/").reverse();
  const singular = kind.toLowerCase();
  return { group, version, kind, singular, plural: `${singular}s`, ...rest };
}
