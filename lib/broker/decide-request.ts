// What people do to a grant: approve or deny a request, take it back, end access early.

import type { Grant } from "../grant/grant.ts";
import type { GrantId, SlackUserId } from "../grant/ids.ts";
import { approve, cancel, deny, noteRefusal, revoke } from "../grant/steps.ts";
import { mayApprove, mayCancel, mayDeny, mayEnd, usergroupsFor } from "../policy/may.ts";
import type { Usergroups } from "../policy/policy.ts";
import type { Reason, Verdict } from "../policy/verdict.ts";
import type { Stored } from "../store/store.ts";
import type { Ports, Worker } from "./ports.ts";
import { readUsergroups } from "./read-usergroups.ts";
import { advance, stepBy } from "./step.ts";

/** Who does what to which grant. */
export interface Act {
  readonly grantId: GrantId;
  readonly by: SlackUserId;
  /** Where it came from, for the history: `slack:C0ACCESS`. */
  readonly from: string;
}

/** What came of it; a no is a value, and `grant` is as it stands now. */
export type ActOutcome = { readonly outcome: "done"; readonly grant: Grant } | NotDone;

/** Why nothing came of it. */
export type NotDone =
  /** The state no longer allows it: somebody was first, or it is over. */
  | { readonly outcome: "too-late"; readonly grant: Grant }
  | { readonly outcome: "refused"; readonly grant: Grant; readonly reasons: readonly Reason[] }
  | { readonly outcome: "unknown-grant" };

type NeededPorts = Pick<Ports, "policy" | "clock" | "store" | "directory" | "kick" | "log">;

// Two people and a sweep may be at one grant at the same moment; more rounds than that is a fault.
const ROUNDS = 4;

/** Counts one approval; the last one needed sets the grant on its way. */
export function approveRequest(ports: NeededPorts, act: Act): Promise<ActOutcome> {
  return actOn(ports, act, ({ grant, usergroups, now }) => {
    if (grant.status !== "pending") return "too-late";
    const verdict = mayApprove(ports.policy, usergroups, grant, act.by, now);
    return verdict.allowed ? approve(grant, verdict.via, stepBy(ports, act.by, act.from)) : verdict;
  });
}

/** Denies a request; `denial` is what the requester is told. */
export function denyRequest(
  ports: NeededPorts,
  act: Act & { readonly denial?: string },
): Promise<ActOutcome> {
  return actOn(ports, act, ({ grant, usergroups }) => {
    if (grant.status !== "pending") return "too-late";
    const verdict = mayDeny(ports.policy, usergroups, grant, act.by);
    return verdict.allowed ? deny(grant, act.denial, stepBy(ports, act.by, act.from)) : verdict;
  });
}

/** Whether `denyRequest` would go through now, for opening the form. Writes nothing. */
export async function checkDeny(
  ports: NeededPorts,
  act: Act,
): Promise<NotDone | { readonly outcome: "may"; readonly grant: Grant }> {
  const stored = await ports.store.load(act.grantId);
  if (stored === undefined) return { outcome: "unknown-grant" };
  const { grant } = stored;
  if (grant.status !== "pending") return { outcome: "too-late", grant };
  const usergroups = await readUsergroups(ports, usergroupsToDecide(ports, grant, act.by));
  const verdict = mayDeny(ports.policy, usergroups, grant, act.by);
  return verdict.allowed
    ? { outcome: "may", grant }
    : { outcome: "refused", grant, reasons: verdict.reasons };
}

/** The requester takes a request back that nobody has decided. */
export function cancelRequest(ports: NeededPorts, act: Act): Promise<ActOutcome> {
  return actOn(ports, act, ({ grant }) => {
    if (grant.status !== "pending") return "too-late";
    const verdict = mayCancel(grant, act.by);
    return verdict.allowed ? cancel(grant, stepBy(ports, act.by, act.from)) : verdict;
  });
}

/** Ends access before its time; what is written is taken away by revoke. */
export function endAccess(ports: NeededPorts, act: Act): Promise<ActOutcome> {
  return actOn(ports, act, ({ grant, usergroups }) => {
    if (grant.status !== "active" && grant.status !== "approved") return "too-late";
    const verdict = mayEnd(ports.policy, usergroups, grant, act.by);
    if (!verdict.allowed) return verdict;
    return revoke(grant, { kind: "revoked", by: act.by }, stepBy(ports, act.by, act.from));
  });
}

interface Situation {
  readonly grant: Grant;
  readonly usergroups: Usergroups;
  readonly now: number;
}

type Refused = Exclude<Verdict, { allowed: true }>;

async function actOn(
  ports: NeededPorts,
  act: Act,
  plan: (situation: Situation) => Grant | "too-late" | Refused,
): Promise<ActOutcome> {
  for (let round = 1; round <= ROUNDS; round++) {
    const stored = await ports.store.load(act.grantId);
    if (stored === undefined) return { outcome: "unknown-grant" };
    const { grant } = stored;
    const usergroups = await readUsergroups(ports, usergroupsToDecide(ports, grant, act.by));
    const next = plan({ grant, usergroups, now: ports.clock.now() });
    if (next === "too-late") return { outcome: "too-late", grant };
    if ("allowed" in next) {
      await noteRefused(ports, act, stored, next);
      return { outcome: "refused", grant, reasons: next.reasons };
    }
    if (next === grant) return { outcome: "too-late", grant };
    if ((await advance(ports, stored, next)) !== undefined) {
      await Promise.all(woken(next).map((worker) => ports.kick(worker, [grant.id])));
      return { outcome: "done", grant: next };
    }
  }
  throw new Error(`grant ${act.grantId} kept changing while it was decided; try again`);
}

/** Writes a refusal into the log, and into the grant's history as far as that goes without a fight. */
async function noteRefused(
  ports: NeededPorts,
  { by, from }: Act,
  stored: Stored,
  { reasons }: Refused,
): Promise<void> {
  const { grant } = stored;
  const codes = reasons.map(({ code }) => code);
  ports.log.info("act refused", { grant: grant.id, by, reasons: codes });
  const noted = noteRefusal(grant, codes.join(", "), stepBy(ports, by, from));
  if (noted === grant) return;
  try {
    await ports.store.save(noted, stored);
  } catch (error) {
    ports.log.warn("refusal not noted in the grant's history", { grant: grant.id, error });
  }
}

/** Which workers have something to do right after the grant came to this state. */
function woken(grant: Grant): readonly Worker[] {
  switch (grant.status) {
    case "approved":
      return ["provision"]; // provision tells announce, moments later, that access is there
    case "revoking":
      return ["revoke"];
    case "pending":
    case "denied":
    case "cancelled":
    case "lapsed":
    case "active":
    case "ended":
      return ["announce"];
    default:
      throw new TypeError(`unknown state ${JSON.stringify(grant satisfies never)}`);
  }
}

/** What a requester may do to their own grant does not depend on any user group. */
function usergroupsToDecide(
  { policy }: Pick<Ports, "policy">,
  grant: Grant,
  by: SlackUserId,
): readonly string[] {
  if (by === grant.requester) return [];
  return usergroupsFor(policy, grant.entitlement.id, "approvers");
}
