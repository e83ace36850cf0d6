import { describe, expect, it } from "@jest/globals";
import {
  callWords,
  isQuiet,
  logLines,
  outcomeTone,
  outcomeWords,
  underWay,
} from "../../../local/page/app/access/pass-words.ts";
import type { Pass } from "../../../local/page/protocol.ts";

const AT = Date.UTC(2026, 10, 22, 14);

/** A scheduled pass of revoke that found nothing to do. */
function aPass(facts: Partial<Pass> = {}): Pass {
  const query = { what: "DynamoDB Query", times: 3, failed: 0 };
  return {
    id: 1,
    function: "revoke",
    wokenBy: "the schedule",
    startedAt: AT,
    endedAt: AT + 400,
    outcome: "done",
    calls: [query, { ...query, what: "DynamoDB UpdateItem" }],
    log: [],
    ...facts,
  };
}

const underWayStill: Pass = (({ endedAt: _, outcome: __, ...pass }) => pass)(aPass());

describe("a quiet pass", () => {
  it("has only looked, or looks still", () => {
    expect(isQuiet(aPass())).toBe(true);
    expect(isQuiet(underWayStill)).toBe(true);
    expect(isQuiet(aPass({ calls: [] }))).toBe(true);
  });

  it("is one of watch that has looked, and says so", () => {
    const calls = ["DynamoDB BatchGetItem", "IAM GetGroup", "Lambda Invoke"];
    const looked = {
      calls: calls.map((what) => ({ what, times: 1, failed: 0 })),
      log: [{ level: "info", message: "watch has looked" }],
    } as const;
    expect(isQuiet(aPass(looked))).toBe(true);
  });

  it.each<readonly [string, Partial<Pass>]>([
    ["somebody woke it", { wokenBy: "a kick" }],
    ["it failed", { outcome: "failed" }],
    ["it was killed", { outcome: "killed" }],
    [
      "it did something for a grant",
      { log: [{ level: "info", message: "grant active", grant: "LK-1" }] },
    ],
    ["it has trouble", { log: [{ level: "warn", message: "place not looked at" }] }],
    ["it changed something", { calls: [{ what: "IAM AddUserToGroup", times: 1, failed: 0 }] }],
    ["a call was in vain", { calls: [{ what: "DynamoDB Query", times: 2, failed: 1 }] }],
  ])("is none where %s", (_, facts) => {
    expect(isQuiet(aPass(facts))).toBe(false);
  });
});

describe("the lines of a log", () => {
  it("are told once where the same comes again, and how often", () => {
    const warn = { level: "warn", message: "place not looked at" } as const;
    const done = { level: "info", message: "watch has looked" } as const;
    expect(logLines([warn, warn, done, warn])).toEqual([
      { ...warn, times: 2 },
      { ...done, times: 1 },
      { ...warn, times: 1 },
    ]);
  });

  it("are apart where they are about different grants", () => {
    const line = { level: "warn", message: "target failed" } as const;
    const about = ["LK-0000000000", "LK-1111111111"].map((grant) => ({ ...line, grant }));
    expect(logLines(about).map(({ times }) => times)).toEqual([1, 1]);
  });
});

describe("a pass in words", () => {
  it("says how it came out", () => {
    expect(outcomeWords(aPass())).toBe("done in 0.4 s");
    expect(outcomeWords(aPass({ outcome: "failed" }))).toBe("failed after 0.4 s");
    expect(outcomeWords(aPass({ outcome: "killed" }))).toBe("killed after 0.4 s");
    expect(outcomeWords(underWayStill)).toBe("under way");
    expect(outcomeWords(aPass({ endedAt: AT + 20 }))).toBe("done at once");
  });

  it("has a tone that fits", () => {
    expect(outcomeTone(aPass())).toBe("quiet");
    expect(outcomeTone(aPass({ outcome: "killed" }))).toBe("bad");
    expect(outcomeTone(underWayStill)).toBe("warn");
  });

  it("says which calls were in vain", () => {
    const call = { what: "IAM AddUserToGroup", times: 2, failed: 0 };
    expect(callWords(call)).toBe("IAM AddUserToGroup ×2");
    expect(callWords({ ...call, failed: 1 })).toBe("IAM AddUserToGroup ×2, 1 failed");
    expect(callWords({ ...call, failed: 2 })).toBe("IAM AddUserToGroup ×2, failed");
  });

  it("says who is at work", () => {
    const announce: Pass = { ...underWayStill, function: "announce" };
    expect(underWay([aPass()])).toBe("None is under way.");
    expect(underWay([underWayStill, underWayStill])).toBe("revoke is under way.");
    expect(underWay([underWayStill, announce])).toBe("announce and revoke are under way.");
  });
});
