// What the cluster holds at the start: Kubernetes' own roles, and the scenario of the two web projects.

import type { PolicyRule } from "./rbac.ts";
import type { KubernetesObject } from "./resources.ts";

const ACCOUNT = "111122223333";
const READERS = "rbac-bttrm-web-ro-group";
const POD_READER = "rbac-bttrm-pods-ro-cluster-role";
const WEB_PROJECTS = ["bttrm-web-proj-1", "bttrm-web-proj-2"] as const;

/** What every cluster has: the first namespaces, and the roles that let anyone ask who they are. */
export function systemObjects(): KubernetesObject[] {
  const everyone: Subject = { kind: "Group", name: "system:authenticated" };
  const anyone: Subject = { kind: "Group", name: "system:unauthenticated" };
  const health = ["/healthz", "/livez", "/readyz", "/version", "/version/"];
  return [
    namespace("default"),
    namespace("kube-system"),
    clusterRole("cluster-admin", [
      { verbs: ["*"], apiGroups: ["*"], resources: ["*"] },
      { verbs: ["*"], nonResourceURLs: ["*"] },
    ]),
    clusterRoleBinding("cluster-admin", { kind: "Group", name: "system:masters" }),
    clusterRole("system:basic-user", [
      {
        verbs: ["create"],
        apiGroups: ["authorization.k8s.io"],
        resources: ["selfsubjectaccessreviews", "selfsubjectrulesreviews"],
      },
      {
        verbs: ["create"],
        apiGroups: ["authentication.k8s.io"],
        resources: ["selfsubjectreviews"],
      },
    ]),
    clusterRoleBinding("system:basic-user", everyone),
    clusterRole("system:discovery", [
      {
        verbs: ["get"],
        nonResourceURLs: [
          "/api",
          "/api/*",
          "/apis",
          "/apis/*",
          "/openapi",
          "/openapi/*",
          ...health,
        ],
      },
    ]),
    clusterRoleBinding("system:discovery", everyone),
    clusterRole("system:public-info-viewer", [{ verbs: ["get"], nonResourceURLs: health }]),
    clusterRoleBinding("system:public-info-viewer", everyone, anyone),
  ];
}

/** The cluster `bttrm-eks-dev-0`: two web projects that may be read, and people mapped for good. */
export function scenarioObjects(): KubernetesObject[] {
  return [
    ...WEB_PROJECTS.flatMap(webProject),
    clusterRole(POD_READER, [
      { verbs: ["get", "list", "watch"], apiGroups: [""], resources: ["pods"] },
    ]),
    node("ip-10-0-12-41.us-east-2.compute.internal", "us-east-2a", "i-0a1b2c3d4e5f60718"),
    node("ip-10-0-23-87.us-east-2.compute.internal", "us-east-2b", "i-0f9e8d7c6b5a41302"),
    pod("kube-system", "coredns-6b9575c64c-7wq4r"),
    pod("kube-system", "aws-node-x2kzp"),
    pod("default", "debug-toolbox-5c9f8d7b6-hv2nl"),
    ...oneOffAccess(),
    ...brokerAccess(),
    awsAuth(),
  ];
}

function webProject(project: (typeof WEB_PROJECTS)[number]): KubernetesObject[] {
  const home = `${project}-ns`;
  return [
    namespace(home),
    pod(home, `${project}-frontend-7d4b9c6f58-k8xvp`),
    pod(home, `${project}-frontend-7d4b9c6f58-zq2mt`),
    pod(home, `${project}-api-6f8b7d9c45-4tj9w`),
    pod(home, `${project}-worker-0`),
    roleBinding(home, `rbac-${project}-ro-role-binding`, ["ClusterRole", POD_READER], {
      kind: "Group",
      name: READERS,
    }),
  ];
}

/** The documents' first example: `eks-user`, or whoever is in `eks-role`, may list pods in `default`. */
function oneOffAccess(): KubernetesObject[] {
  return [
    role("default", "eks-role", [{ verbs: ["list"], apiGroups: [""], resources: ["pods"] }]),
    roleBinding(
      "default",
      "eks-role",
      ["Role", "eks-role"],
      { kind: "User", name: "eks-user" },
      { kind: "Group", name: "eks-role" },
    ),
  ];
}

/** All that the broker may do here: read `aws-auth` and patch it. It cannot even create it. Watch only reads. */
function brokerAccess(): KubernetesObject[] {
  return [...toAwsAuth("latchkey", ["get", "patch"]), ...toAwsAuth("latchkey-watch", ["get"])];
}

/** Lets the group `name` do `verbs` with `aws-auth`. */
function toAwsAuth(name: string, verbs: readonly string[]): KubernetesObject[] {
  const rule = { verbs, apiGroups: [""], resources: ["configmaps"], resourceNames: ["aws-auth"] };
  return [
    role("kube-system", name, [rule]),
    roleBinding("kube-system", name, ["Role", name], { kind: "Group", name }),
  ];
}

