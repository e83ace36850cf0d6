// How somebody takes a grant's access away by hand: the commands, from what stands in its own row.

import type { Alive } from "../../lib/broker/discrepancies.ts";
import { iamUserName } from "../../lib/grant/ids.ts";
import {
  type AccountAccess,
  type AwsAuthSpec,
  accountOf,
  assignmentKey,
  type IamGroupSpec,
  type TargetSpec,
} from "../../lib/grant/target-spec.ts";
import type { AssignmentRecord, Store } from "../../lib/store/store.ts";
import { ARN_FIELD } from "../../lib/targets/aws-auth/map-text.ts";
import { mappedArn } from "../../lib/targets/aws-auth/names.ts";

/**
 * A line for each place of `grant`: the command, and after it in words where, what, and what else rests on it. NB. What
 * was there before Latchkey came is nobody's to take, by hand either: the line says so instead.
 */
export async function takenByHand(
  store: Pick<Store, "assignment">,
  grant: Alive,
): Promise<readonly string[]> {
  const principal = { arn: grant.principal, id: grant.window.principalId };
  const lines: string[] = [];
  for (const spec of grant.targets) {
    const record = await store
      .assignment(assignmentKey(spec, principal))
      .catch(() => "unreadable" as const);
    lines.push(lineOf(placeInWords(spec, grant), grant, record));
  }
  return lines;
}

function lineOf({ command, where }: InWords, { id }: Alive, record: Known): string {
  if (record === "unreadable") {
    return `${command}    # ${where}; its row cannot be read: look first who put it there, and who else rests on it`;
  }
  if (record?.origin === "standing") return `# leave ${where}: it was there before Latchkey came`;
  const others = record?.claims.filter((claim) => claim !== id) ?? [];
  const also = others.length === 0 ? "" : `; look first whether it is also of ${others.join(", ")}`;
  return `${command}    # ${where}${also}`;
}

/** What the table says of a place; one spoilt row, or none that can be read, takes nothing from the list. */
type Known = AssignmentRecord | undefined | "unreadable";

interface InWords {
  readonly command: string;
  readonly where: string;
}

function placeInWords(spec: TargetSpec, grant: Alive): InWords {
  return spec.kind === "iam-group" ? groupInWords(spec, grant) : mappingInWords(spec, grant);
}

function groupInWords({ arn, account }: IamGroupSpec, { principal }: Alive): InWords {
  const group = arn.slice(arn.lastIndexOf("/") + 1);
  const user = iamUserName(principal);
  return {
    command: `aws iam remove-user-from-group --group-name ${group} --user-name ${user}`,
    where: `${user} in the group, account ${accountOf(arn)}${byRole(account)}`,
  };
}

function mappingInWords({ cluster, role }: AwsAuthSpec, { principal }: Alive): InWords {
  const holder = role ?? principal;
  const { key, arn } = mappedArn(holder) ?? { key: "mapUsers" as const, arn: holder };
  return {
    command: "kubectl edit configmap aws-auth -n kube-system",
    where: `in ${cluster.name} (${cluster.region}${byRole(cluster.account)}): the entry with ${ARN_FIELD[key]} ${arn} in ${key}, nothing else`,
  };
}

/** How Latchkey itself gets into another account. */
export function byRole(account: AccountAccess | undefined): string {
  return account === undefined ? "" : `, where Latchkey goes by ${account.role}`;
}
