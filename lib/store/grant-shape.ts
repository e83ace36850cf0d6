// What a stored grant must look like before the broker acts on it.

// It asks for types, not for today's rules: a name that a later rule forbids must still be ended.

import type {
  ActiveGrant,
  Approval,
  ApprovedGrant,
  CancelledGrant,
  DeniedGrant,
  EndCause,
  EndedGrant,
  Extension,
  Grant,
  GrantFacts,
  HistoryEntry,
  LapsedGrant,
  PendingGrant,
  RevokingGrant,
  Waiting,
  Window,
} from "../grant/grant.ts";
import type {
  AccountAccess,
  AwsAuthSpec,
  ClusterSpec,
  IamGroupSpec,
  TargetSpec,
} from "../grant/target-spec.ts";
import { listOf, number, optional, record, text, truth, variants } from "../shape.ts";

const account = record<AccountAccess>({ role: text, externalId: optional(text) });

const cluster = record<ClusterSpec>({
  name: text,
  region: text,
  server: optional(text),
  certificateAuthority: optional(text),
  account: optional(account),
});

const target = variants<TargetSpec, "kind">("kind", {
  "iam-group": record<IamGroupSpec>({ kind: text, arn: text, account: optional(account) }),
  "aws-auth": record<AwsAuthSpec>({
    kind: text,
    cluster,
    groups: listOf(text),
    role: optional(text),
    acknowledgeClusterAdmin: optional(truth),
  }),
});

// NB. An event that this release has no name for is history, and no reason to let access stand.
const entry = record<HistoryEntry>({
  at: number,
  event: text,
  by: text,
  from: text,
  policyHash: text,
  detail: optional(text),
});

const approvals = listOf(record<Approval>({ by: text, at: number, via: text }));
const window = record<Window>({
  startedAt: number,
  expiresAt: number,
  principalId: text,
  extensions: optional(number),
});
const extension = record<Extension>({ askedAt: number, approvals });
const waiting = record<Waiting>({
  retryAt: number,
  attempts: number,
  lastProblem: optional(text),
});

const cause = variants<EndCause, "kind">("kind", {
  expired: record<Extract<EndCause, { kind: "expired" }>>({ kind: text }),
  revoked: record<Extract<EndCause, { kind: "revoked" }>>({
    kind: text,
    by: text,
    why: optional(text),
  }),
  failed: record<Extract<EndCause, { kind: "failed" }>>({ kind: text, code: text, message: text }),
});

const facts = {
  status: text,
  id: text,
  entitlement: record<GrantFacts["entitlement"]>({ id: text, title: text }),
  requester: text,
  principal: text,
  targets: listOf(target),
  durationMs: number,
  reason: optional(text),
  ticket: optional(text),
  instructions: optional(text),
  approvalsNeeded: number,
  approverGroups: listOf(text),
  channel: text,
  policyHash: text,
  requestedAt: number,
  history: listOf(entry),
};

/** The check of a grant in any of its states. */
export const grantShape = variants<Grant, "status">("status", {
  pending: record<PendingGrant>({ ...facts, approvals, lapsesAt: number }),
  denied: record<DeniedGrant>({
    ...facts,
    decidedBy: text,
    decidedAt: number,
    denial: optional(text),
  }),
  cancelled: record<CancelledGrant>({ ...facts, decidedAt: number }),
  lapsed: record<LapsedGrant>({ ...facts, decidedAt: number }),
  approved: record<ApprovedGrant>({
    ...facts,
    approvals,
    approvedAt: number,
    window: optional(window),
    waiting,
  }),
  active: record<ActiveGrant>({
    ...facts,
    approvals,
    window,
    activeAt: number,
    extension: optional(extension),
  }),
  revoking: record<RevokingGrant>({ ...facts, approvals, window, cause, since: number, waiting }),
  ended: record<EndedGrant>({
    ...facts,
    approvals,
    cause,
    endedAt: number,
    window: optional(window),
  }),
});
