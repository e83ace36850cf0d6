// What is written to standard output and standard error, where a writer opens them by itself.

import { jest } from "@jest/globals";

/** The lines that `work` writes, without their ends. Each was written by itself. */
export function linesWritten(work: () => void): readonly string[] {
  const written: string[] = [];
  const spies = [process.stdout, process.stderr].map((stream) =>
    jest.spyOn(stream, "write").mockImplementation((chunk) => written.push(String(chunk)) > 0),
  );
  try {
    work();
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  for (const line of written) {
    if (line.indexOf("\n") !== line.length - 1) throw new Error(`not one line: ${line}`);
  }
  return written.map((line) => line.slice(0, -1));
}

/** Writes a line to standard output, as the functions do. */
export const toStandardOutput = (line: string) => void process.stdout.write(`${line}\n`);
