// What the log and the figures say of a grant's steps: a line for each, with the grant's id, and what is counted by it.

import type { Grant, HistoryEntry } from "../grant/grant.ts";
import type { MetricName, Ports } from "./ports.ts";

type Event = HistoryEntry["event"];

/** Figures that go by a step alone. */
const COUNTED: Partial<Record<Event, readonly MetricName[]>> = {
  requested: ["requests"],
  denied: ["denials"],
  lapsed: ["lapses"],
  expired: ["ends"],
  revoked: ["ends"],
  failed: ["ends", "failedGrants"],
};

/** What somebody should know of who looks for trouble. */
const TROUBLE: ReadonlySet<Event> = new Set(["drifted", "failed"]);

/**
 * Tells every step that `grant` has made since it was `before`, or since it was asked for. To be called once
 * that is stored. NB. Of the history's entries no `detail`: a denial is what somebody typed.
 */
export function tellSteps(
  { log, metrics }: Pick<Ports, "log" | "metrics">,
  grant: Grant,
  before?: Grant,
): void {
  const { id, entitlement, status } = grant;
  for (const { event, by, from } of grant.history.slice(before?.history.length ?? 0)) {
    // A try that did not get there is no step; whoever tried has logged why.
    if (event === "retrying") continue;
    const say = TROUBLE.has(event) ? log.warn : log.info;
    say(`grant ${event}`, { grant: id, entitlement: entitlement.id, status, by, from });
    for (const name of COUNTED[event] ?? []) metrics.note(name, 1);
  }
  if (grant.status !== "approved" || before?.status === "approved") return;
  metrics.note("approvals", 1);
  // Where nobody has to decide, nobody takes time for it.
  if (grant.approvalsNeeded > 0) {
    metrics.note("approvalSeconds", (grant.approvedAt - grant.requestedAt) / 1_000);
  }
}
