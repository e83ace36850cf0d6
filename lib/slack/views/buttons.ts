// The buttons of a grant, each with what is asked before it counts. Who may click is checked when somebody does.

import type { Button } from "@slack/types";
import type { Background } from "../../broker/ports.ts";
import type { ActiveGrant, Grant, PendingGrant } from "../../grant/grant.ts";
import { formatDuration } from "../../policy/duration.ts";
import { ACTIONS } from "../names.ts";
import { byWhom, when } from "../text.ts";
import { timesWords } from "./background-words.ts";
import { button, confirmation } from "./blocks.ts";
import { titleOf } from "./grant-words.ts";

/** What can be done to a request; `background` is what its approver is reminded of. */
export function decisionButtons(grant: PendingGrant, background: Background | undefined): Button[] {
  return [
    button(ACTIONS.approve, "Approve", grant.id, named(grant), {
      style: "primary",
      confirm: confirmation(
        "Approve access?",
        `${byWhom(grant.requester)} gets ${titleOf(grant, 110)} for *${formatDuration(grant.durationMs)}*.${backgroundClause(background)}`,
        { yes: "Approve", no: "Back" },
      ),
    }),
    button(ACTIONS.deny, "Deny…", grant.id, `${grant.id}, opens a form for the reason`, {
      style: "danger",
    }),
  ];
}

/** What can be done to an extension that is asked for. */
export function extensionButtons(grant: ActiveGrant): Button[] {
  const until = when(grant.window.expiresAt + grant.durationMs);
  return [
    button(ACTIONS.approveExtension, "Approve extension", grant.id, named(grant), {
      style: "primary",
      confirm: confirmation(
        "Approve extension?",
        `${byWhom(grant.requester)} keeps ${titleOf(grant, 110)} until *${until}*, ${formatDuration(grant.durationMs)} more.`,
        { yes: "Approve", no: "Back" },
      ),
    }),
    button(
      ACTIONS.denyExtension,
      "Deny extension…",
      grant.id,
      `${grant.id}, opens a form for the reason`,
      { style: "danger" },
    ),
  ];
}

/** Opens everything about a request for who may decide on it. */
export function reviewButton(grant: Grant): Button {
  return button(ACTIONS.review, "Review", grant.id, named(grant));
}

/** Takes a request back; `text` says whose it is where not only they see it. */
export function cancelButton(grant: Grant, text: string): Button {
  return button(ACTIONS.cancel, text, grant.id, named(grant), {
    confirm: confirmation("Take the request back?", "Nobody can approve it any more.", {
      yes: "Take it back",
      no: "Keep",
      takes: true,
    }),
  });
}

/** Ends access early. */
export function endButton(grant: Grant): Button {
  return button(ACTIONS.end, "End now", grant.id, named(grant), {
    style: "danger",
    confirm: confirmation("End access now?", "The access is taken away at once.", {
      yes: "End now",
      no: "Keep",
      takes: true,
    }),
  });
}

/** Puts the end off, or asks that it be. */
export function extendButton(grant: ActiveGrant, by: "approval" | "self"): Button {
  const length = formatDuration(grant.durationMs);
  const text = by === "self" ? `Extend by ${length}` : `Ask for ${length} more`;
  return button(ACTIONS.extend, text, grant.id, named(grant));
}

/** Opens the form with what this grant was asked for with. */
export function againButton(grant: Grant): Button {
  return button(ACTIONS.again, "Request again", grant.id, named(grant));
}

function named(grant: Grant): string {
  return `${grant.id}, ${grant.entitlement.title}`;
}

function backgroundClause(background: Background | undefined): string {
  if (background === undefined) return "";
  const count = background.live.length;
  const live =
    count === 0 ? "nothing else" : count === 1 ? "1 more access" : `${count} more accesses`;
  return ` They have ${live} now. ${timesWords(background)}`;
}
