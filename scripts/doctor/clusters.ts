// The clusters whose aws-auth is written: reachable, in a mode in which it counts, known to Latchkey, and as it can be edited.

import { type Cluster, DescribeClusterCommand } from "@aws-sdk/client-eks";
import pMap from "p-map";
import { type ClusterSpec, placeKey } from "../../lib/grant/target-spec.ts";
import type { Policy } from "../../lib/policy/policy.ts";
import type { AwsAuth } from "../../lib/targets/aws-auth/cluster.ts";
import { isNamed } from "../../lib/targets/aws-fault.ts";
import {
  type ApiPlace,
  type Asker,
  askerOfAws,
  askerOfKubeconfig,
  clusterFault,
  statusOf,
} from "./ask-cluster.ts";
import { examineMap, examineShadows, possibleEntries } from "./cluster-lends.ts";
import { examineRights } from "./cluster-rights.ts";
import { about, type Finding, type Trouble } from "./finding.ts";
import { notSeen, type Patient } from "./patient.ts";

const AT_ONCE = 4;

export async function examineClusters(patient: Patient): Promise<readonly Finding[]> {
  const examine = (spec: ClusterSpec) => examineCluster(patient, spec);
  return (await pMap(clustersIn(patient.policy), examine, { concurrency: AT_ONCE })).flat();
}

function clustersIn({ entitlements }: Policy): readonly ClusterSpec[] {
  const specs = Object.values(entitlements).flatMap(({ targets }) =>
    targets.flatMap((spec) => (spec.kind === "aws-auth" ? [spec] : [])),
  );
  return [...new Map(specs.map((spec) => [placeKey(spec), spec.cluster])).values()];
}

async function examineCluster(patient: Patient, spec: ClusterSpec): Promise<readonly Finding[]> {
  const described = await describe(patient, spec);
  if ("check" in described) return [described];
  const found = examineDescription(spec, described);
  const mode = modeOf(spec, described);
  // Where only access entries count there is nothing more to look at.
  if (mode === "API") return found;

  const place: ApiPlace = {
    name: spec.name,
    region: spec.region,
    server: spec.server ?? described.endpoint ?? "",
    certificateAuthority: spec.certificateAuthority ?? described.certificateAuthority?.data ?? "",
  };
  const entries = possibleEntries(patient.policy, spec);
  const shadows = mode === "CONFIG_MAP" ? [] : await examineShadows(patient, spec, entries);
  const met = await meet(patient, place);
  if ("check" in met) return [...found, ...shadows, met];
  const { asker, awsAuth } = met;
  const map = "check" in awsAuth ? [awsAuth] : examineMap(spec, awsAuth, entries);
  const reached = { spec, mode, asker, awsAuth: "check" in awsAuth ? undefined : awsAuth };
  try {
    return [...found, ...shadows, ...map, ...(await examineRights(patient, reached))];
  } catch (error) {
    return [...found, ...shadows, ...map, notSeen("clusters", `${spec.name}, roles`, error)];
  }
}

// --- What EKS says ---

/** A cluster whose address access.yml gives need not be one of EKS's. */
async function describe({ clients }: Patient, spec: ClusterSpec): Promise<Cluster | Finding> {
  if (spec.server !== undefined) return {};
  try {
    const eks = clients.eks(spec.account, spec.region);
    const { cluster } = await eks.send(new DescribeClusterCommand({ name: spec.name }));
    return cluster ?? {};
  } catch (error) {
    if (!isNamed(error, "ResourceNotFound")) return notSeen("clusters", spec.name, error);
    return about("clusters", spec.name).problem({
      code: "cluster-missing",
      what: `there is no EKS cluster of that name in ${spec.region}`,
      why: "What is asked for of it is refused after it was approved.",
      mend: `aws eks list-clusters --region ${spec.region}    # and correct \`clusters\` in access.yml`,
    });
  }
}

/** EKS's word for a cluster that has been told of none is CONFIG_MAP; one that is not EKS's has no access entries. */
function modeOf(spec: ClusterSpec, { accessConfig }: Cluster): string {
  return spec.server === undefined
    ? (accessConfig?.authenticationMode ?? "CONFIG_MAP")
    : "CONFIG_MAP";
}

function examineDescription(spec: ClusterSpec, cluster: Cluster): readonly Finding[] {
  const it = about("clusters", spec.name);
  const mode = modeOf(spec, cluster);
  const found = [
    ...(mode === "API" ? [it.problem(ACCESS_ENTRIES_ALONE)] : []),
    ...examineStatus(spec, cluster),
    ...examineEndpoint(spec, cluster),
  ];
  return found.length > 0 ? found : [it.ok(`there, authentication mode ${mode}`)];
}

const ACCESS_ENTRIES_ALONE: Trouble = {
  code: "cluster-mode",
  what: "it goes by access entries alone (authentication mode API)",
  why: "Its aws-auth counts for nothing: what access.yml lends there is refused.",
  mend: "Lend an IAM group whose role has an access entry. (The mode cannot be set back.)",
};

