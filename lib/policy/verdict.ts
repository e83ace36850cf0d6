// Verdicts: what the policy says of a request or a click, with every reason and not only the first.

/** A yes, or a no with all its reasons. */
export type Verdict<Yes = object> =
  | ({ readonly allowed: true } & Yes)
  | { readonly allowed: false; readonly reasons: readonly Reason[] };

/** One reason for a no, in words for the person who asked. */
export interface Reason {
  readonly code: ReasonCode;
  readonly message: string;
  /** The field of the form that it belongs to. */
  readonly field?: "entitlement" | "duration" | "reason" | "ticket";
}

export type ReasonCode =
  | "unknown-entitlement"
  | "not-a-requester"
  | "no-aws-identity"
  | "duration-too-long"
  | "duration-too-short"
  | "duration-unreadable"
  | "reason-missing"
  | "reason-too-long"
  | "ticket-missing"
  | "ticket-mismatch"
  | "not-an-approver"
  | "own-request"
  | "same-principal"
  | "already-approved-by-you"
  | "membership-unknown"
  | "not-the-requester"
  | "may-not-end"
  | "entitlement-changed"
  | "entitlement-gone"
  | "person-changed"
  | "approver-gone"
  | "too-few-approvals"
  | "request-lapsed"
  | "standing-unknown"
  | "not-one-of-us"
  | "not-extendable"
  | "extended-enough"
  | "extension-asked-already"
  | "too-close-to-the-end"
  | "no-extension-asked";

export function no(...reasons: readonly Reason[]): Verdict<never> {
  return { allowed: false, reasons };
}
