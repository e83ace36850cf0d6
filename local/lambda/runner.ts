// Runs the Lambda handlers unchanged, each in worker threads with its own environment, as warm containers would.

import { randomUUID } from "node:crypto";
import { devNull } from "node:os";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import type { FunctionErrorReport, Invocation, WorkerMessage, WorkerSetup } from "./protocol.ts";

export interface FunctionSeed {
  /** The module that exports `handler`: TypeScript as it is, or a bundle. A path or a file URL. */
  readonly file: string | URL;
  /** All that the function sees of an environment, apart from Lambda's own variables. */
  readonly env: Readonly<Record<string, string>>;
  /** Real time. Lambda's own default is 3 s, its most is 15 minutes. */
  readonly timeoutMs: number;
}

export interface RunnerOptions {
  readonly functions: Readonly<Record<string, FunctionSeed>>;
  /** The `buffer` of the stack's clock. */
  readonly clock: SharedArrayBuffer;
  readonly onLog?: (functionName: string, line: string) => void;
  readonly onRun?: (news: RunNews) => void;
  /** By how much the timeout of a run that begins now is longer; 1 if not given. */
  readonly timeoutFactor?: () => number;
  /** When a kick that failed is tried again, real time. Lambda waits 1 and 2 minutes. */
  readonly retryAfterMs?: readonly number[];
  /** How many idle workers of a function stay; a burst's others end. */
  readonly keepWarm?: number;
}

/** What happens to a run of a function, by Lambda's request id. */
export type RunNews = NewsOfRun & { readonly functionName: string };

type NewsOfRun = { readonly requestId: string } & (
  | { readonly kind: "begun"; readonly event: unknown }
  /** It wrote a line. */
  | { readonly kind: "line"; readonly line: string }
  | {
      readonly kind: "over";
      readonly outcome: RunOutcome;
      /** What a run that is done answers. */
      readonly result?: unknown;
      /** Why it is not done. */
      readonly error?: FunctionError;
    }
);

/** `failed`: its handler threw, or what it left unhandled ended it. `killed`: the platform ended it. */
export type RunOutcome = "done" | "failed" | "killed";

/** A handler's failure, or the container's: what Lambda calls a function error. */
export interface FunctionError extends Error {
  readonly errorType: string;
  readonly trace: readonly string[];
  /** What Lambda's runtime writes of it into the log, beside what the function itself does. */
  readonly written: string;
}

export interface Runner {
  has(name: string): boolean;
  /** Starts a worker of every function, so that the first invocation does not wait for one. */
  warm(): Promise<void>;
  /**
   * Runs a function once, in an idle worker or a new one. Rejects with a FunctionError when the
   * handler throws, runs out of time (`Sandbox.Timedout`) or dies (`Runtime.ExitError`).
   */
  invoke(name: string, event: unknown): Promise<unknown>;
  /**
   * Runs a function as Lambda's async invocation does: twice more after errors, and then the event is
   * gone. Resolves when it is over; never rejects.
   */
  kick(name: string, event: unknown): Promise<void>;
  /**
   * Ends every worker of a function in the middle of what it does, or only the one that is at the run
   * `requestId`; gives how many were busy.
   */
  kill(name: string, requestId?: string): Promise<number>;
  /** Resolves when nothing runs and no retry is waiting. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

interface Seat {
  readonly worker: Worker;
  readonly gate: Int32Array;
  readonly ready: Promise<void>;
  /** The invocation under way, if there is one. */
  current: (PromiseWithResolvers<unknown> & { readonly requestId: string }) | undefined;
}

/** A function's workers: those that run and those that wait, frozen. */
interface Pool {
  readonly seed: FunctionSeed;
  readonly seats: Set<Seat>;
  readonly idle: Seat[];
}

