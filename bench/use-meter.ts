// Counts what a stack's functions use while something happens: calls, DynamoDB's units, time, log, metrics.

import type { FunctionName } from "../deploy/roles.ts";
import type { Stack } from "../local/stack.ts";
import type { Use } from "./cost-model.ts";
import { quantile, tally } from "./figures.ts";
import type { MeteredDynamodb } from "./metered-dynamodb.ts";

/** What Lambda writes about each run itself, START, END and REPORT: about so many bytes. */
export const PLATFORM_LOG_BYTES = 330;

type Counts = Readonly<Record<string, number>>;

/** One run of a function. */
export interface Run {
  readonly of: FunctionName;
  readonly ms: number;
  /** Whether a schedule woke it. */
  readonly isScheduled: boolean;
  /** How many calls it made. */
  readonly calls: number;
}

/** What was used. */
export interface Used {
  readonly use: Use;
  /** Calls by service, and Slack's. */
  readonly calls: Counts;
  readonly runs: readonly Run[];
  /** Custom metrics: name and dimensions. */
  readonly metrics: ReadonlySet<string>;
}

export interface UseMeter {
  /** To be called with each line that a function logs. */
  onLog(line: string): void;
  /** What is used until `work` is over and nothing runs any more. */
  during(work: () => Promise<unknown>): Promise<Used>;
  stop(): void;
}

/** What a log line says in CloudWatch's embedded metric format. */
interface Embedded {
  readonly _aws?: {
    readonly CloudWatchMetrics: readonly {
      readonly Namespace: string;
      readonly Dimensions: readonly (readonly string[])[];
      readonly Metrics: readonly { readonly Name: string }[];
    }[];
  };
  readonly [name: string]: unknown;
}

/** @param memoryGb of each function */
export function createUseMeter(
  stack: Stack,
  dynamodb: MeteredDynamodb,
  memoryGb: Readonly<Record<FunctionName, number>>,
): UseMeter {
  const begun = new Map<string, { readonly at: number; readonly isScheduled: boolean }>();
  const callsOf = new Map<string, number>();
  let runs: Run[] = [];
  let calls: string[] = [];
  let httpRequests = 0;
  let scheduled = 0;
  let logBytes = 0;
  let metrics = new Set<string>();

  const noteCall = (service: string, run: string | undefined) => {
    calls.push(service);
    if (run !== undefined) callsOf.set(run, (callsOf.get(run) ?? 0) + 1);
  };
  const stops = [
    stack.onRun((news) => {
      if (news.kind === "begun") {
        const isScheduled = isFromSchedule(news.event);
        begun.set(news.requestId, { at: performance.now(), isScheduled });
        if (isHttp(news.event)) httpRequests += 1;
        if (isScheduled) scheduled += 1;
      } else if (news.kind === "over") {
        const { at, isScheduled } = begun.get(news.requestId) ?? { at: NaN, isScheduled: false };
        const ms = performance.now() - at;
        const made = callsOf.get(news.requestId) ?? 0;
        runs.push({ of: news.function, ms, isScheduled, calls: made });
      }
    }),
    stack.aws.calls.onCall(({ service, from }) => noteCall(service, from?.requestId)),
    stack.slackApi.onCall(({ from }) => noteCall("slack", from?.requestId)),
  ];
  const clear = () => {
    [runs, calls, metrics] = [[], [], new Set()];
    [httpRequests, scheduled, logBytes] = [0, 0, 0];
    dynamodb.reset();
  };
  const used = (): Used => {
    const { readUnits, writeUnits } = dynamodb.use();
    const gbSeconds = runs.map(({ of, ms }) => (ms / 1_000) * memoryGb[of]);
    return {
      use: {
        lambdaRequest: runs.length,
        lambdaGbSecond: gbSeconds.reduce((sum, each) => sum + each, 0),
        httpApiRequest: httpRequests,
        scheduledEvent: scheduled,
        dynamodbWriteUnit: writeUnits,
        dynamodbReadUnit: readUnits,
        logBytes: logBytes + runs.length * PLATFORM_LOG_BYTES,
        parameterRead: calls.filter((service) => service === "ssm").length,
      },
      calls: tally(calls),
      runs,
      metrics,
    };
  };
  return {
    onLog(line) {
      // A line's end is a byte too.
      logBytes += Buffer.byteLength(line) + 1;
      for (const metric of metricsIn(line)) metrics.add(metric);
    },
    async during(work) {
      clear();
      await work();
      await stack.settle();
      return used();
    },
    stop() {
      for (const stop of stops) stop();
    },
  };
}

/**
 * What is beyond the schedules' idle runs: all of the others, and, of those that found something to do, what they
 * took longer than the idle ones of the same function, at the median.
 */
export function beyondIdle(
  runs: readonly Run[],
  memoryGb: Readonly<Record<FunctionName, number>>,
): { readonly lambdaRequest: number; readonly lambdaGbSecond: number } {
  const idle = Map.groupBy(runs.filter(isIdle(runs)), ({ of }) => of);
  const seconds = runs.map((run) => {
    if (!run.isScheduled) return { of: run.of, ms: run.ms };
    const own = idle.get(run.of) ?? [];
    if (own.includes(run)) return { of: run.of, ms: 0 };
    return {
      of: run.of,
      ms: Math.max(
        0,
        run.ms -
          quantile(
            own.map(({ ms }) => ms),
            0.5,
          ),
      ),
    };
  });
  return {
    lambdaRequest: runs.filter(({ isScheduled }) => !isScheduled).length,
    lambdaGbSecond: seconds.reduce((sum, { of, ms }) => sum + (ms / 1_000) * memoryGb[of], 0),
  };
}

/** An idle run makes as few calls as any scheduled run of its function. */
function isIdle(runs: readonly Run[]): (run: Run) => boolean {
  const scheduled = Map.groupBy(
    runs.filter(({ isScheduled }) => isScheduled),
    ({ of }) => of,
  );
  const fewest = new Map(
    [...scheduled].map(([of, own]) => [of, Math.min(...own.map(({ calls }) => calls))]),
  );
  return ({ of, isScheduled, calls }) => isScheduled && calls === fewest.get(of);
}

/** The custom metrics that a log line publishes, one for each name and set of dimensions' values. */
export function metricsIn(line: string): readonly string[] {
  if (!line.includes('"_aws"')) return [];
  const embedded = JSON.parse(line) as Embedded;
  return (embedded._aws?.CloudWatchMetrics ?? []).flatMap(({ Namespace, Dimensions, Metrics }) =>
    Dimensions.flatMap((names) =>
      Metrics.map(({ Name }) => {
        const values = names.map((name) => `${name}=${String(embedded[name])}`);
        return [Namespace, Name, ...values.sort()].join(" ");
      }),
    ),
  );
}

function isHttp(event: unknown): boolean {
  return typeof event === "object" && event !== null && "requestContext" in event;
}

function isFromSchedule(event: unknown): boolean {
  return (event as { source?: unknown } | null)?.source === "aws.events";
}
