// Reads tables out of the Markdown of docs/, so that a test can hold them against what they speak of.

import { readFileSync } from "node:fs";

/** A table's rows, each as its cells by the words at the head of their columns. */
export type Rows = readonly Readonly<Record<string, string>>[];

/** The table of a file that stands between `<!-- name -->` and `<!-- /name -->`. @throws Error where there is none. */
export function markedTable(file: string, name: string): Rows {
  const text = readFileSync(file, "utf8");
  const part = text.split(`<!-- ${name} -->`)[1]?.split(`<!-- /${name} -->`);
  if (part?.length !== 2) throw new Error(`${file} has no table between marks of ${name}`);
  return rowsOf(part[0] ?? "");
}

/** The table under a heading of the second level. @throws Error where there is none. */
export function tableUnder(file: string, heading: string): Rows {
  const part = readFileSync(file, "utf8")
    .split(/^## /m)
    .find((each) => each.startsWith(`${heading}\n`));
  if (part === undefined) throw new Error(`${file} has no heading ${heading}`);
  return rowsOf(part);
}

/** What stands in backticks. */
export function codeIn(cell: string): readonly string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code);
}

function rowsOf(text: string): Rows {
  const lines = text.split("\n").filter((line) => line.startsWith("|"));
  const [head = [], , ...rows] = lines.map(cellsOf);
  if (rows.length === 0) throw new Error("there is no table");
  return rows.map((cells) => {
    if (cells.length !== head.length)
      throw new Error(`a row has too many cells: ${cells.join("|")}`);
    return Object.fromEntries(head.map((column, at) => [column, cells[at] ?? ""]));
  });
}

function cellsOf(line: string): readonly string[] {
  return line
    .split("|")
    .slice(1, -1)
    .map((cell) => cell.trim());
}
