// Sweeps: whatever is due is reached, however much stands before it and however slow it is.

import { describe, expect, it } from "@jest/globals";
import { endAccess } from "../../lib/broker/decide-request.ts";
import { BATCH } from "../../lib/broker/run.ts";
import { type GrantId, grantIdFrom } from "../../lib/grant/ids.ts";
import type { TargetSpec } from "../../lib/grant/target-spec.ts";
import type { Store } from "../../lib/store/store.ts";
import { ASKED_AT, aGrant } from "../support/grants.ts";
import { ADA, anEntitlement, createWorld, HOUR, MINUTE, type World } from "../support/world.ts";

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

describe("the figures of a sweep", () => {
  it("are a heartbeat and zeros where nothing is wrong, and the table knows of the full pass", async () => {
    const world = createWorld();
    await world.revoke();
    expect(world.measured).toEqual([
      {
        heartbeat: [1],
        poisonedRows: [0],
        conflicts: [0],
        overdue: [0],
        oldestOverdueSeconds: [0],
      },
    ]);
    await world.provision();
    expect(world.measured.at(-1)).toEqual({ heartbeat: [1], poisonedRows: [0], conflicts: [0] });
    expect(await world.store.fullPasses()).toEqual({
      revoke: world.now(),
      provision: world.now(),
    });
  });

  it("tell how late an end was, from the end of the window or from the click that ended it", async () => {
    const world = createWorld();
    const expired = await world.approved("web-pods-read");
    const ended = await world.approved("web-pods-mapping");
    await world.provision();
    world.advance(HOUR - MINUTE);
    await endAccess(world.ports, { grantId: ended, by: ADA, from: "test" });
    world.advance(MINUTE + 3_000);
    await world.revoke();
    expect(await world.grant(expired)).toMatchObject({ status: "ended" });
    expect(world.measured.at(-1)?.endedLatenessSeconds?.sort()).toEqual([3, 63]);
  });

  it("tell of access that should be gone and is not in every pass, also between two tries", async () => {
    const world = createWorld();
    const id = await world.approved("web-pods-read");
    await world.provision();
    world.groups.unreachable = true;
    world.advance(HOUR);
    for (let minute = 1; minute <= 6; minute++) {
      const from = world.measured.length;
      await world.revoke();
      const first = world.measured[from];
      expect(first).toMatchObject({ heartbeat: [1], overdue: [1] });
      const overdueSeconds = first?.oldestOverdueSeconds?.[0] ?? -1;
      expect(overdueSeconds).toBeGreaterThanOrEqual((minute - 1) * 60);
      const told = world.logged.findLast(({ message }) => message === "access is overdue");
      expect(told?.fields).toMatchObject({ count: 1, grants: [id] });
      world.advance(Math.max(0, HOUR + minute * MINUTE - (world.now() - ASKED_AT)));
    }
  });

  it("hold no heartbeat where there was no time for everything, and none for a kick", async () => {
    const world = await manyPlaces(BATCH);
    const beats = () => world.measured.filter(({ heartbeat }) => heartbeat !== undefined).length;
    const before = beats();
    const first = world.store.grants()[0]?.grant.id as GrantId;
    await world.revoke([first]);
    slowPlaces(world, 400); // 80 s for all of them, in runs of 75 s
    expect((await world.revoke()).complete).toBe(false);
    expect(beats()).toBe(before);
    expect((await world.revoke()).complete).toBe(true);
    expect(beats()).toBe(before + 1);
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
