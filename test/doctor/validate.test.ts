// `npm run validate` with an AWS account and a Slack workspace to look at.

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { slackManifest } from "../../lib/slack/manifest.ts";
import { type AwsOptions, type LocalAws, startAws } from "../../local/aws/server.ts";
import { scenarioIam, scenarioIdentities } from "../../local/scenario.ts";
import { type SlackWebApi, startWebApi } from "../../local/slack/web-api.ts";
import { createWorkspace } from "../../local/slack/workspace.ts";
import { ROOT, runScript } from "./run-script.ts";

/** Who may assume a role is not looked at. */
const NOBODY = { Version: "2012-10-17", Statement: [] };

type Role = NonNullable<NonNullable<AwsOptions["iam"]>["roles"]>[number];

const POLICY = "arn:aws:iam::111122223333:policy";

let folder: string;
const running: LocalAws[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "latchkey-validate-"));
});
afterEach(async () => {
  for (const aws of running.splice(0)) await aws.close();
});
afterAll(() => rm(folder, { recursive: true }));

/** The example's catalogue with a change, as a file. */
async function example(before = "", after = ""): Promise<string> {
  const text = await readFile(join(ROOT, "access.yml"), "utf8");
  if (!text.includes(before)) throw new Error(`nothing to replace: ${before}`);
  const file = join(folder, `${Math.random().toString(36).slice(2)}.yml`);
  await writeFile(file, text.replace(before, after));
  return file;
}

/** The scenario's account, in which the debug group has other policies, and roles to assume. */
async function anAccount(
  document: object = {},
  identities: readonly { name: string; arn: string; allow: readonly string[] }[] = [],
  roles: readonly Omit<Role, "trust">[] = [],
): Promise<LocalAws> {
  const aws = await startAws({
    now: Date.now,
    identities: [...scenarioIdentities, ...identities],
    iam: {
      ...scenarioIam,
      groups: scenarioIam.groups.map((group) =>
        group.name === "iam-bttrm-web-debug-group"
          ? { ...group, attached: [`${POLICY}/debug`], inline: { logs: allow("logs:Get*") } }
          : group,
      ),
      roles: [...scenarioIam.roles, ...roles.map((role) => ({ ...role, trust: NOBODY }))],
      policies: [
        ...scenarioIam.policies,
        { name: "debug", document: { ...allow("s3:Get*"), ...document } },
        { name: "wide", document: allow("iam:*") },
      ],
    },
  });
  running.push(aws);
  return aws;
}

function allow(...Action: string[]) {
  const statement = { Effect: "Allow" as const, Action, Resource: "*" };
  return { Version: "2012-10-17", Statement: [statement] };
}

