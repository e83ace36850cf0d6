// The local cluster: a small Kubernetes API over TLS for the embedded stack, its clients and its tests.

import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { senderIn } from "../lambda/sender.ts";
import { createListeners } from "../listeners.ts";
import {
  type AccessEntry,
  type AuthenticationMode,
  askSts,
  mapIdentity,
  parseToken,
} from "./authenticate.ts";
import { makeServerCertificate } from "./certificate.ts";
import { createFaults, type Fault, type FaultedRequest, type Faults } from "./faults.ts";
import { actAs } from "./impersonate.ts";
import { createObjectStore, type ObjectStore, type Place, type SavedObjects } from "./objects.ts";
import { SYSTEM_MASTERS, type User } from "./rbac.ts";
import { type KubernetesObject, resourceOfKind } from "./resources.ts";
import { systemObjects } from "./seed.ts";
import { type ApiAnswer, serve } from "./serve.ts";
import { type Failure, internalError, isFailure, tooLarge, unauthorized } from "./status.ts";

export interface KubernetesOptions {
  /** The name that tokens must be signed for (`x-k8s-aws-id`). */
  readonly clusterName: string;
  /** The local STS, which alone can tell who signed a token. */
  readonly stsUrl: string;
  /** The stack's clock, epoch ms. */
  readonly now?: () => number;
  /** Any free port, unless said. */
  readonly port?: number;
  /** What the cluster holds beside what every cluster has. */
  readonly objects?: readonly KubernetesObject[];
  /** What `RunningKubernetes.saved` gave before a restart: then the cluster holds that, and nothing else. */
  readonly saved?: SavedObjects;
  readonly authenticationMode?: AuthenticationMode;
  /** EKS access entries as they are now; they win over the ConfigMap. */
  readonly accessEntries?: () => readonly AccessEntry[];
  /** A bearer token for the cluster's administrator (`system:masters`), who needs no AWS. */
  readonly adminToken?: string;
}

/** One request that reached the cluster. `user` is empty when unknown; `status` 0 when no answer went out. */
export interface ServedRequest extends FaultedRequest {
  readonly user: string;
  readonly status: number;
}

export interface RunningKubernetes {
  /** `https://127.0.0.1:<port>` */
  readonly server: string;
  /** The CA's PEM in base64, as `eks:DescribeCluster` hands it out. */
  readonly certificateAuthority: string;
  /** Reads an object past all authorization, as an administrator would. Cluster-wide kinds: namespace `""`. */
  get(kind: string, namespace: string, name: string): KubernetesObject | undefined;
  /** Writes an object by hand, over whatever is there. Throws where the API would refuse it. */
  put(object: KubernetesObject): KubernetesObject;
  /** Removes an object by hand, if it is there. */
  remove(kind: string, namespace: string, name: string): void;
  /** Gives an object a new resourceVersion, as any other writer would. */
  touch(kind: string, namespace: string, name: string): void;
  /** Every object, as plain data. */
  saved(): SavedObjects;
  /** Every request so far, oldest first. */
  readonly requests: readonly ServedRequest[];
  /** Tells of every request from now on, once it is answered; gives what ends that. */
  onRequest(listener: (request: ServedRequest) => void): () => void;
  readonly faults: Faults;
  close(): Promise<void>;
}

const BODY_LIMIT_BYTES = 3 * 1024 * 1024; // what a real API server takes
const ADMIN: User = {
  username: "kubernetes-admin",
  groups: [SYSTEM_MASTERS, "system:authenticated"],
};
const ANONYMOUS: User = { username: "system:anonymous", groups: ["system:unauthenticated"] };

/** Starts the cluster on 127.0.0.1, with a certificate of its own. Nothing outlives `close`. */
export async function startKubernetes(options: KubernetesOptions): Promise<RunningKubernetes> {
  const now = options.now ?? Date.now;
  const store = createObjectStore(now, options.saved);
  const faults = createFaults();
  const requests: ServedRequest[] = [];
  const listeners = createListeners<ServedRequest>();
  if (options.saved === undefined) {
    for (const object of [...systemObjects(), ...(options.objects ?? [])]) put(store, object);
  }

  const record = (request: ServedRequest) => {
    requests.push(request);
    listeners.tell(request);
  };

  const certificate = makeServerCertificate(Date.now());
  const server = createServer({ key: certificate.key, cert: certificate.certificate });
  const context: Context = { ...options, now, store, faults, record };
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    void handle(request, response, context);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, "127.0.0.1", resolve);
  });

  const { port } = server.address() as AddressInfo;
  return {
    server: `https://127.0.0.1:${port}`,
    certificateAuthority: Buffer.from(certificate.certificateAuthority).toString("base64"),
    get: (kind, namespace, name) => store.get(placeOf(kind, namespace, name)),
    put: (object) => put(store, object),
    remove: (kind, namespace, name) => void store.remove(placeOf(kind, namespace, name)),
    touch: (kind, namespace, name) => store.touch(placeOf(kind, namespace, name)),
    saved: store.saved,
    requests,
    onRequest: listeners.listen,
    faults,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Context extends KubernetesOptions {
  readonly now: () => number;
  readonly store: ObjectStore;
  readonly faults: ReturnType<typeof createFaults>;
  readonly record: (request: ServedRequest) => void;
}

/** Answers one request, or lets it meet the fault that waits for it. Never rejects. */
async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  context: Context,
): Promise<void> {
  const from = senderIn(request.headers);
  const seen = {
    method: request.method ?? "",
    path: request.url ?? "",
    ...(from && { from }),
  };
  const fault = context.faults.next(seen);
  const { user, answer } =
    fault?.kind === "unreachable"
      ? { user: "" }
      : await answerRequest(request, fault, context).catch((error: unknown) => ({
          user: "",
          answer: failed(internalError(String(error))),
        }));
  const reaches = answer !== undefined && fault?.kind !== "lostAnswer";
  if (fault?.kind === "lostAnswer") fault.onHit?.(seen);
  context.record({ ...seen, user, status: reaches ? answer.status : 0 });
  if (reaches) send(response, answer);
  else request.socket.destroy();
}

