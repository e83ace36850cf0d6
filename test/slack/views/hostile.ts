// What people may type, and what somebody may have written into access.yml: markup, mentions, marks that reorder, and a lot of it.

import fc from "fast-check";

const TRICKS = [
  "<!channel>",
  "<@U0EVIL>",
  "<https://evil.example|approve here>",
  "https://evil.example",
  "*bold*",
  "_slanted_",
  "~struck~",
  "`code`",
  "```\nblock\n```",
  ":tada:",
  "> quoted",
  "&lt;@U0EVIL&gt;",
  "@here #general",
  "\u202egpj.exe",
  "\u200b\u2060\u00ad",
  "\ud83d",
  "🗝️🗝️",
  "a_b*c~d`e",
  "\n\n\n\n",
] as const;

/** Text of at most `maxLength` UTF-16 units and not blank. */
export function hostile(maxLength: number): fc.Arbitrary<string> {
  const trick = fc.constantFrom(...TRICKS);
  return fc
    .oneof(
      fc.string({ unit: "binary", minLength: 1, maxLength }),
      fc.string({ unit: "grapheme", minLength: 1, maxLength }),
      fc
        .array(fc.oneof(trick, fc.string({ maxLength: 5 })), { minLength: 1, maxLength: 12 })
        .map(joined),
      fc.nat(maxLength - 1).map((n) => "<&>".repeat(maxLength).slice(0, n + 1)),
      fc.constantFrom("🗝", "\n", "*", "x", "\ud83d").map((unit) => unit.repeat(maxLength)),
      fc.constantFrom("🗝", "\n", ":a:", "& ").map((unit) => `x${unit.repeat(maxLength)}`),
    )
    .map((text) => text.slice(0, maxLength))
    .filter((text) => text.trim() !== "");
}

function joined(parts: readonly string[]): string {
  return parts.join(" ");
}
