// Who may do what: Kubernetes' RBAC rules, evaluated purely from roles and bindings.
//
// Source: https://kubernetes.io/docs/reference/access-authn-authz/rbac/ and the matching functions
// of kubernetes/kubernetes `pkg/apis/rbac/v1/evaluation_helpers.go`.

import type { KubernetesObject } from "./resources.ts";

/** Somebody who has been authenticated, or is impersonated. */
export interface User {
  readonly username: string;
  readonly groups: readonly string[];
  readonly uid?: string;
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** What somebody wants to do to a resource. `""` stands for the core group, no namespace, no name. */
export interface ResourceAction {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
}

/** What somebody wants to do to a URL that is no resource, such as `/version`. */
interface PathAction {
  readonly verb: string;
  readonly path: string;
}

export type Action = ResourceAction | PathAction;

export interface PolicyRule {
  readonly verbs: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
}

/** The objects that decide; roles and bindings of both kinds, from all namespaces. */
export interface RbacObjects {
  readonly roles: readonly KubernetesObject[];
  readonly clusterRoles: readonly KubernetesObject[];
  readonly roleBindings: readonly KubernetesObject[];
  readonly clusterRoleBindings: readonly KubernetesObject[];
}

export interface Decision {
  readonly allowed: boolean;
  /** Which binding allows it; empty for a refusal, as in Kubernetes. */
  readonly reason: string;
}

/** The group that may do everything, whatever the roles say. */
export const SYSTEM_MASTERS = "system:masters";

/** Whether a user may do something. What no rule allows is refused; no rule can refuse. */
export function decide(user: User, action: Action, objects: RbacObjects): Decision {
  if (user.groups.includes(SYSTEM_MASTERS)) return { allowed: true, reason: "" };
  const namespace = "path" in action ? "" : action.namespace;
  const grant = grantsOf(user, namespace, objects).find(({ rules }) =>
    rules.some((rule) => covers(rule, action)),
  );
  return grant === undefined
    ? { allowed: false, reason: "" }
    : { allowed: true, reason: `RBAC: allowed by ${grant.source}` };
}

/** Every rule that holds for a user in a namespace, cluster-wide ones included. */
export function rulesOf(user: User, namespace: string, objects: RbacObjects): PolicyRule[] {
  const everything: PolicyRule[] = [
    { verbs: ["*"], apiGroups: ["*"], resources: ["*"] },
    { verbs: ["*"], nonResourceURLs: ["*"] },
  ];
  const privileged = user.groups.includes(SYSTEM_MASTERS) ? everything : [];
  return [...privileged, ...grantsOf(user, namespace, objects).flatMap(({ rules }) => rules)];
}

interface Grant {
  readonly source: string;
  readonly rules: readonly PolicyRule[];
}

function grantsOf(user: User, namespace: string, objects: RbacObjects): Grant[] {
  const everywhere = objects.clusterRoleBindings;
  const here = objects.roleBindings.filter(
    (binding) => namespace !== "" && binding.metadata.namespace === namespace,
  );
  return [...everywhere, ...here].flatMap((binding) => grantOf(binding, user, objects) ?? []);
}

function grantOf(binding: KubernetesObject, user: User, objects: RbacObjects): Grant | undefined {
  const bindingNamespace = binding.metadata.namespace ?? "";
  const subjects = listOf<Subject>(binding["subjects"]);
  const subject = subjects.find((candidate) => isUser(candidate, user, bindingNamespace));
  if (subject === undefined) return undefined;

  const roleRef = binding["roleRef"] as RoleRef;
  const candidates = roleRef.kind === "ClusterRole" ? objects.clusterRoles : objects.roles;
  const role = candidates.find(
    ({ metadata }) =>
      metadata.name === roleRef.name &&
      (roleRef.kind === "ClusterRole" || metadata.namespace === bindingNamespace),
  );
  if (role === undefined) return undefined; // a role that is not there (yet) grants nothing

  const place = bindingNamespace === "" ? "" : `/${bindingNamespace}`;
  return {
    source: `${binding.kind} "${binding.metadata.name}${place}" of ${roleRef.kind} "${roleRef.name}" to ${subject.kind} "${subject.name}"`,
    rules: listOf<PolicyRule>(role["rules"]),
  };
}

interface Subject {
  readonly kind: "User" | "Group" | "ServiceAccount";
  readonly name: string;
  readonly namespace?: string;
}

interface RoleRef {
  readonly kind: "Role" | "ClusterRole";
  readonly name: string;
}

function isUser(subject: Subject, user: User, bindingNamespace: string): boolean {
  switch (subject.kind) {
    case "User":
      return subject.name === user.username;
    case "Group":
      return user.groups.includes(subject.name);
    case "ServiceAccount": {
      const namespace = subject.namespace ?? bindingNamespace;
      return user.username === `system:serviceaccount:${namespace}:${subject.name}`;
    }
    default:
      return subject.kind satisfies never;
  }
}

function covers(rule: PolicyRule, action: Action): boolean {
  if (!includes(rule.verbs, action.verb)) return false;
  if ("path" in action) {
    return (rule.nonResourceURLs ?? []).some((pattern) => matchesPath(pattern, action.path));
  }
  const names = rule.resourceNames ?? [];
  return (
    includes(rule.apiGroups, action.group) &&
    (rule.resources ?? []).some((resource) => matchesResource(resource, action)) &&
    (names.length === 0 || names.includes(action.name))
  );
}

/** `pods` does not cover its subresource `pods/log`; a lone star covers everything. */
function matchesResource(pattern: string, { resource, subresource }: ResourceAction): boolean {
  if (pattern === "*") return true;
  if (subresource === "") return pattern === resource;
  return pattern === `${resource}/${subresource}` || pattern === `*/${subresource}`;
}

function matchesPath(pattern: string, path: string): boolean {
  return pattern.endsWith("*") ? path.startsWith(pattern.slice(0, -1)) : pattern === path;
}

function includes(values: readonly string[] | undefined, value: string): boolean {
  return values !== undefined && (values.includes("*") || values.includes(value));
}

function listOf<Item>(value: unknown): readonly Item[] {
  return Array.isArray(value) ? value : [];
}
