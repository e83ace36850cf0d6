// From what was measured of one grant and of an idle minute to a month's bill: arithmetic alone.

/** The names in prices.json. */
export const PRICE_NAMES = [
  "lambdaRequest",
  "lambdaGbSecond",
  "httpApiRequest",
  "scheduledEvent",
  "dynamodbWriteUnit",
  "dynamodbReadUnit",
  "dynamodbGbMonth",
  "dynamodbBackupGbMonth",
  "logGb",
  "logGbMonth",
  "metricMonth",
  "alarmMonth",
  "dashboardMonth",
  "kmsRequest",
  "parameterRead",
] as const;

export type PriceName = (typeof PRICE_NAMES)[number];

export interface Price {
  /** What is paid for, for people. */
  readonly what: string;
  /** So much for `per` of them. */
  readonly usd: number;
  readonly per: number;
  /** Of these, so many cost an account nothing each month. */
  readonly freeEachMonth: number;
  /** The page that says what it costs today. */
  readonly source: string;
  /** For which region the number was seen quoted from AWS's own price list. */
  readonly checked: "us-east-2" | "us-east-1" | "no";
  /** Where and when it was read. */
  readonly readAt: string;
}

export type Prices = Readonly<Record<PriceName, Price>>;

/** What runs use and pay for by the piece. */
export type Use = Readonly<
  Record<
    | "lambdaRequest"
    | "lambdaGbSecond"
    | "httpApiRequest"
    | "scheduledEvent"
    | "dynamodbWriteUnit"
    | "dynamodbReadUnit"
    | "logBytes"
    | "parameterRead",
    number
  >
>;

/**
 * Revoke stays for what falls due: every minute a run begins, and each waits for the last grant that it sees end
 * within `windowSeconds`.
 */
export interface Stay {
  readonly windowSeconds: number;
  readonly memoryGb: number;
}

/** What the bill of a month follows from. */
export interface Measured {
  /** One grant from its request to its end, beyond what the schedules use anyway. */
  readonly grant: Use;
  readonly idleMinute: Use;
  readonly stay: Stay;
  /** What a grant leaves in the table for good, with its places in the indexes. */
  readonly storedBytesPerGrant: number;
  /** How many months the log is kept. */
  readonly logMonths: number;
  /** Custom metrics that are sent all the time, and those that only grants cause. */
  readonly metrics: { readonly always: number; readonly withGrants: number };
  readonly alarms: number;
  readonly dashboards: number;
}

export const HOURS_PER_MONTH = 730;
const MINUTES_PER_MONTH = 60 * HOURS_PER_MONTH;
/** The bill is that of the twelfth month: eleven have left what they store. */
const MONTH = 12;
/** As AWS counts for storage and logs. */
const GB = 1e9;

export type Quantities = Readonly<Record<PriceName, number>>;

/** What the twelfth month with so many grants in each uses of everything that has a price. */
export function quantities(measured: Measured, grantsPerMonth: number): Quantities {
  const { grant, idleMinute } = measured;
  const of = (name: keyof Use) =>
    MINUTES_PER_MONTH * idleMinute[name] + grantsPerMonth * grant[name];
  const stored = (MONTH * grantsPerMonth * measured.storedBytesPerGrant) / GB;
  const logGb = of("logBytes") / GB;
  return {
    lambdaRequest: of("lambdaRequest"),
    lambdaGbSecond: of("lambdaGbSecond") + stayGbSeconds(measured.stay, grantsPerMonth),
    httpApiRequest: of("httpApiRequest"),
    scheduledEvent: of("scheduledEvent"),
    dynamodbWriteUnit: of("dynamodbWriteUnit"),
    dynamodbReadUnit: of("dynamodbReadUnit"),
    dynamodbGbMonth: stored,
    dynamodbBackupGbMonth: stored,
    logGb,
    logGbMonth: Math.min(MONTH, measured.logMonths) * logGb,
    metricMonth: metricMonths(measured.metrics, grantsPerMonth),
    alarmMonth: measured.alarms,
    dashboardMonth: measured.dashboards,
    kmsRequest: of("parameterRead"),
    parameterRead: of("parameterRead"),
  };
}

/**
 * What waiting takes. Where grants end at random, λ of them in a window W, the last is to be expected
 * W · (1 − (1 − e^−λ) / λ) after its beginning.
 */
function stayGbSeconds({ windowSeconds, memoryGb }: Stay, grantsPerMonth: number): number {
  const inWindow = (grantsPerMonth / MINUTES_PER_MONTH) * (windowSeconds / 60);
  const seconds = inWindow === 0 ? 0 : windowSeconds * (1 + Math.expm1(-inWindow) / inWindow);
  return MINUTES_PER_MONTH * seconds * memoryGb;
}

/** A metric is paid for by the hours that have a value of it; so many hours have a grant. */
function metricMonths({ always, withGrants }: Measured["metrics"], grantsPerMonth: number): number {
  return always - withGrants * Math.expm1(-grantsPerMonth / HOURS_PER_MONTH);
}

export interface Line {
  readonly quantity: number;
  readonly usd: number;
  /** Where nothing else in the account uses what is free each month. */
  readonly usdBeyondFree: number;
}

export interface Bill {
  readonly usd: number;
  readonly usdBeyondFree: number;
  readonly lines: Readonly<Record<PriceName, Line>>;
}

/** What quantities cost at these prices. */
export function bill(used: Quantities, prices: Prices): Bill {
  const lines = PRICE_NAMES.map((name): [PriceName, Line] => {
    const { usd, per, freeEachMonth } = prices[name];
    const quantity = used[name];
    const beyond = Math.max(0, quantity - freeEachMonth);
    return [name, { quantity, usd: (quantity / per) * usd, usdBeyondFree: (beyond / per) * usd }];
  });
  const sum = (of: (line: Line) => number) =>
    lines.reduce((total, [, line]) => total + of(line), 0);
  return {
    usd: sum(({ usd }) => usd),
    usdBeyondFree: sum(({ usdBeyondFree }) => usdBeyondFree),
    lines: Object.fromEntries(lines) as Record<PriceName, Line>,
  };
}
