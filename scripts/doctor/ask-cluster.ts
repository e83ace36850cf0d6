// How the doctor speaks to a cluster: as kubectl would, or with an EKS token; as itself, or in somebody's guise.

import {
  ApiException,
  AuthorizationV1Api,
  type Configuration,
  CoreV1Api,
  createConfiguration,
  KubeConfig,
  ServerConfiguration,
  type V1ResourceAttributes,
} from "@kubernetes/client-node";
import type { AwsAuth } from "../../lib/targets/aws-auth/cluster.ts";
import { type Credentials, createToken } from "../../lib/targets/aws-auth/token.ts";
import { describeFault } from "../../lib/targets/aws-fault.ts";

/** Where a cluster's API is. */
export interface ApiPlace {
  readonly name: string;
  readonly region: string;
  readonly server: string;
  /** The PEM in base64. */
  readonly certificateAuthority: string;
}

/** As whom something is asked: `kubectl --as user --as-group group`. One group at a time: HTTP clients join several. */
export interface Guise {
  readonly user: string;
  readonly group?: string;
}

/** What RBAC gives, as a rules review tells it. */
export interface Rule {
  readonly verbs: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
}

/** Somebody who asks a cluster. Every method throws an ApiException where the cluster answers with an error. */
export interface Asker {
  /** In words: `kubectl's context dev`. */
  readonly who: string;
  readAwsAuth(): Promise<AwsAuth>;
  /** Every rule that holds in a namespace for somebody: `kubectl auth can-i --list`. */
  rules(namespace: string, guise: Guise): Promise<readonly Rule[]>;
  /** `kubectl auth can-i`, for somebody. */
  may(action: V1ResourceAttributes, guise: Guise): Promise<boolean>;
}

const TIMEOUT_MS = 8_000;
const REVIEW = "authorization.k8s.io/v1";

/** Whoever has a context of the kubeconfig for this very cluster: the current one, or the first. */
export function askerOfKubeconfig(config: KubeConfig, place: ApiPlace): Asker | undefined {
  const current = config.getCurrentContext();
  const fitting = config
    .getContexts()
    .filter(({ cluster }) => config.getCluster(cluster)?.server === place.server)
    .sort((one, other) => Number(other.name === current) - Number(one.name === current));
  const [context] = fitting;
  if (context === undefined) return undefined;
  const own = new KubeConfig();
  own.loadFromString(config.exportConfig());
  own.setCurrentContext(context.name);
  return askerOf(`kubectl's context ${context.name}`, place, own);
}

/** Whoever has these AWS credentials, at `now` (epoch ms). @throws where they make no token. */
export async function askerOfAws(
  who: string,
  place: ApiPlace,
  credentials: Credentials,
  now: number,
): Promise<Asker> {
  const { name, region, server } = place;
  const token = await createToken({ cluster: name, region, credentials, now });
  if ("seen" in token) throw new Error(token.message);
  const config = new KubeConfig();
  config.loadFromClusterAndUser(
    { name, server, caData: place.certificateAuthority, skipTLSVerify: false },
    { name: "doctor", token: token.text },
  );
  return askerOf(who, place, config);
}

function askerOf(who: string, { server }: ApiPlace, config: KubeConfig): Asker {
  const reviews = (guise: Guise) => new AuthorizationV1Api(configurationOf(server, config, guise));
  return {
    who,
    async readAwsAuth() {
      const core = new CoreV1Api(configurationOf(server, config));
      const at = { namespace: "kube-system", name: "aws-auth" };
      const { metadata, immutable = false, data } = await core.readNamespacedConfigMap(at);
      const { uid = "", resourceVersion = "" } = metadata ?? {};
      return { uid, resourceVersion, immutable, data };
    },
    async rules(namespace, guise) {
      const body = { apiVersion: REVIEW, kind: "SelfSubjectRulesReview", spec: { namespace } };
      const { status } = await reviews(guise).createSelfSubjectRulesReview({ body });
      return [...(status?.resourceRules ?? []), ...(status?.nonResourceRules ?? [])];
    },
    async may(resourceAttributes, guise) {
      const spec = { resourceAttributes };
      const body = { apiVersion: REVIEW, kind: "SelfSubjectAccessReview", spec };
      const { status } = await reviews(guise).createSelfSubjectAccessReview({ body });
      return status?.allowed === true;
    },
  };
}

function configurationOf(server: string, config: KubeConfig, guise?: Guise): Configuration {
  return createConfiguration({
    baseServer: new ServerConfiguration(server, {}),
    authMethods: { default: config },
    promiseMiddleware: [
      {
        async pre(request) {
          request.setSignal(AbortSignal.timeout(TIMEOUT_MS));
          if (guise !== undefined) request.setHeaderParam("Impersonate-User", guise.user);
          if (guise?.group) request.setHeaderParam("Impersonate-Group", guise.group);
          return request;
        },
        post: async (response) => response,
      },
    ],
  });
}

/** The status of a cluster's refusal; undefined where it was none. */
export function statusOf(error: unknown): number | undefined {
  return error instanceof ApiException ? error.code : undefined;
}

/** An error in one line. NB. Not client-node's own message, which holds the answer's headers. */
export function clusterFault(error: unknown): string {
  if (!(error instanceof ApiException)) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : undefined;
    return cause === undefined ? describeFault(error) : describeFault(cause);
  }
  try {
    const { message } = JSON.parse(String(error.body)) as { message?: unknown };
    return `${error.code} ${String(message)}`.slice(0, 300);
  } catch {
    return String(error.code);
  }
}
