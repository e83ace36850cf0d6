// The schedule: one tick a minute of the stack's clock, one tick after any jump.

import { describe, expect, it } from "@jest/globals";
import { createSchedule, type ScheduledEvent } from "../../../local/lambda/schedule.ts";

const START = Date.UTC(2026, 0, 2, 3, 4, 5);

function aSchedule() {
  let at = START;
  const kicks: { readonly name: string; readonly event: ScheduledEvent }[] = [];
  const schedule = createSchedule({
    now: () => at,
    kick: async (name, event) => void kicks.push({ name, event }),
    functions: ["provision", "revoke", "announce"],
    lookEveryMs: 1,
  });
  const pass = (ms: number) => {
    at += ms;
  };
  return { schedule, kicks, pass };
}

describe("the schedule", () => {
  it("invokes every function once when a minute begins", async () => {
    const { schedule, kicks, pass } = aSchedule();
    await schedule.tickIfDue();
    expect(kicks).toEqual([]);
    pass(55_000);
    await schedule.tickIfDue();
    await schedule.tickIfDue();
    expect(kicks.map(({ name }) => name)).toEqual(["provision", "revoke", "announce"]);
    expect(kicks[0]?.event).toMatchObject({
      source: "aws.events",
      "detail-type": "Scheduled Event",
      time: "2026-01-02T03:05:00.000Z",
    });
  });

  it("ticks once after a jump of many hours, and then by the minute again", async () => {
    const { schedule, kicks, pass } = aSchedule();
    pass(7 * 3_600_000);
    await schedule.tickIfDue();
    await schedule.tickIfDue();
    expect(kicks).toHaveLength(3);
    pass(60_000);
    await schedule.tickIfDue();
    expect(kicks).toHaveLength(6);
  });

  it("ticks at once when told, and the minute is not due again", async () => {
    const { schedule, kicks, pass } = aSchedule();
    pass(56_000);
    await schedule.tick();
    await schedule.tickIfDue();
    expect(kicks).toHaveLength(3);
  });

  it("looks at the clock by itself once started, and stops when stopped", async () => {
    let at = START;
    const kicked = Promise.withResolvers<string>();
    const schedule = createSchedule({
      now: () => at,
      kick: async (name) => kicked.resolve(name),
      functions: ["revoke"],
      lookEveryMs: 1,
    });
    schedule.start();
    at += 60_000;
    expect(await kicked.promise).toBe("revoke");
    schedule.stop();
  });
});

describe("a function that is still at it", () => {
  /** A schedule whose runs end when they are told to, the oldest first. */
  function aSlowFunction() {
    const underWay: (() => void)[] = [];
    let begun = 0;
    const schedule = createSchedule({
      now: () => START,
      kick: () => {
        begun += 1;
        return new Promise((resolve) => underWay.push(resolve));
      },
      functions: ["revoke"],
    });
    return {
      tick: () => schedule.tick(),
      begun: () => begun,
      async ends(): Promise<void> {
        underWay.shift()?.();
        await new Promise((resolve) => setImmediate(resolve));
      },
    };
  }

  it("is started beside that once, so that a run looks anew after a jump", () => {
    const { tick, begun } = aSlowFunction();
    void tick();
    void tick();
    expect(begun()).toBe(2);
  });

  it("is started a third time only when one of two is over, and once for however many ticks", async () => {
    const { tick, begun, ends } = aSlowFunction();
    for (let n = 0; n < 7; n++) void tick();
    expect(begun()).toBe(2);
    await ends();
    expect(begun()).toBe(3);
    await ends();
    await ends();
    expect(begun()).toBe(3);
    void tick();
    expect(begun()).toBe(4);
  });

  it("has its tick wait until the run that it asked for is over", async () => {
    const { tick, ends } = aSlowFunction();
    void tick();
    void tick();
    let isOver = false;
    void tick().then(() => {
      isOver = true;
    });
    await ends();
    await ends();
    expect(isOver).toBe(false);
    await ends();
    expect(isOver).toBe(true);
  });
});
