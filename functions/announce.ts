// Brings what Slack shows up to the state of the grants: kicked by a change, and every minute.

import { composeAnnounce } from "../lib/compose/announce.ts";

export const handler = composeAnnounce();
