// Telling Slack: what it missed is told again, the final state comes last, and nobody else waits for it.

import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, it } from "@jest/globals";
import { announce } from "../../lib/broker/announce.ts";
import { approveRequest, cancelRequest } from "../../lib/broker/decide-request.ts";
import type { Home, Messenger, Telling } from "../../lib/broker/ports.ts";
import { requestAccess } from "../../lib/broker/request-access.ts";
import type { ActiveGrant } from "../../lib/grant/grant.ts";
import type { GrantId, SlackUserId } from "../../lib/grant/ids.ts";
import type { Subject } from "../../lib/store/store.ts";
import { ADA, BOB, CAT, createWorld, HOUR, LEE, MINUTE } from "../support/world.ts";

async function aRequest() {
  const world = createWorld();
  const verdict = await requestAccess(world.ports, {
    by: ADA,
    entitlementId: "web-pods-read",
    from: "test",
  });
  if (!verdict.allowed) throw new Error("refused");
  const told: string[] = [];
  /** A pass with a messenger that shows grants so. */
  const announceWith = (show: Messenger["show"]) =>
    announce(
      { ...world.ports, messenger: { ...world.ports.messenger, show } },
      { deadlineAt: world.now() + MINUTE },
    );
  const tellsState: Messenger["show"] = async ({ grant, version, shown }) => {
    told.push(grant.status);
    return { shown: { ...shown, version } };
  };
  return { world, id: verdict.grant.id, told, announceWith, tellsState };
}

