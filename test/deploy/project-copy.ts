// A copy of the project in which `npm run package` runs for real, beside whatever runs in the project itself.

import { spawn, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { text } from "node:stream/consumers";

/** What a package is made of. */
const SOURCES = [
  "access.yml",
  "deploy",
  "functions",
  "lib",
  "package.json",
  "scripts",
  "serverless.yml",
  "tsconfig.json",
];

interface Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ProjectCopy {
  /** For whatever else a test writes: no node_modules is in it or above it. */
  readonly home: string;
  /** Where a package is left. */
  readonly output: string;
  /** `npm run package` without credentials, region, or a home to find them in, unless `environment` says more. */
  npmRunPackage(accessFile: string, environment?: Readonly<Record<string, string>>): Run;
  /** `osls` by itself, in the same way. */
  osls(accessFile: string, ...args: readonly string[]): Run;
  /** The same with more in the environment, and without holding up what answers it in this process. */
  oslsMeanwhile(
    accessFile: string,
    environment: Readonly<Record<string, string>>,
    ...args: readonly string[]
  ): Promise<Run>;
  /** The packaged template. @throws Error where nothing was packaged. */
  template(): Template;
  remove(): void;
}

export interface Resource {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: CloudFormation properties are any JSON
  readonly Properties: any;
  readonly [attribute: string]: unknown;
}

export interface Template {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs: Readonly<Record<string, { readonly Value: unknown }>>;
}

export function copyProject(): ProjectCopy {
  const home = mkdtempSync(join(tmpdir(), "latchkey-package-"));
  const directory = join(home, "project");
  for (const source of SOURCES) cpSync(source, join(directory, source), { recursive: true });
  symlinkSync(resolve("node_modules"), join(directory, "node_modules"));
  const output = join(directory, ".serverless");
  const settings = (accessFile: string, environment = {}) => ({
    cwd: directory,
    env: {
      PATH: process.env["PATH"],
      HOME: home,
      ACCESS_FILE: resolve(accessFile),
      ...environment,
    },
  });
  const run = (accessFile: string, args: readonly string[], environment = {}) =>
    spawnSync(process.execPath, args, {
      encoding: "utf8",
      ...settings(accessFile, environment),
    });
  const osls = "node_modules/osls/bin/serverless.js";
  return {
    home,
    output,
    npmRunPackage: (accessFile, environment) =>
      run(accessFile, ["scripts/package.ts"], environment),
    osls: (accessFile, ...args) => run(accessFile, [osls, ...args]),
    async oslsMeanwhile(accessFile, environment, ...args) {
      const child = spawn(process.execPath, [osls, ...args], settings(accessFile, environment));
      const status = new Promise<number | null>((done) => child.on("close", done));
      const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
      return { status: await status, stdout, stderr };
    },
    template: () =>
      JSON.parse(readFileSync(join(output, "cloudformation-template-update-stack.json"), "utf8")),
    remove: () => rmSync(home, { recursive: true }),
  };
}
