// What approvers are told of a request beside its card: that they are asked, that it is about to lapse, and who has decided.

import type { Telling } from "../../broker/ports.ts";
import { remindAt } from "../../broker/reminders.ts";
import type { Grant, PendingGrant } from "../../grant/grant.ts";
import { formatDuration } from "../../policy/duration.ts";
import { byWhom, mentions, when } from "../text.ts";
import { actions, context, header, type Message, section } from "./blocks.ts";
import { decisionButtons, reviewButton } from "./buttons.ts";
import { sentenceOf, stateOf, summaryOf, titleOf } from "./grant-words.ts";
import { requestFacts } from "./request-facts.ts";
import type { Wanted } from "./wanted.ts";
import {
  approversMentioned,
  everybodyAsked,
  isAwaited,
  MOST_ASKED,
  notifyOf,
} from "./who-is-asked.ts";

/** Every message to approvers; once there is a decision, what those that stand say then. */
export function toApprovers(grant: Grant, telling: Telling): readonly Wanted[] {
  const notify = notifyOf(telling);
  const isTime =
    grant.status === "pending" && remindAt(grant) <= telling.now && telling.now < grant.lapsesAt;
  const open = { ask: ask(grant, telling, true), remind: remind(grant, "Reminder", true) };
  const closed = { ask: ask(grant, telling, false), remind: remind(grant, "Reminder", false) };
  const toEach = everybodyAsked(grant, telling).flatMap((user, index): Wanted[] => {
    const waits = grant.status === "pending" && isAwaited(grant, user);
    const said = waits ? open : closed;
    const post = waits && notify === "direct" && index < MOST_ASKED;
    return [
      { key: `ask:${user}`, to: user, message: said.ask, first: askedFor(grant), post },
      { key: `remind:${user}`, to: user, message: said.remind, post: post && isTime },
    ];
  });
  const inThread: Wanted = {
    key: "remind",
    to: grant.channel,
    message: remind(grant, approversMentioned(grant, telling), true),
    post: isTime && notify === "channel",
    inThread: true,
  };
  return [...toEach, inThread];
}

function askedFor({ entitlement }: Grant): string {
  return `Asked for: ${entitlement.title}`;
}

/** What somebody is asked whose approval the request waits for, or who has approved already. */
function ask(grant: Grant, telling: Telling, waits: boolean): Message {
  if (grant.status !== "pending") return decided(grant);
  const place = `its card is in <#${grant.channel}>`;
  return {
    text: summaryOf(grant),
    blocks: [
      header(`${stateOf(grant)}: ${grant.entitlement.title}`),
      section(waits ? sentenceOf(grant) : `You have approved. ${sentenceOf(grant)}`),
      ...requestFacts(grant, telling),
      ...actions(`ask.${grant.id}`, waits ? decisionButtons(grant, telling.background) : []),
      context(`${grant.id} · asked ${when(grant.requestedAt)} · ${place}`),
    ],
  };
}

/** What approvers read once nothing is left to decide: the same ever after. */
function decided(grant: Exclude<Grant, PendingGrant>): Message {
  const { title, words } = decisionOf(grant);
  return {
    text: `${title}: ${whatIsAsked(grant)}. ${words} (${grant.id})`,
    blocks: [
      header(`${title}: ${grant.entitlement.title}`),
      section(`${byWhom(grant.requester)}, ${formatDuration(grant.durationMs)}. ${words}`),
      context(`${grant.id} · its card is in <#${grant.channel}>`),
    ],
  };
}

function decisionOf(grant: Exclude<Grant, PendingGrant>): { title: string; words: string } {
  switch (grant.status) {
    case "denied":
    case "cancelled":
    case "lapsed":
      return { title: stateOf(grant), words: sentenceOf(grant) };
    case "approved":
    case "active":
    case "revoking":
    case "ended": {
      const by = grant.approvals.map((approval) => approval.by);
      const last = when(grant.approvals.at(-1)?.at ?? grant.requestedAt);
      const words =
        by.length === 0 ? "Approved automatically." : `Approved by ${mentions(by, 20)} ${last}.`;
      return { title: "🔵 Approved", words };
    }
    default:
      throw new TypeError(`unknown state ${JSON.stringify(grant satisfies never)}`);
  }
}

/** A reminder, addressed to `whom`; once there is a decision, that decision. */
function remind(grant: Grant, whom: string, waits: boolean): Message {
  if (grant.status !== "pending") {
    const { title, words } = decisionOf(grant);
    const said = `${title}: ${whatIsAsked(grant)}. ${words}`;
    return { text: `${said} (${grant.id})`, blocks: [section(said), context(grant.id)] };
  }
  const said = `${whatIsAsked(grant)} lapses ${when(grant.lapsesAt)} if nobody decides.`;
  return {
    text: `Reminder: the request of ${said} (${grant.id})`,
    blocks: [
      section(`⏰ ${whom}: the request of ${said}`),
      ...actions(`remind.${grant.id}`, waits ? [reviewButton(grant)] : []),
      context(grant.id),
    ],
  };
}

function whatIsAsked(grant: Grant): string {
  return `${byWhom(grant.requester)} for ${titleOf(grant)} (${formatDuration(grant.durationMs)})`;
}
