// What `/access mine` says: what somebody has, waits for and had.

import type { SectionBlock } from "@slack/types";
import type { Home } from "../../broker/ports.ts";
import type { Grant } from "../../grant/grant.ts";
import { when } from "../text.ts";
import { context, type Message, section } from "./blocks.ts";
import { lineOf } from "./grant-words.ts";

/** A message holds some 11,000 characters, which is more than the App Home has room for. */
const LONGEST_OWN = 8_400;
const LONGEST_RECENT = 1_900;
const LONGEST_SECTION = 2_900;
const LONGEST_TITLE = 80;

/** `own`: what is not over; `recent`: what is; both newest first. `now`: as of when (epoch ms). */
export function mineMessage({ own, recent }: Pick<Home, "own" | "recent">, now: number): Message {
  return {
    text: own.length === 0 ? "You have no access now." : `You have, or wait for: ${own.length}.`,
    blocks: [
      ...listing("Yours", own, LONGEST_OWN, "You have no access now, and wait for none."),
      ...listing("Recent", recent, LONGEST_RECENT, "Nothing yet."),
      context(`As of ${when(now)}. The App Home of Latchkey has the same, with buttons.`),
    ],
  };
}

/** As many lines as `longest` holds, and how many there are besides. */
function listing(
  title: string,
  grants: readonly Grant[],
  longest: number,
  none: string,
): readonly SectionBlock[] {
  if (grants.length === 0) return [section(`*${title}*\n${none}`)];
  let size = 0;
  const all = grants.map((grant) => lineOf(grant, LONGEST_TITLE));
  const tooMany = all.findIndex((line) => {
    size += line.length + 1;
    return size > longest;
  });
  const named = tooMany === -1 ? all : all.slice(0, tooMany);
  const more = all.length - named.length;
  return pages([`*${title}*`, ...named, ...(more === 0 ? [] : [`and ${more} more`])]);
}

/** The lines in as few sections as hold them. */
function pages(lines: readonly string[]): readonly SectionBlock[] {
  const texts: string[] = [];
  for (const line of lines) {
    const page = texts.at(-1);
    if (page === undefined || page.length + 1 + line.length > LONGEST_SECTION) texts.push(line);
    else texts[texts.length - 1] = `${page}\n${line}`;
  }
  return texts.map(section);
}
