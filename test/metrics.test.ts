// The metrics as CloudWatch reads them, by the embedded metric format's own specification, and the same whoever writes them.

import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import fc from "fast-check";
import type { MetricName, Metrics } from "../lib/broker/ports.ts";
import { createMetrics, type Dimensions } from "../lib/metrics.ts";
import { createMetrics as createMetricsByPowertools } from "../lib/powertools.ts";
import { linesWritten, toStandardOutput } from "./support/lines-written.ts";

const AT = Date.UTC(2026, 10, 22, 14);
const DIMENSIONS = { service: "latchkey-prod", function: "revoke" };

type Make = (dimensions: Dimensions) => Metrics;
const lean: Make = (dimensions) => createMetrics(dimensions, () => Date.now(), toStandardOutput);
const WRITERS: readonly (readonly [string, Make])[] = [
  ["the Slack function's", lean],
  ["the workers', by Powertools", createMetricsByPowertools],
];

let clock: jest.Spied<typeof Date.now>;
beforeEach(() => {
  clock = jest.spyOn(Date, "now").mockReturnValue(AT);
});
afterEach(() => clock.mockRestore());

describe.each(WRITERS)("the metrics: %s", (_whose, make) => {
  it("are one line of the embedded metric format, with units and the function they are of", () => {
    const metrics = make(DIMENSIONS);
    const lines = linesWritten(() => {
      metrics.note("heartbeat", 1);
      metrics.note("endedLatenessSeconds", 0.5);
      metrics.note("endedLatenessSeconds", 2);
      metrics.publish();
    });
    expect(lines.map((line) => JSON.parse(line))).toEqual([
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
        heartbeat: 1,
        endedLatenessSeconds: [0.5, 2],
      },
    ]);
  });

  it("say nothing where nothing was noted, and nothing twice", () => {
    const metrics = make(DIMENSIONS);
    expect(linesWritten(() => metrics.publish())).toEqual([]);
    metrics.note("heartbeat", 1);
    expect(linesWritten(() => metrics.publish())).toHaveLength(1);
    expect(linesWritten(() => metrics.publish())).toEqual([]);
  });

  it("are of the moment at which they are published, however far the clock has moved", () => {
    const metrics = make(DIMENSIONS);
    const moments = [AT + 1, AT + 365 * 24 * 3_600_000].map((at) => {
      metrics.note("heartbeat", 1);
      clock.mockReturnValue(at);
      return [at, linesWritten(() => metrics.publish()).map((line) => JSON.parse(line))] as const;
    });
    for (const [at, lines] of moments) {
      expect(lines.map(({ _aws }) => _aws.Timestamp)).toEqual([at]);
    }
  });

  it("take as many lines as they need: CloudWatch reads a hundred values of a metric on one", () => {
    const metrics = make(DIMENSIONS);
    const late = Array.from({ length: 250 }, (_, n) => n);
    const written = linesWritten(() => {
      metrics.note("heartbeat", 1);
      for (const seconds of late) metrics.note("endedLatenessSeconds", seconds);
      metrics.publish();
    }).map((line) => JSON.parse(line));
    const [first, ...others] = written;
    expect(first.endedLatenessSeconds).toHaveLength(100);
    expect(others.map(({ heartbeat }) => heartbeat)).toEqual([undefined, undefined]);
    for (const { _aws, ...line } of others) {
      expect(_aws.CloudWatchMetrics[0].Metrics).toEqual([
        { Name: "endedLatenessSeconds", Unit: "Seconds" },
      ]);
      expect(line.endedLatenessSeconds.length).toBeLessThanOrEqual(100);
    }
    expect(written.flatMap(({ endedLatenessSeconds }) => endedLatenessSeconds)).toEqual(late);
  });
});

describe("both metrics", () => {
  const name = fc.constantFrom<MetricName>("heartbeat", "overdue", "endedLatenessSeconds");
  const figure = fc.record({ name, value: fc.double({ noNaN: true, noDefaultInfinity: true }) });
  const many = fc
    .record({ name, value: fc.integer(), times: fc.integer({ min: 95, max: 210 }) })
    .map(({ times, ...each }) => Array.from({ length: times }, () => each));
  const doings = fc.array(fc.oneof(figure, many, fc.constant("publish" as const)));

  it("write the same of the same figures", () => {
    fc.assert(
      fc.property(doings, (doings) => {
        const [ours, theirs] = WRITERS.map(([, make]) => {
          const metrics = make(DIMENSIONS);
          return linesWritten(() => {
            for (const doing of doings) {
              if (doing === "publish") metrics.publish();
              else for (const { name, value } of [doing].flat()) metrics.note(name, value);
            }
            metrics.publish();
          });
        });
        expect(theirs).toEqual(ours);
      }),
    );
  });
});
