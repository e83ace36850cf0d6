// The local cluster beside the local AWS, with twelve people to be mapped, as a world for the target contract.

import { EKSClient } from "@aws-sdk/client-eks";
import { parseIamUserArn } from "../../../lib/grant/ids.ts";
import { type AwsAuthSpec, assignmentKey } from "../../../lib/grant/target-spec.ts";
import { type Clusters, createClusters } from "../../../lib/targets/aws-auth/cluster.ts";
import { createAwsAuthTarget } from "../../../lib/targets/aws-auth/target.ts";
import type { Assignment } from "../../../lib/targets/target.ts";
import type { ClusterSeed } from "../../../local/aws/eks.ts";
import { type LocalAws, startAws } from "../../../local/aws/server.ts";
import { isWrite } from "../../../local/kubernetes/faults.ts";
import { scenarioObjects } from "../../../local/kubernetes/seed.ts";
import { type RunningKubernetes, startKubernetes } from "../../../local/kubernetes/server.ts";
import { createTestClock, type Faults, type World } from "../contract.ts";

const ACCOUNT = "111122223333";
const CLUSTER = "bttrm-eks-dev-0";
const REGION = "us-east-2";
const BROKER_ENTRY = {
  principalArn: `arn:aws:iam::${ACCOUNT}:role/latchkey-provision`,
  username: "latchkey-provision",
  groups: ["latchkey"],
};

export interface ClusterWorld extends World<AwsAuthSpec> {
  readonly faults: Faults;
  readonly aws: LocalAws;
  /** As the target reaches them. */
  readonly clusters: Clusters;
  readonly kubernetes: RunningKubernetes;
  readonly spec: AwsAuthSpec;
  arn(n: number): string;
  /** The nth person's wish for other groups, or a role's. */
  wish(n: number, change: Partial<AwsAuthSpec>, others?: readonly AwsAuthSpec[]): Wish;
  /** The texts of aws-auth as they are now. */
  data(): Readonly<Record<string, string>>;
  /** Puts other texts there by hand. */
  setData(data: Readonly<Record<string, string>>, more?: object): void;
  reads(): number;
}

export type Wish = Assignment<AwsAuthSpec>;

export interface ClusterWorldOptions {
  /** How EKS describes the cluster beyond its endpoint. */
  readonly described?: Partial<ClusterSeed>;
  /** The broker is known by an access entry, and so does not hang on aws-auth itself. */
  readonly brokerHasAccessEntry?: boolean;
}

export async function clusterWorld(options: ClusterWorldOptions = {}): Promise<ClusterWorld> {
  const clock = createTestClock();
  const aws = await startAws({
    now: clock.now,
    region: REGION,
    account: ACCOUNT,
    identities: [
      {
        name: "broker",
        arn: `arn:aws:sts::${ACCOUNT}:assumed-role/latchkey-provision/latchkey`,
        allow: ["eks:DescribeCluster", "eks:DescribeAccessEntry"],
      },
    ],
  });
  const kubernetes = await startKubernetes({
    clusterName: CLUSTER,
    stsUrl: aws.url,
    now: clock.now,
    objects: scenarioObjects(),
    accessEntries: () => (options.brokerHasAccessEntry ? [BROKER_ENTRY] : []),
  });
  aws.putCluster({
    name: CLUSTER,
    endpoint: kubernetes.server,
    certificateAuthorityData: kubernetes.certificateAuthority,
    ...options.described,
  });
  const credentials = aws.credentials("broker");
  const eks = new EKSClient({ endpoint: aws.url, region: REGION, credentials, maxAttempts: 2 });
  const clusters = createClusters({
    eksClient: () => eks,
    credentials: () => async () => credentials,
    now: clock.now,
  });

  const spec: AwsAuthSpec = {
    kind: "aws-auth",
    cluster: { name: CLUSTER, region: REGION },
    groups: ["rbac-bttrm-web-ro-group"],
  };
  const arn = (n: number) => `arn:aws:iam::${ACCOUNT}:user/web-user-${n}`;
  const data = () =>
    (kubernetes.get("ConfigMap", "kube-system", "aws-auth")?.["data"] ?? {}) as Record<
      string,
      string
    >;
  const setData = (texts: Readonly<Record<string, string>>, more = {}) =>
    void kubernetes.put({ ...awsAuth(), data: texts, ...more });
  const wish = (
    n: number,
    change: Partial<AwsAuthSpec>,
    wishes: readonly AwsAuthSpec[] = [],
  ): Wish => {
    const others = wishes.map((other) => ({ spec: other, endsAt: Number.MAX_SAFE_INTEGER }));
    const principal = parseIamUserArn(arn(n));
    const wanted = { ...spec, ...change };
    const key = assignmentKey(wanted, { arn: principal, id: `AIDA-${n}` });
    return { key, principal, principalId: `AIDA-${n}`, spec: wanted, others };
  };
  const entryOf = (n: number, username: string) =>
    `- userarn: ${arn(n)}\n  username: ${username}\n`;
  const countOf = (method: string) =>
    kubernetes.requests.filter((request) => request.method === method).length;

  return {
    aws,
    clusters,
    kubernetes,
    clock,
    spec,
    arn,
    wish,
    data,
    setData,
    target: createAwsAuthTarget({ clusters, clock }),
    assignment: (n) => wish(n, {}),
    otherWish: () => ({ ...spec, groups: ["viewers"] }),
    holds: async (n) => new RegExp(`user/web-user-${n}\\b`).test(data()["mapUsers"] ?? ""),
    async occupy(n) {
      setData({ ...data(), mapUsers: `${data()["mapUsers"] ?? ""}${entryOf(n, "by-hand")}` });
    },
    isOccupied: async (n) => (data()["mapUsers"] ?? "").includes(entryOf(n, "by-hand")),
    writes: () => countOf("PATCH"),
    reads: () => countOf("GET"),
    faults: faultsOf(kubernetes),
    async close() {
      eks.destroy();
      await kubernetes.close();
      await aws.close();
    },
  };
}

function faultsOf({ faults, put }: RunningKubernetes): Faults {
  // What the broker's role in the cluster lets it do to aws-auth.
  const permit = (...verbs: string[]) =>
    void put({
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "Role",
      metadata: { name: "latchkey", namespace: "kube-system" },
      rules: [{ apiGroups: [""], resources: ["configmaps"], resourceNames: ["aws-auth"], verbs }],
    } as Parameters<typeof put>[0]);
  return {
    denyReads: () => permit("patch"),
    denyWrites: () => permit("get"),
    unreachable: () => faults.inject({ kind: "unreachable" }, { times: Number.POSITIVE_INFINITY }),
    loseNextWrite: () => faults.inject({ kind: "lostAnswer" }, { when: isWrite }),
    dropNextWrite: () => faults.inject({ kind: "unreachable" }, { when: isWrite }),
    heal() {
      faults.clear();
      permit("get", "patch");
    },
  };
}

/** The ConfigMap without its contents. */
function awsAuth() {
  const metadata = { name: "aws-auth", namespace: "kube-system" };
  return { apiVersion: "v1", kind: "ConfigMap", metadata };
}
