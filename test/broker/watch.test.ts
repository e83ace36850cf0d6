// Watch: what it finds where the table and the places differ, what it does not take for a finding, what it costs.

import { describe, expect, it } from "@jest/globals";
import type { Finding, Report } from "../../lib/broker/findings.ts";
import type { Ports } from "../../lib/broker/ports.ts";
import { watch } from "../../lib/broker/watch.ts";
import { type GrantId, grantIdFrom } from "../../lib/grant/ids.ts";
import { assignmentKey, placeKey, type TargetSpec } from "../../lib/grant/target-spec.ts";
import { StoreError } from "../../lib/store/store.ts";
import type { Inventories, Listed, Refusal } from "../../lib/targets/target.ts";
import { aGrant } from "../support/grants.ts";
import { ADA, anEntitlement, createWorld, GROUP, HOUR, MAPPING, MINUTE } from "../support/world.ts";

const SECOND = 1_000;
const ADA_ARN = "arn:aws:iam::111122223333:user/iam-bttrm-web-user-1";
const ADA_ID = "AIDACKCEVSQ6C2EXAMPLE";
const GROUPS_OF_MAPPING = ["rbac-bttrm-web-ro-group"];
const STRANGER = "AIDAIOSFODNN7EXAMPLE00";

/** A broker at work, and watch beside it. */
function aWatchedWorld(world = createWorld()) {
  const handedOver: Report[] = [];
  const takenUp: (readonly GrantId[])[] = [];
  /** Entries beyond those that the broker wrote, and what differs of those. */
  const byHand = new Map<string, Partial<Listed>>();
  let unseen: Refusal | Error | undefined;
  let meanwhile: (() => unknown) | undefined;
  let lists = 0;

  const inventoryOf = (there: ReadonlySet<string>, isMarked: boolean) => ({
    async list(spec: TargetSpec): Promise<readonly Listed[] | Refusal> {
      lists += 1;
      await meanwhile?.();
      if (unseen instanceof Error) throw unseen;
      if (unseen !== undefined) return unseen;
      const keys = [...there, ...byHand.keys()].filter((key) => key.startsWith(placeKey(spec)));
      return [...new Set(keys)].map((key) => ({
        key,
        holder: key.split(" ").at(-1) ?? "",
        gives: isMarked ? GROUPS_OF_MAPPING : [],
        isMarked,
        ...byHand.get(key),
      }));
    },
  });
  const inventories = {
    "iam-group": inventoryOf(world.groups.there, false),
    "aws-auth": inventoryOf(world.clusters.there, true),
  } as Inventories;
  const passed = async (...sweeps: readonly string[]) => {
    for (const sweep of sweeps) await world.store.noteFullPass(sweep, world.now());
  };

  return {
    ...world,
    byHand,
    handedOver,
    takenUp,
    passed,
    lists: () => lists,
    blind(how: Refusal | Error | undefined) {
      unseen = how;
    },
    /** Done each time that a place is looked at, before it shows what is there. */
    meanwhile(act: (() => unknown) | undefined) {
      meanwhile = act;
    },
    /** A run of watch while the sweeps are at work. */
    async watch({ sweepsRun = true, ports = world.ports as Ports } = {}) {
      if (sweepsRun) await passed("provision", "revoke", "announce");
      const handOver = async (report: Report) => void handedOver.push(report);
      const takeUp = async (forgotten: readonly GrantId[]) => void takenUp.push(forgotten);
      const run = { deadlineAt: world.now() + 120 * SECOND };
      const { findings } = await watch({ ...ports, inventories, handOver, takeUp }, run);
      return findings;
    },
    metrics: () => world.measured.at(-1),
  };
}

const keyOf = (spec: TargetSpec, id = ADA_ID) => assignmentKey(spec, { arn: ADA_ARN as never, id });

