// Runs one of the scripts as somebody at a terminal does, in an environment without AWS, Slack or a cluster of their own.

import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** `env`: what the script finds beside PATH and HOME. */
export function runScript(
  script: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ran> {
  const command = [join(ROOT, "scripts", script), ...args];
  const { PATH = "" } = process.env;
  const nowhere = join(ROOT, "no-such-folder");
  const options = {
    cwd: ROOT,
    env: {
      PATH,
      HOME: nowhere,
      AWS_CONFIG_FILE: join(nowhere, "config"),
      AWS_SHARED_CREDENTIALS_FILE: join(nowhere, "credentials"),
      AWS_EC2_METADATA_DISABLED: "true",
      NO_COLOR: "1",
      ...env,
    },
  };
  return new Promise((resolve) => {
    execFile(process.execPath, command, options, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === "number" ? error.code : 0, stdout, stderr });
    });
  });
}
