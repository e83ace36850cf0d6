// The kubeconfig of a running stack: the administrator, and Ada with her own keys or with a session of the role.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { renderKubeconfig } from "./kubernetes/kubeconfig.ts";
import { CLUSTER, REGION, ROLE_ARN } from "./scenario.ts";
import type { Stack } from "./stack.ts";

/** The contexts of the file; the first is the current one. */
const CONTEXTS = ["admin", "ada", "ada-with-role"] as const;

const EKS_TOKEN = fileURLToPath(new URL("./eks-token.ts", import.meta.url));

export interface KubeconfigFile {
  readonly path: string;
  remove(): Promise<void>;
}

/** Writes it to a temporary directory that only this user can read. */
export async function writeKubeconfig(stack: Stack): Promise<KubeconfigFile> {
  const home = await mkdtemp(join(tmpdir(), "latchkey-"));
  const path = join(home, "kubeconfig");
  await writeFile(path, kubeconfig(stack), { mode: 0o600 });
  return { path, remove: () => rm(home, { recursive: true, force: true }) };
}

/** The file's text: several kubeconfigs in one, as `kubectl config view --flatten` would join them. */
function kubeconfig({ cluster, adminToken, aws }: Stack): string {
  const ada = (...role: readonly string[]) => ({
    exec: {
      command: process.execPath,
      args: [EKS_TOKEN, CLUSTER, REGION, ...role],
      env: Object.entries(aws.environment("ada")).map(([name, value]) => ({ name, value })),
    },
  });
  const users = { admin: { token: adminToken }, ada: ada(), "ada-with-role": ada(ROLE_ARN) };
  const files = CONTEXTS.map(
    (name) => JSON.parse(renderKubeconfig({ ...cluster, name, user: users[name] })) as Kubeconfig,
  );
  const joined = {
    ...files[0],
    contexts: files.flatMap(({ contexts }) => contexts),
    clusters: files.flatMap(({ clusters }) => clusters),
    users: files.flatMap((file) => file.users),
  };
  return `${JSON.stringify(joined, null, 2)}\n`;
}

interface Kubeconfig {
  readonly contexts: readonly unknown[];
  readonly clusters: readonly unknown[];
  readonly users: readonly unknown[];
}
