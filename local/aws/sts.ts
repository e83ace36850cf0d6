// The STS that people and the cluster talk to: who someone is (also from an EKS token's presigned URL) and roles to assume.

import { accessDenied, type Caller, type Callers } from "./callers.ts";
import type { IamRecords } from "./iam-records.ts";
import { evaluate, evaluateTrust, type PolicyContext, parsePolicy } from "./policy.ts";
import {
  type Answer,
  type AwsRequest,
  awsError,
  jsonAnswer,
  type Operation,
  QUERY_VOCABULARY,
  queryAnswer,
  queryFields,
  refuseInXml,
  type Service,
} from "./wire.ts";

const NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/";
const HOUR_MS = 3_600_000;

export interface StsOptions {
  readonly records: IamRecords;
  readonly callers: Pick<Callers, "openSession">;
}

export function createSts(options: StsOptions): Service<Caller> {
  return {
    name: "sts",
    vocabulary: { ...QUERY_VOCABULARY, broken: ["InternalFailure", 500] },
    refuse: (error, requestId) => refuseInXml(NAMESPACE, error, requestId),
    read(request, caller): Operation {
      const fields = queryFields(request);
      const action = fields.get("Action") ?? "";
      const result = {
        GetCallerIdentity: () => identityOf(caller),
        AssumeRole: () => assumeRole(options, fields, caller),
      }[action];
      if (!result) throw awsError("InvalidAction", `Could not find operation ${action}`, 400);
      // Who may assume a role is also the role's own decision, and everyone may ask who they are.
      return { action, needs: [], run: (id) => answer(request, action, result(), id) };
    },
  };
}

/** XML, or JSON for who asks for it, as aws-iam-authenticator does. */
function answer(request: AwsRequest, action: string, result: object, requestId: string): Answer {
  if (!request.headers["accept"]?.includes("application/json")) {
    return queryAnswer(NAMESPACE, action, result, requestId);
  }
  const ResponseMetadata = { RequestId: requestId };
  return jsonAnswer(200, {
    [`${action}Response`]: { [`${action}Result`]: result, ResponseMetadata },
  });
}

function identityOf(caller: Caller): object {
  return { Arn: caller.arn, UserId: caller.userId, Account: caller.account };
}

/**
 * Opens a session of a role when the role trusts the caller and, where it trusts only the account,
 * the caller's policies allow it. A role that does not exist is refused in the same words.
 */
function assumeRole(
  { records, callers }: StsOptions,
  fields: URLSearchParams,
  caller: Caller,
): object {
  const arn = fields.get("RoleArn") ?? "";
  const sessionName = fields.get("RoleSessionName") ?? "";
  if (!/^[\w+=,.@-]{2,64}$/.test(sessionName)) throw invalid("roleSessionName", sessionName);
  const role = records.role(arn.slice(arn.lastIndexOf("/") + 1));
  const context: PolicyContext = { ...caller.context, ...externalId(fields) };
  const trust =
    role?.arn === arn ? evaluateTrust(parsePolicy(role.trust), caller, context) : "none";
  const own = evaluate(caller.statements(), { action: "sts:AssumeRole", resource: arn, context });
  const isTrusted = trust === "caller" || (trust === "account" && own === "allowed");
  if (!role || !isTrusted || own === "denied") {
    throw awsError("AccessDenied", accessDenied(caller, "sts:AssumeRole", arn), 403);
  }
  const durationMs = duration(fields, role.maxSessionMs ?? HOUR_MS, caller);
  const {
    credentials,
    arn: sessionArn,
    roleId,
  } = callers.openSession(role.name, sessionName, durationMs);
  return {
    Credentials: {
      AccessKeyId: credentials.accessKeyId,
      SecretAccessKey: credentials.secretAccessKey,
      SessionToken: credentials.sessionToken,
      Expiration: new Date(credentials.expiresAt).toISOString(),
    },
    AssumedRoleUser: { AssumedRoleId: `${roleId}:${sessionName}`, Arn: sessionArn },
  };
}

function externalId(fields: URLSearchParams): PolicyContext {
  const value = fields.get("ExternalId");
  return value === null ? {} : { "sts:ExternalId": value };
}

function duration(fields: URLSearchParams, maxMs: number, caller: Caller): number {
  const seconds = Number(fields.get("DurationSeconds") ?? 3600);
  if (!(Number.isInteger(seconds) && seconds >= 900 && seconds <= 43_200)) {
    throw invalid("durationSeconds", String(seconds));
  }
  if (caller.session !== undefined && seconds * 1000 > HOUR_MS) {
    const message =
      "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining";
    throw awsError("ValidationError", message, 400);
  }
  if (seconds * 1000 > maxMs) {
    const message =
      "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.";
    throw awsError("ValidationError", message, 400);
  }
  return seconds * 1000;
}

function invalid(field: string, value: string) {
  const message = `1 validation error detected: Value '${value}' at '${field}' failed to satisfy constraint`;
  return awsError("ValidationError", message, 400);
}
