// Carries approved grants out: kicked by an approval, and every minute.

import { composeProvision } from "../lib/compose/provision.ts";

export const handler = composeProvision();
