// EventBridge's part: invokes the scheduled functions every minute of the stack's clock.

/** What a scheduled function gets: as much of EventBridge's event as anyone reads. */
export interface ScheduledEvent {
  readonly id: string;
  readonly source: "aws.events";
  readonly "detail-type": "Scheduled Event";
  /** ISO 8601, the stack's time. */
  readonly time: string;
  readonly detail: Readonly<Record<string, never>>;
}

export interface ScheduleOptions {
  readonly now: () => number;
  /** Runs a function in its own time and never rejects: a runner's `kick`. */
  readonly kick: (functionName: string, event: ScheduledEvent) => Promise<void>;
  readonly functions: readonly string[];
  /** Of the stack's time; a minute if not given. */
  readonly periodMs?: number;
  /** How often the stack's clock is looked at, real time. */
  readonly lookEveryMs?: number;
}

export interface Schedule {
  start(): void;
  stop(): void;
  /**
   * Invokes every function once, now, whether it is due or not. Resolves when all have run. Of a function
   * that is at it twice already another run begins when one of the two is over, and no more than that one.
   */
  tick(): Promise<void>;
  /** Ticks if a period has begun since the last tick: once, however far the clock has moved. */
  tickIfDue(): Promise<void>;
}

/**
 * As many runs of one function as the schedule has under way: revoke stays up to a minute of real time for
 * what falls due, so that after a jump, or where the clock is fast, a run that looks anew must not wait for it.
 */
const AT_ONCE = 2;

export function createSchedule(options: ScheduleOptions): Schedule {
  const { now, kick, functions, periodMs = 60_000, lookEveryMs = 250 } = options;
  const nextAfter = (at: number) => (Math.floor(at / periodMs) + 1) * periodMs;
  let dueAt = nextAfter(now());
  let timer: NodeJS.Timeout | undefined;
  const runs = functions.map((name) => takingTurns(() => kick(name, scheduledEvent(name, now()))));

  async function tick(): Promise<void> {
    dueAt = nextAfter(now());
    await Promise.all(runs.map((run) => run()));
  }

  async function tickIfDue(): Promise<void> {
    if (now() >= dueAt) await tick();
  }

  return {
    start() {
      timer ??= setInterval(() => void tickIfDue(), lookEveryMs);
    },
    stop() {
      clearInterval(timer);
      timer = undefined;
    },
    tick,
    tickIfDue,
  };
}

/** Runs at once where few enough are under way; else once more after one of them, whoever asked meanwhile. */
function takingTurns(run: () => Promise<void>): () => Promise<void> {
  const underWay = new Set<Promise<void>>();
  let next: Promise<void> | undefined;
  const start = () => {
    const running = run().finally(() => underWay.delete(running));
    underWay.add(running);
    return running;
  };
  const startNext = () => {
    next = undefined;
    return start();
  };
  return () => {
    if (underWay.size < AT_ONCE) return start();
    next ??= Promise.race(underWay).then(startNext);
    return next;
  };
}

function scheduledEvent(functionName: string, at: number): ScheduledEvent {
  return {
    id: `${functionName}-${at}`,
    source: "aws.events",
    "detail-type": "Scheduled Event",
    time: new Date(at).toISOString(),
    detail: {},
  };
}
