// Faults of what is outside, one at a time: they stop nothing else, leave no lease behind and are never taken for done.

import { describe, expect, it } from "@jest/globals";
import { endAccess } from "../../lib/broker/decide-request.ts";
import { provisionDue } from "../../lib/broker/provision.ts";
import { endDue } from "../../lib/broker/revoke-due.ts";
import { SETTLE_MS } from "../../lib/broker/run.ts";
import type { GrantId } from "../../lib/grant/ids.ts";
import { type Store, StoreError } from "../../lib/store/store.ts";
import { ADA, createWorld, HOUR, MINUTE, type World } from "../support/world.ts";

const noAnswer = () => Promise.reject(new StoreError("unavailable", "the table gave no answer"));

/** The world's table, of which one call fails once. `landed`: it has its effect all the same. */
function failingOnce(world: World, call: keyof Store, landed = false): Partial<Store> {
  let failed = false;
  const method = world.store[call] as (...args: unknown[]) => Promise<unknown>;
  return {
    [call]: async (...args: unknown[]) => {
      if (failed) return method(...args);
      failed = true;
      if (landed) await method(...args);
      return noAnswer();
    },
  };
}

async function active(world: World, entitlement: string, durationMs = HOUR): Promise<GrantId> {
  const id = await world.approved(entitlement, durationMs);
  await world.provision();
  expect(await world.grant(id)).toMatchObject({ status: "active" });
  return id;
}

describe("a table that fails for a moment", () => {
  it.each([
    ["lease", false],
    ["lease", true],
    ["mark", false],
    ["mark", true],
    ["save", false],
    ["save", true],
    ["pinPrincipal", false],
  ] as const)(
    "at provision's %s (landed: %s) leaves no lease behind: the next pass gives at once",
    async (call, landed) => {
      const world = createWorld();
      const id = await world.approved("both");
      const ports = world.portsWith(failingOnce(world, call, landed));
      await provisionDue(ports, world.run(), [await world.stored(id)]);
      expect(await world.grant(id)).toMatchObject({ status: "approved" });
      await provisionDue(world.ports, world.run(), [await world.stored(id)]);
      expect(await world.grant(id)).toMatchObject({ status: "active" });
    },
  );

  it.each([
    ["lease", false],
    ["lease", true],
    ["load", false],
    ["save", false],
    ["save", true],
  ] as const)(
    "at revoke's %s (landed: %s) leaves no lease behind: the next pass takes at once",
    async (call, landed) => {
      const world = createWorld();
      const longer = await active(world, "both", 3 * HOUR);
      const id = await active(world, "both");
      world.advance(HOUR);
      const ports = world.portsWith(failingOnce(world, call, landed));
      await endDue(ports, world.run(), [await world.stored(id)]);
      world.advance(10_000);
      await endDue(world.ports, world.run(), [await world.stored(id)]);
      expect(await world.grant(id)).toMatchObject({ status: "ended", cause: { kind: "expired" } });
      expect(await world.grant(longer)).toMatchObject({ status: "active" });
      expect(world.groups.there.size + world.clusters.there.size).toBe(2);
    },
  );

  it("at the release closes nothing, and the grant ends once the lease has run out", async () => {
    const world = createWorld();
    const id = await active(world, "web-pods-read");
    world.advance(HOUR);
    const ports = world.portsWith(failingOnce(world, "release"));
    await endDue(ports, world.run(), [await world.stored(id)]);
    expect(await world.grant(id)).toMatchObject({ status: "revoking" });
    world.advance(2 * MINUTE);
    await world.revoke();
    expect(await world.grant(id)).toMatchObject({ status: "ended" });
  });
});

describe("a grant that cannot be handled", () => {
  function savingAllBut(world: World, id: GrantId) {
    const save: Store["save"] = (next, from) =>
      next.id === id ? noAnswer() : world.store.save(next, from);
    return world.portsWith({ save });
  }

  it("keeps no other from being given", async () => {
    const world = createWorld();
    const bad = await world.approved("web-pods-read");
    const good = await world.approved("web-pods-mapping");
    await world.provision(undefined, savingAllBut(world, bad));
    expect(await world.grant(good)).toMatchObject({ status: "active" });
  });

  it("keeps no other from being ended", async () => {
    const world = createWorld();
    const bad = await active(world, "web-pods-read");
    const good = await active(world, "web-pods-mapping");
    world.advance(HOUR);
    await world.revoke(undefined, savingAllBut(world, bad));
    expect(await world.grant(good)).toMatchObject({ status: "ended" });
  });
});

