// What a month costs: the arithmetic, and the file of prices that it goes by.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import {
  bill,
  type Measured,
  PRICE_NAMES,
  type Prices,
  quantities,
  type Use,
} from "../../bench/cost-model.ts";

const file = JSON.parse(
  readFileSync(new URL("../../bench/prices.json", import.meta.url), "utf8"),
) as { readonly region: string; readonly date: string; readonly prices: Prices };

const NOTHING: Use = {
  lambdaRequest: 0,
  lambdaGbSecond: 0,
  httpApiRequest: 0,
  scheduledEvent: 0,
  dynamodbWriteUnit: 0,
  dynamodbReadUnit: 0,
  logBytes: 0,
  parameterRead: 0,
};

function measured(over: Partial<Measured> = {}): Measured {
  return {
    grant: NOTHING,
    idleMinute: NOTHING,
    stay: { windowSeconds: 0, memoryGb: 0 },
    storedBytesPerGrant: 0,
    logMonths: 12,
    metrics: { always: 0, withGrants: 0 },
    alarms: 0,
    dashboards: 0,
    ...over,
  };
}

const usdOf = (all: Measured, grants: number) => bill(quantities(all, grants), file.prices);

describe("prices.json", () => {
  it("has every price that the bill knows, and no other", () => {
    expect(Object.keys(file.prices).sort()).toEqual([...PRICE_NAMES].sort());
  });

  it("says of what day and where it is", () => {
    expect(file.date).toMatch(/^\d{4}-\d\d-\d\d$/);
    expect(Number.isNaN(Date.parse(file.date))).toBe(false);
    expect(file.region).toBe("us-east-2");
  });

  it.each(PRICE_NAMES)("%s is a price, with AWS's page and where the number was read", (name) => {
    const { what, usd, per, freeEachMonth, source, checked, readAt } = file.prices[name];
    expect(what).not.toBe("");
    expect(usd).toBeGreaterThanOrEqual(0);
    expect(per).toBeGreaterThanOrEqual(1);
    expect(freeEachMonth).toBeGreaterThanOrEqual(0);
    expect(source).toMatch(/^https:\/\/aws\.amazon\.com\/.*pricing\//);
    expect(["us-east-2", "us-east-1", "no"]).toContain(checked);
    expect(readAt).not.toBe("");
  });
});

describe("a month's bill", () => {
  it("counts an idle minute as often as 730 hours have minutes", () => {
    const idle = measured({ idleMinute: { ...NOTHING, lambdaRequest: 3 } });
    expect(quantities(idle, 0).lambdaRequest).toBe(3 * 60 * 730);
  });

  it("adds each grant's own use to what runs anyway", () => {
    const both = measured({
      grant: { ...NOTHING, dynamodbWriteUnit: 150 },
      idleMinute: { ...NOTHING, dynamodbWriteUnit: 2 },
    });
    const { lines } = usdOf(both, 1_000);
    expect(lines.dynamodbWriteUnit.quantity).toBe(150_000 + 2 * 43_800);
    expect(lines.dynamodbWriteUnit.usd).toBeCloseTo(0.2376 * 0.625, 10);
  });

  it("stores what twelve months of grants have left, and pays for its backup as well", () => {
    const storing = measured({ storedBytesPerGrant: 2_000 });
    const { lines } = usdOf(storing, 1_000_000);
    expect(lines.dynamodbGbMonth.quantity).toBe(24);
    expect(lines.dynamodbGbMonth.usd).toBeCloseTo(24 * 0.25, 10);
    expect(lines.dynamodbBackupGbMonth.usd).toBeCloseTo(24 * 0.2, 10);
  });

  it("keeps the log for as long as it is kept, at most for the twelve months there were", () => {
    const logging = (logMonths: number) =>
      quantities(measured({ logMonths, grant: { ...NOTHING, logBytes: 1e9 } }), 1).logGbMonth;
    expect([logging(1), logging(12), logging(24)]).toEqual([1, 12, 12]);
  });

  it("charges a metric that only grants cause for the hours that have a grant", () => {
    const counted = measured({ metrics: { always: 4, withGrants: 10 } });
    const months = (grants: number) => quantities(counted, grants).metricMonth;
    expect(months(0)).toBe(4);
    // One grant: one hour of 730, for each of the ten.
    expect(months(1)).toBeCloseTo(4 + 10 / 730, 3);
    expect(months(100_000)).toBeCloseTo(14, 10);
  });

  it("has revoke wait half its window on average for one end, and all of it where ends are many", () => {
    const staying = measured({ stay: { windowSeconds: 60, memoryGb: 0.5 } });
    const seconds = (grants: number) => quantities(staying, grants).lambdaGbSecond / 0.5;
    expect(seconds(0)).toBe(0);
    expect(seconds(1)).toBeCloseTo(30, 2);
    expect(seconds(1e9) / 43_800).toBeCloseTo(60, 2);
  });

  it("is free as far as what an account has free each month goes", () => {
    const little = measured({ alarms: 12, metrics: { always: 8, withGrants: 0 } });
    const { lines, usd, usdBeyondFree } = usdOf(little, 0);
    expect(usd).toBeCloseTo(12 * 0.1 + 8 * 0.3, 10);
    expect(lines.metricMonth.usdBeyondFree).toBe(0);
    expect(usdBeyondFree).toBeCloseTo(0.2, 10);
  });

  it("is the sum of its lines", () => {
    fc.assert(
      fc.property(anyMeasured(), fc.nat(1_000_000), (all, grants) => {
        const { lines, usd, usdBeyondFree } = usdOf(all, grants);
        const sum = (of: "usd" | "usdBeyondFree") =>
          Object.values(lines).reduce((total, line) => total + line[of], 0);
        expect(usd).toBeCloseTo(sum("usd"), 6);
        expect(usdBeyondFree).toBeCloseTo(sum("usdBeyondFree"), 6);
        expect(usdBeyondFree).toBeLessThanOrEqual(usd);
      }),
    );
  });

  it("never falls where there are more grants, in no line", () => {
    fc.assert(
      fc.property(anyMeasured(), fc.nat(1_000_000), fc.nat(1_000_000), (all, few, more) => {
        const [less, grown] = [usdOf(all, few), usdOf(all, few + more)];
        for (const name of PRICE_NAMES) {
          const margin = 1e-9 * (1 + less.lines[name].usd);
          expect(grown.lines[name].usd).toBeGreaterThanOrEqual(less.lines[name].usd - margin);
        }
      }),
    );
  });
});

function anyMeasured(): fc.Arbitrary<Measured> {
  const some = (max: number) => fc.double({ min: 0, max, noNaN: true });
  const use = fc.record({
    lambdaRequest: some(100),
    lambdaGbSecond: some(100),
    httpApiRequest: some(10),
    scheduledEvent: some(10),
    dynamodbWriteUnit: some(1_000),
    dynamodbReadUnit: some(1_000),
    logBytes: some(100_000),
    parameterRead: some(10),
  });
  return fc.record({
    grant: use,
    idleMinute: use,
    stay: fc.record({ windowSeconds: some(900), memoryGb: some(10) }),
    storedBytesPerGrant: some(10_000),
    logMonths: some(120),
    metrics: fc.record({ always: fc.nat(100), withGrants: fc.nat(100) }),
    alarms: fc.nat(50),
    dashboards: fc.nat(5),
  });
}
