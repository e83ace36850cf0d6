// Text whose emoji look alike everywhere: as in Slack they are pictures, whatever fonts the reader has.

import { inOrder } from "./in-order.ts";

/** Those that Latchkey's messages have; block-kit.css draws them. */
const DRAWN: Readonly<Record<string, string>> = {
  "🟡": "yellow",
  "🔵": "blue",
  "🟢": "green",
  "🟠": "orange",
  "🔴": "red",
  "⚪": "white",
  "⚫": "black",
  "⚠": "warning",
  "⚠️": "warning",
  "⏰": "alarm",
  "✅": "check",
};

/** The characters stay in the text, for who copies it or has it read out. */
export function EmojiText({ text }: { readonly text: string }) {
  const parts = text.split(/(🟡|🔵|🟢|🟠|🔴|⚪|⚫|⚠\ufe0f?|⏰|✅)/u);
  return inOrder(parts, (part) => {
    const drawn = Object.hasOwn(DRAWN, part) ? DRAWN[part] : undefined;
    return drawn === undefined ? (
      part
    ) : (
      <span className={`bk-emoji bk-emoji-${drawn}`}>{part}</span>
    );
  });
}
