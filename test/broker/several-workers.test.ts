// Workers that meet at one grant: what one of them has read may be old by the time that it acts on it.

import { describe, expect, it } from "@jest/globals";
import { endAccess } from "../../lib/broker/decide-request.ts";
import { provisionDue } from "../../lib/broker/provision.ts";
import { endDue } from "../../lib/broker/revoke-due.ts";
import type { Store } from "../../lib/store/store.ts";
import { ADA, anEntitlement, createWorld, GROUP, HOUR, MAPPING, MINUTE } from "../support/world.ts";

describe("a worker with old news", () => {
  /** A grant whose first write was answered by nobody, as provision reads it to try again. */
  async function begun() {
    const world = createWorld();
    const id = await world.approved("web-pods-read");
    world.groups.lostAnswers = 1;
    await provisionDue(world.ports, world.run(), [await world.stored(id)]);
    const read = await world.stored(id);
    expect(read.grant).toMatchObject({ status: "approved", window: {} });
    return { world, id, read };
  }

  it("gives nothing for a grant that was ended and closed since it was read", async () => {
    const { world, id, read } = await begun();
    await endAccess(world.ports, { grantId: id, by: ADA, from: "test" });
    await world.revoke();
    expect(await world.grant(id)).toMatchObject({ status: "ended" });
    await provisionDue(world.ports, world.run(), [read]);
    expect([...world.groups.there]).toEqual([]);
    await world.revoke();
    expect([...world.groups.there]).toEqual([]);
  });

  it("drops no claim of a grant that another has made active since it was read", async () => {
    const world = createWorld();
    const id = await world.approved("web-pods-read");
    const read = await world.stored(id);
    await world.provision([id]);
    world.groups.refusal = { seen: "refused", code: "not-permitted", message: "denied for now" };
    await provisionDue(world.ports, world.run(), [read]);
    expect(await world.grant(id)).toMatchObject({ status: "active" });
    expect(world.store.assignments()).toMatchObject([{ claims: [id] }]);
  });

  it("begins nothing for a grant that was ended before it had begun", async () => {
    const world = createWorld();
    const id = await world.approved("web-pods-read");
    const read = await world.stored(id);
    await endAccess(world.ports, { grantId: id, by: ADA, from: "test" });
    await provisionDue(world.ports, world.run(), [read]);
    expect(world.groups.writes).toEqual([]);
    expect(await world.grant(id)).toMatchObject({ status: "ended", cause: { kind: "revoked" } });
    // Neither its lease nor its claim stands in the way of the next.
    const next = await world.approved("web-pods-read");
    await provisionDue(world.ports, world.run(), [await world.stored(next)]);
    expect(await world.grant(next)).toMatchObject({ status: "active" });
    expect(world.store.assignments()).toMatchObject([{ claims: [next] }]);
  });

  it("takes nothing from a grant that came after the one it read", async () => {
    const world = createWorld();
    const first = await world.approved("web-pods-read");
    await world.provision();
    await endAccess(world.ports, { grantId: first, by: ADA, from: "test" });
    const read = await world.stored(first);
    await world.revoke();
    const second = await world.approved("web-pods-read");
    await world.provision();
    await endDue(world.ports, world.run(), [read]);
    expect(await world.grant(second)).toMatchObject({ status: "active" });
    expect(world.groups.there.size).toBe(1);
  });
});

