// What people typed, as Slack gets it: nothing interpreted, nothing split, nothing hidden, never too long.

import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { cut, escaped, visible } from "../../lib/slack/text.ts";

const anyText = fc.string({ unit: "binary", maxLength: 200 });

describe("escaped", () => {
  it("leaves no mention, link or broadcast", () => {
    expect(escaped("<!channel> & <https://evil.example|docs> <@U0BOB>")).toBe(
      "&lt;!channel&gt; &amp; &lt;https://evil.example|docs&gt; &lt;@U0BOB&gt;",
    );
  });

  it("is never longer than asked, and holds whole entities only", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("<", "&", ">", "a", "🗝") }),
        fc.nat(60),
        (text, max) => {
          const result = escaped(text, max + 1);
          expect(result.length).toBeLessThanOrEqual(max + 1);
          expect(result.replaceAll(/&(?:amp|lt|gt);/g, "")).not.toMatch(/[<>&]/);
        },
      ),
    );
  });
});

describe("cut", () => {
  it("marks what it cut and splits no character", () => {
    expect(cut("🗝🗝🗝", 4)).toBe("🗝…");
    fc.assert(
      fc.property(anyText, fc.integer({ min: 1, max: 50 }), (text, max) => {
        const result = cut(text, max);
        expect(result.length).toBeLessThanOrEqual(max);
        if (text.isWellFormed()) expect(result.isWellFormed()).toBe(true);
      }),
    );
  });
});

describe("visible", () => {
  it("shows what would reorder or hide text", () => {
    expect(visible("pay\u202etxt.exe\u200b\u0007")).toBe("pay\ufffdtxt.exe\ufffd\ufffd");
    expect(visible("one\r\ntwo")).toBe("one\ntwo");
  });
});
