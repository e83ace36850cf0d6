// The steps of a grant: which states follow which, what each remembers, and when the broker looks again.

import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { dueOf, endDueAt, provisionDueAt, wantsAccess } from "../../lib/grant/grant.ts";
import {
  approve,
  LONGEST_PAUSE_MS,
  noteDrift,
  pauseAfter,
  postpone,
  revoke,
} from "../../lib/grant/steps.ts";
import { ASKED_AT, aGrant, aStep } from "../support/grants.ts";
import { BOB, HOUR, LEE } from "../support/world.ts";

describe("request", () => {
  it("waits for a decision, and lapses without one", () => {
    const grant = aGrant().build();
    expect(grant).toMatchObject({ status: "pending", approvals: [] });
    expect(dueOf(grant)).toEqual({ queue: "lapse", dueAt: ASKED_AT + 24 * HOUR });
  });

  it("is approved at once where no approval is needed, and says so", () => {
    const grant = aGrant({ approvalsNeeded: 0 }).build();
    expect(grant).toMatchObject({ status: "approved", approvals: [] });
    expect(grant.history.at(-1)).toMatchObject({
      event: "approved",
      by: "latchkey",
      detail: "automatic",
    });
  });
});

describe("approve", () => {
  it("counts each approver once", () => {
    const pending = aGrant({ approvalsNeeded: 2 }).pending().build();
    const once = approve(pending, "platform-leads", aStep());
    if (once.status !== "pending") throw new Error("one of two is not enough");
    expect(approve(once, "platform-leads", aStep())).toBe(once);
    const twice = approve(once, "platform-leads", { ...aStep(), by: LEE });
    expect(twice).toMatchObject({ status: "approved", approvals: [{ by: BOB }, { by: LEE }] });
  });

  it("leaves no field of the pending state behind", () => {
    expect(aGrant().approved().build()).not.toHaveProperty("lapsesAt");
  });
});

describe("begin", () => {
  it("counts the window from the moment that access begins", () => {
    const { window } = aGrant({ durationMs: HOUR }).begun().build();
    expect(window.expiresAt - window.startedAt).toBe(HOUR);
    expect(window.startedAt).toBe(aStep().at);
  });

  it("moves the grant to the queue that revoke reads too, due no later than its end", () => {
    const begun = aGrant({ durationMs: HOUR }).begun().build();
    const late = postpone(begun, "no answer", aStep(begun.window.expiresAt - 1_000), 60_000);
    expect(dueOf(late)).toEqual({ queue: "begun", dueAt: begun.window.expiresAt });
    expect(endDueAt(late)).toBe(begun.window.expiresAt);
    expect(provisionDueAt(late)).toBe(begun.window.expiresAt + 59_000);
  });
});

describe("revoke", () => {
  it("ends at once what never began", () => {
    expect(revoke(aGrant().approved().build(), { kind: "expired" }, aStep())).toMatchObject({
      status: "ended",
    });
  });

  it("keeps the window and the principal, so that the row alone is enough to end it", () => {
    const grant = aGrant().revoking().build();
    expect(grant.window.principalId).toBe("AIDACKCEVSQ6C2EXAMPLE");
    expect(grant.targets).toHaveLength(1);
    expect(dueOf(grant)).toEqual({ queue: "revoke", dueAt: aStep().at });
  });
});

describe("postpone", () => {
  it("pauses longer each time, up to a bound, and never gives up", () => {
    fc.assert(
      fc.property(fc.nat(100_000), (attempts) => {
        expect(pauseAfter(attempts)).toBeGreaterThan(0);
        expect(pauseAfter(attempts)).toBeLessThanOrEqual(LONGEST_PAUSE_MS);
        expect(pauseAfter(attempts + 1)).toBeGreaterThanOrEqual(pauseAfter(attempts));
      }),
    );
  });

  it("does not let the history grow without bound", () => {
    let grant = aGrant().revoking().build();
    for (let n = 0; n < 1_000; n++) grant = postpone(grant, "unreachable", aStep());
    expect(grant.waiting.attempts).toBe(1_000);
    expect(grant.history.length).toBeLessThan(20);
  });
});

describe("noteDrift", () => {
  it("writes the same finding down once", () => {
    const once = noteDrift(aGrant().revoking().build(), "removed by hand", aStep());
    expect(noteDrift(once, "removed by hand", aStep())).toEqual(once);
    const both = noteDrift(once, "changed by hand", aStep());
    expect(both.history.filter(({ event }) => event === "drifted")).toHaveLength(2);
  });
});

describe("wantsAccess", () => {
  it("is true from the intent to the end of the window, and never after it", () => {
    const begun = aGrant().begun().build();
    expect(wantsAccess(aGrant().approved().build(), aStep().at)).toBe(false);
    expect(wantsAccess(begun, begun.window.expiresAt - 1)).toBe(true);
    expect(wantsAccess(begun, begun.window.expiresAt)).toBe(false);
    expect(wantsAccess(aGrant().active().build(), begun.window.expiresAt)).toBe(false);
    expect(wantsAccess(aGrant().revoking().build(), begun.window.startedAt)).toBe(false);
  });
});
