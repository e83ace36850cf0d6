// Somebody asks for access: the policy says whether they may, and the request is written down.

import type { Grant } from "../grant/grant.ts";
import type { SlackUserId } from "../grant/ids.ts";
import { request } from "../grant/steps.ts";
import { mayRequest, requestable, usergroupsFor } from "../policy/may.ts";
import type { Entitlement } from "../policy/policy.ts";
import { unless, whyNotOneOfUs } from "../policy/standing.ts";
import type { Verdict } from "../policy/verdict.ts";
import type { Ports } from "./ports.ts";
import { readStanding } from "./read-standing.ts";
import { readUsergroups } from "./read-usergroups.ts";
import { stepBy } from "./step.ts";
import { tellSteps } from "./tell-steps.ts";

export interface AccessRequest {
  readonly by: SlackUserId;
  readonly entitlementId: string;
  /** As typed (`1h30m`) or in ms; absent: the entitlement's default. */
  readonly duration?: string | number | undefined;
  readonly reason?: string | undefined;
  readonly ticket?: string | undefined;
  /** Where the request came from, for the history: `slack:C0ACCESS`. */
  readonly from: string;
}

type NeededPorts = Pick<
  Ports,
  "policy" | "clock" | "ids" | "store" | "directory" | "kick" | "log" | "metrics"
>;

/** Records the request, or says with every reason why not. Calling it twice makes two requests. */
export async function requestAccess(
  ports: NeededPorts,
  asked: AccessRequest,
): Promise<Verdict<{ readonly grant: Grant }>> {
  const { policy, store, ids, log } = ports;
  const [usergroups, standing] = await Promise.all([
    readUsergroups(ports, usergroupsFor(policy, asked.entitlementId, "requesters")),
    readStanding(ports, asked.by),
  ]);
  const verdict = unless(whyNotOneOfUs(standing, "yours"), mayRequest(policy, usergroups, asked));
  if (!verdict.allowed) {
    log.info("request refused", { by: asked.by, reasons: verdict.reasons.map(({ code }) => code) });
    return verdict;
  }

  const { entitlement, person, durationMs } = verdict;
  const step = stepBy(ports, asked.by, asked.from);
  const grant = request(
    {
      id: ids.grantId(),
      entitlement: { id: entitlement.id, title: entitlement.title },
      requester: asked.by,
      principal: person.iamUser,
      targets: entitlement.targets,
      durationMs,
      ...typed("reason", asked.reason),
      ...typed("ticket", asked.ticket),
      ...(entitlement.instructions === undefined ? {} : { instructions: entitlement.instructions }),
      approvalsNeeded: entitlement.approval.kind === "automatic" ? 0 : entitlement.approval.count,
      approverGroups: entitlement.approval.kind === "automatic" ? [] : entitlement.approval.by,
      channel: entitlement.channel ?? policy.slack.channel,
      policyHash: policy.hash,
      requestedAt: step.at,
    },
    step.at + entitlement.lapseMs,
    step,
  );
  if ((await store.create(grant)) === "exists") {
    throw new Error(`the new grant id ${grant.id} is taken; ask again`);
  }
  tellSteps(ports, grant);
  await Promise.all([
    ports.kick("announce", [grant.id]),
    grant.status === "approved" ? ports.kick("provision", [grant.id]) : undefined,
  ]);
  return { allowed: true, grant };
}

/**
 * What `by` may ask for now, as the form lists it. @throws where that would be nothing, but Slack did not say
 * who is in a user group that might make it more.
 */
export async function whatCanBeAsked(
  ports: Pick<Ports, "policy" | "directory" | "log">,
  by: SlackUserId,
): Promise<readonly Entitlement[]> {
  const { policy } = ports;
  const needed = Object.keys(policy.entitlements).flatMap((id) =>
    usergroupsFor(policy, id, "requesters"),
  );
  const read = await readUsergroups(ports, [...new Set(needed)]);
  const entitlements = requestable(policy, read, by);
  if (entitlements.length === 0 && needed.some((usergroup) => !read.has(usergroup))) {
    throw new Error("Slack did not say who is in a user group whose members may ask for something");
  }
  return entitlements;
}

/** What people typed, without blanks around it; a blank field counts as none. */
function typed<Name extends "reason" | "ticket">(name: Name, text: string | undefined) {
  const value = text?.trim() ?? "";
  return (value === "" ? {} : { [name]: value }) as { readonly [K in Name]?: string };
}
