// Putting an end off, through the broker's verbs: asked for, approved, denied, at once; and access that lasts as told.

import { describe, expect, it } from "@jest/globals";
import { approveRequest, checkApprove, endAccess } from "../../lib/broker/decide-request.ts";
import {
  approveExtension,
  checkDenyExtension,
  denyExtension,
  extendAccess,
} from "../../lib/broker/extend-access.ts";
import type { ActiveGrant } from "../../lib/grant/grant.ts";
import type { SlackUserId } from "../../lib/grant/ids.ts";
import type { Entitlement } from "../../lib/policy/policy.ts";
import {
  ADA,
  anEntitlement,
  BOB,
  CAT,
  createWorld,
  EVE,
  HOUR,
  LEE,
  MINUTE,
} from "../support/world.ts";

const BY_APPROVAL = { extend: { max: 2, by: "approval" } } as const;
const ALONE = { extend: { max: 1, by: "self" } } as const;

/** A grant of an hour that is active, and what people may do to its end. */
async function anActiveGrant(more: Partial<Entitlement>) {
  const world = createWorld([anEntitlement("web-pods-read", more)]);
  const grantId = await world.approved("web-pods-read");
  await world.provision();
  world.kicks.length = 0;
  const by = (person: SlackUserId) => ({ grantId, by: person, from: "slack:D0ADA" });
  return {
    world,
    grantId,
    grant: () => world.grant(grantId) as Promise<ActiveGrant>,
    ask: (person = ADA) => extendAccess(world.ports, by(person)),
    approve: (person = BOB) => approveExtension(world.ports, by(person)),
    deny: (person = BOB, denial = "hand over to the night shift") =>
      denyExtension(world.ports, { ...by(person), denial }),
    by,
  };
}

const codes = (outcome: { outcome: string; reasons?: readonly { code: string }[] }) =>
  outcome.reasons?.map(({ code }) => code) ?? outcome.outcome;

describe("an extension that the requester decides alone", () => {
  it("puts the end off at once, tells Slack, and is taken back at the new end", async () => {
    const { world, grantId, grant, ask } = await anActiveGrant(ALONE);
    const { expiresAt } = (await grant()).window;
    expect(await ask()).toMatchObject({
      outcome: "done",
      grant: { status: "active", window: { expiresAt: expiresAt + HOUR, extensions: 1 } },
    });
    expect(world.kicks).toEqual([{ worker: "announce", grants: [grantId] }]);
    world.advance(HOUR + MINUTE);
    await world.revoke();
    expect(await grant()).toMatchObject({ status: "active" });
    expect(world.groups.there.size).toBe(1);
    world.advance(HOUR);
    await world.revoke();
    expect(await grant()).toMatchObject({ status: "ended", cause: { kind: "expired" } });
    expect(world.groups.there.size).toBe(0);
  });

  it("is refused once it has been extended enough, which the history keeps", async () => {
    const { grant, ask } = await anActiveGrant(ALONE);
    await ask();
    expect(codes(await ask())).toEqual(["extended-enough"]);
    expect((await grant()).history.at(-1)).toMatchObject({
      event: "refused",
      by: ADA,
      detail: "extended-enough",
    });
  });

  it("happens once for two clicks at the same moment", async () => {
    const { grant, ask } = await anActiveGrant({ extend: { max: 1, by: "self" } });
    const { expiresAt } = (await grant()).window;
    const both = await Promise.all([ask(), ask()]);
    expect(both.map(({ outcome }) => outcome).sort()).toEqual(["done", "refused"]);
    expect((await grant()).window.expiresAt).toBe(expiresAt + HOUR);
  });
});

