// The EKS calls that the broker and `aws eks` make: clusters and their access entries, read only.

import type { Caller } from "./callers.ts";
import {
  type Answer,
  type AwsRequest,
  awsError,
  jsonAnswer,
  jsonVocabulary,
  type Operation,
  refuseInJson,
  type Service,
} from "./wire.ts";

export interface ClusterSeed {
  readonly name: string;
  readonly endpoint: string;
  /** The PEM of the cluster's CA in base64, as EKS gives it. */
  readonly certificateAuthorityData: string;
  readonly authenticationMode?: "CONFIG_MAP" | "API_AND_CONFIG_MAP" | "API";
  readonly status?: "ACTIVE" | "CREATING" | "UPDATING" | "DELETING" | "FAILED";
  readonly accessEntries?: readonly AccessEntrySeed[];
  /** From where its API can be reached, `0.0.0.0/0` unless said; none: from inside its network alone. */
  readonly publicAccessCidrs?: readonly string[];
}

export interface AccessEntrySeed {
  readonly principalArn: string;
  readonly kubernetesGroups?: readonly string[];
  readonly username?: string;
  readonly type?: string;
  /** ARNs of EKS's own access policies, `arn:aws:eks::aws:cluster-access-policy/…`, for the whole cluster. */
  readonly accessPolicies?: readonly string[];
}

export interface EksOptions {
  readonly account: string;
  readonly region: string;
  readonly now: () => number;
  readonly clusters: ReadonlyMap<string, ClusterSeed>;
}

interface Route {
  readonly action: string;
  readonly path: RegExp;
  /** The ARN's part behind the account, for what the caller must be allowed to do. */
  resource(parts: readonly string[]): string;
  run(options: EksOptions, parts: readonly string[], query: URLSearchParams): object;
}

const ROUTES: readonly Route[] = [
  {
    action: "ListClusters",
    path: /^\/clusters$/,
    resource: () => "*",
    run({ clusters }, _, query) {
      const page = paged([...clusters.keys()].sort(), query);
      return { clusters: page.items, nextToken: page.nextToken };
    },
  },
  {
    action: "DescribeCluster",
    path: /^\/clusters\/([^/]+)$/,
    resource: ([name]) => `cluster/${name}`,
    run: (options, [name = ""]) => ({
      cluster: describeCluster(options, findCluster(options, name)),
    }),
  },
  {
    action: "ListAccessEntries",
    path: /^\/clusters\/([^/]+)\/access-entries$/,
    resource: ([name]) => `cluster/${name}`,
    run(options, [name = ""], query) {
      const entries = accessEntries(findCluster(options, name));
      const page = paged(entries.map((entry) => entry.principalArn).sort(), query);
      return { accessEntries: page.items, nextToken: page.nextToken };
    },
  },
  {
    action: "DescribeAccessEntry",
    path: /^\/clusters\/([^/]+)\/access-entries\/([^/]+)$/,
    resource: ([name, principal = ""]) => `access-entry/${name}/${principalPath(principal)}`,
    run: (options, [name = "", principal = ""]) => ({
      accessEntry: describeEntry(options, name, findEntry(options, name, principal)),
    }),
  },
  {
    action: "ListAssociatedAccessPolicies",
    path: /^\/clusters\/([^/]+)\/access-entries\/([^/]+)\/access-policies$/,
    resource: ([name, principal = ""]) => `access-entry/${name}/${principalPath(principal)}`,
    run(options, [name = "", principal = ""], query) {
      const { accessPolicies = [] } = findEntry(options, name, principal);
      const page = paged([...accessPolicies].sort(), query);
      const accessScope = { type: "cluster", namespaces: [] };
      return {
        clusterName: name,
        principalArn: principal,
        associatedAccessPolicies: page.items.map((policyArn) => ({ policyArn, accessScope })),
        nextToken: page.nextToken,
      };
    },
  },
];

const NO_ENTRY =
  "The specified principalArn could not be found. You can view your available access entries with 'list-access-entries'.";
const WRONG_MODE =
  "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this operation.";