describe("two workers at one grant", () => {
  it("close it as soon as one of them has read its absence back", async () => {
    const world = createWorld();
    const id = await world.approved("web-pods-read");
    await world.provision();
    world.advance(HOUR);
    const { take } = world.groups;
    world.groups.take = async (assignments) => {
      world.groups.take = take;
      await endDue(world.ports, world.run(), [await world.stored(id)]); // the lease is held: it puts it off
      return take(assignments);
    };
    await endDue(world.ports, world.run(), [await world.stored(id)]);
    expect(await world.grant(id)).toMatchObject({ status: "ended", cause: { kind: "expired" } });
  });

  it("never have the same assignment in hand at once", async () => {
    const world = createWorld();
    const id = await world.approved("web-pods-read");
    const { give } = world.groups;
    world.groups.give = async (assignments) => {
      await endAccess(world.ports, { grantId: id, by: ADA, from: "test" });
      await endDue(world.ports, world.run(), [await world.stored(id)]);
      expect(await world.grant(id)).toMatchObject({ status: "revoking" });
      return give(assignments);
    };
    await provisionDue(world.ports, world.run(), [await world.stored(id)]);
    await world.revoke();
    expect(await world.grant(id)).toMatchObject({ status: "ended", cause: { kind: "revoked" } });
    expect([...world.groups.there]).toEqual([]);
  });
});

describe("two grants", () => {
  it("of which one has to wait for the other's lease: it holds none meanwhile", async () => {
    const world = createWorld();
    const [group, both, mapping] = [
      await world.approved("web-pods-read"),
      await world.approved("both"),
      await world.approved("web-pods-mapping"),
    ];
    const { give } = world.groups;
    world.groups.give = async (assignments) => {
      world.groups.give = give;
      for (const id of [both, mapping]) {
        await provisionDue(world.ports, world.run(), [await world.stored(id)]);
      }
      return give(assignments);
    };
    await provisionDue(world.ports, world.run(), [await world.stored(group)]);
    expect(await world.grant(group)).toMatchObject({ status: "active" });
    expect(await world.grant(mapping)).toMatchObject({ status: "active" });
    expect(await world.grant(both)).toMatchObject({ status: "approved" });
    await world.provision();
    expect(await world.grant(both)).toMatchObject({ status: "active" });
  });

  it("over the same places, named in another order, do not keep each other from beginning", async () => {
    const world = createWorld([
      anEntitlement("group-first", { targets: [GROUP, MAPPING] }),
      anEntitlement("mapping-first", { targets: [MAPPING, GROUP] }),
    ]);
    const ids = [await world.approved("group-first"), await world.approved("mapping-first")];
    await world.provision();
    for (const id of ids) expect(await world.grant(id)).toMatchObject({ status: "active" });
  });
});

describe("a lease", () => {
  it("outlives the run that took it, so that a write on its way finds nobody else there", async () => {
    const world = createWorld();
    const id = await world.approved("web-pods-read");
    const run = world.run();
    const until: number[] = [];
    const lease: Store["lease"] = (key, wanted) => {
      until.push(wanted.until);
      return world.store.lease(key, wanted);
    };
    await provisionDue(world.portsWith({ lease }), run, [await world.stored(id)]);
    expect(until).toHaveLength(1);
    expect(until[0]).toBeGreaterThanOrEqual(run.deadlineAt + 20_000);
  });

  it("that ran out before the first write lets nothing be written", async () => {
    const world = createWorld();
    const id = await world.approved("web-pods-read");
    const ports = world.portsWith({ mark: async () => false });
    await provisionDue(ports, world.run(), [await world.stored(id)]);
    expect(world.groups.writes).toEqual([]);
  });

  it("that ran out by the end leaves what was done under it to be looked at again", async () => {
    const world = createWorld();
    const id = await world.approved("web-pods-read");
    const ranOut = world.portsWith({ release: async () => false });
    await provisionDue(ranOut, world.run(), [await world.stored(id)]);
    expect(await world.grant(id)).toMatchObject({ status: "approved" });
    world.advance(2 * MINUTE);
    await world.provision();
    expect(await world.grant(id)).toMatchObject({ status: "active" });
    world.advance(HOUR);
    await endDue(ranOut, world.run(), [await world.stored(id)]);
    expect(await world.grant(id)).toMatchObject({ status: "revoking" });
    world.advance(2 * MINUTE);
    await world.revoke();
    expect(await world.grant(id)).toMatchObject({ status: "ended" });
  });
});
