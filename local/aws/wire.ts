// What the small AWS services have in common on the wire: a request, an answer, an error, and how JSON and XML are written.

/** A request as it came in. `path` and `rawQuery` are as sent: signatures are made over the bytes. */
export interface AwsRequest {
  readonly method: string;
  readonly path: string;
  readonly rawQuery: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** An error that a service answers with: its code on the wire and its HTTP status. */
export interface AwsError extends Error {
  readonly code: string;
  readonly status: number;
}

export function awsError(code: string, message: string, status: number): AwsError {
  return Object.assign(new Error(message), { code, status });
}

export function isAwsError(error: unknown): error is AwsError {
  return error instanceof Error && "code" in error && "status" in error;
}

/** Troubles that come before any operation runs; every service has its own words for them. */
export type Trouble =
  | "unsigned"
  | "unknownKey"
  | "badSignature"
  | "expiredToken"
  | "denied"
  | "throttled"
  | "broken"
  | "unknownOperation";

export type Vocabulary = Readonly<Record<Trouble, readonly [code: string, status: number]>>;

/** Something a caller must be allowed to do, in IAM's terms. `named` is how the refusal names the resource. */
export interface Need {
  readonly action: string;
  readonly resource: string;
  readonly named?: string;
}

/** One request understood: what it is called, what it takes to be allowed, and how to carry it out. */
export interface Operation {
  readonly action: string;
  readonly needs: readonly Need[];
  run(requestId: string): Answer | Promise<Answer>;
}

/** A service behind the front door, found by the name in the SigV4 credential scope. */
export interface Service<Caller> {
  readonly name: string;
  readonly vocabulary: Vocabulary;
  /** Understands a request; throws an AwsError for what the service does not offer. */
  read(request: AwsRequest, caller: Caller): Operation;
  refuse(error: AwsError, requestId: string): Answer;
}

/** The Query protocol's codes (IAM, STS), after "Common Errors" of their API references. */
export const QUERY_VOCABULARY: Vocabulary = {
  unsigned: ["MissingAuthenticationToken", 403],
  unknownKey: ["InvalidClientTokenId", 403],
  badSignature: ["SignatureDoesNotMatch", 403],
  expiredToken: ["ExpiredToken", 403],
  denied: ["AccessDenied", 403],
  throttled: ["Throttling", 400],
  broken: ["ServiceFailure", 500],
  unknownOperation: ["InvalidAction", 400],
};

/** The JSON protocols' codes. REST services answer 403 where JSON 1.x services answer 400. */
export function jsonVocabulary(refusalStatus: 400 | 403, throttled: string): Vocabulary {
  return {
    unsigned: ["MissingAuthenticationTokenException", refusalStatus],
    unknownKey: ["UnrecognizedClientException", refusalStatus],
    badSignature: ["InvalidSignatureException", refusalStatus],
    expiredToken: ["ExpiredTokenException", refusalStatus],
    denied: ["AccessDeniedException", refusalStatus],
    throttled: [throttled, refusalStatus === 403 ? 429 : 400],
    broken: ["InternalServerError", 500],
    unknownOperation: ["UnknownOperationException", 404],
  };
}

export function jsonAnswer(
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
  contentType = "application/json",
): Answer {
  return {
    status,
    headers: { "content-type": contentType, ...headers },
    body: JSON.stringify(value),
  };
}

/** An error of a JSON protocol: the code in `x-amzn-ErrorType` and, for JSON 1.x, in `__type`. */
export function refuseInJson(error: AwsError, requestId: string): Answer {
  return jsonAnswer(
    error.status,
    { __type: error.code, message: error.message },
    { "x-amzn-errortype": error.code, "x-amzn-requestid": requestId },
  );
}

/** The fields of a Query protocol request: the form body of a POST, or the query of a GET. */
export function queryFields(request: AwsRequest): URLSearchParams {
  return new URLSearchParams(
    request.method === "GET" ? request.rawQuery : request.body.toString("utf8"),
  );
}

/** A Query protocol answer: `<XResponse><XResult>…</XResult><ResponseMetadata>…`. */
export function queryAnswer(
  namespace: string,
  action: string,
  result: object | undefined,
  requestId: string,
): Answer {
  const inner = result === undefined ? "" : element(`${action}Result`, result);
  return xmlAnswer(
    200,
    `<${action}Response xmlns="${namespace}">${inner}${element("ResponseMetadata", { RequestId: requestId })}</${action}Response>`,
    requestId,
  );
}

export function refuseInXml(namespace: string, error: AwsError, requestId: string): Answer {
  const Type = error.status < 500 ? "Sender" : "Receiver";
  const content = element("Error", { Type, Code: error.code, Message: error.message });
  return xmlAnswer(
    error.status,
    `<ErrorResponse xmlns="${namespace}">${content}${element("RequestId", requestId)}</ErrorResponse>`,
    requestId,
  );
}

function xmlAnswer(status: number, body: string, requestId: string): Answer {
  return {
    status,
    headers: { "content-type": "text/xml", "x-amzn-requestid": requestId },
    body,
  };
}

/** XML of a value: fields become elements, arrays lists of `<member>`, undefined fields are left out. */
function element(name: string, value: unknown): string {
  if (value === undefined) return "";
  if (Array.isArray(value)) {
    return `<${name}>${value.map((item) => element("member", item)).join("")}</${name}>`;
  }
  if (typeof value === "object" && value !== null) {
    const fields = Object.entries(value).map(([key, field]) => element(key, field));
    return `<${name}>${fields.join("")}</${name}>`;
  }
  return `<${name}>${escapeXml(String(value))}</${name}>`;
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"'\r]/g, (character) => `&#${character.charCodeAt(0)};`);
}
