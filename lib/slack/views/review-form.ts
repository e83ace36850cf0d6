// A request, or an extension, as it lies before who decides: everything about it, to approve or to deny.

import type { KnownBlock } from "@slack/types";
import type { Background } from "../../broker/ports.ts";
import type { Grant } from "../../grant/grant.ts";
import type { Entitlement } from "../../policy/policy.ts";
import { ACTIONS, FORMS } from "../names.ts";
import { when } from "../text.ts";
import type { Modal } from "./answer-view.ts";
import { asksToExtend } from "./asked-words.ts";
import { actions, button, context, plain, section } from "./blocks.ts";
import { sentenceOf, titleOf } from "./grant-words.ts";
import { requestFacts } from "./request-facts.ts";

/** What is told beside the grant itself. */
export interface Beside {
  /** As access.yml has it now; undefined: it is gone. */
  readonly entitlement: Entitlement | undefined;
  /** What the requester has and had; undefined: that could not be read, which the form says. */
  readonly background: Background | undefined;
}

/** Submitting it approves; it carries the grant's id alone. */
export function reviewForm(grant: Grant, beside: Beside): Modal {
  const isExtension = asksToExtend(grant);
  return {
    type: "modal",
    callback_id: isExtension ? FORMS.reviewExtension : FORMS.review,
    private_metadata: grant.id,
    title: plain(isExtension ? "Review extension" : "Review request", 24),
    submit: plain("Approve", 24),
    close: plain("Back", 24),
    blocks: [
      section(`*${titleOf(grant)}*\n${sentenceOf(grant)}`),
      ...requestFacts(grant, beside),
      ...(beside.background === undefined ? [section(UNKNOWN)] : []),
      ...denyButton(grant, isExtension),
      context(`${grant.id} · asked ${when(grant.requestedAt)}`),
    ],
  };
}

const UNKNOWN = "What else they have, and how often they had this, could not be read just now.";

function denyButton(grant: Grant, isExtension: boolean): KnownBlock[] {
  const action = isExtension ? ACTIONS.denyExtension : ACTIONS.deny;
  const label = `${grant.id}, opens a form for the reason`;
  return actions(`deny.${grant.id}`, [
    button(action, "Deny…", grant.id, label, { style: "danger" }),
  ]);
}
