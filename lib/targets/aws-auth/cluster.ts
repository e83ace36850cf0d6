// A cluster as Latchkey reaches it: found through EKS, spoken to by a real client, its aws-auth read and written.

import {
  type AuthenticationMode,
  DescribeAccessEntryCommand,
  DescribeClusterCommand,
  type EKSClient,
} from "@aws-sdk/client-eks";
import {
  ApiException,
  CoreV1Api,
  createConfiguration,
  KubeConfig,
  ServerConfiguration,
} from "@kubernetes/client-node";
import type { AccountAccess, ClusterSpec } from "../../grant/target-spec.ts";
import { describeFault, isDenied, isNamed } from "../aws-fault.ts";
import type { Refusal, RefusalCode } from "../target.ts";
import type { ConfigMapData } from "./config-map.ts";
import { type Credentials, createTokens, type Tokens } from "./token.ts";

/** The ConfigMap `kube-system/aws-auth` in one of its versions. */
export interface AwsAuth {
  readonly uid: string;
  readonly resourceVersion: string;
  readonly immutable: boolean;
  /** Undefined where the ConfigMap has no `data` at all. */
  readonly data: ConfigMapData | undefined;
}

/**
 * - `written`: the version that was read is replaced by one with the new data.
 * - `stale`: nothing was written, for now; `problem` says why. Read again.
 * - `lost`: it may have been written, or may still be.
 */
export type WriteAnswer =
  | { readonly status: "written" }
  | { readonly status: "stale" | "lost"; readonly problem: string };

export interface Cluster {
  /** Which of access entries and aws-auth count; undefined where EKS was not asked. */
  readonly mode: AuthenticationMode | undefined;
  /** The present version, never an older one. @throws where the cluster cannot be reached for now. */
  read(): Promise<AwsAuth | Refusal>;
  /**
   * Writes the keys in which `data` differs from what was read, if that is still the present version.
   * Never throws. `withinMs`: nothing is sent after it.
   */
  write(read: AwsAuth, data: ConfigMapData, withinMs: number): Promise<WriteAnswer | Refusal>;
  /** Whether an EKS access entry, which wins over aws-auth, covers `principalArn`. @throws if EKS fails. */
  hasAccessEntry(principalArn: string): Promise<boolean | Refusal>;
}

/** Finds clusters. @throws where EKS does not say; a cluster that is not there is a refusal. */
export type Clusters = (spec: ClusterSpec) => Promise<Cluster | Refusal>;

export interface ClustersOptions {
  readonly eksClient: (account: AccountAccess | undefined, region: string) => EKSClient;
  /** Whom the cluster is to see; `undefined`: the function's own role. */
  readonly credentials: (account: AccountAccess | undefined) => () => Promise<Credentials>;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly requestTimeoutMs?: number;
}

const NAMESPACE = "kube-system";
const NAME = "aws-auth";
/** How long what EKS says of a cluster is taken for true. */
const DESCRIBED_FOR_MS = 5 * 60_000;

/** Clusters by their specs. What EKS says of one and the token for it are kept for some minutes. */
export function createClusters(options: ClustersOptions): Clusters {
  const known = new Map<string, { readonly cluster: Cluster; readonly until: number }>();
  return async (spec) => {
    const key = JSON.stringify(spec);
    const kept = known.get(key);
    if (kept !== undefined && options.now() < kept.until) return kept.cluster;
    const cluster = await connect({ requestTimeoutMs: 5_000, ...options }, spec);
    if ("seen" in cluster) return cluster;
    known.set(key, { cluster, until: options.now() + DESCRIBED_FOR_MS });
    return cluster;
  };
}

type Reach = Required<ClustersOptions>;

async function connect(reach: Reach, spec: ClusterSpec): Promise<Cluster | Refusal> {
  const eks = reach.eksClient(spec.account, spec.region);
  const place = spec.server === undefined ? await describeCluster(reach, eks, spec) : spec;
  if ("seen" in place) return place;
  const tokens = createTokens({
    cluster: spec.name,
    region: spec.region,
    credentials: reach.credentials(spec.account),
    now: reach.now,
  });
  const mode = "mode" in place ? place.mode : undefined;
  const call = createCaller(place, spec.name, tokens, reach.requestTimeoutMs);
  return {
    mode,
    read: () => readAwsAuth(call, spec),
    write: (read, data, withinMs) => writeAwsAuth(call, spec, read, data, withinMs),
    hasAccessEntry: async (principalArn) =>
      mode === "API_AND_CONFIG_MAP" && findAccessEntry(reach, eks, spec, principalArn),
  };
}

