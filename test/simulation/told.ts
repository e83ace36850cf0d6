// What must hold of Slack in the simulated world: what stands there, against the rows as they are.

import { isDeepStrictEqual } from "node:util";
import { type Grant, isOver } from "../../lib/grant/grant.ts";
import { parseSlackUserId } from "../../lib/grant/ids.ts";
import { ACTIONS } from "../../lib/slack/names.ts";
import { card } from "../../lib/slack/views/card.ts";
import { summaryOf } from "../../lib/slack/views/grant-words.ts";
import { homeView } from "../../lib/slack/views/home.ts";
import { threadLines } from "../../lib/slack/views/thread.ts";
import { CAT } from "./catalogue.ts";
import type { World } from "./outside.ts";
import type { Message, SimulatedSlack, SlackWitness } from "./slack.ts";

export interface SlackTruth extends SlackWitness {
  /** What has become of a grant more than `graceMs` ago, with nothing in the way since. */
  checkTimely(lastFaultAt: number, graceMs: number): void;
  /** Everything is over, and Slack has been told of everything. */
  checkTold(): void;
}

interface Parts {
  readonly grants: () => readonly Grant[];
  readonly slack: () => SimulatedSlack;
  /** Until when (epoch ms) nobody can read the rows of grants, by their ids. */
  readonly spoiltUntil: ReadonlyMap<string, number>;
  /** Whether there was ever another policy than the first. */
  readonly wasRedeployed: () => boolean;
  readonly check: (holds: boolean, rule: string, what: () => string) => void;
}

/** On a card they decide on a request, or end access. */
const LIVE: ReadonlySet<string> = new Set([
  ACTIONS.approve,
  ACTIONS.deny,
  ACTIONS.cancel,
  ACTIONS.end,
]);

/** These change nothing on a card, or not always. */
const UNSHOWN: ReadonlySet<string> = new Set(["begun", "refused", "retrying", "drifted"]);

/** What is told beside a grant that is over makes no difference to its card. */
const NOTHING_BESIDE = {
  now: 0,
  entitlement: undefined,
  usergroups: [],
  listed: [],
  approvers: [],
} as const;

export function createSlackTruth(
  { loop, figures, skewMs }: World,
  { grants, slack, spoiltUntil, wasRedeployed, check }: Parts,
): SlackTruth {
  const all = () => [...slack().messages.values()];
  const cardsOf = (id: string) =>
    all().filter(
      (message) =>
        message.channel.startsWith("C") && message.thread === undefined && message.grant === id,
    );
  const changedAt = ({ history }: Grant) => (history.at(-1)?.at ?? 0) - skewMs;
  /** A card that is deleted after the last change that it shows is not posted again. */
  const isDeleted = ({ id, history }: Grant) => {
    const { at = 0 } = history.findLast(({ event }) => !UNSHOWN.has(event)) ?? {};
    return at - skewMs < (slack().deletedAt.get(id) ?? 0);
  };

  /** The cards that show the grant as it is. */
  const checkCard = (grant: Grant) => {
    const standing = cardsOf(grant.id);
    const { text, blocks } = card(grant, NOTHING_BESIDE);
    const shown = standing.filter((each) => each.text === text && same(each.blocks, blocks));
    check(
      shown.length > 0,
      "in the end a card in Slack shows every grant as it is",
      () => `${grant.id} is ${grant.status}; ${standing.map((each) => each.text).join(" | ")}`,
    );
    figures.doubledCards += Math.max(0, standing.length - 1);
    return shown;
  };

  // What has buttons or a layout is no line of the story.
  const storyUnder = ({ ts }: Message) =>
    all().filter(({ thread, blocks }) => thread === ts && blocks.length === 0);

  const checkThread = (grant: Grant, shown: readonly Message[]) => {
    const { text = "" } = threadLines(grant, 0) ?? {};
    // Of a long story only the newest lines are told.
    if (text === "" || text.startsWith("…")) return;
    const isRenewed = slack().renewed.has(grant.id);
    const stories = shown.map((each) => storyUnder(each).map((message) => message.text));
    check(
      stories.some((story) => isTold(text, story, isRenewed)),
      "in the end a card's thread has told the story in its order, and how it ended",
      () =>
        `${grant.id}:\n${text}\nis told as\n${stories.map((all) => all.join("\n--\n")).join("\n==\n")}`,
    );
  };

  return {
    shownAnew(by, id) {
      const live = cardsOf(id).filter((message) => message.buttons.some((each) => LIVE.has(each)));
      check(
        live.length <= 1,
        "at most one message in a channel has a grant's live buttons",
        () => `${live.map(({ ts }) => ts).join(" and ")} of ${id}, by ${by}`,
      );
    },

    checkTimely(lastFaultAt, graceMs) {
      for (const grant of grants()) {
        const since = Math.max(changedAt(grant), lastFaultAt, spoiltUntil.get(grant.id) ?? 0);
        if (loop.now() <= since + graceMs || isDeleted(grant)) continue;
        check(
          cardsOf(grant.id).some(({ text }) => text === summaryOf(grant)),
          "once faults heal a card shows in time what has become of its grant",
          () => `${grant.id} has been ${grant.status} for ${(loop.now() - since) / 1_000} s`,
        );
      }
    },

    checkTold() {
      for (const grant of grants()) {
        if (isDeleted(grant)) continue;
        checkThread(grant, checkCard(grant));
      }
      const over = new Set<string>(grants().flatMap((grant) => (isOver(grant) ? [grant.id] : [])));
      for (const message of all()) {
        if (!over.has(message.grant)) continue;
        const left = message.buttons.filter((each) => each !== ACTIONS.again);
        check(
          left.length === 0,
          "in the end no message has buttons of what is over",
          () => `${message.channel}: ${message.text} has ${left.join(", ")}`,
        );
      }
      for (const [name, view] of slack().homes) {
        const user = parseSlackUserId(name);
        const theirs = grants().filter(({ requester }) => requester === user);
        // Who may decide by another policy is told when they look. Who has left looks at nothing, and what
        // cannot be read is left out.
        if (wasRedeployed()) continue;
        if (slack().leftAt(user) !== undefined || theirs.some(({ id }) => spoiltUntil.has(id)))
          continue;
        const recent = theirs.toSorted((one, other) => other.requestedAt - one.requestedAt);
        const home = { user, now: 0, own: [], waiting: [], recent };
        check(
          [true, false].some((canAsk) => same(view, homeView({ ...home, canAsk }, [CAT]))),
          "in the end an App Home shows what somebody had, and that nothing is left",
          () => `${user}: ${JSON.stringify(view.blocks)}`,
        );
      }
    },
  };
}

/**
 * Whether the messages of `story` tell all lines of `text` in their order, the last one last. A post whose answer
 * was lost is made again: then it says nothing new. `isRenewed`: the card took the place of another,
 * and has the story from then on.
 */
function isTold(text: string, story: readonly string[], isRenewed: boolean): boolean {
  const lines = text.split("\n");
  let told = isRenewed ? undefined : -1;
  for (const part of story.map((message) => message.split("\n"))) {
    const first = lines.indexOf(part[0] ?? "");
    const last = first + part.length - 1;
    const isPart = first >= 0 && same(part, lines.slice(first, last + 1));
    if (!isPart || (told !== undefined && first > told + 1)) return false;
    told = last;
  }
  return told === undefined || told === lines.length - 1;
}

/** Equal as JSON, as which it goes to Slack: what is undefined is not there. */
function same(one: unknown, other: unknown): boolean {
  return isDeepStrictEqual(one, other) || JSON.stringify(one) === JSON.stringify(other);
}
