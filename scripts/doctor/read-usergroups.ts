// Who is in the Slack user groups that access.yml names, for who checks it.

import type { WebClient } from "@slack/web-api";
import type { SlackUserId } from "../../lib/grant/ids.ts";
import type { Policy, Usergroups } from "../../lib/policy/policy.ts";
import { createDirectory } from "../../lib/slack/directory.ts";
import { slackProblem } from "../../lib/slack/web-client.ts";

export interface ReadUsergroups {
  readonly members: Usergroups;
  /** Slack's error code for each that could not be read. */
  readonly unread: ReadonlyMap<string, string>;
}

/** Reads each user group once, one after the other: Slack allows about twenty a minute. Never throws. */
export async function readUsergroups(client: WebClient, policy: Policy): Promise<ReadUsergroups> {
  const directory = createDirectory(async () => client, Date.now, { team: policy.slack.team });
  const members = new Map<string, ReadonlySet<SlackUserId>>();
  const unread = new Map<string, string>();
  for (const id of usergroupsIn(policy)) {
    try {
      members.set(id, await directory.members(id));
    } catch (error) {
      unread.set(id, slackProblem(error).code);
    }
  }
  return { members, unread };
}

/** The ids of all user groups that a policy names, each once. */
export function usergroupsIn({ groups }: Policy): readonly string[] {
  return [...new Set(Object.values(groups).flatMap(({ usergroup }) => usergroup ?? []))];
}