describe("announce", () => {
  it("tells each state once", async () => {
    const { told, announceWith, tellsState } = await aRequest();
    await announceWith(tellsState);
    await announceWith(tellsState);
    expect(told).toEqual(["pending"]);
  });

  it("tells at once what changed while it was at it", async () => {
    const { world, id, told, announceWith } = await aRequest();
    await announceWith(async ({ grant, version, shown }) => {
      if (told.length === 0) {
        await cancelRequest(world.ports, { grantId: id, by: ADA, from: "test" });
      }
      told.push(grant.status);
      return { shown: { ...shown, version } };
    });
    expect(told).toEqual(["pending", "cancelled"]);
  });

  it("tells again, as soon as Slack wants it, what Slack did not take", async () => {
    const { world, told, announceWith, tellsState } = await aRequest();
    const retryAt = world.now() + 30_000;
    await announceWith(async ({ shown }) => ({ shown, problem: "ratelimited", retryAt }));
    world.advance(29_000);
    await announceWith(tellsState);
    expect(told).toEqual([]);
    world.advance(1_000);
    await announceWith(tellsState);
    expect(told).toEqual(["pending"]);
  });

  it("waits longer and longer where Slack says no more, and longest where only people can mend it", async () => {
    const pausesWhere = async (isLasting: boolean) => {
      const { world, announceWith } = await aRequest();
      const tries: number[] = [];
      for (let minute = 0; minute < 60; minute += 0.25) {
        await announceWith(async ({ shown }) => {
          tries.push(world.now());
          return { shown, problem: "channel_not_found", isLasting };
        });
        world.advance(15_000);
      }
      return tries.slice(1).map((at, index) => (at - (tries[index] ?? 0)) / 1_000);
    };
    expect((await pausesWhere(false)).slice(0, 5)).toEqual([30, 45, 90, 120, 120]);
    expect((await pausesWhere(true)).slice(0, 7)).toEqual([30, 45, 90, 165, 330, 645, 900]);
  });

  it("puts nothing off that changes while Slack wants it to wait", async () => {
    const { world, id, told, announceWith, tellsState } = await aRequest();
    await announceWith(async ({ shown }) => {
      await cancelRequest(world.ports, { grantId: id, by: ADA, from: "test" });
      return { shown, problem: "timeout", retryAt: world.now() + HOUR };
    });
    await announceWith(tellsState);
    expect(told).toEqual(["cancelled"]);
  });

  it("remembers what Slack took even where it did not take everything", async () => {
    const { world, announceWith } = await aRequest();
    const card = { channel: "C0ACCESS", ts: "1.1" };
    await announceWith(async ({ shown }) => ({
      shown: { ...shown, messages: { card } },
      problem: "timeout",
    }));
    world.advance(MINUTE);
    let seen: unknown;
    await announceWith(async ({ version, shown }) => {
      seen = shown.messages;
      return { shown: { ...shown, version } };
    });
    expect(seen).toEqual({ card });
  });

  it("lets the messenger store what stands in the middle of its work", async () => {
    const { world, id, announceWith } = await aRequest();
    const card = { channel: "C0ACCESS", ts: "1.1" };
    await announceWith(async ({ shown }, _, { keep }) => {
      expect(await keep({ ...shown, messages: { card } })).toBe(true);
      throw new Error("the process dies");
    });
    world.advance(2 * MINUTE);
    let seen: unknown;
    await announceWith(async ({ version, shown }) => {
      seen = shown.messages;
      return { shown: { ...shown, version } };
    });
    expect(seen).toEqual({ card });
    expect(world.logged).toContainEqual(
      expect.objectContaining({ fields: { grant: id, error: expect.any(Error) } }),
    );
  });

  it("hands pauses on to the runs after it", async () => {
    const { world, announceWith } = await aRequest();
    const until = world.now() + 2 * MINUTE;
    await announceWith(async ({ shown }, _, { pauses }) => {
      expect(pauses.until("C0ACCESS")).toBe(0);
      pauses.note("C0ACCESS", until);
      return { shown, problem: "paused", retryAt: world.now() + 1_000 };
    });
    world.advance(MINUTE);
    await announceWith(async ({ version, shown }, _, { pauses }) => {
      expect(pauses.until("C0ACCESS")).toBe(until);
      return { shown: { ...shown, version } };
    });
  });

  it("tells a channel of one thing after another, the oldest change first", async () => {
    const { world, id, announceWith } = await aRequest();
    world.advance(1_000);
    const later = await world.approved("web-pods-mapping");
    const began: string[] = [];
    let atOnce = 0;
    await announceWith(async ({ grant, version, shown }) => {
      atOnce += 1;
      expect(atOnce).toBe(1);
      began.push(grant.id);
      await turn();
      atOnce -= 1;
      return { shown: { ...shown, version } };
    });
    expect(began).toEqual([id, later]);
  });

  it("tells who decides what else the requester has, and how often they had this", async () => {
    const world = createWorld();
    const had = await world.approved("web-pods-read");
    await world.provision();
    await ended(world, had);
    const has = await world.approved("web-pods-mapping");
    await world.provision();
    await requestAccess(world.ports, { by: ADA, entitlementId: "web-pods-read", from: "test" });
    const tellings: Telling[] = [];
    await announce(
      {
        ...world.ports,
        messenger: {
          ...world.ports.messenger,
          show: async ({ grant, version, shown }, telling) => {
            if (grant.status === "pending") tellings.push(telling);
            return { shown: { ...shown, version } };
          },
        },
      },
      world.run(),
    );
    expect(tellings.map(({ background }) => background?.timesIn30Days)).toEqual([1]);
    expect(tellings[0]?.background?.live.map(({ id }) => id)).toEqual([has]);
    expect(tellings[0]?.approvers).toEqual([BOB, LEE]);
    expect(tellings[0]?.usergroups).toEqual(["S0LEADS"]);
  });

  it("comes back for what only time brings: the reminder, and the warning before the end", async () => {
    const { world, id, told, announceWith, tellsState } = await aRequest();
    await announceWith(tellsState);
    world.advance(23 * HOUR - 1);
    await announceWith(tellsState);
    expect(told).toEqual(["pending"]);
    world.advance(1);
    await announceWith(tellsState);
    expect(told).toEqual(["pending", "pending"]);

    await approveRequest(world.ports, { grantId: id, by: BOB, from: "test" });
    await world.provision();
    const { window } = (await world.grant(id)) as ActiveGrant;
    const times: number[] = [];
    while (world.now() < window.expiresAt) {
      await announceWith(async ({ version, shown }, { now }) => {
        times.push(window.expiresAt - now);
        return { shown: { ...shown, version } };
      });
      world.advance(MINUTE);
    }
    expect(times).toContain(10 * MINUTE);
  });

  it("gives up where only people could mend it, a day after the grant was over", async () => {
    const { world, id, announceWith } = await aRequest();
    await cancelRequest(world.ports, { grantId: id, by: ADA, from: "test" });
    let tries = 0;
    const archived: Messenger["show"] = async ({ shown }) => {
      tries += 1;
      return { shown, problem: "is_archived", isLasting: true };
    };
    for (let hour = 0; hour < 24; hour++) {
      await announceWith(archived);
      world.advance(HOUR);
    }
    expect(tries).toBe(24);
    await announceWith(archived);
    world.advance(1_000);
    await announceWith(archived);
    world.advance(HOUR);
    await announceWith(archived);
    expect(tries).toBe(26);
  });

  it("says that it saw everything, also where Slack took nothing, and not after a kick", async () => {
    const { world, id, announceWith } = await aRequest();
    const show: Messenger["show"] = async ({ shown }) => ({ shown, problem: "ratelimited" });
    const ports = { ...world.ports, messenger: { ...world.ports.messenger, show } };
    await announce(ports, { deadlineAt: world.now() + MINUTE }, [{ grant: id }]);
    expect(world.measured).toEqual([{ requests: [1], oldestUntoldSeconds: [0] }]);
    await announceWith(show);
    expect(world.measured.at(-1)).toEqual({ oldestUntoldSeconds: [0], heartbeat: [1] });
    expect(await world.store.fullPasses()).toEqual({ announce: world.now() });
  });

  it("says since when Slack has not taken something, until it takes it", async () => {
    const { world, announceWith, tellsState } = await aRequest();
    const untoldSeconds = () => world.measured.at(-1)?.oldestUntoldSeconds;
    const refuses: Messenger["show"] = async ({ shown }) => ({ shown, problem: "internal_error" });
    // It may have stood there for long: what counts is since when Slack should have known.
    world.advance(HOUR);
    await announceWith(refuses);
    expect(untoldSeconds()).toEqual([0]);
    world.advance(10 * MINUTE);
    await announceWith(refuses);
    expect(untoldSeconds()).toEqual([600]);
    world.advance(10 * MINUTE);
    await announceWith(tellsState);
    expect(untoldSeconds()).toEqual([0]);
  });

  it("counts anew where Slack took something in between", async () => {
    const { world, id, announceWith, tellsState } = await aRequest();
    const refuses: Messenger["show"] = async ({ shown }) => ({ shown, problem: "internal_error" });
    await announceWith(refuses);
    world.advance(5 * MINUTE);
    await announceWith(tellsState);
    world.advance(5 * MINUTE);
    await cancelRequest(world.ports, { grantId: id, by: ADA, from: "test" });
    await announceWith(refuses);
    expect(world.measured.at(-1)?.oldestUntoldSeconds).toEqual([0]);
  });

  it("counts anew after a release that knew of the failures and not of their time", async () => {
    const { world, announceWith, tellsState } = await aRequest();
    const refuses: Messenger["show"] = async ({ shown }) => ({ shown, problem: "internal_error" });
    await announceWith(refuses);
    world.advance(HOUR);
    const { store } = world.ports;
    // What that release left in the row once Slack had taken everything: it took away what it knew.
    const holdAnnouncement: typeof store.holdAnnouncement = async (...hold) => {
      const held = await store.holdAnnouncement(...hold);
      if (held === undefined) return held;
      const { failures: _, ...shown } = held.shown;
      return { ...held, shown };
    };
    const { messenger } = world.ports;
    const ports = { ...world.ports, store: { ...store, holdAnnouncement } };
    const show = { ...messenger, show: refuses };
    await announce({ ...ports, messenger: show }, { deadlineAt: world.now() + MINUTE });
    expect(world.measured.at(-1)?.oldestUntoldSeconds).toEqual([0]);
    await announceWith(tellsState);
  });

  it("does not say so where it had no time left", async () => {
    const { world, announceWith } = await aRequest();
    world.advance(1_000);
    await world.approved("web-pods-mapping");
    await announceWith(async ({ version, shown }) => {
      world.advance(MINUTE);
      return { shown: { ...shown, version } };
    });
    expect(world.measured.at(-1)?.heartbeat).toBeUndefined();
    expect(await world.store.fullPasses()).toEqual({});
  });
});

