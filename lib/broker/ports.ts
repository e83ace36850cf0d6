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

/** What is measured: the unit is in the name, or it is a count. The alarms go by these names. */
export type MetricName =
  /** 1 after a pass that saw everything that was due. */
  | "heartbeat"
  /** How long the access that should have ended first has been over and is not gone; 0: there is none. */
  | "oldestOverdueSeconds"
  /** From the end of a window, or from the click that ended it, until its absence was read back. */
  | "endedLatenessSeconds"
  /** Grants that a pass could not bring any further. */
  | "failures"
  /** Rows that cannot be read and stay as they are. */
  | "poisonedRows"
  /** Writes that found somebody else's in their place, and were made anew or left to the next pass. */
  | "conflicts"
  /** Access that nobody should have, and grants whose access is not there. */
  | "drift"
  /** Members of our groups whom the broker did not put there. */
  | "unlent"
  /** Sweeps without a full pass for too long. */
  | "stoppedSweeps";

/** Figures of the broker at work. Never throws. */
export interface Metrics {
  /** Notes a value; several of one name are published as the distribution that they are. */
  note(name: MetricName, value: number): void;
  /** Publishes what was noted since the last time. */
  publish(): void;
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
  readonly metrics: Metrics;
}
