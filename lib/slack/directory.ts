// Who people are in Slack, asked when a decision depends on it: the members of a user group, and what somebody is in the workspace.

import type { UsersInfoResponse, WebClient } from "@slack/web-api";
import type { Directory } from "../broker/ports.ts";
import { parseSlackUserId, type SlackUserId } from "../grant/ids.ts";
import type { Standing } from "../policy/standing.ts";

type User = NonNullable<UsersInfoResponse["user"]>;

export interface DirectoryOptions {
  /** The workspace (`T…`) or Enterprise organisation (`E…`) whose people may ask and decide. */
  readonly team: string;
  /** How long an answer is taken as current: the members of a user group (20 s unless told) … */
  readonly membersForMs?: number;
  /** … that somebody is a full member (5 min), … */
  readonly memberForMs?: number;
  /** … and that somebody is not (1 min): who was just made one wants to get on. */
  readonly otherForMs?: number;
}

/**
 * Reads from Slack, which allows about 20 questions after user groups and 100 after people a minute: so an
 * answer is kept for a while, and those who ask the same at the same time share one question. What fails
 * is not kept. The client bounds how long it takes.
 */
export function createDirectory(
  client: () => Promise<WebClient>,
  now: () => number,
  options: DirectoryOptions,
): Directory {
  const { team, membersForMs = 20_000, memberForMs = 300_000, otherForMs = 60_000 } = options;
  return {
    members: kept(
      now,
      () => membersForMs,
      async (usergroup: string) => {
        const { users } = await (await client()).usergroups.users.list({ usergroup });
        if (users === undefined) throw new Error("Slack did not say who is in the user group");
        return new Set(users.map(parseSlackUserId));
      },
    ),
    standing: kept(
      now,
      (standing) => (standing === "member" ? memberForMs : otherForMs),
      async (id: SlackUserId) => {
        const { user } = await (await client()).users.info({ user: id });
        if (user === undefined) throw new Error("Slack did not say who somebody is");
        return standingOf(user, team);
      },
    ),
  };
}

/**
 * NB. `is_stranger` is false also for people of other workspaces whom a shared channel lets in: only where
 * they belong tells. https://docs.slack.dev/reference/objects/user-object
 */
function standingOf(user: User, team: string): Standing {
  if (user.deleted) return "deactivated";
  if (user.is_bot || user.is_workflow_bot || user.id === "USLACKBOT") return "bot";
  if (user.is_stranger || !belongsTo(user, team)) return "outsider";
  return user.is_restricted || user.is_ultra_restricted ? "guest" : "member";
}

function belongsTo({ team_id, enterprise_user }: User, team: string): boolean {
  const { enterprise_id, teams = [] } = enterprise_user ?? {};
  return team_id === team || enterprise_id === team || teams.includes(team);
}

/** Asks, unless the same was asked less than `keepMs(answer)` ago, or is being asked now. */
function kept<Key, Answer>(
  now: () => number,
  keepMs: (answer: Answer) => number,
  ask: (key: Key) => Promise<Answer>,
): (key: Key) => Promise<Answer> {
  const known = new Map<Key, { readonly at: number; readonly answer: Answer }>();
  const asking = new Map<Key, Promise<Answer>>();
  const askAnew = async (key: Key) => {
    const at = now();
    const answer = await ask(key);
    known.set(key, { at, answer });
    return answer;
  };
  return async (key) => {
    const last = known.get(key);
    if (last !== undefined && Math.abs(now() - last.at) < keepMs(last.answer)) return last.answer;
    const question = asking.get(key) ?? askAnew(key).finally(() => asking.delete(key));
    asking.set(key, question);
    return question;
  };
}
