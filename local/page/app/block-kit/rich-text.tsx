// Rich text: what people typed, and commands to copy. NB. Text in it is shown to the letter, never as markup.

import type { RichTextBlock, RichTextElement } from "@slack/types";
import type { ReactNode } from "react";
import { emojiOf } from "./emoji.ts";
import { inOrder } from "./in-order.ts";
import { Link } from "./link.tsx";
import { Broadcast, ChannelMention, UsergroupMention, UserMention } from "./mentions.tsx";
import { typeNamed } from "./text-object.tsx";
import { Time } from "./time.tsx";
import { Unknown } from "./unknown.tsx";

type Part = RichTextBlock["elements"][number];

export function RichText({ block }: { readonly block: RichTextBlock }) {
  return <div className="bk-rich">{inOrder(block.elements, shownPart)}</div>;
}

function shownPart(part: Part): ReactNode {
  switch (part.type) {
    case "rich_text_section":
      return <div>{leaves(part.elements)}</div>;
    case "rich_text_quote":
      return <blockquote className="bk-quote">{leaves(part.elements)}</blockquote>;
    case "rich_text_preformatted":
      return <pre className="bk-pre">{leaves(part.elements)}</pre>;
    case "rich_text_list": {
      const items = inOrder(part.elements, (item) => <li>{shownPart(item)}</li>);
      const className = `bk-list bk-list-${part.indent ?? 0}`;
      return part.style === "ordered" ? (
        <ol className={className} start={"offset" in part ? Number(part.offset) + 1 : 1}>
          {items}
        </ol>
      ) : (
        <ul className={className}>{items}</ul>
      );
    }
    default:
      return <Unknown what={typeNamed("the rich text", part)} part={part satisfies never} />;
  }
}

function leaves(elements: readonly RichTextElement[]): ReactNode {
  return inOrder(elements, (leaf) => styled(leaf, shownLeaf(leaf)));
}

function shownLeaf(leaf: RichTextElement): ReactNode {
  switch (leaf.type) {
    case "text":
      return leaf.text;
    case "link":
      return <Link url={leaf.url}>{leaf.text ?? leaf.url}</Link>;
    case "user":
      return <UserMention id={leaf.user_id} />;
    case "usergroup":
      return <UsergroupMention id={leaf.usergroup_id} />;
    case "channel":
      return <ChannelMention id={leaf.channel_id} />;
    case "broadcast":
      return <Broadcast range={leaf.range} />;
    case "emoji":
      return emojiOf(leaf.name);
    case "date": {
      const time = <Time seconds={leaf.timestamp} format={leaf.format} />;
      return leaf.url === undefined ? time : <Link url={leaf.url}>{time}</Link>;
    }
    default:
      return <Unknown what={typeNamed("the rich text", leaf)} part={leaf} />;
  }
}

function styled(leaf: RichTextElement, content: ReactNode): ReactNode {
  const style: Readonly<Record<string, unknown>> = ("style" in leaf && leaf.style) || {};
  let shown = content;
  if (style["code"]) shown = <code className="bk-code">{shown}</code>;
  if (style["strike"]) shown = <s>{shown}</s>;
  if (style["underline"]) shown = <u>{shown}</u>;
  if (style["italic"]) shown = <em>{shown}</em>;
  if (style["bold"]) shown = <strong>{shown}</strong>;
  return shown;
}
