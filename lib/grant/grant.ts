// A grant in each of its states: every state is its own type and holds only its own fields.

import type { GrantId, IamUserArn, SlackUserId } from "./ids.ts";
import type { TargetSpec } from "./target-spec.ts";

/** What stays the same from request to end. */
export interface GrantFacts {
  readonly id: GrantId;
  readonly entitlement: { readonly id: string; readonly title: string };
  readonly requester: SlackUserId;
  readonly principal: IamUserArn;
  readonly targets: readonly TargetSpec[];
  readonly durationMs: number;
  readonly reason?: string;
  readonly ticket?: string;
  readonly instructions?: string;
  /** Approvals needed; 0 where the entitlement is approved automatically. */
  readonly approvalsNeeded: number;
  /** The approver groups' names at the time of the request, for people to read. */
  readonly approverGroups: readonly string[];
  /** The channel that the card goes to. */
  readonly channel: string;
  /** Of the access.yml that the request was made under. */
  readonly policyHash: string;
  readonly requestedAt: number;
  readonly history: readonly HistoryEntry[];
}

/** One transition or refusal: enough to tell the grant's story from its history alone. */
export interface HistoryEntry {
  readonly at: number;
  readonly event:
    | "requested"
    | "approved"
    | "denied"
    | "cancelled"
    | "lapsed"
    | "begun"
    | "active"
    | "revoking"
    | "retrying"
    | "drifted"
    | "refused"
    | "extension-asked"
    | "extension-approved"
    | "extension-denied"
    | "extended"
    | "expired"
    | "revoked"
    | "failed";
  /** A person, or the broker itself. */
  readonly by: SlackUserId | "latchkey";
  /** Where it came from: `slack:C0ACCESS`, `revoke`, `provision`. */
  readonly from: string;
  readonly policyHash: string;
  readonly detail?: string;
}

export interface Approval {
  readonly by: SlackUserId;
  readonly at: number;
  /** What made `by` an approver: the name of the group that lists them, or a Slack user group (`S…`). */
  readonly via: string;
}

/** Set and stored just before the first write: what is about to happen, to whom, until when. */
export interface Window {
  readonly startedAt: number;
  readonly expiresAt: number;
  /** The IAM user's unique id (`AIDA…`): a user of the same name made later is someone else. */
  readonly principalId: string;
  /** How often its end was put off; absent: never. */
  readonly extensions?: number;
}

/** The requester asks for as much time again, and nobody has decided. It is gone with the window's end. */
export interface Extension {
  readonly askedAt: number;
  readonly approvals: readonly Approval[];
}

/** Where a state waits for the broker and its last try did not get there. */
export interface Waiting {
  /** When the broker looks next. */
  readonly retryAt: number;
  readonly attempts: number;
  readonly lastProblem?: string;
}

export interface PendingGrant extends GrantFacts {
  readonly status: "pending";
  readonly approvals: readonly Approval[];
  readonly lapsesAt: number;
}

export interface DeniedGrant extends GrantFacts {
  readonly status: "denied";
  readonly decidedBy: SlackUserId;
  readonly decidedAt: number;
  readonly denial?: string;
}

export interface CancelledGrant extends GrantFacts {
  readonly status: "cancelled";
  readonly decidedAt: number;
}

export interface LapsedGrant extends GrantFacts {
  readonly status: "lapsed";
  readonly decidedAt: number;
}

export interface ApprovedGrant extends GrantFacts {
  readonly status: "approved";
  readonly approvals: readonly Approval[];
  readonly approvedAt: number;
  /** Present as soon as access may have been written. */
  readonly window?: Window;
  readonly waiting: Waiting;
}

export interface ActiveGrant extends GrantFacts {
  readonly status: "active";
  readonly approvals: readonly Approval[];
  readonly window: Window;
  readonly activeAt: number;
  readonly extension?: Extension;
}

