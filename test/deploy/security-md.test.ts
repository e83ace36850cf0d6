// docs/security.md names a test for every threat: each is there, in the file that is named.

import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { parseSync } from "@swc/core";
import { tableUnder } from "./markdown-tables.ts";

const PROOF = "the test that proves it";
const read = (file: string) => readFileSync(file, "utf8");
const THREATS = tableUnder("docs/security.md", "Threats");

describe("docs/security.md", () => {
  it.each(THREATS)("names tests that there are against: $threat", (row) => {
    const proofs = proofsIn(row[PROOF] ?? "");
    expect(proofs.length).toBeGreaterThan(0);
    expect(proofs.filter(({ file, test }) => !isTestIn(file, test))).toEqual([]);
  });

  it("says nothing else where it names them", () => {
    for (const row of THREATS) {
      const said = proofsIn(row[PROOF] ?? "").map(({ whole }) => whole);
      expect(row[PROOF]).toBe(said.join(", "));
    }
  });

  it("tells of every threat what stops it", () => {
    expect(THREATS.length).toBeGreaterThan(20);
    for (const row of THREATS) expect(row["what stops it"]).toMatch(/\w+ \w+/);
  });
});

describe("the flood in docs/security.md", () => {
  it("is what the gateway lets through in a month, at the prices that we know", () => {
    const [, rate = ""] = /ThrottlingRateLimit: (\d+)/.exec(read("serverless.yml")) ?? [];
    const { httpApiRequest, lambdaRequest } = JSON.parse(read("bench/prices.json")).prices;
    const requests = Number(rate) * 3600 * 730;
    const dollars = [httpApiRequest, lambdaRequest].reduce(
      (sum, { usd, per }) => sum + (requests * usd) / per,
      0,
    );
    const said = /throttle, (\d+) a second, is some (\d+) million requests a month, \$(\d+) /;
    const [, ...figures] = said.exec(read("docs/security.md").replace(/\s+/g, " ")) ?? [];
    expect(figures).toEqual([rate, String(Math.floor(requests / 1e6)), dollars.toFixed(0)]);
  });
});

describe("a name in docs/security.md", () => {
  it("is noticed that is no test's, or in a file that there is not", () => {
    expect(isTestIn("test/deploy/security-md.test.ts", "is noticed that is no test's")).toBe(false);
    expect(isTestIn("test/deploy/gone.test.ts", "is noticed")).toBe(false);
    expect(isTestIn("test/policy/invariants.test.ts", "whatever the policy")).toBe(false);
  });
});

/** `[`file`](../file) "name"`, one or more with commas between. */
function proofsIn(cell: string) {
  return [...cell.matchAll(/\[`([^`]+)`\]\(\.\.\/([^)]+)\) "([^"]+)"/g)].map(
    ([whole, file = "", link, test = ""]) => ({ whole, file: file === link ? file : "", test }),
  );
}

/** Whether the file has a test of exactly this name; with `%s` where it is one for each of several. */
function isTestIn(file: string, test: string): boolean {
  return existsSync(file) && testsIn(read(file)).has(test);
}

type Node = Readonly<Record<string, unknown>>;

/** The names of the tests in a source: what `it` is called with, and what `it.each(…)` makes. */
function testsIn(source: string): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    const { type, callee, arguments: given } = value as Node;
    if (type === "CallExpression" && isIt(callee as Node)) {
      const [name] = given as readonly { readonly expression: Node }[];
      if (name?.expression["type"] === "StringLiteral") found.add(String(name.expression["value"]));
    }
    for (const inside of Object.values(value)) visit(inside);
  };
  visit(parseSync(source, { syntax: "typescript", target: "es2024" }));
  return found;
}

/** `it`, and the call `it.each([…])`, of which the result is called. */
function isIt(callee: Node): boolean {
  if (callee["type"] === "Identifier") return callee["value"] === "it";
  if (callee["type"] !== "CallExpression") return false;
  const { type, object, property } = callee["callee"] as Node;
  return (
    type === "MemberExpression" && isIt(object as Node) && (property as Node)["value"] === "each"
  );
}
