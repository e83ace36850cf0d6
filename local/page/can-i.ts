// `kubectl auth can-i` for the page: many questions to the cluster in a short time, and none that waits for ever.

// Not by the client of `developer.ts`: the generated one takes no signal, and does not tell an answer that
// failed from one that the cluster does not know the asker.

import { Agent, request } from "node:https";
import type { RunningKubernetes } from "../kubernetes/server.ts";
import type { ClusterQuestion } from "./protocol.ts";

export interface CanI {
  readonly verb: string;
  readonly resource: string;
  readonly namespace?: string;
}

type Answer = Exclude<ClusterQuestion["answer"], "no session">;

/** The question as it is typed. */
export function commandOf({ verb, resource, namespace }: CanI): string {
  const words = [verb, resource].map((word) => (word === "*" ? "'*'" : word)).join(" ");
  return `kubectl auth can-i ${words}${namespace === undefined ? "" : ` -n ${namespace}`}`;
}

/** Someone to ask until `close`, over few connections: each costs a TLS handshake. */
export interface ClusterDesk {
  /** Sends a SelfSubjectAccessReview with a bearer token. Never rejects. */
  ask(token: string, question: CanI): Promise<Answer>;
  close(): void;
}

const PATH = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

/** Whatever has no answer when `signal` aborts is `unreachable`. */
export function openDesk(
  { server, certificateAuthority }: Pick<RunningKubernetes, "server" | "certificateAuthority">,
  signal: AbortSignal,
): ClusterDesk {
  const ca = Buffer.from(certificateAuthority, "base64");
  const agent = new Agent({ keepAlive: true, maxSockets: 2, ca });
  const url = new URL(PATH, server);
  return {
    ask: async (token, question) => {
      const review = JSON.stringify(reviewOf(question));
      const answer = await post({ url, agent, signal, token }, review).catch(() => undefined);
      if (answer?.status === 401) return "unknown";
      if (answer?.status !== 201) return "unreachable";
      return isAllowed(answer.body) ? "yes" : "no";
    },
    close: () => agent.destroy(),
  };
}

function reviewOf({ verb, resource, namespace }: CanI): object {
  const resourceAttributes = {
    verb,
    resource,
    ...(resource === "*" && { group: "*" }),
    ...(namespace !== undefined && { namespace }),
  };
  return {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SelfSubjectAccessReview",
    spec: { resourceAttributes },
  };
}

function isAllowed(body: string): boolean {
  const { status } = JSON.parse(body) as { readonly status?: { readonly allowed?: boolean } };
  return status?.allowed === true;
}

interface Way {
  readonly url: URL;
  readonly agent: Agent;
  readonly signal: AbortSignal;
  readonly token: string;
}

function post(
  { url, agent, signal, token }: Way,
  body: string,
): Promise<{ readonly status: number; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const sent = request(url, { method: "POST", agent, signal, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() });
      });
    });
    sent.on("error", reject);
    sent.end(body);
  });
}
