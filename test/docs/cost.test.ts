// docs/cost.md: its bills follow from the uses that it lists, at today's prices.json, to the cent.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import {
  bill,
  HOURS_PER_MONTH,
  type Measured,
  PRICE_NAMES,
  type PriceName,
  type Prices,
  quantities,
  type Use,
} from "../../bench/cost-model.ts";
import { stayUntil } from "../../lib/broker/run.ts";
import { TIMEOUT_MS } from "../../local/functions.ts";

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const page = read("docs/cost.md");
const { prices } = JSON.parse(read("bench/prices.json")) as { readonly prices: Prices };

/** The rows of a table that begins with these cells. */
function table(...head: readonly string[]): readonly (readonly string[])[] {
  const lines = page.split("\n");
  const at = lines.findIndex((line) => line.startsWith(`| ${head.join(" | ")} |`));
  const end = lines.findIndex((line, index) => index > at && !line.startsWith("|"));
  if (at < 0) throw new Error(`no table begins with ${head.join(", ")}`);
  return lines.slice(at + 2, end).map((row) =>
    row
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

const numberIn = (cell = "") => Number(cell.replace(/[$,]/g, ""));
const nameIn = (cell = "") => /`(\w+)`/.exec(cell)?.[1] ?? "";

const uses = table("use", "a grant", "an idle month");
const [always = 0, withGrants = 0, alarms = 0, dashboards = 0, storedBytesPerGrant = 0] = table(
  "always there",
).map(([, value]) => numberIn(value));
const usedIn = (column: number, per: number) =>
  Object.fromEntries(
    uses.map((row) => [nameIn(row[0]), numberIn(row[column]) / per]),
  ) as unknown as Use;

const measured: Measured = {
  grant: usedIn(1, 1),
  idleMinute: usedIn(2, 60 * HOURS_PER_MONTH),
  stay: {
    windowSeconds: stayUntil({ deadlineAt: TIMEOUT_MS.revoke }) / 1_000,
    memoryGb: 0.5,
  },
  storedBytesPerGrant,
  logMonths: 12,
  metrics: { always, withGrants },
  alarms,
  dashboards,
};

/** An amount as the page tells it, reckoned from uses that are rounded themselves. */
function toTheCent(usd: number) {
  const told = [usd - 0.001, usd, usd + 0.001].map((amount) => `$${amount.toFixed(2)}`);
  return expect.stringMatching(new RegExp(`^(${told.join("|").replace(/[$.]/g, "\\$&")})$`));
}

const [totals = [], beyond = [], slower = []] = table("grants a month");
const months = [0, 10, 1_000, 100_000].map((grants, index) => ({ grants, column: index + 1 }));

describe.each(months)("the bill for $grants grants a month", ({ grants, column }) => {
  const { usd, usdBeyondFree, lines } = bill(quantities(measured, grants), prices);

  it("follows from the uses and the prices", () => {
    expect(totals[column]).toEqual(toTheCent(usd));
    expect(beyond[column]).toEqual(toTheCent(usdBeyondFree));
  });

  it("follows line by line, and no line is left out that costs something", () => {
    const rows = table("line of the bill");
    const told = new Set(rows.map(([name]) => nameIn(name)));
    for (const [name, ...cells] of rows) {
      const line = lines[nameIn(name) as PriceName];
      expect([name, cells[column - 1]]).toEqual([name, toTheCent(line.usd)]);
    }
    const untold = PRICE_NAMES.filter((name) => !told.has(name) && lines[name].usd > 0);
    expect(untold).toEqual([]);
  });

  it("is higher where every run takes twice as long", () => {
    const slow = (use: Use): Use => ({ ...use, lambdaGbSecond: 2 * use.lambdaGbSecond });
    const all = {
      ...measured,
      grant: slow(measured.grant),
      idleMinute: slow(measured.idleMinute),
    };
    const { usd: more } = bill(quantities(all, grants), prices);
    expect(slower[column]).toEqual(toTheCent(more));
  });
});

describe("docs/cost.md", () => {
  it("lists every use that is measured", () => {
    expect(uses.map(([name]) => nameIn(name)).sort()).toEqual(
      [
        "lambdaRequest",
        "lambdaGbSecond",
        "httpApiRequest",
        "scheduledEvent",
        "dynamodbWriteUnit",
        "dynamodbReadUnit",
        "logBytes",
        "parameterRead",
      ].sort(),
    );
  });

  it("says how much of it waiting is, and that it has an end", () => {
    const without = { ...measured, stay: { ...measured.stay, memoryGb: 0 } };
    const waiting = (grants: number) =>
      bill(quantities(measured, grants), prices).usd -
      bill(quantities(without, grants), prices).usd;
    const [, share] = /that is \$([\d.]+) of the \$/.exec(page) ?? [];
    expect(`$${share}`).toEqual(toTheCent(waiting(100_000)));
    expect(waiting(1e12)).toBeLessThan(20);
  });
});
