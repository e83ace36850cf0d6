// Reads and checks Signature Version 4, in the Authorization header and in presigned URLs, as AWS's front doors do.

import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { AwsRequest } from "./wire.ts";

/** What a signed request claims about itself, before anything is checked. */
export interface Claim {
  readonly accessKeyId: string;
  readonly region: string;
  readonly service: string;
  /** As signed: `20260102T030405Z`. */
  readonly date: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  readonly sessionToken: string | undefined;
  readonly presigned: boolean;
}

const ALGORITHM = "AWS4-HMAC-SHA256";

/** The claim of a request, or undefined when it carries none. */
export function readClaim(request: AwsRequest): Claim | undefined {
  const query = new URLSearchParams(request.rawQuery);
  if (query.get("X-Amz-Algorithm") === ALGORITHM) return readPresigned(query);
  const authorization = request.headers["authorization"] ?? "";
  if (!authorization.startsWith(`${ALGORITHM} `)) return undefined;
  const field = (name: string) => authorization.match(new RegExp(`${name}=([^,\\s]+)`))?.[1];
  return claim({
    credential: field("Credential"),
    signedHeaders: field("SignedHeaders"),
    signature: field("Signature"),
    date: request.headers["x-amz-date"],
    sessionToken: request.headers["x-amz-security-token"],
    presigned: false,
  });
}

function readPresigned(query: URLSearchParams): Claim | undefined {
  const field = (name: string) => query.get(name) ?? undefined;
  return claim({
    credential: field("X-Amz-Credential"),
    signedHeaders: field("X-Amz-SignedHeaders"),
    signature: field("X-Amz-Signature"),
    date: field("X-Amz-Date"),
    sessionToken: field("X-Amz-Security-Token"),
    presigned: true,
  });
}

function claim(parts: {
  readonly credential: string | undefined;
  readonly signedHeaders: string | undefined;
  readonly signature: string | undefined;
  readonly date: string | undefined;
  readonly sessionToken: string | undefined;
  readonly presigned: boolean;
}): Claim | undefined {
  const { credential, signedHeaders, signature, date, sessionToken, presigned } = parts;
  const [accessKeyId, , region, service] = credential?.split("/") ?? [];
  if (!accessKeyId || !region || !service || !signedHeaders || !signature || !date) {
    return undefined;
  }
  return {
    accessKeyId,
    region,
    service,
    date,
    signedHeaders: signedHeaders.split(";"),
    signature,
    sessionToken,
    presigned,
  };
}

/**
 * Whether the signature of a request was made with this secret over this very request (AWS IAM User
 * Guide, "Create a signed AWS API request"). NB. `host` must be among the signed headers, and so a
 * token signed for one host is no token for another.
 */
export function signatureHolds(request: AwsRequest, claim: Claim, secret: string): boolean {
  if (!claim.signedHeaders.includes("host")) return false;
  const scope = [claim.date.slice(0, 8), claim.region, claim.service, "aws4_request"];
  const text = [ALGORITHM, claim.date, scope.join("/"), sha256(canonicalRequest(request, claim))];
  const key = scope.reduce<string | Buffer>(hmac, `AWS4${secret}`);
  const expected = hmac(key, text.join("\n"));
  const given = Buffer.from(claim.signature, "hex");
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/** The moment a request was signed (epoch ms); NaN when its date does not parse. */
export function signedAt(claim: Claim): number {
  const date = claim.date
    .match(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/)
    ?.slice(1)
    .map(Number);
  if (!date) return Number.NaN;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = date;
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

function canonicalRequest(request: AwsRequest, claim: Claim): string {
  const headers = claim.signedHeaders.map(
    (name) => `${name}:${(request.headers[name] ?? "").trim().replace(/ +/g, " ")}\n`,
  );
  return [
    request.method,
    request.path.split("/").map(encode).join("/"),
    canonicalQuery(request.rawQuery),
    headers.join(""),
    claim.signedHeaders.join(";"),
    sha256(request.body),
  ].join("\n");
}

function canonicalQuery(rawQuery: string): string {
  return [...new URLSearchParams(rawQuery)]
    .filter(([name]) => name !== "X-Amz-Signature")
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join("&");
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function sha256(data: string | Buffer): string {
  return createHash("sha256").update(data).digest("hex");
}

function hmac(key: string | Buffer, data: string): Buffer {
  return createHmac("sha256", key).update(data).digest();
}
