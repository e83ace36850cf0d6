// The functions as the stack runs them: the code, the environment, the time limit and the IAM role of each.

import { fileURLToPath } from "node:url";
import {
  FUNCTION_NAMES,
  type FunctionName,
  type ResourceArn,
  roleStatements,
} from "../deploy/roles.ts";
import type { Policy } from "../lib/policy/policy.ts";
import type { IdentitySeed } from "./aws/callers.ts";
import type { FunctionSeed } from "./lambda/runner.ts";
import { ACCOUNT, REGION } from "./scenario.ts";

export { FUNCTION_NAMES, type FunctionName };

/** The SSM parameter that holds Slack's secrets. */
export const SECRETS_PARAMETER = "/latchkey/slack";

/** How long each may run: as in serverless.yml, which a test compares. */
export const TIMEOUT_MS: Readonly<Record<FunctionName, number>> = {
  slack: 10_000,
  provision: 75_000,
  revoke: 75_000,
  announce: 30_000,
  watch: 120_000,
};

/** What Lambda knows a function by. */
export function lambdaName(name: FunctionName): string {
  return `latchkey-${name}`;
}

/** The function that Lambda knows by a name. @throws RangeError where it is none of ours. */
export function functionNamed(lambda: string): FunctionName {
  const found = FUNCTION_NAMES.find((name) => lambdaName(name) === lambda);
  if (found === undefined) throw new RangeError(`no function is called ${lambda}`);
  return found;
}

/** The module in this project that is a function's handler. */
export function sourceOf(name: FunctionName): string {
  return fileURLToPath(new URL(`../functions/${name}.ts`, import.meta.url));
}

/** What a function is run with. `environment`: the AWS SDK's own variables, and so its identity. */
export function functionSeed(
  name: FunctionName,
  file: string,
  options: {
    readonly tableName: string;
    readonly slackApiUrl: string;
    readonly accessFile: string;
    readonly environment: Readonly<Record<string, string>>;
  },
): FunctionSeed {
  const env = {
    ...options.environment,
    TABLE_NAME: options.tableName,
    SLACK_API_URL: options.slackApiUrl,
    SLACK_SECRETS_PARAMETER: SECRETS_PARAMETER,
    ACCESS_FILE: options.accessFile,
  };
  return { file, env, timeoutMs: TIMEOUT_MS[name] };
}

/**
 * The functions' identities with the very permissions that a deployment under `policy` gives them: a
 * function that oversteps gets AccessDenied here as it would on AWS.
 */
export function functionIdentities(policy: Policy, tableName: string): readonly IdentitySeed[] {
  const statements = roleStatements(policy, {
    prefix: "latchkey",
    tableName,
    slackSecretsParameter: SECRETS_PARAMETER,
  });
  return FUNCTION_NAMES.map((name) => ({
    name: lambdaName(name),
    arn: `arn:aws:sts::${ACCOUNT}:assumed-role/${lambdaName(name)}/${lambdaName(name)}`,
    allow: statements[name].map((statement) => ({
      ...statement,
      Resource: statement.Resource.map(resolved),
    })),
  }));
}

/** An ARN of the template as CloudFormation would complete it in this account. */
function resolved(resource: ResourceArn): string {
  if (typeof resource === "string") return resource;
  const values: Readonly<Record<string, string>> = {
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::AccountId": ACCOUNT,
  };
  return resource["Fn::Sub"].replace(
    /\$\{([^}]+)\}/g,
    (whole, name: string) => values[name] ?? whole,
  );
}
