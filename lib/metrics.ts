// The metrics: CloudWatch's embedded metric format, a line on standard output that costs no request.

import { Metrics as EmbeddedMetrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import type { MetricName, Metrics } from "./broker/ports.ts";

/** The namespace in CloudWatch. */
export const NAMESPACE = "Latchkey";

/** Metrics with the dimensions `service` (the stack) and `function`. */
export function createMetrics(service: string, functionName: string): Metrics {
  const metrics = new EmbeddedMetrics({
    namespace: NAMESPACE,
    serviceName: service,
    defaultDimensions: { function: functionName },
  });
  return {
    note: (name, value) => void metrics.addMetric(name, unitOf(name), value),
    publish() {
      // It warns where there is nothing.
      if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
    },
  };
}

function unitOf(name: MetricName) {
  return name.endsWith("Seconds") ? MetricUnit.Seconds : MetricUnit.Count;
}