export function createEks(options: EksOptions): Service<Caller> {
  return {
    name: "eks",
    vocabulary: { ...jsonVocabulary(403, "ThrottlingException"), broken: ["ServerException", 500] },
    refuse: (error, requestId): Answer => refuseInJson(error, requestId),
    read(request: AwsRequest): Operation {
      for (const route of request.method === "GET" ? ROUTES : []) {
        const parts = request.path.match(route.path)?.slice(1).map(decodeURIComponent);
        if (!parts) continue;
        const resource = arnOf(options, route.resource(parts));
        const query = new URLSearchParams(request.rawQuery);
        return {
          action: route.action,
          needs: [{ action: `eks:${route.action}`, resource }],
          run: (requestId) =>
            jsonAnswer(200, route.run(options, parts, query), { "x-amzn-requestid": requestId }),
        };
      }
      throw awsError(
        "UnknownOperationException",
        `This local EKS does not offer ${request.path}`,
        404,
      );
    },
  };
}

function arnOf({ region, account }: EksOptions, resource: string): string {
  return resource === "*" ? "*" : `arn:aws:eks:${region}:${account}:${resource}`;
}

function findCluster({ clusters }: EksOptions, name: string): ClusterSeed {
  const cluster = clusters.get(name);
  if (!cluster) throw notFound(`No cluster found for name: ${name}.`);
  return cluster;
}

function accessEntries(cluster: ClusterSeed): readonly AccessEntrySeed[] {
  if ((cluster.authenticationMode ?? "CONFIG_MAP") === "CONFIG_MAP") {
    throw awsError("InvalidRequestException", WRONG_MODE, 400);
  }
  return cluster.accessEntries ?? [];
}

function findEntry(options: EksOptions, name: string, principal: string): AccessEntrySeed {
  const entries = accessEntries(findCluster(options, name));
  const entry = entries.find(({ principalArn }) => principalArn === principal);
  if (!entry) throw notFound(NO_ENTRY);
  return entry;
}

function describeCluster(options: EksOptions, cluster: ClusterSeed): object {
  const { publicAccessCidrs = ["0.0.0.0/0"] } = cluster;
  return {
    name: cluster.name,
    arn: arnOf(options, `cluster/${cluster.name}`),
    createdAt: Math.floor(options.now() / 1000),
    version: "1.33",
    endpoint: cluster.endpoint,
    certificateAuthority: { data: cluster.certificateAuthorityData },
    status: cluster.status ?? "ACTIVE",
    accessConfig: { authenticationMode: cluster.authenticationMode ?? "CONFIG_MAP" },
    resourcesVpcConfig: {
      endpointPublicAccess: publicAccessCidrs.length > 0,
      endpointPrivateAccess: publicAccessCidrs.length === 0,
      publicAccessCidrs,
    },
  };
}

function describeEntry(options: EksOptions, clusterName: string, entry: AccessEntrySeed): object {
  return {
    clusterName,
    principalArn: entry.principalArn,
    kubernetesGroups: entry.kubernetesGroups ?? [],
    username: entry.username ?? entry.principalArn,
    type: entry.type ?? "STANDARD",
    accessEntryArn: arnOf(
      options,
      `access-entry/${clusterName}/${principalPath(entry.principalArn)}/local`,
    ),
  };
}

/** `role/<account>/<name>` of a principal's ARN, as in an access entry's ARN. */
function principalPath(principalArn: string): string {
  const [, , , , account, resource = ""] = principalArn.split(":");
  const [kind, ...names] = resource.split("/");
  return `${kind}/${account}/${names.at(-1)}`;
}

/** One page by maxResults and nextToken, the last item given. */
function paged(items: readonly string[], query: URLSearchParams) {
  const after = Buffer.from(query.get("nextToken") ?? "", "base64url").toString("utf8");
  const limit = Number(query.get("maxResults") ?? 100);
  if (!(Number.isInteger(limit) && limit >= 1 && limit <= 100)) {
    throw awsError("InvalidParameterException", "maxResults must be between 1 and 100", 400);
  }
  const rest = items.filter((item) => item > after);
  const last = rest.length > limit ? rest[limit - 1] : undefined;
  return {
    items: rest.slice(0, limit),
    nextToken: last && Buffer.from(last, "utf8").toString("base64url"),
  };
}

function notFound(message: string) {
  return awsError("ResourceNotFoundException", message, 404);
}
