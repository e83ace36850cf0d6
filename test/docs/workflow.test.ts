// The GitHub Actions workflow: it runs what there is, may do no more than read, and uses nothing that can be moved.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { parse } from "yaml";

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: object;
  readonly jobs: Readonly<
    Record<
      string,
      {
        readonly permissions?: object;
        readonly "timeout-minutes"?: number;
        readonly strategy?: { readonly matrix: { readonly node: readonly number[] } };
        readonly steps: readonly Step[];
      }
    >
  >;
}

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const text = read(".github/workflows/ci.yml");
const workflow = parse(text) as Workflow;
const { scripts, engines } = JSON.parse(read("package.json")) as {
  readonly scripts: Readonly<Record<string, string>>;
  readonly engines: { readonly node: string };
};
const jobs = Object.values(workflow.jobs);
const steps = jobs.flatMap((job) => job.steps);
const commands = steps.flatMap(({ run }) => run ?? []);
const npmCommands = commands.filter((command) => command.startsWith("npm "));

describe("the workflow", () => {
  it("checks, tests and packages every pull request and what is merged", () => {
    expect(Object.keys(workflow.on)).toEqual(["push", "pull_request"]);
    expect(npmCommands).toEqual(["npm ci", "npm run check", "npm test", "npm run package"]);
  });

  it("brings cfn-lint, at one version, before the tests that skip what is not there", () => {
    const others = commands.filter((command) => !npmCommands.includes(command));
    expect(others).toEqual([expect.stringMatching(/^pip install cfn-lint==\d+\.\d+\.\d+$/)]);
    expect(commands.indexOf(others[0] ?? "")).toBeLessThan(commands.indexOf("npm test"));
  });

  it("runs scripts that exist", () => {
    const names = npmCommands.map((command) => /^npm (?:run )?(\S+)$/.exec(command)?.[1] ?? "");
    expect(names.filter((name) => name !== "ci" && scripts[name] === undefined)).toEqual([]);
  });

  it("runs on the oldest Node that package.json allows, and on that of the functions", () => {
    const [oldest] = /\d+/.exec(engines.node) ?? [];
    const [functions] = /(?<=nodejs)\d+/.exec(read("serverless.yml")) ?? [];
    expect(jobs[0]?.strategy?.matrix.node).toEqual([Number(oldest), Number(functions)]);
  });

  it("may read the repository, and nothing else; it knows no secret", () => {
    expect(workflow.permissions).toEqual({ contents: "read" });
    for (const job of jobs) expect(job.permissions).toBeUndefined();
    expect(text).not.toMatch(/secrets\.|GITHUB_TOKEN|pull_request_target/);
    const checkout = steps.find(({ uses }) => uses?.startsWith("actions/checkout@"));
    expect(checkout?.with?.["persist-credentials"]).toBe(false);
  });

  it("pins every action to a commit, and says which version that is", () => {
    const used = [...text.matchAll(/uses: (.+)/g)].map(([, action]) => action);
    expect(used).toHaveLength(steps.filter(({ uses }) => uses !== undefined).length);
    for (const action of used)
      expect(action).toMatch(/^actions\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  it("puts nothing that somebody else wrote into a command", () => {
    for (const command of commands) expect(command).not.toContain("${{");
  });

  it("ends, at the latest after an hour", () => {
    for (const job of jobs) expect(job["timeout-minutes"]).toBeLessThanOrEqual(60);
  });
});
