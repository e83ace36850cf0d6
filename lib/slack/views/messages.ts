// Every message that a grant has in Slack: its card, and what it says to whom, in the order in which they are read.

import type { Telling } from "../../broker/ports.ts";
import type { Grant } from "../../grant/grant.ts";
import type { SlackUserId } from "../../grant/ids.ts";
import { card } from "./card.ts";
import { askForExtensions } from "./extension-messages.ts";
import { toAdmins } from "./to-admins.ts";
import { toApprovers } from "./to-approvers.ts";
import { toRequester } from "./to-requester.ts";
import type { Wanted } from "./wanted.ts";

export type { Wanted } from "./wanted.ts";

/**
 * What stands, or should stand, for `grant` in its state: the card first. It depends on the time only where
 * something is to be said at one (`remindAt`, `warnAt`), so that nothing is sent again for nothing.
 */
export function messagesOf(
  grant: Grant,
  telling: Telling,
  admins: readonly SlackUserId[],
): readonly Wanted[] {
  return [
    {
      key: "card",
      to: grant.channel,
      message: card(grant, telling),
      first: `Asked for: ${grant.entitlement.title}`,
      post: true,
    },
    ...toApprovers(grant, telling),
    ...askForExtensions(grant, telling),
    ...toRequester(grant, telling),
    ...toAdmins(grant, admins),
  ];
}
