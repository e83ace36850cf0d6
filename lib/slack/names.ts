// The names that tie what Slack shows to what happens on a click: actions, forms and their fields.

/** Buttons; each carries a grant's id and nothing else, `openForm` an entitlement's. */
export const ACTIONS = {
  approve: "latchkey_approve",
  deny: "latchkey_deny",
  cancel: "latchkey_cancel",
  end: "latchkey_end",
  extend: "latchkey_extend",
  approveExtension: "latchkey_approve_extension",
  denyExtension: "latchkey_deny_extension",
  /** Opens the form with what an earlier grant asked for. */
  again: "latchkey_again",
  /** Opens the request for who may decide on it, with everything about it. */
  review: "latchkey_review",
  openForm: "latchkey_open_form",
} as const;

/** The global shortcut's callback id. */
export const SHORTCUT = "latchkey_request_access";

/** Forms, by their callback ids. */
export const FORMS = {
  request: "latchkey_request",
  deny: "latchkey_deny_form",
  review: "latchkey_review_form",
  denyExtension: "latchkey_deny_extension_form",
  reviewExtension: "latchkey_review_extension_form",
} as const;

/** Events that Slack sends. */
export const EVENTS = {
  homeOpened: "app_home_opened",
  uninstalled: "app_uninstalled",
  tokensRevoked: "tokens_revoked",
} as const;

/** The fields of the forms, by their block ids; every element is called `value`. */
export const FIELDS = {
  entitlement: "entitlement",
  duration: "duration",
  reason: "reason",
  ticket: "ticket",
  denial: "denial",
} as const;

export const ELEMENT = "value";

/**
 * The block id of a field that starts anew with every entitlement: Slack keeps what was entered where a
 * block's id and its element's stay the same, as they do for the reason.
 */
export function fieldOf(field: "duration" | "ticket", entitlementId: string): string {
  return `${FIELDS[field]}.${entitlementId}`;
}

/** The slash command. */
export const COMMAND = "/access";
