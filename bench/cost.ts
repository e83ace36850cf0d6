// The bench `cost`: what a grant and an idle month use of AWS, by service, and what that costs at list prices.

import { readFileSync } from "node:fs";
import { availableParallelism, loadavg } from "node:os";
import { stayUntil } from "../lib/broker/run.ts";
import type { Item } from "../lib/store/items.ts";
import { type Stack, startStack } from "../local/stack.ts";
import {
  bill,
  HOURS_PER_MONTH,
  type Measured,
  PRICE_NAMES,
  type Prices,
  quantities,
  type Use,
} from "./cost-model.ts";
import { storedBytes } from "./dynamodb-units.ts";
import { rounded } from "./figures.ts";
import { type MeteredDynamodb, startMeteredDynamodb } from "./metered-dynamodb.ts";
import { packageSlack } from "./packaged-slack.ts";
import { type PackagedTemplate, readTemplate } from "./packaged-template.ts";
import {
  beyondIdle,
  createUseMeter,
  PLATFORM_LOG_BYTES,
  type Run,
  type Used,
  type UseMeter,
} from "./use-meter.ts";

const GRANTS_PER_MONTH = [0, 10, 1_000, 100_000] as const;
/** What measured runs wait for, as nothing here is as far away as AWS and Slack are. */
const ASSUMED = { tableMs: 10, slackWriteMs: 150, platformLogBytesPerRun: PLATFORM_LOG_BYTES };
const MINUTE_MS = 60_000;
const MINUTES_PER_MONTH = 60 * HOURS_PER_MONTH;
const DAYS_PER_MONTH = HOURS_PER_MONTH / 24;
const WARM_UP_MINUTES = 5;
const IDLE_MINUTES = 5;
/** Everything is done so often, and what took least time counts: the machine has other things to do as well. */
const ROUNDS = 3;
/** A grant's hour: the minutes before its last, and the minutes after its end in which the rest is told. */
const MINUTES = { lent: 58, after: 3 } as const;
const MINUTES_OF_A_GRANT = MINUTES.lent + 1 + MINUTES.after;

/**
 * Packages the functions and runs them in the embedded stack, warm: idle minutes, watch, and a membership of a
 * group lent for an hour, minute by minute (asked for by a command, approved by one, ended by the clock). Counted
 * are the calls at the servers that they reach, DynamoDB's units by the sizes of the rows, the log's lines, metrics
 * by name and dimensions, and how long each run took on this machine, where a call of the table waits 10 ms more
 * and a write to Slack 150 ms. How long revoke waits for ends that are near is reckoned, not measured.
 * @throws Error where the schedules are not those that were measured
 */
export async function bench(): Promise<object> {
  packageSlack();
  const template = readTemplate(
    readJson("../.serverless/cloudformation-template-update-stack.json") as never,
  );
  const { region, date, prices } = readJson("./prices.json") as {
    readonly region: string;
    readonly date: string;
    readonly prices: Prices;
  };
  const { measured, calls, idleRunMs } = await measure(template);
  const perMonth = (counts: Counts) =>
    mapped(counts, (count) => rounded(count * MINUTES_PER_MONTH, 0));
  return {
    prices: { region, date },
    perGrant: { calls: calls.grant, use: mapped(measured.grant, (value) => rounded(value, 3)) },
    perIdleMonth: { calls: perMonth(calls.idleMinute), use: perMonth(measured.idleMinute) },
    idleRunMs,
    alwaysThere: {
      metrics: measured.metrics,
      alarms: measured.alarms,
      dashboards: measured.dashboards,
    },
    storedBytesPerGrant: measured.storedBytesPerGrant,
    months: GRANTS_PER_MONTH.map((grants) => monthOf(measured, grants, prices)),
    assumed: { ...ASSUMED, stay: measured.stay, logMonths: rounded(measured.logMonths) },
    notPriced: template.unknown,
    machine: { processors: availableParallelism(), loadAverage: rounded(loadavg()[0] ?? 0) },
    node: process.version,
  };
}

/** A month's bill, and what it would be if every run took twice as long. */
function monthOf(measured: Measured, grants: number, prices: Prices): object {
  const { usd, usdBeyondFree, lines } = bill(quantities(measured, grants), prices);
  const slower = (use: Use): Use => ({ ...use, lambdaGbSecond: 2 * use.lambdaGbSecond });
  const slow = {
    ...measured,
    grant: slower(measured.grant),
    idleMinute: slower(measured.idleMinute),
  };
  return {
    grants,
    usd: rounded(usd),
    usdBeyondFree: rounded(usdBeyondFree),
    usdIfRunsTakeTwiceAsLong: rounded(bill(quantities(slow, grants), prices).usd),
    lines: Object.fromEntries(
      PRICE_NAMES.map((name) => {
        const { quantity, usd: cost } = lines[name];
        return [name, { quantity: rounded(quantity, 3), usd: rounded(cost, 4) }];
      }),
    ),
  };
}

interface Lived {
  readonly measured: Measured;
  readonly calls: Readonly<Record<"grant" | "idleMinute", Counts>>;
  readonly idleRunMs: Counts;
}

interface Metered {
  readonly stack: Stack;
  readonly dynamodb: MeteredDynamodb;
  readonly meter: UseMeter;
}

