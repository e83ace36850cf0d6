// The bearer token by which a cluster knows an AWS identity: a presigned call that the cluster makes itself.

import { Sha256 } from "@aws-crypto/sha256-js";
import { SignatureV4 } from "@smithy/signature-v4";
import type { Refusal } from "../target.ts";

/** AWS credentials, as every provider of the SDK gives them. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

export interface TokenRequest {
  /** The cluster's name: the token is good for no other. */
  readonly cluster: string;
  readonly region: string;
  readonly credentials: Credentials;
  /** Epoch milliseconds. */
  readonly now: number;
}

export interface Token {
  readonly text: string;
  /** Epoch milliseconds. The cluster takes a token for 15 minutes. */
  readonly reuseUntil: number;
}

/** The authenticator refuses longer ones unread. */
const LONGEST_TOKEN_BYTES = 4_096;
const REUSE_MS = 14 * 60_000;
/** What `X-Amz-Expires` says; the cluster goes by the date of the signature. Longer ones are refused. */
const EXPIRES_S = 60;

/**
 * Presigns `sts:GetCallerIdentity` for one cluster (kubernetes-sigs/aws-iam-authenticator, README,
 * "API Authorization from Outside a Cluster"). Refused, with `token-too-long`, where the
 * credentials' session token is so long that the cluster would not read the result.
 */
export async function createToken(request: TokenRequest): Promise<Token | Refusal> {
  const { cluster, region, credentials, now } = request;
  const signer = new SignatureV4({ service: "sts", region, credentials, sha256: Sha256 });
  const host = stsHost(region);
  const { query = {} } = await signer.presign(
    {
      method: "GET",
      protocol: "https:",
      hostname: host,
      path: "/",
      query: { Action: "GetCallerIdentity", Version: "2011-06-15" },
      headers: { host, "x-k8s-aws-id": cluster },
    },
    { expiresIn: EXPIRES_S, signingDate: new Date(now) },
  );
  const url = `https://${host}/?${new URLSearchParams(query as Record<string, string>)}`;
  const text = `k8s-aws-v1.${Buffer.from(url).toString("base64url")}`;
  if (text.length > LONGEST_TOKEN_BYTES) return tooLong(cluster, text.length);
  const expiresAt = credentials.expiration?.getTime() ?? Number.POSITIVE_INFINITY;
  return { text, reuseUntil: Math.min(now + REUSE_MS, expiresAt) };
}

/** Gives a token, the same one for as long as it may be reused. `fresh`: a new one in any case. */
export type Tokens = (options?: { readonly fresh?: boolean }) => Promise<Token | Refusal>;

/** @throws (when called) what `credentials` throws. */
export function createTokens(options: {
  readonly cluster: string;
  readonly region: string;
  readonly credentials: () => Promise<Credentials>;
  readonly now: () => number;
}): Tokens {
  const { cluster, region, now } = options;
  let last: Token | undefined;
  return async ({ fresh = false } = {}) => {
    if (last !== undefined && !fresh && now() < last.reuseUntil) return last;
    const credentials = await options.credentials();
    const made = await createToken({ cluster, region, credentials, now: now() });
    last = "seen" in made ? undefined : made;
    return made;
  };
}

/** What STS's regional host names end in; AWS, "Service endpoints", and the partitions of its SDKs. */
const DNS_SUFFIXES: readonly (readonly [regions: RegExp, suffix: string])[] = [
  [/^cn-/, "amazonaws.com.cn"],
  [/^eusc-/, "amazonaws.eu"],
  [/^us-iso-/, "c2s.ic.gov"],
  [/^us-isob-/, "sc2s.sgov.gov"],
  [/^us-isof-/, "csp.hci.ic.gov"],
  [/^eu-isoe-/, "cloud.adc-e.uk"],
];

function stsHost(region: string): string {
  const [, suffix] = DNS_SUFFIXES.find(([regions]) => regions.test(region)) ?? [];
  return `sts.${region}.${suffix ?? "amazonaws.com"}`;
}

function tooLong(cluster: string, bytes: number): Refusal {
  return {
    seen: "refused",
    code: "token-too-long",
    message:
      `The token for ${cluster} would be ${bytes} bytes long, and a cluster takes no more than ` +
      `${LONGEST_TOKEN_BYTES}. The session token of Latchkey's role is too long: remove session tags ` +
      "and session policies from it.",
  };
}