async function aLiveGrant(entitlement: string, durationMs = HOUR) {
  const world = aWatchedWorld();
  const id = await world.approved(entitlement, durationMs);
  await world.provision([id]);
  expect((await world.grant(id)).status).toBe("active");
  return { ...world, id };
}

describe("watch", () => {
  it("finds nothing where everything is as it should be, in one look, and says that it has looked", async () => {
    const world = await aLiveGrant("both");
    const startedAt = world.now();
    expect(await world.watch()).toEqual([]);
    expect(world.now()).toBe(startedAt);
    expect(world.handedOver).toEqual([{ at: startedAt, findings: [], leftOut: 0 }]);
    expect(world.metrics()).toEqual({
      heartbeat: [1],
      oldestOverdueSeconds: [0],
      liveGrants: [1],
      drift: [0],
      unlent: [0],
      stoppedSweeps: [0],
      poisonedRows: [0],
    });
  });

  it("writes nothing, neither to the table nor to a place", async () => {
    const world = await aLiveGrant("both");
    world.byHand.set(keyOf(GROUP, STRANGER), {});
    const before = JSON.stringify([world.store.grants(), world.store.assignments()]);
    const writes = world.groups.writes.length + world.clusters.writes.length;
    await world.watch();
    expect(JSON.stringify([world.store.grants(), world.store.assignments()])).toBe(before);
    expect(world.groups.writes.length + world.clusters.writes.length).toBe(writes);
  });
});

describe("watch finds overdue", () => {
  it("access whose window is over for more than five minutes, and not before", async () => {
    const world = await aLiveGrant("web-pods-read");
    world.advance(HOUR + 4 * MINUTE);
    expect(await world.watch()).toEqual([]);
    expect(world.metrics()?.oldestOverdueSeconds).toEqual([240]);

    world.advance(2 * MINUTE);
    const [finding] = await world.watch();
    expect(finding).toEqual({
      kind: "overdue",
      grant: world.id,
      entitlement: "web-pods-read",
      requester: ADA,
      since: expect.any(Number),
    });
    expect(world.metrics()?.oldestOverdueSeconds?.[0]).toBeGreaterThanOrEqual(360);
  });

  it("access that someone ended early, from that moment", async () => {
    const world = await aLiveGrant("web-pods-read");
    const { grant, version } = await world.stored(world.id);
    if (grant.status !== "active") throw new Error("it is active");
    const since = world.now();
    const { activeAt: _, ...facts } = grant;
    const revoking = {
      ...facts,
      status: "revoking" as const,
      cause: { kind: "revoked" as const, by: ADA },
      since,
      waiting: { retryAt: since + 30 * 24 * HOUR, attempts: 9 },
    };
    await world.store.save(revoking, { grant, version });
    world.advance(6 * MINUTE);
    expect(await world.watch()).toEqual([expect.objectContaining({ kind: "overdue", since })]);
  });

  it("a grant whose access was begun, and whose window went by before it was active", async () => {
    const world = aWatchedWorld();
    const id = await world.approved("web-pods-read");
    await world.store.save(aGrant({ id }).begun().build(), await world.stored(id));
    world.advance(HOUR + 7 * MINUTE);
    expect(await world.watch()).toEqual([expect.objectContaining({ kind: "overdue", grant: id })]);
  });
});

