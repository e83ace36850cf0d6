import { describe, expect, it } from "@jest/globals";
import { endAccessForLeaver } from "../../lib/broker/end-for-leaver.ts";
import { createWorld } from "../support/world.ts";

describe("endAccessForLeaver", () => {
  it("has access taken away at once, and tells why and that nobody in person did it", async () => {
    const world = createWorld();
    const id = await world.approved("web-pods-read");
    await world.provision();
    world.kicks.length = 0;
    expect(await endAccessForLeaver(world.ports, id, "deactivated")).toBe(true);
    expect(world.kicks).toContainEqual({ worker: "revoke", grants: [id] });
    await world.revoke([id]);
    const ended = await world.grant(id);
    expect(ended).toMatchObject({
      status: "ended",
      cause: {
        kind: "revoked",
        by: "latchkey",
        why: "the requester is deactivated in this workspace",
      },
    });
    expect(ended.history.at(-1)).toMatchObject({
      event: "revoked",
      detail: "the requester is deactivated in this workspace",
    });
    expect(world.groups.there.size).toBe(0);
  });

  it("ends what is approved and has not begun, of which nothing is written then", async () => {
    const world = createWorld();
    const id = await world.approved("web-pods-read");
    expect(await endAccessForLeaver(world.ports, id, "guest")).toBe(true);
    expect(await world.grant(id)).toMatchObject({ status: "ended" });
    await world.provision();
    expect(world.groups.there.size).toBe(0);
  });

  it("ends it also where others change it meanwhile, and nothing twice", async () => {
    const world = createWorld();
    const id = await world.approved("web-pods-read");
    await world.provision();
    let saves = 0;
    const ports = world.portsWith({
      save: async (next, from) => (++saves < 3 ? "stale" : world.store.save(next, from)),
    });
    expect(await endAccessForLeaver(ports, id, "outsider")).toBe(true);
    expect(await endAccessForLeaver(ports, id, "outsider")).toBe(false);
    expect(saves).toBe(3);
  });
});
