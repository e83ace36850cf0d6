// Why an edit of aws-auth is not made, in words that a platform engineer understands at 3 a.m.

import type { RefusalCode } from "../target.ts";
import type { Entry } from "./map-text.ts";
import { type MapKey, mappedArn, USERNAME_PREFIX } from "./names.ts";
import type { Trouble } from "./safe-subset.ts";

/** Why nothing was changed for a mapping, with the way out. */
export interface EditRefusal {
  readonly code: Extract<
    RefusalCode,
    | "aws-auth-unreadable"
    | "aws-auth-unsafe"
    | "aws-auth-too-large"
    | "mapped-by-other"
    | "node-role"
    | "reserved-name"
    | "bad-arn"
  >;
  readonly key: MapKey;
  /** Counted from 1 within the text of `key`. */
  readonly line?: number;
  readonly message: string;
}

/** The text stands in the way. */
export function troubled(key: MapKey, { kind, line, what, wayOut }: Trouble): EditRefusal {
  const place = line === undefined ? `aws-auth, ${key}` : `aws-auth, ${key}, line ${line}`;
  const reason =
    kind === "unreadable"
      ? "The cluster may have lost every mapping in it"
      : "The cluster may read it in another way than Latchkey";
  return {
    code: `aws-auth-${kind}`,
    key,
    ...(line === undefined ? {} : { line }),
    message: `${place}: ${what}. ${reason}, so nothing was changed. ${wayOut}`,
  };
}

/** No ARN of an IAM user or role, one of the other kind, or a role's with its path. */
export function badArn(key: MapKey, arn: string): EditRefusal {
  const mapped = mappedArn(arn);
  const kind = key === "mapRoles" ? "role" : "user";
  const wayOut =
    mapped?.key === key
      ? `The cluster never matches a role's path; map ${mapped.arn}.`
      : `Name it as arn:aws:iam::<12 digits>:${kind}/<name>.`;
  const message = `${JSON.stringify(arn.slice(0, 160))} is not the ARN of an IAM ${kind} as the cluster sees it. ${wayOut}`;
  return { code: "bad-arn", key, message };
}

/** A username that could not be recognised, and so not be taken back. */
export function badUsername(key: MapKey, username: string): EditRefusal {
  const message = `The username ${JSON.stringify(username)} cannot be lent: it must begin with ${USERNAME_PREFIX}, be printable ASCII and hold no {{template}}.`;
  return { code: "reserved-name", key, message };
}

/** A group that belongs to Kubernetes, EKS or AWS, or one that might be read differently. */
export function badGroup(key: MapKey, group: string): EditRefusal {
  const name = JSON.stringify(group);
  const message =
    group === "system:masters"
      ? `The group ${name} makes its members cluster administrators. Acknowledge that in access.yml (acknowledge: cluster-admin), or better bind a group of your own.`
      : `The group ${name} cannot be lent: names that begin with system:, eks:, aws:, amazon: or iam: are reserved, and a group must be printable ASCII without a {{template}}. Bind a group of your own.`;
  return { code: "reserved-name", key, message };
}

/** The principal has an entry already, not of ours. */
export function mappedByOther(key: MapKey, arn: string, holder: Entry): EditRefusal {
  const groups = holder.groups.length === 0 ? "no groups" : `groups ${holder.groups.join(", ")}`;
  const message = `${arn} is mapped in aws-auth already (username ${JSON.stringify(holder.username)}, ${groups}), and the cluster obeys one entry only: a second would silently replace it. Remove that entry, or lend access through a role of its own.`;
  return { code: "mapped-by-other", key, message };
}

/** The principal is how nodes join. */
export function nodeRole(key: MapKey, arn: string): EditRefusal {
  const message = `${arn} is a role by which nodes join the cluster; another mapping of it would cut them off. Lend access through another role.`;
  return { code: "node-role", key, message };
}

/** One batch names a principal twice, with different groups. */
export function askedTwice(key: MapKey, arn: string): EditRefusal {
  const message = `${arn} was to be mapped twice in one edit, with different groups, and the cluster obeys one entry only. Map it once, with all groups.`;
  return { code: "mapped-by-other", key, message };
}

/** The ConfigMap would come near the most that Kubernetes stores. */
export function tooLarge(key: MapKey): EditRefusal {
  const message =
    "aws-auth has no room for another mapping: it is near the 1 MiB that Kubernetes stores. Remove entries that are no longer needed, or map roles instead of users.";
  return { code: "aws-auth-too-large", key, message };
}