// --- EKS ---

/** Where a cluster's API is. */
interface Place {
  readonly server?: string;
  readonly certificateAuthority?: string;
}

async function describeCluster(
  { requestTimeoutMs }: Reach,
  eks: EKSClient,
  spec: ClusterSpec,
): Promise<(Place & { readonly mode: AuthenticationMode | undefined }) | Refusal> {
  try {
    const { cluster } = await eks.send(new DescribeClusterCommand({ name: spec.name }), {
      abortSignal: AbortSignal.timeout(requestTimeoutMs),
    });
    const server = cluster?.endpoint;
    const certificateAuthority = cluster?.certificateAuthority?.data;
    if (server === undefined || certificateAuthority === undefined) {
      throw new TypeError(`${cluster?.status ?? "unknown status"}: it has no endpoint yet`);
    }
    return { server, certificateAuthority, mode: cluster?.accessConfig?.authenticationMode };
  } catch (error) {
    if (isNamed(error, "ResourceNotFound")) {
      const message = `There is no EKS cluster ${spec.name} in ${spec.region}. Correct access.yml.`;
      return refuse("cluster-missing", message);
    }
    if (isDenied(error)) return notPermitted(spec, "do eks:DescribeCluster for", error);
    const message = `EKS does not describe cluster ${spec.name} for now: ${describeFault(error)}`;
    throw new Error(message, { cause: error });
  }
}

async function findAccessEntry(
  { requestTimeoutMs }: Reach,
  eks: EKSClient,
  spec: ClusterSpec,
  principalArn: string,
): Promise<boolean | Refusal> {
  try {
    await eks.send(new DescribeAccessEntryCommand({ clusterName: spec.name, principalArn }), {
      abortSignal: AbortSignal.timeout(requestTimeoutMs),
    });
    return true;
  } catch (error) {
    if (isNamed(error, "ResourceNotFound")) return false;
    if (isDenied(error)) return notPermitted(spec, "do eks:DescribeAccessEntry for", error);
    const message = `EKS does not tell the access entries of ${spec.name} for now: ${describeFault(error)}`;
    throw new Error(message, { cause: error });
  }
}

// --- Kubernetes ---

/**
 * Makes one call, signed with a token and cut off after a time. @throws what client-node throws: an
 * ApiException where the cluster answered with an error, else an error of the network.
 */
type Call = <Result>(
  what: (api: CoreV1Api) => Promise<Result>,
  options?: { readonly withinMs?: number; readonly freshToken?: boolean },
) => Promise<Result | Refusal>;

function createCaller(place: Place, name: string, tokens: Tokens, timeoutMs: number): Call {
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromClusterAndUser(
    {
      name,
      server: place.server ?? "",
      skipTLSVerify: false,
      ...(place.certificateAuthority && { caData: place.certificateAuthority }),
    },
    { name: "latchkey" },
  );
  type Request = Parameters<KubeConfig["applySecurityAuthentication"]>[0];
  let connections: ReturnType<Request["getDispatcher"]>;
  return async (what, { withinMs = timeoutMs, freshToken = false } = {}) => {
    // NB. The time runs from here: a slow provider of credentials must not carry a write past it.
    const signal = AbortSignal.timeout(Math.max(1, Math.min(withinMs, timeoutMs)));
    const token = await tokens({ fresh: freshToken });
    if ("seen" in token) return token;
    const configuration = createConfiguration({
      baseServer: new ServerConfiguration(place.server ?? "", {}),
      authMethods: { default: kubeConfig },
      promiseMiddleware: [
        {
          async pre(request) {
            request.setHeaderParam("Authorization", `Bearer ${token.text}`);
            request.setSignal(signal);
            // KubeConfig makes new connections, and so a new TLS handshake, for every single request.
            connections ??= request.getDispatcher();
            if (connections !== undefined) request.setDispatcher(connections);
            return request;
          },
          post: async (response) => response,
        },
      ],
    });
    return what(new CoreV1Api(configuration));
  };
}

