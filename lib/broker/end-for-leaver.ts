// The broker itself ends the access of somebody who is no longer a member of the workspace.

import type { GrantId } from "../grant/ids.ts";
import { type Standing, standingInWords } from "../policy/standing.ts";
import { type EndingPorts, endBecause } from "./end-because.ts";

/**
 * Ends a grant that is approved or active because its requester is `standing` now; what is written is taken
 * away by revoke. False: there was nothing to end, or others kept changing it.
 */
export function endAccessForLeaver(
  ports: EndingPorts,
  grantId: GrantId,
  standing: Exclude<Standing, "member">,
): Promise<boolean> {
  const why = `the requester is ${standingInWords(standing)}`;
  // It is announce that does this, and tells of it by itself.
  return endBecause(ports, grantId, why, "announce", ["revoke"]);
}
