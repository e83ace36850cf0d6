// A grant in a line: the word for its state, how it stands, how much of its window is left.

import { extensionApprovalsNeeded } from "../../../../lib/grant/extension.ts";
import type { ActiveGrant, EndedGrant, Grant, Waiting } from "../../../../lib/grant/grant.ts";
import { formatDuration } from "../../../../lib/policy/duration.ts";
import { cut, listed, oneLine } from "../../../../lib/slack/text.ts";
import { stateOf } from "../../../../lib/slack/views/grant-words.ts";
import { timeLeft, timeOf } from "../stage/time-words.ts";
import type { NameOf } from "./names.ts";

const LONGEST_PROBLEM = 200;

/** How good the news is; what colour goes with the words. */
export type Tone = "good" | "bad" | "warn" | "quiet";

/** The state in a word, the same as on Slack's cards but for their coloured dots. */
export function stateWord(grant: Grant): string {
  return stateOf(grant).replace(/^\S+ /u, "");
}

export function toneOf(grant: Grant): Tone {
  switch (grant.status) {
    case "active":
      return "good";
    case "pending":
    case "approved":
    case "revoking":
      return "warn";
    case "denied":
      return "bad";
    case "ended":
      return grant.cause.kind === "failed" ? "bad" : "quiet";
    case "cancelled":
    case "lapsed":
      return "quiet";
    default:
      throw new TypeError(`unknown state ${JSON.stringify(grant satisfies never)}`);
  }
}

/** How it stands at `now` (epoch ms). */
export function standsHow(grant: Grant, now: number, nameOf: NameOf): string {
  switch (grant.status) {
    case "pending":
      return `${needs(grant.approvalsNeeded, grant.approvals.length, grant.approverGroups)}; lapses in ${timeLeft(grant.lapsesAt - now)}`;
    case "approved":
      return `The access is being written${problemOf(grant.waiting)}`;
    case "active":
      return activeFor(grant, now);
    case "revoking":
      return `The access is being taken away${problemOf(grant.waiting)}`;
    case "denied":
      return `Denied by ${nameOf(grant.decidedBy)} at ${timeOf(grant.decidedAt, now)}`;
    case "cancelled":
      return `Taken back at ${timeOf(grant.decidedAt, now)}`;
    case "lapsed":
      return `Nobody decided until ${timeOf(grant.decidedAt, now)}`;
    case "ended":
      return endedHow(grant, now, nameOf);
    default:
      throw new TypeError(`unknown state ${JSON.stringify(grant satisfies never)}`);
  }
}

/** How much of the window is left, from 1 to 0; undefined where no access is lent. */
export function shareLeft(grant: Grant, now: number): number | undefined {
  if (grant.status !== "active") return undefined;
  const { startedAt, expiresAt } = grant.window;
  return Math.min(1, Math.max(0, (expiresAt - now) / (expiresAt - startedAt)));
}

function activeFor(grant: ActiveGrant, now: number): string {
  const { window, extension } = grant;
  const end = `until ${timeOf(window.expiresAt, now)}`;
  const left =
    window.expiresAt <= now ? `Was ${end}` : `${timeLeft(window.expiresAt - now)} left, ${end}`;
  if (extension === undefined) return left;
  const approvals = extension.approvals.length;
  return `${left}. Wants ${formatDuration(grant.durationMs)} more: ${needs(extensionApprovalsNeeded(grant), approvals, grant.approverGroups, "needs")}`;
}

function needs(count: number, soFar: number, groups: readonly string[], verb = "Needs"): string {
  const so = soFar === 0 ? "" : ` (${soFar} so far)`;
  return `${verb} ${count === 1 ? "an approval" : `${count} approvals`} by ${listed(groups, 6, " or ")}${so}`;
}

function problemOf({ attempts, lastProblem }: Waiting): string {
  if (lastProblem === undefined) return "";
  const tries = attempts === 1 ? "1 try" : `${attempts} tries`;
  return `; not done after ${tries}: ${shown(lastProblem)}`;
}

function endedHow({ cause, window, endedAt }: EndedGrant, now: number, nameOf: NameOf): string {
  const at = timeOf(endedAt, now);
  switch (cause.kind) {
    case "expired": {
      const late = window === undefined ? 0 : endedAt - window.expiresAt;
      return `Gone at ${at}, ${timeLeft(late)} after its end`;
    }
    case "revoked":
      return window === undefined
        ? `Ended by ${nameOf(cause.by)} at ${at}, before any access was written`
        : `Ended early by ${nameOf(cause.by)}, gone at ${at}`;
    case "failed":
      return `Could not be given: ${shown(cause.message)}`;
    default:
      throw new TypeError(`unknown cause ${JSON.stringify(cause satisfies never)}`);
  }
}

/** What AWS or a cluster said. */
export function shown(problem: string): string {
  return cut(oneLine(problem), LONGEST_PROBLEM);
}
