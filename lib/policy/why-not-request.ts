// What speaks against a request: the reasons, field by field, in words for the person who asks.

import type { SlackUserId } from "../grant/ids.ts";
import { accountOf } from "../grant/target-spec.ts";
import { EXAMPLES, formatDuration, readDuration, SHORTEST_MS } from "./duration.ts";
import { membership } from "./membership.ts";
import type { Entitlement, PersonBinding, Policy, Usergroups } from "./policy.ts";
import type { Reason } from "./verdict.ts";

/** What a request's reason and ticket may hold, in characters. */
export const LONGEST_REASON = 1000;
export const LONGEST_TICKET = 200;
// `ok` is no reason that an approver, or an auditor a year later, can do anything with.
const FEWEST_CHARACTERS = 3;

export const UNKNOWN_MEMBERSHIP: Reason = {
  code: "membership-unknown",
  message: "Slack did not say who is in the user group that this depends on. Try again shortly.",
};

export function whyNoRequester(
  policy: Policy,
  usergroups: Usergroups,
  { requesters, title }: Entitlement,
  by: SlackUserId,
): Reason[] {
  const { is } = membership(policy, usergroups, requesters, by);
  if (is === "member") return [];
  if (is === "unknown") return [{ ...UNKNOWN_MEMBERSHIP, field: "entitlement" }];
  const message = `${title} is for ${requesters.join(", ")}; you are not among them.`;
  return [{ code: "not-a-requester", message, field: "entitlement" }];
}

export function whyNoPrincipal(
  { targets }: Entitlement,
  person: PersonBinding | undefined,
): Reason[] {
  if (person === undefined) {
    const message =
      "Nothing says who you are in AWS. Ask an admin to add you to the people of access.yml.";
    return [{ code: "no-aws-identity", message, field: "entitlement" }];
  }
  // NB. IAM takes members by name: in another account that name is another person.
  const [foreign] = targets
    .filter((target) => target.kind === "iam-group")
    .filter(({ arn }) => accountOf(arn) !== accountOf(person.iamUser));
  if (foreign === undefined) return [];
  const message = `This is a group of account ${accountOf(foreign.arn)}; your IAM user is in another.`;
  return [{ code: "no-aws-identity", message, field: "entitlement" }];
}

/** The duration in ms, whether or not it is allowed; undefined where it is none. */
export function durationOf(
  asked: string | number | undefined,
  { duration }: Entitlement,
): number | undefined {
  if (typeof asked === "number") return Number.isSafeInteger(asked) ? asked : undefined;
  if (asked === undefined || asked.trim() === "") return duration.defaultMs;
  return readDuration(asked);
}

export function whyNotThatLong(
  durationMs: number | undefined,
  { duration }: Entitlement,
): Reason[] {
  const field = "duration";
  if (durationMs === undefined) {
    return [{ code: "duration-unreadable", message: `Write ${EXAMPLES}.`, field }];
  }
  if (durationMs < SHORTEST_MS) {
    return [{ code: "duration-too-short", message: "The least is 1 minute.", field }];
  }
  if (durationMs > duration.maxMs) {
    const message = `The most is ${formatDuration(duration.maxMs)}.`;
    return [{ code: "duration-too-long", message, field }];
  }
  return [];
}

export function whyNotThatReason(reason: string, entitlement: Entitlement): Reason[] {
  const field = "reason";
  if (reason.length > LONGEST_REASON) {
    const message = `At most ${LONGEST_REASON} characters; these are ${reason.length}.`;
    return [{ code: "reason-too-long", message, field }];
  }
  const characters = reason.replace(/\s/g, "").length;
  if (entitlement.reason === "required" && characters < FEWEST_CHARACTERS) {
    return [{ code: "reason-missing", message: "Say what you need the access for.", field }];
  }
  return [];
}

export function whyNotThatTicket(ticket: string, entitlement: Entitlement): Reason[] {
  const field = "ticket";
  const { pattern, required = false } = entitlement.ticket ?? {};
  if (ticket === "") {
    if (!required) return [];
    return [{ code: "ticket-missing", message: `Name a ticket that matches ${pattern}.`, field }];
  }
  if (ticket.length > LONGEST_TICKET) {
    return [{ code: "ticket-mismatch", message: `At most ${LONGEST_TICKET} characters.`, field }];
  }
  if (pattern === undefined || matches(pattern, ticket)) return [];
  return [{ code: "ticket-mismatch", message: `A ticket here matches ${pattern}.`, field }];
}

/** A pattern that cannot be used matches nothing. */
function matches(pattern: string, text: string): boolean {
  try {
    return new RegExp(pattern).test(text);
  } catch {
    return false;
  }
}
