// What the broker needs from outside, each behind a few methods, so that one process can play every fault.

import type { Grant } from "../grant/grant.ts";
import type { GrantId, IamUserArn, SlackUserId } from "../grant/ids.ts";
import type { AccountAccess } from "../grant/target-spec.ts";
import type { Entitlement, Policy } from "../policy/policy.ts";
import type { Standing } from "../policy/standing.ts";
import type { HomeShown, Shown, Store } from "../store/store.ts";
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

/** Who people are in Slack now. @throws where Slack does not say. */
export interface Directory {
  members(usergroup: string): Promise<ReadonlySet<SlackUserId>>;
  /** What somebody is in the workspace. */
  standing(user: SlackUserId): Promise<Standing>;
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

/** What is told of a grant beside the grant itself. */
export interface Telling {
  /** Epoch ms: what depends on the time is as of then. */
  readonly now: number;
  /** Its entitlement as access.yml has it now; undefined: it is gone. */
  readonly entitlement: Entitlement | undefined;
  /** The Slack user groups of `groups` who may approve, for a mention (`S…`). */
  readonly usergroups: readonly string[];
  /** Those of `approvers` whom access.yml lists: no user group speaks for them. */
  readonly listed: readonly SlackUserId[];
  /** Everybody who may approve it, one by one: never the requester. Empty where it is not known. */
  readonly approvers: readonly SlackUserId[];
  /** What the requester has and had, for who decides; absent where nothing is to be decided. */
  readonly background?: Background;
}

/** What a requester has and had, beside the grant in question. */
export interface Background {
  /** As of when (epoch ms). */
  readonly at: number;
  /** Their other grants whose access is there, or is about to be. */
  readonly live: readonly Grant[];
  /** How many grants of the same entitlement began in the 30 days before. */
  readonly timesIn30Days: number;
}

/** Where Slack wants us to wait. It is honoured by doing something else, never by sleeping. */
export interface Pauses {
  /** Until when nothing is sent to `place` (a channel, a person, a kind of call); 0: there is no pause. */
  until(place: string): number;
  note(place: string, until: number): void;
}

/** What came of telling Slack: what stands now, and what was in the way. */
export interface Told {
  readonly shown: Shown;
  readonly problem?: string;
  /** When to try again (epoch ms), where Slack said so. */
  readonly retryAt?: number;
  /** True where waiting will not help: the channel is gone, the token is not good. */
  readonly isLasting?: boolean;
}

/** What somebody's App Home shows. */
export interface Home {
  readonly user: SlackUserId;
  /** Epoch ms. */
  readonly now: number;
  /** True where there is something that they may ask for. */
  readonly canAsk: boolean;
  /** Their grants that are not over, newest first. */
  readonly own: readonly Grant[];
  /** What they may decide now, the next to lapse first. */
  readonly waiting: readonly Grant[];
  /** Their grants that are over, newest first. */
  readonly recent: readonly Grant[];
}

/** Brings what Slack shows up to date. Nothing of it ever throws. */
export interface Messenger {
  /**
   * Posts and edits what is missing of a grant, in the order in which people shall read it, and answers with
   * what stands now, also where it got only part of the way. `keep` stores what stands so far, and is
   * called before any message gets buttons: so a message whose answer was lost never has any. Where it
   * answers false, nothing more is sent: somebody else holds the announcement, or the time is over.
   */
  show(
    held: {
      readonly grant: Grant;
      readonly version: number;
      readonly shown: Shown;
      /** What was sent since `shown` was stored is not known: so all that can be edited is edited. */
      readonly isTakenOver?: true;
    },
    telling: Telling,
    desk: { readonly pauses: Pauses; readonly keep: (shown: Shown) => Promise<boolean> },
  ): Promise<Told>;
  /** Publishes somebody's App Home, unless it already shows the same (`before`); answers with what it shows. */
  publishHome(
    home: Home,
    before: HomeShown,
    pauses: Pauses,
  ): Promise<Pick<Told, "problem" | "retryAt" | "isLasting"> & HomeShown>;
}

/** One line per event: a static message and fields. NB. No secrets and nothing that people typed. */
export interface Log {
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
}

/** What an event says beside its message; never what stands on every line. */
type Fields = Readonly<Record<string, unknown>> & { readonly [Name in OnEveryLine]?: never };
type OnEveryLine =
  | "level"
  | "message"
  | "timestamp"
  | "service"
  | "function"
  | "requestId"
  | "correlationId";

/** What is measured: the unit is in the name, or it is a count. The alarms go by these names. */
export type MetricName =
  /** What people have asked for. */
  | "requests"
  /** Requests that have all the approvals that they need, also where they need none. */
  | "approvals"
  /** From the request to its last approval, where somebody had to approve. */
  | "approvalSeconds"
  | "denials"
  /** Requests that nobody decided in time. */
  | "lapses"
  /** Grants that have begun and are not closed. */
  | "liveGrants"
  /** Grants that are over, of those that were approved: expired, ended early, or failed. */
  | "ends"
  /** Of those, the ones whose access could not be given. */
  | "failedGrants"
  /** 1 after a pass that saw everything that was due. */
  | "heartbeat"
  /** How long the access that should have ended first has been over and is not gone; 0: there is none. */
  | "oldestOverdueSeconds"
  /** From the end of a window, or from the click that ended it, until its absence was read back. */
  | "endedLatenessSeconds"
  /** Grants whose access should be over and is not, as a pass has left them. */
  | "overdue"
  /** Rows that cannot be read and stay as they are. */
  | "poisonedRows"
  /** Writes that found somebody else's in their place, and were made anew or left to the next pass. */
  | "conflicts"
  /** Access that nobody should have, and grants whose access is not there. */
  | "drift"
  /** Members of our groups whom the broker did not put there. */
  | "unlent"
  /** Sweeps without a full pass for too long. */
  | "stoppedSweeps"
  /** How long Slack has not been told what waits longest, as far as this run met it; 0: it took everything. */
  | "oldestUntoldSeconds"
  /** Slack's 429s. */
  | "slackLimits"
  /** Requests as Slack makes them, signed just now, with no secret that is known or from another workspace or app. */
  | "refusedRequests"
  /** Invocations that were the first of their container. */
  | "coldStarts";

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
