// docs/operations.md: every alarm has its page in the runbook, and what it quotes is there.

import { globSync, readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { alarms } from "../../deploy/alarms.ts";
import { codeIn, markedTable } from "./markdown-tables.ts";

const FILE = "docs/operations.md";
const text = readFileSync(FILE, "utf8");
const ALARMS = alarms("latchkey-prod", "") as Readonly<
  Record<string, { readonly Properties: { readonly TreatMissingData: string } }>
>;
const nameOf = (resource: string) => resource.replace(/Alarm$/, "");
const NAMES = Object.keys(ALARMS).map(nameOf);

/** What stands under each heading of the third level. */
const PAGES = new Map(
  text
    .split(/^### /m)
    .slice(1)
    .map((part) => {
      const [heading = "", ...lines] = (part.split(/^## /m)[0] ?? "").split("\n");
      return [heading.trim(), lines.join("\n")] as const;
    }),
);

describe("the runbook", () => {
  it("has a page for every alarm, and for no other", () => {
    expect([...PAGES.keys()].sort()).toEqual(NAMES.toSorted());
    expect(NAMES.length).toBeGreaterThan(10);
  });

  it.each(NAMES)("says of %s what it means, how to look and what to do", (name) => {
    const page = PAGES.get(name) ?? "";
    expect(page.trim()).toMatch(/^[A-Z]/);
    expect(page).toMatch(/\*\*Look(:|, do:)\*\* \S/);
    expect(page).toMatch(/\*\*(Do:|Look, do:)\*\* \S/);
  });

  it("says which of them are silent where nothing is measured", () => {
    const silent = Object.entries(ALARMS).flatMap(([resource, { Properties }]) =>
      Properties.TreatMissingData === "notBreaching" ? [nameOf(resource)] : [],
    );
    const [, said = ""] = /Only ([^.]*?) are silent/.exec(text) ?? [];
    expect(codeIn(said)).toEqual(silent);
  });

  it("quotes lines of the log that some function writes", () => {
    const code = globSync("lib/**/*.ts")
      .map((file) => readFileSync(file, "utf8"))
      .join("\n");
    const messages = markedTable(FILE, "log lines").flatMap(({ message = "" }) => codeIn(message));
    expect(messages.length).toBeGreaterThan(5);
    expect(messages.filter((message) => !code.includes(message))).toEqual([]);
  });
});
