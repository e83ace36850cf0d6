// Makes sure that the IAM user a grant is for is still the person that it was.

import type { ApprovedGrant } from "../grant/grant.ts";
import { accountOf } from "../grant/target-spec.ts";
import type { Ports } from "./ports.ts";

/** The unique id to write access for; or a clean no; or a passing problem. */
export type Identity =
  | { readonly principalId: string }
  | { readonly code: "user-missing" | "user-recreated"; readonly message: string }
  | { readonly problem: string };

/**
 * Asks IAM who the grant's principal is, and holds it against the id that access.yml names or that was
 * pinned at first use, and against the one that the grant has begun for.
 * NB. IAM knows users by name: one that was deleted and made again is somebody else.
 */
export async function identify(
  {
    policy,
    principals,
    store,
    clock,
    log,
  }: Pick<Ports, "policy" | "principals" | "store" | "clock" | "log">,
  grant: ApprovedGrant,
): Promise<Identity> {
  const account = policy.accounts[accountOf(grant.principal)];
  let found: string | undefined;
  try {
    found = await principals.uniqueId(grant.principal, account);
  } catch (error) {
    log.warn("principal not identified", { grant: grant.id, error });
    return { problem: `IAM did not say who ${grant.principal} is: ${String(error)}` };
  }
  if (found === undefined) {
    return {
      code: "user-missing",
      message: `There is no IAM user ${grant.principal}. Mend \`people\` in access.yml or create the user.`,
    };
  }
  const named = policy.people[grant.requester]?.uniqueId;
  const pinned = named ?? (await store.pinPrincipal(grant.principal, found, clock.now()));
  if (pinned !== found || (grant.window?.principalId ?? found) !== found) {
    return {
      code: "user-recreated",
      message:
        `${grant.principal} is not the IAM user it was (${pinned} before, ${found} now). ` +
        "If that is right, name the new one as `uniqueId` in access.yml.",
    };
  }
  return { principalId: found };
}
