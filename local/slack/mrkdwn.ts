// Slack's mrkdwn as a small tree: what is bold, who is mentioned, what is a link, a time, a quotation.

/** A piece of text as Slack reads it. Quotations and preformatted text stand on lines of their own. */
export type Mark =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "break" }
  | { readonly kind: Around; readonly marks: readonly Mark[] }
  | { readonly kind: "user" | "channel" | "usergroup"; readonly id: string }
  | { readonly kind: "broadcast"; readonly range: "here" | "channel" | "everyone" }
  | { readonly kind: "link"; readonly url: string; readonly label: string }
  | DateMark
  /** `:name:` */
  | { readonly kind: "emoji"; readonly name: string };

/** A time: epoch seconds, and text with tokens such as `{date_short_pretty} {time}`. */
export interface DateMark {
  readonly kind: "date";
  readonly seconds: number;
  readonly format: string;
  /** For whom cannot show it. */
  readonly fallback: string;
  readonly url?: string;
}

type Style = "bold" | "italic" | "strike" | "code";
type Around = Style | "preformatted" | "quote";

/**
 * Reads `text`. What is not whole, or no markup that Slack knows, is text; so is whatever a link could do
 * beside leading to a web page or a mailbox.
 * https://docs.slack.dev/messaging/formatting-message-text
 */
export function parseMrkdwn(text: string): readonly Mark[] {
  return text.split(/\n?```\n?([\s\S]+?)\n?```\n?/).flatMap((part, index): readonly Mark[] => {
    if (index % 2 === 1) return [{ kind: "preformatted", marks: lines(part, codeLine) }];
    return part === "" ? [] : paragraphs(part);
  });
}

/** NB. `>` opens a quotation when it is escaped as well, and so does its wide form (see lib/slack/text.ts). */
const QUOTED = /^(?:>|&gt;|＞) ?/;

function paragraphs(text: string): readonly Mark[] {
  const groups: { readonly isQuote: boolean; readonly lines: string[] }[] = [];
  for (const line of text.split("\n")) {
    const isQuote = QUOTED.test(line);
    const bare = isQuote ? line.replace(QUOTED, "") : line;
    const group = groups.at(-1);
    if (group?.isQuote === isQuote) group.lines.push(bare);
    else groups.push({ isQuote, lines: [bare] });
  }
  return groups.flatMap((group): readonly Mark[] => {
    const marks = lines(group.lines.join("\n"), styledLine);
    return group.isQuote ? [{ kind: "quote", marks }] : marks;
  });
}

function lines(text: string, read: (line: string) => readonly Mark[]): readonly Mark[] {
  return text
    .split("\n")
    .flatMap((line, index) =>
      index === 0 ? read(line) : [{ kind: "break" } as const, ...read(line)],
    );
}

// --- Within a line

/** A step through a line: a character, or a mark that holds several. */
interface Unit {
  readonly end: number;
  readonly mark: Mark;
  /** Of a character that something may begin or end with. */
  readonly sign?: Sign;
}

interface Sign {
  readonly style: Style;
  readonly opens: boolean;
  readonly closes: boolean;
  /** Whether it would close if nothing came after it. */
  readonly closesLast: boolean;
}

const styledLine = (line: string) => marksOf(unitsOf(line, false));
/** In code nothing is formatted, but mentions and links are what they are. */
const codeLine = (line: string) => marksOf(unitsOf(line, true));

function marksOf(units: readonly Unit[]): readonly Mark[] {
  const marks: Mark[] = [];
  for (let index = 0; index < units.length; index += 1) {
    const { mark, sign } = units[index] as Unit;
    const close = sign?.opens ? closeOf(units, index, sign.style) : undefined;
    const last = marks.at(-1);
    if (sign !== undefined && close !== undefined) {
      marks.push({ kind: sign.style, marks: marksOf(units.slice(index + 1, close)) });
      index = close;
    } else if (mark.kind === "text" && last?.kind === "text") {
      marks[marks.length - 1] = { kind: "text", text: last.text + mark.text };
    } else {
      marks.push(mark);
    }
  }
  return marks;
}

/** The index of the first sign that ends what begins at `open`. */
function closeOf(units: readonly Unit[], open: number, style: Style): number | undefined {
  const found = units.findIndex(({ sign }, index) => {
    if (index <= open || sign?.style !== style) return false;
    return sign.closes || (sign.closesLast && index === units.length - 1);
  });
  return found === -1 ? undefined : found;
}

function unitsOf(line: string, isCode: boolean): readonly Unit[] {
  const units: Unit[] = [];
  const lastTick = isCode ? -1 : lastCloseOf(line, "code");
  for (let at = 0; at < line.length; ) {
    const unit = unitAt(line, at, isCode, lastTick);
    units.push(unit);
    at = unit.end;
  }
  return units;
}

function unitAt(line: string, at: number, isCode: boolean, lastTick: number): Unit {
  const char = line.charAt(at);
  const character: Unit = { end: at + 1, mark: { kind: "text", text: char } };
  if (char === "<") return reference(line, at) ?? character;
  if (char === "&") return entity(line, at) ?? character;
  if (isCode) return character;
  if (char === ":") return emoji(line, at) ?? character;
  const style = STYLES[char];
  if (style === undefined) return character;
  const sign = signAt(line, at, style);
  if (style !== "code") return { ...character, sign };
  return (sign.opens && at < lastTick && code(line, at)) || character;
}