function examineStatus({ name, region }: ClusterSpec, { status }: Cluster): readonly Finding[] {
  if (status === undefined || status === "ACTIVE" || status === "UPDATING") return [];
  return [
    about("clusters", name).warning({
      code: "cluster-not-active",
      what: `it is ${status}`,
      why: "What is asked for of it waits, and what ends there is tried again and again.",
      mend: `aws eks describe-cluster --name ${name} --region ${region} --query cluster.health`,
    }),
  ];
}

const OPEN =
  "anybody can then knock at its API, which lets in only whom it knows. If that is not to be, lend IAM groups there, no mappings";

function examineEndpoint(
  { name, region }: ClusterSpec,
  { resourcesVpcConfig = {} }: Cluster,
): readonly Finding[] {
  const { endpointPublicAccess, publicAccessCidrs = [] } = resourcesVpcConfig;
  const it = about("clusters", name);
  const setting = `aws eks update-cluster-config --name ${name} --region ${region} --resources-vpc-config`;
  if (endpointPublicAccess === false) {
    return [
      it.problem({
        code: "endpoint-private",
        what: "its API can be reached from inside its VPC alone",
        why: "Latchkey's functions are in no VPC: they cannot reach it.",
        mend: `${setting} endpointPublicAccess=true,endpointPrivateAccess=true    # ${OPEN}`,
      }),
    ];
  }
  if (!endpointPublicAccess || publicAccessCidrs.includes("0.0.0.0/0")) return [];
  return [
    it.warning({
      code: "endpoint-restricted",
      what: `its API can be reached from ${publicAccessCidrs.join(", ")} alone`,
      why: "Latchkey's functions have no fixed addresses: they may not be among these.",
      mend: `${setting} publicAccessCidrs=0.0.0.0/0    # ${OPEN}`,
    }),
  ];
}

// --- What the cluster says ---

interface Met {
  readonly asker: Asker;
  readonly awsAuth: AwsAuth | Finding;
}

/**
 * Somebody whom the cluster knows, and what it shows them of aws-auth: kubectl's user, else the caller by an
 * EKS token.
 */
async function meet(patient: Patient, place: ApiPlace): Promise<Met | Finding> {
  let refusal: unknown;
  for (const asker of await askersOf(patient, place)) {
    try {
      return { asker, awsAuth: await asker.readAwsAuth() };
    } catch (error) {
      const status = statusOf(error);
      if (status === 404) return { asker, awsAuth: noAwsAuth(place) };
      if (status === 403) return { asker, awsAuth: mayNotRead(place, asker) };
      refusal = error;
      // Not known to the cluster, or without credentials: perhaps the next one is.
    }
  }
  const { name, region } = place;
  const it = about("clusters", `${name}, aws-auth`);
  if (statusOf(refusal) === 401) {
    return it.unknown({
      code: "doctor-not-known",
      what: `the cluster knows neither kubectl's user nor ${patient.caller.arn}`,
      why: "Its aws-auth, and what Latchkey may do there, were not looked at.",
      mend: `aws eks update-kubeconfig --name ${name} --region ${region}    # as an administrator of it, then run the doctor again`,
    });
  }
  return it.problem({
    code: "cluster-unreachable",
    what: `its API does not answer from here: ${clusterFault(refusal)}`,
    why: "If Latchkey's functions do not reach it either, nothing there can be given or taken.",
    mend: `kubectl get --raw /livez    # in the context of that cluster: VPN, proxy, security groups`,
  });
}

async function askersOf(patient: Patient, place: ApiPlace): Promise<readonly Asker[]> {
  const { kubeconfig, clients, caller, now } = patient;
  const ofKubectl = kubeconfig && askerOfKubeconfig(kubeconfig, place);
  const credentials = await clients.credentials(undefined)();
  const ofCaller = await askerOfAws(caller.arn, place, credentials, now);
  return ofKubectl === undefined ? [ofCaller] : [ofKubectl, ofCaller];
}

function noAwsAuth({ name, region }: ApiPlace): Finding {
  return about("clusters", `${name}, aws-auth`).problem({
    code: "aws-auth-missing",
    what: "there is no ConfigMap kube-system/aws-auth",
    why: "Latchkey does not make one: whoever does decides who is in the cluster, nodes included.",
    mend: `kubectl create configmap aws-auth -n kube-system --from-literal=mapRoles=    # in ${name} (${region}), with its nodes' role unless they have access entries`,
  });
}

function mayNotRead({ name }: ApiPlace, { who }: Asker): Finding {
  return about("clusters", `${name}, aws-auth`).unknown({
    code: "may-not-read",
    what: `${who} may not read it`,
    why: "Whether it parses, and whom others have mapped, was not looked at.",
    mend: "kubectl auth can-i get configmap/aws-auth -n kube-system    # as an administrator, then run the doctor again",
  });
}
