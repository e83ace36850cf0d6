// What people typed, as Slack gets it: nothing interpreted, nothing split, nothing hidden, never too long.

import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { code, cut, escaped, listed, literal, mentions, visible } from "../../lib/slack/text.ts";
import { textOf } from "../../local/slack/render-text.ts";
import { createWorkspace } from "../../local/slack/workspace.ts";
import { hostile } from "./views/hostile.ts";

const anyText = fc.string({ unit: "binary", maxLength: 200 });

/** What Slack shows of mrkdwn. */
function shown(mrkdwn: string): string {
  const workspace = createWorkspace({ now: () => 0 });
  return textOf(
    workspace,
    workspace.post({ channel: "C0ACCESS", user: "U0LATCHKEY", text: mrkdwn }),
  );
}

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

describe("literal", () => {
  it("leaves names as they are written", () => {
    for (const name of ["Web projects: read pods", "prod_payments v1.2 (EU), 24/7", "käse-läuft"]) {
      expect(literal(name)).toBe(name);
    }
  });

  it.each([
    ["*bold*", "∗bold∗"],
    ["_slanted_ and snake_case", "ˍslantedˍ and snake_case"],
    ["~struck~", "∼struck∼"],
    ["`code`", "ˋcodeˋ"],
    [":tada:", ":\u2060tada:"],
    ["https://evil.example", "https:\u2060//evil.\u2060example"],
    ["@channel, #general", "@\u2060channel, #\u2060general"],
    ["> quoted", "\u2060&gt; quoted"],
    ["<@U0BOB>", "&lt;@\u2060U0BOB&gt;"],
    ["one\n\ntwo", "one two"],
  ])("breaks up what Slack would make of %j", (name, expected) => {
    expect(literal(name)).toBe(expected);
  });

  it("is read as it was written, and no format, link, mention or emoji is left in it", () => {
    fc.assert(
      fc.property(hostile(100), (name) => {
        const sent = literal(name, 2_000);
        expect(asWritten(shown(sent))).toBe(asWritten(visible(name).replace(/\s+/g, " ").trim()));
        expect(sent).not.toMatch(/[*~`＊＿｀]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/);
        expect(sent).not.toMatch(/:[^\s\u2060:]+:|:\/\/|[@#][\w]|^&gt;|<|\n/);
      }),
      { numRuns: 500 },
    );
  });

  it("is never longer than asked, cut with a mark and between characters and entities", () => {
    fc.assert(
      fc.property(hostile(200), fc.integer({ min: 1, max: 120 }), (name, max) => {
        const sent = literal(name, max);
        expect(sent.length).toBeLessThanOrEqual(max);
        expect(sent.isWellFormed()).toBe(true);
        expect(sent.replaceAll(/&(?:amp|lt|gt);/g, "")).not.toMatch(/[<>&]/);
        const whole = literal(name, 10_000);
        expect(sent === whole || sent.endsWith("…")).toBe(true);
      }),
    );
  });
});

/** Without what Slack does not show, and with one of the letters that look the same for all of them. */
function asWritten(text: string): string {
  return text
    .replaceAll("\u2060", "")
    .replaceAll(/[*＊∗]/g, "*")
    .replaceAll(/[_＿ˍ]/g, "_")
    .replaceAll(/[~∼]/g, "~")
    .replaceAll(/[`｀ˋ]/g, "`");
}

describe("code", () => {
  it("keeps ids to the letter, in a span that nothing gets out of", () => {
    const arn = "arn:aws:iam::111122223333:group/jit/*_~:x:";
    expect(code(arn)).toBe(`\`${arn}\``);
    expect(code("a`b` <!channel>\nc")).toBe("`a'b' &lt;!channel&gt; c`");
    expect(code(" ")).toBe("`-`");
    expect(code("x".repeat(50), 10)).toBe(`\`${"x".repeat(9)}…\``);
  });
});

describe("mentions", () => {
  it("names the first, and counts the others", () => {
    expect(mentions(["U0BOB"])).toBe("<@U0BOB>");
    expect(mentions(["U0BOB", "U0LEE", "U0CAT"], 2)).toBe("<@U0BOB>, <@U0LEE> and 1 more");
    expect(listed(["a", "b"], 5, " or ")).toBe("a or b");
    expect(mentions([])).toBe("nobody");
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
    expect(visible("\u3164\u{e0041}\u2066\u2028")).toBe("\ufffd".repeat(4));
    expect(visible("one\r\ntwo")).toBe("one\ntwo");
  });

  it("leaves signs as they are, and no half of a character", () => {
    expect(visible("⚠️ 🗝 ✅")).toBe("⚠️ 🗝 ✅");
    expect(visible("a\ud83d")).toBe("a\ufffd");
  });
});
