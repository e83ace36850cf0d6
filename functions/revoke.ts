// Takes access away when its time is over: kicked by an early end, and every minute.

import { composeRevoke } from "../lib/compose/revoke.ts";

export const handler = composeRevoke();
