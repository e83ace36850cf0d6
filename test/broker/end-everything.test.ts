// Ending everything at once: what it finds, what becomes of it, and what it leaves where it cannot.

import { describe, expect, it } from "@jest/globals";
import { endEverything, whatLives } from "../../lib/broker/end-everything.ts";
import { requestAccess } from "../../lib/broker/request-access.ts";
import { ADA, createWorld } from "../support/world.ts";

async function aBusyWorld() {
  const world = createWorld();
  const active = await world.approved("both");
  const mapping = await world.approved("web-pods-mapping");
  await world.provision();
  const approved = await world.approved("web-pods-read");
  const asked = await requestAccess(world.ports, { by: ADA, entitlementId: "both", from: "test" });
  if (!asked.allowed) throw new Error("not asked");
  return { world, active, mapping, approved, pending: asked.grant.id };
}

describe("ending everything", () => {
  it("finds what is active and what is approved, and nothing else", async () => {
    const { world, active, mapping, approved } = await aBusyWorld();
    const { grants, unreadable } = await whatLives(world.ports);
    expect(grants.map(({ id }) => id).sort()).toEqual([active, mapping, approved].sort());
    expect(unreadable).toEqual([]);
  });

  it("has all of it taken away by the next pass, and says why", async () => {
    const { world, active, mapping, approved, pending } = await aBusyWorld();
    expect(await endEverything(world.ports, await whatLives(world.ports), "incident 42")).toEqual(
      [],
    );
    const { grants, ending } = await whatLives(world.ports);
    expect([grants, ending.map(({ id }) => id).sort()]).toEqual([[], [active, mapping].sort()]);
    await world.provision();
    await world.revoke();
    for (const id of [active, mapping, approved]) {
      expect(await world.grant(id)).toMatchObject({
        status: "ended",
        cause: { kind: "revoked", by: "latchkey", why: "incident 42" },
      });
    }
    expect([world.groups.there.size, world.clusters.there.size]).toEqual([0, 0]);
    expect((await world.grant(pending)).status).toBe("pending");
    expect(await whatLives(world.ports)).toEqual({ grants: [], ending: [], unreadable: [] });
  });

  it("names rows that cannot be read, and grants that the table would not end", async () => {
    const { world, active, approved } = await aBusyWorld();
    world.store.spoil(active, "undecodable");
    const living = await whatLives(world.ports);
    expect(living.unreadable).toEqual([`GRANT#${active}`]);
    const ports = world.portsWith({
      save: async (next, from) =>
        next.id === approved
          ? Promise.reject(new Error("no answer"))
          : world.store.save(next, from),
    });
    expect(await endEverything(ports, living, "incident 42")).toEqual([approved]);
    expect(await endEverything(world.ports, await whatLives(world.ports), "again")).toEqual([]);
  });

  it("counts as done what somebody else has ended meanwhile", async () => {
    const { world } = await aBusyWorld();
    const living = await whatLives(world.ports);
    await endEverything(world.ports, living, "one");
    expect(await endEverything(world.ports, living, "other")).toEqual([]);
  });
});
