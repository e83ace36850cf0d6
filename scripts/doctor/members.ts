// The people and user groups that access.yml names, as Slack knows them: who has left, who is a guest, who is nobody.

import type { WebClient } from "@slack/web-api";
import pMap from "p-map";
import { parseSlackUserId, type SlackUserId } from "../../lib/grant/ids.ts";
import type { Policy } from "../../lib/policy/policy.ts";
import { type Standing, standingInWords } from "../../lib/policy/standing.ts";
import { createDirectory } from "../../lib/slack/directory.ts";
import { slackProblem } from "../../lib/slack/web-client.ts";
import { about, type Finding } from "./finding.ts";
import type { Patient } from "./patient.ts";
import { type ReadUsergroups, readUsergroups } from "./read-usergroups.ts";

/** Slack answers about a hundred such questions a minute. */
const AT_ONCE = 3;

/** What Slack says of somebody; `nobody`: there is no such person. */
type Known = Standing | "nobody" | { readonly problem: string };

export async function examineMembers(
  { policy }: Patient,
  client: WebClient,
): Promise<readonly Finding[]> {
  const people = await readPeople(policy, client);
  const usergroups = await readUsergroups(client, policy);
  const found = [
    ...[...people].flatMap(([user, known]) => examinePerson(user, known)),
    ...examineUnasked(people),
    ...examineUsergroups(usergroups),
    ...examineApprovers(policy, people, usergroups),
  ];
  const members = [...people.values()].filter((known) => known === "member").length;
  const ok = about("slack-people", "people").ok(`${members} of ${people.size} are full members`);
  return [...(members > 0 ? [ok] : []), ...found];
}

async function readPeople(
  { slack, people, groups }: Policy,
  client: WebClient,
): Promise<ReadonlyMap<string, Known>> {
  const directory = createDirectory(async () => client, Date.now, { team: slack.team });
  const named = [
    ...slack.admins,
    ...Object.values(groups).flatMap(({ users }) => users),
    ...Object.keys(people).map(parseSlackUserId),
  ];
  const ask = async (user: SlackUserId): Promise<readonly [string, Known]> => {
    try {
      return [user, await directory.standing(user)];
    } catch (error) {
      const { code } = slackProblem(error);
      return [user, code === "user_not_found" ? "nobody" : { problem: code }];
    }
  };
  return new Map(await pMap(new Set(named), ask, { concurrency: AT_ONCE }));
}

function examinePerson(user: string, known: Known): readonly Finding[] {
  if (known === "member" || typeof known === "object") return [];
  const it = about("slack-people", user);
  const mend = `Take ${user} out of access.yml, or correct the id, and deploy it.`;
  if (known === "nobody") {
    return [
      it.problem({
        code: "person-missing",
        what: "there is nobody of that id in the workspace",
        why: "Whoever was meant can neither ask nor approve.",
        mend,
      }),
    ];
  }
  return [
    it.warning({
      code: "person-no-member",
      what: `is ${standingInWords(known)}`,
      why: "Only full members ask for access and approve it.",
      mend,
    }),
  ];
}

/** One word for all of whom Slack said nothing: the reason is the same. */
function examineUnasked(people: ReadonlyMap<string, Known>): readonly Finding[] {
  const unasked = [...people].filter(([, known]) => typeof known === "object");
  const [first] = unasked;
  if (first === undefined) return [];
  const [user, known] = first;
  return [
    about("slack-people", unasked.length === 1 ? user : `${unasked.length} people`).unknown({
      code: "no-answer",
      what: `Slack did not say who they are (${(known as { problem: string }).problem})`,
      why: "Who has left may still be named as an approver.",
      mend: "Run the doctor again in a minute.",
    }),
  ];
}

function examineUsergroups({ members, unread }: ReadUsergroups): readonly Finding[] {
  const empty = [...members].filter(([, users]) => users.size === 0);
  return [
    ...[...unread].map(([id, code]) =>
      about("slack-people", id).problem({
        code: "usergroup-unreadable",
        what: `Slack does not say who is in the user group (${code})`,
        why: "A user group that cannot be read is empty: its members can neither ask nor approve.",
        mend: "Correct its id in access.yml (in Slack: the user group, ⋮, Copy group ID), or give the app usergroups:read.",
      }),
    ),
    ...empty.map(([id]) =>
      about("slack-people", id).warning({
        code: "usergroup-empty",
        what: "nobody is in the user group",
        why: "It lets nobody ask and nobody approve.",
        mend: "Put somebody into it in Slack.",
      }),
    ),
    ...[...members]
      .filter(([, users]) => users.size > 0)
      .map(([id, users]) => about("slack-people", id).ok(`${users.size} in the user group`)),
  ];
}

/** Whether there are enough to approve, without those who have left. */
function examineApprovers(
  policy: Policy,
  people: ReadonlyMap<string, Known>,
  { members, unread }: ReadUsergroups,
): readonly Finding[] {
  if ([...people.values()].some((known) => typeof known === "object")) return [];
  return Object.values(policy.entitlements).flatMap(({ id, approval }) => {
    if (approval.kind === "automatic") return [];
    const groups = approval.by.flatMap((name) => policy.groups[name] ?? []);
    if (groups.some(({ usergroup = "" }) => unread.has(usergroup))) return [];
    const able = new Set(
      groups.flatMap(({ users, usergroup = "" }) => [
        ...users.filter((user) => people.get(user) === "member"),
        ...(members.get(usergroup) ?? []),
      ]),
    );
    if (able.size >= approval.count) return [];
    return [
      about("slack-people", id).problem({
        code: "too-few-approvers",
        what: `${approval.count} must approve, and ${able.size === 0 ? "nobody" : `only ${able.size}`} of those named can`,
        why: "Every request for it waits until it lapses.",
        mend: `Name more people in ${approval.by.join(", ")} of access.yml, and deploy it.`,
      }),
    ];
  });
}
