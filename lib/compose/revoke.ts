// The function that takes, joined: the table, IAM and the clusters.

import { endDue } from "../broker/revoke-due.ts";
import { kickedSource, queueSource, sweep } from "../broker/sweep.ts";
import { endDueAt } from "../grant/grant.ts";
import { composeBase, type InvocationContext, kickedGrants, runOf } from "./base.ts";
import { composeTargets } from "./targets.ts";

export function composeRevoke() {
  const base = composeBase("revoke");
  const ports = { ...base, targets: composeTargets(base) };
  return (event: unknown, context: InvocationContext) => {
    const run = runOf(base, context);
    const kicked = kickedGrants(event);
    return sweep(base, run, {
      sources:
        kicked === undefined
          ? [queueSource(base, "revoke"), queueSource(base, "begun")]
          : [kickedSource(base, kicked)],
      dueAt: endDueAt,
      work: (batch) => endDue(ports, run, batch),
    });
  };
}
