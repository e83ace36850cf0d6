// A developer at a terminal of their own: assumes roles with their keys, and asks the cluster with their EKS token.

import { AssumeRoleCommand, STSClient, STSServiceException } from "@aws-sdk/client-sts";
import {
  ApiException,
  AuthorizationV1Api,
  CoreV1Api,
  KubeConfig,
  type V1ResourceAttributes,
} from "@kubernetes/client-node";
import { type Credentials, createToken } from "../lib/targets/aws-auth/token.ts";
import { renderKubeconfig } from "./kubernetes/kubeconfig.ts";
import type { RunningKubernetes } from "./kubernetes/server.ts";
import { CLUSTER, REGION } from "./scenario.ts";

/** A session of a role, or AWS's words for why there is none. */
export type AssumedRole =
  | { readonly credentials: Credentials }
  | { readonly refused: string; readonly message: string };

/** `aws sts assume-role` with someone's keys. @throws what is no answer of STS. */
export async function assumeRole(
  stsUrl: string,
  credentials: Credentials,
  roleArn: string,
): Promise<AssumedRole> {
  const sts = new STSClient({ endpoint: stsUrl, region: REGION, credentials, maxAttempts: 1 });
  const asked = { RoleArn: roleArn, RoleSessionName: "developer", DurationSeconds: 3_600 };
  try {
    const { Credentials: given } = await sts.send(new AssumeRoleCommand(asked));
    return {
      credentials: {
        accessKeyId: given?.AccessKeyId ?? "",
        secretAccessKey: given?.SecretAccessKey ?? "",
        sessionToken: given?.SessionToken ?? "",
      },
    };
  } catch (error) {
    if (!(error instanceof STSServiceException)) throw error;
    return { refused: error.name, message: error.message };
  } finally {
    sts.destroy();
  }
}

/** What `kubectl` can be told of a cluster's answer: what came, or the status and words of its refusal. */
export type Told<T> = { readonly got: T } | { readonly refused: number; readonly message: string };

/** Someone who talks to the cluster. */
export interface ClusterUser {
  /** `kubectl auth can-i <verb> <resource> -n <namespace>`. "unknown": the cluster does not know them. */
  canI(verb: string, resource: string, namespace?: string): Promise<"yes" | "no" | "unknown">;
  /** `kubectl get pods -n <namespace>`: their names. */
  podsIn(namespace: string): Promise<Told<readonly string[]>>;
  /** `kubectl get nodes`: their names. */
  nodes(): Promise<Told<readonly string[]>>;
  /** `kubectl create configmap <name> -n <namespace>`. */
  createConfigMap(namespace: string, name: string): Promise<Told<string>>;
}

/** The holder of AWS credentials, by a token made as `aws eks get-token` makes it at `now` (epoch ms). */
export async function clusterUser(
  cluster: RunningKubernetes,
  credentials: Credentials,
  now: number,
): Promise<ClusterUser> {
  const token = await createToken({ cluster: CLUSTER, region: REGION, credentials, now });
  if ("seen" in token) throw new Error(token.message);
  return clientOf(cluster, token.text);
}

/** Whoever has a bearer token of the cluster; `as`: acting as someone else, like `kubectl --as`. */
export function clientOf(cluster: RunningKubernetes, token: string, as?: string): ClusterUser {
  const config = new KubeConfig();
  config.loadFromString(renderKubeconfig({ name: CLUSTER, ...cluster, user: { token } }));
  const [user] = config.getUsers();
  if (as !== undefined && user !== undefined) Object.assign(user, { impersonateUser: as });
  const core = config.makeApiClient(CoreV1Api);
  const authorization = config.makeApiClient(AuthorizationV1Api);
  return {
    async canI(verb, resource, namespace) {
      const resourceAttributes: V1ResourceAttributes = {
        verb,
        resource,
        ...(resource === "*" && { group: "*" }),
        ...(namespace !== undefined && { namespace }),
      };
      const review = { apiVersion: "authorization.k8s.io/v1", kind: "SelfSubjectAccessReview" };
      const answer = await told(() =>
        authorization.createSelfSubjectAccessReview({
          body: { ...review, spec: { resourceAttributes } },
        }),
      );
      if ("refused" in answer) return "unknown";
      return answer.got.status?.allowed === true ? "yes" : "no";
    },
    podsIn: (namespace) => told(async () => names(await core.listNamespacedPod({ namespace }))),
    nodes: () => told(async () => names(await core.listNode())),
    createConfigMap: (namespace, name) =>
      told(async () => {
        const body = { apiVersion: "v1", kind: "ConfigMap", metadata: { name } };
        const made = await core.createNamespacedConfigMap({ namespace, body });
        return made.metadata?.name ?? "";
      }),
  };
}

function names(list: {
  readonly items: readonly { readonly metadata?: { readonly name?: string } }[];
}): readonly string[] {
  return list.items.map((item) => item.metadata?.name ?? "");
}

async function told<T>(ask: () => Promise<T>): Promise<Told<T>> {
  try {
    return { got: await ask() };
  } catch (error) {
    if (!(error instanceof ApiException)) throw error;
    return { refused: error.code, message: messageIn(error.body) };
  }
}

/** Refusals of the generated client come as text, or, for a 401, without what the cluster said. */
function messageIn(body: unknown): string {
  if (typeof body !== "string") return "";
  const { message } = JSON.parse(body) as { readonly message?: string };
  return message ?? "";
}
