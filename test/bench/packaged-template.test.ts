// What is read out of the packaged template for the bill.

import { describe, expect, it } from "@jest/globals";
import { readTemplate } from "../../bench/packaged-template.ts";
import { FUNCTION_NAMES } from "../../deploy/roles.ts";

const capital = (name: string) => `${name[0]?.toUpperCase()}${name.slice(1)}`;

/** A template of five functions with what a test is about beside them. */
function template(others: Readonly<Record<string, { Type: string; Properties?: object }>> = {}) {
  const functions = FUNCTION_NAMES.map((name) => [
    `${capital(name)}LambdaFunction`,
    {
      Type: "AWS::Lambda::Function",
      Properties: { FunctionName: `latchkey-dev-${name}`, MemorySize: 512, Timeout: 75 },
    },
  ]);
  return { Resources: { ...Object.fromEntries(functions), ...others } };
}

function rule(schedule: string, functionId: string) {
  const Targets = [{ Arn: { "Fn::GetAtt": [functionId, "Arn"] }, Id: "target" }];
  return {
    Type: "AWS::Events::Rule",
    Properties: { ScheduleExpression: schedule, Targets },
  };
}

describe("the packaged template", () => {
  it("says how much memory each function has, and how long each may run", () => {
    const { memoryGb, timeoutSeconds } = readTemplate(template());
    expect(memoryGb.revoke).toBe(0.5);
    expect(timeoutSeconds.revoke).toBe(75);
  });

  it("says how often the schedule wakes each", () => {
    const { wokenPerMinute } = readTemplate(
      template({
        One: rule("rate(1 minute)", "RevokeLambdaFunction"),
        Other: rule("rate(5 minutes)", "WatchLambdaFunction"),
      }),
    );
    expect(wokenPerMinute).toEqual({ slack: 0, provision: 0, announce: 0, revoke: 1, watch: 0.2 });
  });

  it("refuses a schedule that it cannot read", () => {
    const odd = template({ One: rule("cron(0 9 * * ? *)", "RevokeLambdaFunction") });
    expect(() => readTemplate(odd)).toThrow(/cron/);
  });

  it("counts alarms by the metrics that they look at", () => {
    const alarm = (Properties: object) => ({ Type: "AWS::CloudWatch::Alarm", Properties });
    const { alarms } = readTemplate(
      template({
        One: alarm({ MetricName: "heartbeat" }),
        Reckoned: alarm({
          Metrics: [{ Id: "a", MetricStat: {} }, { Id: "b", MetricStat: {} }, { Id: "sum" }],
        }),
      }),
    );
    expect(alarms).toBe(3);
  });

  it("names the kinds of resources of whose price it knows nothing", () => {
    const { unknown } = readTemplate(template({ Gate: { Type: "AWS::EC2::NatGateway" } }));
    expect(unknown).toEqual(["AWS::EC2::NatGateway"]);
  });
});
