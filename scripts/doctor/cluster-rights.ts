// What Latchkey's roles may do in a cluster: read and patch one ConfigMap, and nothing else.

import {
  DescribeAccessEntryCommand,
  paginateListAssociatedAccessPolicies,
} from "@aws-sdk/client-eks";
import type { V1ResourceAttributes } from "@kubernetes/client-node";
import type { ClusterSpec } from "../../lib/grant/target-spec.ts";
import type { AwsAuth } from "../../lib/targets/aws-auth/cluster.ts";
import { readMapText } from "../../lib/targets/aws-auth/map-text.ts";
import { foldArn, mappedArn } from "../../lib/targets/aws-auth/names.ts";
import { isDenied, isNamed } from "../../lib/targets/aws-fault.ts";
import { type Asker, clusterFault, type Guise, type Rule, statusOf } from "./ask-cluster.ts";
import { about, type Finding } from "./finding.ts";
import { CLUSTER_FUNCTIONS, type ClusterFunction, type Patient, roleArn } from "./patient.ts";

/** A cluster that was reached: who asks, and what aws-auth holds where it could be read. */
export interface Reached {
  readonly spec: ClusterSpec;
  readonly mode: string;
  readonly asker: Asker;
  readonly awsAuth: AwsAuth | undefined;
}

/** A role, and what Latchkey does by it. */
interface Role {
  readonly arn: string;
  /** `provision`, or, in another account, `Latchkey`. */
  readonly name: string;
  readonly verbs: readonly string[];
}

export async function examineRights(
  patient: Patient,
  reached: Reached,
): Promise<readonly Finding[]> {
  const found: Finding[] = [];
  for (const role of rolesFor(patient, reached.spec)) {
    found.push(...(await examineRole(patient, reached, role)));
  }
  return found;
}

/** A cluster in another account sees the one role by which Latchkey comes there. */
function rolesFor(patient: Patient, { account }: ClusterSpec): readonly Role[] {
  if (account !== undefined) {
    return [{ arn: account.role, name: "Latchkey", verbs: ["get", "patch"] }];
  }
  return CLUSTER_FUNCTIONS.map((name) => ({
    arn: roleArn(patient, name),
    name,
    verbs: VERBS[name],
  }));
}

const VERBS: Readonly<Record<ClusterFunction, readonly string[]>> = {
  provision: ["get", "patch"],
  revoke: ["get", "patch"],
  watch: ["get"],
};

async function examineRole(
  patient: Patient,
  reached: Reached,
  role: Role,
): Promise<readonly Finding[]> {
  const { spec } = reached;
  const it = about("clusters", `${spec.name}, ${role.name}`);
  const known = await identityOf(patient, reached, role);
  if (known === "unknown") {
    return [
      it.unknown({
        code: "role-unknown",
        what: `nobody could look whether the cluster knows ${role.arn}`,
        why: "A role that it does not know can neither give nor take.",
        mend: `aws eks describe-access-entry --cluster-name ${spec.name} --region ${spec.region} --principal-arn ${role.arn}`,
      }),
    ];
  }
  if (known === "nobody") return [it.problem(notMapped(reached, role))];
  const strong = known.policies.map((policy) => policy.slice(policy.lastIndexOf("/") + 1));
  if (strong.length > 0) return [it.problem(tooBroad(spec, role, strong))];
  try {
    return await examineGuises(reached, role, known.guises);
  } catch (error) {
    return [it.unknown(notAsked(reached, role, known.guises, error))];
  }
}

async function examineGuises(
  { spec, asker }: Reached,
  role: Role,
  guises: readonly Guise[],
): Promise<readonly Finding[]> {
  const it = about("clusters", `${spec.name}, ${role.name}`);
  const lacking: string[] = [];
  for (const verb of role.verbs) {
    if (!(await mayInAny(asker, guises, { ...AWS_AUTH, verb }))) lacking.push(verb);
  }
  const beyond = await beyondNeed(asker, guises, role.verbs);
  const found = [
    ...(lacking.length > 0 ? [it.problem(mayNot(spec, role, lacking))] : []),
    ...(beyond.length > 0 ? [it.problem(tooBroad(spec, role, beyond))] : []),
  ];
  return found.length > 0
    ? found
    : [it.ok(`may ${role.verbs.join(" and ")} aws-auth, and only that`)];
}

