import { describe, expect, it } from "@jest/globals";
import { cancelRequest } from "../../lib/broker/decide-request.ts";
import { grantsOfPerson } from "../../lib/broker/look-up.ts";
import { requestAccess } from "../../lib/broker/request-access.ts";
import { ADA, BOB, createWorld, HOUR, MINUTE } from "../support/world.ts";

describe("grantsOfPerson", () => {
  it("tells what is not over from the newest ten that are, each newest first", async () => {
    const world = createWorld();
    const ids = [];
    for (let count = 0; count < 14; count++) {
      world.advance(MINUTE);
      const asked = { by: ADA, entitlementId: "web-pods-read", from: "test" };
      const verdict = await requestAccess(world.ports, asked);
      if (!verdict.allowed) throw new Error("refused");
      ids.unshift(verdict.grant.id);
    }
    for (const grantId of ids.slice(2)) {
      await cancelRequest(world.ports, { grantId, by: ADA, from: "test" });
    }
    const { own, recent } = await grantsOfPerson(world.ports, ADA);
    expect(own.map(({ id }) => id)).toEqual(ids.slice(0, 2));
    expect(recent.map(({ id }) => id)).toEqual(ids.slice(2, 12));
    expect(await grantsOfPerson(world.ports, BOB)).toEqual({ own: [], recent: [] });
  });

  it("looks back ninety days", async () => {
    const world = createWorld();
    const id = await world.approved("web-pods-read");
    world.advance(90 * 24 * HOUR);
    expect((await grantsOfPerson(world.ports, ADA)).own.map((grant) => grant.id)).toEqual([id]);
    world.advance(1);
    expect(await grantsOfPerson(world.ports, ADA)).toEqual({ own: [], recent: [] });
  });
});
