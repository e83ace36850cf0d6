// One text of aws-auth, `mapRoles` or `mapUsers`: the entries that the cluster reads in it, and where they stand.

import { type CST, isMap, isScalar, isSeq, type Node, type ParsedNode } from "yaml";
import { foldArn, type MapKey, meantArn } from "./names.ts";
import { parseAlike, type Trouble } from "./safe-subset.ts";

/** An entry as the cluster reads it; a field that is missing or of the wrong type is empty. */
export interface Entry {
  readonly arn: string;
  /** `arn` as the cluster compares it, and as it was meant. */
  readonly foldedArn: string;
  readonly meantArn: string;
  readonly username: string;
  readonly groups: readonly string[];
  /** All of it, unknown fields too. */
  readonly value: unknown;
  /** Where it begins (in a block list at its dash) and where its last character has passed. */
  readonly start: number;
  readonly end: number;
  /** Where the comma before it stands, in a flow list. */
  readonly comma?: number;
  /** It ends in a text block (`|`), which swallows what is added behind it. */
  readonly endsInTextBlock: boolean;
}

/** A text that the cluster and we read alike. */
export interface MapText {
  readonly key: MapKey;
  /** `undefined` where the ConfigMap lacks the key. */
  readonly text: string | undefined;
  /** `block`: dashes; `flow`: brackets; `word`: `''`, `null`, … (no entries, nothing to splice). */
  readonly form: "block" | "flow" | "word";
  readonly entries: readonly Entry[];
  /** In a block list where its dashes stand in their lines, in a flow list where it begins. */
  readonly margin: number;
}

/** The field of an entry that holds its ARN. */
export const ARN_FIELD = { mapRoles: "rolearn", mapUsers: "userarn" } as const;

// What the authenticator skips before it parses, and what it reads as null.
const EMPTY_WORD = /^(?: |\r?\n)*(?:''|""|``|null|Null|NULL|~)(?: |\r?\n)*$/;
const BLANK = /^(?: |\r?\n)*$/;

/** Whether the authenticator takes the whole of `text` for "no entries". */
export function isEmptyWord(text: string): boolean {
  return EMPTY_WORD.test(text);
}

type ReadText = MapText | { readonly trouble: Trouble };

// An edit reads the same text several times over: to look, to plan, after the splice, to read back.
const MOST_KEPT = 16;
const kept = new Map<string, ReadText>();

/** Reads `text` as the cluster does, or says why that is not certain. The last few are kept. */
export function readMapText(key: MapKey, text: string | undefined): ReadText {
  const name = `${key}${text === undefined ? "" : ` ${text}`}`;
  const read = kept.get(name) ?? readAnew(key, text);
  kept.delete(name);
  kept.set(name, read);
  for (const oldest of kept.keys()) {
    if (kept.size <= MOST_KEPT) break;
    kept.delete(oldest);
  }
  return read;
}

function readAnew(key: MapKey, text: string | undefined): ReadText {
  const empty = { key, text, entries: [], margin: 0 };
  if (text === undefined || BLANK.test(text)) return { ...empty, form: "block" };
  if (isEmptyWord(text)) return { ...empty, form: "word" };

  const parsed = parseAlike(text);
  if ("trouble" in parsed) return parsed;
  const list = parsed.document.contents;
  if (list === null) return { ...empty, form: "block" };
  if (!isSeq(list)) return { trouble: NOT_A_LIST };

  const marks = marksOf(list.srcToken);
  const form = list.srcToken?.type === "block-seq" ? "block" : "flow";
  const entries = (list.items as ParsedNode[]).map((item, index): Entry => {
    const mark = marks[index];
    const start = form === "block" && mark !== undefined ? mark : item.range[0];
    const last = lastWritten(item);
    return {
      ...fieldsOf(item, ARN_FIELD[key]),
      value: item.toJS(parsed.document),
      start,
      end: last?.range?.[1] ?? start + 1,
      ...(form === "flow" && mark !== undefined ? { comma: mark } : {}),
      endsInTextBlock: last?.srcToken?.type === "block-scalar",
    };
  });
  if (entries.some((entry) => isNameCutOff(text, entry))) return { trouble: nameCutOff(text) };
  const begin = list.range[0];
  const margin = form === "block" ? begin - (text.lastIndexOf("\n", begin) + 1) : begin;
  return { key, text, form, entries, margin };
}

const NOT_A_LIST: Trouble = {
  kind: "unsafe",
  line: 1,
  what: "this is no list of mappings",
  wayOut: "Make it a list, or empty it.",
};

// The two parsers differ in whether a text block (`|`, `>`) that the end of the text cuts off ends in a line break.
function isNameCutOff(text: string, { arn, username, groups, end, endsInTextBlock }: Entry) {
  if (!endsInTextBlock || end < text.length || text.endsWith("\n")) return false;
  return [arn, username, ...groups].some((name) => name.endsWith("\n"));
}

const nameCutOff = (text: string): Trouble => ({
  kind: "unsafe",
  line: text.split("\n").length,
  what: "a name is a text block in a last line without an end",
  wayOut: "Write it in quotes.",
});

/** Where the dash or the comma before each item stands. */
function marksOf(list: CST.Token | undefined): (number | undefined)[] {
  if (list?.type !== "block-seq" && list?.type !== "flow-collection") return [];
  return list.items.map(
    ({ start }) =>
      start.find((token) => token.type === "seq-item-ind" || token.type === "comma")?.offset,
  );
}

/** The last node of `node` that takes up room: what follows it are blanks and comments. */
function lastWritten(node: Node | null): Node | undefined {
  if (isSeq<Node>(node) && node.srcToken?.type === "block-seq") {
    return node.items.map(lastWritten).findLast((item) => item !== undefined);
  }
  if (isMap<Node, Node | null>(node) && node.srcToken?.type === "block-map") {
    const last = node.items.at(-1);
    return last === undefined ? undefined : (lastWritten(last.value) ?? last.key);
  }
  const isWritten = node?.range != null && node.range[1] > node.range[0];
  return isWritten ? node : undefined;
}

function fieldsOf(
  item: ParsedNode,
  arnField: string,
): Pick<Entry, "arn" | "foldedArn" | "meantArn" | "username" | "groups"> {
  const fields = new Map<string, unknown>();
  if (isMap(item)) {
    for (const { key, value } of item.items) {
      if (isScalar(key)) fields.set(String(key.value).toLowerCase(), value);
    }
  }
  const groups = fields.get("groups");
  const arn = textOf(fields.get(arnField));
  return {
    arn,
    foldedArn: foldArn(arn),
    meantArn: meantArn(arn),
    username: textOf(fields.get("username")),
    groups: isSeq(groups) ? groups.items.map(textOf) : [],
  };
}

// An exponent without a number, `e3`: a number to our parser, a name to the cluster's.
const NO_NUMBER = /^[-+._]*[eE]/;

function textOf(node: unknown): string {
  if (!isScalar(node)) return "";
  const { source = "", value } = node;
  if (typeof value === "number" && NO_NUMBER.test(source)) return source;
  return typeof value === "string" ? value : "";
}
