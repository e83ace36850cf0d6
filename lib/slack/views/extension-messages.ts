// The messages about extensions: approvers are asked, and the requester is told what came of it.

import type { Telling } from "../../broker/ports.ts";
import { extensionApprovalsNeeded } from "../../grant/extension.ts";
import type { Grant } from "../../grant/grant.ts";
import { formatDuration } from "../../policy/duration.ts";
import { byWhom, mentions, when } from "../text.ts";
import { actions, context, header, type Message, quoted, section } from "./blocks.ts";
import { extensionButtons } from "./buttons.ts";
import { type AskedExtension, askedExtensions } from "./extension-story.ts";
import { approversNamed, titleOf, whatItTakes } from "./grant-words.ts";
import { requestFacts } from "./request-facts.ts";
import type { Wanted } from "./wanted.ts";
import {
  approversMentioned,
  everybodyAsked,
  isAwaited,
  MOST_ASKED,
  notifyOf,
} from "./who-is-asked.ts";

/** Asks approvers for every extension that was asked for, each in the card's thread or one by one. */
export function askForExtensions(grant: Grant, telling: Telling): readonly Wanted[] {
  return askedExtensions(grant).flatMap((asked) => askFor(grant, telling, asked));
}

function askFor(grant: Grant, telling: Telling, asked: AskedExtension): readonly Wanted[] {
  const notify = notifyOf(telling);
  const key = `ask-extension:${asked.askedAt}`;
  const isWaiting = asked.outcome.kind === "waiting";
  const open = asking(grant, telling, asked, true);
  const closed = asking(grant, telling, asked, false);
  const toEach = everybodyAsked(grant, telling).map((user, index): Wanted => {
    const waits = isWaiting && isAwaited(grant, user);
    return {
      key: `${key}:${user}`,
      to: user,
      message: waits ? open : closed,
      post: waits && notify === "direct" && index < MOST_ASKED,
    };
  });
  const inThread: Wanted = {
    key,
    to: grant.channel,
    message: askingInThread(grant, telling, asked),
    post: isWaiting && notify === "channel",
    inThread: true,
  };
  return [...toEach, inThread];
}

function asking(grant: Grant, telling: Telling, asked: AskedExtension, waits: boolean): Message {
  const title = TITLES[asked.outcome.kind];
  const words = `${wanted(grant, asked)}\n${whatCame(grant, asked)}`;
  const isWaiting = asked.outcome.kind === "waiting";
  return {
    text: `${title}: ${words} (${grant.id})`,
    blocks: [
      header(`${title}: ${grant.entitlement.title}`),
      section(words),
      ...(isWaiting ? requestFacts(grant, telling) : []),
      ...buttonsFor(grant, asked, waits),
      context(`${grant.id} · its card is in <#${grant.channel}>`),
    ],
  };
}

function askingInThread(grant: Grant, telling: Telling, asked: AskedExtension): Message {
  const isWaiting = asked.outcome.kind === "waiting";
  const whom = isWaiting ? `${approversMentioned(grant, telling)}: ` : "";
  const words = `${wanted(grant, asked)}\n${whatCame(grant, asked)}`;
  return {
    text: `${TITLES[asked.outcome.kind]}: ${words} (${grant.id})`,
    blocks: [section(`${whom}${words}`), ...buttonsFor(grant, asked, isWaiting), context(grant.id)],
  };
}

function buttonsFor(grant: Grant, { askedAt }: AskedExtension, waits: boolean) {
  const buttons = waits && grant.status === "active" ? extensionButtons(grant) : [];
  return actions(`extension.${askedAt}.${grant.id}`, buttons);
}

function wanted(grant: Grant, { askedAt, until, end }: AskedExtension): string {
  const length = formatDuration(grant.durationMs);
  return `${byWhom(grant.requester)} asked ${when(askedAt)} to keep ${titleOf(grant)} for *${length} more*, until ${when(until)} instead of ${when(end)}.`;
}

const TITLES: Readonly<Record<AskedExtension["outcome"]["kind"], string>> = {
  waiting: "🟡 Extension asked",
  extended: "🟢 Extended",
  denied: "🔴 Extension denied",
  undecided: "⚪ Not extended",
};

function whatCame(grant: Grant, { outcome, approvedBy, until }: AskedExtension): string {
  switch (outcome.kind) {
    case "waiting": {
      const needed = grant.status === "active" ? extensionApprovalsNeeded(grant) : 1;
      return `It takes ${whatItTakes(needed, approvedBy, approversNamed(grant))}.`;
    }
    case "extended":
      return `Approved by ${mentions(approvedBy, 20)} ${when(outcome.at)}: extended until ${when(until)}.`;
    case "denied":
      return `Denied by ${byWhom(outcome.by)} ${when(outcome.at)}.`;
    case "undecided":
      return "Nobody decided before the end.";
    default:
      throw new TypeError(`unknown outcome ${JSON.stringify(outcome satisfies never)}`);
  }
}

/** Tells the requester of each decision: edits notify nobody, so each is a message. */
export function extensionOutcomes(grant: Grant): readonly Wanted[] {
  const decided = askedExtensions(grant).flatMap((asked) => outcome(grant, asked) ?? []);
  return decided.map(({ key, message }, index) => ({
    key,
    to: grant.requester,
    message,
    // Only the last one is news, and only while there is access.
    post: grant.status === "active" && index === decided.length - 1,
  }));
}

function outcome(
  grant: Grant,
  asked: AskedExtension,
): { readonly key: string; readonly message: Message } | undefined {
  switch (asked.outcome.kind) {
    case "extended": {
      const by = `approved by ${mentions(asked.approvedBy, 20)}`;
      return { key: `extended:${asked.outcome.at}`, message: extendedMessage(grant, asked, by) };
    }
    case "denied": {
      const { at, by, denial } = asked.outcome;
      return { key: `extension-denied:${at}`, message: denied(grant, asked, byWhom(by), denial) };
    }
    case "waiting":
    case "undecided":
      return undefined;
    default:
      throw new TypeError(`unknown outcome ${JSON.stringify(asked.outcome satisfies never)}`);
  }
}

/** That the end was put off, and `how`, if there is more to say of it. */
export function extendedMessage(
  grant: Grant,
  { end, until }: Pick<AskedExtension, "end" | "until">,
  how?: string,
): Message {
  return {
    text: `Your access was extended until ${when(until)}: ${titleOf(grant)} (${grant.id}).`,
    blocks: [
      header(`🟢 Extended: ${grant.entitlement.title}`),
      section(
        `The end was put off from ${when(end)} to *${when(until)}*${how === undefined ? "" : `, ${how}`}.`,
      ),
      context(grant.id),
    ],
  };
}

function denied(
  grant: Grant,
  { end }: AskedExtension,
  by: string,
  denial: string | undefined,
): Message {
  return {
    text: `Your access was not extended: ${titleOf(grant)} ends ${when(end)} (${grant.id}). Denied by ${by}.`,
    blocks: [
      header(`🔴 Not extended: ${grant.entitlement.title}`),
      section(`${by} denied the extension. The access ends *${when(end)}*.`),
      ...(denial === undefined ? [] : [quoted("Because", denial)]),
      context(grant.id),
    ],
  };
}