const AWS_AUTH = { namespace: "kube-system", resource: "configmaps", name: "aws-auth" };

async function mayInAny(
  asker: Asker,
  guises: readonly Guise[],
  action: V1ResourceAttributes,
): Promise<boolean> {
  for (const guise of guises) if (await asker.may(action, guise)) return true;
  return false;
}

// --- Who a role is in the cluster ---

interface Identity {
  readonly guises: readonly Guise[];
  /** EKS's own access policies, which count beside RBAC. */
  readonly policies: readonly string[];
}

/** An access entry wins over aws-auth. */
async function identityOf(
  { clients }: Patient,
  { spec, mode, awsAuth }: Reached,
  { arn }: Role,
): Promise<Identity | "nobody" | "unknown"> {
  if (mode !== "CONFIG_MAP") {
    const eks = clients.eks(spec.account, spec.region);
    const asked = { clusterName: spec.name, principalArn: arn };
    try {
      const { accessEntry } = await eks.send(new DescribeAccessEntryCommand(asked));
      const policies: string[] = [];
      for await (const page of paginateListAssociatedAccessPolicies({ client: eks }, asked)) {
        for (const { policyArn = "" } of page.associatedAccessPolicies ?? []) {
          policies.push(policyArn);
        }
      }
      const { username = arn, kubernetesGroups = [] } = accessEntry ?? {};
      return { guises: guisesOf(username, kubernetesGroups), policies };
    } catch (error) {
      if (isDenied(error)) return "unknown";
      if (!isNamed(error, "ResourceNotFound")) throw error;
    }
  }
  if (awsAuth === undefined) return "unknown";
  const map = readMapText("mapRoles", awsAuth.data?.["mapRoles"]);
  // Why it cannot be read is told with the map itself.
  if ("trouble" in map) return "unknown";
  const folded = foldArn(mappedArn(arn)?.arn ?? arn);
  const entry = map.entries.findLast(({ foldedArn }) => foldedArn === folded);
  return entry === undefined
    ? "nobody"
    : { guises: guisesOf(entry.username, entry.groups), policies: [] };
}

/** RBAC adds up what a user and each of their groups may, so that each can be asked about by itself. */
function guisesOf(username: string, groups: readonly string[]): readonly Guise[] {
  // The authenticator fills a session's name in.
  const user = username.replace(/\{\{.*?\}\}/g, "latchkey");
  return groups.length === 0 ? [{ user }] : groups.map((group) => ({ user, group }));
}

// --- More than it needs ---

/** What a role may do beside reading and patching aws-auth, in words; the first few. */
async function beyondNeed(
  asker: Asker,
  guises: readonly Guise[],
  verbs: readonly string[],
): Promise<readonly string[]> {
  const found = new Set<string>();
  for (const namespace of ["kube-system", "default"]) {
    const everybody = (await asker.rules(namespace, NOBODY)).map(wordsOf);
    for (const guise of guises) {
      const rules = (await asker.rules(namespace, guise)).filter(
        (rule) => !everybody.includes(wordsOf(rule)) && !isNeeded(rule, verbs),
      );
      for (const rule of rules) found.add(wordsOf(rule));
    }
  }
  // Rules reviews know RBAC alone. EKS has another authorizer beside it, which answers single questions.
  for (const action of found.size > 0 ? [] : TELLING) {
    const isTheirs = await mayInAny(asker, guises, action);
    if (isTheirs && !(await asker.may(action, NOBODY))) {
      found.add(`${action.verb} ${action.resource}`);
    }
  }
  return [...found].slice(0, MOST_NAMED);
}

const MOST_NAMED = 4;
/** Has what everybody has who is known to the cluster. */
const NOBODY: Guise = { user: "latchkey-doctor:nobody" };

