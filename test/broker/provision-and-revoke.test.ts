// The grant's life through the broker's verbs: given once, held while wanted, taken away on time, whatever fails.

import { describe, expect, it } from "@jest/globals";
import {
  approveRequest,
  cancelRequest,
  denyRequest,
  endAccess,
} from "../../lib/broker/decide-request.ts";
import { provisionDue } from "../../lib/broker/provision.ts";
import { requestAccess } from "../../lib/broker/request-access.ts";
import { endDue } from "../../lib/broker/revoke-due.ts";
import type { Policy } from "../../lib/policy/policy.ts";
import {
  ADA,
  anEntitlement,
  aPolicy,
  BOB,
  CAT,
  createWorld,
  EVE,
  GROUP,
  HOUR,
  LEE,
  MAPPING,
  MINUTE,
} from "../support/world.ts";

describe("a grant's life", () => {
  it("begins when the access is written, not when it was asked for", async () => {
    const world = createWorld();
    const id = await world.approved("web-pods-read");
    world.advance(10 * MINUTE);
    await world.provision();
    const grant = await world.grant(id);
    expect(grant).toMatchObject({
      status: "active",
      window: { expiresAt: world.now() + HOUR, principalId: "AIDACKCEVSQ6C2EXAMPLE" },
    });
    expect(world.groups.there.size).toBe(1);
  });

  it("ends when the window is over, and not a minute sooner", async () => {
    const world = createWorld();
    const id = await world.approved("both");
    await world.provision();
    world.advance(HOUR - 2 * MINUTE);
    await world.revoke();
    expect(await world.grant(id)).toMatchObject({ status: "active" });
    world.advance(2 * MINUTE);
    await world.revoke();
    expect(await world.grant(id)).toMatchObject({ status: "ended", cause: { kind: "expired" } });
    expect([...world.groups.there, ...world.clusters.there]).toEqual([]);
  });

  it("is ended within a second by a sweep that stays for it", async () => {
    const world = createWorld();
    const id = await world.approved("web-pods-read");
    await world.provision();
    const { window } = (await world.grant(id)) as { window: { expiresAt: number } };
    world.advance(window.expiresAt - 40_000 - world.now());
    await world.revoke();
    const [taken] = world.groups.writes.filter(({ what }) => what === "take");
    expect(taken?.at).toBeGreaterThanOrEqual(window.expiresAt);
    expect(taken?.at).toBeLessThanOrEqual(window.expiresAt + 1_000);
  });

  it("can be told from its history alone", async () => {
    const world = createWorld();
    const id = await world.approved("web-pods-read");
    await world.provision();
    world.advance(HOUR);
    await world.revoke();
    const { history } = await world.grant(id);
    expect(history.map(({ event, by }) => `${event} by ${by}`)).toEqual([
      "requested by U0ADA",
      "approved by U0BOB",
      "begun by latchkey",
      "active by latchkey",
      "revoking by latchkey",
      "expired by latchkey",
    ]);
    expect(new Set(history.map(({ policyHash }) => policyHash))).toEqual(
      new Set(["0123456789abcdef"]),
    );
  });

  it("lapses when nobody decides", async () => {
    const world = createWorld();
    const asked = await requestAccess(world.ports, {
      by: ADA,
      entitlementId: "web-pods-read",
      from: "test",
    });
    if (!asked.allowed) throw new Error("refused");
    world.advance(24 * HOUR);
    await world.revoke();
    expect(await world.grant(asked.grant.id)).toMatchObject({ status: "lapsed" });
  });

  it("is not touched before its time, whoever kicks", async () => {
    const world = createWorld();
    const id = await world.approved("web-pods-read");
    world.groups.unreachable = true;
    await provisionDue(world.ports, world.run(), [await world.stored(id)]);
    world.groups.unreachable = false;
    const waiting = await world.stored(id);
    await provisionDue(world.ports, world.run(), [waiting]); // not before its pause is over
    await endDue(world.ports, world.run(), [waiting]);
    expect(await world.stored(id)).toEqual(waiting);
    await world.provision();
    const active = await world.stored(id);
    await endDue(world.ports, world.run(), [active]);
    await provisionDue(world.ports, world.run(), [active]);
    expect(await world.stored(id)).toEqual(active);
  });

  it("expires also where provision is the first to see that its window is over", async () => {
    const world = createWorld();
    const id = await world.approved("web-pods-read");
    world.groups.lostAnswers = 1;
    await provisionDue(world.ports, world.run(), [await world.stored(id)]);
    world.advance(HOUR);
    await world.provision();
    expect(await world.grant(id)).toMatchObject({ status: "revoking", cause: { kind: "expired" } });
  });

  it("needs nobody where the entitlement is approved automatically", async () => {
    const world = createWorld([anEntitlement("view", { approval: { kind: "automatic" } })]);
    const id = await world.approved("view");
    expect(world.kicks).toContainEqual({ worker: "provision", grants: [id] });
    await world.provision([id]);
    expect(await world.grant(id)).toMatchObject({ status: "active", approvals: [] });
  });
});

