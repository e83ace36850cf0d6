// Who is in a Slack user group, asked when a decision depends on it.

import type { WebClient } from "@slack/web-api";
import type { Directory } from "../broker/ports.ts";
import { parseSlackUserId, type SlackUserId } from "../grant/ids.ts";

/**
 * Reads members from Slack, and takes an answer for at most `keepMs` as current: a decision can bear no
 * more, and Slack allows about 20 such questions a minute.
 */
export function createDirectory(
  client: () => Promise<WebClient>,
  now: () => number,
  keepMs = 20_000,
): Directory {
  const known = new Map<string, { at: number; members: ReadonlySet<SlackUserId> }>();
  return {
    async members(usergroup) {
      const kept = known.get(usergroup);
      if (kept !== undefined && Math.abs(now() - kept.at) < keepMs) return kept.members;
      const at = now();
      const answer = await (await client()).usergroups.users.list({ usergroup });
      const members = new Set((answer.users ?? []).map(parseSlackUserId));
      known.set(usergroup, { at, members });
      return members;
    },
  };
}