describe("watch finds left over", () => {
  it("an entry of aws-auth under the broker's mark that no grant gives", async () => {
    const world = aWatchedWorld();
    world.byHand.set(keyOf(MAPPING), {});
    expect(await world.watch()).toEqual([
      {
        kind: "left-over",
        place: placeKey(MAPPING),
        assignment: keyOf(MAPPING),
        holder: ADA_ARN,
        groups: GROUPS_OF_MAPPING,
      },
    ]);
    expect(world.metrics()).toMatchObject({ drift: [1], unlent: [0], heartbeat: [1] });
  });

  it("groups that somebody added to the entry of a live grant", async () => {
    const world = await aLiveGrant("web-pods-mapping");
    world.byHand.set(keyOf(MAPPING), { gives: [...GROUPS_OF_MAPPING, "system:masters"] });
    expect(await world.watch()).toEqual([
      expect.objectContaining({ kind: "left-over", groups: ["system:masters"] }),
    ]);
  });

  it("a member whom the table calls the broker's and no grant lends", async () => {
    const world = aWatchedWorld();
    await world.store.lease(keyOf(GROUP), { owner: "one", now: 0, until: 1 });
    await world.store.mark(keyOf(GROUP), "one", "ours");
    world.byHand.set(keyOf(GROUP), {});
    expect(await world.watch()).toEqual([
      expect.objectContaining({ kind: "left-over", assignment: keyOf(GROUP) }),
    ]);
    expect(world.metrics()).toMatchObject({ drift: [1], unlent: [0] });
  });

  it("in a group that only a live grant names, which access.yml has forgotten", async () => {
    const world = await aLiveGrant("web-pods-read");
    world.deploy({ ...world.policy(), entitlements: {} });
    world.byHand.set(keyOf(GROUP, STRANGER), {});
    expect(await world.watch()).toEqual([expect.objectContaining({ kind: "unlent" })]);
  });
});

describe("watch finds unlent", () => {
  it("a member whom the broker did not put there, which is no drift", async () => {
    const world = aWatchedWorld();
    world.byHand.set(keyOf(GROUP, STRANGER), {});
    expect(await world.watch()).toEqual([
      {
        kind: "unlent",
        place: placeKey(GROUP),
        assignment: keyOf(GROUP, STRANGER),
        holder: STRANGER,
        groups: [],
      },
    ]);
    expect(world.metrics()).toMatchObject({ drift: [0], unlent: [1] });
  });

  it("a member who was there before the broker, once the grant has ended, and not during it", async () => {
    const world = aWatchedWorld();
    world.groups.there.add(keyOf(GROUP));
    const id = await world.approved("web-pods-read");
    await world.provision([id]);
    expect(await world.watch()).toEqual([]);
    world.advance(HOUR);
    await world.revoke();
    expect(await world.watch()).toEqual([expect.objectContaining({ kind: "unlent" })]);
  });
});

describe("watch finds missing", () => {
  it.each([
    ["a membership", "web-pods-read", GROUP, []],
    ["an entry", "web-pods-mapping", MAPPING, GROUPS_OF_MAPPING],
  ] as const)("%s that somebody took away", async (_what, entitlement, spec, groups) => {
    const world = await aLiveGrant(entitlement);
    world.groups.there.clear();
    world.clusters.there.clear();
    expect(await world.watch()).toEqual([
      {
        kind: "missing",
        grant: world.id,
        entitlement,
        requester: ADA,
        place: placeKey(spec),
        assignment: keyOf(spec),
        holder: ADA_ARN,
        groups,
        until: expect.any(Number),
      },
    ]);
    expect(world.metrics()).toMatchObject({ drift: [1] });
  });

  it("an entry that lacks a group, and one beside which somebody else's stands", async () => {
    const world = await aLiveGrant("web-pods-mapping");
    world.byHand.set(keyOf(MAPPING), { gives: [] });
    expect(await world.watch()).toEqual([
      expect.objectContaining({ kind: "missing", groups: GROUPS_OF_MAPPING }),
    ]);
    world.byHand.set(keyOf(MAPPING), { isContested: true });
    expect(await world.watch()).toEqual([expect.objectContaining({ kind: "missing", groups: [] })]);
  });

  it("nothing of a grant that is being ended, or whose window is over", async () => {
    const world = await aLiveGrant("web-pods-read");
    world.groups.there.clear();
    world.advance(HOUR + MINUTE);
    expect(await world.watch()).toEqual([]);
  });
});

