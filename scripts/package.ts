// `npm run package`: checks access.yml and leaves one zip per function and the CloudFormation template.

import { spawnSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { basename, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { accessFile } from "../deploy/access-file.ts";
import { FUNCTION_NAMES } from "../deploy/roles.ts";
import { formatProblem } from "../lib/policy/problem.ts";
import { readAccessFile } from "../lib/policy/read-access-file.ts";

const HELP = `Packages Latchkey for AWS; needs no account and no network.

  npm run package                            access.yml, for the stage "dev"
  npm run package -- --stage prod            for another stage
  ACCESS_FILE=other.yml npm run package      with another access.yml

It leaves .serverless/{slack,provision,revoke,announce,watch}.zip and the CloudFormation template. What follows
\`--\` goes to \`osls package\` (--stage, --region, --param "name=value"). \`npx osls deploy\` does the same and
deploys.

Exit code: 0 packaged, 1 access.yml has problems or osls failed.`;

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const OUTPUT = ".serverless";

process.exitCode = packageAll(process.argv.slice(2));

function packageAll(args: readonly string[]): number {
  if (wantsHelp(args)) {
    console.log(HELP);
    return 0;
  }
  const file = resolve(accessFile(process.env));
  console.log(`Checking ${file} …`);
  if (!isValid(file)) return 1;

  console.log("Bundling the functions …");
  const osls = fileURLToPath(import.meta.resolve("osls/bin/serverless.js"));
  const run = spawnSync(process.execPath, [osls, "package", ...args], {
    cwd: ROOT,
    stdio: "inherit",
    env: { ...process.env, ACCESS_FILE: file },
  });
  if (run.status !== 0) {
    console.error("\nNothing was packaged; what osls said above is why.");
    return 1;
  }
  report();
  return 0;
}

function wantsHelp(args: readonly string[]): boolean {
  const options = { help: { type: "boolean", short: "h" } } as const;
  return parseArgs({ args: [...args], options, strict: false }).values.help === true;
}

/** Whether the file can be packaged; says everything that stands against it. */
function isValid(file: string): boolean {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}`);
    return false;
  }
  const read = readAccessFile(text);
  for (const warning of read.warnings) {
    const message = `warning: ${warning.message}`;
    console.error(formatProblem(basename(file), { ...warning, message }));
  }
  if (read.ok) {
    const { account } = read.policy;
    if (account !== undefined) console.log(`It is for the AWS account ${account}.`);
    return true;
  }
  for (const problem of read.problems) console.error(formatProblem(basename(file), problem));
  console.error(`\nNothing was packaged: ${file} has ${read.problems.length} problem(s).`);
  return false;
}

function report(): void {
  for (const name of FUNCTION_NAMES) {
    const zip = `${OUTPUT}/${name}.zip`;
    const kilobytes = (statSync(`${ROOT}${zip}`).size / 1024).toFixed(0);
    console.log(`  ${zip.padEnd(30)} ${kilobytes.padStart(5)} KB`);
  }
  console.log(`  ${OUTPUT}/cloudformation-template-update-stack.json`);
}
