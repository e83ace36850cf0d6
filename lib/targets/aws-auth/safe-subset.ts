// The part of YAML that the cluster's parser (go-yaml v2) and ours read alike; all else is refused here.

import {
  Composer,
  type CST,
  type Document,
  isNode,
  isScalar,
  LineCounter,
  Parser,
  visit,
  type YAMLMap,
} from "yaml";

/** What keeps a text from being edited, and where. */
export interface Trouble {
  /** `unreadable`: no YAML. `unsafe`: YAML that the cluster may read in another way than we do. */
  readonly kind: "unreadable" | "unsafe";
  /** Counted from 1, within the text. */
  readonly line?: number;
  readonly what: string;
  readonly wayOut: string;
}

/**
 * Parses `text` under YAML 1.1, or tells what stands in the way of reading it as the cluster does.
 * That it parses here proves nothing about the cluster, so whatever is not known to read alike in
 * both is refused: `test/targets/aws-auth/go-reader` compares the two.
 */
export function parseAlike(
  text: string,
): { readonly document: Document.Parsed } | { readonly trouble: Trouble } {
  const lines = new LineCounter();
  const at = (offset: number) => lines.linePos(offset).line;

  const tokens = [...new Parser(lines.addNewLine).parse(text)];
  const character = oddCharacter(text);
  if (character !== undefined) return { trouble: { kind: "unsafe", ...character } };
  const token = oddToken(tokens);
  if (token !== undefined) {
    const wayOut = "Write it as a simple list, values in quotes.";
    return { trouble: { kind: "unsafe", line: at(token.offset), what: token.what, wayOut } };
  }

  const composer = new Composer({ version: "1.1", keepSourceTokens: true });
  const [document, another] = composer.compose(tokens, true, text.length);
  const error = document?.errors[0] ?? document?.warnings[0];
  if (document === undefined || another !== undefined || error !== undefined) {
    const line = error === undefined ? {} : { line: at(error.pos[0]) };
    const what = `this is no valid YAML (${error?.message.slice(0, 120) ?? "more than one document"})`;
    return { trouble: { kind: "unreadable", ...line, what, wayOut: "Correct it by hand." } };
  }

  const key = oddKey(document, at);
  return key === undefined ? { document } : { trouble: { kind: "unsafe", ...key } };
}

type Oddity = Omit<Trouble, "kind">;

// Line breaks are \n and \r\n. NB. To the cluster U+0085, U+2028 and U+2029 break lines too: an
// entry hidden from us in a comment would be live there.
const ODD_CHARACTER =
  /\t|\r(?!\n)|[^\n\r -~\u{a0}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]|[\u2028\u2029\ufeff]/u;
const DOCUMENT_MARK = /^(?:---|\.\.\.|%)/m;

