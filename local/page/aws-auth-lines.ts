// The data of an aws-auth ConfigMap as `kubectl get -o yaml` lays it out, line by line, with Latchkey's entries marked.

import type { ConfigMapData } from "../../lib/targets/aws-auth/config-map.ts";
import { type Entry, readMapText } from "../../lib/targets/aws-auth/map-text.ts";
import { isBrokerUsername } from "../../lib/targets/aws-auth/names.ts";
import type { AwsAuthText } from "./protocol.ts";

type Line = AwsAuthText["lines"][number];

/**
 * The lines, by key. One is ours where an entry with a username of Latchkey's is on it, even beside others, as
 * in a list that is written in one line. In a text that Latchkey would not dare to read none is.
 */
export function awsAuthLines(data: ConfigMapData): readonly Line[] {
  return Object.keys(data)
    .sort()
    .flatMap((key) => linesOf(key, data[key] ?? ""));
}

function linesOf(key: string, text: string): readonly Line[] {
  const ours = entriesOfOurs(key, text);
  if (text === "" || BLANK_END.test(text) || !PLAIN.test(text)) {
    return [{ text: `${key}: ${JSON.stringify(text)}`, isOurs: ours.length > 0 }];
  }
  let start = 0;
  const lines = text
    .replace(/\n$/, "")
    .split("\n")
    .map((line): Line => {
      const end = start + line.length;
      const isOurs = ours.some((entry) => entry.start <= end && start < entry.end);
      start = end + 1;
      return { text: line === "" ? "" : `  ${line}`, isOurs };
    });
  return [{ text: `${key}: ${headerOf(text)}`, isOurs: false }, ...lines];
}

/** Nothing but line ends and blanks, or blanks in its last lines: parsers differ in what a block makes of them. */
const BLANK_END = /^\n+$|(?:^|\n) +\n*$/;

/** No characters that a block of YAML cannot hold, or that nobody would see in it. */
const PLAIN = /^[\n -~\u{a0}-\u{2027}\u{202a}-\u{d7ff}\u{e000}-\u{fefe}\u{10000}-\u{10ffff}]*$/u;

/** `|`, with the indent where YAML cannot tell it, and what becomes of the line ends behind the text. */
function headerOf(text: string): string {
  const indent = /^[ \n]/.test(text) ? "2" : "";
  if (!text.endsWith("\n")) return `|${indent}-`;
  return text.endsWith("\n\n") ? `|${indent}+` : `|${indent}`;
}

function entriesOfOurs(key: string, text: string): readonly Entry[] {
  if (key !== "mapRoles" && key !== "mapUsers") return [];
  const map = readMapText(key, text);
  return "trouble" in map ? [] : map.entries.filter(({ username }) => isBrokerUsername(username));
}
