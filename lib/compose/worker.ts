// What every scheduled function is made of: the base, and metrics, which the function that answers Slack does without.

import type { Metrics, Worker } from "../broker/ports.ts";
import { createMetrics } from "../metrics.ts";
import { type Base, composeBase } from "./base.ts";

/** Joins what a scheduled function needs. `name` is the function's, for the log and the metrics. */
export function composeWorker(name: Worker | "watch"): Base & { readonly metrics: Metrics } {
  const base = composeBase(name);
  return { ...base, metrics: createMetrics(base.config.stack, name) };
}
