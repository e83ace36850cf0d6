// From an EKS bearer token to a Kubernetes user, the way aws-iam-authenticator does it.
//
// Source: kubernetes-sigs/aws-iam-authenticator `pkg/token/token.go` (what a token must be),
// `pkg/arn/arn.go` (canonical ARNs) and `pkg/server/server.go` (mapping and templates). Nothing is
// cached: EKS remembers a token for about two minutes, here a changed mapping counts at once.

import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { findMapping, readAwsAuth } from "./aws-auth.ts";
import type { User } from "./rbac.ts";

/** An EKS access entry (`eks:CreateAccessEntry`), which wins over the ConfigMap. */
export interface AccessEntry {
  readonly principalArn: string;
  readonly username: string;
  readonly groups: readonly string[];
}

/** Where a cluster looks callers up; `API` ignores the ConfigMap altogether. */
export type AuthenticationMode = "CONFIG_MAP" | "API_AND_CONFIG_MAP" | "API";

/** The AWS principal that signed a token. */
export interface AwsIdentity {
  readonly arn: string;
  /** An assumed role's session as the role itself, without its path: `arn:aws:iam::A:role/R`. */
  readonly canonicalArn: string;
  readonly accountId: string;
  readonly userId: string;
  readonly sessionName: string;
  readonly accessKeyId: string;
}

/** A request to STS that a token holds: who signed it can only be told by sending it. */
export interface PresignedRequest {
  readonly host: string;
  readonly pathAndQuery: string;
  readonly accessKeyId: string;
}

export type Parsed = { readonly request: PresignedRequest } | { readonly refusal: string };

const PREFIX = "k8s-aws-v1.";
const CLUSTER_HEADER = "x-k8s-aws-id";
const MAX_TOKEN_BYTES = 4096;
const MAX_AGE_MS = 15 * 60 * 1000;
const STS_HOST = /^sts(\.[a-z0-9-]+)?\.amazonaws\.com$/;
const PARAMETERS = new Set([
  "action",
  "version",
  "x-amz-algorithm",
  "x-amz-credential",
  "x-amz-date",
  "x-amz-expires",
  "x-amz-security-token",
  "x-amz-signature",
  "x-amz-signedheaders",
]);

/**
 * Reads a token, or says why the cluster refuses it unsent.
 *
 * @param options.stsUrl the local STS; tokens presigned for it are taken beside those for AWS's own
 * @param options.clocksMs times (epoch ms), one of which the signature must be 15 minutes near to
 */
export function parseToken(
  token: string,
  options: { readonly stsUrl: string; readonly clocksMs: readonly number[] },
): Parsed {
  if (Buffer.byteLength(token) > MAX_TOKEN_BYTES) return { refusal: "token is too large" };
  if (!token.startsWith(PREFIX)) return { refusal: `token is missing expected "${PREFIX}" prefix` };
  const encoded = token.slice(PREFIX.length);
  if (!/^[A-Za-z0-9_-]+$/.test(encoded))
    return { refusal: "token is not base64url without padding" };

  const text = Buffer.from(encoded, "base64url").toString();
  if (!URL.canParse(text)) return { refusal: "token holds no URL" };
  const url = new URL(text);
  const refusal = refuseEndpoint(url, options.stsUrl) ?? refuseQuery(url, options.clocksMs);
  if (refusal !== undefined) return { refusal };
  const accessKeyId = parametersOf(url).get("x-amz-credential")?.split("/")[0] ?? "";
  return { request: { host: url.host, pathAndQuery: url.pathname + url.search, accessKeyId } };
}

/** NB. The cluster sends the request itself, so a foreign host would let anyone answer for AWS. */
function refuseEndpoint(url: URL, stsUrl: string): string | undefined {
  const local = url.host === new URL(stsUrl).host;
  if (!local && url.protocol !== "https:")
    return `unexpected scheme "${url.protocol}" in pre-signed URL`;
  if (!local && !STS_HOST.test(url.host))
    return `unexpected hostname "${url.host}" in pre-signed URL`;
  if (url.username !== "" || url.password !== "") return "unexpected user in pre-signed URL";
  if (url.pathname !== "/") return "unexpected path in pre-signed URL";
  return undefined;
}

