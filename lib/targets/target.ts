// The door between the broker and the places that access is written to; every target is a room behind it.

import type { IamUserArn } from "../grant/ids.ts";
import type { AssignmentKey, TargetSpec } from "../grant/target-spec.ts";

/** One principal's place in one target, as the broker wants it changed. */
export interface Assignment<Spec extends TargetSpec = TargetSpec> {
  readonly key: AssignmentKey;
  readonly principal: IamUserArn;
  /** The IAM user's unique id that the grant was begun for. */
  readonly principalId: string;
  readonly spec: Spec;
  /**
   * What other live grants want of the same assignment. `give` brings about `spec` and these
   * together, `take` what these alone come to: with none, absence.
   */
  readonly others: readonly Other<Spec>[];
}

/** What another grant wants of an assignment, until `endsAt` (epoch ms). */
export interface Other<Spec extends TargetSpec = TargetSpec> {
  readonly spec: Spec;
  readonly endsAt: number;
}

/** What stands in a target before the broker writes. */
export type Sighting =
  | { readonly seen: "absent" }
  /** There, and nothing about it tells who put it there. */
  | { readonly seen: "present" }
  /** There, and it bears the broker's own mark. */
  | { readonly seen: "ours" }
  /** This access cannot be given here; trying again does not help. */
  | Refusal;

/** A clean no: what is in the way, in words for the requester and the admins, with the way out. */
export interface Refusal {
  readonly seen: "refused";
  readonly code: RefusalCode;
  readonly message: string;
}

export type RefusalCode =
  | "group-missing"
  | "user-missing"
  | "user-recreated"
  | "group-quota"
  | "not-permitted"
  | "cluster-missing"
  | "cluster-mode"
  | "aws-auth-missing"
  | "aws-auth-immutable"
  | "aws-auth-unreadable"
  | "aws-auth-unsafe"
  | "aws-auth-too-large"
  | "mapped-by-other"
  | "access-entry"
  | "node-role"
  | "reserved-name"
  | "bad-arn"
  | "token-too-long";

export type GiveOutcome =
  /** Written, and read back. `writeLost`: one of the writes may still land, and outlive its removal. */
  | { readonly status: "held"; readonly writeLost?: true }
  /** It cannot be given. `writeLost`: an earlier try may still land, and must be looked for. */
  | { readonly status: "refused"; readonly refusal: Refusal; readonly writeLost?: true }
  /** Not known to be there yet: it is tried again. `writeLost`: a write may still land. */
  | { readonly status: "unclear"; readonly problem: string; readonly writeLost: boolean };

export type TakeOutcome =
  /** Read back as absent (or as no more than `others` want). `drift`: what someone had changed. */
  | { readonly status: "gone"; readonly writeLost: boolean; readonly drift?: string }
  /** Still there, or not known: denied and unreachable are not "gone". It is tried again. */
  | { readonly status: "unclear"; readonly problem: string; readonly writeLost: boolean };

/**
 * A kind of target. Every method takes assignments of one place (equal `placeKey`) and answers with
 * one result per assignment key. `look` throws where the place cannot be read; `give` and `take` never
 * throw for what happens outside: a fault is an outcome. All may be repeated at any time.
 */
export interface Target<Spec extends TargetSpec = TargetSpec> {
  /** Reads only. @throws where the place cannot be reached or read for now. */
  look(assignments: readonly Assignment<Spec>[]): Promise<ReadonlyMap<AssignmentKey, Sighting>>;
  /**
   * Writes the access and reads it back. `endsAt` of each, and of the others, tells when its window ends:
   * nothing is written for it at or after that, checked right before each write.
   */
  give(
    assignments: readonly (Assignment<Spec> & { readonly endsAt: number })[],
  ): Promise<ReadonlyMap<AssignmentKey, GiveOutcome>>;
  /** Removes what is ours and reads the absence back. */
  take(assignments: readonly Assignment<Spec>[]): Promise<ReadonlyMap<AssignmentKey, TakeOutcome>>;
}

/** Something at a place that is the broker's, or may be. */
export interface Listed {
  /** The assignment that it would be. */
  readonly key: AssignmentKey;
  /** Who has it, as the place says: the name of an IAM user in a group, an ARN in `aws-auth`. */
  readonly holder: string;
  /** The Kubernetes groups that an entry names; a membership knows no degrees. */
  readonly gives: readonly string[];
  /** True where it bears the broker's own mark. */
  readonly isMarked: boolean;
  /** True where somebody else's entry stands beside it, which may be the one that counts. */
  readonly isContested?: boolean;
}

/** For who looks for what should not be there. */
export interface Inventory<Spec extends TargetSpec = TargetSpec> {
  /**
   * Everything at the place of `spec` that is the broker's, or may be; reads only. A refusal: the place
   * is not there, or does not let Latchkey look. @throws where it cannot be reached or read for now.
   */
  list(spec: Spec): Promise<readonly Listed[] | Refusal>;
}

/** The inventories of all kinds of targets. */
export type Inventories = {
  readonly [Kind in TargetSpec["kind"]]: Inventory<Extract<TargetSpec, { kind: Kind }>>;
};

/** All kinds of targets, by the kind that their specs name. */
export type Targets = {
  readonly [Kind in TargetSpec["kind"]]: Target<Extract<TargetSpec, { kind: Kind }>>;
};
