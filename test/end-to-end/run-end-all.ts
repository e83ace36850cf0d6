// `npm run end-all`, run as somebody runs it in an emergency, with nothing but the table in reach.

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Stack } from "../../local/stack.ts";

/** What it comes to, and all that it says. */
export async function endAll({ table }: Stack, ...args: readonly string[]) {
  const env = {
    AWS_ENDPOINT_URL_DYNAMODB: table.url,
    AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
    AWS_SECRET_ACCESS_KEY: "example",
  };
  const script = ["scripts/end-all.ts", ...args];
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, script, { env });
    return { code: 0, said: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, said: stdout + stderr };
  }
}
