// Who may act by what they are in Slack, whom Slack is asked about for it, and how long that keeps a click waiting.

import { describe, expect, it } from "@jest/globals";
import {
  approveRequest,
  cancelRequest,
  checkApprove,
  checkDeny,
  denyRequest,
  endAccess,
} from "../../lib/broker/decide-request.ts";
import { requestAccess } from "../../lib/broker/request-access.ts";
import type { SlackUserId } from "../../lib/grant/ids.ts";
import type { Standing } from "../../lib/policy/standing.ts";
import { ADA, BOB, CAT, createWorld, EVE, LEE } from "../support/world.ts";

const NO_MEMBERS: readonly (Standing | "untold")[] = [
  "guest",
  "bot",
  "deactivated",
  "outsider",
  "untold",
];

const codes = (outcome: { outcome: string; reasons?: readonly { code: string }[] }) =>
  outcome.reasons?.map(({ code }) => code) ?? outcome.outcome;

async function aRequest() {
  const world = createWorld();
  const asked = await requestAccess(world.ports, {
    by: ADA,
    entitlementId: "web-pods-read",
    from: "test",
  });
  if (!asked.allowed) throw new Error("refused");
  const grantId = asked.grant.id;
  world.standingsAsked.length = 0;
  return { world, grantId, by: (person: SlackUserId) => ({ grantId, by: person, from: "test" }) };
}

describe.each(NO_MEMBERS)("somebody who is %s in the workspace", (standing) => {
  const code = standing === "untold" ? "standing-unknown" : "not-one-of-us";

  it("asks for nothing", async () => {
    const world = createWorld();
    world.standings.set(ADA, standing);
    const asked = { by: ADA, entitlementId: "web-pods-read", from: "test" };
    const verdict = await requestAccess(world.ports, asked);
    expect(verdict).toMatchObject({ allowed: false, reasons: [{ code }] });
    expect(await world.store.grantsOf(ADA, 0, 10)).toEqual([]);
  });

  it("approves and denies nothing, though listed as an approver", async () => {
    const { world, grantId, by } = await aRequest();
    world.standings.set(BOB, standing);
    expect(codes(await approveRequest(world.ports, by(BOB)))).toEqual([code]);
    expect(codes(await denyRequest(world.ports, by(BOB)))).toEqual([code]);
    expect(await world.grant(grantId)).toMatchObject({ status: "pending", approvals: [] });
    expect((await world.grant(grantId)).history.at(-1)).toMatchObject({
      event: "refused",
      by: BOB,
      detail: code,
    });
  });

  it("is approved for by nobody, and told apart from who clicked", async () => {
    const { world, grantId, by } = await aRequest();
    world.standings.set(ADA, standing);
    const outcome = await approveRequest(world.ports, by(BOB));
    expect(outcome).toMatchObject({
      outcome: "refused",
      reasons: [{ code, message: expect.stringMatching(/the requester/i) }],
    });
    expect(await world.grant(grantId)).toMatchObject({ status: "pending" });
  });

  it("ends nobody else's access, though an admin", async () => {
    const { world, grantId, by } = await aRequest();
    await approveRequest(world.ports, by(BOB));
    world.standings.set(CAT, standing);
    expect(codes(await endAccess(world.ports, by(CAT)))).toEqual([code]);
    expect(await world.grant(grantId)).toMatchObject({ status: "approved" });
  });

  it("takes back what they asked for, and ends their own access", async () => {
    const one = await aRequest();
    one.world.standings.set(ADA, standing);
    expect(await cancelRequest(one.world.ports, one.by(ADA))).toMatchObject({ outcome: "done" });
    const other = await aRequest();
    await approveRequest(other.world.ports, other.by(BOB));
    other.world.standings.set(ADA, standing);
    expect(await endAccess(other.world.ports, other.by(ADA))).toMatchObject({ outcome: "done" });
  });
});

describe("whom Slack is asked about", () => {
  it("is nobody where people only lessen what is theirs", async () => {
    const { world, by } = await aRequest();
    await approveRequest(world.ports, by(BOB));
    world.standingsAsked.length = 0;
    await endAccess(world.ports, by(ADA));
    await cancelRequest(world.ports, by(ADA));
    expect(world.standingsAsked).toEqual([]);
  });

  it("is each person once, also where the grant changes meanwhile", async () => {
    const { world, by } = await aRequest();
    let saves = 0;
    const ports = world.portsWith({
      save: async (next, from) => (++saves < 3 ? "stale" : world.store.save(next, from)),
    });
    expect(await approveRequest(ports, by(BOB))).toMatchObject({ outcome: "done" });
    expect(world.standingsAsked).toEqual([BOB, ADA]);
    expect(saves).toBe(3);
  });

  it("is who clicks while the table answers, not after it", async () => {
    const { world, by } = await aRequest();
    const askedBeforeRead: SlackUserId[] = [];
    const ports = world.portsWith({
      load: async (id) => {
        askedBeforeRead.push(...world.standingsAsked);
        return world.store.load(id);
      },
    });
    await denyRequest(ports, by(BOB));
    expect(askedBeforeRead).toEqual([BOB]);
  });
});

describe("a refusal", () => {
  it("has all reasons, those of Slack and those of the policy", async () => {
    const { world, grantId, by } = await aRequest();
    world.standings.set(EVE, "guest").set(ADA, "deactivated");
    const all = ["not-one-of-us", "not-one-of-us", "not-an-approver"];
    expect(codes(await approveRequest(world.ports, by(EVE)))).toEqual(all);
    expect((await world.grant(grantId)).history.at(-1)).toMatchObject({ detail: all.join(", ") });
  });

  it("of one's own request speaks of one's standing once", async () => {
    const { world, by } = await aRequest();
    world.standings.set(ADA, "guest");
    expect(codes(await approveRequest(world.ports, by(ADA)))).toEqual([
      "not-one-of-us",
      "own-request",
    ]);
  });
});

describe("a click", () => {
  it("costs two round trips to the table in a row, one after the other", async () => {
    const { world, by } = await aRequest();
    const calls: string[] = [];
    const ports = world.portsWith({
      load: (id) => {
        calls.push("load");
        return world.store.load(id);
      },
      save: (next, from) => {
        calls.push("save");
        return world.store.save(next, from);
      },
    });
    await approveRequest(ports, by(BOB));
    expect(calls).toEqual(["load", "save"]);
  });
});

describe("looking before a form is opened", () => {
  it("says what a click would come to, and writes nothing", async () => {
    const { world, grantId, by } = await aRequest();
    const check = async (person: SlackUserId) => [
      codes(await checkApprove(world.ports, by(person))),
      codes(await checkDeny(world.ports, by(person))),
    ];
    expect(await check(LEE)).toEqual(["may", "may"]);
    expect(await check(CAT)).toEqual([["not-an-approver"], "may"]);
    expect(await check(ADA)).toEqual([["own-request"], ["not-an-approver"]]);
    world.standings.set(LEE, "guest");
    expect(await check(LEE)).toEqual([["not-one-of-us"], ["not-one-of-us"]]);
    expect((await world.grant(grantId)).history).toHaveLength(1);
    await cancelRequest(world.ports, by(ADA));
    expect(await check(BOB)).toEqual(["too-late", "too-late"]);
  });
});
