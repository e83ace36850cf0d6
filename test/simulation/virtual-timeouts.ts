// What a simulated world does without: real timers behind AbortSignal.timeout, and stack traces of the many faults.

const waits = new WeakMap<AbortSignal, number>();
const DEFAULT_MS = 5_000;

/** Runs `work` while every new timeout signal is a virtual one that only tells how long its caller waits. */
export async function withVirtualTimeouts<T>(work: () => Promise<T>): Promise<T> {
  const real = AbortSignal.timeout;
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  AbortSignal.timeout = (ms) => {
    const signal = Object.create(AbortSignal.prototype) as AbortSignal;
    waits.set(signal, ms);
    return signal;
  };
  try {
    return await work();
  } finally {
    AbortSignal.timeout = real;
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** How long its caller waits. */
export function timeoutOf(signal: AbortSignal | undefined): number {
  return (signal && waits.get(signal)) ?? DEFAULT_MS;
}
