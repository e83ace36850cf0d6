// What live grants give where the functions' roles do not reach any more, as access.yml has changed since.

import type { Alive } from "../../lib/broker/discrepancies.ts";
import {
  type AccountAccess,
  accountOf,
  groupPathOf,
  type TargetSpec,
} from "../../lib/grant/target-spec.ts";
import type { Policy } from "../../lib/policy/policy.ts";
import { deployCommand, type Known } from "./deploy-command.ts";
import { about, type Finding } from "./finding.ts";
import type { Place } from "./patient.ts";

/** A finding for each place in which a grant is alive and which revoke could not take it from: deploy/roles.ts. */
export function examineReach(
  { place, policy }: { readonly place: Place; readonly policy: Policy },
  known: Known,
  grants: readonly Alive[],
): readonly Finding[] {
  const lost = new Map<string, { readonly needs: string; readonly ids: string[] }>();
  for (const { id, targets } of grants) {
    for (const spec of targets) {
      const needs = whatReachNeeds(policy, spec);
      if (needs === undefined) continue;
      const subject = subjectOf(spec);
      const { ids } = lost.get(subject) ?? { ids: [] };
      lost.set(subject, { needs, ids: [...ids, id] });
    }
  }
  return [...lost].map(([subject, { needs, ids }]) =>
    about("grants", subject).problem({
      code: "out-of-reach",
      what: `${ids.join(", ")} ${ids.length === 1 ? "is" : "are"} alive there, and roles made from this access.yml do not reach it`,
      why: "At the end it could not be taken: somebody would keep it.",
      mend: `${deployCommand(place, known)}. Before that, and until it is over, ${needs}`,
    }),
  );
}

/** What access.yml has to say for revoke to reach what is lent at `spec`; undefined: it reaches it. */
export function whatReachNeeds(policy: Policy, spec: TargetSpec): string | undefined {
  const account = spec.kind === "iam-group" ? spec.account : spec.cluster.account;
  if (account !== undefined) return needsOfAccount(policy, account);
  if (spec.kind === "aws-auth") return undefined;
  const path = groupPathOf(spec.arn);
  if (path.startsWith(policy.groupPath) || policy.sharedGroups.includes(spec.arn)) return undefined;
  const asOwn = path === "/" ? "" : `\`groupPath: ${path}\` at the top of access.yml, or `;
  return `${asOwn}an entitlement with \`iamGroup: { arn: "${spec.arn}", acceptShared: true }\``;
}

/** How an account that access.yml names is reached it says, whatever the grant has stored: lib/compose/targets.ts. */
function needsOfAccount({ accounts }: Policy, { role }: AccountAccess): string | undefined {
  if (accounts[accountOf(role)] !== undefined) return undefined;
  return `the account ${accountOf(role)} with the role ${role} under \`accounts\` in access.yml`;
}

function subjectOf(spec: TargetSpec): string {
  return spec.kind === "iam-group" ? spec.arn : `${spec.cluster.region}/${spec.cluster.name}`;
}
