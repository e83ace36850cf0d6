// What a grant says about the places its access is written to: enough to end it when all else is gone.

import type { IamUserArn } from "./ids.ts";

/** The role that the broker assumes to reach another account. */
export interface AccountAccess {
  readonly role: string;
  readonly externalId?: string;
}

/** An IAM group that the principal becomes a member of. */
export interface IamGroupSpec {
  readonly kind: "iam-group";
  readonly arn: string;
  /** Absent where the group is in the broker's own account. */
  readonly account?: AccountAccess;
}

/** How a cluster is found and reached. */
export interface ClusterSpec {
  readonly name: string;
  readonly region: string;
  /** `https://…`; absent: asked of eks:DescribeCluster, with `certificateAuthority`. */
  readonly server?: string;
  /** The PEM in base64. */
  readonly certificateAuthority?: string;
  readonly account?: AccountAccess;
}

/** An entry in a cluster's `aws-auth`: of the principal in `mapUsers`, or of `role` in `mapRoles`. */
export interface AwsAuthSpec {
  readonly kind: "aws-auth";
  readonly cluster: ClusterSpec;
  /** The Kubernetes groups that the entry names. */
  readonly groups: readonly string[];
  readonly role?: string;
  /** True where access.yml says `acknowledge: cluster-admin` and so allows `system:masters`. */
  readonly acknowledgeClusterAdmin?: boolean;
}

export type TargetSpec = IamGroupSpec | AwsAuthSpec;

/** Names one principal's place in one target; grants with equal keys rest on one assignment. */
export type AssignmentKey = string;

/** Names what is read and written in one go: one IAM group, one cluster's `aws-auth`. */
export type PlaceKey = string;

/** The place that `spec` is written to. */
export function placeKey(spec: TargetSpec): PlaceKey {
  switch (spec.kind) {
    case "iam-group":
      return `iam-group ${spec.arn}`;
    case "aws-auth": {
      // Not by address: it may be written down one day and asked of EKS the next.
      const { name, region, account } = spec.cluster;
      return `aws-auth ${account === undefined ? "own" : accountOf(account.role)}/${region}/${name}`;
    }
    default:
      throw new TypeError(`unknown target kind ${JSON.stringify(spec satisfies never)}`);
  }
}

/** Whose access it is: the IAM user's ARN, and the unique id that the grant was begun for. */
export interface Principal {
  readonly arn: IamUserArn;
  readonly id: string;
}

/**
 * The assignment that `spec` means for `principal`. A group's members are users by their unique id;
 * `aws-auth` knows ARNs, and compares them without regard to case. A mapped role is one assignment
 * whoever asked for it.
 */
export function assignmentKey(spec: TargetSpec, principal: Principal): AssignmentKey {
  return `${placeKey(spec)} ${holderOf(spec, principal)}`;
}

function holderOf(spec: TargetSpec, principal: Principal): string {
  if (spec.kind === "iam-group") return principal.id;
  // STS drops the paths of roles, so that roles which differ only in path are one entry.
  const mapped = spec.role?.replace(/:role\/.*\//, ":role/") ?? principal.arn;
  return mapped.toLowerCase();
}

/** The twelve digits of the account that `arn` is in. */
export function accountOf(arn: string): string {
  return arn.split(":")[4] ?? "";
}

/** The path of an IAM group: `/jit/` of `arn:aws:iam::111122223333:group/jit/name`. */
export function groupPathOf(arn: string): string {
  const resource = arn.slice(arn.indexOf(":group/") + ":group".length);
  return resource.slice(0, resource.lastIndexOf("/") + 1);
}
