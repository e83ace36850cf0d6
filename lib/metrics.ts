// The metrics: CloudWatch's embedded metric format, a line of the log that costs no request.

// Two things write it, and test/metrics.test.ts holds their lines alike: this for the Slack function, and Powertools
// (powertools.ts) for the workers. It would cost the first answer to Slack 3 ms of loading; see log.ts.

import type { MetricName, Metrics } from "./broker/ports.ts";

/** The namespace in CloudWatch. */
export const NAMESPACE = "Latchkey";

/** By which one metric is told from another of its name: the stack, and the function. */
export interface Dimensions {
  readonly service: string;
  readonly function: string;
}

/** What the format takes of one metric on one line. */
const MOST_VALUES = 100;

/**
 * Metrics with these dimensions, written to `write` (a line without its end) when they are published, and before
 * when a line can take no more.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function createMetrics(
  dimensions: Dimensions,
  now: () => number,
  write: (line: string) => void,
): Metrics {
  let noted = new Map<MetricName, number[]>();
  const lineOf = (figures: readonly Figures[]) => {
    const Metrics = figures.map(([name]) => ({ Name: name, Unit: unitOf(name) }));
    const Dimensions = [Object.keys(dimensions)];
    const directive = { Namespace: NAMESPACE, Dimensions, Metrics };
    const _aws = { Timestamp: now(), CloudWatchMetrics: [directive] };
    const values = figures.map(([name, all]) => [name, all.length === 1 ? all[0] : all]);
    return JSON.stringify({ _aws, ...dimensions, ...Object.fromEntries(values) });
  };
  const publish = () => {
    if (noted.size === 0) return;
    const line = lineOf([...noted]);
    noted = new Map();
    write(line);
  };
  return {
    note(name, value) {
      const values = noted.get(name) ?? [];
      values.push(value);
      noted.set(name, values);
      if (values.length === MOST_VALUES) publish();
    },
    publish,
  };
}

type Figures = readonly [MetricName, readonly number[]];

/** It is in the name, or it is a count. */
export function unitOf(name: MetricName): "Seconds" | "Count" {
  return name.endsWith("Seconds") ? "Seconds" : "Count";
}