describe("an extension that takes approval", () => {
  it("moves nothing until somebody else approves it", async () => {
    const { world, grantId, grant, ask, approve } = await anActiveGrant(BY_APPROVAL);
    const { expiresAt } = (await grant()).window;
    expect(await ask()).toMatchObject({
      outcome: "done",
      grant: { extension: { approvals: [] }, window: { expiresAt } },
    });
    expect(codes(await approve(ADA))).toEqual(["own-request"]);
    expect(codes(await approve(EVE))).toEqual(["not-an-approver"]);
    expect((await grant()).window.expiresAt).toBe(expiresAt);
    world.kicks.length = 0;
    expect(await approve()).toMatchObject({
      outcome: "done",
      grant: { window: { expiresAt: expiresAt + HOUR, extensions: 1 } },
    });
    expect(world.kicks).toEqual([{ worker: "announce", grants: [grantId] }]);
    expect(await approve(LEE)).toMatchObject({ outcome: "too-late", grant: { status: "active" } });
  });

  it("needs as many approvals as the request did", async () => {
    const world = createWorld([
      anEntitlement("web-pods-read", {
        ...BY_APPROVAL,
        approval: { kind: "approvers", by: ["platform-leads"], count: 2, notify: "none" },
      }),
    ]);
    const grantId = await world.approved("web-pods-read");
    const act = (by: SlackUserId) => ({ grantId, by, from: "test" });
    await approveRequest(world.ports, act(LEE));
    await world.provision();
    await extendAccess(world.ports, act(ADA));
    expect(await approveExtension(world.ports, act(LEE))).toMatchObject({
      grant: { extension: { approvals: [{ by: LEE, via: "platform-leads" }] } },
    });
    expect(codes(await approveExtension(world.ports, act(LEE)))).toEqual([
      "already-approved-by-you",
    ]);
    const last = await approveExtension(world.ports, act(BOB));
    expect(last).toMatchObject({ outcome: "done", grant: { window: { extensions: 1 } } });
  });

  it("is denied by who may decide, with the reason in the history, and can be asked for again", async () => {
    const { grant, ask, deny, approve } = await anActiveGrant(BY_APPROVAL);
    const { expiresAt } = (await grant()).window;
    await ask();
    expect(codes(await deny(EVE))).toEqual(["not-an-approver"]);
    expect(await deny()).toMatchObject({ outcome: "done", grant: { status: "active" } });
    const denied = await grant();
    expect(denied).not.toHaveProperty("extension");
    expect(denied.window.expiresAt).toBe(expiresAt);
    expect(denied.history.at(-1)).toMatchObject({
      event: "extension-denied",
      by: BOB,
      detail: "hand over to the night shift",
    });
    expect(await approve()).toMatchObject({ outcome: "too-late" });
    expect(await ask()).toMatchObject({ outcome: "done" });
  });

  it("is gone with the end of the window", async () => {
    const { world, grant, ask, approve } = await anActiveGrant(BY_APPROVAL);
    await ask();
    world.advance(HOUR - 2 * MINUTE);
    expect(codes(await approve())).toEqual(["too-close-to-the-end"]);
    world.advance(2 * MINUTE);
    await world.revoke();
    const ended = await grant();
    expect(ended).toMatchObject({ status: "ended", cause: { kind: "expired" } });
    expect(ended).not.toHaveProperty("extension");
    expect(await approve()).toMatchObject({ outcome: "too-late" });
    expect(world.groups.there.size).toBe(0);
  });

  it("is lost to an end that comes first", async () => {
    const { world, grant, ask, approve, by } = await anActiveGrant(BY_APPROVAL);
    await ask();
    await Promise.all([approve(), endAccess(world.ports, by(CAT))]);
    expect(await grant()).toMatchObject({ status: "revoking" });
    await world.revoke();
    expect(world.groups.there.size).toBe(0);
  });

  it("is not approved once the policy of now would not allow it", async () => {
    const { world, ask, approve } = await anActiveGrant(BY_APPROVAL);
    await ask();
    const policy = world.policy();
    const entitlements = { "web-pods-read": anEntitlement("web-pods-read") };
    world.deploy({ ...policy, entitlements });
    expect(codes(await approve())).toEqual(["not-extendable"]);
    world.deploy({ ...policy, people: {} });
    expect(codes(await approve())).toEqual(["person-changed"]);
    world.deploy(policy);
    expect(await approve()).toMatchObject({ outcome: "done" });
  });
});

describe("who is no full member of the workspace", () => {
  it("extends nothing, approves nothing, and has nothing approved", async () => {
    const { world, grant, ask, approve, deny } = await anActiveGrant(BY_APPROVAL);
    const { expiresAt } = (await grant()).window;
    world.standings.set(ADA, "guest");
    expect(codes(await ask())).toEqual(["not-one-of-us"]);
    world.standings.delete(ADA);
    await ask();
    world.standings.set(BOB, "untold").set(ADA, "deactivated");
    expect(codes(await approve())).toEqual(["standing-unknown", "not-one-of-us"]);
    expect(codes(await approve(LEE))).toEqual(["not-one-of-us"]);
    expect(codes(await deny())).toEqual(["standing-unknown"]);
    expect(await grant()).toMatchObject({ window: { expiresAt }, extension: { approvals: [] } });
  });
});

describe("looking before a form is opened", () => {
  it("says of an extension what a click would come to, and writes nothing", async () => {
    const { world, grant, ask, by } = await anActiveGrant(BY_APPROVAL);
    const check = async (person: SlackUserId) => [
      codes(await checkApprove(world.ports, by(person))),
      codes(await checkDenyExtension(world.ports, by(person))),
    ];
    expect(await check(BOB)).toEqual(["too-late", "too-late"]);
    await ask();
    const before = await grant();
    expect(await check(BOB)).toEqual(["may", "may"]);
    expect(await check(CAT)).toEqual([["not-an-approver"], "may"]);
    expect(await check(ADA)).toEqual([["own-request"], ["not-an-approver"]]);
    world.standings.set(BOB, "outsider");
    expect(await check(BOB)).toEqual([["not-one-of-us"], ["not-one-of-us"]]);
    expect(await grant()).toEqual(before);
  });
});
