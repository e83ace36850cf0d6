// Sweeps: whatever is due is reached, however much stands before it and however slow it is.

import { describe, expect, it } from "@jest/globals";
import { BATCH } from "../../lib/broker/run.ts";
import { type GrantId, grantIdFrom } from "../../lib/grant/ids.ts";
import type { TargetSpec } from "../../lib/grant/target-spec.ts";
import type { Store } from "../../lib/store/store.ts";
import { aGrant } from "../support/grants.ts";
import { anEntitlement, createWorld, HOUR, MINUTE, type World } from "../support/world.ts";

const idOf = (n: number): GrantId =>
  grantIdFrom(Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 0, n >> 5, n & 31]));

describe("a sweep of revoke", () => {
  it("finds the window that is over behind any number of begun grants whose windows are not", async () => {
    const world = createWorld();
    for (let n = 0; n < BATCH; n++) {
      await world.store.create(
        aGrant({ id: idOf(n), durationMs: 4 * HOUR })
          .begun()
          .build(),
      );
    }
    const last = idOf(BATCH);
    await world.store.create(aGrant({ id: last, durationMs: HOUR }).begun().build());
    world.advance(HOUR + 2 * MINUTE);
    await world.revoke();
    expect(await world.grant(last)).toMatchObject({ status: "ended", cause: { kind: "expired" } });
    expect(await world.grant(idOf(0))).toMatchObject({ status: "approved" });
  });

  it("stays for a begun grant that ends within its run, behind any number that do not", async () => {
    const world = createWorld();
    const begunLater = aGrant({ durationMs: 4 * HOUR })
      .begun()
      .build();
    const waiting = { retryAt: world.now() + HOUR + 2_000, attempts: 1 };
    for (let n = 0; n < BATCH; n++) {
      await world.store.create({ ...begunLater, id: idOf(n), waiting });
    }
    const last = idOf(BATCH);
    const ending = aGrant({ id: last, durationMs: HOUR }).begun().build();
    await world.store.create({ ...ending, waiting: { ...waiting, retryAt: 2 * waiting.retryAt } });
    world.advance(HOUR);
    await world.revoke();
    expect(await world.grant(last)).toMatchObject({ status: "ended" });
  });

  it("finds what is due behind any number of rows that cannot be read", async () => {
    const world = createWorld();
    for (let n = 0; n <= BATCH; n++) {
      await world.store.create(
        aGrant({ id: idOf(n) })
          .begun()
          .build(),
      );
      if (n < BATCH) world.store.spoil(idOf(n), "undecodable");
    }
    world.advance(2 * HOUR);
    const report = await world.revoke();
    expect(await world.grant(idOf(BATCH))).toMatchObject({ status: "ended" });
    expect(report.unreadable).toBe(BATCH);
    const alarms = world.logged.filter(({ level }) => level === "error");
    expect(alarms).toHaveLength(BATCH);
  });

  it("does not run round and round where the index shows for ever what it has handled", async () => {
    const world = createWorld();
    await world.store.create(
      aGrant({ id: idOf(0) })
        .revoking()
        .build(),
    );
    world.advance(HOUR);
    const old = await world.store.due("revoke", world.now(), BATCH);
    await world.revoke();
    expect(await world.grant(idOf(0))).toMatchObject({ status: "ended" });
    let looks = 0;
    const due: Store["due"] = async (queue) => {
      looks += 1;
      if (looks > 100) throw new Error("it runs round and round");
      return queue === "revoke" ? old : { rows: [] };
    };
    await world.revoke(undefined, world.portsWith({ due }));
    expect(looks).toBeLessThan(10);
  });

  it("ends on time where it cannot reach everything, and the next goes on from there", async () => {
    const world = await manyPlaces(BATCH);
    slowPlaces(world, 400); // 80 s for all of them, in runs of 75 s
    const deadlineAt = world.now() + 75_000;
    await world.revoke();
    expect(world.now()).toBeLessThanOrEqual(deadlineAt);
    const left = world.store.grants().filter(({ grant }) => grant.status !== "ended");
    expect(left.length).toBe(world.groups.there.size);
    expect(left.length).toBeGreaterThan(0);
    expect(left.length).toBeLessThan(BATCH);
    await world.revoke();
    expect(world.groups.there.size).toBe(0);
    expect(world.store.grants().filter(({ grant }) => grant.status !== "ended")).toEqual([]);
  });

  it("closes a grant that rests on nothing", async () => {
    const world = createWorld();
    await world.store.create(aGrant({ targets: [] }).active().build());
    world.advance(2 * HOUR);
    await world.revoke();
    expect(world.store.grants()).toMatchObject([{ grant: { status: "ended" } }]);
  });

  it("closes each grant when its own places are done, whatever becomes of the others", async () => {
    const world = await manyPlaces(2);
    const [first, second] = world.store.grants().map(({ grant }) => grant.id) as [GrantId, GrantId];
    const { take } = world.groups;
    world.groups.take = async (assignments) => {
      if (!assignments[0]?.key.includes("group-1")) return take(assignments);
      for (let n = 0; n < 10; n++) await world.ports.clock.sleep(100);
      expect(await world.grant(first)).toMatchObject({ status: "ended" });
      return take(assignments);
    };
    await world.revoke();
    expect(await world.grant(second)).toMatchObject({ status: "ended" });
  });
});

/** Active grants of as many groups, all at the end of their windows. */
async function manyPlaces(count: number): Promise<World> {
  const groupNo = (n: number): TargetSpec => ({
    kind: "iam-group",
    arn: `arn:aws:iam::111122223333:group/jit/group-${n}`,
  });
  const names = Array.from({ length: count }, (_, n) => `entitlement-${n}`);
  const world = createWorld(names.map((name, n) => anEntitlement(name, { targets: [groupNo(n)] })));
  for (const name of names) await world.approved(name);
  await world.provision();
  expect(world.groups.there.size).toBe(count);
  world.advance(HOUR);
  return world;
}

function slowPlaces(world: World, ms: number): void {
  const { take } = world.groups;
  world.groups.take = async (assignments) => {
    await world.ports.clock.sleep(ms);
    return take(assignments);
  };
}
