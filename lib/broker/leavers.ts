// Whoever leaves the workspace while their access lives loses it: asked of Slack every so often, grant by grant.

import { endDueAt, type Grant } from "../grant/grant.ts";
import type { Shown } from "../store/store.ts";
import type { Desk } from "./desk.ts";
import { endAccessForLeaver } from "./end-for-leaver.ts";
import type { Ports } from "./ports.ts";

/** How long a requester is taken for one of the workspace. */
const GOOD_FOR_MS = 15 * 60_000;
/** Slack did not say: asked again after this. */
const RETRY_MS = 60_000;

/**
 * Asks Slack whether the requester of a grant with access is still one of the workspace, if it is time for
 * that, and ends the grant where they are not. NB. Slack failing ends nothing.
 * @returns since when they count as seen (epoch ms), longer ago where they are to be looked at again soon;
 * undefined: nothing new
 */
export async function checkedIfDue(
  ports: Parameters<typeof endAccessForLeaver>[0] & Pick<Ports, "clock" | "directory" | "log">,
  desk: Desk,
  grant: Grant,
  shown: Shown,
): Promise<number | undefined> {
  const { clock, directory, log } = ports;
  const now = clock.now();
  const dueAt = nextCheckAt(grant, shown);
  if (dueAt === undefined || now < dueAt) return undefined;
  const later = now - GOOD_FOR_MS + RETRY_MS;
  if (!desk.mayCheck()) return later;
  try {
    const standing = await directory.standing(grant.requester);
    if (standing === "member") return now;
    log.warn("requester is no longer one of the workspace", { grant: grant.id, standing });
    // Where others keep changing the grant, or it has ended meanwhile, the next look shows which.
    return (await endAccessForLeaver(ports, grant.id, standing)) ? now : later;
  } catch (error) {
    log.warn("requester not checked; access stays", { grant: grant.id, error });
    return later;
  }
}

/** When Slack is to be asked about the requester next; undefined where there is no access to end. */
export function nextCheckAt(
  grant: Grant,
  { checkedAt }: Pick<Shown, "checkedAt">,
): number | undefined {
  if (grant.status !== "active" && grant.status !== "approved") return undefined;
  // Who asked and who was approved was looked at then.
  const seenAt = checkedAt ?? grant.approvals.at(-1)?.at ?? grant.requestedAt;
  const at = seenAt + GOOD_FOR_MS;
  const overAt = endDueAt(grant) ?? Number.POSITIVE_INFINITY;
  return at < overAt ? at : undefined;
}
