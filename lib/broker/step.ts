// One step of a grant as the broker takes it: stored under the version it was read at, and told in the log.

import type { Grant } from "../grant/grant.ts";
import type { GrantId, SlackUserId } from "../grant/ids.ts";
import type { Step } from "../grant/steps.ts";
import type { Policy } from "../policy/policy.ts";
import type { Stored } from "../store/store.ts";
import type { Ports } from "./ports.ts";
import { tellSteps } from "./tell-steps.ts";

/** Who does something now, and where it came from (`slack`, `provision`, `revoke`). */
export function stepBy<By extends SlackUserId | "latchkey">(
  { clock, policy }: Pick<Ports, "clock"> & { readonly policy: Pick<Policy, "hash"> },
  by: By,
  from: string,
): Step & { readonly by: By } {
  return { at: clock.now(), by, from, policyHash: policy.hash };
}

/**
 * Stores `next` in place of what was read, and answers with it under its new version. Undefined:
 * somebody else has changed the grant meanwhile, nothing was written, and the plan made from
 * `from` no longer counts.
 */
export async function advance<G extends Grant>(
  ports: Pick<Ports, "store" | "log" | "metrics">,
  from: Stored,
  next: G,
): Promise<Stored<G> | undefined> {
  if ((await ports.store.save(next, from)) === "stale") {
    ports.log.info("grant changed meanwhile", { grant: next.id, wanted: next.status });
    return undefined;
  }
  tellSteps(ports, next, from.grant);
  return { grant: next, version: from.version + 1 };
}

/** Runs `work` for one grant so that its failure is logged and stops nothing else. */
export async function isolated<T>(
  { log }: Pick<Ports, "log">,
  grant: GrantId,
  work: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    log.error("grant not handled; the next sweep tries again", { grant, error });
    return undefined;
  }
}
