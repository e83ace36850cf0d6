// The card: one message per request in the channel, kept up to the grant's state, with a button only where a click is legal.

import type { ActionsBlock, Button, KnownBlock } from "@slack/types";
import type { Grant } from "../../grant/grant.ts";
import { formatDuration } from "../../policy/duration.ts";
import { ACTIONS } from "../names.ts";
import { escaped, when } from "../text.ts";
import { button, context, fields, header, plain, quoted, section } from "./blocks.ts";
import { sentenceOf, stateOf, summaryOf, whatItGives } from "./grant-words.ts";

/** A message: `text` says it all without the blocks. */
export interface Message {
  readonly text: string;
  readonly blocks: KnownBlock[];
}

/** What the channel sees of `grant`. */
export function card(grant: Grant): Message {
  const buttons = buttonsFor(grant);
  const actions: ActionsBlock[] =
    buttons.length === 0
      ? []
      : [{ type: "actions", block_id: `grant.${grant.id}`, elements: [...buttons] }];
  return {
    text: summaryOf(grant),
    blocks: [
      header(`${stateOf(grant)}: ${grant.entitlement.title}`),
      section(sentenceOf(grant)),
      fields([
        ["Requester", `<@${grant.requester}>`],
        ["Duration", formatDuration(grant.durationMs)],
        ["Gives", whatItGives(grant.targets)],
        ["To", `\`${escaped(grant.principal, 300)}\``],
        ...(grant.ticket === undefined ? [] : [["Ticket", escaped(grant.ticket, 200)] as const]),
      ]),
      ...(grant.reason === undefined ? [] : [quoted("Reason", grant.reason)]),
      ...(grant.status === "denied" && grant.denial !== undefined
        ? [quoted("Denied because", grant.denial)]
        : []),
      ...actions,
      context(`${grant.id} · asked ${when(grant.requestedAt)}`),
    ],
  };
}

/** The clicks that are legal in this state; who may click is checked when somebody does. */
function buttonsFor(grant: Grant): readonly Button[] {
  const title = grant.entitlement.title;
  switch (grant.status) {
    case "pending":
      return [
        button(ACTIONS.approve, "Approve", grant.id, `Approve ${grant.id}: ${title}`, {
          style: "primary",
          confirm: {
            title: plain("Approve access?", 100),
            text: {
              type: "mrkdwn",
              text: `<@${grant.requester}> gets *${escaped(title, 150)}* for *${formatDuration(grant.durationMs)}*.`,
            },
            confirm: plain("Approve", 30),
            deny: plain("Back", 30),
          },
        }),
        button(ACTIONS.deny, "Deny…", grant.id, `Deny ${grant.id}: opens a form for the reason`, {
          style: "danger",
        }),
        button(ACTIONS.cancel, "Cancel (requester)", grant.id, `Take request ${grant.id} back`),
      ];
    case "approved":
    case "active":
      return [endButton(grant)];
    case "revoking":
    case "denied":
    case "cancelled":
    case "lapsed":
    case "ended":
      return [];
    default:
      throw new TypeError(`unknown state ${JSON.stringify(grant satisfies never)}`);
  }
}

/** Ends access early. */
export function endButton(grant: Grant): Button {
  return button(ACTIONS.end, "End now", grant.id, `End ${grant.id} now`, {
    style: "danger",
    confirm: {
      title: plain("End access now?", 100),
      text: plain("The access is taken away at once.", 300),
      confirm: plain("End now", 30),
      deny: plain("Keep", 30),
    },
  });
}
