// The functions for tests that start a stack: bundled once for each state of their source, as five threads read one file each sooner than hundreds.

import { createHash } from "node:crypto";
import { existsSync, globSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import {
  awsSdkForLambda,
  boltForLambda,
  builtinsAsCommonJs,
} from "../../deploy/esbuild-plugins.ts";
import { FUNCTION_NAMES, type FunctionName } from "../../local/functions.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const CACHE = join(ROOT, "node_modules/.cache/latchkey");
/** All that a bundle is made of and by. */
const SOURCES = ["functions/*.ts", "lib/**/*.ts", "deploy/*.ts", "package-lock.json"];

/**
 * As `npm run package` bundles them, but that each reads the access.yml it is given, and that names and lines are
 * left readable. Loading them takes a third of the processor's time that loading their source does.
 *
 * @returns where a function's module is
 */
export async function bundledFunctions(): Promise<(name: FunctionName) => string> {
  const home = join(CACHE, `functions-${stateOfSources()}`);
  if (!existsSync(home)) await bundleInto(home);
  return (name) => join(home, `${name}.mjs`);
}

function stateOfSources(): string {
  const hash = createHash("sha256");
  for (const file of globSync(SOURCES, { cwd: ROOT }).sort())
    hash
      .update(file)
      .update("\0")
      .update(readFileSync(join(ROOT, file)))
      .update("\0");
  return hash.digest("hex").slice(0, 16);
}

/** By whoever comes first; who bundled at the same time throws theirs away. */
async function bundleInto(home: string): Promise<void> {
  await mkdir(CACHE, { recursive: true });
  const ours = await mkdtemp(join(CACHE, "bundling-"));
  await build({
    absWorkingDir: ROOT,
    entryPoints: FUNCTION_NAMES.map((name) => `functions/${name}.ts`),
    outdir: ours,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node24",
    mainFields: ["module", "main"],
    plugins: [boltForLambda, awsSdkForLambda, builtinsAsCommonJs],
    logLevel: "warning",
  });
  await rename(ours, home).catch(() => rm(ours, { recursive: true }));
}
