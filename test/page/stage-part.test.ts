// The stage: the jump to the next end, the speed, and what the page is told of both.

import { afterEach, describe, expect, it } from "@jest/globals";
import type { GrantId } from "../../lib/grant/ids.ts";
import { ADA, BOB, CAT, DEE, HOUR, MINUTE, stackForTests } from "../end-to-end/scene.ts";
import { GROUP, onStage, USER } from "./on-stage.ts";

const stack = stackForTests();
const play = onStage(stack);
const { act, granted, members, part, status } = play;

afterEach(async () => {
  await act({ do: "speed", speed: 1 });
  stack().schedule.stop();
  while ((await part()).nextEndAt !== undefined) await play.jump();
});

const endOf = async (id: GrantId): Promise<number> => {
  const it = await play.grant(id);
  if (!("window" in it) || it.window === undefined) throw new Error(`${id} has no window`);
  return it.window.expiresAt;
};

/** Waits until a grant is in a state, while other things go on. */
const reaches = async (id: GrantId, wanted: string): Promise<void> => {
  while ((await status(id)) !== wanted) await new Promise((resolve) => setTimeout(resolve, 20));
};

describe("the jump", () => {
  it("says so where nothing is lent, and stays where it is", async () => {
    await play.request(ADA, "web-pods-read 1h OPS-1 that nobody has approved");
    const before = stack().now();
    expect(await act({ do: "jump" })).toEqual({
      trouble: "Nothing is lent now, so there is no end to jump to.",
    });
    expect(stack().now() - before).toBeLessThan(HOUR);
  });

  it("goes to just after the end, and access ends", async () => {
    const id = await granted(ADA, "web-pods-read 4h OPS-1 a look");
    const end = await endOf(id);
    const before = play.changes();
    expect(await act({ do: "jump" })).toEqual({});
    expect(play.changes()).toBe(before + 1);
    expect(stack().now() - end).toBeGreaterThanOrEqual(1_000);
    expect(stack().now() - end).toBeLessThan(MINUTE);

    await stack().settle();
    expect(await play.grant(id)).toMatchObject({ status: "ended", cause: { kind: "expired" } });
    expect(await members(GROUP)).toEqual([]);
    expect(play.card(id)).toContain("Expired");
  });

  it("goes to the first of several ends", async () => {
    const long = await granted(ADA, "web-pods-read 4h OPS-1 the longer");
    const short = await granted(DEE, "web-pods-read 1h OPS-1 the shorter");
    expect((await part()).nextEndAt).toBe(await endOf(short));
    await play.jump();
    expect([await status(long), await status(short)]).toEqual(["active", "ended"]);
    expect((await part()).nextEndAt).toBe(await endOf(long));
    expect(await members(GROUP)).toEqual([USER]);
  });

  it("ends access at once although a run of revoke is still waiting for another end", async () => {
    const soon = await granted(ADA, "web-pods-read 30m OPS-1 soon over");
    const late = await play.request(DEE, "web-pods-read 1h OPS-1 a bit later");
    stack().moveTo((await endOf(soon)) - 30_000);
    const waiting = stack().schedule.tick();
    const approved = play.approve(BOB, late);
    await reaches(late, "active");
    await act({ do: "jump" });
    await act({ do: "jump" });
    await Promise.all([waiting, approved]);
    await stack().settle();
    expect([await status(soon), await status(late)]).toEqual(["ended", "ended"]);
  });

  it("has watch tell nobody that the sweeps had stopped meanwhile", async () => {
    // Something for watch to look at twice, with a pause over which the jump goes.
    play.addByHand(GROUP, "iam-bttrm-web-user-2");
    await granted(ADA, "web-pods-read 4h OPS-1 a long one");
    await stack().passes();
    const first = watchLooks();
    const watching = stack().watch();
    await first;
    // The sweeps that the jump sets off come too late for the second look.
    for (const name of ["provision", "revoke", "announce"]) {
      const identity = `latchkey-${name}`;
      stack().aws.faults.inject({ kind: "hang", service: "dynamodb", identity });
    }
    const second = watchLooks();
    await act({ do: "jump" });
    await second;
    stack().aws.faults.clear();
    await play.inNoTime(watching);
    await play.removeByHand(GROUP, "iam-bttrm-web-user-2");
    const told = play.inbox(CAT).join("\n");
    expect(told).toContain("iam-bttrm-web-user-2");
    expect(told).not.toContain("Has not got through everything");
  });

  /** Watch has read what a look reads last: the places, of which the cluster is one. */
  function watchLooks(): Promise<void> {
    return new Promise((resolve) => {
      const end = stack().cluster.onRequest(({ from }) => {
        if (from?.functionName !== "latchkey-watch") return;
        end();
        resolve();
      });
    });
  }
});

describe("the part", () => {
  it("tells the stack's time, the speed and no end where nothing is lent", async () => {
    const { now, ...rest } = await part();
    expect(Math.abs(stack().now() - now)).toBeLessThan(MINUTE);
    expect(rest).toMatchObject({ speed: 1, faults: { length: 4 } });
    expect(rest).not.toHaveProperty("nextEndAt");
  });

  it("counts what has begun as lent, also before it is read back", async () => {
    const id = await play.request(ADA, "web-pods-read 1h OPS-1 cut short");
    await play.turn("worker-killed", true);
    await play.approve(BOB, id);
    expect(await status(id)).toBe("approved");
    expect((await part()).nextEndAt).toBe(await endOf(id));
  });
});

describe("x60", () => {
  it("is told, and is x1 again when the visitor wants it", async () => {
    expect(await act({ do: "speed", speed: 60 })).toEqual({});
    expect((await part()).speed).toBe(60);
    await act({ do: "speed", speed: 1 });
    expect((await part()).speed).toBe(1);
  });

  it("has the schedule end access by itself, and nothing piles up", async () => {
    const id = await granted(ADA, "web-pods-read 1h OPS-1 while time flies");
    stack().moveTo((await endOf(id)) - 2 * MINUTE);
    const busy = countingRuns();
    stack().schedule.start();
    await act({ do: "speed", speed: 60 });
    await reaches(id, "ended");
    stack().schedule.stop();
    await act({ do: "speed", speed: 1 });
    await stack().settle();
    expect(await members(GROUP)).toEqual([]);
    expect(busy.most()).toBeLessThanOrEqual(2);
  });

  /** How many scheduled runs of one function are under way at once. */
  function countingRuns() {
    const underWay = new Map<string, Set<string>>();
    let most = 0;
    stack().onRun((news) => {
      const runs = underWay.get(news.function) ?? new Set();
      underWay.set(news.function, runs);
      if (news.kind === "begun" && "source" in (news.event as object)) runs.add(news.requestId);
      if (news.kind === "over") runs.delete(news.requestId);
      most = Math.max(most, runs.size);
    });
    return { most: () => most };
  }
});