describe("overlapping grants", () => {
  it.each(["web-pods-read", "web-pods-mapping"])(
    "keep the access of %s until the last one ends",
    async (entitlement) => {
      const world = createWorld();
      const target = entitlement === "web-pods-read" ? world.groups : world.clusters;
      const first = await world.approved(entitlement, HOUR);
      const second = await world.approved(entitlement, 2 * HOUR);
      await world.provision();
      await world.provision();
      world.advance(HOUR);
      await world.revoke();
      expect(await world.grant(first)).toMatchObject({ status: "ended" });
      expect(await world.grant(second)).toMatchObject({ status: "active" });
      expect(target.there.size).toBe(1);
      world.advance(HOUR);
      await world.revoke();
      expect(await world.grant(second)).toMatchObject({ status: "ended" });
      expect(target.there.size).toBe(0);
    },
  );

  it("leave standing access where it was", async () => {
    const world = createWorld();
    const before = await world.approved("web-pods-read");
    await world.provision();
    const [key] = world.groups.there;
    await endAccess(world.ports, { grantId: before, by: ADA, from: "test" });
    await world.revoke();
    world.groups.there.add(key as string); // an administrator adds Ada for good
    const given: unknown[] = [];
    world.groups.give = async (assignments) => {
      given.push(...assignments);
      return new Map();
    };
    const first = await world.approved("web-pods-read");
    const second = await world.approved("web-pods-read");
    await world.provision();
    await world.provision();
    expect(await world.grant(second)).toMatchObject({ status: "active" });
    expect(given).toEqual([]);
    world.advance(HOUR);
    await world.revoke();
    await world.revoke();
    expect(await world.grant(first)).toMatchObject({ status: "ended" });
    expect(await world.grant(second)).toMatchObject({ status: "ended" });
    expect(world.groups.there.has(key as string)).toBe(true);
  });

  it("do not keep access for one whose own window is over as well", async () => {
    const world = createWorld();
    const first = await world.approved("web-pods-read");
    const second = await world.approved("web-pods-read");
    await world.provision();
    world.advance(HOUR);
    await world.revoke([first]);
    expect(await world.grant(second)).toMatchObject({ status: "active" });
    expect([...world.groups.there]).toEqual([]);
    await world.revoke([second]);
    expect(await world.grant(second)).toMatchObject({ status: "ended" });
  });

  it("count from the intent on, though nobody knows yet whether the access is there", async () => {
    const world = createWorld();
    const [first, second] = [
      await world.approved("web-pods-read"),
      await world.approved("web-pods-read"),
    ];
    await world.provision();
    const later = await world.approved("web-pods-read", 3 * HOUR);
    world.advance(HOUR - MINUTE);
    world.groups.lostAnswers = 1;
    await provisionDue(world.ports, world.run(), [await world.stored(later)]);
    expect(await world.grant(later)).toMatchObject({ status: "approved", window: {} });
    for (const id of [first, second]) {
      await endAccess(world.ports, { grantId: id, by: ADA, from: "test" });
      await endDue(world.ports, world.run(), [await world.stored(id)]);
    }
    expect(world.groups.there.size).toBe(1);
  });
});

