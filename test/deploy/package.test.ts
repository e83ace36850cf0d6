// `npm run package`, run for real without account or network: the zips, what is in them, and the template.

import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { startPackagedSlack, unpack } from "../../bench/packaged-slack.ts";
import { alarms as alarmsOf } from "../../deploy/alarms.ts";
import { FUNCTION_NAMES } from "../../deploy/roles.ts";
import { unzip } from "../../deploy/unzip.ts";
import { loadAccessFile } from "../../lib/policy/load-access-file.ts";
import { TABLE_DEFINITION, TTL_ATTRIBUTE } from "../../lib/store/table.ts";
import { TIMEOUT_MS } from "../../local/functions.ts";

const ACCESS_FILE = "test/deploy/access-elsewhere.yml";
const directory = mkdtempSync(join(tmpdir(), "latchkey-package-"));
/** What was packaged, copied out of the project, which keeps a package of its own access.yml. */
const OUTPUT = join(directory, "output");
const TEMPLATES = ["create", "update"].map((name) =>
  join(OUTPUT, `cloudformation-template-${name}-stack.json`),
);

interface Resource {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: CloudFormation properties are any JSON
  readonly Properties: any;
  readonly [attribute: string]: unknown;
}

let packaged: { readonly status: number | null; readonly stdout: string; readonly stderr: string };
let resources: Readonly<Record<string, Resource>>;
let outputs: Readonly<Record<string, { readonly Value: unknown }>>;

beforeAll(() => {
  packaged = npmRunPackage(ACCESS_FILE);
  if (packaged.status !== 0) throw new Error(`${packaged.stdout}${packaged.stderr}`);
  cpSync(".serverless", OUTPUT, { recursive: true });
  ({ Resources: resources, Outputs: outputs } = JSON.parse(
    readFileSync(TEMPLATES[1] ?? "", "utf8"),
  ));
}, 120_000);

afterAll(() => {
  npmRunPackage("access.yml");
  rmSync(directory, { recursive: true });
}, 120_000);

describe("npm run package", () => {
  it("ends with the zips and their sizes", () => {
    for (const name of FUNCTION_NAMES) {
      const kilobytes = (statSync(zipOf(name)).size / 1024).toFixed(0);
      expect(packaged.stdout).toMatch(new RegExp(`\\.serverless/${name}\\.zip +${kilobytes} KB`));
    }
  });

  it("refuses an access.yml with problems and tells each with its line", () => {
    const file = join(directory, "wrong.yml");
    writeFileSync(file, `${readFileSync(ACCESS_FILE, "utf8")}    surprise: true\n`);
    const run = npmRunPackage(file);
    expect(run.status).toBe(1);
    expect(run.stderr).toMatch(/wrong\.yml:\d+:\d+ .*surprise/);
    expect(run.stderr).toMatch(/Nothing was packaged/);
  });

  it("leaves no stack trace around them where osls is called by itself", () => {
    const file = join(directory, "wrong-too.yml");
    writeFileSync(file, `${readFileSync(ACCESS_FILE, "utf8")}    surprise: true\n`);
    const run = spawnSync(
      process.execPath,
      ["node_modules/osls/bin/serverless.js", "package", "--package", join(directory, "p")],
      {
        encoding: "utf8",
        env: { PATH: process.env["PATH"], HOME: directory, ACCESS_FILE: file },
      },
    );
    const said = `${run.stdout}${run.stderr}`;
    expect(run.status).toBe(1);
    expect(said.match(/wrong-too\.yml:\d+:\d+ .*surprise/g)).toHaveLength(1);
    expect(said).not.toMatch(/^ +at /m);
  });

  it("refuses an access.yml that is not there", () => {
    const run = npmRunPackage(join(directory, "none.yml"));
    expect(run.status).toBe(1);
    expect(run.stderr).toMatch(/none\.yml/);
  });
});

