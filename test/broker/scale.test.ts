// Scale: rows that nobody can read, ten thousand ends at once, and floods of requests keep no end waiting.

import { describe, expect, it } from "@jest/globals";
import type { MetricName } from "../../lib/broker/ports.ts";
import { BATCH } from "../../lib/broker/run.ts";
import { type GrantId, grantIdFrom, parseIamUserArn } from "../../lib/grant/ids.ts";
import { aGrant } from "../support/grants.ts";
import { createSlowWorld, everyMinute, type SlowWorld } from "../support/slow-world.ts";
import { createWorld, HOUR, MINUTE } from "../support/world.ts";

const idOf = (n: number): GrantId =>
  grantIdFrom(Uint8Array.from([0, 0, 0, 0, 0, 0, n >> 15, (n >> 10) & 31, (n >> 5) & 31, n & 31]));
const named = (name: string, count: number) =>
  Array.from({ length: count }, (_, n) => `${name}-${n}`);

describe("three rows that cannot be ended among 10,000", () => {
  it("keep none of the others, are told of in every pass, and are never called ended", async () => {
    const world = createWorld();
    for (let n = 0; n < 10_000; n++) {
      const principal = parseIamUserArn(`arn:aws:iam::111122223333:user/user-${n}`);
      const grant = aGrant({ id: idOf(n), principal })
        .active()
        .build();
      const window = { ...grant.window, principalId: `AIDAUSER${n}` };
      await world.store.create({ ...grant, window });
    }
    const [undecodable, newer, refusing] = [idOf(1_234), idOf(5_678), idOf(9_012)] as const;
    world.store.spoil(undecodable, "undecodable");
    world.store.spoil(newer, "newer-schema");
    const { take } = world.groups;
    markAllOurs(world);
    world.groups.take = async (assignments) =>
      new Map(
        [...(await take(assignments))].map(([key, outcome]) => [
          key,
          key.endsWith(" AIDAUSER9012")
            ? { status: "unclear", problem: "AccessDenied", writeLost: false }
            : outcome,
        ]),
      );
    world.advance(2 * HOUR);

    for (let pass = 1; pass <= 3; pass++) {
      world.logged.length = 0;
      world.measured.length = 0;
      const report = await world.revoke();
      expect(report.complete).toBe(true);
      const open = world.store.grants().filter(({ grant }) => grant.status !== "ended");
      expect(open.map(({ grant }) => grant.id).sort()).toEqual([undecodable, newer, refusing]);
      const unread = world.logged.filter(({ message }) => message.startsWith("row cannot be read"));
      expect(unread.map(({ fields }) => fields)).toEqual([
        { row: `GRANT#${undecodable}`, why: "undecodable" },
        { row: `GRANT#${newer}`, why: "newer-schema" },
      ]);
      const overdue = world.logged.filter(({ message }) => message === "access is overdue");
      expect(overdue[0]?.fields).toMatchObject({ count: 1, grants: [refusing] });
      expect(world.measured[0]).toMatchObject({
        heartbeat: [1],
        poisonedRows: [2],
        overdue: [1],
        oldestOverdueSeconds: [expect.any(Number)],
      });
      expect(world.measured[0]?.endedLatenessSeconds?.length ?? 0).toBe(pass === 1 ? 9_997 : 0);
      world.advance(MINUTE);
    }
  }, 60_000);
});

/** As if provision had put every grant's access there. */
function markAllOurs({ store }: ReturnType<typeof createWorld>): void {
  const { lease } = store;
  store.lease = async (key, wanted) => {
    const record = await lease(key, wanted);
    return record && { origin: "ours", ...record };
  };
}

describe("ends while 10,000 new requests arrive", () => {
  it("are as much on time as without them", async () => {
    const alone = await endsAmong(0);
    const crowded = await endsAmong(10_000);
    expect(alone.late).toHaveLength(1_000);
    expect(crowded.late).toHaveLength(1_000);
    // The crowd was there, and in the way: thousands got access in just that time, in the same places.
    expect(crowded.given).toBeGreaterThan(3_000);
    expect(crowded.conflicts).toBeGreaterThan(alone.conflicts);
    expect(crowded.late[990]).toBeLessThan(2 * (alone.late[990] ?? 0));
    expect(crowded.late[999]).toBeLessThan(1);
  }, 120_000);
});

/** How late each of 1,000 grants ended, in seconds, ascending, while so many requests arrived. */
async function endsAmong(requests: number) {
  const [groups, clusters] = [named("group", 36), named("cluster", 4)];
  const latencies = { tableMs: 6, iamMs: 20, clusterMs: 20 };
  const world = createSlowWorld({ groups, clusters, latencies });
  const places = [...groups, ...clusters];
  for (let n = 0; n < 1_000; n++) {
    await world.play(world.ask(n, places[n % places.length] ?? "", 10 * MINUTE + 60 * n));
  }
  const { loop } = world;
  everyMinute(loop, loop.now(), 12, () => world.provision());
  everyMinute(loop, loop.now() + 7_000, 12, () => world.revoke());
  await world.pass(9.5 * MINUTE);
  for (let n = 0; n < requests; n++) {
    const place = n % 50 === 0 ? clusters[(n / 50) % 4] : groups[n % 36];
    loop.at(loop.now() + 6 * n, () => {
      void world.ask(1_000 + n, place ?? "", 30 * MINUTE).then((id) => kicked(world, id));
    });
  }
  await world.pass(2.5 * MINUTE);
  const valuesOf = (wanted: MetricName) =>
    world.figures.filter(({ name }) => name === wanted).map(({ value }) => value);
  return {
    late: valuesOf("endedLatenessSeconds").sort((a, b) => a - b),
    conflicts: valuesOf("conflicts").reduce((sum, each) => sum + each, 0),
    given: world.memory.grants().filter(({ grant }) => grant.status === "active").length,
  };
}

