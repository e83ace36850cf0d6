// What the requester is told directly: that access is there and how to use it, that it ends, that it has ended, or that it does not come.

import type { Button, KnownBlock } from "@slack/types";
import type { Telling } from "../../broker/ports.ts";
import { warnAt } from "../../broker/reminders.ts";
import type {
  ActiveGrant,
  DeniedGrant,
  EndedGrant,
  Grant,
  LapsedGrant,
  RevokingGrant,
} from "../../grant/grant.ts";
import { formatDuration } from "../../policy/duration.ts";
import { canOfferExtension } from "../../policy/may-extend.ts";
import { byWhom, when } from "../text.ts";
import { actions, context, header, type Message, preformatted, quoted, section } from "./blocks.ts";
import { againButton, endButton, extendButton } from "./buttons.ts";
import { headingOf } from "./card.ts";
import { extendedMessage, extensionOutcomes } from "./extension-messages.ts";
import { askedExtensions, earlierEnds } from "./extension-story.ts";
import { causeWords, endedAs, endedWords, titleOf } from "./grant-words.ts";
import { fillIn } from "./instructions.ts";
import { whatItGives, whatMayOutlive } from "./target-words.ts";
import type { Wanted } from "./wanted.ts";

type Having = ActiveGrant | RevokingGrant | EndedGrant;

/** Every message to the requester, in the order in which they are read. */
export function toRequester(grant: Grant, telling: Telling): readonly Wanted[] {
  const wanted = (key: string, message: Message, post = true): Wanted => ({
    key,
    to: grant.requester,
    message,
    post,
  });
  switch (grant.status) {
    case "pending":
    case "approved":
    case "cancelled":
      return [];
    case "denied":
      return [wanted("denied", denied(grant))];
    case "lapsed":
      return [wanted("lapsed", lapsed(grant))];
    case "active":
      return [
        { ...wanted("active", active(grant, telling)), first: `Given: ${grant.entitlement.title}` },
        ...extensionOutcomes(grant),
        ...warnings(grant, telling, wanted),
      ];
    case "revoking":
      return whileItLasted(grant, wanted);
    case "ended":
      return [...whileItLasted(grant, wanted), wanted("ended", ended(grant))];
    default:
      throw new TypeError(`unknown state ${JSON.stringify(grant satisfies never)}`);
  }
}

type Want = (key: string, message: Message, post?: boolean) => Wanted;

/** What was said while there was access says now that there is none, from when it is taken away. */
function whileItLasted(grant: RevokingGrant | EndedGrant, wanted: Want): readonly Wanted[] {
  if (grant.window === undefined) return [];
  const last = grant.window.expiresAt;
  return [
    wanted("active", over(grant, [againButton(grant)]), false),
    ...extensionOutcomes(grant),
    ...putOff(grant, wanted),
    wanted(endingKey(last), over(grant, []), false),
  ];
}

function active(grant: ActiveGrant, telling: Telling): Message {
  const until = when(grant.window.expiresAt);
  return {
    text: `Your access is there: ${titleOf(grant)} until ${until} (${grant.id}).`,
    blocks: [
      headingOf(grant),
      section(
        `It is yours until *${until}*.${extendedWords(grant)}\n${whatItGives(grant.targets)}`,
      ),
      ...(grant.instructions === undefined
        ? []
        : [preformatted("To use it", fillIn(grant.instructions, grant))]),
      ...asking(grant),
      ...actions(`active.${grant.id}`, buttonsFor(grant, telling)),
      context(grant.id),
    ],
  };
}

function extendedWords({ window: { extensions = 0 } }: ActiveGrant): string {
  if (extensions === 0) return "";
  return extensions === 1 ? " It was extended once." : ` It was extended ${extensions} times.`;
}

/** That the requester has asked for more, where nobody has decided on that. */
function asking(grant: ActiveGrant): KnownBlock[] {
  if (grant.extension === undefined) return [];
  const more = formatDuration(grant.durationMs);
  const asked = when(grant.extension.askedAt);
  return [section(`You asked ${asked} for *${more} more*; it waits for the approvers.`)];
}

