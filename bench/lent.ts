// Access that is lent, without the way there: active grants, their assignments in a store, and a broker that takes.

import { setTimeout as sleep } from "node:timers/promises";
import type { sweepRevoke } from "../lib/broker/sweeps.ts";
import type { ActiveGrant } from "../lib/grant/grant.ts";
import { parseSlackUserId } from "../lib/grant/ids.ts";
import { activate, begin, hasBegun, request } from "../lib/grant/steps.ts";
import { assignmentKey, type TargetSpec } from "../lib/grant/target-spec.ts";
import type { Store } from "../lib/store/store.ts";
import type { Assignment, Targets } from "../lib/targets/target.ts";
import { grantId, userArn } from "./crowd.ts";

const HASH = "0123456789abcdef";
const HOUR_MS = 3_600_000;

export const uniqueId = (member: number) => `AIDA${String(member).padStart(17, "0")}`;
const slackId = (member: number) => parseSlackUserId(`U0BENCH${member}`);

/** A member's grant that has begun an hour before it ends, and is active since. */
export function activeGrant(member: number, spec: TargetSpec, expiresAt: number): ActiveGrant {
  const requester = slackId(member);
  const step = { at: expiresAt - HOUR_MS, by: requester, from: "bench", policyHash: HASH };
  const facts = {
    id: grantId(member),
    entitlement: { id: "web-pods-read", title: "Web projects: read pods" },
    requester,
    principal: userArn(member),
    targets: [spec],
    durationMs: HOUR_MS,
    reason: "pods of proj-1 restart",
    approvalsNeeded: 0,
    approverGroups: ["platform-leads"],
    channel: "C0ACCESS",
    policyHash: HASH,
    requestedAt: step.at,
  };
  const approved = request(facts, expiresAt, step);
  if (approved.status !== "approved") throw new Error("it needs approval");
  const begun = begin(approved, uniqueId(member), step);
  if (!hasBegun(begun)) throw new Error("it has not begun");
  return activate(begun, step);
}

/** What the grant of one target means there. */
export function assignmentOf(member: number, spec: TargetSpec): Assignment {
  const principal = { arn: userArn(member), id: uniqueId(member) };
  const key = assignmentKey(spec, principal);
  return { key, principal: principal.arn, principalId: principal.id, spec, others: [] };
}

/** Leaves in the store what provision leaves: the grant, and that its assignment is the broker's. */
export async function lend(store: Store, member: number, grant: ActiveGrant): Promise<void> {
  await store.create(grant);
  for (const spec of grant.targets) {
    const { key } = assignmentOf(member, spec);
    const now = grant.window.startedAt;
    await store.lease(key, { owner: "bench", now, until: now + 1, claim: grant.id });
    await store.mark(key, "bench", "ours");
    await store.release(key, "bench", {});
  }
}

type RevokePorts = Parameters<typeof sweepRevoke>[0];

/** A broker that takes, in real time; nobody is told, and nothing but faults is noted. */
export function takingPorts(store: Store, targets: Targets): RevokePorts & { faults: string[] } {
  let owners = 0;
  const faults: string[] = [];
  const fault = (message: string) => void faults.push(message);
  return {
    policy: {
      hash: HASH,
      slack: { team: "T0ACME", channel: "C0ACCESS", admins: [] },
      people: {},
      groups: {},
      accounts: {},
      groupPath: "/jit/",
      sharedGroups: [],
      entitlements: {},
    },
    clock: { now: Date.now, sleep: async (ms) => sleep(ms) },
    ids: { grantId: () => grantId(0), owner: () => `owner-${++owners}` },
    store,
    targets,
    kick: async () => undefined,
    log: { info: () => undefined, warn: fault, error: fault },
    metrics: { note: () => undefined, publish: () => undefined },
    faults,
  };
}
