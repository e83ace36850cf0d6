// Tells the story in a terminal: chapters, what people see in Slack, commands with their answers, and checks.

import { stripVTControlCharacters, styleText } from "node:util";
import type { DiffLine } from "./line-diff.ts";

/** Where the story goes: `process.stdout`, or what a test looks at. */
export interface Page {
  write(text: string): unknown;
  /** Columns of the terminal, where it is one. */
  readonly columns?: number | undefined;
}

export interface Teller {
  /** The story's title, and what is about to be seen. */
  title(title: string, ...about: readonly string[]): void;
  chapter(title: string, ...about: readonly string[]): void;
  /** Something happens. `at`: the stack's time, epoch milliseconds. */
  step(at: number, what: string): void;
  /** A remark on what was just seen. */
  note(text: string): void;
  /** A message or a form as somebody sees it, `where` that is. */
  slack(where: string, text: string): void;
  /** A command and what it answers. */
  shell(command: string, answer: string): void;
  /** A question that has one right answer, on one line. */
  question(command: string, answer: string, isRight: boolean): void;
  diff(lines: readonly DiffLine[]): void;
  /** Says whether a step came out right, and counts. */
  check(isRight: boolean, what: string): void;
  /** Plain lines, as they are. */
  lines(...lines: readonly string[]): void;
  /** Closes the story with what came of all checks. */
  summary(): void;
  /** What did not come out right, so far. */
  readonly wrong: readonly string[];
}

type Style = Parameters<typeof styleText>[0];

const INDENT = "   ";
const MOST_COLUMNS = 96;
const ANSWER_COLUMN = 56;

/** A teller that writes to `page`, with colours or without. */
export function createTeller(page: Page, { colours }: { readonly colours: boolean }): Teller {
  const columns = Math.min(Math.max(page.columns ?? MOST_COLUMNS, 60), MOST_COLUMNS);
  const paint = (style: Style, text: string) =>
    colours ? styleText(style, text, { validateStream: false }) : text;
  const put = (...lines: readonly string[]) => void page.write(`${lines.join("\n")}\n`);
  const prose = (text: string) => wrapped(text, columns - INDENT.length).map((one) => INDENT + one);
  const wrong: string[] = [];
  let right = 0;
  const count = (isRight: boolean, what: string): string => {
    if (isRight) right += 1;
    else wrong.push(what);
    return isRight ? paint("green", "✓") : paint("red", "✗");
  };

  return {
    title(title, ...about) {
      put("", INDENT + paint("bold", title), "", ...about.flatMap(prose));
    },
    chapter(title, ...about) {
      const rule = "─".repeat(Math.max(3, columns - title.length - 4));
      put("", "", `${paint("dim", "──")} ${paint("bold", title)} ${paint("dim", rule)}`, "");
      put(...about.flatMap(prose));
    },
    step(at, what) {
      const time = new Date(at).toISOString().slice(11, 16);
      const [first = "", ...rest] = wrapped(what, columns - 8);
      put("", `${paint("dim", time)}  ${paint("bold", first)}`);
      if (rest.length > 0) put(...rest.map((line) => `       ${paint("bold", line)}`));
    },
    note: (text) => put(...prose(text)),
    slack(where, text) {
      const bar = `${INDENT}${paint("dim", "│")} `;
      put(`${INDENT}${paint("dim", `╭ ${where}`)}`);
      for (const line of text.split("\n")) {
        for (const part of wrapped(line, columns - 6)) put(bar + inSlack(part, paint));
      }
      put(`${INDENT}${paint("dim", "╰")}`);
    },
    shell(command, answer) {
      put(`${INDENT}${paint("dim", "$")} ${paint("cyan", command)}`);
      for (const line of answer.split("\n")) {
        put(...wrapped(line, columns - 6).map((part) => `${INDENT}  ${part}`));
      }
    },
    question(command, answer, isRight) {
      const mark = count(isRight, `${command}: ${answer}`);
      const line = `${INDENT}${paint("dim", "$")} ${paint("cyan", command)}`;
      const gap = " ".repeat(Math.max(2, ANSWER_COLUMN - command.length));
      const fitsBeside = command.length + gap.length + answer.length + 8 <= columns;
      if (fitsBeside) put(`${line}${gap}${answer} ${mark}`);
      else put(line, `${INDENT}  ${answer} ${mark}`);
    },
    diff(lines) {
      const marks = { same: "  ", added: "+ ", removed: "- ", skipped: "  " } as const;
      const styles = { same: "dim", added: "green", removed: "red", skipped: "dim" } as const;
      for (const { kind, text } of lines) {
        put(INDENT + paint(styles[kind], `${marks[kind]}${text}`.slice(0, columns - 3)));
      }
    },
    check(isRight, what) {
      const mark = count(isRight, what);
      const [first = "", ...rest] = wrapped(what, columns - 6);
      put(`${INDENT}${mark} ${isRight ? first : paint("red", first)}`);
      if (rest.length > 0) put(...rest.map((line) => `${INDENT}  ${line}`));
    },
    lines: (...lines) => put(...lines),
    summary() {
      const all = right + wrong.length;
      put("", "");
      if (wrong.length === 0) {
        put(`${INDENT}${paint("green", `✓ All ${all} checks came out right.`)}`);
        return;
      }
      put(`${INDENT}${paint("red", `✗ ${wrong.length} of ${all} checks came out wrong:`)}`);
      put(...wrong.map((what) => `${INDENT}  - ${what}`));
    },
    wrong,
  };
}

function inSlack(line: string, paint: (style: Style, text: string) => string): string {
  if (line.startsWith("# ")) return paint("bold", line.slice(2));
  return line.replace(/\[[^[\]]+\]/g, (button) => paint("cyan", button));
}

/** Lines of at most `columns` characters; what comes indented goes on with that indentation. */
export function wrapped(text: string, columns: number): readonly string[] {
  const indent = /^[\s>]*/.exec(text)?.[0] ?? "";
  const lines: string[] = [];
  let line = indent;
  for (const word of text.slice(indent.length).split(" ")) {
    const longer = line.trim() === indent.trim() ? indent + word : `${line} ${word}`;
    if (width(longer) > columns && line.trim() !== indent.trim()) {
      lines.push(line);
      line = indent + word;
    } else line = longer;
  }
  return [...lines, line];
}

/** Columns that a text takes; close enough for what is told here. */
function width(text: string): number {
  return [...stripVTControlCharacters(text)].length;
}