function buttonsFor(grant: ActiveGrant, { entitlement, now }: Telling): readonly Button[] {
  const how = entitlement?.extend?.by;
  const canExtend = how !== undefined && canOfferExtension(entitlement, grant, now);
  return [...(canExtend ? [extendButton(grant, how)] : []), endButton(grant)];
}

const endingKey = (end: number) => `ending:${end}`;

/** The warning before the end, and what earlier warnings say now. */
function warnings(grant: ActiveGrant, telling: Telling, wanted: Want): readonly Wanted[] {
  const { expiresAt } = grant.window;
  const at = warnAt(grant);
  const isTime = at !== undefined && at <= telling.now && telling.now < expiresAt;
  return [
    ...putOff(grant, wanted),
    ...(isTime ? [wanted(endingKey(expiresAt), ending(grant, telling))] : []),
  ];
}

function ending(grant: ActiveGrant, telling: Telling): Message {
  const end = when(grant.window.expiresAt);
  return {
    text: `Your access is about to end: ${titleOf(grant)}, ${end} (${grant.id}).`,
    blocks: [
      header(`⏰ About to end: ${grant.entitlement.title}`),
      section(`Your access ends *${end}*.`),
      ...asking(grant),
      ...actions(`ending.${grant.id}`, buttonsFor(grant, telling)),
      context(grant.id),
    ],
  };
}

/** The warnings of ends that were put off. */
function putOff(grant: Having, wanted: Want): readonly Wanted[] {
  return earlierEnds(grant).map((end) => {
    const until = end + grant.durationMs;
    return wanted(endingKey(end), extendedMessage(grant, { end, until }), false);
  });
}

function denied(grant: DeniedGrant): Message {
  return {
    text: `Your request for ${titleOf(grant)} was denied by ${byWhom(grant.decidedBy)} (${grant.id}).`,
    blocks: [
      headingOf(grant),
      section(`${byWhom(grant.decidedBy)} denied your request.`),
      ...(grant.denial === undefined ? [] : [quoted("Because", grant.denial)]),
      ...actions(`denied.${grant.id}`, [againButton(grant)]),
      context(grant.id),
    ],
  };
}

function lapsed(grant: LapsedGrant): Message {
  return {
    text: `Nobody decided on your request for ${titleOf(grant)} in time (${grant.id}).`,
    blocks: [
      headingOf(grant),
      section("Nobody decided on your request in time. Ask again if you still need it."),
      ...actions(`lapsed.${grant.id}`, [againButton(grant)]),
      context(grant.id),
    ],
  };
}

/** The same while it is taken away and after: what comes of that is a message of its own. */
function over(grant: RevokingGrant | EndedGrant, buttons: readonly Button[]): Message {
  const { cause, entitlement } = grant;
  return {
    text: `Your access is over: ${titleOf(grant)} (${grant.id}). ${causeWords(cause)}`,
    blocks: [
      header(`${endedAs(cause)}: ${entitlement.title}`),
      section(causeWords(cause)),
      ...actions(`over.${grant.id}`, buttons),
      context(grant.id),
    ],
  };
}

function ended(grant: EndedGrant): Message {
  const { cause, window, targets, endedAt } = grant;
  const failed = cause.kind === "failed";
  const outlives = window === undefined ? undefined : whatMayOutlive(targets, endedAt);
  const undecided = askedExtensions(grant).at(-1)?.outcome.kind === "undecided";
  const words = undecided
    ? `${endedWords(grant)} Nobody had decided on the extension that you asked for.`
    : endedWords(grant);
  return {
    text: `${failed ? "Your access could not be given" : "Your access has ended"}: ${titleOf(grant)} (${grant.id}).`,
    blocks: [
      headingOf(grant),
      section(words),
      ...(outlives === undefined ? [] : [section(outlives)]),
      ...actions(`ended.${grant.id}`, [againButton(grant)]),
      context(grant.id),
    ],
  };
}