function refuseQuery(url: URL, clocksMs: readonly number[]): string | undefined {
  const names = [...url.searchParams.keys()].map((name) => name.toLowerCase());
  const unknown = names.find((name) => !PARAMETERS.has(name));
  if (unknown !== undefined) return `non-whitelisted query parameter "${unknown}"`;
  if (new Set(names).size !== names.length)
    return "query parameter with multiple values not supported";

  const parameters = parametersOf(url);
  if (parameters.get("action") !== "GetCallerIdentity")
    return "unexpected action parameter in pre-signed URL";
  const signed = (parameters.get("x-amz-signedheaders") ?? "").toLowerCase().split(";");
  if (!signed.includes(CLUSTER_HEADER)) {
    return `client did not sign the ${CLUSTER_HEADER} header in the pre-signed URL`;
  }
  const expires = parameters.get("x-amz-expires") ?? "";
  if (!/^\d+$/.test(expires) || Number(expires) > 900) {
    return `invalid X-Amz-Expires parameter in pre-signed URL: ${expires}`;
  }
  const signedAt = parseDate(parameters.get("x-amz-date") ?? "");
  if (signedAt === undefined) return "error parsing X-Amz-Date parameter";
  const near = clocksMs.some((clockMs) => Math.abs(clockMs - signedAt) <= MAX_AGE_MS);
  return near ? undefined : "X-Amz-Date parameter is expired (15 minute expiration)";
}

function parametersOf(url: URL): ReadonlyMap<string, string> {
  return new Map([...url.searchParams].map(([name, value]) => [name.toLowerCase(), value]));
}

function parseDate(date: string): number | undefined {
  if (!/^\d{8}T\d{6}Z$/.test(date)) return undefined;
  const iso = date.replace(/(....)(..)(..)T(..)(..)(..)Z/, "$1-$2-$3T$4:$5:$6Z");
  const atMs = Date.parse(iso);
  return Number.isNaN(atMs) ? undefined : atMs;
}

/**
 * Sends the presigned request to the local STS, with the cluster's own name in the signed header: a
 * token made for another cluster fails the signature check there. `undefined` when STS refuses it.
 */
export async function askSts(
  presigned: PresignedRequest,
  options: { readonly stsUrl: string; readonly clusterName: string },
): Promise<AwsIdentity | undefined> {
  const headers = {
    host: presigned.host,
    accept: "application/json",
    [CLUSTER_HEADER]: options.clusterName,
  };
  const answer = await get(new URL(presigned.pathAndQuery, options.stsUrl), headers);
  if (answer.status !== 200) return undefined;
  const arn = fieldIn(answer.body, "Arn");
  const accountId = fieldIn(answer.body, "Account");
  const [userId = "", sessionName = ""] = fieldIn(answer.body, "UserId").split(":");
  const canonicalArn = canonicalise(arn);
  if (canonicalArn === undefined) return undefined;
  return { arn, canonicalArn, accountId, userId, sessionName, accessKeyId: presigned.accessKeyId };
}

/** `fetch` would not let the signed `Host` through. */
function get(url: URL, headers: Record<string, string>): Promise<{ status: number; body: string }> {
  const send = url.protocol === "https:" ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const sent = send(url, { headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() });
      });
    });
    sent.on("error", reject);
    sent.end();
  });
}

/** STS answers in JSON when asked to; emulators often know its XML alone. */
function fieldIn(body: string, name: string): string {
  const match = body.match(new RegExp(`(?:"${name}"\\s*:\\s*"|<${name}>)([^"<]*)`));
  return match?.[1] ?? "";
}

