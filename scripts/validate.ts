// `npm run validate [file]`: checks an access.yml and prints every problem and every doubt with its line.

import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import type { Policy } from "../lib/policy/policy.ts";
import { formatProblem, type Problem } from "../lib/policy/problem.ts";
import {
  placeFindings,
  type ReadAccessFile,
  readAccessFile,
} from "../lib/policy/read-access-file.ts";
import { createWebClient } from "../lib/slack/web-client.ts";
import { openClients, whoCalls } from "./doctor/clients.ts";
import { lintGroups } from "./doctor/lint-groups.ts";
import { readUsergroups } from "./doctor/read-usergroups.ts";

const HELP = `Checks an access.yml and prints everything at once, with its line and what to write instead:
problems, with which it cannot be packaged, and warnings, of what works and is probably not meant.

  npm run validate                  checks access.yml (or the file that ACCESS_FILE names)
  npm run validate other.yml        checks another file
  npm run validate -- --strict      warnings count as problems
  npm run validate -- --aws         also reads what the IAM groups give, with your AWS credentials, and
                                    warns of what outlives a loan or leads to more (it changes nothing)
  npm run validate -- --slack       also reads who is in the Slack user groups, with the bot token that
                                    SLACK_BOT_TOKEN holds: without, their members count as unknown
  --region us-east-2                where to ask AWS; AWS_REGION or us-east-1 where it is not said

Exit code: 0 the file is valid (warnings included), 1 it is not, 2 it could not be checked.`;

/** Where Slack's Web API is; an emulator's where the environment says so. */
const SLACK_API_URL = process.env["SLACK_API_URL"] || "https://slack.com/api/";
const SLACK_TIMEOUT_MS = 10_000;

process.exitCode = await main(process.argv.slice(2));

interface Settings {
  readonly fileName: string;
  readonly strict: boolean;
  readonly aws: boolean;
  readonly slack: boolean;
  readonly region: string;
}

async function main(args: readonly string[]): Promise<number> {
  let settings: Settings | undefined;
  let text: string;
  try {
    settings = readSettings(args);
    if (settings === undefined) {
      console.log(HELP);
      return 0;
    }
    text = readFileSync(settings.fileName, "utf8");
  } catch (error) {
    console.error(`${wordsOf(error)}\n\n${HELP}`);
    return 2;
  }
  try {
    return await validate(settings, text);
  } catch (error) {
    console.error(`${settings.fileName} could not be checked: ${wordsOf(error)}`);
    return 2;
  }
}

/** What the arguments ask for; undefined: help. @throws TypeError where that is not known. */
function readSettings(args: readonly string[]): Settings | undefined {
  const options = {
    help: { type: "boolean", short: "h", default: false },
    strict: { type: "boolean", default: false },
    aws: { type: "boolean", default: false },
    slack: { type: "boolean", default: false },
    region: { type: "string" },
  } as const;
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
  if (values.help) return undefined;
  if (positionals.length > 1) throw new TypeError("one file at a time");
  const { strict, aws, slack } = values;
  const fileName = positionals[0] ?? (process.env["ACCESS_FILE"] || "access.yml");
  return { fileName, strict, aws, slack, region: values.region ?? regionGiven() };
}

/** IAM is one place for all regions, but a client wants to know one. */
function regionGiven(): string {
  return process.env["AWS_REGION"] || process.env["AWS_DEFAULT_REGION"] || "us-east-1";
}

/** @returns the exit code. @throws where AWS or Slack was to be asked and does not let us. */
async function validate(settings: Settings, text: string): Promise<number> {
  const { fileName } = settings;
  const first = readAccessFile(text);
  if (!first.ok) return reportProblems(fileName, first);

  const read = settings.slack ? await readWithSlack(text, first.policy) : first;
  if (!read.ok) return reportProblems(fileName, read);
  const asked = settings.aws ? await askAws(settings, text, read.policy) : [];
  const warnings = [...read.warnings, ...asked].sort((one, other) => one.line - other.line);
  for (const warning of warnings) console.error(formatWarning(fileName, warning));
  const { entitlements, people, hash } = read.policy;
  const peopleCount = Object.keys(people).length;
  const summary =
    `${counted(Object.keys(entitlements).length, "entitlement")}, ` +
    `${peopleCount === 1 ? "1 person" : `${peopleCount} people`} bound to AWS, ` +
    `${counted(warnings.length, "warning")} (hash ${hash}).`;
  if (settings.strict && warnings.length > 0) {
    console.error(`\n${fileName} is not good enough for --strict: ${summary}`);
    return 1;
  }
  console.log(`${fileName} is valid: ${summary}`);
  return 0;
}

function reportProblems(
  fileName: string,
  { problems, warnings }: Extract<ReadAccessFile, { ok: false }>,
): number {
  for (const warning of warnings) console.error(formatWarning(fileName, warning));
  for (const problem of problems) console.error(formatProblem(fileName, problem));
  console.error(`\n${fileName} has ${counted(problems.length, "problem")}.`);
  return 1;
}

/** The same file, with what is to be said where the members of the user groups are known. */
async function readWithSlack(text: string, policy: Policy): Promise<ReadAccessFile> {
  const token = process.env["SLACK_BOT_TOKEN"];
  if (!token) throw new Error("--slack wants the bot token in SLACK_BOT_TOKEN.");
  const client = createWebClient(token, SLACK_API_URL, SLACK_TIMEOUT_MS);
  const { members, unread } = await readUsergroups(client, policy);
  const [failed] = unread;
  if (failed !== undefined) {
    throw new Error(`Slack does not say who is in the user group ${failed[0]} (${failed[1]}).`);
  }
  return readAccessFile(text, members);
}

async function askAws(
  { region }: Settings,
  text: string,
  policy: Policy,
): Promise<readonly Problem[]> {
  const clients = openClients({ region });
  try {
    return placeFindings(text, await lintGroups(clients, await whoCalls(clients), policy));
  } finally {
    clients.close();
  }
}

function formatWarning(fileName: string, warning: Problem): string {
  return formatProblem(fileName, { ...warning, message: `warning: ${warning.message}` });
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
