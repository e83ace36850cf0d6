// The store in memory keeps the contract, and shows tests what it holds.

import { describe, expect, it } from "@jest/globals";
import { createMemoryStore } from "../support/memory-store.ts";
import { hintsContract, storeContract } from "./contract.ts";
import { pendingGrant } from "./sample-grants.ts";

storeContract("the store in memory", async () => createMemoryStore());
hintsContract("a save in the store in memory", async () => createMemoryStore());

describe("a spoilt row of the store in memory", () => {
  it("is refused by load, left out of what its requester has asked for, named by due, and can be made readable again", async () => {
    const store = createMemoryStore();
    const grant = pendingGrant({ lapsesAt: 5 });
    await store.create(grant);
    store.spoil(grant.id, "newer-schema");
    await expect(store.load(grant.id)).rejects.toMatchObject({ code: "newer-schema" });
    expect((await store.due("lapse", 5, 10)).rows).toEqual([
      { unreadable: `GRANT#${grant.id}`, why: "newer-schema" },
    ]);
    expect(await store.grantsOf(grant.requester, 0, 10)).toEqual([]);
    store.spoil(grant.id, undefined);
    expect(await store.load(grant.id)).toEqual({ grant, version: 1 });
    expect(store.grants()).toEqual([{ grant, version: 1 }]);
  });
});
