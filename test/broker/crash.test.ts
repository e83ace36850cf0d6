// A worker that dies at any of its calls, before or after the effect: the next passes finish or undo its work.

import { describe, expect, it } from "@jest/globals";
import { endAccess } from "../../lib/broker/decide-request.ts";
import type { Ports } from "../../lib/broker/ports.ts";
import type { GrantId } from "../../lib/grant/ids.ts";
import { ADA, createWorld, HOUR, MINUTE, type World } from "../support/world.ts";

type When = "before" | "after";

class Died extends Error {}

/**
 * Ports of a worker that dies at its `at`-th outside call, before or after the call's effect; every
 * later call fails too, since nobody is there to make it.
 */
function mortal(ports: Ports, at: number, when: When): { ports: Ports; calls: () => number } {
  let calls = 0;
  const wrap = <T extends object>(outside: T): T =>
    new Proxy(outside, {
      get(target, name) {
        const method = Reflect.get(target, name) as unknown;
        if (typeof method !== "function") return method;
        return async (...args: unknown[]) => {
          calls += 1;
          if (calls > at || (calls === at && when === "before")) throw new Died();
          const result: unknown = await Reflect.apply(method, target, args);
          if (calls >= at) throw new Died();
          return result;
        };
      },
    });
  const targets = {
    "iam-group": wrap(ports.targets["iam-group"]),
    "aws-auth": wrap(ports.targets["aws-auth"]),
  };
  return {
    ports: {
      ...ports,
      store: wrap(ports.store),
      principals: wrap(ports.principals),
      targets,
    },
    calls: () => calls,
  };
}

/** Runs `work` with a worker that dies at each of its calls in turn, in a fresh world each time. */
async function dyingAtEveryCall(
  story: (world: World, dying: (ports: Ports) => Ports) => Promise<void>,
): Promise<number> {
  let deaths = 0;
  for (const when of ["before", "after"] as const) {
    for (let at = 1; ; at++) {
      const world = createWorld();
      let calls = () => 0;
      await story(world, (ports) => {
        const dying = mortal(ports, at, when);
        calls = dying.calls;
        return dying.ports;
      });
      if (calls() < at) break;
      deaths += 1;
    }
  }
  return deaths;
}

async function ignoringDeath(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof Died)) throw error;
  }
}

/** The minute schedule for a while: long enough for a dead worker's leases to run out. */
async function passes(world: World, minutes: number): Promise<void> {
  for (let minute = 0; minute < minutes; minute++) {
    await world.provision();
    await world.revoke();
    world.advance(MINUTE);
  }
}

function nothingLeft(world: World): void {
  expect([...world.groups.there, ...world.clusters.there]).toEqual([]);
  expect(world.store.assignments().filter(({ claims }) => claims.length > 0)).toEqual([]);
}

describe("a crash in provision", () => {
  it("at any call ends in access that begins soon and ends on time", async () => {
    const deaths = await dyingAtEveryCall(async (world, dying) => {
      const id = await world.approved("both");
      await ignoringDeath(world.provision([id], dying(world.ports)));
      await passes(world, 4);
      const grant = await world.grant(id);
      expect(grant).toMatchObject({ status: "active" });
      expect(world.groups.there.size + world.clusters.there.size).toBe(2);
      world.advance(HOUR);
      await passes(world, 4);
      expect(await world.grant(id)).toMatchObject({ status: "ended", cause: { kind: "expired" } });
      nothingLeft(world);
    });
    expect(deaths).toBeGreaterThan(20);
  });

  it("at any call, with provision dead for good, still ends in no access at all", async () => {
    const deaths = await dyingAtEveryCall(async (world, dying) => {
      const id = await world.approved("both");
      await ignoringDeath(world.provision([id], dying(world.ports)));
      world.advance(HOUR + 2 * MINUTE);
      for (let minute = 0; minute < 4; minute++) {
        await world.revoke();
        world.advance(MINUTE);
      }
      expect([...world.groups.there, ...world.clusters.there]).toEqual([]);
    });
    expect(deaths).toBeGreaterThan(20);
  });

  it("at any call leaves an early end its way", async () => {
    const deaths = await dyingAtEveryCall(async (world, dying) => {
      const id = await world.approved("both");
      await ignoringDeath(world.provision([id], dying(world.ports)));
      await endAccess(world.ports, { grantId: id, by: ADA, from: "test" });
      await passes(world, 4);
      expect(await world.grant(id)).toMatchObject({ status: "ended", cause: { kind: "revoked" } });
      expect([...world.groups.there, ...world.clusters.there]).toEqual([]);
    });
    expect(deaths).toBeGreaterThan(20);
  });
});

describe("a crash in revoke", () => {
  async function active(world: World, durationMs = HOUR): Promise<GrantId> {
    const id = await world.approved("both", durationMs);
    await world.provision([id]);
    return id;
  }

  it("at any call is finished by the next passes", async () => {
    const deaths = await dyingAtEveryCall(async (world, dying) => {
      const id = await active(world);
      world.advance(HOUR);
      await ignoringDeath(world.revoke(undefined, dying(world.ports)));
      await passes(world, 5);
      expect(await world.grant(id)).toMatchObject({ status: "ended", cause: { kind: "expired" } });
      nothingLeft(world);
    });
    expect(deaths).toBeGreaterThan(15);
  });

  it("at any call neither shortens nor lengthens another grant of the same access", async () => {
    await dyingAtEveryCall(async (world, dying) => {
      await active(world, HOUR);
      const longer = await active(world, 3 * HOUR);
      world.advance(HOUR);
      await ignoringDeath(world.revoke(undefined, dying(world.ports)));
      await passes(world, 5);
      expect(await world.grant(longer)).toMatchObject({ status: "active" });
      expect(world.groups.there.size + world.clusters.there.size).toBe(2);
      world.advance(2 * HOUR);
      await passes(world, 5);
      nothingLeft(world);
    });
  });
});
