// How a grant is told in words: its state, its story so far, why it ended. The same words everywhere.

import { extensionApprovalsNeeded } from "../../grant/extension.ts";
import type { ActiveGrant, EndCause, EndedGrant, Grant } from "../../grant/grant.ts";
import { formatDuration } from "../../policy/duration.ts";
import { byWhom, code, listed, literal, mentions, utc, when } from "../text.ts";

/** A colour and the word for it; never a colour alone. */
export function stateOf(grant: Grant): string {
  switch (grant.status) {
    case "pending":
      return "🟡 Pending";
    case "approved":
      return "🔵 Approved";
    case "active":
      return "🟢 Active";
    case "revoking":
      return "🟠 Ending";
    case "denied":
      return "🔴 Denied";
    case "cancelled":
      return "⚪ Cancelled";
    case "lapsed":
      return "⚪ Lapsed";
    case "ended":
      return endedAs(grant.cause);
    default:
      throw new TypeError(`unknown state ${JSON.stringify(grant satisfies never)}`);
  }
}

/** How access ends that ends for this cause. */
export function endedAs(cause: EndCause): string {
  switch (cause.kind) {
    case "expired":
      return "⚪ Expired";
    case "revoked":
      return "⚫ Revoked";
    case "failed":
      return "⚠️ Failed";
    default:
      throw new TypeError(`unknown cause ${JSON.stringify(cause satisfies never)}`);
  }
}

/** The title in mrkdwn. */
export function titleOf({ entitlement }: Pick<Grant, "entitlement">, max = 300): string {
  return literal(entitlement.title, max);
}

/** The state in a sentence or two; mrkdwn. `deciders`: who is asked where something is to be decided. */
export function sentenceOf(grant: Grant, deciders = approversNamed(grant)): string {
  switch (grant.status) {
    case "pending":
      return `It takes ${whatItTakes(grant.approvalsNeeded, approversOf(grant), deciders)}, and lapses ${when(grant.lapsesAt)} if nobody decides.`;
    case "approved":
      return `Approved ${approvedBy(grant)}. The access is being written${again(grant)}.`;
    case "active":
      return activeSentence(grant, deciders);
    case "revoking":
      return `The access is being taken away${again(grant)}. ${causeWords(grant.cause)}`;
    case "denied":
      return `Denied by ${byWhom(grant.decidedBy)} ${when(grant.decidedAt)}.`;
    case "cancelled":
      return `Taken back by ${byWhom(grant.requester)} ${when(grant.decidedAt)}.`;
    case "lapsed":
      return `Lapsed ${when(grant.decidedAt)}: nobody decided in time.`;
    case "ended":
      return `${endedWords(grant)} ${hadWords(grant)}`;
    default:
      throw new TypeError(`unknown state ${JSON.stringify(grant satisfies never)}`);
  }
}

function activeSentence(grant: ActiveGrant, deciders: string): string {
  const { window, extension } = grant;
  const extended = extendedWords(grant);
  const active = `Active until ${when(window.expiresAt)}, approved ${approvedBy(grant)}.${extended}`;
  if (extension === undefined) return `${active}${deniedExtension(grant)}`;
  const wanted = `${formatDuration(grant.durationMs)} more, until ${when(window.expiresAt + grant.durationMs)}`;
  const needs = whatItTakes(extensionApprovalsNeeded(grant), approversOf(extension), deciders);
  return `${active}\n${byWhom(grant.requester)} asked ${when(extension.askedAt)} for *${wanted}*. That takes ${needs}.`;
}

/** ` Extended 2 times, last by @bob.` */
function extendedWords({ window: { extensions = 0 }, history }: ActiveGrant): string {
  if (extensions === 0) return "";
  const by = byWhom(history.findLast(({ event }) => event === "extended")?.by ?? "latchkey");
  return extensions === 1
    ? ` Extended once, by ${by}.`
    : ` Extended ${extensions} times, last by ${by}.`;
}

/** Who denied more, where that is the last word on it. */
function deniedExtension({ history }: ActiveGrant): string {
  const last = history.findLast(({ event }) => event.startsWith("ext"));
  if (last?.event !== "extension-denied") return "";
  return ` ${byWhom(last.by)} denied an extension ${when(last.at)}.`;
}

/** The whole card in one line, for notifications and screen readers. */
export function summaryOf(grant: Grant): string {
  const what = `${titleOf(grant)} for ${formatDuration(grant.durationMs)} (${grant.id})`;
  const who = byWhom(grant.requester);
  if (grant.status === "pending") return `${stateOf(grant)}: ${who} asks for ${what}`;
  const until = grant.status === "active" ? ` until ${utc(grant.window.expiresAt)}` : "";
  const asks =
    grant.status === "active" && grant.extension !== undefined
      ? `, and asks for ${formatDuration(grant.durationMs)} more`
      : "";
  return `${stateOf(grant)}${until}: ${who}, ${what}${asks}`;
}

