// Puts entries into a text of aws-auth and takes them out, and leaves every other byte as it is.

import { isDeepStrictEqual } from "node:util";
import { ARN_FIELD, type Entry, isEmptyWord, type MapText, readMapText } from "./map-text.ts";
import type { MapKey } from "./names.ts";
import type { Trouble } from "./safe-subset.ts";

/** What an entry of ours says. */
export interface EntryText {
  readonly arn: string;
  readonly username: string;
  readonly groups: readonly string[];
}

export interface Changes {
  readonly cut?: ReadonlySet<Entry>;
  readonly replace?: ReadonlyMap<Entry, EntryText>;
  readonly append?: readonly EntryText[];
}

/**
 * The text of `map` with `changes`, `undefined` where the key is to go. Cutting what was appended
 * gives back the former text byte for byte, whatever else was appended and cut in between: a text
 * without a final newline gets none, a key that was not there goes, and a word such as `''` is kept
 * in a comment.
 *
 * NB. The result is read again before it is returned: all other entries must read as before, and
 * in the same order.
 */
export function splice(
  map: MapText,
  changes: Changes,
): { readonly text: string | undefined } | { readonly trouble: Trouble } {
  if (changes.append?.length && map.entries.at(-1)?.endsInTextBlock) return { trouble: TEXT_BLOCK };
  const text = map.form === "flow" ? spliceFlow(map, changes) : spliceBlock(map, changes);
  const after = readMapText(map.key, text);
  if ("trouble" in after) return after;
  const reads = after.entries.map(({ value }) => value);
  return isDeepStrictEqual(reads, expectedValues(map, changes)) ? { text } : { trouble: MISREAD };
}

const TEXT_BLOCK: Trouble = {
  kind: "unsafe",
  what: "the last entry ends in a text block (|), which would swallow what is added behind it",
  wayOut: "Write that value in quotes, on one line.",
};
const MISREAD: Trouble = {
  kind: "unsafe",
  what: "after the edit, the other entries would no longer read as before",
  wayOut: "Write the list plainly, one field per line.",
};

function expectedValues({ key, entries }: MapText, changes: Changes): unknown[] {
  const kept = entries.filter((entry) => !changes.cut?.has(entry));
  const values = kept.map((entry) => {
    const instead = changes.replace?.get(entry);
    return instead === undefined ? entry.value : asFields(key, instead);
  });
  return [...values, ...(changes.append ?? []).map((entry) => asFields(key, entry))];
}

function asFields(key: MapKey, { arn, username, groups }: EntryText) {
  return { [ARN_FIELD[key]]: arn, username, groups };
}

/** Puts `text` in place of what stands between `from` and `to`. */
type Edit = { readonly from: number; readonly to: number; readonly text: string };

function applyEdits(text: string, edits: readonly Edit[]): string {
  let result = "";
  let done = 0;
  for (const edit of edits.toSorted((a, b) => a.from - b.from)) {
    result += text.slice(done, edit.from) + edit.text;
    done = edit.to;
  }
  return result + text.slice(done);
}

// --- Block lists: whole lines ---

function spliceBlock(map: MapText, { cut, replace, append }: Changes): string | undefined {
  const former = map.form === "word" ? wordComment(map.text ?? "") : map.text;
  const eol = /\r?\n/.exec(former ?? "")?.[0] ?? "\n";
  const indent = " ".repeat(map.margin);
  const lines = (entry: EntryText) => blockLines(map.key, entry).join(eol + indent);

  const cuts = [...(cut ?? [])].map((entry) => wholeLines(former ?? "", entry));
  const replacements = [...(replace ?? [])].map(([{ start, end }, entry]) => ({
    from: start,
    to: end,
    text: lines(entry),
  }));
  const edited = applyEdits(former ?? "", [...cuts, ...replacements]);

  const lastKept = map.entries.findLast((entry) => !cut?.has(entry));
  const lostItsEnd =
    !former?.endsWith("\n") &&
    cuts.some(({ to }) => to === former?.length) &&
    !lastKept?.endsInTextBlock;
  const rest = lostItsEnd ? edited.replace(/\r?\n$/, "") : edited;

  const isGone = former === undefined || (rest === "" && former.endsWith("\n"));
  const added = (append ?? []).map((entry) => indent + lines(entry)).join(eol);
  if (added === "") return isGone ? undefined : (wordOf(rest) ?? rest);
  if (isGone) return added + eol;
  if (rest === "") return added;
  return rest.endsWith("\n") ? rest + added + eol : rest + eol + added;
}

function wholeLines(text: string, { start, end }: Entry): Edit {
  const newline = text.indexOf("\n", end);
  const to = newline === -1 ? text.length : newline + 1;
  return { from: text.lastIndexOf("\n", start) + 1, to, text: "" };
}

/** Every value in quotes, so that no parser takes it for anything but text. */
function blockLines(key: MapKey, { arn, username, groups }: EntryText): string[] {
  return [
    `- ${ARN_FIELD[key]}: ${JSON.stringify(arn)}`,
    `  username: ${JSON.stringify(username)}`,
    ...(groups.length === 0 ? ["  groups: []"] : ["  groups:"]),
    ...groups.map((group) => `    - ${JSON.stringify(group)}`),
  ];
}

const WORD_COMMENT = /^# latchkey: in place of (".*")\n$/;

function wordComment(word: string): string {
  return `# latchkey: in place of ${JSON.stringify(word)}\n`;
}

/** The word that `text`, nothing but our comment, stands for. */
function wordOf(text: string): string | undefined {
  const quoted = WORD_COMMENT.exec(text)?.[1];
  if (quoted === undefined) return undefined;
  try {
    const word: unknown = JSON.parse(quoted);
    return typeof word === "string" && isEmptyWord(word) ? word : undefined;
  } catch {
    return undefined;
  }
}

// --- Flow lists: JSON, as CDK writes it ---

function spliceFlow(map: MapText, { cut, replace, append }: Changes): string {
  const text = map.text ?? "";
  const flow = (entry: EntryText) => JSON.stringify(asFields(map.key, entry));
  const firstKept = map.entries.findIndex((entry) => !cut?.has(entry));
  const edits = map.entries.flatMap((entry, index): Edit[] => {
    const instead = replace?.get(entry);
    if (instead !== undefined) return [{ from: entry.start, to: entry.end, text: flow(instead) }];
    if (!cut?.has(entry)) return [];
    const leads = firstKept > index;
    return withoutComma(text, entry, leads ? map.entries[index + 1] : undefined);
  });
  const last = map.entries.at(-1)?.end;
  const added = (append ?? []).map(flow).join(",");
  if (added !== "") {
    const at = last ?? map.margin + 1;
    edits.push({ from: at, to: at, text: last === undefined ? added : `,${added}` });
  }
  return applyEdits(text, edits);
}

/** Cuts `entry` and one comma: the one before it, or where it leads the list the one before `next`. */
function withoutComma(text: string, entry: Entry, next: Entry | undefined): Edit[] {
  const { start, end } = entry;
  const comma = next === undefined ? entry.comma : next.comma;
  if (comma === undefined) return [{ from: start, to: end, text: "" }];
  const gap = next === undefined ? text.slice(comma + 1, start) : text.slice(end, next.start);
  const isBlank = gap.replace(",", "").trim() === "";
  if (isBlank && next === undefined) return [{ from: comma, to: end, text: "" }];
  if (isBlank && next !== undefined) return [{ from: start, to: next.start, text: "" }];
  return [
    { from: start, to: end, text: "" },
    { from: comma, to: comma + 1, text: "" },
  ];
}
