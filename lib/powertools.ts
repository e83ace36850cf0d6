// The log and the metrics by Powertools, for the functions whose start nobody waits for: the lines of log.ts and metrics.ts.

import { LogFormatter, Logger, LogItem } from "@aws-lambda-powertools/logger";
import { Metrics as EmbeddedMetrics } from "@aws-lambda-powertools/metrics";
import type { Log, Metrics } from "./broker/ports.ts";
import { type Common, type LogLevel, told } from "./log.ts";
import { type Dimensions, NAMESPACE, unitOf } from "./metrics.ts";

/** Writes lines of `least` and above to standard output and standard error, of which Lambda makes one log. */
export function createLog(common: Common, least: LogLevel): Log {
  const logFormatter = new Lines(common);
  // Said here, as a sample rate in the environment would have Logger write lines of its own.
  const powertools = new Logger({ logLevel: least, sampleRateValue: 0, logFormatter });
  return {
    info: (message, fields = {}) => powertools.info(message, fields),
    warn: (message, fields = {}) => powertools.warn(message, fields),
    error: (message, fields = {}) => powertools.error(message, fields),
  };
}

/**
 * What stands on every line is asked for at each, rather than kept by Logger (`addContext`, `appendKeys`), where
 * runs that overlap would share it.
 */
class Lines extends LogFormatter {
  readonly #common: Common;

  constructor(common: Common) {
    super();
    this.#common = common;
  }

  override formatAttributes(
    { logLevel, message }: Parameters<LogFormatter["formatAttributes"]>[0],
    fields: Readonly<Record<string, unknown>>,
  ): LogItem {
    const level = logLevel.toLowerCase();
    return new LogItem({ attributes: { level, message, ...this.#common(), ...fields } });
  }

  override formatError(error: Error) {
    return told(error);
  }
}

/** Metrics with these dimensions, by `Date.now()`, on standard output. */
export function createMetrics({ service, function: name }: Dimensions): Metrics {
  const metrics = new EmbeddedMetrics({
    namespace: NAMESPACE,
    serviceName: service,
    defaultDimensions: { function: name },
  });
  return {
    note: (metric, value) => void metrics.addMetric(metric, unitOf(metric), value),
    publish() {
      // It warns where there is nothing.
      if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
    },
  };
}
