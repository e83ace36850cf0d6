// CloudWatch's DescribeAlarms: the alarms of a stack, in the state that somebody put them in. Nothing is measured.

import type { Caller } from "./callers.ts";
import {
  awsError,
  jsonAnswer,
  jsonVocabulary,
  type Operation,
  refuseInJson,
  type Service,
} from "./wire.ts";

export interface AlarmSeed {
  readonly name: string;
  readonly description?: string;
  readonly state?: "OK" | "ALARM" | "INSUFFICIENT_DATA";
  /** ARNs of who is told, as of an SNS topic. */
  readonly actions?: readonly string[];
  /** Whether they are told at all; true unless said. */
  readonly isEnabled?: boolean;
}

export interface CloudwatchOptions {
  readonly account: string;
  readonly region: string;
  readonly alarms: ReadonlyMap<string, AlarmSeed>;
}

interface Asked {
  readonly AlarmNames?: readonly string[];
  readonly AlarmNamePrefix?: string;
  readonly MaxRecords?: number;
  readonly NextToken?: string;
}

const JSON_1_0 = "application/x-amz-json-1.0";

export function createCloudwatch(options: CloudwatchOptions): Service<Caller> {
  return {
    name: "monitoring",
    vocabulary: jsonVocabulary(400, "Throttling"),
    refuse: refuseInJson,
    read(request): Operation {
      const target = request.headers["x-amz-target"] ?? "";
      if (target !== "GraniteServiceVersion20100801.DescribeAlarms") {
        const message = `This local CloudWatch does not offer ${target}`;
        throw awsError("UnknownOperationException", message, 400);
      }
      const asked = JSON.parse(request.body.toString("utf8")) as Asked;
      const { account, region } = options;
      const resource = `arn:aws:cloudwatch:${region}:${account}:alarm:*`;
      return {
        action: "DescribeAlarms",
        needs: [{ action: "cloudwatch:DescribeAlarms", resource }],
        run: (requestId) =>
          jsonAnswer(
            200,
            describeAlarms(options, asked),
            { "x-amzn-requestid": requestId },
            JSON_1_0,
          ),
      };
    },
  };
}

/** By name, a page at a time: MaxRecords of them, 50 unless told; NextToken is the last name given. */
function describeAlarms({ account, region, alarms }: CloudwatchOptions, asked: Asked): object {
  const { AlarmNames, AlarmNamePrefix = "", MaxRecords = 50, NextToken = "" } = asked;
  const rest = [...alarms.values()]
    .filter(({ name }) => AlarmNames?.includes(name) ?? name.startsWith(AlarmNamePrefix))
    .filter(({ name }) => name > NextToken)
    .sort((one, other) => (one.name < other.name ? -1 : 1));
  const page = rest.slice(0, MaxRecords);
  return {
    MetricAlarms: page.map(
      ({ name, description, state = "OK", actions = [], isEnabled = true }) => ({
        AlarmName: name,
        AlarmArn: `arn:aws:cloudwatch:${region}:${account}:alarm:${name}`,
        AlarmDescription: description,
        ActionsEnabled: isEnabled,
        AlarmActions: actions,
        OKActions: actions,
        InsufficientDataActions: [],
        StateValue: state,
      }),
    ),
    CompositeAlarms: [],
    ...(rest.length > page.length && { NextToken: page.at(-1)?.name }),
  };
}
