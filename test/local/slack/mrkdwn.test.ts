// Slack's mrkdwn as a tree: what is markup, and all that is none.

import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { code, escaped, literal, visible } from "../../../lib/slack/text.ts";
import { type Mark, parseMrkdwn } from "../../../local/slack/mrkdwn.ts";
import { hostile } from "../../slack/views/hostile.ts";

/** A mark in short: `bold(text)`. */
function brief(mark: Mark): string {
  switch (mark.kind) {
    case "text":
      return mark.text;
    case "break":
      return "⏎";
    case "user":
    case "channel":
    case "usergroup":
      return `${mark.kind}(${mark.id})`;
    case "broadcast":
      return `broadcast(${mark.range})`;
    case "link":
      return `link(${mark.url}, ${mark.label})`;
    case "date":
      return `date(${[mark.seconds, mark.format, mark.fallback, mark.url ?? []].flat().join(", ")})`;
    case "emoji":
      return `emoji(${mark.name})`;
    default:
      return `${mark.kind}(${mark.marks.map(brief).join("")})`;
  }
}

const read = (text: string) => parseMrkdwn(text).map(brief).join("");

/** What is left to read of marks that are no markup. */
function plain(marks: readonly Mark[]): string {
  return marks
    .map((mark) => {
      if (mark.kind === "text") return mark.text;
      if (mark.kind === "break") return "\n";
      throw new Error(`${mark.kind} is markup`);
    })
    .join("");
}

describe("parseMrkdwn", () => {
  it.each([
    [
      "*bold*, _slanted_, ~struck~ and `code`.",
      "bold(bold), italic(slanted), strike(struck) and code(code).",
    ],
    ["*Approval:* 1 of 2", "bold(Approval:) 1 of 2"],
    ['(*a*) "*b*" *c*: *d*…', '(bold(a)) "bold(b)" bold(c): bold(d)…'],
    ["*a _b_ ~c~*", "bold(a italic(b) strike(c))"],
    ["*_both_* _*both*_", "bold(italic(both)) italic(bold(both))"],
    ["*until <!date^1763820000^{time}|14:00>*", "bold(until date(1763820000, {time}, 14:00))"],
    ["*two words* and *<@U0ADA>*", "bold(two words) and bold(user(U0ADA))"],
    ["`a *b* :c:` *d `e*` f*", "code(a *b* :c:) bold(d code(e*) f)"],
    ["*`a`* _see `b`_, `c`: `d`(e)", "bold(code(a)) italic(see code(b)), code(c): code(d)(e)"],
    ["＊wide＊ ＿forms＿ ｀too｀", "bold(wide) italic(forms) code(too)"],
    ["zero\u200b*width*\u200bends", "zero\u200bbold(width)\u200bends"],
  ])("reads the styles in %j", (text, expected) => {
    expect(read(text)).toBe(expected);
  });

  it.each([
    "a * b * c, 2*3*4 and snake_case_name",
    "* spaced *",
    "**twice**",
    "*open, `open, ~open",
    "cafe\u0301*no*",
    "*no*body, *no*_, *no*(x)",
    "``",
    "a:b, 10:30, C:\\x",
  ])("leaves %j alone", (text) => {
    expect(plain(parseMrkdwn(text))).toBe(text);
  });

  it.each([
    ["<@U0ADA> and <@W0BOB|bob>", "user(U0ADA) and user(W0BOB)"],
    ["<#C0ACCESS> <#C0WEB|web-team>", "channel(C0ACCESS) channel(C0WEB)"],
    ["<!subteam^S0LEADS|@leads>", "usergroup(S0LEADS)"],
    [
      "<!here>, <!channel|channel>, <!everyone>",
      "broadcast(here), broadcast(channel), broadcast(everyone)",
    ],
    ["<https://example.com>", "link(https://example.com, https://example.com)"],
    ["<https://example.com/?a=1&amp;b=2|R&amp;D>", "link(https://example.com/?a=1&b=2, R&D)"],
    ["<mailto:ada@example.com|Ada>", "link(mailto:ada@example.com, Ada)"],
    [
      "<!date^1763820000^{date_short_pretty} {time}^https://example.com/|2025-11-22 14:00 UTC>",
      "date(1763820000, {date_short_pretty} {time}, 2025-11-22 14:00 UTC, https://example.com/)",
    ],
    ["<!date^soon^{time}|soon>", "soon"],
    [":tada: ::", "emoji(tada) ::"],
    ["&lt;@U0ADA&gt; &amp;amp; &copy;", "<@U0ADA> &amp; &copy;"],
  ])("reads what %j refers to", (text, expected) => {
    expect(read(text)).toBe(expected);
  });

  it.each([
    "<javascript:alert(1)|click>",
    "<data:text/html,x>",
    "<b>bold</b>",
    "<!unheard>",
    "<@lower>",
    "a < b",
    "<>",
  ])("takes %j for no reference", (text) => {
    expect(plain(parseMrkdwn(text))).toBe(text);
  });

  it("sets quotations and code on lines of their own", () => {
    expect(read("a\n> b *c*\n&gt;d\ne > f")).toBe("aquote(b bold(c)⏎d)e > f");
    expect(read("see\n```\nkubectl get pods *\n<https://example.com|x>\n```\nthen\n\nmore")).toBe(
      "seepreformatted(kubectl get pods *⏎link(https://example.com, x))then⏎⏎more",
    );
    expect(read("*no\nend*")).toBe("*no⏎end*");
  });

  it("gives back plain text as it is", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 200 }), (typed) => {
        const text = typed.replace(/[*_~`:<>&＊＿｀＞]/g, "");
        expect(plain(parseMrkdwn(text))).toBe(text);
      }),
    );
  });

  it("makes no markup of what was escaped, but for styles, emoji and quotations", () => {
    fc.assert(
      fc.property(hostile(200), (typed) => {
        const text = typed.replace(/[*_~`:＊＿｀＞]/g, "").replace(/^>+/gm, "");
        expect(plain(parseMrkdwn(escaped(text)))).toBe(visible(text));
      }),
    );
  });

  it("makes nothing but text of a literal, and nothing but code of code", () => {
    fc.assert(
      fc.property(hostile(200), (typed) => {
        expect(parseMrkdwn(`*${literal(typed)}*`).map(({ kind }) => kind)).toEqual(["bold"]);
        const [mark, ...more] = parseMrkdwn(literal(typed));
        expect([mark?.kind ?? "text", ...more]).toEqual(["text"]);
        const [span, ...rest] = parseMrkdwn(code(typed));
        if (span?.kind !== "code") throw new Error("no code");
        expect(plain(span.marks)).toContain(
          visible(typed).trim().slice(0, 1).replace(/[`｀]/, "'"),
        );
        expect(rest).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});
