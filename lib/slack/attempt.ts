// One attempt to bring a grant's messages up to date: what stands by now, what was in the way, and what that comes to.

import type { Told } from "../broker/ports.ts";
import type { Shown, ShownMessage } from "../store/store.ts";
import { GONE, isUnsettled, UNKNOWN } from "./digest.ts";
import type { Problem, Sender } from "./send.ts";

export interface Means {
  readonly sender: Sender;
  readonly now: () => number;
  /** Stores what stands so far. False: nothing more is to be sent. */
  readonly keep: (shown: Shown) => Promise<boolean>;
}

export interface Attempt extends Means {
  /** True while something may still land whose answer was lost before. */
  readonly mayStillLand: boolean;
  /** To whom something could not be posted: what is to be read later must not come before it. */
  readonly stuck: Set<string>;
  readonly problems: Problem[];
  shown: Shown;
  /** Nothing more is sent. */
  isOver: boolean;
}

/** What was sent and got no answer may land so much later: over what was shown since, or below it. */
export const SETTLE_MS = 20_000;

export function attemptFrom(means: Means, before: Shown): Attempt {
  const { unsettledUntil, ...known } = before;
  const mayStillLand = (unsettledUntil ?? 0) > means.now();
  const shown = mayStillLand ? before : known;
  return { ...means, mayStillLand, stuck: new Set(), problems: [], shown, isOver: false };
}

/** The same messages, where what they show is not known: each may have been edited since. */
export function unsureOf(shown: Shown): Shown {
  const messages = Object.entries(shown.messages).map(([key, message]): [string, ShownMessage] => {
    const { shows, ...place } = message;
    if (shows === GONE) return [key, message];
    // What may land over it still may.
    return [key, isUnsettled(shows) ? { ...place, shows: UNKNOWN } : place];
  });
  return { ...shown, messages: Object.fromEntries(messages) };
}

/** Notes how a message stands now. */
export function stands(attempt: Attempt, key: string, message: ShownMessage): void {
  const { shown } = attempt;
  attempt.shown = { ...shown, messages: { ...shown.messages, [key]: message } };
}

/** Forgets a message that stands no more. */
export function forget(attempt: Attempt, key: string): void {
  const { [key]: _, ...messages } = attempt.shown.messages;
  attempt.shown = { ...attempt.shown, messages };
}

/** Notes that something may land later than what is sent from now on. */
export function noteLost(attempt: Attempt): void {
  attempt.shown = { ...attempt.shown, unsettledUntil: attempt.now() + SETTLE_MS };
}

/** Stores what stands so far; where that cannot be done, the attempt is over. */
export async function kept(attempt: Attempt): Promise<boolean> {
  const code = await attempt.keep(attempt.shown).then(
    (isHeld) => (isHeld ? undefined : "interrupted"),
    () => "not stored",
  );
  if (code === undefined) return true;
  attempt.problems.unshift({ code });
  attempt.isOver = true;
  return false;
}

/** Notes that something could not be posted `to` a place: nothing else is in this attempt. */
export function postponed(attempt: Attempt, to: string, problem: Problem): void {
  if (problem.isLost === true) noteLost(attempt);
  attempt.stuck.add(to);
  attempt.problems.push(problem);
}

/**
 * True where nothing new is posted yet, as what was posted before may still land, and would then stand
 * below it. What stands is edited all the same.
 */
export function mustWait(attempt: Attempt, to: string): boolean {
  const { mayStillLand, stuck, shown } = attempt;
  if (!mayStillLand) return stuck.has(to);
  if (!stuck.has(to)) postponed(attempt, to, { code: "unsettled", ...retryOf(shown) });
  return true;
}

function retryOf({ unsettledUntil }: Shown): Pick<Problem, "retryAt"> {
  return unsettledUntil === undefined ? {} : { retryAt: unsettledUntil };
}

/**
 * What the attempt comes to. Where something was in the way, the first of it is told, and when to try again
 * only if Slack said so of all of it: what is paused by then costs no call.
 */
export function toldOf({ shown, problems, mayStillLand }: Attempt, version: number): Told {
  const [first] = problems;
  if (first === undefined) return settled({ ...shown, version }, mayStillLand);
  const times = problems.map(({ retryAt }) => retryAt ?? Number.NaN);
  const retryAt = Math.min(...times, shown.unsettledUntil ?? Number.POSITIVE_INFINITY);
  const isLasting = problems.every(({ isRefused }) => isRefused) && !shown.unsettledUntil;
  return {
    shown,
    problem: first.code,
    ...(Number.isNaN(retryAt) ? {} : { retryAt }),
    ...(isLasting ? { isLasting } : {}),
  };
}

function settled({ unsettledUntil, ...shown }: Shown, mayStillLand: boolean): Told {
  if (unsettledUntil === undefined || !mayStillLand) return { shown };
  return { shown: { ...shown, unsettledUntil }, retryAt: unsettledUntil };
}
