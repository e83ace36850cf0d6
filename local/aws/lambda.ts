// Lambda's Invoke, which waits for a result or answers 202 and lets the runner see to it, and what it says of concurrency.

import type { Caller } from "./callers.ts";
import {
  type Answer,
  type AwsRequest,
  awsError,
  jsonAnswer,
  jsonVocabulary,
  type Operation,
  refuseInJson,
  type Service,
} from "./wire.ts";

/** What runs the functions: `local/lambda/runner.ts`, or a test's own. */
export interface FunctionRunner {
  has(name: string): boolean;
  /** The result of one run; rejects with the function's error. */
  invoke(name: string, event: unknown): Promise<unknown>;
  /** Runs in its own time, with Lambda's retries; never rejects. */
  kick(name: string, event: unknown): Promise<void>;
}

/** How many runs at once there may be, as somebody has set it. It is told, and not enforced. */
export interface Concurrency {
  /** Of the account. */
  readonly limit: number;
  /** Kept free for a function, by its name; absent: none. */
  readonly reserved: Readonly<Record<string, number>>;
}

export interface LambdaOptions {
  readonly account: string;
  readonly region: string;
  readonly runner: () => FunctionRunner | undefined;
  readonly concurrency: () => Concurrency;
}

const INVOKE = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/;
const CONCURRENCY = /^\/2019-09-30\/functions\/([^/]+)\/concurrency$/;
const SETTINGS = /^\/2016-08-19\/account-settings\/?$/;

export function createLambda(options: LambdaOptions): Service<Caller> {
  return {
    name: "lambda",
    vocabulary: {
      ...jsonVocabulary(403, "TooManyRequestsException"),
      broken: ["ServiceException", 500],
    },
    refuse: refuseInJson,
    read(request): Operation {
      const { method, path } = request;
      const invoked = method === "POST" ? INVOKE.exec(path)?.[1] : undefined;
      if (invoked) return invocation(options, invoked, request);
      const asked = method === "GET" ? CONCURRENCY.exec(path)?.[1] : undefined;
      if (asked) return concurrencyOf(options, asked);
      if (method === "GET" && SETTINGS.test(path)) return accountSettings(options);
      const message = `This local Lambda does not offer ${path}`;
      throw awsError("UnknownOperationException", message, 404);
    },
  };
}

function invocation(options: LambdaOptions, reference: string, request: AwsRequest): Operation {
  const { name, arn } = functionMeant(options, reference);
  const type = request.headers["x-amz-invocation-type"] ?? "RequestResponse";
  return {
    action: "Invoke",
    needs: [{ action: "lambda:InvokeFunction", resource: arn }],
    run: (requestId) => invoke(options.runner(), name, arn, type, request.body, requestId),
  };
}

function concurrencyOf(options: LambdaOptions, reference: string): Operation {
  const { name, arn } = functionMeant(options, reference);
  return {
    action: "GetFunctionConcurrency",
    needs: [{ action: "lambda:GetFunctionConcurrency", resource: arn }],
    run(requestId) {
      if (!options.runner()?.has(name)) throw notFound(arn);
      const room = options.concurrency().reserved[name];
      const answer = room === undefined ? {} : { ReservedConcurrentExecutions: room };
      return jsonAnswer(200, answer, { "x-amzn-requestid": requestId });
    },
  };
}

function accountSettings({ concurrency }: LambdaOptions): Operation {
  return {
    action: "GetAccountSettings",
    needs: [{ action: "lambda:GetAccountSettings", resource: "*" }],
    run(requestId) {
      const { limit, reserved } = concurrency();
      const kept = Object.values(reserved).reduce((sum, room) => sum + room, 0);
      const AccountLimit = {
        TotalCodeSize: 80_530_636_800,
        CodeSizeUnzipped: 262_144_000,
        CodeSizeZipped: 52_428_800,
        ConcurrentExecutions: limit,
        UnreservedConcurrentExecutions: limit - kept,
      };
      const AccountUsage = { TotalCodeSize: 0, FunctionCount: 0 };
      return jsonAnswer(200, { AccountLimit, AccountUsage }, { "x-amzn-requestid": requestId });
    },
  };
}

/** The function given by name, `name:qualifier`, partial or full ARN, as it stands in the path. */
function functionMeant({ account, region }: LambdaOptions, reference: string) {
  const name = functionName(decodeURIComponent(reference));
  return { name, arn: `arn:aws:lambda:${region}:${account}:function:${name}` };
}

const notFound = (arn: string) =>
  awsError("ResourceNotFoundException", `Function not found: ${arn}`, 404);

/** The bare name of a function given by name, `name:qualifier`, partial or full ARN. */
function functionName(reference: string): string {
  return reference.match(/(?:^|.*:)function:([^:]+)/)?.[1] ?? reference.split(":")[0] ?? reference;
}

async function invoke(
  runner: FunctionRunner | undefined,
  name: string,
  arn: string,
  type: string,
  body: Buffer,
  requestId: string,
): Promise<Answer> {
  if (!runner?.has(name)) throw notFound(arn);
  const event = parseEvent(body);
  const headers = { "x-amzn-requestid": requestId, "x-amz-executed-version": "$LATEST" };
  if (type === "DryRun") return { status: 204, headers, body: "" };
  if (type === "Event") {
    void runner.kick(name, event);
    return { status: 202, headers, body: "" };
  }
  try {
    return jsonAnswer(200, (await runner.invoke(name, event)) ?? null, headers);
  } catch (error) {
    return jsonAnswer(200, describeError(error), {
      ...headers,
      "x-amz-function-error": "Unhandled",
    });
  }
}

function parseEvent(body: Buffer): unknown {
  if (body.length === 0) return {};
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    const message = "Could not parse request body into json: it is not valid JSON.";
    throw awsError("InvalidRequestContentException", message, 400);
  }
}

function describeError(error: unknown): object {
  if (!(error instanceof Error)) return { errorType: "Error", errorMessage: String(error) };
  const { errorType, trace } = error as Error & { errorType?: string; trace?: readonly string[] };
  return { errorType: errorType ?? error.name, errorMessage: error.message, trace };
}
