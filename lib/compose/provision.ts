// The function that gives, joined: the table, IAM and the clusters.

import { provisionDue } from "../broker/provision.ts";
import { kickedSource, queueSource, sweep } from "../broker/sweep.ts";
import { provisionDueAt } from "../grant/grant.ts";
import { createPrincipals } from "../targets/principals.ts";
import { composeBase, type InvocationContext, kickedGrants, runOf } from "./base.ts";
import { composeTargets, iamClients } from "./targets.ts";

export function composeProvision() {
  const base = composeBase("provision");
  const targets = composeTargets(base);
  const principals = createPrincipals({ client: iamClients() });
  const ports = { ...base, targets, principals };
  return (event: unknown, context: InvocationContext) => {
    const run = runOf(base, context);
    const kicked = kickedGrants(event);
    return sweep(base, run, {
      sources:
        kicked === undefined
          ? [queueSource(base, "begun"), queueSource(base, "provision")]
          : [kickedSource(base, kicked)],
      dueAt: provisionDueAt,
      work: (batch) => provisionDue(ports, run, batch),
    });
  };
}
