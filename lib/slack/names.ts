// The names that tie what Slack shows to what happens on a click: actions, forms and their fields.

/** Buttons; each carries a grant's id and nothing else. */
export const ACTIONS = {
  approve: "latchkey_approve",
  deny: "latchkey_deny",
  cancel: "latchkey_cancel",
  end: "latchkey_end",
  openForm: "latchkey_open_form",
} as const;

/** Forms, by their callback ids. */
export const FORMS = {
  request: "latchkey_request",
  deny: "latchkey_deny_form",
} as const;

/** The fields of the request form, by their block ids; every element is called `value`. */
export const FIELDS = {
  entitlement: "entitlement",
  duration: "duration",
  reason: "reason",
  ticket: "ticket",
  denial: "denial",
} as const;

export const ELEMENT = "value";

/** The slash command. */
export const COMMAND = "/access";
