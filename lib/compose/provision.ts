// The function that gives, joined: the table, IAM and the clusters.

import { sweepProvision } from "../broker/sweeps.ts";
import { createPrincipals } from "../targets/principals.ts";
import { kickedGrants, runOf } from "./base.ts";
import { handlerOf } from "./invocation.ts";
import { composeTargets, iamClients } from "./targets.ts";
import { composeWorker } from "./worker.ts";

export function composeProvision() {
  const base = composeWorker("provision");
  const targets = composeTargets(base);
  const principals = createPrincipals({ client: iamClients(base.policy.accounts) });
  const ports = { ...base, targets, principals };
  return handlerOf(base.metrics, (event, context) =>
    sweepProvision(ports, runOf(base, context), kickedGrants(event)),
  );
}
