// Names in aws-auth: which ARN the cluster matches, which username is ours, which names nobody may be lent.

/** A text of the ConfigMap that holds mappings. */
export type MapKey = "mapRoles" | "mapUsers";

/** What every username begins with that Latchkey writes, and no other does. */
export const USERNAME_PREFIX = "latchkey:";

// The characters of IAM's own rules for paths and names.
const PRINCIPAL_ARN =
  /^(?<account>arn:aws[a-z-]*:iam::\d{12}):(?<kind>user|role)\/(?:[!-.0-~]+\/)*(?<name>[\w+=,.@-]{1,64})$/;
const RESERVED = /^(?:system|eks|aws|amazon|iam):/i;
// Printable ASCII, no blank at either end, and no `{{`: the authenticator fills in templates.
const KUBERNETES_NAME = /^(?!.*\{\{)[!-~](?:[ -~]{0,251}[!-~])?$/;

/**
 * Where and under which ARN the cluster looks for `principalArn`, an IAM user or role; `undefined`
 * for everything else. STS drops a role's path, so that an entry with the path never matches; a
 * user keeps it.
 *
 * NB. The whole ARN is checked before anything is cut from it: cut first, and an ARN with a line
 * break inside could become another principal.
 */
export function mappedArn(
  principalArn: string,
): { readonly key: MapKey; readonly arn: string } | undefined {
  const parts = PRINCIPAL_ARN.exec(principalArn)?.groups;
  if (parts === undefined) return undefined;
  return parts["kind"] === "role"
    ? { key: "mapRoles", arn: `${parts["account"]}:role/${parts["name"]}` }
    : { key: "mapUsers", arn: principalArn };
}

/**
 * The username that Latchkey gives a principal in a cluster: `latchkey:<user name>` for an IAM user
 * and `latchkey:role/<role name>` for a role, in which no two of one account are alike (no IAM name
 * holds a `/`). RBAC may bind it and `kubectl --as` take it, but two accounts may each have a user
 * of that name: bind the groups of the entitlement where a cluster serves more than one.
 *
 * @throws TypeError where `principalArn` is neither an IAM user nor a role.
 */
export function brokerUsername(principalArn: string): string {
  const parts = PRINCIPAL_ARN.exec(principalArn)?.groups;
  if (parts === undefined) {
    throw new TypeError(`"${principalArn.slice(0, 120)}" is neither an IAM user nor an IAM role`);
  }
  return `${USERNAME_PREFIX}${parts["kind"] === "role" ? "role/" : ""}${parts["name"]}`;
}

/** Whether `username` can only have been written by Latchkey. */
export function isBrokerUsername(username: string): boolean {
  return username.startsWith(USERNAME_PREFIX);
}

/** Whether Kubernetes, EKS or AWS keep `name`, a username or a group, to themselves. */
export function isReserved(name: string): boolean {
  return RESERVED.test(name);
}

/** Whether `name` reads the same everywhere that a username or a group is written. */
export function isKubernetesName(name: string): boolean {
  return KUBERNETES_NAME.test(name);
}

/** Whether an entry is one by which nodes join the cluster. */
export function isNodeEntry(entry: { username: string; groups: readonly string[] }): boolean {
  return (
    entry.username.startsWith("system:node:") ||
    entry.groups.some((group) => group === "system:nodes" || group === "system:bootstrappers")
  );
}

/** `arn` as the cluster compares it: Go's lower case, in which `İ` becomes a plain `i`. */
export function foldArn(arn: string): string {
  return arn.replaceAll("İ", "i").toLowerCase();
}

/** The folded ARN that whoever wrote `arn` meant, a role's useless path left out. */
export function meantArn(arn: string): string {
  return foldArn(arn).replace(/(:role\/).*\//s, "$1");
}