async function readAwsAuth(call: Call, spec: ClusterSpec): Promise<AwsAuth | Refusal> {
  const get = (api: CoreV1Api) => api.readNamespacedConfigMap({ namespace: NAMESPACE, name: NAME });
  try {
    const found = await call(get).catch((error: unknown) => {
      // The cluster may only be tired of the token.
      if (codeOf(error) === 401) return call(get, { freshToken: true });
      throw error;
    });
    if ("seen" in found) return found;
    const { uid, resourceVersion } = found.metadata ?? {};
    if (uid === undefined || resourceVersion === undefined) {
      throw new TypeError("the answer is no ConfigMap");
    }
    return { uid, resourceVersion, immutable: found.immutable ?? false, data: found.data };
  } catch (error) {
    const code = codeOf(error);
    if (code === 401) return notMapped(spec, error);
    if (code === 403) return notPermitted(spec, "read aws-auth of", error);
    if (code === 404 && describe(error).includes(`"${NAME}"`)) return awsAuthMissing(spec);
    const message = `aws-auth of ${spec.name} cannot be read for now: ${describe(error)}`;
    throw new Error(message, { cause: error });
  }
}

async function writeAwsAuth(
  call: Call,
  spec: ClusterSpec,
  read: AwsAuth,
  data: ConfigMapData,
  withinMs: number,
): Promise<WriteAnswer | Refusal> {
  const body = patchFor(read, data);
  try {
    const answer = await call(
      (api) =>
        api.patchNamespacedConfigMap({
          namespace: NAMESPACE,
          name: NAME,
          body,
          fieldManager: "latchkey",
        }),
      { withinMs },
    );
    return "seen" in answer ? answer : { status: "written" };
  } catch (error) {
    const code = codeOf(error);
    const problem = describe(error);
    if (code === 403) return notPermitted(spec, "patch aws-auth of", error);
    // 409 and 422: somebody else wrote. Whatever else has a 4xx was not carried out either.
    return { status: code !== undefined && code < 500 ? "stale" : "lost", problem };
  }
}

/**
 * A JSON Patch that does nothing unless the ConfigMap is still in the version that was read: the
 * `test`s fail then, as they do where the same patch arrives for a second time.
 */
export function patchFor(read: AwsAuth, data: ConfigMapData): readonly object[] {
  const tests = [
    { op: "test", path: "/metadata/uid", value: read.uid },
    { op: "test", path: "/metadata/resourceVersion", value: read.resourceVersion },
  ];
  if (read.data === undefined) return [...tests, { op: "add", path: "/data", value: data }];
  const { data: before } = read;
  const keys = [...new Set([...Object.keys(before), ...Object.keys(data)])];
  const edits = keys
    .filter((key) => before[key] !== data[key])
    .map((key) => {
      const path = `/data/${key}`;
      if (data[key] === undefined) return { op: "remove", path };
      return { op: before[key] === undefined ? "add" : "replace", path, value: data[key] };
    });
  return [...tests, ...edits];
}

function codeOf(error: unknown): number | undefined {
  return error instanceof ApiException ? error.code : undefined;
}

/** An error in one line. NB. Not client-node's own message, which holds the answer's headers. */
function describe(error: unknown): string {
  if (error instanceof ApiException)
    return `${error.code} ${messageIn(error.body)}`.trim().slice(0, 300);
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : undefined;
  return cause ? `${describeFault(error)} (${describeFault(cause)})` : describeFault(error);
}

function messageIn(body: unknown): string {
  try {
    const { message } = JSON.parse(String(body)) as { message?: unknown };
    return String(message ?? body);
  } catch {
    return String(body ?? "");
  }
}

const refuse = (code: RefusalCode, message: string): Refusal => ({
  seen: "refused",
  code,
  message,
});

function awsAuthMissing({ name }: ClusterSpec): Refusal {
  return refuse(
    "aws-auth-missing",
    `${name} has no ConfigMap ${NAMESPACE}/${NAME}. NB. Whoever creates one decides who is in the ` +
      "cluster, nodes included: an admin must do it.",
  );
}

function notMapped({ name }: ClusterSpec, error: unknown): Refusal {
  return refuse(
    "not-permitted",
    `${name} does not know Latchkey (${describe(error)}): an admin must map its role in aws-auth.`,
  );
}

function notPermitted({ name }: ClusterSpec, what: string, error: unknown): Refusal {
  return refuse(
    "not-permitted",
    `Latchkey may not ${what} ${name}: an admin must allow it. The answer was: ${describe(error)}`,
  );
}