describe("whoever has left the workspace", () => {
  async function active() {
    const world = createWorld();
    const id = await world.approved("web-pods-read");
    await world.provision();
    const pass = () => announce(world.ports, world.run());
    await pass();
    return { world, id, pass };
  }

  it("loses their access within a quarter of an hour", async () => {
    const { world, id, pass } = await active();
    world.standings.set(ADA, "deactivated");
    await pass();
    expect((await world.grant(id)).status).toBe("active");
    world.advance(15 * MINUTE);
    await pass();
    expect(await world.grant(id)).toMatchObject({
      status: "revoking",
      cause: { kind: "revoked", by: "latchkey", why: expect.stringContaining("deactivated") },
    });
    expect(world.kicks).toContainEqual({ worker: "revoke", grants: [id] });
  });

  it.each(["guest", "bot", "outsider"] as const)(
    "and so does who became a %s",
    async (standing) => {
      const { world, id, pass } = await active();
      world.standings.set(ADA, standing);
      world.advance(15 * MINUTE);
      await pass();
      expect((await world.grant(id)).status).toBe("revoking");
    },
  );

  it("is asked about again a minute later where others were at the grant all the while", async () => {
    const { world, id } = await active();
    world.standings.set(ADA, "guest");
    world.advance(15 * MINUTE);
    await announce(world.portsWith({ save: async () => "stale" }), world.run());
    expect((await world.grant(id)).status).toBe("active");
    world.advance(MINUTE);
    await announce(world.ports, world.run());
    expect((await world.grant(id)).status).toBe("revoking");
  });

  it("keeps nobody who stays from their access, and Slack failing ends nothing", async () => {
    const { world, id, pass } = await active();
    world.standings.set(ADA, "untold");
    world.advance(15 * MINUTE);
    await pass();
    const asked = world.standingsAsked.length;
    await pass();
    expect(world.standingsAsked).toHaveLength(asked);
    world.advance(MINUTE);
    await pass();
    expect(world.standingsAsked.length).toBe(asked + 1);
    expect((await world.grant(id)).status).toBe("active");
  });
});

