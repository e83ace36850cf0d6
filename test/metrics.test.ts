// The metrics as CloudWatch reads them: the embedded metric format's own specification.

import { describe, expect, it } from "@jest/globals";
import { createMetrics } from "../lib/metrics.ts";

const AT = Date.UTC(2026, 10, 22, 14);

function measuring() {
  const lines: string[] = [];
  const dimensions = { service: "latchkey-prod", function: "revoke" };
  const metrics = createMetrics(
    dimensions,
    () => AT,
    (line) => lines.push(line),
  );
  return { metrics, lines, written: () => lines.map((line) => JSON.parse(line)) };
}

describe("the metrics", () => {
  it("are one line of the embedded metric format, with units and the function they are of", () => {
    const { metrics, lines, written } = measuring();
    metrics.note("heartbeat", 1);
    metrics.note("endedLatenessSeconds", 0.5);
    metrics.note("endedLatenessSeconds", 2);
    metrics.publish();
    expect(lines.join()).not.toContain("\n");
    expect(written()).toEqual([
      {
        _aws: {
          Timestamp: AT,
          CloudWatchMetrics: [
            {
              Namespace: "Latchkey",
              Dimensions: [["service", "function"]],
              Metrics: [
                { Name: "heartbeat", Unit: "Count" },
                { Name: "endedLatenessSeconds", Unit: "Seconds" },
              ],
            },
          ],
        },
        service: "latchkey-prod",
        function: "revoke",
        heartbeat: [1],
        endedLatenessSeconds: [0.5, 2],
      },
    ]);
  });

  it("say nothing where nothing was noted, and nothing twice", () => {
    const { metrics, lines } = measuring();
    metrics.publish();
    metrics.note("heartbeat", 1);
    metrics.publish();
    metrics.publish();
    expect(lines).toHaveLength(1);
  });

  it("take as many lines as they need: CloudWatch reads a hundred values of a metric on one", () => {
    const { metrics, written } = measuring();
    metrics.note("heartbeat", 1);
    const late = Array.from({ length: 250 }, (_, n) => n);
    for (const seconds of late) metrics.note("endedLatenessSeconds", seconds);
    metrics.publish();
    const [first, ...others] = written();
    expect(first.endedLatenessSeconds).toHaveLength(100);
    expect(others.map(({ heartbeat }) => heartbeat)).toEqual([undefined, undefined]);
    for (const { _aws, ...line } of others) {
      expect(_aws.CloudWatchMetrics[0].Metrics).toEqual([
        { Name: "endedLatenessSeconds", Unit: "Seconds" },
      ]);
      expect(line.endedLatenessSeconds.length).toBeLessThanOrEqual(100);
    }
    expect(written().flatMap(({ endedLatenessSeconds }) => endedLatenessSeconds)).toEqual(late);
  });
});
