// Builds grants for tests, showing only the fact that matters: `aGrant().approved().build()`.

import {
  type AskingGrant,
  askExtension,
  asksForExtension,
  extend,
} from "../../lib/grant/extension.ts";
import type { EndCause, Grant, GrantFacts } from "../../lib/grant/grant.ts";
import { grantIdFrom } from "../../lib/grant/ids.ts";
import {
  activate,
  approve,
  begin,
  cancel,
  close,
  deny,
  hasBegun,
  lapse,
  request,
  revoke,
} from "../../lib/grant/steps.ts";
import { ADA, BOB, GROUP, HOUR } from "./world.ts";

/** 2026-11-22 14:00 UTC. */
export const ASKED_AT = Date.UTC(2026, 10, 22, 14);

const FACTS: Omit<GrantFacts, "history"> = {
  id: grantIdFrom(new Uint8Array(10)),
  entitlement: { id: "web-pods-read", title: "Web projects: read pods" },
  requester: ADA,
  principal: "arn:aws:iam::111122223333:user/iam-bttrm-web-user-1" as GrantFacts["principal"],
  targets: [GROUP],
  durationMs: HOUR,
  reason: "pods of proj-1 restart",
  approvalsNeeded: 1,
  approverGroups: ["platform-leads"],
  channel: "C0ACCESS",
  policyHash: "0123456789abcdef",
  requestedAt: ASKED_AT,
};

/** A step of Bob's, a minute after the request unless said otherwise. */
export function aStep(at = ASKED_AT + 60_000) {
  return { at, by: BOB, from: "test", policyHash: "0123456789abcdef" } as const;
}

/** A pending request, and the states that can follow it. */
export function aGrant(facts: Partial<Omit<GrantFacts, "history">> = {}) {
  const opened = request({ ...FACTS, ...facts }, ASKED_AT + 24 * HOUR, {
    ...aStep(ASKED_AT),
    by: ADA,
  });
  const pending = opened.status === "pending" ? opened : undefined;
  const undecided = () => pending ?? fail("it is approved automatically");
  const approved = () => {
    const next = pending === undefined ? opened : approve(pending, "platform-leads", aStep());
    return next.status === "approved" ? next : fail("more approvals are needed");
  };
  const begun = () => {
    const next = begin(approved(), "AIDACKCEVSQ6C2EXAMPLE", aStep());
    return hasBegun(next) ? next : fail("it has not begun");
  };
  const active = () => activate(begun(), aStep());
  const asking = (): AskingGrant => {
    const next = askExtension(active(), { ...aStep(), by: ADA });
    return asksForExtension(next) ? next : fail("no extension is asked for");
  };
  const revoking = (cause: EndCause = { kind: "expired" }) => revoke(active(), cause, aStep());
  const built = <G extends Grant>(make: () => G) => ({ build: make });
  return {
    build: () => opened,
    pending: () => built(undecided),
    approved: () => built(approved),
    begun: () => built(begun),
    active: () => built(active),
    askingForExtension: () => built(asking),
    extended: () => built(() => extend(active(), { ...aStep(), by: ADA })),
    revoking: (cause?: EndCause) => built(() => revoking(cause)),
    ended: (cause?: EndCause) => built(() => close(revoking(cause), aStep())),
    failedBeforeItBegan: (message: string) =>
      built(() => revoke(approved(), { kind: "failed", code: "group-missing", message }, aStep())),
    denied: (denial?: string) => built(() => deny(undecided(), denial, aStep())),
    cancelled: () => built(() => cancel(undecided(), aStep())),
    lapsed: () => built(() => lapse(undecided(), aStep())),
  };
}

function fail(why: string): never {
  throw new TypeError(why);
}
