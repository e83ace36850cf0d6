// AbortSignal.timeout without a real timer: a signal that only tells the simulated client how long to wait.

const waits = new WeakMap<AbortSignal, number>();
const DEFAULT_MS = 5_000;

/** Runs `work` while every new timeout signal is a virtual one. */
export async function withVirtualTimeouts<T>(work: () => Promise<T>): Promise<T> {
  const real = AbortSignal.timeout;
  AbortSignal.timeout = (ms) => {
    const signal = Object.create(AbortSignal.prototype) as AbortSignal;
    waits.set(signal, ms);
    return signal;
  };
  try {
    return await work();
  } finally {
    AbortSignal.timeout = real;
  }
}

/** How long its caller waits. */
export function timeoutOf(signal: AbortSignal | undefined): number {
  return (signal && waits.get(signal)) ?? DEFAULT_MS;
}
