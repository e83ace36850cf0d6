// The function that takes, joined: the table, IAM and the clusters.

import { sweepRevoke } from "../broker/sweeps.ts";
import { kickedGrants, runOf } from "./base.ts";
import { handlerOf } from "./invocation.ts";
import { composeTargets } from "./targets.ts";
import { composeWorker } from "./worker.ts";

export function composeRevoke() {
  const base = composeWorker("revoke");
  const ports = { ...base, targets: composeTargets(base) };
  return handlerOf(base.metrics, (event, context) =>
    sweepRevoke(ports, runOf(base, context), kickedGrants(event)),
  );
}
