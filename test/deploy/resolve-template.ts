// Completes what a CloudFormation template leaves open, as a deployment would: references, names, ARNs, joined texts.

import type { Template } from "./project-copy.ts";

/** Where the template is deployed. */
export interface Place {
  readonly partition: string;
  readonly region: string;
  readonly account: string;
}

/** `value` of the template with its intrinsic functions carried out. @throws Error at one that is not known here. */
export function resolveIn(template: Template, place: Place, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((each) => resolveIn(template, place, each));
  if (typeof value !== "object" || value === null) return value;
  const [[name, argument] = ["", undefined], ...others] = Object.entries(value);
  if (others.length === 0 && (name === "Ref" || name.startsWith("Fn::"))) {
    return carriedOut(template, place, name, argument);
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, resolveIn(template, place, inner)]),
  );
}

function carriedOut(template: Template, place: Place, name: string, argument: unknown): unknown {
  const resolved = (value: unknown) => resolveIn(template, place, value);
  switch (name) {
    case "Ref":
      return reference(template, place, String(argument));
    case "Fn::GetAtt":
      return reference(template, place, (argument as readonly string[]).join("."));
    case "Fn::Join": {
      const [separator, parts] = argument as [string, readonly unknown[]];
      return parts.map(resolved).join(separator);
    }
    case "Fn::Sub": {
      const [text, given] = [argument, {}].flat() as [string, Readonly<Record<string, unknown>>];
      return text.replace(/\$\{(!?)([^}]+)\}/g, (_, isLiteral: string, inner: string) => {
        if (isLiteral) return `\${${inner}}`;
        if (Object.hasOwn(given, inner)) return String(resolved(given[inner]));
        return reference(template, place, inner);
      });
    }
    default:
      throw new Error(`nobody has said what ${name} comes to`);
  }
}

/** What `Ref` (`Table`, `AWS::Region`) or `Fn::GetAtt` (`Table.Arn`) stands for. */
function reference(template: Template, place: Place, name: string): string {
  const { partition, region, account } = place;
  const pseudo: Readonly<Record<string, string>> = {
    "AWS::Partition": partition,
    "AWS::Region": region,
    "AWS::AccountId": account,
    "AWS::URLSuffix": "amazonaws.com",
  };
  const [id = "", attribute] = name.split(".");
  const resource = template.Resources[id];
  const own = (key: string) => resolveIn(template, place, resource?.Properties[key]);
  const arn = (service: string, rest: string) =>
    `arn:${partition}:${service}:${service === "iam" ? "" : region}:${account}:${rest}`;
  const arns: Readonly<Record<string, () => string>> = {
    "AWS::IAM::Role": () => arn("iam", `role/${own("RoleName")}`),
    "AWS::Lambda::Function": () => arn("lambda", `function:${own("FunctionName")}`),
    "AWS::DynamoDB::Table": () => arn("dynamodb", `table/${own("TableName")}`),
    "AWS::SQS::Queue": () => arn("sqs", String(own("QueueName"))),
  };
  // An API's id is made up by AWS: its name in the template stands for it.
  const ids: Readonly<Record<string, string>> = { "AWS::ApiGatewayV2::Api": id };
  const known =
    pseudo[name] ??
    (attribute === "Arn" ? arns[resource?.Type ?? ""]?.() : undefined) ??
    (attribute === undefined ? ids[resource?.Type ?? ""] : undefined);
  if (known === undefined) throw new Error(`nobody has said what ${name} refers to`);
  return known;
}
