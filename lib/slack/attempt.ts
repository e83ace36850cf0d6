// One attempt to bring a grant's messages up to date: what stands by now, what was in the way, and what that comes to.

import type { Told } from "../broker/ports.ts";
import type { Shown, ShownMessage } from "../store/store.ts";
import type { Problem, Sender } from "./send.ts";

export interface Means {
  readonly sender: Sender;
  readonly now: () => number;
  /** Stores what stands so far. False: nothing more is to be sent. */
  readonly keep: (shown: Shown) => Promise<boolean>;
}

export interface Attempt extends Means {
  /** True while an edit whose answer was lost before may still land. */
  readonly mayStillLand: boolean;
  /** To whom something could not be posted: what is to be read later must not come before it. */
  readonly stuck: Set<string>;
  readonly problems: Problem[];
  shown: Shown;
  /** Nothing more is sent. */
  isOver: boolean;
}

/** An edit whose answer was lost may land so much later, over what was shown since. */
const SETTLE_MS = 20_000;

export function attemptFrom(means: Means, shown: Shown): Attempt {
  const mayStillLand = (shown.unsettledUntil ?? 0) > means.now();
  return { ...means, mayStillLand, stuck: new Set(), problems: [], shown, isOver: false };
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

/** Notes that an edit may land later than what is sent from now on. */
export function noteLostEdit(attempt: Attempt): void {
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
