// `npm run package`, run for real without account or network: the zips, what is in them, and the template.

import { spawnSync } from "node:child_process";
import { cpSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { startPackagedSlack, unpack } from "../../bench/packaged-slack.ts";
import { alarms as alarmsOf } from "../../deploy/alarms.ts";
import { FUNCTION_NAMES } from "../../deploy/roles.ts";
import { unzip } from "../../deploy/unzip.ts";
import { loadAccessFile } from "../../lib/policy/load-access-file.ts";
import { TABLE_DEFINITION, TTL_ATTRIBUTE } from "../../lib/store/table.ts";
import { TIMEOUT_MS } from "../../local/functions.ts";
import { copyProject, type Resource, type Template } from "./project-copy.ts";
import { resolveIn } from "./resolve-template.ts";

const ACCESS_FILE = "test/deploy/access-elsewhere.yml";
const project = copyProject();
/** What was packaged, out of the way of what is packaged later. */
const OUTPUT = join(project.home, "output");
const TEMPLATES = ["create", "update"].map((name) =>
  join(OUTPUT, `cloudformation-template-${name}-stack.json`),
);

let packaged: ReturnType<typeof project.npmRunPackage>;
let resources: Template["Resources"];
let outputs: Template["Outputs"];

/** What may stand in the environment of whoever packages, and belongs into nothing that is deployed. */
const SECRETS = {
  SLACK_SIGNING_SECRET: "canary-signing-secret",
  SLACK_BOT_TOKEN: "xoxb-canary-bot-token",
  AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
  AWS_SECRET_ACCESS_KEY: "canary-secret-access-key",
  AWS_SESSION_TOKEN: "canary-session-token",
};

beforeAll(() => {
  packaged = project.npmRunPackage(ACCESS_FILE, SECRETS);
  if (packaged.status !== 0) throw new Error(`${packaged.stdout}${packaged.stderr}`);
  cpSync(project.output, OUTPUT, { recursive: true });
  ({ Resources: resources, Outputs: outputs } = project.template());
}, 120_000);

afterAll(() => project.remove());

describe("npm run package", () => {
  it("ends with the zips and their sizes", () => {
    for (const name of FUNCTION_NAMES) {
      const kilobytes = (statSync(zipOf(name)).size / 1024).toFixed(0);
      expect(packaged.stdout).toMatch(new RegExp(`\\.serverless/${name}\\.zip +${kilobytes} KB`));
    }
  });

  // Who deploys by `osls` is stopped at another account; who takes the package elsewhere can read it here.
  it("says for which account it is", () => {
    expect(packaged.stdout).toContain("It is for the AWS account 111122223333.");
  });

  it("refuses an access.yml with problems and tells each with its line", () => {
    const file = join(project.home, "wrong.yml");
    writeFileSync(file, `${readFileSync(ACCESS_FILE, "utf8")}    surprise: true\n`);
    const run = project.npmRunPackage(file);
    expect(run.status).toBe(1);
    expect(run.stderr).toMatch(/wrong\.yml:\d+:\d+ .*surprise/);
    expect(run.stderr).toMatch(/Nothing was packaged/);
  });

  it("leaves no stack trace around them where osls is called by itself", () => {
    const file = join(project.home, "wrong-too.yml");
    writeFileSync(file, `${readFileSync(ACCESS_FILE, "utf8")}    surprise: true\n`);
    const run = project.osls(file, "package");
    const said = `${run.stdout}${run.stderr}`;
    expect(run.status).toBe(1);
    expect(said.match(/wrong-too\.yml:\d+:\d+ .*surprise/g)).toHaveLength(1);
    expect(said).not.toMatch(/^ +at /m);
  });

  it("refuses an access.yml that is not there", () => {
    const run = project.npmRunPackage(join(project.home, "none.yml"));
    expect(run.status).toBe(1);
    expect(run.stderr).toMatch(/none\.yml/);
  });
});

describe("a zip", () => {
  it.each(FUNCTION_NAMES)("of %s loads in plain Node, with no node_modules beside it", (name) => {
    unpack(zipOf(name), join(project.home, name));
    const file = join(project.home, name, `functions/${name}.mjs`);
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

  it.each(FUNCTION_NAMES)(
    "of %s holds nothing that traces: what a trace tells is Lambda's own",
    (name) => {
      expect(within(name, ["AWS_XRAY_DAEMON_ADDRESS", "aws-xray-sdk", "opentelemetry"])).toEqual(
        [],
      );
    },
  );

  it("of slack holds no server, socket or OAuth flow of Bolt's", () => {
    expect(within("slack", ["SocketModeClient", "InstallProvider", "X-Powered-By"])).toEqual([]);
  });

  it("of slack holds nothing of Powertools, which it would have to load before it answers", () => {
    const words = ["POWERTOOLS_LOGGER_LOG_EVENT", "POWERTOOLS_METRICS_NAMESPACE"];
    const holding = FUNCTION_NAMES.map((name) => [name, within(name, words)]);
    const { slack, ...workers } = Object.fromEntries(holding);
    expect(slack).toEqual([]);
    expect(Object.values(workers)).toEqual(Array(4).fill(words));
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

// What they allow is held against docs/security.md in least-power.test.ts.
describe("the template's roles", () => {
  it.each(FUNCTION_NAMES)("are one each: %s has its own", (name) => {
    const id = `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
    expect(functionOf(name).Role).toEqual({ "Fn::GetAtt": [`${id}Role`, "Arn"] });
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

describe("the template's doors", () => {
  const PLACE = { partition: "aws", region: "us-east-2", account: "111122223333" };
  const HERE = "us-east-2:111122223333";
  const resolved = (value: unknown) =>
    resolveIn({ Resources: resources, Outputs: outputs }, PLACE, value);

  it("are let in to by this stack's schedules and its one route, and by nobody else", () => {
    const permissions = ofType(/^AWS::Lambda::Permission$/).map(([, { Properties }]) => {
      const { FunctionName, SourceArn, ...rest } = Properties;
      return { ...rest, to: FunctionName["Fn::GetAtt"][0], from: resolved(SourceArn) };
    });
    const schedule = (name: string) => ({
      Action: "lambda:InvokeFunction",
      Principal: "events.amazonaws.com",
      to: `${name}LambdaFunction`,
      from: `arn:aws:events:${HERE}:rule/latchkey-dev-${name.toLowerCase()}-rule-1`,
    });
    expect(permissions).toEqual([
      ...["Provision", "Revoke", "Announce", "Watch"].map(schedule),
      {
        Action: "lambda:InvokeFunction",
        Principal: "apigateway.amazonaws.com",
        to: "SlackLambdaFunction",
        from: `arn:aws:execute-api:${HERE}:HttpApi/*`,
      },
    ]);
    const rules = ofType(/^AWS::Events::Rule$/).map(([, { Properties }]) => Properties.Name);
    expect(rules).toEqual(
      ["provision", "revoke", "announce", "watch"].map((name) => `latchkey-dev-${name}-rule-1`),
    );
  });

  // No function URL, no policy of a queue or a table, nothing else that lets somebody in.
  it("are all that there is: the template holds these kinds of things, and no other", () => {
    expect([...new Set(Object.values(resources).map(({ Type }) => Type))].sort()).toEqual([
      "AWS::ApiGatewayV2::Api",
      "AWS::ApiGatewayV2::Integration",
      "AWS::ApiGatewayV2::Route",
      "AWS::ApiGatewayV2::Stage",
      "AWS::CloudWatch::Alarm",
      "AWS::CloudWatch::Dashboard",
      "AWS::DynamoDB::Table",
      "AWS::Events::Rule",
      "AWS::IAM::Role",
      "AWS::Lambda::EventInvokeConfig",
      "AWS::Lambda::Function",
      "AWS::Lambda::Permission",
      "AWS::Logs::LogGroup",
      "AWS::S3::Bucket",
      "AWS::S3::BucketPolicy",
      "AWS::SQS::Queue",
    ]);
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

  // What refers to it would have to be made after it: nothing may, or the template goes round in circles.
  it("is made after every function, so that a first deployment that fails leaves none behind", () => {
    expect(resources["Table"]?.["DependsOn"]).toEqual(
      ofType(/^AWS::Lambda::Function$/).map(([id]) => id),
    );
    const { Table: _, ...others } = resources;
    expect(JSON.stringify(others)).not.toMatch(/"Ref":"Table"|"Table\.Arn"|\["Table",/);
    for (const name of FUNCTION_NAMES) {
      expect(functionOf(name).Environment.Variables.TABLE_NAME).toBe(
        resources["Table"]?.Properties.TableName,
      );
    }
  });

  it("is kept, backed up and protected from deletion", () => {
    expect(resources["Table"]).toMatchObject({
      DeletionPolicy: "Retain",
      UpdateReplacePolicy: "Retain",
      Properties: {
        BillingMode: "PAY_PER_REQUEST",
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      },
    });
  });

  // Every table is encrypted; where nothing is said, under a key of DynamoDB's own, which costs nothing and
  // asks nothing of KMS (DynamoDB API Reference, "SSESpecification").
  it("says nothing of a key, and so needs none of KMS's", () => {
    expect(resources["Table"]?.Properties).not.toHaveProperty("SSESpecification");
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

  it("hold no secret that stood in the environment of whoever packaged them, nor fetch one as they are deployed", () => {
    const code = FUNCTION_NAMES.flatMap((name) => [...filesOf(name).values()]);
    const others = readdirSync(OUTPUT).filter((file) => !file.endsWith(".zip"));
    const all = [...code, ...others.map((file) => readFileSync(join(OUTPUT, file)))].join("\n");
    expect(all).toContain("SLACK_SECRETS_PARAMETER");
    expect(Object.values(SECRETS).filter((secret) => all.includes(secret))).toEqual([]);
    expect(all).not.toContain("{{resolve:");
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
    // The next minute comes by itself: a run that comes late does nobody any good.
    expect(rules.flatMap(({ Targets }) => Targets).map(({ RetryPolicy }) => RetryPolicy)).toEqual(
      Array(4).fill({ MaximumEventAgeInSeconds: 60, MaximumRetryAttempts: 2 }),
    );
  });

  it("lie in a bucket that nobody else can read", () => {
    expect(
      resources["ServerlessDeploymentBucket"]?.Properties["PublicAccessBlockConfiguration"],
    ).toEqual({
      BlockPublicAcls: true,
      BlockPublicPolicy: true,
      IgnorePublicAcls: true,
      RestrictPublicBuckets: true,
    });
  });

  it("keep room for revoke alone, which nothing else in the account can take", () => {
    const reserved = FUNCTION_NAMES.map((name) => functionOf(name).ReservedConcurrentExecutions);
    expect(Object.fromEntries(FUNCTION_NAMES.map((name, at) => [name, reserved[at]]))).toEqual({
      revoke: 5,
    });
  });

  it("write no traces", () => {
    for (const name of FUNCTION_NAMES) expect(functionOf(name).TracingConfig).toBeUndefined();
    expect(JSON.stringify(resources)).not.toContain("xray:");
  });

  it("keep their logs for a year", () => {
    const groups = ofType(/^AWS::Logs::LogGroup$/).map(([, { Properties }]) => Properties);
    expect(groups.map(({ RetentionInDays }) => RetentionInDays)).toEqual(Array(5).fill(365));
  });
});

describe("the template's queue of failed runs", () => {
  it("takes what fails of every function that is not waited for", () => {
    const configs = ofType(/^AWS::Lambda::EventInvokeConfig$/);
    expect(configs.map(([id]) => id)).toEqual([
      "ProvisionLambdaEvConf",
      "RevokeLambdaEvConf",
      "AnnounceLambdaEvConf",
      "WatchLambdaEvConf",
    ]);
    for (const [, { Properties }] of configs) {
      expect(Properties.DestinationConfig).toEqual({
        OnFailure: { Destination: { "Fn::GetAtt": ["FailedQueue", "Arn"] } },
      });
    }
  });

  it("is encrypted, and keeps them for 14 days", () => {
    expect(resources["FailedQueue"]?.Properties).toEqual({
      QueueName: "latchkey-dev-failed",
      MessageRetentionPeriod: 14 * 24 * 3600,
      SqsManagedSseEnabled: true,
    });
  });

  it("raises an alarm while anything is in it", () => {
    expect(resources["FailedRunsAlarm"]?.Properties).toMatchObject({
      Namespace: "AWS/SQS",
      MetricName: "ApproximateNumberOfMessagesVisible",
      Dimensions: [{ Name: "QueueName", Value: "latchkey-dev-failed" }],
      ComparisonOperator: "GreaterThanThreshold",
      Threshold: 0,
      TreatMissingData: "notBreaching",
    });
  });
});

describe("the template's alarms", () => {
  const all = () => ofType(/^AWS::CloudWatch::Alarm$/).map(([, { Properties }]) => Properties);
  /** Those that go by what the functions publish. */
  const alarms = () => all().filter(({ Namespace }) => Namespace === "Latchkey");
  const dimension = (alarm: Resource["Properties"], name: string) =>
    alarm.Dimensions.find((each: { Name: string }) => each.Name === name)?.Value;

  it("are there for everything that must be seen", () => {
    const seen = alarms().map((alarm) => `${dimension(alarm, "function")} ${alarm.MetricName}`);
    expect(seen.sort()).toEqual([
      "announce heartbeat",
      "announce oldestUntoldSeconds",
      "provision heartbeat",
      "revoke conflicts",
      "revoke endedLatenessSeconds",
      "revoke heartbeat",
      "revoke oldestOverdueSeconds",
      "revoke overdue",
      "revoke poisonedRows",
      "slack refusedRequests",
      "watch drift",
      "watch heartbeat",
      "watch oldestOverdueSeconds",
      "watch stoppedSweeps",
    ]);
  });

  it("go off where Slack is answered with errors, also by the gateway alone", () => {
    expect(resources["HttpApi"]?.Type).toBe("AWS::ApiGatewayV2::Api");
    expect(resources["SlackErrorsAlarm"]?.Properties).toMatchObject({
      Namespace: "AWS/ApiGateway",
      MetricName: "5xx",
      Dimensions: [{ Name: "ApiId", Value: { Ref: "HttpApi" } }],
      Statistic: "Sum",
      ComparisonOperator: "GreaterThanThreshold",
      TreatMissingData: "notBreaching",
    });
  });

  it("go by metrics of this stack that their functions publish", () => {
    for (const alarm of alarms()) {
      expect([alarm.Namespace, dimension(alarm, "service")]).toEqual(["Latchkey", "latchkey-dev"]);
      expect(functionOf("revoke").Environment.Variables.STACK_NAME).toBe("latchkey-dev");
      const name = alarm.MetricName;
      expect(within(dimension(alarm, "function"), [name])).toEqual([name]);
    }
  });

  /** What CloudWatch makes of a period's figures. */
  const isOn = (
    { Statistic, ComparisonOperator, Threshold }: Resource["Properties"],
    of: number[],
  ) => {
    const by: Record<string, () => number> = {
      Sum: () => of.reduce((sum, figure) => sum + figure, 0),
      Maximum: () => Math.max(...of),
      Minimum: () => Math.min(...of),
    };
    const value = by[Statistic]?.() ?? Number.NaN;
    return ComparisonOperator === "GreaterThanThreshold" ? value > Threshold : value < Threshold;
  };

  it.each([
    // The figures of so many seconds at which it is off, and at which it is on.
    ["RevokeHeartbeat", 300, [0, 1, 0], []],
    ["ProvisionHeartbeat", 300, [0, 1, 0], []],
    ["AnnounceHeartbeat", 300, [0, 1, 0], []],
    ["WatchHeartbeat", 900, [0, 1, 0], []],
    ["RevokeOverdue", 300, [0, 300], [0, 301]],
    ["RevokeLateness", 300, [1, 120], [1, 121]],
    ["RevokeStuck", 300, [2, 0, 2], [2, 1, 2]],
    ["RevokePoisonedRows", 300, [0, 0], [0, 1]],
    ["AnnounceUntold", 1_200, [0, 600], [0, 601]],
    ["WatchOverdue", 600, [0, 300], [0, 301]],
    ["WatchDrift", 600, [0, 0], [0, 1]],
    ["WatchStoppedSweeps", 600, [0, 0], [0, 1]],
    ["SlackErrors", 900, [1, 0], [1, 1]],
    ["SlackRefused", 900, [1, 1], [1, 1, 1]],
    ["FailedRuns", 300, [0, 0], [0, 1]],
  ] as [string, number, number[], number[]][])(
    "has %s off and on by the figures of %d seconds",
    (name, seconds, off, on) => {
      const alarm = resources[`${name}Alarm`]?.Properties;
      expect([alarm?.["Period"], alarm?.["EvaluationPeriods"]]).toEqual([seconds, 1]);
      expect([isOn(alarm, off), isOn(alarm, on)]).toEqual([false, true]);
    },
  );

  it("has RevokeConflicts on where it is too much for a quarter of an hour", () => {
    const alarm = resources["RevokeConflictsAlarm"]?.Properties;
    expect([alarm?.["Period"], alarm?.["EvaluationPeriods"]]).toEqual([300, 3]);
    expect([isOn(alarm, [25, 25]), isOn(alarm, [25, 26])]).toEqual([false, true]);
    expect(all()).toHaveLength(16);
  });

  it("go off where nobody measures, save for what may well not happen at all", () => {
    const silent = alarms().filter(({ TreatMissingData }) => TreatMissingData !== "breaching");
    expect(silent.map(({ MetricName }) => MetricName)).toEqual([
      "endedLatenessSeconds",
      "refusedRequests",
    ]);
    for (const alarm of alarms()) {
      if (alarm.MetricName !== "heartbeat") continue;
      expect(alarm).toMatchObject({ ComparisonOperator: "LessThanThreshold", Threshold: 1 });
    }
  });

  it("say what they mean and what to do first", () => {
    for (const { AlarmDescription } of all()) {
      expect(AlarmDescription).toMatch(/\. .*\.$/);
      expect(AlarmDescription.length).toBeLessThanOrEqual(1024);
    }
  });

  it("tell nobody unless a topic is named", () => {
    for (const alarm of all()) expect(alarm.AlarmActions).toBeUndefined();
    const topic = "arn:aws:sns:us-east-2:111122223333:latchkey-alarms";
    for (const alarm of Object.values(alarmsOf("latchkey-dev", topic))) {
      expect(alarm).toMatchObject({ Properties: { AlarmActions: [topic], OKActions: [topic] } });
    }
  });
});

describe("the template's dashboard", () => {
  it("draws metrics of this stack that their functions publish", () => {
    const [dashboard, ...others] = ofType(/^AWS::CloudWatch::Dashboard$/);
    expect(others).toEqual([]);
    const body = JSON.parse(dashboard?.[1].Properties.DashboardBody["Fn::Sub"]);
    const drawn = body.widgets.flatMap(
      ({ properties }: { properties: { metrics: string[][] } }) => properties.metrics,
    );
    expect(drawn.length).toBeGreaterThan(20);
    for (const [, metric = "", , service, , name = ""] of drawn) {
      expect([service, ...within(name, [metric])]).toEqual(["latchkey-dev", metric]);
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

describe("a package with other parameters", () => {
  const params = ["tracing=true", "logRetentionDays=30", "revokeConcurrency=none"];
  let changed: Template;
  beforeAll(() => {
    const given = params.flatMap((param) => ["--param", param]);
    const run = project.osls(ACCESS_FILE, "package", ...given);
    if (run.status !== 0) throw new Error(`${run.stdout}${run.stderr}`);
    changed = project.template();
  }, 120_000);
  const propertiesOf = (type: string) =>
    Object.values(changed.Resources).flatMap((each) => (each.Type === type ? each.Properties : []));

  it("has every function traced, and lets each of them write its traces", () => {
    const configs = propertiesOf("AWS::Lambda::Function").map((each) => each.TracingConfig);
    expect(configs).toEqual(Array(5).fill({ Mode: "Active" }));
    const roles = propertiesOf("AWS::IAM::Role").map((each) => JSON.stringify(each));
    expect(roles.filter((role) => role.includes("xray:PutTraceSegments"))).toHaveLength(5);
  });

  it("keeps every log for as long as it is told", () => {
    const days = propertiesOf("AWS::Logs::LogGroup").map((each) => each.RetentionInDays);
    expect(days).toEqual(Array(5).fill(30));
  });

  it("keeps no room for revoke where there is none to keep", () => {
    const reserved = propertiesOf("AWS::Lambda::Function").flatMap(
      (each) => each.ReservedConcurrentExecutions ?? [],
    );
    expect(reserved).toEqual([{ Ref: "AWS::NoValue" }]);
  });
});

describe("parameters", () => {
  /** serverless.yml with all its variables resolved, as osls packages it. */
  const printed = (...params: readonly string[]) => {
    const args = params.flatMap((param) => ["--param", param]);
    return project.osls(ACCESS_FILE, "print", "--format", "json", ...args);
  };

  it("leave alarms and dashboard out, and the room for revoke, and have traces written", () => {
    const run = printed(
      "alarms=false",
      "dashboard=false",
      "revokeConcurrency=none",
      "tracing=true",
    );
    const { provider, functions, resources: made } = JSON.parse(run.stdout);
    expect(Object.keys(made.Resources).filter((id) => /Alarm$|^Dashboard$/.test(id))).toEqual([]);
    expect(functions.revoke.reservedConcurrency).toEqual({ Ref: "AWS::NoValue" });
    expect(provider.tracing).toEqual({ lambda: true });
    expect(JSON.stringify(made.Resources.SlackRole)).toMatch(/xray:PutTraceSegments/);
  });

  it("tell an alarm's topic, and how much room revoke has", () => {
    const topic = "arn:aws:sns:us-east-2:111122223333:latchkey-alarms";
    const run = printed(`alarmTopic=${topic}`, "revokeConcurrency=7");
    const { functions, resources: made } = JSON.parse(run.stdout);
    expect(made.Resources.RevokeHeartbeatAlarm.Properties.AlarmActions).toEqual([topic]);
    expect(made.Resources.Dashboard.Type).toBe("AWS::CloudWatch::Dashboard");
    expect(functions.revoke.reservedConcurrency).toBe(7);
  });

  it.each([
    ["revokeConcurrency=0", "a number from 1, or none"], // with 0 it would never run
    ["revokeConcurrency=many", "a number from 1, or none"],
    ["tracing=yes", "true or false"],
    ["alarms=no", "true or false"],
  ])("are refused where they make no sense, %s, with what to write", (param, words) => {
    const run = printed(param);
    expect(run.status).toBe(1);
    expect(`${run.stdout}${run.stderr}`).toContain(
      `The parameter ${param.replace("=", ' is "')}". Write ${words}.`,
    );
  });
});

describe("a parameter that is not there", () => {
  it.each([
    ["revokeConcurency=none", 'Did you mean "revokeConcurrency"?'],
    ["colour=green", "The parameters: slackSecretsParameter, logRetentionDays,"],
  ])("is refused, %s, with what there is", (param, words) => {
    const [name] = param.split("=");
    const run = project.osls(ACCESS_FILE, "print", "--param", param);
    expect(run.status).toBe(1);
    expect(`${run.stdout}${run.stderr}`).toContain(`There is no parameter "${name}". ${words}`);
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
