// A message without anything to click on: as it is posted first, before its place is known to be stored.

import type { KnownBlock } from "@slack/types";
import { header, type Message } from "./views/blocks.ts";

/** `message` without its buttons, under the header `first`; `message` itself where it has none. */
export function bare(message: Message, first?: string): Message {
  if (!message.blocks.some(isLive)) return message;
  const blocks = message.blocks
    .flatMap(withoutButtons)
    .map((block) => (block.type === "header" && first !== undefined ? header(first) : block));
  return { ...message, blocks };
}

function isLive(block: KnownBlock): boolean {
  if (block.type === "actions" || block.type === "input") return true;
  return block.type === "section" && hasLiveAccessory(block);
}

function withoutButtons(block: KnownBlock): KnownBlock[] {
  if (!isLive(block)) return [block];
  if (block.type !== "section") return [];
  const { accessory: _, ...text } = block;
  return [text];
}

function hasLiveAccessory({ accessory }: Extract<KnownBlock, { type: "section" }>): boolean {
  return accessory !== undefined && accessory.type !== "image";
}