describe("a target that breaks its promises", () => {
  it("by throwing, keeps no access elsewhere from being taken", async () => {
    const world = createWorld();
    const both = await active(world, "both");
    const mapping = await active(world, "web-pods-mapping");
    world.advance(HOUR);
    const { take } = world.groups;
    world.groups.take = () => Promise.reject(new TypeError("a bug"));
    await world.revoke();
    expect(await world.grant(mapping)).toMatchObject({ status: "ended" });
    expect(await world.grant(both)).toMatchObject({ status: "revoking" });
    world.groups.take = take;
    world.advance(2 * MINUTE);
    await world.revoke();
    expect(await world.grant(both)).toMatchObject({ status: "ended" });
  });

  it("by leaving an assignment out of its answer, has neither given nor taken it", async () => {
    const world = createWorld();
    const id = await world.approved("web-pods-read");
    const { give, take } = world.groups;
    world.groups.give = async () => new Map();
    await provisionDue(world.ports, world.run(), [await world.stored(id)]);
    expect(await world.grant(id)).toMatchObject({ status: "approved" });
    world.groups.give = give;
    await world.provision();
    world.advance(HOUR);
    world.groups.take = async () => new Map();
    await endDue(world.ports, world.run(), [await world.stored(id)]);
    expect(await world.grant(id)).toMatchObject({ status: "revoking" });
    world.groups.take = take;
    await world.revoke();
    expect(await world.grant(id)).toMatchObject({ status: "ended" });
  });

  it("by refusing only when written to, still makes the grant fail with the reason", async () => {
    const world = createWorld();
    const id = await world.approved("both");
    const message = "Ada is in 10 groups already";
    world.groups.give = async (assignments) => {
      const refusal = { seen: "refused", code: "group-quota", message } as const;
      return new Map(assignments.map(({ key }) => [key, { status: "refused", refusal }]));
    };
    await world.provision([id]);
    expect(await world.grant(id)).toMatchObject({
      status: "revoking",
      cause: { kind: "failed", code: "group-quota", message },
    });
    expect(world.kicks.at(-1)).toEqual({ worker: "revoke", grants: [id] });
    await world.revoke([id]);
    expect([...world.clusters.there]).toEqual([]);
  });

  it("by losing the answer to a gift, has the grant looked at again before it is closed", async () => {
    const world = createWorld();
    const id = await world.approved("web-pods-read");
    world.groups.lostAnswers = 1;
    const before = world.now();
    await provisionDue(world.ports, world.run(), [await world.stored(id)]);
    await endAccess(world.ports, { grantId: id, by: ADA, from: "test" });
    world.groups.there.clear(); // so far it has not landed
    await endDue(world.ports, world.run(), [await world.stored(id)]);
    expect(await world.grant(id)).toMatchObject({ status: "revoking" });
    world.groups.there.add(world.store.assignments()[0]?.key ?? ""); // now it has
    await world.revoke();
    expect(await world.grant(id)).toMatchObject({ status: "ended" });
    expect(world.now() - before).toBeGreaterThanOrEqual(15_000);
    expect([...world.groups.there]).toEqual([]);
  });
});

describe("a row that cannot be read", () => {
  it("keeps no access alive, but its claim until it can be read", async () => {
    const world = createWorld();
    const id = await active(world, "web-pods-read");
    const unreadable = await active(world, "web-pods-read", 3 * HOUR);
    world.store.spoil(unreadable, "newer-schema");
    world.advance(HOUR);
    await world.revoke();
    expect(await world.grant(id)).toMatchObject({ status: "ended" });
    expect([...world.groups.there]).toEqual([]);
    expect(world.store.assignments()).toMatchObject([{ claims: [unreadable] }]);
    expect(world.logged).toContainEqual(
      expect.objectContaining({
        level: "error",
        fields: expect.objectContaining({ grant: unreadable }),
      }),
    );
  });
});

