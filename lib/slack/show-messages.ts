// Brings the messages of one grant from what stands in Slack to what is wanted there, whatever Slack answers to each.

import type { Told } from "../broker/ports.ts";
import type { Shown, ShownMessage } from "../store/store.ts";
import {
  type Attempt,
  attemptFrom,
  forget,
  kept,
  type Means,
  mustWait,
  noteLost,
  postponed,
  stands,
  toldOf,
} from "./attempt.ts";
import { bare } from "./bare.ts";
import { digestOf, GONE, isUnsettled, UNKNOWN, unsettled } from "./digest.ts";
import { hasNoThread, isLostBy, isNotRemovable, isUnreachable, standsDespite } from "./refusals.ts";
import type { Place, Problem } from "./send.ts";
import type { Wanted } from "./views/messages.ts";

/** The key of the message in the channel, in whose thread the grant's story is told. */
const CARD = "card";
const CARD_GONE: Problem = { code: "the card is gone" };

/** What is to stand in Slack of a grant at `version`. */
export interface Aim {
  readonly version: number;
  /** In the order in which they are to be read, the card first. */
  readonly messages: readonly Wanted[];
  /** What the card's thread lacks (mrkdwn, perhaps nothing), and how much of the history it tells then. */
  readonly lines: { readonly text: string; readonly upTo: number } | undefined;
}

/**
 * Posts what is missing and edits what has changed; what stands as it should costs no call. Each message
 * is on its own: one that Slack does not take keeps no other from its reader, but for later ones to the
 * same place. The card is posted anew where it is lost; another message that is, or whose reader has left,
 * is let go.
 *
 * NB. A message is posted without its buttons, and gets them by an edit after `keep` has stored where it
 * stands: whatever answer is lost, no second message with buttons is ever made.
 */
export async function showMessages(means: Means, before: Shown, aim: Aim): Promise<Told> {
  const attempt = attemptFrom(means, before);
  for (const wanted of aim.messages) {
    await show(attempt, wanted);
    if (wanted.key === CARD) await tellThread(attempt, wanted, aim.lines);
  }
  return toldOf(attempt, aim.version);
}

async function show(attempt: Attempt, wanted: Wanted): Promise<void> {
  if (attempt.isOver) return;
  const standing = attempt.shown.messages[wanted.key];
  if (standing === undefined) {
    if (wanted.post) await post(attempt, wanted);
    return;
  }
  if (isUpToDate(attempt, wanted, standing)) return;
  const problem = await edit(attempt, wanted, standing);
  if (problem === undefined) return;
  if (wanted.key === CARD && isLostBy(problem.code)) {
    await replaceCard(attempt, wanted, standing, problem);
  } else if (isLostBy(problem.code) || isForNobody(wanted, problem)) {
    stands(attempt, wanted.key, { ...standing, shows: GONE });
  } else {
    attempt.problems.push(problem);
  }
}

function isUpToDate(attempt: Attempt, { message }: Wanted, { shows }: ShownMessage): boolean {
  const digest = digestOf(message);
  if (shows === GONE || shows === digest) return true;
  return attempt.mayStillLand && shows === unsettled(digest);
}

/** Posts a message without its buttons, stores where it stands, and gives them to it. */
async function post(attempt: Attempt, wanted: Wanted): Promise<void> {
  const { key, to, message, first } = wanted;
  const card = wanted.inThread ? attempt.shown.messages[CARD] : undefined;
  // Without a card there is no thread; what is in its way is noted.
  if ((wanted.inThread && card === undefined) || mustWait(attempt, to)) return;
  const plain = bare(message, first);
  const { sent, problem } = await attempt.sender.post(to, plain, card?.ts);
  if (problem !== undefined) {
    if (isForNobody(wanted, problem)) stands(attempt, key, { channel: to, ts: "", shows: GONE });
    else postponed(attempt, to, problem);
    return;
  }
  const { isAstray, ...place } = sent;
  if (card !== undefined && isAstray) {
    doubt(attempt, card);
    attempt.problems.push(CARD_GONE);
  }
  if (plain === message) {
    stands(attempt, key, { ...place, shows: digestOf(message) });
    return;
  }
  stands(attempt, key, place);
  if (!(await kept(attempt))) return;
  const refused = await edit(attempt, wanted, place);
  if (refused !== undefined) attempt.problems.push(refused);
}

/** Edits a message, and notes what it shows then. Answers with what was in the way. */
async function edit(
  attempt: Attempt,
  { key, message }: Wanted,
  { shows, ...place }: ShownMessage,
): Promise<Problem | undefined> {
  const { problem } = await attempt.sender.edit(place, message);
  if (problem === undefined) {
    const digest = digestOf(message);
    const isUnsure = attempt.mayStillLand && isUnsettled(shows);
    stands(attempt, key, { ...place, shows: isUnsure ? unsettled(digest) : digest });
  } else if (problem.isLost === true) {
    stands(attempt, key, { ...place, shows: UNKNOWN });
    noteLost(attempt);
  }
  return problem;
}

/**
 * Posts the card anew. NB. One that still stands is removed first, so that nobody clicks on it; where Slack
 * never removes it, a click on it is answered by what the grant is by then.
 */
async function replaceCard(
  attempt: Attempt,
  wanted: Wanted,
  place: Place,
  { code }: Problem,
): Promise<void> {
  if (standsDespite(code)) {
    const { problem } = await attempt.sender.remove(place);
    if (problem !== undefined && !isNotRemovable(problem.code)) {
      attempt.problems.push(problem);
      return;
    }
  }
  forget(attempt, CARD);
  await post(attempt, wanted);
}

/** Tells in the card's thread what is not told there yet, as one message. */
async function tellThread(attempt: Attempt, wanted: Wanted, lines: Aim["lines"]): Promise<void> {
  if (lines === undefined || attempt.shown.messages[CARD] === undefined) return;
  const isTold = lines.text === "" || (await reply(attempt, wanted, lines.text, true));
  if (isTold) attempt.shown = { ...attempt.shown, told: lines.upTo };
}

/**
 * Replies to the card. Where Slack takes no reply, the card is looked at by an edit: one that is gone is
 * posted anew and, where it `mayRepeat`, replied to; one that stands goes without.
 */
async function reply(
  attempt: Attempt,
  wanted: Wanted,
  text: string,
  mayRepeat: boolean,
): Promise<boolean> {
  const card = attempt.shown.messages[CARD];
  if (attempt.isOver || card === undefined || mustWait(attempt, wanted.to)) return false;
  const { sent, problem } = await attempt.sender.post(wanted.to, { text }, card.ts);
  if (sent?.isAstray === false) return true;
  if (problem !== undefined && !hasNoThread(problem.code)) {
    postponed(attempt, wanted.to, problem);
    return false;
  }
  if (sent !== undefined) await attempt.sender.remove(sent);
  doubt(attempt, card);
  await show(attempt, wanted);
  const now = attempt.shown.messages[CARD];
  // What was in the way of the edit is noted.
  if (now === undefined || now.shows === UNKNOWN) return false;
  if (now.ts === card.ts) return true;
  if (mayRepeat) return reply(attempt, wanted, text, false);
  attempt.problems.push(CARD_GONE);
  return false;
}

/** The card may be gone: its next edit shows. */
function doubt(attempt: Attempt, card: ShownMessage): void {
  stands(attempt, CARD, { ...card, shows: UNKNOWN });
}

function isForNobody({ to }: Wanted, { code }: Problem): boolean {
  return /^[UW]/.test(to) && isUnreachable(code);
}