describe("a zip", () => {
  it.each(FUNCTION_NAMES)("of %s loads in plain Node, with no node_modules beside it", (name) => {
    unpack(zipOf(name), join(directory, name));
    const file = join(directory, name, `functions/${name}.mjs`);
    const script = `import(${JSON.stringify(file)}).then((m) => console.log(typeof m.handler))`;
    const env = { TABLE_NAME: "latchkey-test", AWS_REGION: "us-east-2" };
    const run = spawnSync(process.execPath, ["-e", script], { encoding: "utf8", env });
    expect([run.stdout.trim(), run.stderr]).toEqual(["function", ""]);
  });

  it.each(FUNCTION_NAMES)("of %s holds that function's files alone", (name) => {
    for (const path of filesOf(name).keys())
      expect(path).toMatch(new RegExp(`^functions/${name}\\.`));
  });

  it.each(FUNCTION_NAMES)("of %s holds the policy it was packaged with, compiled", (name) => {
    const { hash } = loadAccessFile(ACCESS_FILE);
    expect(within(name, [hash, "ACCESS_FILE", "unrecognized_keys"])).toEqual([hash]);
  });

  it("of slack can write no access: none of that code is in it", () => {
    const words = ["AddUserToGroup", "RemoveUserFromGroup", "DescribeCluster", "system:masters"];
    expect(within("slack", words)).toEqual([]);
    expect(within("provision", words)).toEqual(words);
  });

  it("of watch can change nobody's membership: none of that code is in it", () => {
    expect(within("watch", ["AddUserToGroup", "RemoveUserFromGroup", "UpdateGroup"])).toEqual([]);
    expect(within("watch", ["GetGroup"])).toEqual(["GetGroup"]);
  });

  it("of slack holds no server, socket or OAuth flow of Bolt's", () => {
    expect(within("slack", ["SocketModeClient", "InstallProvider", "X-Powered-By"])).toEqual([]);
  });

  it("of slack answers a signed /access with the form, and a forged one not at all", async () => {
    const slack = await startPackagedSlack(zipOf("slack"));
    try {
      const { failure } = await slack.people.as("U0ADA").command("/access", "");
      expect(failure).toBeUndefined();
      expect(slack.calls.map(({ method, error }) => ({ method, error }))).toEqual([
        { method: "views.open", error: undefined },
      ]);
      const forged = await slack.people.send("command=%2Faccess", {
        headers: { "x-slack-signature": `v0=${"0".repeat(64)}` },
      });
      expect(forged.answer).toMatchObject({ statusCode: 401, body: "" });
    } finally {
      await slack.stop();
    }
  });
});

describe("the template's roles", () => {
  const LOGS = ["logs:CreateLogStream", "logs:PutLogEvents"];
  const TABLE = ["dynamodb:GetItem", "dynamodb:UpdateItem"];
  const CLUSTERS = ["eks:DescribeCluster", "sts:AssumeRole"];
  it.each([
    [
      "Slack",
      [
        ...[...LOGS, ...TABLE, "dynamodb:BatchGetItem", "dynamodb:PutItem", "dynamodb:Query"],
        ...["lambda:InvokeFunction", "ssm:GetParameter"],
      ],
    ],
    [
      "Provision",
      [
        ...[...LOGS, ...TABLE, ...CLUSTERS, "dynamodb:Query"],
        ...["eks:DescribeAccessEntry", "lambda:InvokeFunction"],
        ...["iam:AddUserToGroup", "iam:GetGroup", "iam:GetUser"],
      ],
    ],
    [
      "Revoke",
      [
        ...[...LOGS, ...TABLE, ...CLUSTERS, "dynamodb:Query"],
        ...["iam:GetGroup", "iam:RemoveUserFromGroup", "lambda:InvokeFunction"],
      ],
    ],
    [
      "Announce",
      [
        ...[...LOGS, ...TABLE, "dynamodb:BatchGetItem", "dynamodb:Query"],
        ...["lambda:InvokeFunction", "ssm:GetParameter"],
      ],
    ],
    [
      "Watch",
      [
        ...[...LOGS, ...CLUSTERS, "dynamodb:GetItem", "dynamodb:Query"],
        ...["iam:GetGroup", "lambda:InvokeFunction"],
      ],
    ],
  ])("give %s exactly what it needs", (name, actions) => {
    const role = resources[`${name}Role`];
    const policies: readonly { PolicyDocument: { Statement: readonly { Action: string[] }[] } }[] =
      role?.Properties.Policies;
    const allowed = policies.flatMap(({ PolicyDocument }) =>
      PolicyDocument.Statement.flatMap(({ Action }) => Action),
    );
    expect([...new Set(allowed)].sort()).toEqual(actions.toSorted());
    expect(role?.Properties.ManagedPolicyArns).toBeUndefined();
    expect(resources[`${name}LambdaFunction`]?.Properties.Role).toEqual({
      "Fn::GetAtt": [`${name}Role`, "Arn"],
    });
  });

  it("are all the roles and policies that there are", () => {
    expect(ofType(/^AWS::IAM::/).map(([id]) => id)).toEqual([
      "SlackRole",
      "ProvisionRole",
      "RevokeRole",
      "AnnounceRole",
      "WatchRole",
    ]);
  });

  it("can be assumed by Lambda alone", () => {
    for (const [, role] of ofType(/^AWS::IAM::Role$/)) {
      expect(role.Properties.AssumeRolePolicyDocument.Statement).toEqual([
        {
          Effect: "Allow",
          Principal: { Service: "lambda.amazonaws.com" },
          Action: "sts:AssumeRole",
        },
      ]);
    }
  });
});