describe("ending early", () => {
  it("takes the access at once and says who ended it", async () => {
    const world = createWorld();
    const id = await world.approved("web-pods-read");
    await world.provision();
    const outcome = await endAccess(world.ports, { grantId: id, by: ADA, from: "test" });
    expect(outcome).toMatchObject({ outcome: "done", grant: { status: "revoking" } });
    expect(world.kicks).toContainEqual({ worker: "revoke", grants: [id] });
    await world.revoke([id]);
    expect(await world.grant(id)).toMatchObject({
      status: "ended",
      cause: { kind: "revoked", by: ADA },
    });
    expect(world.groups.there.size).toBe(0);
  });

  it("of a grant that has not begun leaves nothing to be written", async () => {
    const world = createWorld();
    const id = await world.approved("web-pods-read");
    await endAccess(world.ports, { grantId: id, by: CAT, from: "test" });
    await world.provision();
    expect(await world.grant(id)).toMatchObject({ status: "ended", cause: { kind: "revoked" } });
    expect(world.groups.writes).toEqual([]);
  });

  it("is refused to people who have nothing to do with it", async () => {
    const world = createWorld();
    const id = await world.approved("web-pods-read");
    await world.provision();
    const outcome = await endAccess(world.ports, { grantId: id, by: EVE, from: "test" });
    expect(outcome).toMatchObject({ outcome: "refused", reasons: [{ code: "may-not-end" }] });
    expect(await world.grant(id)).toMatchObject({ status: "active" });
  });
});

describe("deciding", () => {
  async function asked(world = createWorld()) {
    const verdict = await requestAccess(world.ports, {
      by: ADA,
      entitlementId: "web-pods-read",
      from: "test",
    });
    if (!verdict.allowed) throw new Error("refused");
    return { world, grantId: verdict.grant.id };
  }

  it("happens once, and tells the second approver who was first", async () => {
    const { world, grantId } = await asked();
    const both = await Promise.all([
      approveRequest(world.ports, { grantId, by: BOB, from: "test" }),
      denyRequest(world.ports, { grantId, by: LEE, from: "test" }),
    ]);
    expect(both.map(({ outcome }) => outcome).sort()).toEqual(["done", "too-late"]);
    const late = await approveRequest(world.ports, { grantId, by: LEE, from: "test" });
    expect(late).toMatchObject({ outcome: "too-late" });
  });

  it("is not for the requester, nor for a stranger", async () => {
    const { world, grantId } = await asked();
    const own = await approveRequest(world.ports, { grantId, by: ADA, from: "test" });
    const strange = await approveRequest(world.ports, { grantId, by: EVE, from: "test" });
    expect(own).toMatchObject({ outcome: "refused", reasons: [{ code: "own-request" }] });
    expect(strange).toMatchObject({ outcome: "refused", reasons: [{ code: "not-an-approver" }] });
    expect(await world.grant(grantId)).toMatchObject({ status: "pending", approvals: [] });
  });

  it("tells in the history who was refused and why, though not every click of theirs", async () => {
    const world = createWorld();
    const asked = await requestAccess(world.ports, {
      by: ADA,
      entitlementId: "web-pods-read",
      from: "test",
    });
    if (!asked.allowed) throw new Error("refused");
    const { id } = asked.grant;
    for (let click = 0; click < 20; click++) {
      await approveRequest(world.ports, { grantId: id, by: ADA, from: "slack:C0ACCESS" });
    }
    const refusals = (await world.grant(id)).history.filter(({ event }) => event === "refused");
    expect(refusals).toHaveLength(10);
    expect(refusals[0]).toMatchObject({ by: ADA, from: "slack:C0ACCESS", detail: "own-request" });
    const approved = await approveRequest(world.ports, { grantId: id, by: BOB, from: "test" });
    expect(approved).toMatchObject({ outcome: "done" });
  });

  it("fails closed where Slack does not say who is in the approvers' user group", async () => {
    const { world, grantId } = await asked(createWorld([anEntitlement("web-pods-read")]));
    const usergroupOnly = { "platform-leads": { users: [], usergroup: "S0LEADS" } };
    world.deploy({ ...world.policy(), groups: { ...world.policy().groups, ...usergroupOnly } });
    const members = () => Promise.reject(new Error("ratelimited"));
    const directory = { ...world.ports.directory, members };
    const outcome = await approveRequest(
      { ...world.ports, policy: world.policy(), directory },
      { grantId, by: LEE, from: "test" },
    );
    expect(outcome).toMatchObject({
      outcome: "refused",
      reasons: [{ code: "membership-unknown" }],
    });
  });

  it("needs as many approvals as the policy says, from different people", async () => {
    const two = anEntitlement("web-pods-read", {
      approval: { kind: "approvers", by: ["platform-leads"], count: 2, notify: "channel" },
    });
    const { world, grantId } = await asked(createWorld([two]));
    const first = await approveRequest(world.ports, { grantId, by: BOB, from: "test" });
    expect(first).toMatchObject({ outcome: "done", grant: { status: "pending" } });
    const again = await approveRequest(world.ports, { grantId, by: BOB, from: "test" });
    expect(again).toMatchObject({
      outcome: "refused",
      reasons: [{ code: "already-approved-by-you" }],
    });
    const second = await approveRequest(world.ports, { grantId, by: LEE, from: "test" });
    expect(second).toMatchObject({ outcome: "done", grant: { status: "approved" } });
  });

  it("ends with the requester's own cancellation", async () => {
    const { world, grantId } = await asked();
    const other = await cancelRequest(world.ports, { grantId, by: BOB, from: "test" });
    expect(other).toMatchObject({ outcome: "refused", reasons: [{ code: "not-the-requester" }] });
    const own = await cancelRequest(world.ports, { grantId, by: ADA, from: "test" });
    expect(own).toMatchObject({ outcome: "done", grant: { status: "cancelled" } });
  });
});

