// The steps that put the end of a grant off: asked for, approved, denied; the grant stays active all the while.

import type { ActiveGrant, Approval } from "./grant.ts";
import type { SlackUserId } from "./ids.ts";
import { historyWith, type Step } from "./steps.ts";

/** An active grant whose requester asks for as much time again. */
export type AskingGrant = ActiveGrant & Required<Pick<ActiveGrant, "extension">>;

export function asksForExtension(grant: ActiveGrant): grant is AskingGrant {
  return grant.extension !== undefined;
}

/** Opens the question; asked twice, it is the same question. */
export function askExtension(grant: ActiveGrant, step: Step): ActiveGrant {
  if (asksForExtension(grant)) return grant;
  return {
    ...grant,
    extension: { askedAt: step.at, approvals: [] },
    history: historyWith(grant, "extension-asked", step),
  };
}

/** Adds one approval; the last one of as many as the request needed, at least one, puts the end off. */
export function approveExtension(
  grant: AskingGrant,
  via: string,
  step: Step & { readonly by: SlackUserId },
): ActiveGrant {
  const { extension } = grant;
  if (extension.approvals.some((earlier) => earlier.by === step.by)) return grant;
  const approvals: Approval[] = [...extension.approvals, { by: step.by, at: step.at, via }];
  const needed = extensionApprovalsNeeded(grant);
  const count = `${approvals.length} of ${needed}`;
  const approved: ActiveGrant = {
    ...grant,
    extension: { ...extension, approvals },
    history: historyWith(grant, "extension-approved", step, count),
  };
  return approvals.length >= needed ? extend(approved, step) : approved;
}

/** Somebody who may decide said no: the end stays where it is. `denial` is kept in the history. */
export function denyExtension(
  grant: AskingGrant,
  denial: string | undefined,
  step: Step & { readonly by: SlackUserId },
): ActiveGrant {
  const { extension: _, ...rest } = grant;
  return { ...rest, history: historyWith(grant, "extension-denied", step, denial) };
}

/** Puts the end off by as long as was asked for at first, counted from the end that there was. */
export function extend(grant: ActiveGrant, step: Step): ActiveGrant {
  const { extension: _, ...rest } = grant;
  const expiresAt = grant.window.expiresAt + grant.durationMs;
  const extensions = (grant.window.extensions ?? 0) + 1;
  return {
    ...rest,
    window: { ...grant.window, expiresAt, extensions },
    history: historyWith(grant, "extended", step, new Date(expiresAt).toISOString()),
  };
}

/** How many must approve an extension: as many as had to approve the request, and at least one. */
export function extensionApprovalsNeeded({ approvalsNeeded }: ActiveGrant): number {
  return Math.max(1, approvalsNeeded);
}
