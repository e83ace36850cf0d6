// The card: one message per request in the channel, kept up to the grant's state, with a button only where a click is legal.

import type { Button, KnownBlock } from "@slack/types";
import type { Telling } from "../../broker/ports.ts";
import type { Grant } from "../../grant/grant.ts";
import { when } from "../text.ts";
import { actions, context, header, type Message, quoted, section } from "./blocks.ts";
import {
  againButton,
  cancelButton,
  decisionButtons,
  endButton,
  extensionButtons,
} from "./buttons.ts";
import { sentenceOf, stateOf, summaryOf } from "./grant-words.ts";
import { requestFacts } from "./request-facts.ts";
import { deciders, MOST_ASKED, notifyOf } from "./who-is-asked.ts";

/** What the channel sees of `grant`. */
export function card(grant: Grant, telling: Telling): Message {
  return {
    text: summaryOf(grant),
    blocks: [
      headingOf(grant),
      section(sentenceOf(grant, deciders(grant, telling))),
      ...(isUndecided(grant) ? requestFacts(grant, telling) : requestFacts(grant)),
      ...(grant.status === "denied" && grant.denial !== undefined
        ? [quoted("Denied because", grant.denial)]
        : []),
      ...actions(`grant.${grant.id}`, buttonsFor(grant, telling)),
      context([grant.id, `asked ${when(grant.requestedAt)}`, ...told(grant, telling)].join(" · ")),
    ],
  };
}

/** The state and the title, on top of every message about a grant. */
export function headingOf(grant: Grant): KnownBlock {
  const more =
    grant.status === "active" && grant.extension !== undefined ? ", extension asked" : "";
  return header(`${stateOf(grant)}${more}: ${grant.entitlement.title}`);
}

function isUndecided(grant: Grant): boolean {
  return grant.status === "pending" || (grant.status === "active" && grant.extension !== undefined);
}

/** The clicks that are legal in this state; who may click is checked when somebody does. */
function buttonsFor(grant: Grant, telling: Telling): readonly Button[] {
  switch (grant.status) {
    case "pending":
      return [
        ...decisionButtons(grant, telling.background),
        cancelButton(grant, "Cancel (requester)"),
      ];
    case "approved":
      return [endButton(grant)];
    case "active":
      return grant.extension === undefined
        ? [endButton(grant)]
        : [...extensionButtons(grant), endButton(grant)];
    case "revoking":
      return [];
    case "denied":
    case "cancelled":
    case "lapsed":
    case "ended":
      return [againButton(grant)];
    default:
      throw new TypeError(`unknown state ${JSON.stringify(grant satisfies never)}`);
  }
}

/** Where approvers are told one by one, and there are too many of them for that. */
function told(grant: Grant, telling: Telling): readonly string[] {
  const { length } = telling.approvers;
  return isUndecided(grant) && notifyOf(telling) === "direct" && length > MOST_ASKED
    ? [`${MOST_ASKED} of its ${length} approvers were told directly`]
    : [];
}
