// What the doctor finds in a cluster: whether it can be reached, counts aws-auth, knows Latchkey and lets it do just what it needs.

import { afterEach, describe, expect, it } from "@jest/globals";
import { KubeConfig } from "@kubernetes/client-node";
import { createToken } from "../../lib/targets/aws-auth/token.ts";
import type { ClusterSeed } from "../../local/aws/eks.ts";
import { renderKubeconfig } from "../../local/kubernetes/kubeconfig.ts";
import type { KubernetesObject } from "../../local/kubernetes/resources.ts";
import { CLUSTER } from "../../local/scenario.ts";
import { type AwsAuth, scene } from "../end-to-end/scene.ts";
import { findingsOf, found, stackToExamine, wrongIn } from "./examined.ts";

const stack = stackToExamine();
const { editAwsAuth } = scene(stack);
const ADA_ARN = "arn:aws:iam::111122223333:user/iam-bttrm-web-user-1";
const PROVISION = "arn:aws:iam::111122223333:role/latchkey-provision";

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

const wrong = async (
  ...args: Parameters<typeof findingsOf> extends [unknown, ...infer Rest] ? Rest : never
) => wrongIn(await findingsOf(stack(), ...args), "clusters");

/** EKS says other things of the cluster, until the test is over. */
function describeAs(more: Partial<ClusterSeed>): void {
  const { cluster, aws } = stack();
  const usual: ClusterSeed = {
    name: CLUSTER,
    endpoint: cluster.server,
    certificateAuthorityData: cluster.certificateAuthority,
    authenticationMode: "API_AND_CONFIG_MAP",
  };
  aws.putCluster({ ...usual, ...more });
  undo.push(() => aws.putCluster(usual));
}

/** Something of the cluster is removed, until the test is over. */
function without(kind: string, home: string, name: string): void {
  const { cluster } = stack();
  const object = cluster.get(kind, home, name);
  if (object === undefined) throw new Error(`there is no ${kind} ${name}`);
  cluster.remove(kind, home, name);
  undo.push(() => cluster.put(withoutVersion(object)));
}

function withoutVersion(object: KubernetesObject): KubernetesObject {
  const { name, namespace } = object.metadata;
  return { ...object, metadata: { name, ...(namespace !== undefined && { namespace }) } };
}

function also(object: KubernetesObject): void {
  const { cluster } = stack();
  const { kind, metadata } = cluster.put(object);
  undo.push(() => cluster.remove(kind, metadata.namespace ?? "", metadata.name));
}

function edit(change: (data: AwsAuth) => Partial<AwsAuth>): void {
  const { cluster } = stack();
  const before = cluster.get("ConfigMap", "kube-system", "aws-auth")?.["data"] as AwsAuth;
  editAwsAuth(change);
  undo.push(() => editAwsAuth(() => before));
}

const RBAC = "rbac.authorization.k8s.io";
const bind = (kind: "RoleBinding" | "ClusterRoleBinding", role: string): KubernetesObject => ({
  apiVersion: `${RBAC}/v1`,
  kind,
  metadata: {
    name: `too-much-${role}`,
    ...(kind === "RoleBinding" && { namespace: "kube-system" }),
  },
  roleRef: { apiGroup: RBAC, kind: "ClusterRole", name: role },
  subjects: [{ apiGroup: RBAC, kind: "Group", name: "latchkey" }],
});

