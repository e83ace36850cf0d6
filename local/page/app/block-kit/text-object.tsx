// A text of a block: mrkdwn, or plain text in which nothing is markup but the names of emoji.

import type { MrkdwnElement, PlainTextElement } from "@slack/types";
import { withEmoji } from "./emoji.ts";
import { EmojiText } from "./emoji-text.tsx";
import { Mrkdwn } from "./mrkdwn.tsx";
import { Unknown } from "./unknown.tsx";

type TextObject = MrkdwnElement | PlainTextElement;

export function Text({ text }: { readonly text: TextObject }) {
  switch (text.type) {
    case "mrkdwn":
      return <Mrkdwn text={text.text} />;
    case "plain_text":
      return <EmojiText text={plainText(text)} />;
    default:
      return <Unknown what={typeNamed("the text", text)} part={text satisfies never} />;
  }
}

/** What people read of it; Slack replaces emoji by default. */
export function plainText({ text, emoji = true }: PlainTextElement): string {
  return emoji ? withEmoji(text) : text;
}

/** `the block “video”` */
export function typeNamed(what: string, part: unknown): string {
  const type = typeof part === "object" && part !== null && "type" in part ? part.type : undefined;
  return `${what} “${String(type)}”`;
}
