// docs/terraform.md: what its template.tf makes of a package, where there is a Terraform to ask.

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { devNull, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "@jest/globals";
import { FUNCTION_NAMES } from "../../deploy/roles.ts";

const page = readFileSync(new URL("../../docs/terraform.md", import.meta.url), "utf8");
const [templateTf = "", mainTf = ""] = [...page.matchAll(/^```hcl\n([\s\S]*?)^```/gm)].map(
  ([, code]) => code,
);

const directory = mkdtempSync(join(tmpdir(), "latchkey-terraform-"));
afterAll(() => rmSync(directory, { recursive: true }));

const terraform = (args: readonly string[], input = "") =>
  spawnSync("terraform", args, {
    cwd: directory,
    input,
    encoding: "utf8",
    env: {
      PATH: process.env["PATH"],
      HOME: directory,
      CHECKPOINT_DISABLE: "1",
      TF_CLI_CONFIG_FILE: devNull,
      TF_VAR_package: "package",
      TF_VAR_bucket: "code-of-ours",
    },
  });

const capital = (name: string) => `${name[0]?.toUpperCase()}${name.slice(1)}`;
const own = { Ref: "ServerlessDeploymentBucket" };

/** A package as osls leaves it, as far as the page is concerned. */
const packaged = {
  Resources: {
    ServerlessDeploymentBucket: { Type: "AWS::S3::Bucket", Properties: {} },
    ServerlessDeploymentBucketPolicy: {
      Type: "AWS::S3::BucketPolicy",
      Properties: { Bucket: own },
    },
    Table: { Type: "AWS::DynamoDB::Table", DeletionPolicy: "Retain", Properties: { TTL: [true] } },
    ...Object.fromEntries(
      FUNCTION_NAMES.map((name) => [
        `${capital(name)}LambdaFunction`,
        {
          Type: "AWS::Lambda::Function",
          Properties: { Code: { S3Bucket: own, S3Key: `${name}.zip` }, Timeout: 75 },
          DependsOn: [`${capital(name)}Role`],
        },
      ]),
    ),
  },
  Outputs: { ServerlessDeploymentBucketName: { Value: own }, SlackRequestUrl: { Value: "https" } },
};

const hasTerraform = terraform(["version"]).status === 0;

(hasTerraform ? describe : describe.skip)("the Terraform configuration", () => {
  it("is formatted as Terraform formats it", () => {
    for (const code of [templateTf, mainTf]) {
      const run = terraform(["fmt", "-"], code);
      expect([run.status, run.stdout]).toEqual([0, code]);
    }
  });

  it("changes the functions' code and leaves osls's bucket out, and changes nothing else", () => {
    mkdirSync(join(directory, "package"));
    const file = join(directory, "package", "cloudformation-template-update-stack.json");
    writeFileSync(file, JSON.stringify(packaged));
    for (const name of FUNCTION_NAMES) writeFileSync(join(directory, `package/${name}.zip`), name);
    writeFileSync(join(directory, "template.tf"), templateTf);

    const run = terraform(["console"], "local.template\n");
    const template = JSON.parse(JSON.parse(run.stdout));
    const {
      ServerlessDeploymentBucket: _,
      ServerlessDeploymentBucketPolicy: __,
      ...kept
    } = packaged.Resources;
    const withCode = Object.fromEntries(
      Object.entries(kept).map(([id, resource]) => {
        const name = FUNCTION_NAMES.find((each) => id === `${capital(each)}LambdaFunction`);
        if (name === undefined) return [id, resource];
        const hash = createHash("sha256").update(name).digest("hex");
        const Code = { S3Bucket: "code-of-ours", S3Key: `latchkey/${hash}/${name}.zip` };
        return [id, { ...resource, Properties: { ...resource.Properties, Code } }];
      }),
    );
    expect(template).toEqual({
      Resources: withCode,
      Outputs: { SlackRequestUrl: { Value: "https" } },
    });
  });
});

describe("docs/terraform.md", () => {
  it("names each zip that is packaged", () => {
    for (const name of FUNCTION_NAMES) {
      expect(templateTf).toContain(`"${name}"`);
      expect(page).toContain(`${name}.zip`);
    }
  });
});
