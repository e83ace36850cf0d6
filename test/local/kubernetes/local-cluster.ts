// What the tests of the local cluster stand on: an STS that knows who holds a key, tokens, and calls.

import { createServer, type IncomingHttpHeaders } from "node:http";
import { request as httpsRequest } from "node:https";
import type { AddressInfo } from "node:net";
import { Sha256 } from "@aws-crypto/sha256-js";
import { SignatureV4 } from "@smithy/signature-v4";
import type { KubernetesObject } from "../../../local/kubernetes/resources.ts";
import {
  type KubernetesOptions,
  type RunningKubernetes,
  startKubernetes,
} from "../../../local/kubernetes/server.ts";

export const CLUSTER_NAME = "bttrm-eks-dev-0";
export const ADMIN_TOKEN = "administrator";

/** What STS says about the holder of an access key. */
export interface Caller {
  readonly arn: string;
  readonly userId: string;
}

export interface StubSts {
  readonly url: string;
  /** Every request as it arrived. */
  readonly requests: { readonly url: string; readonly headers: IncomingHttpHeaders }[];
  close(): Promise<void>;
}

/**
 * An STS that tells callers by their access key id alone, and answers strangers with a 403. Emulators
 * often speak XML where AWS would answer in JSON.
 */
export async function startStubSts(
  callers: Readonly<Record<string, Caller>>,
  format: "json" | "xml" = "json",
): Promise<StubSts> {
  const requests: StubSts["requests"] = [];
  const server = createServer((request, response) => {
    requests.push({ url: request.url ?? "", headers: request.headers });
    const query = new URL(request.url ?? "", "http://sts").searchParams;
    const caller = callers[query.get("X-Amz-Credential")?.split("/")[0] ?? ""];
    if (caller === undefined) {
      response.writeHead(403).end("<ErrorResponse/>");
      return;
    }
    const Account = caller.arn.split(":")[4];
    const result = { Account, Arn: caller.arn, UserId: caller.userId };
    response.writeHead(200).end(
      format === "json"
        ? JSON.stringify({ GetCallerIdentityResponse: { GetCallerIdentityResult: result } })
        : Object.entries(result)
            .map(([name, value]) => `<${name}>${value}</${name}>`)
            .join("\n"),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** An EKS token made as `aws eks get-token` makes it, signed at `atMs`. */
export async function tokenOf(accessKeyId: string, atMs = Date.now()): Promise<string> {
  const signer = new SignatureV4({
    service: "sts",
    region: "us-east-2",
    credentials: { accessKeyId, secretAccessKey: "not a real secret" },
    sha256: Sha256,
  });
  const hostname = "sts.us-east-2.amazonaws.com";
  const signed = await signer.presign(
    {
      method: "GET",
      protocol: "https:",
      hostname,
      path: "/",
      query: { Action: "GetCallerIdentity", Version: "2011-06-15" },
      headers: { host: hostname, "x-k8s-aws-id": CLUSTER_NAME },
    },
    { expiresIn: 60, signingDate: new Date(atMs) },
  );
  const query = Object.entries(signed.query ?? {})
    .map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`)
    .join("&");
  return encodeToken(`https://${hostname}/?${query}`);
}

export function encodeToken(url: string): string {
  return `k8s-aws-v1.${Buffer.from(url).toString("base64url")}`;
}

/** A cluster with an administrator's token; nothing in it but what the options say. */
export function startCluster(options: Partial<KubernetesOptions> = {}): Promise<RunningKubernetes> {
  return startKubernetes({
    clusterName: CLUSTER_NAME,
    stsUrl: "http://127.0.0.1:1",
    adminToken: ADMIN_TOKEN,
    ...options,
  });
}

export interface Call {
  readonly method?: string;
  readonly path: string;
  /** `undefined` sends none. The administrator's, unless said. */
  readonly token?: string | undefined;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly contentType?: string;
  readonly body?: unknown;
}

// biome-ignore lint/suspicious/noExplicitAny: tests look at answers of many shapes
export type Answer = { readonly status: number; readonly body: any };

/** Calls the API over TLS, trusting the cluster's own CA only. Rejects when no answer comes. */
export function call(cluster: RunningKubernetes, { path, ...rest }: Call): Promise<Answer> {
  const token = "token" in rest ? rest.token : ADMIN_TOKEN;
  const headers = {
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    "content-type": rest.contentType ?? "application/json",
    ...rest.headers,
  };
  return new Promise((resolve, reject) => {
    const sent = httpsRequest(
      `${cluster.server}${path}`,
      {
        method: rest.method ?? "GET",
        headers: headers as Record<string, string>,
        ca: Buffer.from(cluster.certificateAuthority, "base64"),
        agent: false,
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const text = Buffer.concat(chunks).toString();
          const isJson = response.headers["content-type"] === "application/json";
          resolve({ status: response.statusCode ?? 0, body: isJson ? JSON.parse(text) : text });
        });
      },
    );
    sent.on("error", reject);
    if (rest.body !== undefined) {
      sent.write(Buffer.isBuffer(rest.body) ? rest.body : JSON.stringify(rest.body));
    }
    sent.end();
  });
}

export const AWS_AUTH_PATH = "/api/v1/namespaces/kube-system/configmaps/aws-auth";

export function awsAuthWith(data: Readonly<Record<string, string>>): KubernetesObject {
  const metadata = { name: "aws-auth", namespace: "kube-system" };
  return { apiVersion: "v1", kind: "ConfigMap", metadata, data };
}
