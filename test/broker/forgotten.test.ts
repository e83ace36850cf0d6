// Grants that an earlier release let go, though something is still to be said or asked about them: watch finds them, and they are taken up.

import { describe, expect, it } from "@jest/globals";
import { announce } from "../../lib/broker/announce.ts";
import { isForgotten, putBack } from "../../lib/broker/forgotten.ts";
import type { Grant } from "../../lib/grant/grant.ts";
import type { GrantId } from "../../lib/grant/ids.ts";
import { aGrant } from "../support/grants.ts";
import { createWorld, HOUR, MINUTE, type World } from "../support/world.ts";

/** As an earlier release's announcer left it: told, and out of the outbox for good. */
async function letGo({ store, now }: World, id: GrantId): Promise<void> {
  const held = await store.holdAnnouncement(id, {
    owner: "old",
    now: now(),
    until: now() + MINUTE,
  });
  if (held === undefined) throw new Error(`${id} is not in the outbox`);
  const { version } = held.stored;
  await store.saveAnnouncement(id, "old", { version, shown: { version, messages: {} } });
}

const waiting = ({ store }: World) => store.toAnnounce(Number.MAX_SAFE_INTEGER, 100);

async function aLiveGrant() {
  const world = createWorld();
  const id = await world.approved("web-pods-read");
  await world.provision();
  await letGo(world, id);
  return { world, id };
}

describe("a live grant that is in no outbox", () => {
  it("is put back, and then stays in it until its end", async () => {
    const { world, id } = await aLiveGrant();
    expect(await waiting(world)).toEqual([]);
    await putBack(world.ports, [id]);
    expect(await waiting(world)).toEqual([{ grant: id }]);
    await announce(world.ports, world.run());
    expect(await waiting(world)).toEqual([{ grant: id }]);
  });

  it("ends where its requester has left the workspace meanwhile", async () => {
    const { world, id } = await aLiveGrant();
    const { requester } = await world.grant(id);
    world.standings.set(requester, "deactivated");
    world.advance(20 * MINUTE);
    await announce(world.ports, world.run());
    expect((await world.grant(id)).status).toBe("active");
    await putBack(world.ports, [id]);
    await announce(world.ports, world.run());
    expect((await world.grant(id)).status).toBe("revoking");
  });

  it("is left alone where it is over, unknown, or cannot be read, and keeps no other waiting", async () => {
    const { world, id } = await aLiveGrant();
    const over = await world.approved("web-pods-mapping");
    await world.provision();
    world.advance(HOUR);
    await world.revoke();
    const next = await world.approved("both");
    await world.provision();
    await letGo(world, next);
    await letGo(world, over);
    world.store.spoil(id, "newer-schema");
    await putBack(world.ports, [id, over, "LK-ZZZZZZZZZZ" as GrantId, next]);
    expect(await waiting(world)).toContainEqual({ grant: next });
    expect(await waiting(world)).not.toContainEqual({ grant: over });
  });
});

describe("what counts as forgotten", () => {
  const NOW = Date.UTC(2026, 10, 22, 14);
  const forgotten = (grant: Grant, now = NOW, isOut = true) =>
    isForgotten({ grant, version: 1, ...(isOut ? { isOutOfOutbox: true as const } : {}) }, now);
  const active = aGrant().active().build();
  const { expiresAt } = active.window;

  it("is a grant whose requester may leave, or who is to be warned, before its end", () => {
    expect(forgotten(active, expiresAt - 16 * MINUTE)).toBe(true);
    expect(forgotten(active, expiresAt - 11 * MINUTE)).toBe(true);
    expect(forgotten(active, expiresAt - 9 * MINUTE)).toBe(false);
  });

  it("is a request whose approvers are to be reminded", () => {
    const pending = aGrant().pending().build();
    expect(forgotten(pending, pending.lapsesAt - 2 * HOUR)).toBe(true);
    expect(forgotten(pending, pending.lapsesAt - MINUTE)).toBe(false);
  });

  it("is nothing that is in the outbox, and nothing that is over or on its way out", () => {
    expect(forgotten(active, expiresAt - HOUR, false)).toBe(false);
    for (const grant of [aGrant().revoking().build(), aGrant().ended().build()]) {
      expect(forgotten(grant)).toBe(false);
    }
  });
});
