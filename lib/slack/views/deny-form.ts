// The form for a denial, of a request or of an extension: it asks why, for the requester.

import type { Grant } from "../../grant/grant.ts";
import { LONGEST_REASON } from "../../policy/may.ts";
import { FIELDS, FORMS } from "../names.ts";
import type { Modal } from "./answer-view.ts";
import { askedWords, asksToExtend } from "./asked-words.ts";
import { plain, section, textInput } from "./blocks.ts";

/** The form for denying what `grant`'s requester asks for; it carries the grant's id alone. */
export function denyForm(grant: Grant): Modal {
  return {
    type: "modal",
    callback_id: asksToExtend(grant) ? FORMS.denyExtension : FORMS.deny,
    private_metadata: grant.id,
    title: plain(asksToExtend(grant) ? "Deny extension" : "Deny request", 24),
    submit: plain("Deny", 24),
    close: plain("Back", 24),
    blocks: [
      section(askedWords(grant)),
      textInput(FIELDS.denial, "Why not?", {
        hint: "The requester reads this, and it is kept in the record.",
        multiline: true,
        optional: true,
        max: LONGEST_REASON,
      }),
    ],
  };
}
