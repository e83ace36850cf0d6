// Acting as somebody else (`kubectl --as`), for those whom RBAC lets `impersonate`.
//
// Source: https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation

import { refuse } from "./authorize.ts";
import type { ObjectStore } from "./objects.ts";
import type { User } from "./rbac.ts";
import { type Failure, internalError } from "./status.ts";

/** Headers of a request with every value that each came with. */
export type Headers = Readonly<Record<string, readonly string[] | undefined>>;

/** The user that a request acts as: whoever sent it, or whom it impersonates; or why it may not. */
export function actAs(sender: User, headers: Headers, store: ObjectStore): User | Failure {
  const username = headers["impersonate-user"]?.[0] ?? "";
  const groups = headers["impersonate-group"] ?? [];
  if (username === "") {
    const incomplete = groups.length > 0;
    return incomplete ? internalError("requested groups without impersonating a user") : sender;
  }
  const wanted = [
    subjectOf(username),
    ...groups.map((name) => ({ resource: "groups", namespace: "", name })),
  ];
  for (const subject of wanted) {
    const action = { verb: "impersonate", group: "", subresource: "", ...subject };
    const refusal = refuse(sender, action, store);
    if (refusal !== undefined) return refusal;
  }
  const everyone =
    username === "system:anonymous" ? "system:unauthenticated" : "system:authenticated";
  return { username, groups: [...new Set([...groups, everyone])] };
}

function subjectOf(username: string) {
  const [, namespace, name] = username.match(/^system:serviceaccount:([^:]+):([^:]+)$/) ?? [];
  if (namespace === undefined || name === undefined) {
    return { resource: "users", namespace: "", name: username };
  }
  return { resource: "serviceaccounts", namespace, name };
}
