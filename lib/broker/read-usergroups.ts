// Reads the Slack user groups that a verdict needs; one that cannot be read counts as unknown.

import type { Usergroups } from "../policy/policy.ts";
import type { Ports } from "./ports.ts";

/**
 * The members of each of `usergroups`, read now.
 * NB. One that Slack does not tell is left out, which the policy takes as "nobody".
 */
export async function readUsergroups(
  { directory, log }: Pick<Ports, "directory" | "log">,
  usergroups: readonly string[],
): Promise<Usergroups> {
  const read = await Promise.all(
    usergroups.map(async (usergroup) => {
      try {
        return [[usergroup, await directory.members(usergroup)] as const];
      } catch (error) {
        log.warn("user group not read", { usergroup, error });
        return [];
      }
    }),
  );
  return new Map(read.flat());
}