describe("an approval that no longer holds", () => {
  it("is not carried out when the entitlement gives something else by then", async () => {
    const world = createWorld();
    const id = await world.approved("web-pods-read");
    world.deploy(aPolicy([anEntitlement("web-pods-read", { targets: [GROUP, MAPPING] })]));
    await world.provision();
    expect(await world.grant(id)).toMatchObject({
      status: "ended",
      cause: { kind: "failed", code: "entitlement-changed" },
    });
    expect(world.groups.writes).toEqual([]);
  });

  it("is not carried out when the approver is none any more", async () => {
    const world = createWorld();
    const id = await world.approved("web-pods-read");
    const policy = world.policy();
    const groups = { ...policy.groups, "platform-leads": { users: [LEE] } };
    world.deploy({ ...policy, groups });
    await world.provision();
    expect(await world.grant(id)).toMatchObject({ status: "ended", cause: { kind: "failed" } });
    expect(world.groups.writes).toEqual([]);
  });

  it("does not keep a live grant from ending when its entitlement is deleted", async () => {
    const world = createWorld();
    const id = await world.approved("both");
    await world.provision();
    world.deploy(aPolicy([anEntitlement("something-else")]));
    world.advance(HOUR);
    await world.revoke();
    expect(await world.grant(id)).toMatchObject({ status: "ended", cause: { kind: "expired" } });
    expect([...world.groups.there, ...world.clusters.there]).toEqual([]);
  });
});

