// The embedded stack's clock: real time plus an offset that can be moved forward, shared with every worker thread.

/** How many seconds of the stack's time pass in one of real time. */
export type Speed = 1 | 60;

/** The clock of a stack. It runs at the speed of real time or faster, and can be moved ahead, never back. */
export interface StackClock {
  /** The stack's time, epoch milliseconds. */
  now(): number;
  /** Moves the clock ahead by `ms`. A negative `ms` is a RangeError. */
  advance(ms: number): void;
  /** Moves the clock ahead to `at` (epoch ms). A moment that has passed is a RangeError. */
  moveTo(at: number): void;
  /**
   * From now on so much time passes in one second of real time. Faster than real time it moves in small
   * steps, which a timer takes: 1 stops that timer, which keeps no process alive.
   */
  setSpeed(speed: Speed): void;
  speed(): Speed;
  /** The offset from real time in milliseconds, one BigInt64: for `installShiftedDate` in other threads. */
  readonly buffer: SharedArrayBuffer;
}

/** How often a fast clock moves on, real time. */
const STEP_MS = 50;

/** A clock that shows real time until it is moved. */
export function createClock(realNow: () => number = Date.now): StackClock {
  const buffer = new SharedArrayBuffer(8);
  const offset = new BigInt64Array(buffer);
  const now = () => realNow() + Number(Atomics.load(offset, 0));
  const advance = (ms: number) => {
    if (!(ms >= 0)) throw new RangeError(`The clock only moves forward, not by ${ms} ms`);
    Atomics.add(offset, 0, BigInt(Math.round(ms)));
  };
  return {
    now,
    advance,
    moveTo: (at) => advance(at - now()),
    ...speedOf(realNow, advance),
    buffer,
  };
}

/** Moves a clock on by what passes at its speed beyond real time: by the time that was, however late a step comes. */
function speedOf(
  realNow: () => number,
  advance: (ms: number) => void,
): Pick<StackClock, "setSpeed" | "speed"> {
  let speed: Speed = 1;
  let steppedAt = 0;
  let timer: NodeJS.Timeout | undefined;
  const step = () => {
    const at = realNow();
    // The machine's clock may be set back.
    advance(Math.max(0, at - steppedAt) * (speed - 1));
    steppedAt = at;
  };
  return {
    speed: () => speed,
    setSpeed(next) {
      if (timer !== undefined) step();
      clearInterval(timer);
      timer = undefined;
      speed = next;
      steppedAt = realNow();
      if (speed !== 1) timer = setInterval(step, STEP_MS).unref();
    },
  };
}

/**
 * Replaces `Date` of a global object by one that reads real time plus the offset in `buffer`, for
 * `Date.now()`, `new Date()` and `Date()`. Dates made from arguments, `Date.UTC` and `Date.parse`
 * stay as they are, and so do timers and `performance`, which measure durations.
 */
export function installShiftedDate(
  buffer: SharedArrayBuffer,
  globalObject: { Date: DateConstructor },
): void {
  const RealDate = globalObject.Date;
  const offset = new BigInt64Array(buffer);
  const now = () => RealDate.now() + Number(Atomics.load(offset, 0));
  const ShiftedDate = new Proxy(RealDate, {
    apply: () => new RealDate(now()).toString(),
    construct: (target, args, newTarget) =>
      Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
    get: (target, key, receiver) => (key === "now" ? now : Reflect.get(target, key, receiver)),
  });
  RealDate.prototype.constructor = ShiftedDate;
  globalObject.Date = ShiftedDate;
}
