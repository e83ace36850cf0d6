// The broker itself ends the access of somebody who is no longer a member of the workspace.

import type { GrantId } from "../grant/ids.ts";
import { revoke } from "../grant/steps.ts";
import { type Standing, standingInWords } from "../policy/standing.ts";
import { carryOut } from "./act-on.ts";
import type { Ports } from "./ports.ts";
import { stepBy } from "./step.ts";

// A sweep and somebody's click may be at the grant at the same moment; the next look comes soon.
const ROUNDS = 4;

/**
 * Ends a grant that is approved or active because its requester is `standing` now; what is written is taken
 * away by revoke. False: there was nothing to end, or others kept changing it.
 */
export async function endAccessForLeaver(
  ports: Pick<Ports, "policy" | "clock" | "store" | "kick" | "log">,
  grantId: GrantId,
  standing: Exclude<Standing, "member">,
): Promise<boolean> {
  const why = `the requester is ${standingInWords(standing)}`;
  for (let round = 1; round <= ROUNDS; round++) {
    const stored = await ports.store.load(grantId);
    const grant = stored?.grant;
    if (stored === undefined || (grant?.status !== "active" && grant?.status !== "approved")) {
      return false;
    }
    const step = stepBy(ports, "latchkey", "announce");
    const ended = revoke(grant, { kind: "revoked", by: "latchkey", why }, step);
    // It is announce that does this, and tells of it by itself.
    if (await carryOut(ports, stored, ended, ["revoke"])) return true;
  }
  return false;
}