describe("targets that fail", () => {
  it("refuse cleanly: the grant fails with the reason and nothing is left behind", async () => {
    const world = createWorld();
    const id = await world.approved("both");
    world.clusters.refusal = {
      seen: "refused",
      code: "mapped-by-other",
      message: "jane.doe maps that user",
    };
    await world.provision();
    await world.revoke();
    expect(await world.grant(id)).toMatchObject({
      status: "ended",
      cause: { kind: "failed", code: "mapped-by-other", message: "jane.doe maps that user" },
    });
    expect([...world.groups.there, ...world.clusters.there]).toEqual([]);
    expect(world.store.assignments().flatMap(({ claims }) => claims)).toEqual([]);
  });

  it("that stay unreachable make the grant fail after a while, with what was given taken back", async () => {
    const world = createWorld();
    const id = await world.approved("both");
    world.clusters.unreachable = true;
    for (let minute = 0; minute < 7; minute++) {
      await world.provision();
      world.advance(MINUTE);
    }
    world.clusters.unreachable = false;
    await world.revoke();
    expect(await world.grant(id)).toMatchObject({
      status: "ended",
      cause: { kind: "failed", code: "not-carried-out" },
    });
    expect([...world.groups.there, ...world.clusters.there]).toEqual([]);
  });

  it("are asked for ever until the access is gone, and the grant is not ended before", async () => {
    const world = createWorld();
    const id = await world.approved("web-pods-mapping");
    await world.provision();
    world.clusters.unreachable = true;
    world.advance(HOUR);
    for (let minute = 0; minute < 300; minute++) {
      await world.revoke();
      world.advance(MINUTE);
    }
    expect(await world.grant(id)).toMatchObject({ status: "revoking" });
    world.clusters.unreachable = false;
    await world.revoke();
    world.advance(2 * MINUTE);
    await world.revoke();
    expect(await world.grant(id)).toMatchObject({ status: "ended" });
    expect(world.clusters.there.size).toBe(0);
  });

  it("whose answers are lost are looked at again before the row is closed", async () => {
    const world = createWorld();
    const id = await world.approved("web-pods-read");
    await world.provision();
    world.advance(HOUR);
    world.groups.lostAnswers = 1;
    const before = world.now();
    await world.revoke();
    expect(world.groups.there.size).toBe(0);
    const grant = await world.grant(id);
    expect(grant).toMatchObject({ status: "ended" });
    expect((grant as { endedAt: number }).endedAt - before).toBeGreaterThanOrEqual(15_000);
  });
});

describe("people who are not who they were", () => {
  it("get nothing when the IAM user was deleted and made again", async () => {
    const world = createWorld();
    const first = await world.approved("web-pods-read");
    await world.provision();
    await endAccess(world.ports, { grantId: first, by: ADA, from: "test" });
    await world.revoke();
    const [arn] = world.users.keys();
    world.users.set(arn as string, "AIDAJQABLZS4A3EXAMPLE");
    const second = await world.approved("web-pods-read");
    await world.provision();
    expect(await world.grant(second)).toMatchObject({
      status: "ended",
      cause: { kind: "failed", code: "user-recreated" },
    });
    expect(world.groups.there.size).toBe(0);
    // An administrator confirms in access.yml who the new user is.
    world.deploy(boundTo(world.policy(), "AIDAJQABLZS4A3EXAMPLE"));
    const third = await world.approved("web-pods-read");
    await world.provision();
    expect(await world.grant(third)).toMatchObject({ status: "active" });
  });

  it("get nothing of a grant that was begun for the user before them", async () => {
    const world = createWorld();
    const id = await world.approved("web-pods-read");
    world.groups.lostAnswers = 1;
    await provisionDue(world.ports, world.run(), [await world.stored(id)]);
    const [arn] = world.users.keys();
    world.users.set(arn as string, "AIDAJQABLZS4A3EXAMPLE");
    world.deploy(boundTo(world.policy(), "AIDAJQABLZS4A3EXAMPLE"));
    await world.provision();
    await world.revoke();
    expect(await world.grant(id)).toMatchObject({
      status: "ended",
      cause: { kind: "failed", code: "user-recreated" },
    });
    expect([...world.groups.there]).toEqual([]);
  });

  function boundTo(policy: Policy, uniqueId: string): Policy {
    const bound = Object.entries(policy.people).map(([user, one]) => [user, { ...one, uniqueId }]);
    return { ...policy, people: Object.fromEntries(bound) };
  }

  it("get nothing when there is no such IAM user", async () => {
    const world = createWorld();
    world.users.clear();
    const id = await world.approved("web-pods-read");
    await world.provision();
    expect(await world.grant(id)).toMatchObject({
      cause: { kind: "failed", code: "user-missing" },
    });
  });
});