describe("the template's table", () => {
  it("is the one that the store speaks to", () => {
    expect(resources["Table"]?.Properties).toMatchObject(TABLE_DEFINITION);
    expect(resources["Table"]?.Properties.TimeToLiveSpecification).toEqual({
      Enabled: true,
      AttributeName: TTL_ATTRIBUTE,
    });
  });

  it("is kept, backed up, encrypted and protected from deletion", () => {
    expect(resources["Table"]).toMatchObject({
      DeletionPolicy: "Retain",
      UpdateReplacePolicy: "Retain",
      Properties: {
        BillingMode: "PAY_PER_REQUEST",
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        SSESpecification: { SSEEnabled: true },
      },
    });
  });
});

describe("the template's functions", () => {
  it.each([
    ["slack", 10],
    ["provision", 75],
    ["revoke", 75],
    ["announce", 30],
    ["watch", 120],
  ] as const)("run %s on Node 24 and arm64 for at most %i seconds", (name, seconds) => {
    expect(functionOf(name)).toMatchObject({
      Runtime: "nodejs24.x",
      Architectures: ["arm64"],
      Timeout: seconds,
    });
  });

  it("may run as long on AWS as in the stack on this machine", () => {
    const timeouts = FUNCTION_NAMES.map((name) => [name, functionOf(name).Timeout * 1000]);
    expect(Object.fromEntries(timeouts)).toEqual(TIMEOUT_MS);
  });

  it("know of Slack's secrets only where they speak with Slack, and only the parameter's name", () => {
    const knowing = FUNCTION_NAMES.filter((name) => {
      const variables = functionOf(name).Environment.Variables;
      expect(Object.keys(variables)).toContain("TABLE_NAME");
      expect(Object.keys(variables).filter((key) => /TOKEN|SIGNING/.test(key))).toEqual([]);
      return variables.SLACK_SECRETS_PARAMETER !== undefined;
    });
    expect(knowing).toEqual(["slack", "announce"]);
  });

  it("name the functions that they may invoke as these are named", () => {
    for (const name of FUNCTION_NAMES) {
      const { FunctionName, Environment } = functionOf(name);
      expect(FunctionName).toBe(`latchkey-dev-${name}`);
      for (const worker of ["provision", "revoke", "announce"]) {
        const given = Environment.Variables[`${worker.toUpperCase()}_FUNCTION`];
        expect([undefined, `latchkey-dev-${worker}`]).toContain(given);
      }
    }
  });

  it("are woken every minute, watch every five, and an invoke that failed is not repeated", () => {
    const rules = ofType(/^AWS::Events::Rule$/).map(([, { Properties }]) => Properties);
    expect(rules).toHaveLength(4);
    for (const [name, rate] of [
      ["Provision", "rate(1 minute)"],
      ["Revoke", "rate(1 minute)"],
      ["Announce", "rate(1 minute)"],
      ["Watch", "rate(5 minutes)"],
    ] as const) {
      const woken = rules.filter((rule) =>
        JSON.stringify(rule.Targets).includes(`"${name}LambdaFunction"`),
      );
      expect(woken.map(({ ScheduleExpression, State }) => [ScheduleExpression, State])).toEqual([
        [rate, "ENABLED"],
      ]);
      expect(resources[`${name}LambdaEvConf`]?.Properties).toMatchObject({
        MaximumEventAgeInSeconds: 60,
        MaximumRetryAttempts: 0,
      });
    }
  });

  it("keep their logs for a year", () => {
    const groups = ofType(/^AWS::Logs::LogGroup$/).map(([, { Properties }]) => Properties);
    expect(groups.map(({ RetentionInDays }) => RetentionInDays)).toEqual(Array(5).fill(365));
  });
});

