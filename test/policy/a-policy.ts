// A small access.yml, policies made of its variations, and grants under them.

import type { AskingGrant } from "../../lib/grant/extension.ts";
import type {
  ActiveGrant,
  Approval,
  ApprovedGrant,
  GrantFacts,
  PendingGrant,
} from "../../lib/grant/grant.ts";
import { parseGrantId, parseSlackUserId, type SlackUserId } from "../../lib/grant/ids.ts";
import type { Policy, Usergroups } from "../../lib/policy/policy.ts";
import { formatProblem } from "../../lib/policy/problem.ts";
import { readAccessFile } from "../../lib/policy/read-access-file.ts";

export const ACCESS_FILE = `slack:
  team: T0ACME
  channel: C0ACCESS
  admins: [U0CAT]
people:
  U0ADA: { iamUser: "arn:aws:iam::111122223333:user/ada" }
  U0DAN: { iamUser: "arn:aws:iam::111122223333:user/dan" }
  U0TWIN: { iamUser: "arn:aws:iam::111122223333:user/Ada" }
groups:
  developers: { users: [U0ADA, U0DAN], usergroup: S0DEVS }
  leads: { users: [U0BOB, U0LEE, U0ADA, U0TWIN] }
  on-call: { usergroup: S0ONCALL }
accounts:
  "444455556666": { role: "arn:aws:iam::444455556666:role/latchkey", externalId: latchkey }
clusters:
  dev: { region: us-east-2 }
  far: { region: eu-west-1, account: "444455556666", name: main }
entitlements:
  pods:
    title: Read pods
    requesters: [developers]
    approval: { by: [leads, on-call] }
    duration: { default: 1h, max: 4h }
    reason: required
    ticket: { pattern: "^OPS-[0-9]+$" }
    targets:
      - iamGroup: { arn: "arn:aws:iam::111122223333:group/jit/pods" }
      - awsAuth: { cluster: dev, groups: [pods-ro, logs-ro] }
    instructions: kubectl get pods
  release:
    title: Debug a release
    requesters: [developers]
    approval: { by: [leads], count: 2 }
    duration: { default: 30m, max: 2h }
    reason: optional
    targets:
      - awsAuth: { cluster: far, groups: [debug] }
  metrics:
    title: Read metrics
    requesters: [developers]
    approval: automatic
    duration: { default: 4h, max: 1d }
    targets:
      - iamGroup: { arn: "arn:aws:iam::111122223333:group/jit/metrics" }
`;

/** The small access.yml with `before` replaced by `after`, which must change something. */
export function accessFileWith(before: string, after: string): string {
  const changed = ACCESS_FILE.replace(before, after);
  if (changed === ACCESS_FILE) throw new Error(`nothing to replace: ${before}`);
  return changed;
}

export function policyFrom(text: string): Policy {
  const read = readAccessFile(text);
  if (!read.ok) throw new Error(read.problems.map((p) => formatProblem("test", p)).join("\n"));
  return read.policy;
}

export const POLICY = policyFrom(ACCESS_FILE);

/** The policy with `before` replaced by `after` in its text. */
export function policyWith(before: string, after: string): Policy {
  return policyFrom(accessFileWith(before, after));
}

/** The same, where every end may be put off: `metrics` by the requester alone. */
export const EXTENDABLE_FILE = ACCESS_FILE.replace(
  /max: (4h|2h) }/g,
  "$&\n    extend: { max: 2 }",
).replace("max: 1d }", "$&\n    extend: { max: 1, by: self }");

export const EXTENDABLE = policyFrom(EXTENDABLE_FILE);

export const user = parseSlackUserId;

/** Every user group could be read; nobody is in any of them but who is said to be. */
export function usergroups(members: Readonly<Record<string, readonly string[]>> = {}): Usergroups {
  const read = { S0DEVS: [], S0ONCALL: [], ...members };
  return new Map(Object.entries(read).map(([id, users]) => [id, new Set(users.map(user))]));
}

export const NO_USERGROUP_READ: Usergroups = new Map();
export const NOW = Date.UTC(2026, 0, 15, 12);

/** A request of U0ADA for an entitlement, made at `NOW`, lapsing a day later. */
export function aRequest(entitlementId = "pods", by: SlackUserId = user("U0ADA")): PendingGrant {
  const lapsesAt = NOW + 24 * 3_600_000;
  return { ...factsOf(entitlementId, by), status: "pending", approvals: [], lapsesAt };
}

/** The same, approved a minute later by the people named. */
export function anApproved(entitlementId: string, ...approvals: Approval[]): ApprovedGrant {
  const approvedAt = NOW + 60_000;
  const waiting = { retryAt: approvedAt, attempts: 0 };
  const facts = factsOf(entitlementId, user("U0ADA"));
  return { ...facts, status: "approved", approvals, approvedAt, waiting };
}

/** The same, active: its window begins at the approval. */
export function anActive(entitlementId = "pods", ...approvals: Approval[]): ActiveGrant {
  const { waiting: _, approvedAt, ...rest } = anApproved(entitlementId, ...approvals);
  const expiresAt = approvedAt + rest.durationMs;
  const window = { startedAt: approvedAt, expiresAt, principalId: "AIDACKCEVSQ6C2EXAMPLE" };
  return { ...rest, status: "active", window, activeAt: approvedAt };
}

/** The same, and the requester has asked for more time, which the people named have approved so far. */
export function anAsking(entitlementId = "pods", ...approvals: Approval[]): AskingGrant {
  return {
    ...anActive(entitlementId, approvalBy("U0BOB")),
    extension: { askedAt: NOW + 120_000, approvals },
  };
}

export function approvalBy(by: string, via = "leads"): Approval {
  return { by: user(by), at: NOW + 60_000, via };
}

function factsOf(entitlementId: string, requester: SlackUserId): GrantFacts {
  const entitlement = POLICY.entitlements[entitlementId];
  const person = POLICY.people[requester];
  if (entitlement === undefined || person === undefined) throw new Error("not in the policy");
  const { approval } = entitlement;
  return {
    id: parseGrantId("LK-0123456789"),
    entitlement: { id: entitlementId, title: entitlement.title },
    requester,
    principal: person.iamUser,
    targets: entitlement.targets,
    durationMs: entitlement.duration.defaultMs,
    approvalsNeeded: approval.kind === "automatic" ? 0 : approval.count,
    approverGroups: approval.kind === "automatic" ? [] : approval.by,
    channel: POLICY.slack.channel,
    policyHash: POLICY.hash,
    requestedAt: NOW,
    history: [],
  };
}
