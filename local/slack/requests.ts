// What Slack sends to an app: signed requests, wrapped as API Gateway and function URLs hand them to a Lambda function.

import { createHmac } from "node:crypto";

/** An API Gateway v2 / function URL event: as much of it as handlers read. */
export interface LambdaEvent {
  readonly version: "2.0";
  readonly routeKey: "$default";
  readonly rawPath: string;
  readonly rawQueryString: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly requestContext: {
    readonly accountId: string;
    readonly apiId: string;
    readonly domainName: string;
    readonly domainPrefix: string;
    readonly http: {
      readonly method: "POST";
      readonly path: string;
      readonly protocol: string;
      readonly sourceIp: string;
      readonly userAgent: string;
    };
    readonly requestId: string;
    readonly routeKey: "$default";
    readonly stage: "$default";
    readonly time: string;
    readonly timeEpoch: number;
  };
  readonly body: string;
  readonly isBase64Encoded: boolean;
}

export interface LambdaAnswer {
  readonly statusCode: number;
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
}

export const FORM = "application/x-www-form-urlencoded";
export const JSON_TYPE = "application/json";
const USER_AGENT = "Slackbot 1.0 (+https://api.slack.com/robots)";

/**
 * The two headers that prove a request to be Slack's: HMAC-SHA256 of `v0:timestamp:body`.
 * Source: docs.slack.dev/authentication/verifying-requests-from-slack.
 *
 * @param timestamp epoch seconds
 */
export function sign(
  body: string,
  { secret, timestamp }: { readonly secret: string; readonly timestamp: number },
): Readonly<Record<"x-slack-signature" | "x-slack-request-timestamp", string>> {
  const hash = createHmac("sha256", secret).update(`v0:${timestamp}:${body}`).digest("hex");
  return { "x-slack-signature": `v0=${hash}`, "x-slack-request-timestamp": String(timestamp) };
}

/**
 * Wraps a POST. As on AWS, header names are in lower case, and a body that is neither text nor JSON, so
 * every form, comes in base64.
 */
export function lambdaEvent(request: {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly now: number;
  readonly requestId: string;
}): LambdaEvent {
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const isText = /^(text\/|application\/json)/.test(headers["content-type"] ?? "");
  const bytes = Buffer.from(request.body, "utf8");
  return {
    version: "2.0",
    routeKey: "$default",
    rawPath: request.path,
    rawQueryString: "",
    headers: {
      accept: "*/*",
      "content-length": String(bytes.length),
      "user-agent": USER_AGENT,
      "x-forwarded-proto": "https",
      ...headers,
    },
    requestContext: {
      accountId: "anonymous",
      apiId: "latchkey",
      domainName: "latchkey.lambda-url.us-east-2.on.aws",
      domainPrefix: "latchkey",
      http: {
        method: "POST",
        path: request.path,
        protocol: "HTTP/1.1",
        sourceIp: "192.0.2.10",
        userAgent: USER_AGENT,
      },
      requestId: request.requestId,
      routeKey: "$default",
      stage: "$default",
      time: new Date(request.now).toISOString(),
      timeEpoch: request.now,
    },
    body: isText ? request.body : bytes.toString("base64"),
    isBase64Encoded: !isText,
  };
}

/** The body of a Lambda event or answer as text. */
export function bodyText({
  body = "",
  isBase64Encoded = false,
}: Pick<LambdaAnswer, "body" | "isBase64Encoded">): string {
  return isBase64Encoded ? Buffer.from(body, "base64").toString("utf8") : body;
}
