// `npm run validate [file]`: checks an access.yml and prints every problem with its line.

import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { formatProblem } from "../lib/policy/problem.ts";
import { readAccessFile } from "../lib/policy/read-access-file.ts";

const HELP = `Checks an access.yml and prints every problem at once, each with its line and what to
write instead.

  npm run validate              checks access.yml (or the file that ACCESS_FILE names)
  npm run validate other.yml    checks another file

Exit code: 0 the file is valid (warnings included), 1 it is not, 2 it cannot be read.`;

process.exitCode = validate(process.argv.slice(2));

function validate(args: readonly string[]): number {
  let fileName: string;
  let text: string;
  try {
    const options = { help: { type: "boolean", short: "h" } } as const;
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    if (values.help) {
      console.log(HELP);
      return 0;
    }
    if (positionals.length > 1) throw new TypeError("one file at a time");
    fileName = positionals[0] ?? (process.env["ACCESS_FILE"] || "access.yml");
    text = readFileSync(fileName, "utf8");
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${HELP}`);
    return 2;
  }
  return report(fileName, text);
}

function report(fileName: string, text: string): number {
  const read = readAccessFile(text);
  for (const warning of read.warnings) {
    const message = `warning: ${warning.message}`;
    console.error(formatProblem(fileName, { ...warning, message }));
  }
  if (!read.ok) {
    for (const problem of read.problems) console.error(formatProblem(fileName, problem));
    console.error(`\n${fileName} has ${counted(read.problems.length, "problem")}.`);
    return 1;
  }
  const { entitlements, people, hash } = read.policy;
  const entitlementCount = Object.keys(entitlements).length;
  const peopleCount = Object.keys(people).length;
  console.log(
    `${fileName} is valid: ${counted(entitlementCount, "entitlement")}, ` +
      `${peopleCount === 1 ? "1 person" : `${peopleCount} people`} bound to AWS, ` +
      `${counted(read.warnings.length, "warning")} (hash ${hash}).`,
  );
  return 0;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
