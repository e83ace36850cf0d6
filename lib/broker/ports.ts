// What the broker needs from outside, each behind a few methods, so that one process can play every fault.

import type { Grant } from "../grant/grant.ts";
import type { GrantId, IamUserArn, SlackUserId } from "../grant/ids.ts";
import type { AccountAccess } from "../grant/target-spec.ts";
import type { Policy } from "../policy/policy.ts";
import type { Shown, Store } from "../store/store.ts";
import type { Targets } from "../targets/target.ts";

export interface Clock {
  /** Epoch milliseconds, UTC. */
  now(): number;
  /** Resolves after `ms`, or somewhat later. */
  sleep(ms: number): Promise<void>;
}

export interface Ids {
  grantId(): GrantId;
  /** A fresh name for every lease. */
  owner(): string;
}

/** Who is in a Slack user group now. @throws where Slack does not say. */
export interface Directory {
  members(usergroup: string): Promise<ReadonlySet<SlackUserId>>;
}

/** Who an IAM user is. @throws where IAM does not say. */
export interface Principals {
  /** The user's unique id (`AIDA…`), or undefined where there is no such user. */
  uniqueId(user: IamUserArn, account: AccountAccess | undefined): Promise<string | undefined>;
}

export type Worker = "provision" | "revoke" | "announce";

/**
 * Asks a worker to look at some grants now. A hint only: it never throws, and what it does not reach the
 * minute schedule does.
 */
export type Kick = (worker: Worker, grants: readonly GrantId[]) => Promise<void>;

/** Brings what Slack shows of a grant up to its state. */
export interface Messenger {
  /**
   * Posts and edits what is missing and answers with what stands now, also where it got only part of
   * the way (`problem`). `retryAfterMs`: Slack said how long to wait. Never throws.
   */
  show(
    grant: Grant,
    version: number,
    shown: Shown,
  ): Promise<{ shown: Shown; problem?: string; retryAfterMs?: number }>;
}

/** One line per event: a static message and fields. NB. No secrets and nothing that people typed. */
export interface Log {
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** Everything that any of the broker's verbs needs; each verb picks what it uses. */
export interface Ports {
  readonly policy: Policy;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly store: Store;
  readonly directory: Directory;
  readonly principals: Principals;
  readonly targets: Targets;
  readonly messenger: Messenger;
  readonly kick: Kick;
  readonly log: Log;
}
