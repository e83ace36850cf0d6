// What somebody is in the Slack workspace, and why that keeps them from asking and deciding.

import type { Reason, Verdict } from "./verdict.ts";
import { no } from "./verdict.ts";

/**
 * What Slack says of somebody: one of the workspace, a guest (`is_restricted`, `is_ultra_restricted`), an
 * app, deactivated, or of another workspace (Slack Connect).
 */
export type Standing = "member" | "guest" | "bot" | "deactivated" | "outsider";

/** Whose standing it is, in the words of the refusal. */
export type Whose = "yours" | "the requester's";

/**
 * Why somebody may neither ask nor decide; nothing where they may. NB. Undefined, where Slack did not say,
 * is a no as well.
 */
export function whyNotOneOfUs(standing: Standing | undefined, whose: Whose): readonly Reason[] {
  if (standing === "member") return [];
  if (standing === undefined) {
    const who = whose === "yours" ? "you are" : "the requester is";
    const message = `Slack did not say who ${who}. Try again shortly.`;
    return [{ code: "standing-unknown", message }];
  }
  const who = whose === "yours" ? "You are" : "The requester is";
  return [{ code: "not-one-of-us", message: `${who} ${standingInWords(standing)}. ${ONLY}` }];
}

/** What somebody is who is no full member: `deactivated in this workspace`. */
export function standingInWords(standing: Exclude<Standing, "member">): string {
  return WORDS[standing];
}

/** `verdict`, unless `reasons` speak against it as well. */
export function unless<Yes>(reasons: readonly Reason[], verdict: Verdict<Yes>): Verdict<Yes> {
  if (reasons.length === 0) return verdict;
  return no(...reasons, ...(verdict.allowed ? [] : verdict.reasons));
}

const WORDS: Readonly<Record<Exclude<Standing, "member">, string>> = {
  guest: "a guest in this workspace",
  bot: "an app",
  deactivated: "deactivated in this workspace",
  outsider: "of another workspace",
};

const ONLY = "Only full members of this workspace ask for access and decide on it.";