/** Who may approve, by the names of their groups. */
export function approversNamed({ approverGroups }: Pick<Grant, "approverGroups">): string {
  return listed(
    approverGroups.map((name) => literal(name, 100)),
    6,
    " or ",
  );
}

/** `an approval by platform-leads`, `2 approvals by platform-leads or security (1 so far: @bob)`. */
export function whatItTakes(needed: number, soFar: readonly string[], deciders: string): string {
  const count = needed === 1 ? "an approval" : `${needed} approvals`;
  const who = soFar.length === 0 ? "" : ` (${soFar.length} so far: ${mentions(soFar, 20)})`;
  return `${count} by ${deciders}${who}`;
}

/** `by @bob, @cat`, or `automatically`. */
function approvedBy(grant: Approved): string {
  const by = approversOf(grant);
  return by.length === 0 ? "automatically" : `by ${mentions(by, 20)}`;
}

interface Approved {
  readonly approvals: readonly { readonly by: string }[];
}

function approversOf({ approvals }: Approved): readonly string[] {
  return approvals.map(({ by }) => by);
}

/** Why access is taken away, or was: true from the moment that it ends; mrkdwn. */
export function causeWords(cause: EndCause): string {
  switch (cause.kind) {
    case "expired":
      return "Its time is over.";
    case "revoked":
      return cause.why === undefined
        ? `Ended early by ${byWhom(cause.by)}.`
        : `Ended early by ${byWhom(cause.by)}: ${fullStop(literal(cause.why, 300))}`;
    case "failed":
      return `Could not be given: ${code(cause.message.replace(/\.$/, ""), 900)}.`;
    default:
      throw new TypeError(`unknown cause ${JSON.stringify(cause satisfies never)}`);
  }
}

/** Why, how and when a grant ended, in sentences; mrkdwn. */
export function endedWords({ cause, window, endedAt }: EndedGrant): string {
  const why = causeWords(cause);
  if (cause.kind === "failed") {
    const left = window === undefined ? "Nothing was written." : "What was written is gone.";
    return `${why} ${left} Ended ${when(endedAt)}.`;
  }
  return window === undefined
    ? `${why} No access was written. Ended ${when(endedAt)}.`
    : `${why} The access is gone since ${when(endedAt)}.`;
}

/** Who approved, and from when to when the access was there. */
function hadWords(grant: EndedGrant): string {
  const { cause, window, endedAt } = grant;
  const approved = `Approved ${approvedBy(grant)}`;
  if (window === undefined || cause.kind === "failed") return `${approved}.`;
  return `${approved}; had it ${when(window.startedAt)} – ${when(endedAt)}.`;
}

/** What somebody has, waits for or had, on two lines; mrkdwn. */
export function lineOf(grant: Grant, longestTitle = 150): string {
  const icon = stateOf(grant).split(" ")[0] ?? "";
  return `${icon} *${titleOf(grant, longestTitle)}*\n${standingOf(grant)} · ${grant.id}`;
}

function standingOf(grant: Grant): string {
  switch (grant.status) {
    case "pending": {
      const { approvals, approvalsNeeded } = grant;
      return `Pending: ${approvals.length} of ${approvalsNeeded} approvals, lapses ${when(grant.lapsesAt)}`;
    }
    case "approved":
      return `Approved: the access is being written, ${formatDuration(grant.durationMs)}`;
    case "active":
      return `Active until ${when(grant.window.expiresAt)}${grant.extension === undefined ? "" : ", more time asked for"}`;
    case "revoking":
      return "Ending: the access is being taken away";
    case "denied":
      return `Denied by ${byWhom(grant.decidedBy)} ${when(grant.decidedAt)}`;
    case "cancelled":
      return `Cancelled ${when(grant.decidedAt)}`;
    case "lapsed":
      return `Lapsed ${when(grant.decidedAt)}`;
    case "ended":
      return `${endedAs(grant.cause).split(" ")[1] ?? ""} ${when(grant.endedAt)}`;
    default:
      throw new TypeError(`unknown state ${JSON.stringify(grant satisfies never)}`);
  }
}

function fullStop(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}

/** Not "try 7": a text that changes with every try would be sent again with every try. */
function again({ waiting: { attempts } }: { readonly waiting: { readonly attempts: number } }) {
  return attempts === 0 ? "" : " (not at the first try)";
}
