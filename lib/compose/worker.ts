// What every worker is made of: the base, with a log and metrics by Powertools, for whose loading nobody waits.

import { createLog, createMetrics } from "../powertools.ts";
import { type Base, composeBase } from "./base.ts";

/** Joins what every worker needs. `name` is the function's. */
export function composeWorker(name: string): Base {
  return composeBase(name, { createLog, createMetrics });
}
