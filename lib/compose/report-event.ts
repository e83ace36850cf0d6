// A report of watch as it arrives in an event: checked before anyone acts on it.

import type { Finding, Report } from "../broker/findings.ts";
import { type Check, listOf, number, oneOf, optional, record, text, variants } from "../shape.ts";

type Shape<Kind extends Finding["kind"]> = Extract<Finding, { kind: Kind }>;

const ofGrant = { grant: text, entitlement: text, requester: text };
const atPlace = { place: text, assignment: text, holder: text, groups: listOf(text) };

const finding = variants<Finding, "kind">("kind", {
  overdue: record<Shape<"overdue">>({ kind: text, ...ofGrant, since: number }),
  "left-over": record<Shape<"left-over">>({ kind: text, ...atPlace }),
  missing: record<Shape<"missing">>({ kind: text, ...ofGrant, ...atPlace, until: number }),
  stopped: record<Shape<"stopped">>({ kind: text, sweep: text, since: optional(number) }),
  unreadable: record<Shape<"unreadable">>({
    kind: text,
    row: text,
    why: oneOf("undecodable", "newer-schema"),
  }),
  unseen: record<Shape<"unseen">>({ kind: text, place: text, problem: text }),
  unlent: record<Shape<"unlent">>({ kind: text, ...atPlace }),
});

const report: Check = record<Report>({ at: number, findings: listOf(finding), leftOut: number });

/** The report that an event holds; undefined for any other event. @throws TypeError where it is none. */
export function reportIn(event: unknown): Report | undefined {
  if (typeof event !== "object" || event === null || !("findings" in event)) return undefined;
  const problem = report(event, "event");
  if (problem !== undefined) throw new TypeError(`this is no report of watch: ${problem}`);
  return event as unknown as Report;
}
