// Whether a request may go on: RBAC asked with the roles as they are now, refusals in Kubernetes' words.

import type { ObjectStore } from "./objects.ts";
import { type Action, decide, type RbacObjects, type User } from "./rbac.ts";
import { resourceOfKind } from "./resources.ts";
import { type Failure, forbidden } from "./status.ts";

/** The roles and bindings that the cluster holds at this moment. */
export function rbacObjectsIn(store: ObjectStore): RbacObjects {
  const all = (kind: string) => store.list(resourceOfKind(kind), "");
  return {
    roles: all("Role"),
    clusterRoles: all("ClusterRole"),
    roleBindings: all("RoleBinding"),
    clusterRoleBindings: all("ClusterRoleBinding"),
  };
}

/** `undefined` when the user may; otherwise the 403 to answer. */
export function refuse(user: User, action: Action, store: ObjectStore): Failure | undefined {
  if (decide(user, action, rbacObjectsIn(store)).allowed) return undefined;
  const who = `User "${user.username}" cannot ${action.verb}`;
  if ("path" in action) return forbidden("", `${who} path "${action.path}"`);

  const { group, resource, subresource, namespace, name } = action;
  const qualified = group === "" ? resource : `${resource}.${group}`;
  const target = subresource === "" ? resource : `${resource}/${subresource}`;
  const scope = namespace === "" ? "at the cluster scope" : `in the namespace "${namespace}"`;
  return forbidden(
    name === "" ? qualified : `${qualified} "${name}"`,
    `${who} resource "${target}" in API group "${group}" ${scope}`,
    { kind: resource, ...(name === "" ? {} : { name }), ...(group === "" ? {} : { group }) },
  );
}