describe("a cluster", () => {
  it("that is not there is a problem", async () => {
    const findings = await findingsOf(stack(), {
      change: ({ entitlements }) => ({
        entitlements: Object.fromEntries(
          Object.entries(entitlements).map(([id, entitlement]) => [
            id,
            {
              ...entitlement,
              targets: entitlement.targets.map((spec) =>
                spec.kind === "aws-auth"
                  ? { ...spec, cluster: { name: "gone", region: "us-east-2" } }
                  : spec,
              ),
            },
          ]),
        ),
      }),
    });
    expect(wrongIn(findings, "clusters")).toEqual(["problem cluster-missing gone"]);
  });

  it("that goes by access entries alone is a problem, and nothing more is looked at", async () => {
    describeAs({ authenticationMode: "API" });
    const findings = await findingsOf(stack());
    expect(wrongIn(findings, "clusters")).toEqual([`problem cluster-mode ${CLUSTER}`]);
    expect(found(findings, "cluster-mode").why).toContain("counts for nothing");
  });

  it("that knows no access entries is looked at by its aws-auth alone", async () => {
    describeAs({ authenticationMode: "CONFIG_MAP" });
    expect(await wrong()).toEqual([]);
  });

  it("that is being made, or is not open to everybody, is told", async () => {
    describeAs({ status: "CREATING", publicAccessCidrs: ["203.0.113.0/24"] });
    expect(await wrong()).toEqual([
      `warning cluster-not-active ${CLUSTER}`,
      `warning endpoint-restricted ${CLUSTER}`,
    ]);
    describeAs({ publicAccessCidrs: [] });
    expect(await wrong()).toEqual([`problem endpoint-private ${CLUSTER}`]);
  });

  it("that does not answer is a problem, in words of where it was asked from", async () => {
    stack().cluster.faults.inject({ kind: "unreachable" }, { times: Number.POSITIVE_INFINITY });
    undo.push(() => stack().cluster.faults.clear());
    const findings = await findingsOf(stack());
    expect(wrongIn(findings, "clusters")).toEqual([
      `problem cluster-unreachable ${CLUSTER}, aws-auth`,
    ]);
    expect(found(findings, "cluster-unreachable").what).toContain("does not answer from here");
  });

  it("that knows nobody of us is unknown, and the command makes it known", async () => {
    const findings = await findingsOf(stack(), { kubeconfig: undefined });
    expect(wrongIn(findings, "clusters")).toEqual([
      `unknown doctor-not-known ${CLUSTER}, aws-auth`,
    ]);
    expect(found(findings, "doctor-not-known").mend).toContain("aws eks update-kubeconfig");
  });

  it("is asked by the caller's own token where kubectl has no context for it", async () => {
    const admin = "arn:aws:iam::111122223333:user/admin";
    edit(({ mapUsers }) => ({
      mapUsers: `${mapUsers}- userarn: ${admin}\n  username: admin\n  groups: [system:masters]\n`,
    }));
    const kubeconfig = new KubeConfig();
    const { cluster } = stack();
    const user = { token: "stale" };
    kubeconfig.loadFromString(
      renderKubeconfig({ ...cluster, server: "https://127.0.0.1:1", name: "other", user }),
    );
    expect(await wrong({ kubeconfig })).toEqual([]);
    // One whose token has run out: 401, and the caller is asked for.
    kubeconfig.loadFromString(renderKubeconfig({ ...cluster, name: "stale", user }));
    expect(await wrong({ kubeconfig })).toEqual([]);
  });
});

