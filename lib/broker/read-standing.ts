// Reads what somebody is in the Slack workspace; where Slack does not say, they count as nobody.

import type { SlackUserId } from "../grant/ids.ts";
import type { Standing } from "../policy/standing.ts";
import type { Ports } from "./ports.ts";

/** What `user` is in the workspace now. Undefined: Slack does not say, which the policy takes as a no. Never throws. */
export async function readStanding(
  { directory, log }: Pick<Ports, "directory" | "log">,
  user: SlackUserId,
): Promise<Standing | undefined> {
  try {
    return await directory.standing(user);
  } catch (error) {
    log.warn("standing not read", { user, error });
    return undefined;
  }
}
