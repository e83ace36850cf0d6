// What an access gives, and what of it may outlive its end, in words.

import { accountOf, type TargetSpec } from "../../grant/target-spec.ts";
import { code, listed, when } from "../text.ts";

/** A role's session lasts as long as its role allows, which is never longer. */
const LONGEST_SESSION_MS = 12 * 60 * 60_000;
const MOST_TARGETS = 6;
const MOST_GROUPS = 4;

/** What the access gives, a line per target; mrkdwn. */
export function whatItGives(targets: readonly TargetSpec[]): string {
  const lines = targets.slice(0, MOST_TARGETS).map(describe);
  const more = targets.length - lines.length;
  return [...lines, ...(more === 0 ? [] : [`and ${more} more`])].join("\n");
}

function describe(spec: TargetSpec): string {
  switch (spec.kind) {
    case "iam-group":
      return `Membership of IAM group ${code(nameOf(spec.arn), 130)} in account ${code(accountOf(spec.arn), 20)}`;
    case "aws-auth": {
      const groups = listed(
        spec.groups.map((group) => code(group, 60)),
        MOST_GROUPS,
      );
      const who = spec.role === undefined ? "" : ` for role ${code(nameOf(spec.role), 70)}`;
      return `Kubernetes ${groups} in cluster ${code(spec.cluster.name, 100)}${who}`;
    }
    default:
      throw new TypeError(`unknown target kind ${JSON.stringify(spec satisfies never)}`);
  }
}

/** What may outlive the end at `endedAt` (epoch ms): sessions of a role taken before. Undefined: nothing. */
export function whatMayOutlive(
  targets: readonly TargetSpec[],
  endedAt: number,
): string | undefined {
  if (!targets.some(({ kind }) => kind === "iam-group")) return undefined;
  return `A role session taken before the end works on until it runs out, ${when(endedAt + LONGEST_SESSION_MS)} at the latest.`;
}

/** The last part of an ARN. */
function nameOf(arn: string): string {
  return arn.slice(arn.lastIndexOf("/") + 1);
}
