// The metrics as CloudWatch reads them: the embedded metric format's own specification.

import { afterEach, describe, expect, it, jest } from "@jest/globals";
import { createMetrics } from "../lib/metrics.ts";

const lines: string[] = [];

function capture() {
  return jest.spyOn(process.stdout, "write").mockImplementation((text) => {
    lines.push(String(text));
    return true;
  });
}

afterEach(() => {
  lines.length = 0;
  jest.restoreAllMocks();
});

describe("the metrics", () => {
  it("are one line of the embedded metric format, with units and the function they are of", () => {
    capture();
    const metrics = createMetrics("latchkey-prod", "revoke");
    metrics.note("heartbeat", 1);
    metrics.note("endedLatenessSeconds", 0.5);
    metrics.note("endedLatenessSeconds", 2);
    metrics.publish();
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? "")).toEqual({
      _aws: {
        Timestamp: expect.any(Number),
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
      heartbeat: 1,
      endedLatenessSeconds: [0.5, 2],
    });
  });

  it("say nothing where nothing was noted, and nothing twice", () => {
    capture();
    const metrics = createMetrics("latchkey-prod", "revoke");
    metrics.publish();
    metrics.note("heartbeat", 1);
    metrics.publish();
    metrics.publish();
    expect(lines).toHaveLength(1);
  });
});
