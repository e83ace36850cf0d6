// The line diff that the story shows aws-auth with.

import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { type DiffLine, lineDiff } from "../../../local/story/line-diff.ts";

const MARKS = { same: " ", added: "+", removed: "-", skipped: "~" } as const;
const shown = (lines: readonly DiffLine[]) => lines.map(({ kind, text }) => MARKS[kind] + text);

describe("lineDiff", () => {
  it("shows what was added, with a little around it", () => {
    expect(shown(lineDiff("a\nb\nc\nd\ne", "a\nb\nc\nnew\nd\ne", 1))).toEqual([
      "~…",
      " c",
      "+new",
      " d",
      "~…",
    ]);
  });

  it("shows what was removed and what took its place", () => {
    expect(shown(lineDiff("a\nold\nb", "a\nnew\nb"))).toEqual([" a", "-old", "+new", " b"]);
  });

  it("shows nothing of texts that are the same", () => {
    expect(shown(lineDiff("a\nb", "a\nb"))).toEqual(["~…"]);
  });

  it("tells both texts, whatever they are", () => {
    const text = fc.array(fc.constantFrom("a", "b", "c", ""), { maxLength: 12 });
    fc.assert(
      fc.property(text, text, (before, after) => {
        const lines = lineDiff(before.join("\n"), after.join("\n"), Number.POSITIVE_INFINITY);
        const without = (kind: DiffLine["kind"]) =>
          lines.filter((line) => line.kind !== kind).map((line) => line.text);
        if (before.join("\n") === after.join("\n")) return;
        expect(without("added").join("\n")).toBe(before.join("\n"));
        expect(without("removed").join("\n")).toBe(after.join("\n"));
      }),
    );
  });
});
