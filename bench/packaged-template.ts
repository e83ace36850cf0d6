// What the packaged CloudFormation template says that costs by the month: functions, schedules, alarms, the log.

import { FUNCTION_NAMES, type FunctionName } from "../deploy/roles.ts";

export interface PackagedTemplate {
  readonly memoryGb: Readonly<Record<FunctionName, number>>;
  readonly timeoutSeconds: Readonly<Record<FunctionName, number>>;
  /** How often a minute the schedule wakes each; 0 where it does not. */
  readonly wokenPerMinute: Readonly<Record<FunctionName, number>>;
  /** By the metrics that they look at. */
  readonly alarms: number;
  readonly dashboards: number;
  readonly logRetentionDays: number;
  /** Kinds of resources that may have a price of which nothing here knows. */
  readonly unknown: readonly string[];
}

interface Resource {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: CloudFormation properties are any JSON
  readonly Properties?: any;
}

interface Template {
  readonly Resources: Readonly<Record<string, Resource>>;
}

/** Kinds that cost nothing by being there, or whose use is measured. */
const KNOWN = new Set([
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
  // The zips, some MB: a hundredth of a cent.
  "AWS::S3::Bucket",
  "AWS::S3::BucketPolicy",
  // It takes events that a function failed at: none, as long as all is well.
  "AWS::SQS::Queue",
  "AWS::SQS::QueuePolicy",
]);

/** @throws Error where a function, or a schedule's rate, is not as expected. */
export function readTemplate({ Resources }: Template): PackagedTemplate {
  const of = (type: string) =>
    Object.entries(Resources).filter(([, resource]) => resource.Type === type);
  const functions = of("AWS::Lambda::Function");
  const perFunction = (value: (logicalId: string, resource: Resource) => number) =>
    Object.fromEntries(
      FUNCTION_NAMES.map((name) => {
        const found = functions.find(([, { Properties }]) =>
          String(Properties.FunctionName).endsWith(`-${name}`),
        );
        if (found === undefined) throw new Error(`the template has no function ${name}`);
        return [name, value(...found)];
      }),
    ) as Record<FunctionName, number>;
  const rules = of("AWS::Events::Rule").map(([, rule]) => rule.Properties);
  const retention = of("AWS::Logs::LogGroup").map(([, { Properties }]) =>
    Number(Properties.RetentionInDays),
  );
  const types = new Set(Object.values(Resources).map(({ Type }) => Type));
  return {
    memoryGb: perFunction((_, { Properties }) => Properties.MemorySize / 1024),
    timeoutSeconds: perFunction((_, { Properties }) => Properties.Timeout),
    wokenPerMinute: perFunction((logicalId) =>
      rules
        .filter(({ Targets }) => JSON.stringify(Targets).includes(`"${logicalId}"`))
        .reduce((sum, { ScheduleExpression }) => sum + perMinute(ScheduleExpression), 0),
    ),
    alarms: of("AWS::CloudWatch::Alarm").reduce(
      (sum, [, { Properties }]) => sum + metricsOf(Properties),
      0,
    ),
    dashboards: of("AWS::CloudWatch::Dashboard").length,
    logRetentionDays: Math.max(0, ...retention),
    unknown: [...types].filter((type) => !KNOWN.has(type)).sort(),
  };
}

function perMinute(schedule: string): number {
  const minutes = /^rate\((\d+) minutes?\)$/.exec(schedule)?.[1];
  if (minutes === undefined) throw new Error(`nobody has said how often ${schedule} is`);
  return 1 / Number(minutes);
}

/** An alarm costs by the metrics that it looks at: its own one, or those that its arithmetic is about. */
function metricsOf({
  Metrics,
}: {
  readonly Metrics?: readonly { MetricStat?: unknown }[];
}): number {
  return Metrics?.filter(({ MetricStat }) => MetricStat !== undefined).length ?? 1;
}
