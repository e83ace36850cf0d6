// What people do to the end of a grant's window before it comes: ask that it be put off, approve that, deny it.

import {
  approveExtension as approved,
  askExtension,
  asksForExtension,
  denyExtension as denied,
  extend,
} from "../grant/extension.ts";
import { mayApproveExtension, mayDenyExtension, mayExtend } from "../policy/may-extend.ts";
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
import { stepBy } from "./step.ts";

/**
 * The requester wants the end put off by as long again: it is at once where the entitlement lets them decide
 * alone (`grant.window.extensions` has gone up), and asked for where it takes approvals (`grant.extension`).
 */
export function extendAccess(ports: ActPorts, act: Act): Promise<ActOutcome> {
  return actOn(ports, act, {
    members: "actor",
    approvers: "not-asked",
    next({ grant, standing, now }) {
      if (grant.status !== "active") return "too-late";
      const verdict = unless(standing, mayExtend(ports.policy, grant, act.by, now));
      if (!verdict.allowed) return verdict;
      const step = stepBy(ports, act.by, act.from);
      return verdict.by === "self" ? extend(grant, step) : askExtension(grant, step);
    },
  });
}

/** Counts one approval of an extension; the last one needed puts the end off. */
export function approveExtension(ports: ActPorts, act: Act): Promise<ActOutcome> {
  return actOn(ports, act, approvingExtension(ports, act));
}

/** Denies an extension; `denial` is what the requester is told. The access goes on until its end. */
export function denyExtension(
  ports: ActPorts,
  act: Act & { readonly denial?: string },
): Promise<ActOutcome> {
  return actOn(ports, act, denyingExtension(ports, act));
}

/** Whether `denyExtension` would go through now, for opening the form. Writes nothing. */
export function checkDenyExtension(ports: ActPorts, act: Act): Promise<CheckOutcome> {
  return checkOn(ports, act, denyingExtension(ports, act));
}

export function approvingExtension(ports: ActPorts, act: Act): Deed {
  return {
    members: "actor-and-requester",
    approvers: "asked",
    next({ grant, usergroups, standing, now }) {
      if (grant.status !== "active" || !asksForExtension(grant)) return "too-late";
      const may = mayApproveExtension(ports.policy, usergroups, grant, act.by, now);
      const verdict = unless(standing, may);
      if (!verdict.allowed) return verdict;
      return approved(grant, verdict.via, stepBy(ports, act.by, act.from));
    },
  };
}

function denyingExtension(ports: ActPorts, act: Act & { readonly denial?: string }): Deed {
  return {
    members: "actor",
    approvers: "asked",
    next({ grant, usergroups, standing }) {
      if (grant.status !== "active" || !asksForExtension(grant)) return "too-late";
      const may = mayDenyExtension(ports.policy, usergroups, grant, act.by);
      const verdict = unless(standing, may);
      return verdict.allowed ? denied(grant, act.denial, stepBy(ports, act.by, act.from)) : verdict;
    },
  };
}