async function answerRequest(
  request: IncomingMessage,
  fault: Fault | undefined,
  context: Context,
): Promise<{ user: string; answer: ApiAnswer }> {
  const body = await readBody(request);
  if (fault?.kind === "internalError") {
    return { user: "", answer: failed(internalError("injected fault")) };
  }
  const sender = await authenticate(request.headers.authorization, context);
  if (sender === undefined) return { user: "", answer: failed(unauthorized()) };
  const refused = (failure: Failure) => ({ user: sender.username, answer: failed(failure) });
  if (body === undefined) return refused(tooLarge(BODY_LIMIT_BYTES));
  const user = actAs(sender, request.headersDistinct, context.store);
  if (isFailure(user)) return refused(user);

  if (fault?.kind === "meanwhile") fault.act();
  const asked = {
    method: request.method ?? "",
    url: new URL(request.url ?? "/", "https://kubernetes"),
    contentType: (request.headers["content-type"] ?? "").split(";")[0]?.trim() ?? "",
    wantsTable: (request.headers.accept ?? "").includes("as=Table"),
    body,
  };
  return { user: user.username, answer: serve(asked, user, context) };
}

/** The sender of a request; `undefined` where a token is there and nobody stands behind it. */
async function authenticate(
  header: string | undefined,
  context: Context,
): Promise<User | undefined> {
  if (header === undefined) return ANONYMOUS;
  const token = header.match(/^Bearer +(\S+)$/i)?.[1];
  if (token === undefined) return undefined;
  if (token === context.adminToken) return ADMIN;
  // Tokens made outside the process know the machine's time, not the stack's.
  const parsed = parseToken(token, {
    stsUrl: context.stsUrl,
    clocksMs: [context.now(), Date.now()],
  });
  if ("refusal" in parsed) return undefined;
  const identity = await askSts(parsed.request, context).catch(() => undefined);
  if (identity === undefined) return undefined;
  return mapIdentity(identity, {
    mode: context.authenticationMode ?? "API_AND_CONFIG_MAP",
    accessEntries: context.accessEntries?.() ?? [],
    awsAuthData: awsAuthDataIn(context.store),
    privateDnsName: (instanceId) => privateDnsNameIn(context.store, instanceId),
  });
}

function awsAuthDataIn(store: ObjectStore): Record<string, string> {
  const awsAuth = store.get(placeOf("ConfigMap", "kube-system", "aws-auth"));
  return (awsAuth?.["data"] ?? {}) as Record<string, string>;
}

function privateDnsNameIn(store: ObjectStore, instanceId: string): string | undefined {
  const nodes = store.list(resourceOfKind("Node"), "");
  const node = nodes.find(({ spec }) => {
    const { providerID } = (spec ?? {}) as { providerID?: string };
    return providerID?.endsWith(`/${instanceId}`) === true;
  });
  return node?.metadata.name;
}

/** The whole body; `undefined` when it is more than an API server takes. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size <= BODY_LIMIT_BYTES) chunks.push(chunk as Buffer);
  }
  return size > BODY_LIMIT_BYTES ? undefined : Buffer.concat(chunks);
}

function failed(failure: Failure): ApiAnswer {
  return { status: failure.code, body: failure };
}

function send(response: ServerResponse, { status, body }: ApiAnswer): void {
  const isText = typeof body === "string";
  response.writeHead(status, { "content-type": isText ? "text/plain" : "application/json" });
  response.end(isText ? body : JSON.stringify(body));
}

function put(store: ObjectStore, object: KubernetesObject): KubernetesObject {
  const { resourceVersion: _version, uid: _uid, ...metadata } = object.metadata;
  const place = placeOf(object.kind, metadata.namespace ?? "", metadata.name);
  const wanted = { ...object, metadata };
  const outcome =
    store.get(place) === undefined ? store.create(place, wanted) : store.replace(place, wanted);
  if (isFailure(outcome)) throw new Error(outcome.message);
  return outcome;
}

function placeOf(kind: string, namespace: string, name: string): Place {
  return { resource: resourceOfKind(kind), namespace, name };
}
