// The function that takes, joined: the table, IAM and the clusters.

import { sweepRevoke } from "../broker/sweeps.ts";
import { composeBase, kickedGrants, runOf } from "./base.ts";
import { handlerOf } from "./invocation.ts";
import { composeTargets } from "./targets.ts";

export function composeRevoke() {
  const base = composeBase("revoke");
  const ports = { ...base, targets: composeTargets(base) };
  return handlerOf(base.metrics, (event, context) =>
    sweepRevoke(ports, runOf(base, context), kickedGrants(event)),
  );
}
