// The one place where our code reads the environment, and says by name what is missing.

import type { LogLevel } from "./log.ts";

export interface Config {
  /** The name of this deployment, by which its metrics are told from others'. */
  readonly stack: string;
  readonly tableName: string;
  readonly logLevel: LogLevel;
  readonly slack: SlackConfig;
  /** The names under which the workers are invoked. */
  readonly functions: {
    readonly provision: string;
    readonly revoke: string;
    readonly announce: string;
  };
}

export interface SlackConfig {
  /** Slack's own, or an emulator's; always with a trailing `/api/`. */
  readonly apiUrl: string;
  /** The secrets themselves (local), or the name of the SSM parameter that holds them (on AWS). */
  readonly secrets:
    | { readonly kind: "given"; readonly secrets: SlackSecrets }
    | { readonly kind: "parameter"; readonly name: string }
    | { readonly kind: "none" };
}

export interface SlackSecrets {
  /** More than one while the signing secret is being rotated. */
  readonly signingSecrets: readonly string[];
  readonly botToken: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** @throws Error naming the variable that is missing and what belongs in it. */
export function readConfig(env: Environment = process.env): Config {
  return {
    stack: env["STACK_NAME"] ?? "latchkey",
    logLevel: logLevel(env),
    tableName: required(env, "TABLE_NAME", "the name of Latchkey's DynamoDB table"),
    slack: {
      apiUrl: withSlash(env["SLACK_API_URL"] ?? "https://slack.com/api/"),
      secrets: slackSecrets(env),
    },
    functions: {
      provision: env["PROVISION_FUNCTION"] ?? "latchkey-provision",
      revoke: env["REVOKE_FUNCTION"] ?? "latchkey-revoke",
      announce: env["ANNOUNCE_FUNCTION"] ?? "latchkey-announce",
    },
  };
}

/**
 * Reads what the SSM parameter holds: `{"signingSecret": "…", "botToken": "xoxb-…"}`; several signing
 * secrets, during a rotation, with commas between them. @throws Error that names no secret.
 */
export function parseSlackSecrets(json: string): SlackSecrets {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch {
    parsed = undefined;
  }
  const { signingSecret, botToken } = (parsed ?? {}) as Record<string, unknown>;
  if (typeof signingSecret !== "string" || typeof botToken !== "string") {
    throw new Error(
      'The Slack secrets must be JSON: {"signingSecret": "…", "botToken": "xoxb-…"} (docs/deploy.md, step 4).',
    );
  }
  return { signingSecrets: listOf(signingSecret), botToken: botToken.trim() };
}

/** The X-Ray trace that the run under way is part of, where traces are written. */
export function traceId(env: Environment = process.env): string | undefined {
  return /^Root=([^;]+);.*Sampled=1/.exec(env["_X_AMZN_TRACE_ID"] ?? "")?.[1];
}

/** By Lambda's own setting, else by Powertools', and for all functions alike. No line is below info or above error. */
function logLevel(env: Environment): LogLevel {
  switch ((env["AWS_LAMBDA_LOG_LEVEL"] ?? env["POWERTOOLS_LOG_LEVEL"])?.toUpperCase()) {
    case "WARN":
      return "warn";
    case "ERROR":
      return "error";
    case "CRITICAL":
    case "FATAL":
    case "SILENT":
      return "silent";
    default:
      return "info";
  }
}

function slackSecrets(env: Environment): SlackConfig["secrets"] {
  const signing = env["SLACK_SIGNING_SECRET"];
  const botToken = env["SLACK_BOT_TOKEN"];
  if (signing !== undefined && botToken !== undefined) {
    return { kind: "given", secrets: { signingSecrets: listOf(signing), botToken } };
  }
  const name = env["SLACK_SECRETS_PARAMETER"];
  return name === undefined ? { kind: "none" } : { kind: "parameter", name };
}

function listOf(text: string): readonly string[] {
  return text
    .split(",")
    .map((each) => each.trim())
    .filter((each) => each !== "");
}

function withSlash(url: string): string {
  return url.endsWith("/") ? url : `${url}/`;
}

function required(env: Environment, name: string, what: string): string {
  const value = env[name];
  if (value === undefined || value === "") {
    throw new Error(`The environment variable ${name} is missing: ${what}.`);
  }
  return value;
}
