// Slack's mrkdwn as people see it.

import type { ReactNode } from "react";
import { type Mark, parseMrkdwn } from "../../../slack/mrkdwn.ts";
import { emojiOf } from "./emoji.ts";
import { EmojiText } from "./emoji-text.tsx";
import { inOrder } from "./in-order.ts";
import { Link } from "./link.tsx";
import { Broadcast, ChannelMention, UsergroupMention, UserMention } from "./mentions.tsx";
import { Time } from "./time.tsx";

/** Stands within a block, not a paragraph: a quotation or preformatted text may be in it. */
export function Mrkdwn({ text }: { readonly text: string }) {
  return marked(parseMrkdwn(text));
}

function marked(marks: readonly Mark[]): ReactNode {
  return inOrder(marks, shown);
}

function shown(mark: Mark): ReactNode {
  switch (mark.kind) {
    case "text":
      return <EmojiText text={mark.text} />;
    case "break":
      return <br />;
    case "bold":
      return <strong>{marked(mark.marks)}</strong>;
    case "italic":
      return <em>{marked(mark.marks)}</em>;
    case "strike":
      return <s>{marked(mark.marks)}</s>;
    case "code":
      return <code className="bk-code">{marked(mark.marks)}</code>;
    case "preformatted":
      return <pre className="bk-pre">{marked(mark.marks)}</pre>;
    case "quote":
      return <blockquote className="bk-quote">{marked(mark.marks)}</blockquote>;
    case "user":
      return <UserMention id={mark.id} />;
    case "channel":
      return <ChannelMention id={mark.id} />;
    case "usergroup":
      return <UsergroupMention id={mark.id} />;
    case "broadcast":
      return <Broadcast range={mark.range} />;
    case "link":
      return <Link url={mark.url}>{mark.label}</Link>;
    case "date": {
      const time = <Time seconds={mark.seconds} format={mark.format} />;
      return mark.url === undefined ? time : <Link url={mark.url}>{time}</Link>;
    }
    case "emoji":
      return <EmojiText text={emojiOf(mark.name)} />;
    default:
      return mark satisfies never;
  }
}