function oddCharacter(text: string): Oddity | undefined {
  const lineOf = (index: number) => text.slice(0, index).split("\n").length;
  const odd = ODD_CHARACTER.exec(text);
  if (odd !== null) {
    const code = (odd[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
    const what = odd[0] === "\t" ? "there is a tab" : `there is the character U+${code}`;
    return { line: lineOf(odd.index), what, wayOut: "Replace it by spaces or plain text." };
  }
  const mark = DOCUMENT_MARK.exec(text);
  if (mark === null) return undefined;
  const what = `"${mark[0]}" begins or ends a document, and the cluster reads only the first`;
  return { line: lineOf(mark.index), what, wayOut: "Leave one list, without document marks." };
}

const ODD_TOKENS: Partial<Record<CST.Token["type"], string>> = {
  alias: "there is an alias (*name)",
  anchor: "there is an anchor (&name)",
  "doc-end": "a document ends here, and the cluster reads no further",
  "explicit-key-ind": "there is a complex key (? key)",
  tag: "there is a tag (!type)",
};
const DEEPEST = 20;

// The characters that a plain scalar may begin with and hold; inside [] and {} some end it for the
// one parser and not for the other.
const PLAIN = /^[\p{L}\p{N}_./~+-][\p{L}\p{M}\p{N} -~]*$/u;
const PLAIN_IN_FLOW = /^[\p{L}\p{N}_./~+-](?:(?![,?[\]{}])[\p{L}\p{M}\p{N} -~])*(?<!:)$/u;
const NOT_FINITE = /^[-+]?\.(?:inf|nan)$/i;
const MOST_BLANKS = 100;
const SINGLE_QUOTED = /^'(?:[^']|'')*'$/;
// `\/` and surrogates are errors in the cluster, which then drops the whole text.
const DOUBLE_QUOTED = /^"(?:[^"\\]|\\["\\nrt]|\\u(?![dD][89a-fA-F])[0-9a-fA-F]{4})*"$/;
const BLOCK_SCALAR_HEADER = /^[|>][-+]?$/;

/** The first token, in the order of the text, that the two parsers may take differently. */
function oddToken(
  tokens: readonly CST.Token[],
  inFlow = false,
  depth = 0,
): { readonly offset: number; readonly what: string } | undefined {
  for (const token of tokens) {
    const what = depth > DEEPEST ? "this is nested too deep" : whatIsOdd(token, inFlow);
    if (what !== undefined) return { offset: token.offset, what };
    const within = inFlow || token.type === "flow-collection";
    const inside = oddToken(partsOf(token), within, depth + 1);
    if (inside !== undefined) return inside;
  }
  return undefined;
}

function whatIsOdd(token: CST.Token, inFlow: boolean): string | undefined {
  switch (token.type) {
    case "scalar":
      if (NOT_FINITE.test(token.source)) return `${token.source} is a number that JSON lacks`;
      return (inFlow ? PLAIN_IN_FLOW : PLAIN).test(token.source)
        ? undefined
        : "a text that is not in quotes runs over several lines or holds an odd character";
    case "single-quoted-scalar":
      return SINGLE_QUOTED.test(token.source) ? undefined : "a quoted text is not closed";
    case "double-quoted-scalar":
      return DOUBLE_QUOTED.test(token.source)
        ? undefined
        : "a quoted text is not closed or holds an escape that the cluster may not know";
    case "block-scalar-header":
      return BLOCK_SCALAR_HEADER.test(token.source)
        ? undefined
        : "a text block sets its own indent";
    case "block-map":
      if (colonsOf(token).some(isApart)) return APART;
      return token.items.some(({ sep, value }) => isBelow(sep, value)) ? BELOW : undefined;
    case "block-seq":
      return token.items.some(({ start, value }) => isBelow(start, value)) ? BELOW : undefined;
    case "flow-collection":
      return whatIsOddInFlow(token);
    default:
      return ODD_TOKENS[token.type];
  }
}

const APART = "a name and its colon stand apart";
const BELOW = "a text block begins in a line of its own";

/** How far in its lines must stand the two parsers reckon differently, where a comment is in between. */
function isBelow(before: readonly CST.SourceToken[] = [], value: CST.Token | null | undefined) {
  if (value?.type !== "block-scalar") return false;
  const mark = before.findLastIndex(({ type }) => /-ind$/.test(type));
  return before.slice(mark + 1).some(({ type }) => type === "newline");
}

/** Inside [ ] each item must be a value, inside { } a name and a value, with no comma left over. */
function whatIsOddInFlow(list: CST.FlowCollection): string | undefined {
  const { start, items } = list;
  const isBlank = ({ start, key, value }: CST.CollectionItem) =>
    !key && !value && start.every(({ type }) => type !== "comma");
  if (items.some(({ key }) => key?.type === "flow-collection")) {
    return "there is a { } in place of a name, as an unquoted {{template}} makes one";
  }
  const colons = colonsOf(list);
  if (colons.some(isApart)) return APART;
  if (colons.some(isStuck)) return "a colon has no space behind it";
  const isPlain = ({ sep, value }: CST.CollectionItem) =>
    value !== undefined &&
    (start.type === "flow-map-start") === (sep ?? []).some(({ type }) => type === "map-value-ind");
  return items.every((item) => isBlank(item) || isPlain(item))
    ? undefined
    : "inside [ ] or { } a name, a value or a comma stands alone";
}

/** The cluster looks for the colon in the line of the name, no further than 1,024 characters from where that begins. */
function isApart({ before }: Colon): boolean {
  return before.some(({ type, source }) => type !== "space" || source.length > MOST_BLANKS);
}

/** To the cluster the colon of `{groups:[a]}` belongs to the name; that of `{"groups":[a]}` does not. */
function isStuck({ key, after }: Colon): boolean {
  return key?.type === "scalar" && after.length === 0;
}

interface Colon {
  readonly key: CST.Token | null | undefined;
  /** What stands between it and the name before it, and the value behind it. */
  readonly before: readonly CST.SourceToken[];
  readonly after: readonly CST.SourceToken[];
}

function colonsOf({ items }: CST.BlockMap | CST.FlowCollection): Colon[] {
  return items.flatMap(({ start, key, sep = [] }) => {
    // A complex key, `? a`, is refused by itself.
    if (start.some(({ type }) => type === "explicit-key-ind")) return [];
    const at = sep.findIndex(({ type }) => type === "map-value-ind");
    return at < 0 ? [] : [{ key, before: sep.slice(0, at), after: sep.slice(at + 1) }];
  });
}

function partsOf(token: CST.Token): CST.Token[] {
  const start = "start" in token && Array.isArray(token.start) ? token.start : [];
  const props = "props" in token ? token.props : [];
  const items = "items" in token ? token.items.flatMap(partsOfItem) : [];
  const value = token.type === "document" && token.value ? [token.value] : [];
  const end = "end" in token ? (token.end ?? []) : [];
  return [...start, ...props, ...items, ...value, ...end];
}

function partsOfItem(item: CST.CollectionItem): CST.Token[] {
  const { start, key, sep, value } = item;
  return [...start, ...(key ? [key] : []), ...(sep ?? []), ...(value ? [value] : [])];
}

// NB. ASCII only: Go compares field names by Unicode case folding, in which `uſername` is `username`.
const SIMPLE_KEY = /^[A-Za-z_][\w./-]{0,127}$/;

/** A key that is no plain name (null, `<<`, a number, an unquoted `{{template}}`), or comes twice. */
function oddKey(document: Document.Parsed, at: (offset: number) => number): Oddity | undefined {
  let oddity: Oddity | undefined;
  visit(document, {
    Map(_, map) {
      oddity = oddKeyOf(map, at);
      return oddity === undefined ? undefined : visit.BREAK;
    },
  });
  return oddity;
}

function oddKeyOf(map: YAMLMap, at: (offset: number) => number): Oddity | undefined {
  const seen = new Set<string>();
  for (const { key } of map.items) {
    const name = isScalar(key) && typeof key.value === "string" ? key.value : "";
    const line = at((isNode(key) ? key.range : map.range)?.[0] ?? 0);
    if (!SIMPLE_KEY.test(name)) {
      const wayOut = "Put a {{template}} in quotes, and give every field a simple name.";
      return { line, what: "there is a field without a simple name", wayOut };
    }
    if (seen.has(name.toLowerCase())) {
      return { line, what: `the field ${name} comes twice`, wayOut: "Remove one of them." };
    }
    seen.add(name.toLowerCase());
  }
  return undefined;
}
