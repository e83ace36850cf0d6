import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { accessFileJsonSchema } from "../../lib/policy/access-file.ts";
import { AccessFileError, loadAccessFile } from "../../lib/policy/load-access-file.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

describe("the access.yml that people copy from", () => {
  const policy = loadAccessFile(join(ROOT, "access.yml"));

  it("holds the scenario: way 1 by IAM group, way 2 by a mapping", () => {
    expect(policy.people["U0ADA"]?.iamUser).toBe(
      "arn:aws:iam::111122223333:user/iam-bttrm-web-user-1",
    );
    expect(policy.entitlements["web-pods-read"]?.targets).toEqual([
      { kind: "iam-group", arn: "arn:aws:iam::111122223333:group/jit/iam-bttrm-web-ro-group" },
    ]);
    expect(policy.entitlements["web-pods-mapping"]?.targets).toEqual([
      {
        kind: "aws-auth",
        cluster: { name: "bttrm-eks-dev-0", region: "us-east-2" },
        groups: ["rbac-bttrm-web-ro-group"],
      },
    ]);
  });

  it("shows an automatic approval and one by two people", () => {
    const approvals = Object.values(policy.entitlements).map(({ approval }) => approval);
    expect(approvals).toContainEqual({ kind: "automatic" });
    expect(approvals).toContainEqual(expect.objectContaining({ count: 2 }));
  });
});

describe("loadAccessFile", () => {
  it("throws every problem, with the file's name and lines", () => {
    const load = () => loadAccessFile(join(ROOT, "package.json"));
    expect(load).toThrow(AccessFileError);
    expect(load).toThrow(
      /package\.json has \d+ problems:\n.*package\.json:1:1 "slack" is missing/s,
    );
  });
});

describe("the JSON Schema", () => {
  it("has a description for every key, for editors to show", () => {
    expect(undescribed(accessFileJsonSchema(), "")).toEqual([]);
  });

  it("allows no unknown key anywhere", () => {
    const open = JSON.stringify(accessFileJsonSchema()).match(
      /"additionalProperties":(true|\{\})/g,
    );
    expect(open).toBeNull();
  });
});

describe("the commands", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "latchkey-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it("npm run validate says that the example is valid", async () => {
    const { code, stdout, stderr } = await run("validate.ts");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^access\.yml is valid: 4 entitlements, 2 people bound to AWS, 0 warn/);
  });

  it("npm run validate prints each problem with line and column, and fails", async () => {
    const file = join(folder, "broken.yml");
    const good = await readFile(join(ROOT, "access.yml"), "utf8");
    await writeFile(file, good.replace("team: T0ACME", "team: acme").replace("[U0CAT]", "[]"));
    const { code, stdout, stderr } = await run("validate.ts", file);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/broken\.yml:\d+:9 "acme" is no Slack workspace id/);
    expect(stderr).toContain("broken.yml has 2 problems.");
  });

  it("npm run validate says how it is used, also where the file is not there", async () => {
    expect((await run("validate.ts", "--help")).stdout).toContain("npm run validate other.yml");
    expect(await run("validate.ts", join(folder, "nowhere.yml"))).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("no such file"),
    });
  });

  it("npm run schema prints the schema, or writes it where --out says", async () => {
    const file = join(folder, "access.schema.json");
    const printed = await run("schema.ts");
    expect(JSON.parse(printed.stdout)).toEqual(accessFileJsonSchema());
    expect(await run("schema.ts", "--out", file)).toMatchObject({ code: 0, stdout: "" });
    expect(await readFile(file, "utf8")).toBe(printed.stdout);
  });
});

type Schema = {
  readonly description?: string;
  readonly [key: string]: unknown;
};

/** The paths of all properties that say nothing about themselves. */
function undescribed(schema: Schema, path: string): string[] {
  const properties = Object.entries((schema["properties"] ?? {}) as Record<string, Schema>);
  const inner = [
    schema["items"],
    schema["additionalProperties"],
    ...((schema["anyOf"] ?? []) as []),
  ]
    .filter((one): one is Schema => typeof one === "object" && one !== null)
    .flatMap((one) => undescribed(one, `${path}.*`));
  return [
    ...inner,
    ...properties.flatMap(([key, property]) => [
      ...(property.description === undefined ? [`${path}.${key}`] : []),
      ...undescribed(property, `${path}.${key}`),
    ]),
  ];
}

function run(script: string, ...args: string[]) {
  const { ACCESS_FILE: _, ...env } = process.env;
  return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    const command = [join(ROOT, "scripts", script), ...args];
    execFile(process.execPath, command, { cwd: ROOT, env }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === "number" ? error.code : 0, stdout, stderr });
    });
  });
}