/**
 * The ARN that mappings are compared with; `undefined` for what is no IAM identity. A session of an
 * assumed role counts as the role. NB. STS leaves out the role's path, so that a mapping of a role
 * ARN with a path never matches.
 */
export function canonicalise(arn: string): string | undefined {
  const match = arn.match(/^arn:(aws|aws-cn|aws-us-gov):(iam|sts)::(\d{12}):(.+)$/);
  if (match === null) return undefined;
  const [, partition, service, account, resource = ""] = match;
  const [type = "", ...rest] = resource.split("/");
  if (service === "iam") return ["user", "role", "root"].includes(type) ? arn : undefined;
  if (type === "federated-user") return arn;
  if (type !== "assumed-role" || rest.length < 2) return undefined;
  return `arn:${partition}:iam::${account}:role/${rest.slice(0, -1).join("/")}`;
}

/** What a caller's mapping is looked up in, as it is at this moment. */
export interface MappingSources {
  readonly mode: AuthenticationMode;
  readonly accessEntries: readonly AccessEntry[];
  /** `data` of the ConfigMap `aws-auth`; empty when there is none. */
  readonly awsAuthData: Readonly<Record<string, string>>;
  /** The private DNS name of an EC2 instance, for nodes' usernames. */
  readonly privateDnsName: (instanceId: string) => string | undefined;
}

/** Who an AWS principal is in the cluster; `undefined` for nobody, which is a 401. */
export function mapIdentity(identity: AwsIdentity, sources: MappingSources): User | undefined {
  const mapping = findUserMapping(identity, sources);
  if (mapping === undefined) return undefined;
  const render = (template: string) => renderTemplate(template, identity, sources.privateDnsName);
  const username = render(mapping.username);
  const groups = mapping.groups.map(render);
  if (username === undefined || !groups.every((group) => group !== undefined)) return undefined;
  return {
    username,
    uid: `aws-iam-authenticator:${identity.accountId}:${identity.userId}`,
    groups: [...groups, "system:authenticated"],
    extra: {
      accessKeyId: [identity.accessKeyId],
      arn: [identity.arn],
      canonicalArn: [identity.canonicalArn],
      principalId: [identity.userId],
      sessionName: [identity.sessionName],
    },
  };
}

function findUserMapping(identity: AwsIdentity, sources: MappingSources) {
  const { canonicalArn, accountId } = identity;
  const entry = sources.accessEntries.find(
    ({ principalArn }) =>
      withoutRolePath(principalArn).toLowerCase() === canonicalArn.toLowerCase(),
  );
  if (entry !== undefined && sources.mode !== "CONFIG_MAP") return entry;
  if (sources.mode === "API") return undefined;
  const awsAuth = readAwsAuth(sources.awsAuthData);
  const wholeAccount = { username: canonicalArn, groups: [] };
  return (
    findMapping(awsAuth, canonicalArn) ??
    (awsAuth.accounts.includes(accountId) ? wholeAccount : undefined)
  );
}

/** Access entries, unlike the ConfigMap, name roles with their path. */
function withoutRolePath(arn: string): string {
  return arn.replace(/(:role)\/.*\/([^/]+)$/, "$1/$2");
}

function renderTemplate(
  template: string,
  identity: AwsIdentity,
  privateDnsName: MappingSources["privateDnsName"],
): string | undefined {
  const rendered = template
    .replaceAll("{{AccountID}}", () => identity.accountId)
    .replaceAll("{{SessionName}}", () => identity.sessionName.replaceAll("@", "-"))
    .replaceAll("{{SessionNameRaw}}", () => identity.sessionName)
    .replaceAll("{{AccessKeyID}}", () => identity.accessKeyId);
  if (!rendered.includes("{{EC2PrivateDNSName}}")) return rendered;
  const isInstance = /^i-(\w{8}|\w{17})$/.test(identity.sessionName);
  const name = isInstance ? privateDnsName(identity.sessionName) : undefined;
  return name === undefined ? undefined : rendered.replaceAll("{{EC2PrivateDNSName}}", () => name);
}