describe("the template's alarms", () => {
  const alarms = () => ofType(/^AWS::CloudWatch::Alarm$/).map(([, { Properties }]) => Properties);
  const dimension = (alarm: Resource["Properties"], name: string) =>
    alarm.Dimensions.find((each: { Name: string }) => each.Name === name)?.Value;

  it("are there for everything that must be seen", () => {
    const seen = alarms().map((alarm) => `${dimension(alarm, "function")} ${alarm.MetricName}`);
    expect(seen.sort()).toEqual([
      "announce heartbeat",
      "provision heartbeat",
      "revoke conflicts",
      "revoke endedLatenessSeconds",
      "revoke failures",
      "revoke heartbeat",
      "revoke oldestOverdueSeconds",
      "revoke poisonedRows",
      "watch drift",
      "watch heartbeat",
      "watch oldestOverdueSeconds",
      "watch stoppedSweeps",
    ]);
  });

  it("go by metrics of this stack that their functions publish", () => {
    for (const alarm of alarms()) {
      expect([alarm.Namespace, dimension(alarm, "service")]).toEqual(["Latchkey", "latchkey-dev"]);
      expect(functionOf("revoke").Environment.Variables.STACK_NAME).toBe("latchkey-dev");
      const name = alarm.MetricName;
      expect(within(dimension(alarm, "function"), [name])).toEqual([name]);
    }
  });

  it("go off where nobody measures, save for how late an end was", () => {
    const silent = alarms().filter(({ TreatMissingData }) => TreatMissingData !== "breaching");
    expect(silent.map(({ MetricName }) => MetricName)).toEqual(["endedLatenessSeconds"]);
    for (const alarm of alarms()) {
      if (alarm.MetricName !== "heartbeat") continue;
      expect(alarm).toMatchObject({ ComparisonOperator: "LessThanThreshold", Threshold: 1 });
    }
  });

  it("say what they mean and what to do first", () => {
    for (const { AlarmDescription } of alarms()) {
      expect(AlarmDescription).toMatch(/\. .*\.$/);
      expect(AlarmDescription.length).toBeLessThanOrEqual(1024);
    }
  });

  it("tell nobody unless a topic is named", () => {
    for (const alarm of alarms()) expect(alarm.AlarmActions).toBeUndefined();
    const topic = "arn:aws:sns:us-east-2:111122223333:latchkey-alarms";
    for (const alarm of Object.values(alarmsOf("latchkey-dev", topic))) {
      expect(alarm).toMatchObject({ Properties: { AlarmActions: [topic], OKActions: [topic] } });
    }
  });
});

describe("the template's address for Slack", () => {
  it("takes one route, throttled, and is an output", () => {
    expect(ofType(/::Route$/).map(([, { Properties }]) => Properties.RouteKey)).toEqual([
      "POST /slack/events",
    ]);
    expect(resources["HttpApiStage"]?.Properties.DefaultRouteSettings).toEqual({
      ThrottlingRateLimit: 20,
      ThrottlingBurstLimit: 40,
    });
    expect(JSON.stringify(outputs["SlackRequestUrl"]?.Value)).toMatch(/HttpApi.*\/slack\/events/);
  });
});

describe("cfn-lint", () => {
  const present = spawnSync("cfn-lint", ["--version"]).status === 0;
  if (!present) {
    console.warn(
      "SKIPPED: cfn-lint is not here (pip install cfn-lint); the template is not linted",
    );
  }
  // Skipped only where the machine has no cfn-lint, which is Python's; CI installs it.
  (present ? it : it.skip)(
    "accepts the templates",
    () => {
      const run = spawnSync("cfn-lint", TEMPLATES, { encoding: "utf8" });
      expect([run.status, run.stdout]).toEqual([0, ""]);
    },
    120_000,
  );
});

/** Without credentials, region, or a home to find them in. */
function npmRunPackage(accessFile: string) {
  return spawnSync(process.execPath, ["scripts/package.ts"], {
    encoding: "utf8",
    env: { PATH: process.env["PATH"], HOME: directory, ACCESS_FILE: resolve(accessFile) },
  });
}

function zipOf(name: string): string {
  return join(OUTPUT, `${name}.zip`);
}

function filesOf(name: string): ReadonlyMap<string, Buffer> {
  return unzip(readFileSync(zipOf(name)));
}

/** Those of `words` that are somewhere in a function's code. */
function within(name: string, words: readonly string[]): readonly string[] {
  const files = [...filesOf(name).values()];
  return words.filter((word) => files.some((bytes) => bytes.includes(word)));
}

function ofType(type: RegExp): readonly (readonly [string, Resource])[] {
  return Object.entries(resources).filter(([, resource]) => type.test(resource.Type));
}

function functionOf(name: string): Resource["Properties"] {
  const id = `${name.charAt(0).toUpperCase()}${name.slice(1)}LambdaFunction`;
  return resources[id]?.Properties;
}
