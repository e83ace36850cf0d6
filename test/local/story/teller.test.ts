// How the story is laid out in a terminal.

import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "@jest/globals";
import { createTeller, wrapped } from "../../../local/story/teller.ts";

function aTeller({ columns = 80, colours = false } = {}) {
  const written: string[] = [];
  const page = { columns, write: (text: string) => written.push(text) };
  return { teller: createTeller(page, { colours }), text: () => written.join("") };
}

describe("a teller", () => {
  it("counts what came out right and says what did not", () => {
    const { teller, text } = aTeller();
    teller.check(true, "the sun rises");
    teller.check(false, "pigs fly");
    teller.question("kubectl auth can-i fly pigs", "no", false);
    teller.summary();
    expect(teller.wrong).toEqual(["pigs fly", "kubectl auth can-i fly pigs: no"]);
    expect(text()).toContain("✓ the sun rises");
    expect(text()).toContain("✗ 2 of 3 checks came out wrong:");
  });

  it.each([60, 80, 100])("keeps within %i columns", (columns) => {
    const { teller, text } = aTeller({ columns });
    const long = "words and more words, ".repeat(12).trim();
    teller.chapter("A chapter", long);
    teller.step(0, long);
    teller.slack("#channel", `# ${long}\n> ${long}`);
    teller.shell("command", long);
    teller.check(true, long);
    for (const line of text().split("\n")) expect(line.length).toBeLessThanOrEqual(columns);
  });

  it("colours only where it is told to, and says the same then", () => {
    const [plain, coloured] = [aTeller(), aTeller({ colours: true })];
    for (const { teller } of [plain, coloured]) {
      teller.slack("#channel", "# Title\n[Approve] [Deny…]");
      teller.diff([{ kind: "added", text: "line" }]);
      teller.check(true, "done");
    }
    expect(plain.text()).toBe(stripVTControlCharacters(plain.text()));
    expect(coloured.text()).not.toBe(plain.text());
    expect(stripVTControlCharacters(coloured.text())).toBe(plain.text());
  });
});

describe("wrapped", () => {
  it("goes on with the indentation of the line", () => {
    expect(wrapped("  > one two three", 10)).toEqual(["  > one", "  > two", "  > three"]);
  });

  it("leaves a word that is too long in one piece", () => {
    expect(wrapped("a abcdefghijkl b", 5)).toEqual(["a", "abcdefghijkl", "b"]);
  });
});
