// The steps between a grant's states: pure functions, each from the states in which it is legal.

import type {
  ActiveGrant,
  Approval,
  ApprovedGrant,
  CancelledGrant,
  DeniedGrant,
  EndCause,
  EndedGrant,
  Grant,
  GrantFacts,
  HistoryEntry,
  LapsedGrant,
  PendingGrant,
  RevokingGrant,
} from "./grant.ts";
import type { SlackUserId } from "./ids.ts";

/** Who makes a step, when, from where, and under which access.yml. */
export interface Step {
  readonly at: number;
  readonly by: SlackUserId | "latchkey";
  readonly from: string;
  readonly policyHash: string;
}

/** The longest pause between two tries of a revocation or a provision. */
export const LONGEST_PAUSE_MS = 120_000;
const FIRST_PAUSE_MS = 2_000;
// A history entry per retry would grow the row without bound; the first few tell the story.
const RETRIES_TOLD = 5;
const REFUSALS_TOLD = 10;

/** Opens a grant: pending, or approved at once where no approval is needed. */
export function request(
  facts: Omit<GrantFacts, "history">,
  lapsesAt: number,
  step: Step,
): PendingGrant | ApprovedGrant {
  const opened = { ...facts, history: [entry("requested", step)] };
  const pending: PendingGrant = { ...opened, status: "pending", approvals: [], lapsesAt };
  if (facts.approvalsNeeded > 0) return pending;
  return approved(pending, [], { ...step, by: "latchkey" }, "automatic");
}

/** Adds one approval; the last one needed makes the grant approved. */
export function approve(
  grant: PendingGrant,
  via: string,
  step: Step & { readonly by: SlackUserId },
): PendingGrant | ApprovedGrant {
  if (grant.approvals.some((earlier) => earlier.by === step.by)) return grant;
  const approvals: Approval[] = [...grant.approvals, { by: step.by, at: step.at, via }];
  const count = `${approvals.length} of ${grant.approvalsNeeded}`;
  if (approvals.length >= grant.approvalsNeeded) return approved(grant, approvals, step, count);
  return { ...grant, approvals, history: historyWith(grant, "approved", step, count) };
}

/** Somebody who may decide said no. */
export function deny(
  grant: PendingGrant,
  denial: string | undefined,
  step: Step & { readonly by: SlackUserId },
): DeniedGrant {
  return {
    ...factsOf(grant),
    status: "denied",
    decidedBy: step.by,
    decidedAt: step.at,
    ...(denial === undefined ? {} : { denial }),
    history: historyWith(grant, "denied", step),
  };
}

/** The requester took the request back. */
export function cancel(grant: PendingGrant, step: Step): CancelledGrant {
  return {
    ...factsOf(grant),
    status: "cancelled",
    decidedAt: step.at,
    history: historyWith(grant, "cancelled", step),
  };
}

/** Nobody decided in time. */
export function lapse(grant: PendingGrant, step: Step): LapsedGrant {
  return {
    ...factsOf(grant),
    status: "lapsed",
    decidedAt: step.at,
    history: historyWith(grant, "lapsed", step),
  };
}

/** Writes down that access is about to be written: the window counts from here. */
export function begin(grant: ApprovedGrant, principalId: string, step: Step): BegunGrant {
  const window = { startedAt: step.at, expiresAt: step.at + grant.durationMs, principalId };
  return { ...grant, window, history: historyWith(grant, "begun", step) };
}

/** An approved grant whose access may have been written. */
export type BegunGrant = ApprovedGrant & Required<Pick<ApprovedGrant, "window">>;

export function hasBegun(grant: ApprovedGrant): grant is BegunGrant {
  return grant.window !== undefined;
}

/** The access has been read back from every target. */
export function activate(grant: BegunGrant, step: Step): ActiveGrant {
  return {
    ...factsOf(grant),
    status: "active",
    approvals: grant.approvals,
    window: grant.window,
    activeAt: step.at,
    history: historyWith(grant, "active", step),
  };
}

/**
 * Starts to take access away. A grant that never began has nothing to take and is ended at once;
 * the version check of the store makes sure that it did not begin meanwhile.
 */
export function revoke(grant: ActiveGrant | BegunGrant, cause: EndCause, step: Step): RevokingGrant;
export function revoke(
  grant: ActiveGrant | ApprovedGrant,
  cause: EndCause,
  step: Step,
): RevokingGrant | EndedGrant;
export function revoke(
  grant: ActiveGrant | ApprovedGrant,
  cause: EndCause,
  step: Step,
): RevokingGrant | EndedGrant {
  const { approvals, window } = grant;
  if (window === undefined) {
    const history = historyWith(grant, cause.kind, step, detailOf(cause));
    return { ...factsOf(grant), status: "ended", approvals, cause, endedAt: step.at, history };
  }
  return {
    ...factsOf(grant),
    status: "revoking",
    approvals,
    window,
    cause,
    since: step.at,
    waiting: { retryAt: step.at, attempts: 0 },
    history: historyWith(grant, "revoking", step, detailOf(cause)),
  };
}

