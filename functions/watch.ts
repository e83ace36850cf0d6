// Looks every few minutes whether all is as the table says, and has the admins told where it is not.

import { composeWatch } from "../lib/compose/watch.ts";

export const handler = composeWatch();