export function createRunner(options: RunnerOptions): Runner {
  const {
    clock,
    onLog = () => {},
    onRun = () => {},
    timeoutFactor = () => 1,
    retryAfterMs = [1_000, 2_000],
    keepWarm = 2,
  } = options;
  const pools = new Map(
    Object.entries(options.functions).map(([name, seed]): [string, Pool] => [
      name,
      { seed, seats: new Set(), idle: [] },
    ]),
  );
  const closing = new AbortController();
  const underWay = new Set<Promise<void>>();

  function poolOf(name: string): Pool {
    const pool = pools.get(name);
    if (!pool) throw functionError("Runtime.NotFound", `No function is called ${name}`);
    return pool;
  }

  function open(name: string, pool: Pool): Seat {
    const onLine = (line: string, requestId: string | undefined) => {
      if (requestId !== undefined) onRun({ functionName: name, requestId, kind: "line", line });
      onLog(name, line);
    };
    const seat = openSeat(name, pool.seed, clock, onLine);
    pool.seats.add(seat);
    seat.worker.once("exit", () => leave(pool, seat));
    return seat;
  }

  async function invokeOnce(name: string, event: unknown): Promise<unknown> {
    if (closing.signal.aborted) throw functionError("Runtime.ExitError", "The runner is closed");
    const pool = poolOf(name);
    const seat = pool.idle.pop() ?? open(name, pool);
    try {
      const tell = (news: NewsOfRun) => onRun({ functionName: name, ...news });
      const result = await runIn(seat, event, pool.seed.timeoutMs * timeoutFactor(), tell);
      settle(pool, seat);
      return result;
    } catch (error) {
      if (isHandlersOwn(error)) settle(pool, seat);
      else await end(pool, seat);
      throw error;
    }
  }

  function settle(pool: Pool, seat: Seat): void {
    if (!pool.seats.has(seat)) return;
    if (pool.idle.length < keepWarm) pool.idle.push(seat);
    else void end(pool, seat);
  }

  async function kickWithRetries(name: string, event: unknown): Promise<void> {
    for (const waitMs of [...retryAfterMs, undefined]) {
      try {
        await invokeOnce(name, event);
        return;
      } catch (error) {
        const { errorType, message } = error as FunctionError;
        onLog(name, `${errorType}: ${message}`);
      }
      if (waitMs === undefined || !(await pause(waitMs, closing.signal))) return;
    }
  }

  function tracked<Result>(work: Promise<Result>): Promise<Result> {
    const ended = work.then(
      () => {},
      () => {},
    );
    underWay.add(ended);
    void ended.then(() => underWay.delete(ended));
    return work;
  }

  async function kill(name: string, requestId?: string): Promise<number> {
    const pool = poolOf(name);
    const isMeant = ({ current }: Seat) =>
      requestId === undefined || current?.requestId === requestId;
    const seats = [...pool.seats].filter(isMeant);
    const busy = seats.filter((seat) => seat.current !== undefined).length;
    await Promise.all(seats.map((seat) => end(pool, seat)));
    return busy;
  }

  return {
    has: (name) => pools.has(name),
    async warm() {
      await Promise.all(
        [...pools].map(async ([name, pool]) => {
          if (pool.seats.size > 0) return;
          const seat = open(name, pool);
          await seat.ready;
          settle(pool, seat);
        }),
      );
    },
    invoke: (name, event) => tracked(invokeOnce(name, event)),
    kick: (name, event) => tracked(kickWithRetries(name, event)),
    kill,
    async idle() {
      while (underWay.size > 0) await Promise.all(underWay);
    },
    async close() {
      closing.abort();
      await Promise.all([...pools.keys()].map((name) => kill(name)));
    },
  };
}

/** From now on nobody sits here. */
function leave(pool: Pool, seat: Seat): void {
  pool.seats.delete(seat);
  const place = pool.idle.indexOf(seat);
  if (place >= 0) pool.idle.splice(place, 1);
}

async function end(pool: Pool, seat: Seat): Promise<void> {
  leave(pool, seat);
  await seat.worker.terminate();
}