/** What `pattern` matches just at `at`. */
function matchAt(pattern: RegExp, line: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at;
  return pattern.exec(line) ?? undefined;
}

const ENTITIES: Readonly<Record<string, string>> = { "&amp;": "&", "&lt;": "<", "&gt;": ">" };

function entity(line: string, at: number): Unit | undefined {
  const [whole] = matchAt(/&(?:amp|lt|gt);/y, line, at) ?? [];
  if (whole === undefined) return undefined;
  return { end: at + whole.length, mark: { kind: "text", text: ENTITIES[whole] ?? whole } };
}

function emoji(line: string, at: number): Unit | undefined {
  const [whole, name] = matchAt(/:([\p{L}\p{N}_+'-]{1,100}):/uy, line, at) ?? [];
  if (whole === undefined || name === undefined) return undefined;
  return { end: at + whole.length, mark: { kind: "emoji", name } };
}

// --- *bold*, _italic_, ~strike~, `code`

/** The wide forms count as well (see lib/slack/text.ts). */
const STYLES: Readonly<Record<string, Style>> = {
  "*": "bold",
  "＊": "bold",
  _: "italic",
  "＿": "italic",
  "~": "strike",
  "`": "code",
  "｀": "code",
};

/** It begins at the edge of a word: "snake_case" is none, and neither is "2 * 3". */
const OPENS = /(?<![\p{L}\p{N}\p{M}])[*＊_＿~`｀](?=\S)/uy;
/** What may not follow its end, as tried out by people: https://github.com/pocka/slack-message-parser/issues/34 */
const GOES_ON = /[\p{L}\p{N}\p{M}`@&*(_|\\<>]/uy;
/** Code may stand in bold text, and end with it. */
const GOES_ON_AFTER_CODE = /[\p{L}\p{N}\p{M}`]/uy;

function signAt(line: string, at: number, style: Style): Sign {
  const before = line.charAt(at - 1);
  const isDoubled = STYLES[before] === style;
  const goesOn = style === "code" ? GOES_ON_AFTER_CODE : GOES_ON;
  const closesLast = before !== "" && !/\s/.test(before) && !isDoubled;
  return {
    style,
    opens:
      !isDoubled && STYLES[line.charAt(at + 1)] !== style && matchAt(OPENS, line, at) !== undefined,
    closes: closesLast && matchAt(goesOn, line, at + 1) === undefined,
    closesLast,
  };
}

/** Code is read before the other styles: their signs are none in it. */
function code(line: string, open: number): Unit | undefined {
  for (let at = open + 1; at < line.length; ) {
    const isEnd = STYLES[line.charAt(at)] === "code" && signAt(line, at, "code").closes;
    if (isEnd) {
      const marks = codeLine(line.slice(open + 1, at));
      return { end: at + 1, mark: { kind: "code", marks } };
    }
    at = (line.charAt(at) === "<" ? reference(line, at)?.end : undefined) ?? at + 1;
  }
  return undefined;
}

/** Where the last sign stands that could end something in `style`; -1 where none does. */
function lastCloseOf(line: string, style: Style): number {
  for (let at = line.length - 1; at >= 0; at -= 1) {
    if (STYLES[line.charAt(at)] === style && signAt(line, at, style).closes) return at;
  }
  return -1;
}

// --- <…>

function reference(line: string, at: number): Unit | undefined {
  const [whole, inside] = matchAt(/<([^<>]+)>/y, line, at) ?? [];
  const mark = inside === undefined ? undefined : referred(inside);
  if (whole === undefined || mark === undefined) return undefined;
  return { end: at + whole.length, mark };
}

/** What stands between angle brackets; undefined where it is nothing that Slack knows. */
function referred(inside: string): Mark | undefined {
  const bar = inside.indexOf("|");
  const target = bar === -1 ? inside : inside.slice(0, bar);
  const label = bar === -1 ? undefined : unescaped(inside.slice(bar + 1));
  const [, sign, id = ""] = /^(@|#|!subteam\^)([A-Z][A-Z0-9]+)$/.exec(target) ?? [];
  switch (sign) {
    case "@":
      return { kind: "user", id };
    case "#":
      return { kind: "channel", id };
    case "!subteam^":
      return { kind: "usergroup", id };
  }
  switch (target) {
    case "!here":
    case "!channel":
    case "!everyone":
      return { kind: "broadcast", range: target.slice(1) as "here" | "channel" | "everyone" };
  }
  if (target.startsWith("!date^")) return dated(target, label);
  // NB. No other scheme: `javascript:` would run in the page that shows it.
  if (!/^(?:https?:\/\/|mailto:)\S+$/i.test(target)) return undefined;
  const url = unescaped(target);
  return { kind: "link", url, label: label || url };
}

/** `!date^1763827200^{date_short_pretty} {time}^https://example.com`; its link may be missing. */
function dated(target: string, fallback: string | undefined): Mark | undefined {
  const [, seconds, format, url] =
    /^!date\^(\d{1,10})\^([^^]+)(?:\^(https?:\/\/[^\s^]+))?$/i.exec(target) ?? [];
  if (seconds === undefined || format === undefined) {
    return fallback === undefined ? undefined : { kind: "text", text: fallback };
  }
  return {
    kind: "date",
    seconds: Number(seconds),
    format: unescaped(format),
    fallback: fallback ?? "",
    ...(url === undefined ? {} : { url: unescaped(url) }),
  };
}

function unescaped(text: string): string {
  return text.replace(/&(?:amp|lt|gt);/g, (whole) => ENTITIES[whole] ?? whole);
}