/** Written as people write it, so that whatever edits it has something to leave alone. */
function awsAuth(): KubernetesObject {
  return {
    ...object("v1", "ConfigMap", "aws-auth", "kube-system"),
    data: {
      mapRoles: `# Worker nodes. Without this entry no node can join: DO NOT REMOVE (ask #platform first)
- rolearn: arn:aws:iam::${ACCOUNT}:role/bttrm-eks-dev-0-node-role
  username: system:node:{{EC2PrivateDNSName}}
  groups:
    - system:bootstrappers
    - system:nodes

# Break glass
- rolearn: "arn:aws:iam::${ACCOUNT}:role/eks-cluster-admins"
  username: 'eks-cluster-admins:{{SessionName}}'
  groups: ["system:masters"]   # the last one: whoever loses it is locked out
- groups:
  - viewers
  rolearn: arn:aws:iam::${ACCOUNT}:role/kubernetes-read-only
  username: kubernetes-read-only

# web projects, see the wiki
- rolearn: arn:aws:iam::${ACCOUNT}:role/iam-bttrm-web-ro-role
  username: iam-bttrm-web-ro-role
  groups: [${READERS}]

# Latchkey, the access broker
- rolearn: arn:aws:iam::${ACCOUNT}:role/latchkey-provision
  username: latchkey-provision
  groups:
    - latchkey
- rolearn: arn:aws:iam::${ACCOUNT}:role/latchkey-revoke
  username: latchkey-revoke
  groups:
    - latchkey
- rolearn: arn:aws:iam::${ACCOUNT}:role/latchkey-watch
  username: latchkey-watch
  groups:
    - latchkey-watch
`,
      mapUsers: `- userarn: arn:aws:iam::${ACCOUNT}:user/jane.doe@example.com
  username: jane.doe@example.com
  groups:
    - admins
# shared by the whole team, to be replaced by roles
- userarn: "arn:aws:iam::${ACCOUNT}:user/developer.team@example.com"
  username: "developer.team@example.com"
  groups: [ developers ]
`,
    },
  };
}

function object(apiVersion: string, kind: string, name: string, home?: string): KubernetesObject {
  return {
    apiVersion,
    kind,
    metadata: { name, ...(home === undefined ? {} : { namespace: home }) },
  };
}

function namespace(name: string): KubernetesObject {
  return { ...object("v1", "Namespace", name), status: { phase: "Active" } };
}

function node(name: string, zone: string, instanceId: string): KubernetesObject {
  return {
    ...object("v1", "Node", name),
    spec: { providerID: `aws:///${zone}/${instanceId}` },
    status: { nodeInfo: { kubeletVersion: "v1.32.0-eks-aeac579" } },
  };
}

function pod(home: string, name: string): KubernetesObject {
  const container = name.replace(/(-[a-z0-9]{8,10})?-[a-z0-9]{1,5}$/, "");
  const image = `${ACCOUNT}.dkr.ecr.us-east-2.amazonaws.com/${container}:1.4.2`;
  return {
    ...object("v1", "Pod", name, home),
    spec: { containers: [{ name: container, image }] },
    status: {
      phase: "Running",
      containerStatuses: [{ name: container, image, ready: true, restartCount: 0 }],
    },
  };
}

const RBAC = "rbac.authorization.k8s.io/v1";

interface Subject {
  readonly kind: "User" | "Group";
  readonly name: string;
}

function clusterRole(name: string, rules: readonly PolicyRule[]): KubernetesObject {
  return { ...object(RBAC, "ClusterRole", name), rules };
}

function role(home: string, name: string, rules: readonly PolicyRule[]): KubernetesObject {
  return { ...object(RBAC, "Role", name, home), rules };
}

/** Binds the ClusterRole of the same name. */
function clusterRoleBinding(name: string, ...subjects: readonly Subject[]): KubernetesObject {
  return {
    ...object(RBAC, "ClusterRoleBinding", name),
    ...bound(["ClusterRole", name], subjects),
  };
}

function roleBinding(
  home: string,
  name: string,
  roleRef: readonly [kind: "Role" | "ClusterRole", name: string],
  ...subjects: readonly Subject[]
): KubernetesObject {
  return { ...object(RBAC, "RoleBinding", name, home), ...bound(roleRef, subjects) };
}

function bound([kind, name]: readonly [string, string], subjects: readonly Subject[]) {
  const apiGroup = "rbac.authorization.k8s.io";
  return {
    roleRef: { apiGroup, kind, name },
    subjects: subjects.map((subject) => ({ apiGroup, ...subject })),
  };
}