describe("watch finds stopped", () => {
  it("a sweep without a full pass for more than five minutes, and one that never had any", async () => {
    const world = aWatchedWorld();
    await world.passed("revoke");
    const since = world.now();
    world.advance(5 * MINUTE);
    await world.passed("provision");
    world.advance(MINUTE);
    expect(await world.watch({ sweepsRun: false })).toEqual([
      { kind: "stopped", sweep: "announce" },
      { kind: "stopped", sweep: "revoke", since },
    ]);
    expect(world.metrics()).toMatchObject({ stoppedSweeps: [2] });
  });
});

describe("watch finds unreadable", () => {
  it.each(["undecodable", "newer-schema"] as const)("a row that is %s", async (why) => {
    const world = await aLiveGrant("web-pods-read");
    world.store.spoil(world.id, why);
    // The access that the row lends is told with the row, and not as left over.
    expect(await world.watch()).toEqual([{ kind: "unreadable", row: `GRANT#${world.id}`, why }]);
    expect(world.metrics()).toMatchObject({ poisonedRows: [1], drift: [0] });
  });

  it("and looks at everything else all the same", async () => {
    const world = await aLiveGrant("web-pods-read");
    const other = await world.approved("web-pods-mapping");
    await world.provision([other]);
    world.store.spoil(world.id, "undecodable");
    world.clusters.there.clear();
    expect((await world.watch()).map(({ kind }) => kind)).toEqual(["missing", "unreadable"]);
  });

  it("and tells of a member whose assignment cannot be read", async () => {
    const world = aWatchedWorld();
    world.byHand.set(keyOf(GROUP, STRANGER), {});
    const ports = world.portsWith({
      assignment: async () => {
        throw new StoreError("undecodable", "damaged");
      },
    });
    expect(await world.watch({ ports })).toEqual([expect.objectContaining({ kind: "unlent" })]);
  });
});

describe("watch finds unseen", () => {
  const closed: Refusal = {
    seen: "refused",
    code: "not-permitted",
    message: "the cluster does not know Latchkey",
  };

  it.each([
    ["does not let it look", closed, "the cluster does not know Latchkey"],
    ["cannot be reached", new Error("connect ETIMEDOUT"), "connect ETIMEDOUT"],
  ])("a place that %s, and gives no clean bill", async (_how, answer, problem) => {
    const world = await aLiveGrant("both");
    world.blind(answer);
    expect(await world.watch()).toEqual([
      { kind: "unseen", place: placeKey(MAPPING), problem },
      { kind: "unseen", place: placeKey(GROUP), problem },
    ]);
    expect(world.metrics()).toMatchObject({ drift: [0] });
    expect(world.metrics()?.heartbeat).toBeUndefined();
  });

  it("not what the second look sees", async () => {
    const world = aWatchedWorld();
    world.blind(closed);
    world.meanwhile(() => world.lists() === 3 && world.blind(undefined));
    expect(await world.watch()).toEqual([]);
    expect(world.metrics()).toMatchObject({ heartbeat: [1] });
  });

  it("nothing where only the second look is blind, but does not say that it has seen all", async () => {
    const world = aWatchedWorld();
    world.byHand.set(keyOf(GROUP, STRANGER), {});
    world.meanwhile(() => world.lists() === 3 && world.blind(closed));
    expect(await world.watch()).toEqual([]);
    expect(world.metrics()?.heartbeat).toBeUndefined();
  });

  it("a place for which no time was left", async () => {
    const many = Array.from({ length: 40 }, (_, n) =>
      anEntitlement(`web-${n}`, {
        targets: [{ ...GROUP, arn: `${arnOf(GROUP)}-${n}` } as TargetSpec],
      }),
    );
    const world = aWatchedWorld(createWorld(many));
    world.meanwhile(() => world.advance(10 * SECOND));
    const findings = await world.watch();
    expect(findings.length).toBeGreaterThan(0);
    for (const finding of findings) {
      expect(finding).toMatchObject({ kind: "unseen", problem: "watch had no time left for it" });
    }
  });
});