/** Why access is taken away. */
export type EndCause =
  | { readonly kind: "expired" }
  /** `why`: where the broker itself ended it. */
  | {
      readonly kind: "revoked";
      readonly by: SlackUserId | "latchkey";
      readonly why?: string;
    }
  | { readonly kind: "failed"; readonly code: string; readonly message: string };

export interface RevokingGrant extends GrantFacts {
  readonly status: "revoking";
  readonly approvals: readonly Approval[];
  readonly window: Window;
  readonly cause: EndCause;
  readonly since: number;
  readonly waiting: Waiting;
}

export interface EndedGrant extends GrantFacts {
  readonly status: "ended";
  readonly approvals: readonly Approval[];
  readonly cause: EndCause;
  readonly endedAt: number;
  /** Absent where it failed before any access was written. */
  readonly window?: Window;
}

export type Grant =
  | PendingGrant
  | DeniedGrant
  | CancelledGrant
  | LapsedGrant
  | ApprovedGrant
  | ActiveGrant
  | RevokingGrant
  | EndedGrant;

/** True once nothing more comes of a grant: it was never given, or its access is gone. */
export function isOver({ status }: Grant): boolean {
  return status === "denied" || status === "cancelled" || status === "lapsed" || status === "ended";
}

/**
 * Which sweep a grant waits for. `begun` holds approved grants whose access may have been written:
 * provision finishes them, and revoke ends those whose window is over though provision is gone.
 * `lapse` holds requests that nobody has decided: revoke comes to them last, so that no number of
 * them keeps the end of someone's access waiting.
 */
export type Queue = "provision" | "begun" | "revoke" | "lapse";

/** Where and when a sweep must see the grant; undefined where nobody waits for anything. */
export function dueOf(grant: Grant): { queue: Queue; dueAt: number } | undefined {
  switch (grant.status) {
    case "pending":
      return { queue: "lapse", dueAt: grant.lapsesAt };
    case "approved":
      return grant.window === undefined
        ? { queue: "provision", dueAt: grant.waiting.retryAt }
        : { queue: "begun", dueAt: Math.min(grant.waiting.retryAt, grant.window.expiresAt) };
    case "active":
      return { queue: "revoke", dueAt: grant.window.expiresAt };
    case "revoking":
      return { queue: "revoke", dueAt: grant.waiting.retryAt };
    case "denied":
    case "cancelled":
    case "lapsed":
    case "ended":
      return undefined;
    default:
      throw new TypeError(`unknown state ${JSON.stringify(grant satisfies never)}`);
  }
}

/**
 * When revoke has something to do with the grant: lapse it, end it, or try again; undefined where it
 * has not.
 */
export function endDueAt(grant: Grant): number | undefined {
  if (grant.status === "approved") return grant.window?.expiresAt;
  const due = dueOf(grant);
  return due?.queue === "revoke" || due?.queue === "lapse" ? due.dueAt : undefined;
}

/**
 * When the access of this grant is to be gone: at the end of its window, or when somebody ended it
 * before. Undefined where there is none to go.
 */
export function overAt(grant: Grant): number | undefined {
  switch (grant.status) {
    case "approved":
    case "active":
      return grant.window?.expiresAt;
    case "revoking":
      return Math.min(grant.since, grant.window.expiresAt);
    default:
      return undefined;
  }
}

/** When provision has something to do with the grant; undefined where it has not. */
export function provisionDueAt(grant: Grant): number | undefined {
  return grant.status === "approved" ? grant.waiting.retryAt : undefined;
}

/** True while the assignment that this grant rests on is wanted at `now`. */
export function wantsAccess(grant: Grant, now: number): grant is Begun {
  return (
    (grant.status === "approved" || grant.status === "active") &&
    grant.window !== undefined &&
    now < grant.window.expiresAt
  );
}

/** A grant whose access may be there, and is meant to be. */
export type Begun = (ApprovedGrant | ActiveGrant) & { readonly window: Window };
