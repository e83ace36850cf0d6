// The metrics: CloudWatch's embedded metric format, a line of the log that costs no request.

// Powertools' Metrics writes the same line, and would cost the first answer to Slack 3 ms of loading, where an
// empty Node process takes 30 and three times that is the aim.

import type { MetricName, Metrics } from "./broker/ports.ts";

/** The namespace in CloudWatch. */
export const NAMESPACE = "Latchkey";

/** The names of the dimensions, in which one metric is told from another of its name. */
export const DIMENSIONS = ["service", "function"] as const;

/** What the format takes of one metric on one line. */
const MOST_VALUES = 100;

/**
 * Metrics with the dimensions `service` (the stack) and `function`, written to `write` (a line without its end).
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function createMetrics(
  dimensions: Readonly<Record<(typeof DIMENSIONS)[number], string>>,
  now: () => number,
  write: (line: string) => void,
): Metrics {
  let noted = new Map<MetricName, number[]>();
  const lineOf = (figures: readonly Figures[]) => {
    const Metrics = figures.map(([name]) => ({ Name: name, Unit: unitOf(name) }));
    const directive = { Namespace: NAMESPACE, Dimensions: [DIMENSIONS], Metrics };
    const _aws = { Timestamp: now(), CloudWatchMetrics: [directive] };
    return JSON.stringify({ _aws, ...dimensions, ...Object.fromEntries(figures) });
  };
  return {
    note(name, value) {
      const values = noted.get(name) ?? [];
      values.push(value);
      noted.set(name, values);
    },
    publish() {
      const figures = [...noted];
      noted = new Map();
      const most = Math.max(0, ...figures.map(([, values]) => values.length));
      for (let from = 0; from < most; from += MOST_VALUES) {
        write(lineOf(piecesOf(figures, from)));
      }
    },
  };
}

type Figures = readonly [MetricName, readonly number[]];

/** Of each metric the values from the `from`th on that one line takes; none of those that have no more. */
function piecesOf(figures: readonly Figures[], from: number): readonly Figures[] {
  return figures
    .map(([name, values]): Figures => [name, values.slice(from, from + MOST_VALUES)])
    .filter(([, values]) => values.length > 0);
}

function unitOf(name: MetricName): "Seconds" | "Count" {
  return name.endsWith("Seconds") ? "Seconds" : "Count";
}