/** As many kicks at once as the platform lets run; the others are dropped, as it drops them. */
let running = 0;
async function kicked(world: SlowWorld, id: GrantId): Promise<void> {
  if (running >= 10) return;
  running += 1;
  await world.provision([id]);
  running -= 1;
}

describe("a cluster that hangs", () => {
  it("keeps no end elsewhere waiting, however often it is tried", async () => {
    const latencies = { tableMs: 5, iamMs: 20, clusterMs: 20 };
    const world = createSlowWorld({ groups: ["ro"], clusters: ["down"], latencies });
    await world.play(world.ask(0, "down", 10 * MINUTE));
    for (let n = 1; n <= 100; n++) await world.play(world.ask(n, "ro", 10 * MINUTE + 500 * n));
    await world.play(world.provision());
    world.hanging.add("down");
    await world.pass(9.9 * MINUTE);
    everyMinute(world.loop, world.loop.now(), 4, () => world.revoke());
    await world.pass(4 * MINUTE);
    const late = world.figures.filter(({ name }) => name === "endedLatenessSeconds");
    expect(late).toHaveLength(100);
    expect(Math.max(...late.map(({ value }) => value))).toBeLessThan(1);
    const overdue = world.figures.filter(({ name, value }) => name === "overdue" && value > 0);
    expect(overdue.length).toBeGreaterThanOrEqual(4);
  });
});

describe("what ends in one cluster", () => {
  it("goes in one write, on however many pages it came", async () => {
    const latencies = { tableMs: 1, iamMs: 1, clusterMs: 1 };
    const world = createSlowWorld({ groups: [], clusters: ["dev"], latencies });
    for (let n = 0; n < BATCH + 50; n++) await world.play(world.ask(n, "dev", 10 * MINUTE));
    await world.play(world.provision());
    const { version, data } = world.maps.get("dev") ?? { version: 0, data: {} };
    expect(data.mapUsers?.match(/latchkey:/g)).toHaveLength(BATCH + 50);
    await world.pass(20 * MINUTE);
    await world.play(world.revoke());
    expect(world.maps.get("dev")?.version).toBe(version + 1);
    expect(world.maps.get("dev")?.data.mapUsers ?? "").not.toContain("latchkey:");
  }, 30_000);
});

describe("more than a run can do", () => {
  it("is left to the next by revoke, oldest first, and nothing is begun that is not finished", async () => {
    const groups = named("group", 300);
    const latencies = { tableMs: 1, iamMs: 1, clusterMs: 1 };
    const world = createSlowWorld({ groups, clusters: [], latencies });
    for (let n = 0; n < 900; n++) {
      const place = groups[Math.floor(n / 3)] ?? "";
      await world.play(world.ask(n, place, 10 * MINUTE + 100 * n));
    }
    await world.play(world.provision());
    await world.pass(20 * MINUTE);
    latencies.iamMs = 2_000;
    latencies.tableMs = 50;
    const endsOf = (is: (status: string) => boolean) =>
      world.memory
        .grants()
        .flatMap(({ grant }) =>
          "window" in grant && grant.window && is(grant.status) ? [grant.window.expiresAt] : [],
        );
    let runs = 0;
    for (let left = 900; left > 0; runs++) {
      const deadlineAt = world.loop.now() + 75_000;
      const report = await world.play(world.revoke());
      expect(world.calls.lastEndsAt).toBeLessThanOrEqual(deadlineAt);
      const open = endsOf((status) => status !== "ended");
      const lastEnded = Math.max(...endsOf((status) => status === "ended"));
      for (const expiresAt of open) expect(expiresAt).toBeGreaterThan(lastEnded);
      expect(open.length).toBeLessThan(left);
      expect(report.complete).toBe(open.length === 0);
      left = open.length;
      await world.pass(MINUTE);
    }
    expect(runs).toBeGreaterThan(1);
    expect([...world.members.values()].every(({ size }) => size === 0)).toBe(true);
    const beats = world.figures.filter(({ name }) => name === "heartbeat");
    expect(beats.length).toBe(2); // of provision, and of the last run of revoke
  }, 60_000);

  it("is left to the next by provision, which begins nothing that it cannot finish", async () => {
    const groups = named("group", 20);
    const latencies = { tableMs: 1, iamMs: 1, clusterMs: 1 };
    const world = createSlowWorld({ groups, clusters: [], latencies });
    for (let n = 0; n < 500; n++) {
      await world.play(world.ask(n, groups[n % groups.length] ?? "", 60 * MINUTE));
    }
    latencies.iamMs = 1_500;
    latencies.tableMs = 50;
    let runs = 0;
    for (let left = 500; left > 0; runs++) {
      const deadlineAt = world.loop.now() + 75_000;
      await world.play(world.provision());
      expect(world.calls.lastEndsAt).toBeLessThanOrEqual(deadlineAt);
      const open = world.memory.grants().filter(({ grant }) => grant.status === "approved");
      expect(open.some(({ grant }) => "window" in grant)).toBe(false);
      expect(open.length).toBeLessThan(left);
      left = open.length;
    }
    expect(runs).toBeGreaterThan(1);
  }, 60_000);
});
