// What people do to a request, and to access before its time: approve, deny, take back, end.

import { approve, cancel, deny, revoke } from "../grant/steps.ts";
import { mayApprove, mayCancel, mayDeny, mayEnd } from "../policy/may.ts";
import { unless } from "../policy/standing.ts";
import {
  type Act,
  type ActOutcome,
  type ActPorts,
  actOn,
  type CheckOutcome,
  checkOn,
  type Deed,
} from "./act-on.ts";
import { approvingExtension } from "./extend-access.ts";
import { stepBy } from "./step.ts";

export type { Act, ActOutcome } from "./act-on.ts";

/** Counts one approval; the last one needed sets the grant on its way. */
export function approveRequest(ports: ActPorts, act: Act): Promise<ActOutcome> {
  return actOn(ports, act, approving(ports, act));
}

/**
 * Whether `approveRequest`, or `approveExtension` where one is asked for, would go through now, for opening
 * the request to whoever decides. Writes nothing.
 */
export function checkApprove(ports: ActPorts, act: Act): Promise<CheckOutcome> {
  const { next: approveNext, ...asks } = approving(ports, act);
  const { next: extendNext } = approvingExtension(ports, act);
  return checkOn(ports, act, {
    ...asks,
    next: (situation) =>
      situation.grant.status === "active" ? extendNext(situation) : approveNext(situation),
  });
}

/** Denies a request; `denial` is what the requester is told. */
export function denyRequest(
  ports: ActPorts,
  act: Act & { readonly denial?: string },
): Promise<ActOutcome> {
  return actOn(ports, act, denying(ports, act));
}

/** Whether `denyRequest` would go through now, for opening the form. Writes nothing. */
export function checkDeny(ports: ActPorts, act: Act): Promise<CheckOutcome> {
  return checkOn(ports, act, denying(ports, act));
}

/** The requester takes a request back that nobody has decided. */
export function cancelRequest(ports: ActPorts, act: Act): Promise<ActOutcome> {
  return actOn(ports, act, {
    members: "nobody",
    approvers: "not-asked",
    next({ grant }) {
      if (grant.status !== "pending") return "too-late";
      const verdict = mayCancel(grant, act.by);
      return verdict.allowed ? cancel(grant, stepBy(ports, act.by, act.from)) : verdict;
    },
  });
}

/** Ends access before its time; what is written is taken away by revoke. */
export function endAccess(ports: ActPorts, act: Act): Promise<ActOutcome> {
  return actOn(ports, act, {
    members: "actor-if-other",
    approvers: "asked-if-other",
    next({ grant, usergroups, standing }) {
      if (grant.status !== "active" && grant.status !== "approved") return "too-late";
      const verdict = unless(standing, mayEnd(ports.policy, usergroups, grant, act.by));
      if (!verdict.allowed) return verdict;
      return revoke(grant, { kind: "revoked", by: act.by }, stepBy(ports, act.by, act.from));
    },
  });
}

function approving(ports: ActPorts, act: Act): Deed {
  return {
    members: "actor-and-requester",
    approvers: "asked",
    next({ grant, usergroups, standing, now }) {
      if (grant.status !== "pending") return "too-late";
      const verdict = unless(standing, mayApprove(ports.policy, usergroups, grant, act.by, now));
      if (!verdict.allowed) return verdict;
      return approve(grant, verdict.via, stepBy(ports, act.by, act.from));
    },
  };
}

function denying(ports: ActPorts, act: Act & { readonly denial?: string }): Deed {
  return {
    members: "actor",
    approvers: "asked",
    next({ grant, usergroups, standing }) {
      if (grant.status !== "pending") return "too-late";
      const verdict = unless(standing, mayDeny(ports.policy, usergroups, grant, act.by));
      return verdict.allowed ? deny(grant, act.denial, stepBy(ports, act.by, act.from)) : verdict;
    },
  };
}
