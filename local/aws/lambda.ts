// The Lambda Invoke call: waits for a result, or answers 202 at once and lets the runner see to it.

import type { Caller } from "./callers.ts";
import {
  type Answer,
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

export interface LambdaOptions {
  readonly account: string;
  readonly region: string;
  readonly runner: () => FunctionRunner | undefined;
}

const PATH = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/;

export function createLambda(options: LambdaOptions): Service<Caller> {
  return {
    name: "lambda",
    vocabulary: {
      ...jsonVocabulary(403, "TooManyRequestsException"),
      broken: ["ServiceException", 500],
    },
    refuse: refuseInJson,
    read(request): Operation {
      const reference = request.method === "POST" ? request.path.match(PATH)?.[1] : undefined;
      if (!reference) {
        const message = `This local Lambda does not offer ${request.path}`;
        throw awsError("UnknownOperationException", message, 404);
      }
      const name = functionName(decodeURIComponent(reference));
      const arn = `arn:aws:lambda:${options.region}:${options.account}:function:${name}`;
      const type = request.headers["x-amz-invocation-type"] ?? "RequestResponse";
      return {
        action: "Invoke",
        needs: [{ action: "lambda:InvokeFunction", resource: arn }],
        run: (requestId) => invoke(options.runner(), name, arn, type, request.body, requestId),
      };
    },
  };
}

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
  if (!runner?.has(name)) {
    throw awsError("ResourceNotFoundException", `Function not found: ${arn}`, 404);
  }
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