describe("Latchkey's roles in a cluster", () => {
  const at = (role: string) => `${CLUSTER}, ${role}`;

  it("that it does not know are a problem", async () => {
    edit(({ mapRoles }) => ({ mapRoles: mapRoles.replaceAll("role/latchkey-", "role/other-") }));
    const findings = await findingsOf(stack());
    expect(wrongIn(findings, "clusters")).toEqual([
      `problem role-not-mapped ${at("provision")}`,
      `problem role-not-mapped ${at("revoke")}`,
      `problem role-not-mapped ${at("watch")}`,
    ]);
    const [first] = findings.filter(({ code }) => code === "role-not-mapped");
    expect(first?.mend).toBe(
      `aws eks create-access-entry --region us-east-2 --cluster-name ${CLUSTER} --principal-arn ${PROVISION} --kubernetes-groups latchkey`,
    );
  });

  it("that it does not know and that knows no access entries are to be mapped", async () => {
    describeAs({ authenticationMode: "CONFIG_MAP" });
    edit(({ mapRoles }) => ({ mapRoles: mapRoles.replace("role/latchkey-watch", "role/other") }));
    expect(found(await findingsOf(stack()), "role-not-mapped").mend).toMatch(
      /^kubectl edit configmap aws-auth .*latchkey-watch, groups: \[latchkey-watch\]$/,
    );
  });

  it("that it knows by an access entry are asked about by that", async () => {
    edit(({ mapRoles }) => ({ mapRoles: mapRoles.replaceAll("role/latchkey-", "role/other-") }));
    describeAs({
      accessEntries: [
        { principalArn: PROVISION, kubernetesGroups: ["latchkey"] },
        { principalArn: PROVISION.replace("provision", "revoke"), kubernetesGroups: ["latchkey"] },
        {
          principalArn: PROVISION.replace("provision", "watch"),
          kubernetesGroups: ["latchkey-watch", "also-nothing"],
        },
      ],
    });
    expect(await wrong()).toEqual([]);
  });

  it("that RBAC gives nothing may not read and not patch", async () => {
    without("RoleBinding", "kube-system", "latchkey");
    const findings = await findingsOf(stack());
    expect(wrongIn(findings, "clusters")).toEqual([
      `problem role-may-not ${at("provision")}`,
      `problem role-may-not ${at("revoke")}`,
    ]);
    const [first] = findings.filter(({ code }) => code === "role-may-not");
    expect(first?.what).toBe("it may not get or patch aws-auth");
  });

  it("that RBAC gives only half may not do the other", async () => {
    without("Role", "kube-system", "latchkey");
    also({
      apiVersion: `${RBAC}/v1`,
      kind: "Role",
      metadata: { name: "latchkey", namespace: "kube-system" },
      rules: [
        { verbs: ["get"], apiGroups: [""], resources: ["configmaps"], resourceNames: ["aws-auth"] },
      ],
    });
    const findings = await findingsOf(stack());
    const [first] = findings.filter(({ code }) => code === "role-may-not");
    expect(first?.what).toBe("it may not patch aws-auth");
  });

  it("that may do everything are too broad, wherever that is bound", async () => {
    also(bind("ClusterRoleBinding", "cluster-admin"));
    const findings = await findingsOf(stack());
    expect(wrongIn(findings, "clusters")).toEqual([
      `problem role-too-broad ${at("provision")}`,
      `problem role-too-broad ${at("revoke")}`,
    ]);
    const [first] = findings.filter(({ code }) => code === "role-too-broad");
    expect(first?.what).toContain("* *");
  });

  it.each<[string, Record<string, unknown>, string]>([
    [
      "another ConfigMap",
      { resourceNames: ["aws-auth", "coredns"] },
      "get configmaps aws-auth,coredns",
    ],
    ["all ConfigMaps", { resourceNames: undefined }, "get configmaps"],
    ["another verb", { verbs: ["get", "delete"] }, "get,delete configmaps aws-auth"],
    [
      "secrets as well",
      { resources: ["configmaps", "secrets"] },
      "get configmaps,secrets aws-auth",
    ],
  ])("that may use %s are too broad", async (_, more, words) => {
    const rule = {
      verbs: ["get"],
      apiGroups: [""],
      resources: ["configmaps"],
      resourceNames: ["aws-auth"],
      ...more,
    };
    also({
      apiVersion: `${RBAC}/v1`,
      kind: "Role",
      metadata: { name: "more", namespace: "kube-system" },
      rules: [JSON.parse(JSON.stringify(rule))],
    });
    also({
      ...bind("RoleBinding", "more"),
      roleRef: { apiGroup: RBAC, kind: "Role", name: "more" },
    });
    const findings = await findingsOf(stack());
    const [first] = findings.filter(({ code }) => code === "role-too-broad");
    expect(first?.what).toBe(`it may more than it needs: ${words}`);
  });

  it("that have one of EKS's own policies are too broad, which RBAC does not show", async () => {
    const policy = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy";
    const entry = { principalArn: PROVISION, kubernetesGroups: ["latchkey"] };
    describeAs({ accessEntries: [{ ...entry, accessPolicies: [policy] }] });
    const findings = await findingsOf(stack());
    expect(wrongIn(findings, "clusters")).toEqual([`problem role-too-broad ${at("provision")}`]);
    expect(found(findings, "role-too-broad").what).toContain("AmazonEKSClusterAdminPolicy");
  });

  /** kubectl's user is somebody whom AWS knows by that name here. */
  async function asIdentity(name: string): Promise<KubeConfig> {
    const { aws, cluster } = stack();
    const credentials = aws.credentials(name);
    const asked = { cluster: CLUSTER, region: aws.region, credentials, now: stack().now() };
    const token = await createToken(asked);
    if ("seen" in token) throw new Error(token.message);
    const kubeconfig = new KubeConfig();
    const user = { token: token.text };
    kubeconfig.loadFromString(renderKubeconfig({ ...cluster, name: "weak", user }));
    return kubeconfig;
  }

  it("cannot be looked at by who may not impersonate them, who is told how", async () => {
    // Who may read aws-auth like watch, and no more.
    const kubeconfig = await asIdentity("latchkey-watch");
    const findings = await findingsOf(stack(), { kubeconfig });
    expect(wrongIn(findings, "clusters")).toEqual([
      `unknown may-not-ask ${at("provision")}`,
      `unknown may-not-ask ${at("revoke")}`,
      `unknown may-not-ask ${at("watch")}`,
    ]);
    const [first] = findings.filter(({ code }) => code === "may-not-ask");
    expect(first?.what).toContain("asked as kubectl's context weak, the answer was: 403");
    expect(first?.mend).toContain("--as latchkey-provision --as-group latchkey");
  });

  it("cannot be found by who may not read aws-auth", async () => {
    const arn = "arn:aws:iam::111122223333:user/jane.doe@example.com";
    stack().aws.addIdentity({ name: "jane", arn });
    const findings = await findingsOf(stack(), { kubeconfig: await asIdentity("jane") });
    expect(wrongIn(findings, "clusters")).toEqual([
      `unknown may-not-read ${CLUSTER}, aws-auth`,
      `unknown role-unknown ${at("provision")}`,
      `unknown role-unknown ${at("revoke")}`,
      `unknown role-unknown ${at("watch")}`,
    ]);
  });
});

