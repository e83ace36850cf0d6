// The policy that this copy of the broker runs under; the package step puts the literal policy in its place.

import { fileURLToPath } from "node:url";
import { loadAccessFile } from "./load-access-file.ts";
import type { Policy } from "./policy.ts";

const EXAMPLE = fileURLToPath(new URL("../../access.yml", import.meta.url));

// The one place besides lib/config.ts that reads the environment: in a package nothing of it is left.
export const policy: Policy = loadAccessFile(process.env["ACCESS_FILE"] || EXAMPLE);
