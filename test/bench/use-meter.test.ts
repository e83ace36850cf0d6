// What a stack's functions use: metrics as their log lines name them, and runs beyond the idle ones.

import { describe, expect, it } from "@jest/globals";
import { beyondIdle, metricsIn, type Run } from "../../bench/use-meter.ts";

function line(names: readonly string[], dimensions: Readonly<Record<string, string>>): string {
  const CloudWatchMetrics = [
    {
      Namespace: "Latchkey",
      Dimensions: [Object.keys(dimensions)],
      Metrics: names.map((Name) => ({ Name, Unit: "Count" })),
    },
  ];
  return JSON.stringify({ _aws: { Timestamp: 0, CloudWatchMetrics }, ...dimensions, heartbeat: 1 });
}

describe("a log line", () => {
  it("publishes a metric for each name, with its dimensions", () => {
    const told = line(["heartbeat", "overdue"], { service: "latchkey", function: "revoke" });
    expect(metricsIn(told)).toEqual([
      "Latchkey heartbeat function=revoke service=latchkey",
      "Latchkey overdue function=revoke service=latchkey",
    ]);
  });

  it("of anything else publishes none", () => {
    expect(metricsIn('{"level":"info","message":"grant begun"}')).toEqual([]);
    expect(metricsIn("START RequestId: 1 Version: $LATEST")).toEqual([]);
  });
});

describe("runs beyond the idle ones", () => {
  const memoryGb = { slack: 2, provision: 0.5, revoke: 0.5, announce: 0.5, watch: 0.5 };
  const tick = (over: Partial<Run> = {}): Run => {
    return { of: "revoke", ms: 100, isScheduled: true, calls: 3, ...over };
  };

  it("are those that no schedule woke, whole", () => {
    const runs: Run[] = [tick(), { of: "slack", ms: 500, isScheduled: false, calls: 1 }];
    expect(beyondIdle(runs, memoryGb)).toEqual({ lambdaRequest: 1, lambdaGbSecond: 1 });
  });

  it("are what a scheduled run with more to do took longer than the others, and no request of its own", () => {
    const runs = [tick({ ms: 90 }), tick(), tick({ ms: 110 }), tick({ ms: 1_100, calls: 9 })];
    expect(beyondIdle(runs, memoryGb)).toEqual({ lambdaRequest: 0, lambdaGbSecond: 0.5 });
  });

  it("are not what an idle run took longer by chance", () => {
    expect(beyondIdle([tick(), tick({ ms: 9_000 })], memoryGb).lambdaGbSecond).toBe(0);
  });
});