function openSeat(
  functionName: string,
  seed: FunctionSeed,
  clock: SharedArrayBuffer,
  onLine: (line: string, requestId: string | undefined) => void,
): Seat {
  const gate = new SharedArrayBuffer(4);
  const setup: WorkerSetup = { functionName, module: moduleUrl(seed.file), clock, gate };
  const worker = new Worker(new URL("./worker.ts", import.meta.url), {
    workerData: setup,
    env: environmentOf(functionName, seed.env),
    // Not the flags of this process: those may be a test runner's.
    execArgv: [],
    stdout: true,
    stderr: true,
  });
  const ready = Promise.withResolvers<void>();
  // Whoever invokes waits for it; a worker that is killed before has nobody waiting.
  ready.promise.catch(() => {});
  const seat: Seat = {
    worker,
    gate: new Int32Array(gate),
    ready: ready.promise,
    current: undefined,
  };
  const lines = lineSplitter((line) => onLine(line, seat.current?.requestId));
  const fail = (error: FunctionError) => {
    ready.reject(error);
    seat.current?.reject(error);
  };
  worker.on("message", (message: WorkerMessage) => {
    switch (message.kind) {
      case "ready":
        return ready.resolve();
      case "broken":
        return fail(functionError("Runtime.ImportModuleError", message.error.errorMessage));
      case "result":
        return seat.current?.resolve(message.json && JSON.parse(message.json));
      case "error":
        return seat.current?.reject(reported(message.error));
      case "log":
        return lines(message.text);
      default:
        return message satisfies never;
    }
  });
  worker.on("error", (error) => {
    const reason = error instanceof Error ? error.message : String(error);
    fail(functionError("Runtime.UncaughtException", reason));
  });
  worker.on("exit", () => fail(functionError("Runtime.ExitError", "Runtime exited")));
  return seat;
}

async function runIn(
  seat: Seat,
  event: unknown,
  timeoutMs: number,
  tell: (news: NewsOfRun) => void,
): Promise<unknown> {
  await seat.ready;
  const requestId = randomUUID();
  const current = { ...Promise.withResolvers<unknown>(), requestId };
  seat.current = current;
  tell({ requestId, kind: "begun", event });
  const timer = setTimeout(() => {
    const message = `${requestId} Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`;
    current.reject(functionError("Sandbox.Timedout", message));
  }, timeoutMs);
  try {
    const invocation: Invocation = { requestId, event: JSON.stringify(event ?? {}), timeoutMs };
    Atomics.store(seat.gate, 0, 1);
    Atomics.notify(seat.gate, 0);
    seat.worker.postMessage(invocation);
    const result = await current.promise;
    tell({ requestId, kind: "over", outcome: "done", result });
    return result;
  } catch (thrown) {
    const error = thrown as FunctionError;
    const outcome = BY_THE_PLATFORM.has(error.errorType) ? "killed" : "failed";
    tell({ requestId, kind: "over", outcome, error });
    throw error;
  } finally {
    clearTimeout(timer);
    seat.current = undefined;
  }
}

function moduleUrl(file: string | URL): string {
  return typeof file === "string" && !file.startsWith("file:")
    ? pathToFileURL(file).href
    : String(file);
}

/** NB. Nothing of this process's environment, and not the machine's own AWS profiles either. */
function environmentOf(functionName: string, env: Readonly<Record<string, string>>) {
  return {
    AWS_LAMBDA_FUNCTION_NAME: functionName,
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    ...env,
  };
}

function lineSplitter(onLine: (line: string) => void): (text: string) => void {
  let rest = "";
  return (text) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    lines.forEach(onLine);
  };
}

/** Waits unless the runner closes first; says whether it waited to the end. */
function pause(ms: number, closing: AbortSignal): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(true), ms);
  closing.addEventListener("abort", () => resolve(false), { once: true });
  return promise.finally(() => clearTimeout(timer));
}

/** What Lambda reports where it is not the function that ended its run. */
const BY_THE_PLATFORM: ReadonlySet<string> = new Set(["Runtime.ExitError", "Sandbox.Timedout"]);

/** Errors of handlers, which leave their container whole. The container's own end it. */
const HANDLER_ERROR = Symbol("thrown by the handler");

function reported({ errorType, errorMessage, trace, written }: FunctionErrorReport): FunctionError {
  const error = functionError(errorType, errorMessage, trace, written);
  return Object.assign(error, { [HANDLER_ERROR]: true });
}

function isHandlersOwn(error: unknown): boolean {
  return error instanceof Error && HANDLER_ERROR in error;
}

function functionError(
  errorType: string,
  message: string,
  trace: readonly string[] = [],
  written = "",
): FunctionError {
  return Object.assign(new Error(message), { errorType, trace, written });
}
