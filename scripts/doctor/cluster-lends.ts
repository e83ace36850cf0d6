// What of access.yml could be lent in a cluster as its aws-auth stands now, tried without writing anything.

import { paginateListAccessEntries } from "@aws-sdk/client-eks";
import type { IamUserArn } from "../../lib/grant/ids.ts";
import {
  type AwsAuthSpec,
  assignmentKey,
  type ClusterSpec,
  placeKey,
} from "../../lib/grant/target-spec.ts";
import type { Policy } from "../../lib/policy/policy.ts";
import type { AwsAuth } from "../../lib/targets/aws-auth/cluster.ts";
import { LARGEST_DATA_BYTES } from "../../lib/targets/aws-auth/config-map.ts";
import { foldArn, mappedArn } from "../../lib/targets/aws-auth/names.ts";
import { type Entry, sightings } from "../../lib/targets/aws-auth/plan.ts";
import { about, type Finding } from "./finding.ts";
import { notSeen, type Patient } from "./patient.ts";

/** From here on there may be no room for everybody. */
const NEARLY_FULL = 0.8;

const EDIT =
  "kubectl edit configmap aws-auth -n kube-system    # keep a copy: whoever loses system:masters is locked out";
const REPLACE =
  "kubectl get configmap aws-auth -n kube-system -o yaml > aws-auth.yml    # without `immutable`, then: kubectl replace --force -f aws-auth.yml";

/** Every entry that access.yml could have written in the cluster. */
export function possibleEntries(policy: Policy, cluster: ClusterSpec): readonly Entry[] {
  const entries = Object.values(policy.entitlements).flatMap(({ targets, requesters }) =>
    targets.flatMap((spec) =>
      spec.kind === "aws-auth" && placeKey(spec) === placeKey({ ...spec, cluster })
        ? principalsOf(policy, requesters).map((principal) => entryOf(spec, principal))
        : [],
    ),
  );
  return [...new Map(entries.map((entry) => [entry.key, entry])).values()];
}

/** NB. Who is in a user group nobody knows here: perhaps everybody. */
function principalsOf(policy: Policy, requesters: readonly string[]): readonly IamUserArn[] {
  const groups = requesters.flatMap((name) => policy.groups[name] ?? []);
  const isAnybody = groups.some(({ usergroup }) => usergroup !== undefined);
  const listed = new Set<string>(groups.flatMap(({ users }) => users));
  return Object.entries(policy.people)
    .filter(([user]) => isAnybody || listed.has(user))
    .map(([, { iamUser }]) => iamUser);
}

function entryOf(spec: AwsAuthSpec, principal: IamUserArn): Entry {
  const key = assignmentKey(spec, { arn: principal, id: "" });
  return { key, principal, principalId: "", spec, others: [] };
}

/** What stands in the way in the map itself: it cannot be read for sure, it is full, others have mapped somebody. */
export function examineMap(
  { name }: ClusterSpec,
  awsAuth: AwsAuth,
  entries: readonly Entry[],
): readonly Finding[] {
  const it = about("clusters", `${name}, aws-auth`);
  const refusals = new Map<string, string>();
  for (const sighting of sightings(awsAuth, entries).values()) {
    if (sighting.seen === "refused") refusals.set(sighting.message, sighting.code);
  }
  const found = [...refusals].map(([message, code]) =>
    it.problem({
      code,
      what: message,
      why: "What is asked for is refused after it was approved, and what stands there is not changed.",
      mend: code === "aws-auth-immutable" ? REPLACE : EDIT,
    }),
  );
  const bytes = Buffer.byteLength(Object.values(awsAuth.data ?? {}).join(""));
  const share = bytes / LARGEST_DATA_BYTES;
  const percent = `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;
  if (share >= NEARLY_FULL) {
    found.push(
      it.warning({
        code: "aws-auth-nearly-full",
        what: `${bytes} bytes, ${percent} of what Latchkey fills it up to (Kubernetes holds 1 MiB)`,
        why: "When it is full nothing more is lent there.",
        mend: "Map roles instead of users, and take out entries that nobody needs.",
      }),
    );
  }
  if (found.length > 0) return found;
  return [
    it.ok(`parses, ${bytes} bytes (${percent}), room for ${entries.length} possible entries`),
  ];
}

/** Access entries of those whom Latchkey would map: they win, and the mapping has no effect. */
export async function examineShadows(
  { clients }: Patient,
  spec: ClusterSpec,
  entries: readonly Entry[],
): Promise<readonly Finding[]> {
  const listed: string[] = [];
  try {
    const client = clients.eks(spec.account, spec.region);
    for await (const { accessEntries = [] } of paginateListAccessEntries(
      { client },
      { clusterName: spec.name },
    )) {
      listed.push(...accessEntries);
    }
  } catch (error) {
    return [notSeen("clusters", `${spec.name}, access entries`, error)];
  }
  const held = new Map(listed.map((arn) => [foldArn(mappedArn(arn)?.arn ?? arn), arn]));
  const wanted = new Set(entries.map(({ spec: { role }, principal }) => role ?? principal));
  return [...wanted].flatMap((holder) => {
    const arn = held.get(foldArn(mappedArn(holder)?.arn ?? holder));
    if (arn === undefined) return [];
    return [
      about("clusters", `${spec.name}, ${holder.slice(holder.lastIndexOf("/") + 1)}`).problem({
        code: "access-entry",
        what: `${arn} has an access entry, which wins over aws-auth`,
        why: "Lending through aws-auth would change nothing for them, and is refused.",
        mend: `aws eks delete-access-entry --region ${spec.region} --cluster-name ${spec.name} --principal-arn ${arn}    # what it gives them is gone with it; or lend through a role of its own`,
      }),
    ];
  });
}
