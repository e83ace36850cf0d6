// The Parameter Store's GetParameter, for the Slack secrets that a function reads on AWS.

import type { Caller } from "./callers.ts";
import {
  awsError,
  jsonAnswer,
  jsonVocabulary,
  type Operation,
  refuseInJson,
  type Service,
} from "./wire.ts";

export interface ParameterSeed {
  readonly name: string;
  readonly value: string;
  readonly type?: "String" | "SecureString";
}

export interface SsmOptions {
  readonly account: string;
  readonly region: string;
  readonly now: () => number;
  readonly parameters: ReadonlyMap<string, ParameterSeed>;
}

const JSON_1_1 = "application/x-amz-json-1.1";

export function createSsm(options: SsmOptions): Service<Caller> {
  const arnOf = (name: string) =>
    `arn:aws:ssm:${options.region}:${options.account}:parameter/${name.replace(/^\//, "")}`;
  return {
    name: "ssm",
    vocabulary: jsonVocabulary(400, "ThrottlingException"),
    refuse: refuseInJson,
    read(request): Operation {
      const target = request.headers["x-amz-target"] ?? "";
      if (target !== "AmazonSSM.GetParameter") {
        throw awsError("UnknownOperationException", `This local SSM does not offer ${target}`, 400);
      }
      const asked = JSON.parse(request.body.toString("utf8")) as {
        readonly Name?: string;
        readonly WithDecryption?: boolean;
      };
      const name = asked.Name?.replace(/^arn:aws:ssm:[^:]*:[^:]*:parameter(?=\/)/, "") ?? "";
      return {
        action: "GetParameter",
        needs: [{ action: "ssm:GetParameter", resource: arnOf(name) }],
        run: (requestId) =>
          jsonAnswer(
            200,
            { Parameter: describe(options, name, arnOf(name), asked.WithDecryption === true) },
            { "x-amzn-requestid": requestId },
            JSON_1_1,
          ),
      };
    },
  };
}

function describe(
  { parameters, now }: SsmOptions,
  name: string,
  arn: string,
  isDecrypted: boolean,
): object {
  const parameter = parameters.get(name) ?? parameters.get(name.replace(/^\//, ""));
  if (!parameter) throw awsError("ParameterNotFound", "", 400);
  const Type = parameter.type ?? "String";
  // NB. Without decryption a caller sees ciphertext, and must not be able to mistake it for the value.
  const isHidden = Type === "SecureString" && !isDecrypted;
  return {
    Name: parameter.name,
    Type,
    Value: isHidden ? "local-only-ciphertext" : parameter.value,
    Version: 1,
    LastModifiedDate: Math.floor(now() / 1000),
    ARN: arn,
    DataType: "text",
  };
}
