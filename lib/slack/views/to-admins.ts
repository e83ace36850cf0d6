// What admins are told of a grant: that it failed, that its access does not go, that somebody changed what was written.

import type { EndedGrant, Grant, RevokingGrant } from "../../grant/grant.ts";
import type { SlackUserId } from "../../grant/ids.ts";
import { iamUserName } from "../../grant/ids.ts";
import { byWhom, code, literal, when } from "../text.ts";
import { context, header, type Message, section } from "./blocks.ts";
import { headingOf } from "./card.ts";
import { endedWords, titleOf } from "./grant-words.ts";
import { whatItGives } from "./target-words.ts";
import type { Wanted } from "./wanted.ts";

// A revocation that has been tried for so long is for the admins to know; it goes on all the same. Not
// by its tries: workers that meet try every second, and a write that was lost is waited for.
const ALARMING_MS = 60_000;
const MOST_DRIFT = 4;

/** Every message to the admins. */
export function toAdmins(grant: Grant, admins: readonly SlackUserId[]): readonly Wanted[] {
  const toEach = (key: string, message: Message, post = true): Wanted[] =>
    admins.map((to) => ({ key: `${key}:${to}`, to, message, post }));
  if (grant.status === "revoking") return toEach("stuck", stuck(grant), isAlarming(grant));
  if (grant.status !== "ended") return [];
  return [
    ...toEach("stuck", gone(grant), false),
    ...(grant.cause.kind === "failed" ? toEach("failed", failed(grant)) : []),
    ...(driftOf(grant).length === 0 ? [] : toEach("drift", drifted(grant))),
  ];
}

function isAlarming({ waiting, since }: RevokingGrant): boolean {
  return waiting.retryAt - since >= ALARMING_MS;
}

function failed(grant: EndedGrant): Message {
  return {
    text: `A grant failed: ${titleOf(grant)} for ${byWhom(grant.requester)} (${grant.id}).`,
    blocks: [
      headingOf(grant),
      section(`For ${byWhom(grant.requester)}. ${endedWords(grant)}`),
      context(grant.id),
    ],
  };
}

function stuck(grant: RevokingGrant): Message {
  const problem = code(grant.waiting.lastProblem ?? "no answer", 600);
  return {
    text: `Access is not gone yet: ${titleOf(grant)} of ${byWhom(grant.requester)} (${grant.id}).`,
    blocks: [
      header(`⚠️ Not gone yet: ${grant.entitlement.title}`),
      section(
        `The access of ${byWhom(grant.requester)} should have ended ${when(grant.since)} and may still be there. ` +
          `Latchkey tries on until it is gone.\n*What is in the way:* ${problem}`,
      ),
      section(whatItGives(grant.targets)),
      context(`${grant.id} · IAM user ${code(iamUserName(grant.principal), 70)}`),
    ],
  };
}

function gone(grant: EndedGrant): Message {
  return {
    text: `Access is gone after all: ${titleOf(grant)} of ${byWhom(grant.requester)} (${grant.id}).`,
    blocks: [
      header(`✅ Gone after all: ${grant.entitlement.title}`),
      section(`The access of ${byWhom(grant.requester)} is gone since ${when(grant.endedAt)}.`),
      context(grant.id),
    ],
  };
}

function drifted(grant: EndedGrant): Message {
  const found = driftOf(grant);
  const named = found.slice(0, MOST_DRIFT).map((what) => `• ${literal(what, 600)}`);
  const more = found.length > MOST_DRIFT ? [`and ${found.length - MOST_DRIFT} more`] : [];
  return {
    text: `Somebody changed what Latchkey had written: ${titleOf(grant)} of ${byWhom(grant.requester)} (${grant.id}).`,
    blocks: [
      header(`⚠️ Changed by hand: ${grant.entitlement.title}`),
      section(
        [
          `The access of ${byWhom(grant.requester)} has ended, but what Latchkey found was not what it had written.`,
          ...named,
          ...more,
        ].join("\n"),
      ),
      context(grant.id),
    ],
  };
}

function driftOf({ history }: EndedGrant): readonly string[] {
  return history.flatMap(({ event, detail = "" }) => (event === "drifted" ? [detail] : []));
}
