// The plain kubectl of the machine against the stack's cluster, where there is one.

import { execFile } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { it } from "@jest/globals";
import { type Credentials, createToken } from "../../lib/targets/aws-auth/token.ts";
import { renderKubeconfig } from "../../local/kubernetes/kubeconfig.ts";
import { CLUSTER, REGION } from "../../local/scenario.ts";
import type { Stack } from "../../local/stack.ts";

const KUBECTL = (process.env["PATH"] ?? "")
  .split(delimiter)
  .map((folder) => join(folder, "kubectl"))
  .find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });

/** `it` where there is a kubectl; else the test is skipped, aloud: Node and npm are all that tests may need. */
export const itWithKubectl: typeof it | typeof it.skip = KUBECTL === undefined ? it.skip : it;
if (KUBECTL === undefined) {
  process.stderr.write("SKIPPED: what is asked with kubectl, as there is none on the PATH\n");
}

export interface KubectlAnswer {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs kubectl as the holder of AWS credentials, or as the cluster's administrator. Never rejects. */
export async function kubectl(
  stack: Stack,
  who: Credentials | "admin",
  ...args: readonly string[]
): Promise<KubectlAnswer> {
  const home = await mkdtemp(join(tmpdir(), "latchkey-kubectl-"));
  try {
    const config = join(home, "config");
    const user = { token: who === "admin" ? stack.adminToken : await tokenOf(stack, who) };
    await writeFile(config, renderKubeconfig({ name: CLUSTER, ...stack.cluster, user }));
    const env = { PATH: process.env["PATH"], HOME: home, KUBECONFIG: config };
    return await new Promise((resolve) => {
      execFile(KUBECTL ?? "", args, { env }, (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
        resolve({ code, out: stdout.trim(), err: stderr.trim() });
      });
    });
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

async function tokenOf(stack: Stack, credentials: Credentials): Promise<string> {
  const asked = { cluster: CLUSTER, region: REGION, credentials, now: stack.now() };
  const token = await createToken(asked);
  if ("seen" in token) throw new Error(token.message);
  return token.text;
}
