// Which entries of a cluster's aws-auth bear Latchkey's mark, whoever wrote them.

import type { IamUserArn } from "../../grant/ids.ts";
import { type AwsAuthSpec, assignmentKey } from "../../grant/target-spec.ts";
import type { Inventory, Listed, Refusal } from "../target.ts";
import type { Clusters } from "./cluster.ts";
import type { ConfigMapData } from "./config-map.ts";
import { type Entry, readMapText } from "./map-text.ts";
import { isBrokerUsername } from "./names.ts";
import { troubled } from "./refusals.ts";

/**
 * The entries of `aws-auth` with a username of Latchkey's prefix. Needs `get` on the ConfigMap
 * `kube-system/aws-auth` and `eks:DescribeCluster`.
 */
export function createAwsAuthInventory({
  clusters,
}: {
  readonly clusters: Clusters;
}): Inventory<AwsAuthSpec> {
  return {
    async list(spec) {
      const cluster = await clusters(spec.cluster);
      if ("seen" in cluster) return cluster;
      const now = await cluster.read();
      return "seen" in now ? now : marked(spec, now.data ?? {});
    },
  };
}

function marked(spec: AwsAuthSpec, data: ConfigMapData): readonly Listed[] | Refusal {
  const entries: Entry[] = [];
  for (const key of ["mapRoles", "mapUsers"] as const) {
    const map = readMapText(key, data[key]);
    if ("trouble" in map) {
      const { code, message } = troubled(key, map.trouble);
      return { seen: "refused", code, message };
    }
    entries.push(...map.entries);
  }
  const foreign = new Set(
    entries.filter((entry) => !isOurs(entry)).map(({ foldedArn }) => foldedArn),
  );
  return entries.filter(isOurs).map(({ arn, foldedArn, username, groups }) => ({
    // As it stands: an entry for a role that names the role's path is nobody's.
    key: assignmentKey(ofUser(spec), { arn: arn as IamUserArn, id: "" }),
    holder: arn === "" ? username : arn,
    gives: groups,
    isMarked: true,
    // The cluster obeys one of the two, and which is anyone's guess.
    ...(foreign.has(foldedArn) ? { isContested: true } : {}),
  }));
}

const isOurs = ({ username }: Entry) => isBrokerUsername(username);

function ofUser({ kind, cluster, groups }: AwsAuthSpec): AwsAuthSpec {
  return { kind, cluster, groups };
}
