// `npm run doctor`: looks at a deployment from outside, changes nothing, and tells what is wrong and what mends it.

import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { KubeConfig } from "@kubernetes/client-node";
import { loadAccessFile } from "../lib/policy/load-access-file.ts";
import { parseRequestUrl } from "../lib/slack/manifest.ts";
import { addressAt } from "./doctor/address.ts";
import { openClients } from "./doctor/clients.ts";
import { type Examination, examine } from "./doctor/examine.ts";
import { placeOnAws, USUAL_SECRETS_PARAMETER } from "./doctor/patient.ts";
import { exitCodeOf, jsonReport, textReport } from "./doctor/report.ts";

const HELP = `Looks at a deployment with your AWS credentials and kubectl's, changes nothing, and tells what is
wrong, why that matters, and the command that mends it. docs/validate-and-doctor.md lists what it looks at.

  npm run doctor -- --stage prod --region us-east-2
  npm run --silent doctor -- --stage prod --json | jq '.findings[] | select(.level == "problem")'

  --stage prod                what \`npx osls deploy\` was given; dev where it is not said
  --region us-east-2          AWS_REGION, or us-east-2, where it is not said
  --slack-secrets-parameter   the SSM parameter, where it is not /latchkey/slack
  --url https://…             the deployment's SlackRequestUrl, to see whether it answers: one POST that is not
                              signed, and so refused
  access.yml                  the file that was deployed, where it is another (or ACCESS_FILE)
  --json                      the findings as JSON, on standard output
  --strict                    warnings, and what could not be looked at, count as problems
  --local                     the embedded stack: the one that \`npm start\` runs, if its variables
                              (AWS_ENDPOINT_URL …, KUBECONFIG) are exported as it prints them; else one of its
                              own, started for this and ended after

Exit code: 0 nothing is wrong, 1 something is, 2 it could not be looked at: all of it, or the whole of one thing,
such as the table. (Whether the app is in a channel Slack does not tell: that it is not known is no 2.)`;

process.exitCode = await main(process.argv.slice(2));

interface Settings {
  readonly accessFile: string;
  readonly stage: string;
  readonly region: string;
  readonly secretsParameter: string;
  readonly url: string | undefined;
  readonly isLocal: boolean;
  readonly json: boolean;
  readonly strict: boolean;
}

async function main(args: readonly string[]): Promise<number> {
  let settings: Settings | undefined;
  try {
    settings = readSettings(args);
  } catch (error) {
    console.error(`${wordsOf(error)}\n\n${HELP}`);
    return 2;
  }
  if (settings === undefined) {
    console.log(HELP);
    return 0;
  }
  try {
    return await run(settings);
  } catch (error) {
    console.error(`\nThe doctor could not look: ${wordsOf(error)}`);
    return 2;
  }
}

/** What the arguments ask for; undefined: help. @throws TypeError where that is not known. */
function readSettings(args: readonly string[]): Settings | undefined {
  const options = {
    help: { type: "boolean", short: "h", default: false },
    stage: { type: "string", default: "dev" },
    region: { type: "string" },
    "slack-secrets-parameter": { type: "string", default: USUAL_SECRETS_PARAMETER },
    url: { type: "string" },
    local: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    strict: { type: "boolean", default: false },
  } as const;
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
  if (values.help) return undefined;
  if (positionals.length > 1) throw new TypeError("one access.yml at a time");
  const env = process.env;
  return {
    accessFile: positionals[0] ?? (env["ACCESS_FILE"] || "access.yml"),
    stage: values.stage,
    region: values.region ?? (env["AWS_REGION"] || env["AWS_DEFAULT_REGION"] || "us-east-2"),
    secretsParameter: values["slack-secrets-parameter"],
    url: values.url === undefined ? undefined : parseRequestUrl(values.url),
    isLocal: values.local,
    json: values.json,
    strict: values.strict,
  };
}

/** @returns the exit code. @throws where there is nothing to look at. */
async function run(settings: Settings): Promise<number> {
  const { examination, close } = await open(settings);
  const { place, policy, clients } = examination;
  try {
    process.stderr.write("Looking at");
    const onCheck = (check: string) => process.stderr.write(` ${check}`);
    const { caller, findings } = await examine({ ...examination, onCheck });
    process.stderr.write("\n\n");
    const report = { place, policy, caller, findings };
    process.stdout.write(settings.json ? jsonReport(report) : textReport(report));
    return exitCodeOf(findings, settings.strict);
  } finally {
    clients.close();
    await close();
  }
}

interface Opened {
  readonly examination: Examination;
  readonly close: () => Promise<void>;
}

async function open(settings: Settings): Promise<Opened> {
  const { accessFile, stage, region, secretsParameter, url } = settings;
  if (settings.isLocal) return openEmbedded(accessFile);
  return {
    examination: {
      place: placeOnAws(stage, region, secretsParameter),
      policy: loadAccessFile(accessFile),
      clients: openClients({ region }),
      kubeconfig: openKubeconfig(),
      address: url === undefined ? undefined : addressAt(url),
    },
    close: async () => {},
  };
}

/** Loaded only here: nobody else needs the stack. */
async function openEmbedded(accessFile: string): Promise<Opened> {
  const { addressBeside, examinationOf, placeEmbedded, USUAL_SLACK_API_URL } = await import(
    "./doctor/embedded.ts"
  );
  if (process.env["AWS_ENDPOINT_URL"]) {
    const place = placeEmbedded(process.env["SLACK_API_URL"] || USUAL_SLACK_API_URL);
    const clients = openClients({ region: place.region });
    const policy = loadAccessFile(accessFile);
    const kubeconfig = openKubeconfig();
    const examination = { place, policy, clients, kubeconfig, address: addressBeside(clients) };
    return { examination, close: async () => {} };
  }
  const { startStack } = await import("../local/stack.ts");
  const stack = await startStack({ accessFile });
  // Else nobody has ever got through anything.
  await stack.passes();
  return { examination: examinationOf(stack, accessFile), close: stack.close };
}

/** kubectl's own file or files, where there are any. */
function openKubeconfig(): KubeConfig | undefined {
  const named = process.env["KUBECONFIG"];
  if (!named && !existsSync(join(homedir(), ".kube", "config"))) return undefined;
  const config = new KubeConfig();
  try {
    config.loadFromDefault();
    return config;
  } catch (error) {
    console.error(`kubectl's configuration cannot be read: ${wordsOf(error)}`);
    return undefined;
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