describe("a grant that comes or goes between the two looks", () => {
  it("is no finding when it ends after the table was read", async () => {
    const world = await aLiveGrant("web-pods-read", MINUTE);
    let ended = false;
    world.meanwhile(async () => {
      if (ended) return;
      ended = true;
      const { grant } = await world.stored(world.id);
      if (grant.status === "active") world.advance(grant.window.expiresAt - world.now() - 1);
      world.groups.there.clear();
    });
    expect(await world.watch()).toEqual([]);
  });

  it("is no finding when its access is there before the index shows it", async () => {
    const world = await aLiveGrant("web-pods-read");
    let reads = 0;
    const ports = world.portsWith({
      due: async (...page) => {
        reads += 1;
        return reads <= 3 ? { rows: [] } : world.store.due(...page);
      },
    });
    expect(await world.watch({ ports })).toEqual([]);
    expect(reads).toBe(6);
  });

  it("is no finding when IAM shows its end late", async () => {
    const world = await aLiveGrant("web-pods-read");
    world.advance(HOUR);
    await world.revoke();
    const removedAt = world.now();
    world.byHand.set(keyOf(GROUP), {});
    world.meanwhile(() => world.now() > removedAt + 10 * SECOND && world.byHand.clear());
    expect(await world.watch()).toEqual([]);
  });
});

describe("watch among thousands of grants", () => {
  const COUNT = 3_000;

  async function aCrowd() {
    const world = aWatchedWorld();
    for (let n = 0; n < COUNT; n++) {
      const id = grantIdFrom(Uint8Array.from([9, 0, 0, 0, 0, 0, 0, n / 1024, n / 32, n]));
      const principalId = `AIDA${String(n).padStart(17, "0")}`;
      const grant = aGrant({ id }).active().build();
      await world.store.create({ ...grant, window: { ...grant.window, principalId } });
      world.groups.there.add(keyOf(GROUP, principalId));
    }
    return world;
  }

  it("reads pages and one list per place, and no row by itself", async () => {
    const world = await aCrowd();
    let pages = 0;
    const rows: GrantId[] = [];
    const ports = world.portsWith({
      due: async (...page) => {
        pages += 1;
        return world.store.due(...page);
      },
      load: async (id) => {
        rows.push(id);
        return world.store.load(id);
      },
    });
    expect(await world.watch({ ports })).toEqual([]);
    expect(rows).toEqual([]);
    expect(pages).toBeLessThanOrEqual(COUNT / 200 + 2);
    expect(world.lists()).toBe(2);
  });

  it("reports the gravest hundred and counts the others, the same ones every time", async () => {
    const world = await aCrowd();
    world.groups.there.clear();
    world.byHand.set(keyOf(MAPPING), {});
    const first = await world.watch();
    const second = await world.watch();
    expect(first).toHaveLength(100);
    expect(first[0]?.kind).toBe("left-over");
    expect(second).toEqual(first as Finding[]);
    expect(world.handedOver[0]?.leftOut).toBe(COUNT + 1 - 100);
    expect(Buffer.byteLength(JSON.stringify(world.handedOver[0]))).toBeLessThan(256 * 1024);
    expect(world.metrics()).toMatchObject({ drift: [COUNT + 1] });
  });
});

describe("watch, after an upgrade,", () => {
  it("has live grants taken up that the release before let go", async () => {
    const world = await aLiveGrant("web-pods-read");
    const [live] = world.store.grants();
    const { id } = live?.grant ?? {};
    await world.watch();
    expect(world.takenUp).toEqual([]);

    const hold = { owner: "old", now: world.now(), until: world.now() + MINUTE };
    const held = await world.store.holdAnnouncement(id as GrantId, hold);
    const version = held?.stored.version ?? 0;
    const shown = { version, messages: {} };
    await world.store.saveAnnouncement(id as GrantId, "old", { version, shown });
    await world.watch();
    expect(world.takenUp).toEqual([[id]]);
  });
});

function arnOf(spec: TargetSpec): string {
  return spec.kind === "iam-group" ? spec.arn : "";
}
