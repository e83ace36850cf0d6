// Direct messages: what the requester, or an admin, must know or do, each sent once.

import type { HeaderBlock } from "@slack/types";
import type { EndedGrant, Grant, RevokingGrant } from "../../grant/grant.ts";
import type { SlackUserId } from "../../grant/ids.ts";
import { formatDuration } from "../../policy/duration.ts";
import { escaped, when } from "../text.ts";
import { context, header, preformatted, quoted, section } from "./blocks.ts";
import { endButton, type Message } from "./card.ts";
import { endedWords, stateOf, whatItGives, whatMayOutlive } from "./grant-words.ts";

/** A message to somebody, under the name by which it is remembered as sent. */
export interface DirectMessage {
  readonly key: string;
  readonly to: SlackUserId;
  readonly message: Message;
}

// A revocation that has been tried for so long is for the admins to know; it goes on all the same. Not
// by its tries: workers that meet try every second, and a write that was lost is waited for.
const ALARMING_MS = 60_000;

/** Everything that people should have been told by direct message in this state. */
export function directMessages(
  grant: Grant,
  admins: readonly SlackUserId[],
): readonly DirectMessage[] {
  const toRequester = (key: string, message: Message): DirectMessage[] => [
    { key, to: grant.requester, message },
  ];
  const toAdmins = (key: string, message: Message): DirectMessage[] =>
    admins.map((to) => ({ key: `${key}:${to}`, to, message }));
  switch (grant.status) {
    case "active":
      return toRequester("active", active(grant));
    case "denied":
      return toRequester("denied", denied(grant));
    case "lapsed":
      return toRequester("lapsed", {
        text: `Nobody decided on your request for ${escaped(grant.entitlement.title, 300)} in time (${grant.id}).`,
        blocks: [
          heading(grant),
          section(`Nobody decided on your request in time. Ask again if you still need it.`),
          context(grant.id),
        ],
      });
    case "ended":
      return [
        ...toRequester("ended", ended(grant)),
        ...(grant.cause.kind === "failed" ? toAdmins("failed", failedForAdmins(grant)) : []),
        ...(driftOf(grant) === "" ? [] : toAdmins("drift", drifted(grant))),
      ];
    case "revoking":
      return grant.waiting.retryAt - grant.since >= ALARMING_MS
        ? toAdmins("stuck", stuck(grant))
        : [];
    case "pending":
    case "approved":
    case "cancelled":
      return [];
    default:
      throw new TypeError(`unknown state ${JSON.stringify(grant satisfies never)}`);
  }
}

function active(grant: Extract<Grant, { status: "active" }>): Message {
  const title = escaped(grant.entitlement.title, 300);
  const until = when(grant.window.expiresAt);
  return {
    text: `Your access is active: ${title} until ${until} (${grant.id}).`,
    blocks: [
      heading(grant),
      section(
        `Until *${until}* (${formatDuration(grant.durationMs)}).\n${whatItGives(grant.targets)}`,
      ),
      ...(grant.instructions === undefined ? [] : [preformatted("To use it", grant.instructions)]),
      { type: "actions", block_id: `grant.${grant.id}`, elements: [endButton(grant)] },
      context(grant.id),
    ],
  };
}

function denied(grant: Extract<Grant, { status: "denied" }>): Message {
  return {
    text: `Your request for ${escaped(grant.entitlement.title, 300)} was denied by <@${grant.decidedBy}> (${grant.id}).`,
    blocks: [
      heading(grant),
      section(`<@${grant.decidedBy}> denied your request.`),
      ...(grant.denial === undefined ? [] : [quoted("Because", grant.denial)]),
      context(grant.id),
    ],
  };
}

function ended(grant: EndedGrant): Message {
  const failed = grant.cause.kind === "failed";
  const outlives = grant.window === undefined ? undefined : whatMayOutlive(grant.targets);
  return {
    text: `${failed ? "Your access could not be given" : "Your access has ended"}: ${escaped(grant.entitlement.title, 300)} (${grant.id}).`,
    blocks: [
      heading(grant),
      section(endedWords(grant)),
      ...(outlives === undefined ? [] : [context(outlives)]),
      context(grant.id),
    ],
  };
}

function failedForAdmins(grant: EndedGrant): Message {
  return {
    text: `A grant failed: ${escaped(grant.entitlement.title, 300)} for <@${grant.requester}> (${grant.id}).`,
    blocks: [
      heading(grant),
      section(`For <@${grant.requester}>. ${endedWords(grant)}`),
      context(grant.id),
    ],
  };
}

function stuck(grant: RevokingGrant): Message {
  const problem = escaped(grant.waiting.lastProblem ?? "no answer", 1500);
  return {
    text: `Access is not gone yet: ${escaped(grant.entitlement.title, 300)} of <@${grant.requester}> (${grant.id}).`,
    blocks: [
      header(`⚠️ Not gone yet: ${grant.entitlement.title}`),
      section(
        `The access of <@${grant.requester}> should have ended ${when(grant.since)} and may still be there. ` +
          `Latchkey tries on until it is gone.\n*What is in the way:* ${problem}`,
      ),
      section(whatItGives(grant.targets)),
      context(`${grant.id} · principal \`${escaped(grant.principal, 300)}\``),
    ],
  };
}

function drifted(grant: EndedGrant): Message {
  return {
    text: `Somebody changed what Latchkey had written: ${escaped(grant.entitlement.title, 300)} of <@${grant.requester}> (${grant.id}).`,
    blocks: [
      header(`⚠️ Changed by hand: ${grant.entitlement.title}`),
      section(
        `The access of <@${grant.requester}> has ended, but what Latchkey found was not what it had written.\n${driftOf(grant)}`,
      ),
      context(grant.id),
    ],
  };
}

/** The state as the card has it. */
function heading(grant: Grant): HeaderBlock {
  return header(`${stateOf(grant)}: ${grant.entitlement.title}`);
}

function driftOf(grant: EndedGrant): string {
  const found = grant.history.filter(({ event }) => event === "drifted");
  return found.map(({ detail = "" }) => `• ${escaped(detail, 600)}`).join("\n");
}