describe("a cluster's aws-auth", () => {
  const at = `${CLUSTER}, aws-auth`;

  it("that is not there is a problem", async () => {
    without("ConfigMap", "kube-system", "aws-auth");
    expect(await wrong()).toContain(`problem aws-auth-missing ${at}`);
  });

  it.each([
    ["mapUsers", "- userarn: [", "aws-auth-unreadable"],
    ["mapUsers", "just: text\n", "aws-auth-unsafe"],
    ["mapRoles", "- &anchor {}\n- *anchor\n", "aws-auth-unsafe"],
  ] as const)("whose %s cannot be read for sure is a problem: %j", async (key, text, code) => {
    edit(() => ({ [key]: text }));
    const findings = await findingsOf(stack());
    expect(found(findings, code)).toMatchObject({ level: "problem", subject: at });
    expect(found(findings, code).what).toContain(`aws-auth, ${key}`);
  });

  it("that cannot be changed is a problem", async () => {
    const { cluster } = stack();
    const object = cluster.get("ConfigMap", "kube-system", "aws-auth");
    if (object === undefined) throw new Error("no aws-auth");
    cluster.put({ ...object, immutable: true });
    undo.push(() => {
      cluster.remove("ConfigMap", "kube-system", "aws-auth");
      cluster.put(withoutVersion({ ...object }));
    });
    expect(await wrong()).toEqual([`problem aws-auth-immutable ${at}`]);
  });

  it("that maps somebody already, not by Latchkey, is a problem", async () => {
    edit(({ mapUsers }) => ({
      mapUsers: `${mapUsers}- userarn: ${ADA_ARN}\n  username: ada\n  groups: [viewers]\n`,
    }));
    const findings = await findingsOf(stack());
    expect(wrongIn(findings, "clusters")).toEqual([`problem mapped-by-other ${at}`]);
    expect(found(findings, "mapped-by-other").what).toContain(`${ADA_ARN} is mapped in aws-auth`);
  });

  it("that is nearly full is a warning", async () => {
    edit(({ mapUsers }) => ({ mapUsers: `${mapUsers}# ${"x".repeat(760_000)}\n` }));
    const findings = await findingsOf(stack());
    expect(wrongIn(findings, "clusters")).toEqual([`warning aws-auth-nearly-full ${at}`]);
    expect(found(findings, "aws-auth-nearly-full").what).toMatch(/^76\d{4} bytes, 8\d %/);
  });

  it("has no effect for who has an access entry, which is a problem", async () => {
    describeAs({ accessEntries: [{ principalArn: ADA_ARN }] });
    const findings = await findingsOf(stack());
    expect(wrongIn(findings, "clusters")).toEqual([
      `problem access-entry ${CLUSTER}, iam-bttrm-web-user-1`,
    ]);
    expect(found(findings, "access-entry").mend).toContain(
      `aws eks delete-access-entry --region us-east-2 --cluster-name ${CLUSTER} --principal-arn ${ADA_ARN}`,
    );
  });
});
