// Which access.yml is packaged: the one that ACCESS_FILE names, or the one in the project.

import { fileURLToPath } from "node:url";

const PROJECT_FILE = fileURLToPath(new URL("../access.yml", import.meta.url));

export function accessFile(env: Readonly<Record<string, string | undefined>>): string {
  return env["ACCESS_FILE"] || PROJECT_FILE;
}