describe("App Homes", () => {
  async function looking(...users: readonly SlackUserId[]) {
    const world = createWorld();
    const published: Home[] = [];
    const messenger: Messenger = {
      ...world.ports.messenger,
      async publishHome(home) {
        published.push(home);
        return {
          shows: JSON.stringify(
            home.own.map(({ status }) => status).concat(home.waiting.map(({ id }) => id as never)),
          ),
        };
      },
    };
    const pass = (kicked?: readonly Subject[]) =>
      announce({ ...world.ports, messenger }, world.run(), kicked);
    for (const user of users) await world.store.homeOpened(user, world.now());
    await pass(users.map((home) => ({ home })));
    const seen = () => published.splice(0);
    return { world, pass, seen };
  }

  it("are published to who opens them", async () => {
    const { seen } = await looking(ADA);
    expect(seen()).toMatchObject([{ user: ADA, canAsk: true, own: [], waiting: [], recent: [] }]);
  });

  it("follow every change for who has it, and for whom it waits; nobody else's is made", async () => {
    const { world, pass, seen } = await looking(ADA, BOB, CAT);
    world.advance(MINUTE);
    await pass();
    seen();
    const asked = await requestAccess(world.ports, {
      by: ADA,
      entitlementId: "web-pods-read",
      from: "test",
    });
    if (!asked.allowed) throw new Error("refused");
    const { id } = asked.grant;
    await pass([{ grant: id }]);
    const homes = seen();
    expect(homes.map(({ user }) => user).sort()).toEqual([ADA, BOB].sort());
    expect(homes.find(({ user }) => user === ADA)?.own).toMatchObject([{ status: "pending" }]);
    expect(homes.find(({ user }) => user === BOB)?.waiting).toMatchObject([{ id }]);

    await approveRequest(world.ports, { grantId: id, by: BOB, from: "test" });
    await pass([{ grant: id }]);
    expect(seen().find(({ user }) => user === BOB)?.waiting).toEqual([]);
  });

  it("are looked at once more after a change, since an index may lag, and then left alone", async () => {
    const { world, pass, seen } = await looking(ADA);
    seen();
    world.advance(10_000);
    await pass();
    expect(seen()).toHaveLength(1);
    world.advance(HOUR);
    await pass();
    expect(seen()).toEqual([]);
  });

  it("are left alone where Slack refuses them, until they are opened or touched", async () => {
    const { world, seen } = await looking(ADA);
    seen();
    let tries = 0;
    const messenger: Messenger = {
      ...world.ports.messenger,
      async publishHome() {
        tries += 1;
        return { problem: "invalid_arguments", isLasting: true };
      },
    };
    await world.store.homeOpened(ADA, world.now());
    for (let minute = 0; minute < 60; minute++) {
      await announce({ ...world.ports, messenger }, world.run());
      world.advance(MINUTE);
    }
    expect(tries).toBe(1);
  });

  it("are not made for who has not looked for half a day", async () => {
    const { world, pass, seen } = await looking(ADA);
    world.advance(13 * HOUR);
    await pass();
    seen();
    const id = await world.approved("web-pods-read");
    await pass([{ grant: id }]);
    expect(seen()).toEqual([]);
  });
});

async function ended(world: ReturnType<typeof createWorld>, id: GrantId): Promise<void> {
  world.advance(2 * HOUR);
  await world.revoke();
  world.advance(MINUTE);
  await world.revoke();
  expect((await world.grant(id)).status).toBe("ended");
}
