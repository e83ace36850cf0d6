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
  /** Invokes every function once, now, whether it is due or not. Resolves when all have run. */
  tick(): Promise<void>;
  /** Ticks if a period has begun since the last tick: once, however far the clock has moved. */
  tickIfDue(): Promise<void>;
}

export function createSchedule(options: ScheduleOptions): Schedule {
  const { now, kick, functions, periodMs = 60_000, lookEveryMs = 250 } = options;
  const nextAfter = (at: number) => (Math.floor(at / periodMs) + 1) * periodMs;
  let dueAt = nextAfter(now());
  let timer: NodeJS.Timeout | undefined;

  async function tick(): Promise<void> {
    const at = now();
    dueAt = nextAfter(at);
    await Promise.all(functions.map((name) => kick(name, scheduledEvent(name, at))));
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

function scheduledEvent(functionName: string, at: number): ScheduledEvent {
  return {
    id: `${functionName}-${at}`,
    source: "aws.events",
    "detail-type": "Scheduled Event",
    time: new Date(at).toISOString(),
    detail: {},
  };
}
