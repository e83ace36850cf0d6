// The broker itself ends access before its time, for a reason that is told with it.

import type { GrantId } from "../grant/ids.ts";
import { revoke } from "../grant/steps.ts";
import type { Policy } from "../policy/policy.ts";
import { carryOut } from "./act-on.ts";
import type { Ports, Worker } from "./ports.ts";
import { stepBy } from "./step.ts";

export type EndingPorts = Pick<Ports, "clock" | "store" | "kick" | "log" | "metrics"> & {
  readonly policy: Pick<Policy, "hash">;
};

// A sweep and somebody's click may be at the grant at the same moment; the next look comes soon.
const ROUNDS = 4;

/**
 * Ends a grant that is approved or active; what is written is taken away by revoke. `from`: who of ours does it,
 * for the history. False: there was nothing to end, or others kept changing it.
 */
export async function endBecause(
  ports: EndingPorts,
  grantId: GrantId,
  why: string,
  from: string,
  workers: readonly Worker[],
): Promise<boolean> {
  for (let round = 1; round <= ROUNDS; round++) {
    const stored = await ports.store.load(grantId);
    const grant = stored?.grant;
    if (stored === undefined || (grant?.status !== "active" && grant?.status !== "approved")) {
      return false;
    }
    const step = stepBy(ports, "latchkey", from);
    const ended = revoke(grant, { kind: "revoked", by: "latchkey", why }, step);
    if (await carryOut(ports, stored, ended, workers)) return true;
  }
  return false;
}
