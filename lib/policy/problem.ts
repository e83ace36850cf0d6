// What is wrong in an access.yml, where, and what to write instead.

/** Where something is in the file: keys, and positions in lists from 0. */
export type Path = readonly (string | number)[];

/** Something found in the file's data, not yet given its line. */
export interface Finding {
  readonly path: Path;
  /** Whether the key is meant, where `path` ends at one, or what it holds. */
  readonly at?: "key" | "value";
  /** What is wrong. */
  readonly message: string;
  /** Why that matters, where the message alone does not tell. */
  readonly why?: string;
  /** What to write instead. */
  readonly hint: string;
}

/** A finding with its place in the text; lines and columns count from 1. */
export interface Problem {
  readonly line: number;
  readonly column: number;
  /** `entitlements.web-pods-read.targets[0]`; empty for the file as a whole. */
  readonly path: string;
  readonly message: string;
  readonly why?: string;
  readonly hint: string;
}

/** `targets[0].iamGroup`, as messages and editors write it. */
export function pathText(path: Path): string {
  return path
    .map((part) => (typeof part === "number" ? `[${part}]` : `.${part}`))
    .join("")
    .replace(/^\./, "");
}

/** `access.yml:12:5 what is wrong`, and under it why that matters and what to write instead. */
export function formatProblem(fileName: string, problem: Problem): string {
  const { line, column, message, why = "", hint } = problem;
  const more = [why, hint].filter((text) => text !== "").map((text) => `\n    ${text}`);
  return `${fileName}:${line}:${column} ${message}${more.join("")}`;
}