describe("npm run validate -- --aws", () => {
  it("has nothing to say of groups that give what they should", async () => {
    const aws = await anAccount();
    const { code, stdout, stderr } = await runScript(
      "validate.ts",
      ["--aws", "--strict"],
      aws.environment("admin"),
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("0 warnings");
  });

  it("warns, at the group's line, of what outlives the loan", async () => {
    const aws = await anAccount(allow("iam:CreateAccessKey", "iam:Put*", "lambda:*"));
    const { code, stderr } = await runScript("validate.ts", ["--aws"], aws.environment("admin"));
    expect(code).toBe(0);
    expect(stderr).toMatch(
      /^access\.yml:\d+:26 warning: the group iam-bttrm-web-debug-group changes IAM: .* that stay: iam:CreateAccessKey, iam:Put\* \(policy debug\)\n {4}Latchkey takes the membership back, and not what was done/m,
    );
    expect(stderr).toMatch(/runs code with another role's permissions: lambda:\*/);
    const lines = (await readFile(join(ROOT, "access.yml"), "utf8")).split("\n");
    const line = Number(/access\.yml:(\d+):/.exec(stderr)?.[1]);
    expect(lines[line - 1]).toContain("group/jit/iam-bttrm-web-debug-group");
  });

  describe("where a group's members may assume a role that is named", () => {
    const role = (name: string) => `arn:aws:iam::111122223333:role/${name}`;
    const assuming = (...Resource: string[]) => {
      const statement = { Effect: "Allow" as const, Action: "sts:AssumeRole", Resource };
      return { Version: "2012-10-17", Statement: [statement] };
    };
    const said = async (aws: LocalAws) => {
      const ran = await runScript("validate.ts", ["--aws"], aws.environment("admin"));
      return ran.stderr;
    };

    it("warns of what that role gives, inline and attached", async () => {
      const deployer = {
        name: "deployer",
        policies: [allow("s3:GetObject"), allow("ssm:StartAutomationExecution")],
        attached: [`${POLICY}/wide`],
      };
      const aws = await anAccount(assuming(role("deployer")), [], [deployer]);
      const stderr = await said(aws);
      expect(stderr).toMatch(
        /^access\.yml:\d+:26 warning: the group iam-bttrm-web-debug-group, by way of the role deployer, runs code with another role's permissions: ssm:StartAutomationExecution \(policy policy-2\)/m,
      );
      expect(stderr).toMatch(/by way of the role deployer, changes IAM: .*iam:\* \(policy wide\)/);
      expect(stderr.match(/warning:/g)).toHaveLength(2);
    });

    it("says of which roles it knows nothing", async () => {
      const far = "arn:aws:iam::444455556666:role/far";
      const aws = await anAccount(assuming(role("gone"), role("web-*"), far));
      const stderr = await said(aws);
      for (const [name, why] of [
        ["gone", "it, or one of its policies, is not there"],
        ["web-*", "by its wildcard it may be several"],
        ["far", "it is in account 444455556666"],
      ]) {
        expect(stderr).toContain(
          `what the role ${name} gives is not known: ${why} (members of the group iam-bttrm-web-debug-group may assume it)`,
        );
      }
    });
  });

  it("only reads", async () => {
    const aws = await anAccount(allow("iam:*"));
    await runScript("validate.ts", ["--aws"], aws.environment("admin"));
    const called = new Set(aws.calls.list().map(({ action }) => action));
    expect([...called].filter((action) => !/^(Get|List)/.test(action))).toEqual([]);
    expect(called.size).toBeGreaterThan(4);
  });

  it("says of which groups it knows nothing, and --strict is not content with that", async () => {
    const reader = "arn:aws:iam::111122223333:user/reader";
    const aws = await anAccount({}, [
      { name: "reader", arn: reader, allow: ["iam:ListGroupPolicies"] },
    ]);
    aws.iam.deleteGroup("iam-bttrm-web-metrics-ro-group");
    const { code, stdout, stderr } = await runScript(
      "validate.ts",
      ["--aws", "--strict"],
      aws.environment("reader"),
    );
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain(
      "what the group iam-bttrm-web-metrics-ro-group gives is not known: it, or one of its policies, is not there",
    );
    expect(stderr).toMatch(
      /what the group iam-bttrm-web-ro-group gives is not known: AccessDenied/,
    );
    expect(stderr).toContain("access.yml is not good enough for --strict");
  });

  it("asks nothing of an account that is not the groups'", async () => {
    const aws = await startAws({
      now: Date.now,
      account: "999955556666",
      identities: [{ name: "admin", arn: "arn:aws:iam::999955556666:user/admin", allow: "admin" }],
    });
    running.push(aws);
    const { code, stderr } = await runScript("validate.ts", ["--aws"], aws.environment("admin"));
    expect(code).toBe(0);
    expect(stderr).toContain("not known: your credentials are of account 999955556666");
    expect(aws.calls.count("iam")).toBe(0);
  });

  it("says where it could not ask at all", async () => {
    const { code, stdout, stderr } = await runScript("validate.ts", ["--aws"]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^access\.yml could not be checked: .*credentials/);
  });
});

describe("npm run validate -- --slack", () => {
  let slack: SlackWebApi;
  let env: Record<string, string>;
  beforeAll(async () => {
    const manifest = slackManifest("https://latchkey.example.com/slack/events");
    const workspace = createWorkspace({ now: Date.now, manifest });
    slack = await startWebApi({ workspace });
    env = { SLACK_API_URL: slack.apiUrl, SLACK_BOT_TOKEN: workspace.state.botToken };
  });
  afterAll(() => slack.close());

  it("counts who is in the user groups", async () => {
    const file = await example("[platform-leads, security], count: 2", "[security], count: 3");
    const without = await runScript("validate.ts", [file]);
    expect(without).toMatchObject({ code: 0, stderr: "" });
    const { code, stderr } = await runScript("validate.ts", ["--slack", file], env);
    expect(code).toBe(0);
    expect(stderr).toContain("warning: 3 must approve, and only 1 can");
  });

  it("says where Slack did not tell", async () => {
    const file = await example("S0SECURITY", "S0GONE");
    const { code, stderr } = await runScript("validate.ts", ["--slack", file], env);
    expect(code).toBe(2);
    expect(stderr).toContain("user group S0GONE (no_such_subteam)");
    const tokenless = await runScript("validate.ts", ["--slack"]);
    expect(tokenless).toMatchObject({ code: 2 });
    expect(tokenless.stderr).toContain("SLACK_BOT_TOKEN");
  });
});

describe("npm run validate -- --strict", () => {
  it("takes warnings for problems", async () => {
    const file = await example("clusters:", "clusters:\n  idle: { region: us-east-2 }");
    const lenient = await runScript("validate.ts", [file]);
    expect(lenient).toMatchObject({ code: 0, stdout: expect.stringContaining("1 warning ") });
    const strict = await runScript("validate.ts", ["--strict", file]);
    expect(strict).toMatchObject({ code: 1, stdout: "" });
    expect(strict.stderr).toContain("no entitlement lends anything in the cluster idle");
  });
});
