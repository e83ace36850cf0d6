// What every function is made of: the clock, ids, the log, the metrics, the table, and kicks to the other functions.

import { randomBytes, randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Clock, Ids, Kick, Log, Metrics, Worker } from "../broker/ports.ts";
import type { Run } from "../broker/run.ts";
import { type Config, readConfig, traceId } from "../config.ts";
import { type GrantId, grantIdFrom, parseGrantId } from "../grant/ids.ts";
import type { Common, LogLevel } from "../log.ts";
import type { Dimensions } from "../metrics.ts";
import { policy } from "../policy/compiled.ts";
import type { Policy } from "../policy/policy.ts";
import type { Store } from "../store/store.ts";
import { type InvocationContext, invocation } from "./invocation.ts";
import type { Invoke } from "./invoke.ts";
import { lazily } from "./lazily.ts";

export interface Base {
  readonly config: Config;
  readonly policy: Policy;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly store: Store;
  readonly kick: Kick;
  /** Hands a worker an event, and does not wait for what it does. Never throws: false, it was not taken. */
  readonly hand: (worker: Worker, event: object) => Promise<boolean>;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** What makes the log and the metrics: log.ts and metrics.ts, or powertools.ts. `write` takes lines without their end. */
export interface Writers {
  createLog(common: Common, least: LogLevel, write: (line: string) => void): Log;
  createMetrics(dimensions: Dimensions, now: () => number, write: (line: string) => void): Metrics;
}

/** Joins what every function needs. `name` is the function's, for the log and the metrics. */
export function composeBase(name: string, { createLog, createMetrics }: Writers): Base {
  const config = readConfig();
  const clock: Clock = { now: () => Date.now(), sleep: (ms) => sleep(ms) };
  // Not by `console`, before whose lines Lambda puts text of its own.
  const write = (line: string) => void process.stdout.write(`${line}\n`);
  const dimensions = { service: config.stack, function: name };
  const common = () => ({
    timestamp: new Date(clock.now()).toISOString(),
    ...dimensions,
    ...invocation(),
    xray_trace_id: traceId(),
  });
  const log = createLog(common, config.logLevel, write);
  const metrics = createMetrics(dimensions, clock.now, write);
  const ids: Ids = { grantId: () => grantIdFrom(randomBytes(10)), owner: () => randomUUID() };
  const store = lazily(async () => (await import("./table.ts")).openTable(config.tableName));
  const hand = createHand(config, log);
  const kick: Kick = async (worker, grants) => {
    await hand(worker, { grants });
  };
  return { config, policy, clock, ids, store, kick, hand, log, metrics };
}

/** Asynchronous invokes; loaded at the first one, since the first answer to Slack needs none. */
function createHand(config: Config, log: Log): Base["hand"] {
  let invoke: Promise<Invoke> | undefined;
  const load = async () => (await import("./invoke.ts")).createInvoke();
  return async (worker, event) => {
    try {
      invoke ??= load();
      const { correlationId } = invocation();
      await (await invoke)(config.functions[worker], { ...event, correlationId });
      return true;
    } catch (error) {
      log.warn("worker not invoked; the minute schedule does what is left", { worker, error });
      return false;
    }
  };
}

/** The grants that a kick names; undefined for a schedule's event. What is no id is left out. */
export function kickedGrants(event: unknown): readonly GrantId[] | undefined {
  const grants = (event as { grants?: unknown } | null)?.grants;
  return Array.isArray(grants) ? idsIn(grants, parseGrantId) : undefined;
}

/** What of `list` is an id. */
export function idsIn<Id>(list: unknown, parse: (text: string) => Id): readonly Id[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((each: unknown) => {
    try {
      return [parse(String(each))];
    } catch {
      return [];
    }
  });
}

/** This invocation as a run, which ends when the platform ends it. */
export function runOf({ clock }: Pick<Base, "clock">, context: InvocationContext): Run {
  return { deadlineAt: clock.now() + context.getRemainingTimeInMillis() };
}
