// Loading when needed: once, at the first call, and again after a failure.

import { describe, expect, it } from "@jest/globals";
import { lazily } from "../../lib/compose/lazily.ts";

describe("lazily", () => {
  it("loads at the first call and once", async () => {
    let loads = 0;
    const counter = lazily(async () => {
      loads += 1;
      return { add: async (one: number, other: number) => one + other };
    });
    expect(loads).toBe(0);
    expect(await Promise.all([counter.add(1, 2), counter.add(3, 4)])).toEqual([3, 7]);
    expect(loads).toBe(1);
  });

  it("tries again after it could not be loaded", async () => {
    let loads = 0;
    const late = lazily(async () => {
      loads += 1;
      if (loads === 1) throw new Error("not yet");
      return { is: async () => "there" };
    });
    await expect(late.is()).rejects.toThrow("not yet");
    expect(await late.is()).toBe("there");
  });

  it("is handed around by async functions as it is", async () => {
    const it = lazily(async () => ({ is: async () => "there" }));
    expect(await (await Promise.resolve(it)).is()).toBe("there");
  });
});