async function measure(template: PackagedTemplate): Promise<Lived> {
  expectSchedules(template);
  const { memoryGb, timeoutSeconds, wokenPerMinute } = template;
  const { sweeps, watching, whole, kept } = await metered(memoryGb, live);
  const perMinute = <T extends Counts>(of: (used: Used) => T): T =>
    summed(times(of(sweeps), 1 / IDLE_MINUTES), times(of(watching), wokenPerMinute.watch));
  const beyond = <T extends Counts>(of: (used: Used) => T): T =>
    summed(of(whole), times(of(sweeps), -MINUTES_OF_A_GRANT / IDLE_MINUTES));
  const always = new Set([...sweeps.metrics, ...watching.metrics]);
  const withGrants = [...whole.metrics].filter((metric) => !always.has(metric)).length;
  return {
    calls: { grant: beyond(({ calls }) => calls), idleMinute: perMinute(({ calls }) => calls) },
    idleRunMs: meanMs([...sweeps.runs, ...watching.runs]),
    measured: {
      grant: { ...beyond(({ use }) => use), ...beyondIdle(whole.runs, memoryGb) },
      idleMinute: perMinute(({ use }) => use),
      stay: {
        windowSeconds: stayUntil({ deadlineAt: timeoutSeconds.revoke * 1_000 }) / 1_000,
        memoryGb: memoryGb.revoke,
      },
      storedBytesPerGrant: Math.max(...kept.map(storedBytes)),
      logMonths: template.logRetentionDays / DAYS_PER_MONTH,
      metrics: { always: always.size, withGrants },
      alarms: template.alarms,
      dashboards: template.dashboards,
    },
  };
}

/** Minutes without a grant, runs of watch, a grant's hour, and the rows that grants have left. */
async function live({ stack, dynamodb, meter }: Metered) {
  const quickest = (work: () => Promise<unknown>) => quickestOf(() => meter.during(work));
  await pass(stack, WARM_UP_MINUTES);
  await stack.watch();
  await lendForAnHour(stack);
  return {
    sweeps: await quickest(() => pass(stack, IDLE_MINUTES)),
    watching: await quickest(stack.watch),
    whole: await quickest(() => lendForAnHour(stack)),
    kept: (await dynamodb.rows(stack.table.name)).filter(isGrant),
  };
}

/** Does `work` in a stack of the packaged functions whose use is counted. */
async function metered<T>(
  memoryGb: PackagedTemplate["memoryGb"],
  work: (all: Metered) => Promise<T>,
): Promise<T> {
  const dynamodb = await startMeteredDynamodb(ASSUMED.tableMs);
  let onLog: (line: string) => void = () => undefined;
  try {
    const stack = await startStack({
      functions: "packaged",
      dynamodbUrl: dynamodb.url,
      onLog: (_, line) => onLog(line),
    });
    try {
      stack.slackApi.faults.slowWrites(ASSUMED.slackWriteMs);
      const meter = createUseMeter(stack, dynamodb, memoryGb);
      onLog = meter.onLog;
      return await work({ stack, dynamodb, meter }).finally(meter.stop);
    } finally {
      await stack.close();
    }
  } finally {
    await dynamodb.close();
  }
}

/** The sweeps are measured together, once a minute. */
function expectSchedules({ wokenPerMinute }: PackagedTemplate): void {
  const { slack, provision, revoke, announce } = wokenPerMinute;
  if ([slack, provision, revoke, announce].join() === "0,1,1,1") return;
  throw new Error(`the schedules are ${JSON.stringify(wokenPerMinute)}; measure them anew`);
}

/** So many minutes of the sweeps. */
async function pass(stack: Stack, minutes: number): Promise<void> {
  for (let minute = 0; minute < minutes; minute += 1) {
    stack.advance(MINUTE_MS);
    await stack.passes();
  }
}

/** One grant from its request to when everything about it is told, in so many minutes of the sweeps. */
async function lendForAnHour(stack: Stack): Promise<void> {
  const { people, workspace } = stack;
  await people.as("U0ADA").command("/access", "web-pods-read 1h OPS-12 figures");
  await stack.settle();
  const card = workspace.channelMessages("C0ACCESS").at(-1);
  if (card === undefined) throw new Error("there is no card to approve");
  await people.as("U0BOB").click(card, "latchkey_approve");
  await stack.settle();
  await pass(stack, MINUTES.lent);
  // Not in the last minute: revoke would wait for the end, in real time.
  stack.advance(60 * MINUTE_MS - MINUTES.lent * MINUTE_MS);
  await stack.passes();
  await pass(stack, MINUTES.after);
}

/** What took the least time of some rounds, with the metrics of all of them. */
async function quickestOf(round: () => Promise<Used>): Promise<Used> {
  let best = await round();
  for (let more = 1; more < ROUNDS; more += 1) {
    const used = await round();
    const metrics = new Set([...best.metrics, ...used.metrics]);
    const quicker = used.use.lambdaGbSecond < best.use.lambdaGbSecond ? used : best;
    best = { ...quicker, metrics };
  }
  return best;
}

function isGrant(row: Item): boolean {
  return row["pk"]?.S?.startsWith("GRANT#") === true;
}

/** How long a run of each function took. */
function meanMs(runs: readonly Run[]): Counts {
  const byFunction = Map.groupBy(runs, ({ of }) => of);
  return Object.fromEntries(
    [...byFunction].map(([of, own]) => {
      const total = own.reduce((sum, { ms }) => sum + ms, 0);
      return [of, rounded(total / own.length, 0)];
    }),
  );
}

type Counts = Readonly<Record<string, number>>;

function times<T extends Counts>(values: T, factor: number): T {
  return mapped(values, (value) => value * factor);
}

function summed<T extends Counts>(one: T, other: T): T {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return Object.fromEntries(
    [...names].map((name) => [name, (one[name] ?? 0) + (other[name] ?? 0)]),
  ) as T;
}

function mapped<T extends Counts>(values: T, of: (value: number) => number): T {
  const entries = Object.entries(values).map(([name, value]) => [name, of(value)]);
  return Object.fromEntries(entries) as T;
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8"));
}
