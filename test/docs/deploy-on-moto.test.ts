// docs/deploy.md on moto: its commands as they stand there, in one shell, from the deployment to the removal.

import { spawn } from "node:child_process";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { copyProject, type ProjectCopy } from "../deploy/project-copy.ts";
import { openBridge } from "./moto-for-osls.ts";

/** `npm run test:emulators` says where it is. */
const moto = process.env["LATCHKEY_TEST_AWS"];
const TIMEOUT_MS = 300_000;
/** Moto's. */
const ACCOUNT = "123456789012";

const page = readFileSync(new URL("../../docs/deploy.md", import.meta.url), "utf8");

/** The page's blocks of one language under a heading; before all headings where none is named. */
function blocksOf(language: "sh" | "json", heading?: string): readonly string[] {
  const parts = page.split(/^##? (?=[A-Z0-9])/m).slice(1);
  const part = parts.find((each) => heading === undefined || each.startsWith(`${heading}\n`));
  if (part === undefined) throw new Error(`docs/deploy.md has no heading "${heading}"`);
  return [...part.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].flatMap(([, is, block = ""]) =>
    is === language ? [block] : [],
  );
}

const [variables = ""] = blocksOf("sh");
const [deploy = "", outputs = ""] = blocksOf("sh", "2. Deploy");
const [manifest = ""] = blocksOf("sh", "3. Create the Slack app");
const [secrets = ""] = blocksOf("json", "4. Store its secrets");
const [store = ""] = blocksOf("sh", "4. Store its secrets");
const [lend = ""] = blocksOf("sh", "A group to lend");
const [endAll = "", remove = "", forgetSecrets = "", forgetTable = ""] = blocksOf(
  "sh",
  "Removing it",
);
const tables = "aws dynamodb list-tables --query TableNames --output text";

/** In order; those that look are ours, all else is the page's. */
const STEPS = {
  variables,
  "deploy what is for another account":
    "ACCESS_FILE=example.yml npx osls deploy --stage $STAGE || echo refused; aws cloudformation list-stacks",
  deploy,
  outputs,
  manifest,
  store,
  "look at the secrets":
    "aws ssm get-parameter --name /latchkey/slack --with-decryption --query Parameter.Value --output text; ls",
  // What follows is for a cluster.
  lend: lend.split(/^kubectl /m)[0] ?? "",
  "end all": endAll,
  remove,
  "look at the functions": "aws lambda list-functions --query Functions --output text",
  "look at the tables": tables,
  "forget the secrets": forgetSecrets,
  "forget the table": forgetTable,
  "look at the tables again": tables,
} as const;
type Step = keyof typeof STEPS;

const MARK = "──── ";
const script = [
  "set -e",
  // NB. The copy's node_modules are those of the project, and are not to be installed anew.
  'npm() { [ "$1" = ci ] || command npm "$@"; }',
  ...Object.entries(STEPS).map(([name, commands]) => `echo '${MARK}${name}'\n${commands}`),
].join("\n");

(moto === undefined ? describe.skip : describe)("docs/deploy.md on moto", () => {
  let copy: ProjectCopy | undefined;
  afterAll(() => copy?.remove());
  let walk: Walk = { code: -1, faults: "", said: {} };
  beforeAll(async () => {
    copy = copyProject();
    walk = await takeTheWalk(moto ?? "", copy);
  }, TIMEOUT_MS);

  it("runs to its end as it stands there", () => {
    const { code, faults } = walk;
    expect({ code, faults: code === 0 ? "" : faults }).toEqual({ code: 0, faults: "" });
    expect(Object.keys(walk.said)).toEqual(Object.keys(STEPS));
  });

  it("deploys no access.yml of another account, and says whose it is", () => {
    const said = walk.said["deploy what is for another account"];
    expect(said).toMatch(
      /example\.yml is for the AWS account 111122223333, and your credentials are of 123456789012\./,
    );
    expect(said).toMatch(/^refused$/m);
    expect(said).toMatch(/"StackSummaries": \[\]/);
  });

  it("has the address and the roles of what it deployed", () => {
    const lines = walk.said.outputs?.trim().split("\n") ?? [];
    expect(lines).toEqual([
      expect.stringMatching(/^https:\/\/.+\.us-east-2\.amazonaws\.com\/slack\/events$/),
      expect.stringMatching(/^arn:aws:iam::\d{12}:role\/latchkey-prod-provision-us-east-2$/),
      expect.stringMatching(/^arn:aws:iam::\d{12}:role\/latchkey-prod-revoke-us-east-2$/),
      expect.stringMatching(/^arn:aws:iam::\d{12}:role\/latchkey-prod-watch-us-east-2$/),
    ]);
    const app = JSON.parse(walk.said.manifest ?? "");
    expect(app.settings.event_subscriptions.request_url).toBe(lines[0]?.toLowerCase());
  });

  it("stores the secrets, and leaves no file of them", () => {
    const said = walk.said["look at the secrets"];
    expect(said).toContain('"signingSecret"');
    expect(said).not.toContain("slack.json");
  });

  it("removes all but the table, which goes by itself", () => {
    expect(walk.said["end all"]).toMatch(/^0 of 0 grants .*\n0$/m);
    expect(walk.said["look at the functions"]).toBe("");
    expect(walk.said["look at the tables"]).toContain("latchkey-prod");
    expect(walk.said["look at the tables again"]).not.toContain("latchkey-prod");
  });
});

interface Walk {
  readonly code: number;
  /** What all of it wrote to standard error. */
  readonly faults: string;
  readonly said: Partial<Record<Step, string>>;
}

async function takeTheWalk(motoUrl: string, { home, output }: ProjectCopy): Promise<Walk> {
  const cwd = dirname(output);
  const bridge = await openBridge(motoUrl);
  const credentials = { AWS_ACCESS_KEY_ID: "testing", AWS_SECRET_ACCESS_KEY: "testing" };
  // `npm run` would install what a copy does not need to have.
  const asInstalled = { npm_config_ignore_scripts: "true", npm_config_update_notifier: "false" };
  const path = `${resolve("node_modules/.bin")}${delimiter}${process.env["PATH"]}`;
  const env = {
    PATH: path,
    HOME: home,
    AWS_ENDPOINT_URL: bridge.url,
    ...credentials,
    ...asInstalled,
  };
  writeFileSync(`${cwd}/slack.json`, secrets);
  // Whoever follows the page has written an access.yml for their own account.
  cpSync(`${cwd}/access.yml`, `${cwd}/example.yml`);
  const example = readFileSync(`${cwd}/example.yml`, "utf8");
  writeFileSync(`${cwd}/access.yml`, example.replaceAll("111122223333", ACCOUNT));
  try {
    const shell = spawn("bash", ["-c", script], {
      cwd,
      env,
      stdio: ["ignore", "pipe", "pipe"],
      timeout: TIMEOUT_MS - 10_000,
    });
    const code = new Promise<number | null>((done) => shell.on("close", done));
    const [out, faults] = await Promise.all([text(shell.stdout), text(shell.stderr)]);
    const said = out
      .split(MARK)
      .slice(1)
      .map((part) => {
        const [name = "", ...lines] = part.split("\n");
        return [name, lines.join("\n")] as const;
      });
    return { code: (await code) ?? -1, faults, said: Object.fromEntries(said) };
  } finally {
    bridge.close();
  }
}