describe("a write that may still land beside access that is shown", () => {
  it("keeps the grant that ends meanwhile open until it can have landed", async () => {
    const world = createWorld();
    const id = await world.approved("web-pods-read");
    const { give } = world.groups;
    world.groups.give = async (many) =>
      new Map(
        [...(await give(many)).keys()].map((key) => [key, { status: "held", writeLost: true }]),
      );
    await provisionDue(world.ports, world.run(), [await world.stored(id)]);
    expect(await world.grant(id)).toMatchObject({ status: "active" });
    await endAccess(world.ports, { grantId: id, by: ADA, from: "test" });
    await endDue(world.ports, world.run(), [await world.stored(id)]);
    expect(await world.grant(id)).toMatchObject({ status: "revoking" });
    world.advance(MINUTE);
    await world.revoke();
    expect(await world.grant(id)).toMatchObject({ status: "ended" });
  });
});

describe("a grant right after the end of another for the same access", () => {
  it("is no standing access though a read still shows the one that is gone", async () => {
    const world = createWorld();
    const first = await active(world, "web-pods-read");
    await endAccess(world.ports, { grantId: first, by: ADA, from: "test" });
    await world.revoke([first]);
    expect(await world.grant(first)).toMatchObject({ status: "ended" });
    const { look } = world.groups;
    const shownUntil = world.now() + 2_500;
    world.groups.look = async (assignments) =>
      world.now() < shownUntil
        ? new Map(assignments.map(({ key }) => [key, { seen: "present" }]))
        : look(assignments);
    const second = await world.approved("web-pods-read");
    await provisionDue(world.ports, world.run(), [await world.stored(second)]);
    expect(await world.grant(second)).toMatchObject({ status: "approved" });
    world.advance(SETTLE_MS);
    await world.provision();
    expect(await world.grant(second)).toMatchObject({ status: "active" });
    expect(world.groups.there.size).toBe(1);
    world.advance(HOUR);
    await world.revoke();
    expect(world.groups.there.size).toBe(0);
  });

  it("waits for a removal whose answer was lost, so that it does not fall upon the new one", async () => {
    const world = createWorld();
    const first = await active(world, "web-pods-read");
    await endAccess(world.ports, { grantId: first, by: ADA, from: "test" });
    const { take } = world.groups;
    const [key] = [...world.groups.there];
    world.groups.take = async (assignments) =>
      new Map(
        assignments.map(({ key }) => [
          key,
          { status: "unclear", problem: "no answer", writeLost: true },
        ]),
      );
    await endDue(world.ports, world.run(), [await world.stored(first)]);
    world.groups.take = take;
    const landsAt = world.now() + 14_000;
    const second = await world.approved("web-pods-read");
    await provisionDue(world.ports, world.run(), [await world.stored(second)]);
    world.advance(landsAt - world.now());
    world.groups.there.delete(key ?? "");
    await world.revoke();
    world.advance(SETTLE_MS);
    await world.provision();
    expect(await world.grant(first)).toMatchObject({ status: "ended" });
    expect(await world.grant(second)).toMatchObject({ status: "active" });
    expect([...world.groups.there]).toEqual([key]);
  });
});

describe("a worker that pauses after it has read", () => {
  it("does not take what it read for what is there when a lost write could land meanwhile", async () => {
    const world = createWorld();
    const id = await world.approved("web-pods-read");
    const { give, take } = world.groups;
    let key = "";
    world.groups.give = async (assignments) => {
      key = assignments[0]?.key ?? "";
      const lost = { status: "unclear", problem: "no answer", writeLost: true } as const;
      return new Map(assignments.map((each) => [each.key, lost]));
    };
    await provisionDue(world.ports, world.run(), [await world.stored(id)]);
    world.groups.give = give;
    await endAccess(world.ports, { grantId: id, by: ADA, from: "test" });
    world.groups.take = async (assignments) => {
      const answer = await take(assignments);
      world.groups.there.add(key);
      world.advance(SETTLE_MS + MINUTE / 4);
      return answer;
    };
    await endDue(world.ports, world.run(), [await world.stored(id)]);
    expect(await world.grant(id)).toMatchObject({ status: "revoking" });
    world.groups.take = take;
    await world.revoke();
    expect(await world.grant(id)).toMatchObject({ status: "ended" });
    expect(world.groups.there.size).toBe(0);
  });
});