const TELLING: readonly V1ResourceAttributes[] = [
  { verb: "delete", ...AWS_AUTH },
  { verb: "patch", namespace: "kube-system", resource: "configmaps", name: "coredns" },
  { verb: "list", namespace: "kube-system", resource: "secrets" },
  { verb: "create", namespace: "default", resource: "pods" },
  { verb: "create", group: "rbac.authorization.k8s.io", resource: "clusterrolebindings" },
  { verb: "impersonate", resource: "users" },
];

function isNeeded(rule: Rule, verbs: readonly string[]): boolean {
  const { apiGroups = [], resources = [], resourceNames = [] } = rule;
  const isOnly = (values: readonly string[], value: string) =>
    values.length > 0 && values.every((each) => each === value);
  return (
    rule.verbs.every((verb) => verbs.includes(verb)) &&
    isOnly(apiGroups, "") &&
    isOnly(resources, "configmaps") &&
    isOnly(resourceNames, "aws-auth")
  );
}

/** `get,list secrets`, `* *`, `get /metrics`. */
function wordsOf({ verbs, resources, apiGroups = [], resourceNames = [], nonResourceURLs }: Rule) {
  if (nonResourceURLs !== undefined && nonResourceURLs.length > 0) {
    return `${verbs.join(",")} ${nonResourceURLs.join(",")}`;
  }
  const [group = ""] = apiGroups;
  const what = (resources ?? []).map((name) => (group === "" ? name : `${name}.${group}`));
  return [verbs.join(","), what.join(","), resourceNames.join(",")].join(" ").trim();
}

// --- Words ---

function notMapped({ spec: { name, region }, mode }: Reached, role: Role) {
  const group = role.name === "watch" ? "latchkey-watch" : "latchkey";
  return {
    code: "role-not-mapped",
    what: `the cluster does not know ${role.arn}`,
    why: withoutIt(role),
    mend:
      mode === "CONFIG_MAP"
        ? `kubectl edit configmap aws-auth -n kube-system    # in ${name}, mapRoles: rolearn: ${role.arn}, username: ${role.arn.slice(role.arn.lastIndexOf("/") + 1)}, groups: [${group}]`
        : `aws eks create-access-entry --region ${region} --cluster-name ${name} --principal-arn ${role.arn} --kubernetes-groups ${group}`,
  };
}

function mayNot({ name }: ClusterSpec, role: Role, verbs: readonly string[]) {
  return {
    code: "role-may-not",
    what: `it may not ${verbs.join(" or ")} aws-auth`,
    why: withoutIt(role),
    mend: `kubectl get roles,rolebindings -n kube-system -o wide | grep -i latchkey    # in ${name}: they, and the role's Kubernetes group, are to be as in docs/deploy.md, step 5`,
  };
}

function withoutIt({ name }: Role): string {
  return name === "watch"
    ? "Nobody notices what is wrong in this cluster."
    : "What is asked for of it fails, or does not end.";
}

function tooBroad({ name }: ClusterSpec, role: Role, beyond: readonly string[]) {
  return {
    code: "role-too-broad",
    what: `it may more than it needs: ${beyond.join("; ")}`,
    why: `Whoever gets hold of the function gets that too. It needs to ${role.verbs.join(" and ")} the ConfigMap kube-system/aws-auth.`,
    mend: `kubectl get rolebindings,clusterrolebindings -A -o wide | grep -i latchkey    # in ${name}: leave only those of docs/deploy.md, step 5`,
  };
}

function notAsked({ spec, asker }: Reached, role: Role, guises: readonly Guise[], error: unknown) {
  const [{ user, group } = { user: role.arn }] = guises;
  const as = `--as ${user}${group === undefined ? "" : ` --as-group ${group}`}`;
  const isRefused = statusOf(error) === 403;
  return {
    code: isRefused ? "may-not-ask" : "no-answer",
    what: `nobody could look what it may do: asked as ${asker.who}, the answer was: ${clusterFault(error)}`,
    why: "A role that may not patch aws-auth can neither give nor take; one that may more is a danger.",
    mend: `kubectl auth can-i --list -n kube-system ${as}    # in ${spec.name}, as somebody who may impersonate`,
  };
}
