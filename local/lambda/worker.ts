// The inside of one Lambda container: shifts the clock, loads the handler once, runs it when told, and freezes in between.

import { randomUUID } from "node:crypto";
import { performance } from "node:perf_hooks";
import { setImmediate as nextTurn } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import { installShiftedDate } from "../clock.ts";
import type { FunctionErrorReport, Invocation, WorkerMessage, WorkerSetup } from "./protocol.ts";
import { signRequests } from "./sender.ts";

interface Context {
  readonly functionName: string;
  readonly functionVersion: string;
  readonly awsRequestId: string;
  readonly callbackWaitsForEmptyEventLoop: boolean;
  /** By real time, as the timeout is. */
  getRemainingTimeInMillis(): number;
}

type Handler = (event: unknown, context: Context) => unknown;

const setup = workerData as WorkerSetup;
const gate = new Int32Array(setup.gate);
if (!parentPort) throw new Error("worker.ts runs in a worker thread only");
const port = parentPort;

/** The run under way, or the last one where there is none. */
let requestId: string | undefined;

installShiftedDate(setup.clock, globalThis);
signRequests(() =>
  requestId === undefined ? undefined : { functionName: setup.functionName, requestId },
);
sendOutputAtOnce();
await start();

async function start(): Promise<void> {
  try {
    const module: unknown = await import(setup.module);
    const handler = findHandler(module);
    port.on("message", (invocation: Invocation) => void run(handler, invocation));
    freezeAfter({ kind: "ready" });
  } catch (error) {
    say({ kind: "broken", error: report(error) });
  }
}

function findHandler(module: unknown): Handler {
  const { handler, default: fallback } = module as {
    readonly handler?: unknown;
    readonly default?: { readonly handler?: unknown };
  };
  // A CommonJS bundle shows its exports under `default`.
  const found = handler ?? fallback?.handler;
  if (typeof found !== "function") throw new Error(`${setup.module} exports no handler`);
  return found as Handler;
}

async function run(handler: Handler, invocation: Invocation): Promise<void> {
  // What happened to sockets while frozen comes first.
  await nextTurn();
  requestId = invocation.requestId;
  try {
    const result = await handler(JSON.parse(invocation.event), contextOf(invocation));
    freezeAfter({ kind: "result", json: JSON.stringify(result) });
  } catch (error) {
    freezeAfter({ kind: "error", error: report(error) });
  }
}

function contextOf({ requestId, timeoutMs }: Invocation): Context {
  const endsAt = performance.now() + timeoutMs;
  return {
    functionName: setup.functionName,
    functionVersion: "$LATEST",
    awsRequestId: requestId || randomUUID(),
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, Math.floor(endsAt - performance.now())),
  };
}

/**
 * Answers and stops this thread until the next invocation, as Lambda freezes a container: work that
 * the handler left behind unawaited does not go on ("Lambda execution environment lifecycle").
 */
function freezeAfter(message: WorkerMessage): void {
  Atomics.store(gate, 0, 0);
  say(message);
  Atomics.wait(gate, 0, 0);
}

function say(message: WorkerMessage): void {
  port.postMessage(message);
}

/** Hands output over in the moment it is written: a frozen thread would keep it back. */
function sendOutputAtOnce(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.write = (chunk: string | Uint8Array): boolean => {
      say({ kind: "log", text: typeof chunk === "string" ? chunk : Buffer.from(chunk).toString() });
      return true;
    };
  }
}

function report(error: unknown): FunctionErrorReport {
  if (!(error instanceof Error)) {
    return { errorType: "Error", errorMessage: String(error), trace: [], written: "" };
  }
  const trace = (error.stack ?? "").split("\n");
  return { errorType: error.name, errorMessage: error.message, trace, written: written(error) };
}

/** As `toFormatted` of aws/aws-lambda-nodejs-runtime-interface-client does. */
function written(error: Error): string {
  const withFields = (_key: string, value: unknown) =>
    value instanceof Error
      ? { errorType: value.name, errorMessage: value.message, stack: value.stack, ...value }
      : value;
  try {
    return JSON.stringify(error, withFields);
  } catch {
    return ""; // a circle: the runtime writes type, message and trace alone
  }
}
