// What the runner and its worker threads say to each other.

/** What a worker is told when it starts. */
export interface WorkerSetup {
  readonly functionName: string;
  /** URL of the module that exports `handler`. */
  readonly module: string;
  /** The stack clock's offset. */
  readonly clock: SharedArrayBuffer;
  /** One Int32: 0 while the worker is frozen, 1 while it may run. */
  readonly gate: SharedArrayBuffer;
}

/** To the worker: run the handler once. */
export interface Invocation {
  readonly requestId: string;
  /** JSON. */
  readonly event: string;
  readonly timeoutMs: number;
}

/** An error as Lambda reports it. */
export interface FunctionErrorReport {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace: readonly string[];
  /** What Lambda's runtime writes of it into the function's log: every field that it shows. */
  readonly written: string;
}

/** From the worker. */
export type WorkerMessage =
  | { readonly kind: "ready" }
  /** The module could not be loaded or exports no handler: this worker is of no use. */
  | { readonly kind: "broken"; readonly error: FunctionErrorReport }
  /** The handler's result as JSON; undefined for none. */
  | { readonly kind: "result"; readonly json: string | undefined }
  /** The handler threw. */
  | { readonly kind: "error"; readonly error: FunctionErrorReport }
  | { readonly kind: "log"; readonly text: string };