/** The absence of the access has been read back from every target. */
export function close(grant: RevokingGrant, step: Step): EndedGrant {
  return {
    ...factsOf(grant),
    status: "ended",
    approvals: grant.approvals,
    window: grant.window,
    cause: grant.cause,
    endedAt: step.at,
    history: historyWith(grant, grant.cause.kind, step, detailOf(grant.cause)),
  };
}

/**
 * A try did not get there: look again after a pause that doubles up to `LONGEST_PAUSE_MS`, for ever. With
 * `pauseMs` it is not a try that failed but something to be waited for, which makes no later pause longer.
 */
export function postpone<G extends ApprovedGrant | RevokingGrant>(
  grant: G,
  problem: string,
  step: Step,
  pauseMs?: number,
): G {
  const { attempts: failed, lastProblem } = grant.waiting;
  const attempts = failed + (pauseMs === undefined ? 1 : 0);
  const retryAt = step.at + (pauseMs ?? pauseAfter(failed));
  const told = grant.history.filter(({ event }) => event === "retrying").length;
  const isNews = pauseMs === undefined || problem !== lastProblem;
  const history =
    isNews && told < RETRIES_TOLD ? historyWith(grant, "retrying", step, problem) : grant.history;
  return { ...grant, waiting: { retryAt, attempts, lastProblem: problem }, history };
}

/** Records, once, what was found that nobody should have changed; the state stays. */
export function noteDrift<G extends Grant>(grant: G, what: string, step: Step): G {
  const known = grant.history.some(({ event, detail }) => event === "drifted" && detail === what);
  if (known) return grant;
  return { ...grant, history: historyWith(grant, "drifted", step, what) };
}

/**
 * Records that somebody was refused what they wanted of this grant; the state stays. Only the first few:
 * nobody shall make the row grow by clicking.
 */
export function noteRefusal<G extends Grant>(grant: G, why: string, step: Step): G {
  const refusals = grant.history.filter(({ event }) => event === "refused");
  if (refusals.length >= REFUSALS_TOLD) return grant;
  return { ...grant, history: historyWith(grant, "refused", step, why) };
}

/** 2 s, 4 s, 8 s … up to `LONGEST_PAUSE_MS`. */
export function pauseAfter(attempts: number): number {
  return Math.min(FIRST_PAUSE_MS * 2 ** Math.min(attempts, 16), LONGEST_PAUSE_MS);
}

function approved(
  grant: PendingGrant,
  approvals: readonly Approval[],
  step: Step,
  detail: string,
): ApprovedGrant {
  return {
    ...factsOf(grant),
    status: "approved",
    approvals,
    approvedAt: step.at,
    waiting: { retryAt: step.at, attempts: 0 },
    history: historyWith(grant, "approved", step, detail),
  };
}

function factsOf(grant: Grant): GrantFacts {
  const { id, entitlement, requester, principal, targets, durationMs, approvalsNeeded } = grant;
  const { approverGroups, channel, policyHash, requestedAt, history } = grant;
  return {
    id,
    entitlement,
    requester,
    principal,
    targets,
    durationMs,
    ...(grant.reason === undefined ? {} : { reason: grant.reason }),
    ...(grant.ticket === undefined ? {} : { ticket: grant.ticket }),
    ...(grant.instructions === undefined ? {} : { instructions: grant.instructions }),
    approvalsNeeded,
    approverGroups,
    channel,
    policyHash,
    requestedAt,
    history,
  };
}

/** The grant's history, and what this step adds to it. */
export function historyWith(
  grant: Grant,
  event: HistoryEntry["event"],
  step: Step,
  detail?: string,
): readonly HistoryEntry[] {
  return [...grant.history, entry(event, step, detail)];
}

function entry(event: HistoryEntry["event"], step: Step, detail?: string): HistoryEntry {
  const { at, by, from, policyHash } = step;
  return { at, event, by, from, policyHash, ...(detail === undefined ? {} : { detail }) };
}

function detailOf(cause: EndCause): string | undefined {
  switch (cause.kind) {
    case "expired":
      return undefined;
    case "revoked":
      return cause.why;
    case "failed":
      return `${cause.code}: ${cause.message}`;
    default:
      throw new TypeError(`unknown cause ${JSON.stringify(cause satisfies never)}`);
  }
}
