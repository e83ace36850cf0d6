// Telling Slack: what it missed is told again, the final state comes last, and nobody else waits for it.

import { describe, expect, it } from "@jest/globals";
import { announce } from "../../lib/broker/announce.ts";
import { cancelRequest } from "../../lib/broker/decide-request.ts";
import type { Messenger } from "../../lib/broker/ports.ts";
import { requestAccess } from "../../lib/broker/request-access.ts";
import { ADA, createWorld, MINUTE } from "../support/world.ts";

async function aRequest() {
  const world = createWorld();
  const verdict = await requestAccess(world.ports, {
    by: ADA,
    entitlementId: "web-pods-read",
    from: "test",
  });
  if (!verdict.allowed) throw new Error("refused");
  const told: string[] = [];
  const announceWith = (messenger: Messenger) =>
    announce({ ...world.ports, messenger }, { deadlineAt: world.now() + MINUTE });
  return { world, id: verdict.grant.id, told, announceWith };
}

describe("announce", () => {
  it("tells each state once", async () => {
    const { told, announceWith } = await aRequest();
    const messenger: Messenger = {
      show: async (grant, version, shown) => {
        told.push(grant.status);
        return { shown: { ...shown, version } };
      },
    };
    await announceWith(messenger);
    await announceWith(messenger);
    expect(told).toEqual(["pending"]);
  });

  it("tells at once what changed while it was at it", async () => {
    const { world, id, told, announceWith } = await aRequest();
    await announceWith({
      show: async (grant, version, shown) => {
        if (told.length === 0) {
          await cancelRequest(world.ports, { grantId: id, by: ADA, from: "test" });
        }
        told.push(grant.status);
        return { shown: { ...shown, version } };
      },
    });
    expect(told).toEqual(["pending", "cancelled"]);
  });

  it("tells again, after as long as Slack says, what Slack did not take", async () => {
    const { world, told, announceWith } = await aRequest();
    let down = true;
    const messenger: Messenger = {
      show: async (grant, version, shown) => {
        if (down) return { shown, problem: "ratelimited", retryAfterMs: 30_000 };
        told.push(grant.status);
        return { shown: { ...shown, version } };
      },
    };
    await announceWith(messenger);
    down = false;
    world.advance(29_000);
    await announceWith(messenger);
    expect(told).toEqual([]);
    world.advance(1_000);
    await announceWith(messenger);
    expect(told).toEqual(["pending"]);
  });

  it("remembers what Slack took even where it did not take everything", async () => {
    const { world, announceWith } = await aRequest();
    const card = { channel: "C0ACCESS", ts: "1.1" };
    await announceWith({
      show: async (_, __, shown) => ({
        shown: { ...shown, messages: { card } },
        problem: "channel_not_found",
      }),
    });
    world.advance(MINUTE);
    let seen: unknown;
    await announceWith({
      show: async (_, version, shown) => {
        seen = shown.messages;
        return { shown: { ...shown, version } };
      },
    });
    expect(seen).toEqual({ card });
  });

  it("says that it saw everything, also where Slack took nothing, and not after a kick", async () => {
    const { world, id, announceWith } = await aRequest();
    const messenger: Messenger = {
      show: async (_, __, shown) => ({ shown, problem: "ratelimited" }),
    };
    const run = { deadlineAt: world.now() + MINUTE };
    await announce({ ...world.ports, messenger }, run, [id]);
    expect(world.measured).toEqual([]);
    await announceWith(messenger);
    expect(world.measured).toEqual([{ heartbeat: [1] }]);
    expect(await world.store.fullPasses()).toEqual({ announce: world.now() });
  });

  it("does not say so where it had no time left", async () => {
    const { world, announceWith } = await aRequest();
    await announceWith({
      async show(_, version, shown) {
        world.advance(MINUTE);
        return { shown: { ...shown, version } };
      },
    });
    expect(world.measured).toEqual([]);
    expect(await world.store.fullPasses()).toEqual({});
  });
});
