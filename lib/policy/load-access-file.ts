// Loads access.yml from the disk; for the package step, the scripts and the unbundled functions.

import { readFileSync } from "node:fs";
import type { Policy } from "./policy.ts";
import { formatProblem, type Problem } from "./problem.ts";
import { readAccessFile } from "./read-access-file.ts";

/** The file has problems; the message tells all of them, each with its line. */
export class AccessFileError extends Error {
  readonly code = "invalid-access-file";
  readonly problems: readonly Problem[];
  constructor(fileName: string, problems: readonly Problem[]) {
    const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
    const told = problems.map((problem) => formatProblem(fileName, problem)).join("\n");
    super(`${fileName} has ${count}:\n${told}`);
    this.name = "AccessFileError";
    this.problems = problems;
  }
}

/**
 * The policy of the file at `path`.
 * @throws AccessFileError with every problem; Node's own error where the file cannot be read.
 */
export function loadAccessFile(path: string): Policy {
  const read = readAccessFile(readFileSync(path, "utf8"));
  if (!read.ok) throw new AccessFileError(path, read.problems);
  return read.policy;
}
