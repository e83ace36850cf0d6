// The steps that put the end of a grant off: what each leaves behind, and what the history tells of it.

import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import {
  approveExtension,
  askExtension,
  asksForExtension,
  denyExtension,
  extend,
} from "../../lib/grant/extension.ts";
import { dueOf, type Grant, isOver, wantsAccess } from "../../lib/grant/grant.ts";
import type { SlackUserId } from "../../lib/grant/ids.ts";
import { noteRefusal, revoke } from "../../lib/grant/steps.ts";
import { aGrant, aStep } from "../support/grants.ts";
import { ADA, BOB, HOUR, LEE } from "../support/world.ts";

const told = (grant: Grant) =>
  grant.history
    .filter(({ event }) => event.startsWith("exten"))
    .map(({ event, by, detail }) => [event, by, ...(detail === undefined ? [] : [detail])]);

const stepOf = (by: SlackUserId, at = aStep().at) => ({ ...aStep(at), by });

describe("askExtension", () => {
  it("asks once, and leaves the end where it is", () => {
    const active = aGrant().active().build();
    const asking = askExtension(active, stepOf(ADA));
    expect(asking).toMatchObject({
      status: "active",
      window: active.window,
      extension: { askedAt: aStep().at, approvals: [] },
    });
    expect(askExtension(asking, stepOf(ADA))).toBe(asking);
    expect(told(asking)).toEqual([["extension-asked", ADA]]);
  });
});

describe("approveExtension", () => {
  it("puts the end off with the last approval that the grant needs, and tells of each", () => {
    const asking = aGrantOfTwo();
    const once = approveExtension(asking, "platform-leads", stepOf(BOB));
    if (!asksForExtension(once)) throw new Error("one of two is not enough");
    expect(once.window).toEqual(asking.window);
    const twice = approveExtension(once, "S0LEADS", stepOf(LEE));
    expect(twice).not.toHaveProperty("extension");
    expect(twice.window).toEqual({
      ...asking.window,
      expiresAt: asking.window.expiresAt + HOUR,
      extensions: 1,
    });
    expect(told(twice)).toEqual([
      ["extension-asked", ADA],
      ["extension-approved", BOB, "1 of 2"],
      ["extension-approved", LEE, "2 of 2"],
      ["extended", LEE, "2026-11-22T16:01:00.000Z"],
    ]);
  });

  it("counts each approver once", () => {
    const once = approveExtension(aGrantOfTwo(), "platform-leads", stepOf(BOB));
    if (!asksForExtension(once)) throw new Error("one of two is not enough");
    expect(approveExtension(once, "platform-leads", stepOf(BOB))).toBe(once);
  });

  it("takes one approval where the request needed none", () => {
    const active = aGrant({ approvalsNeeded: 0 }).active().build();
    const asking = askExtension(active, stepOf(ADA));
    if (!asksForExtension(asking)) throw new Error("asked");
    const extended = approveExtension(asking, "platform-leads", stepOf(BOB));
    expect(extended.window.extensions).toBe(1);
    expect(told(extended)).toContainEqual(["extension-approved", BOB, "1 of 1"]);
  });
});

describe("denyExtension", () => {
  it("leaves the end where it is, says why, and can be asked for again", () => {
    const asking = aGrant().askingForExtension().build();
    const denied = denyExtension(asking, "the night shift takes over", stepOf(BOB));
    expect(denied).not.toHaveProperty("extension");
    expect(denied.window).toEqual(asking.window);
    expect(told(denied).at(-1)).toEqual(["extension-denied", BOB, "the night shift takes over"]);
    expect(told(denyExtension(asking, undefined, stepOf(BOB))).at(-1)).toEqual([
      "extension-denied",
      BOB,
    ]);
    expect(asksForExtension(askExtension(denied, stepOf(ADA)))).toBe(true);
  });
});

describe("extend", () => {
  it("puts the end off by as long as was asked for, whenever that happens, and counts how often", () => {
    const active = aGrant().active().build();
    fc.assert(
      fc.property(fc.array(fc.nat(10 * HOUR), { maxLength: 6 }), (times) => {
        const extended = times.reduce(
          (grant, at) => extend(grant, stepOf(ADA, aStep().at + at)),
          active,
        );
        const { startedAt, expiresAt, extensions = 0 } = extended.window;
        expect(extensions).toBe(times.length);
        expect(expiresAt - startedAt).toBe(HOUR * (1 + times.length));
        expect(extended.window.principalId).toBe(active.window.principalId);
        expect(told(extended)).toHaveLength(times.length);
      }),
    );
  });

  it("makes the grant due, and wanted, until the new end", () => {
    const active = aGrant().active().build();
    const extended = extend(active, stepOf(ADA));
    const { expiresAt } = extended.window;
    expect(dueOf(extended)).toEqual({ queue: "revoke", dueAt: expiresAt });
    expect(wantsAccess(extended, active.window.expiresAt)).toBe(true);
    expect(wantsAccess(extended, expiresAt)).toBe(false);
  });
});

describe("an extension that is asked for", () => {
  it("is gone once access is taken away, of which the window stays as it was", () => {
    const asking = aGrant().askingForExtension().build();
    const revoking = revoke(asking, { kind: "expired" }, aStep());
    expect(revoking).not.toHaveProperty("extension");
    expect(revoking).toMatchObject({ status: "revoking", window: asking.window });
  });

  it("stays while others are refused", () => {
    const asking = aGrant().askingForExtension().build();
    expect(noteRefusal(asking, "not-an-approver", aStep()).extension).toEqual(asking.extension);
  });
});

describe("an end by the broker itself", () => {
  it("says why in the history, when it begins and when the access is gone", () => {
    const cause = { kind: "revoked", by: "latchkey", why: "the requester has left" } as const;
    const ended = aGrant().ended(cause).build();
    expect(ended.history.slice(-2)).toMatchObject([
      { event: "revoking", detail: "the requester has left" },
      { event: "revoked", detail: "the requester has left" },
    ]);
  });
});

describe("isOver", () => {
  it("is true of what was never given or is gone, and of nothing else", () => {
    const grants = {
      pending: aGrant().pending(),
      approved: aGrant().approved(),
      active: aGrant().active(),
      revoking: aGrant().revoking(),
      denied: aGrant().denied(),
      cancelled: aGrant().cancelled(),
      lapsed: aGrant().lapsed(),
      ended: aGrant().ended(),
    };
    const over = Object.entries(grants).filter(([, grant]) => isOver(grant.build()));
    expect(over.map(([status]) => status)).toEqual(["denied", "cancelled", "lapsed", "ended"]);
  });
});

/** An active grant that needed two approvals, whose requester asks for more time. */
function aGrantOfTwo() {
  const active = { ...aGrant().active().build(), approvalsNeeded: 2 };
  const asking = askExtension(active, stepOf(ADA));
  if (!asksForExtension(asking)) throw new Error("asked");
  return asking;
}
