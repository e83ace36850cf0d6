// The plain `aws` CLI against the local AWS, with nothing but its environment. Skipped, aloud, where there is none.

import { execFile } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, describe, expect, it } from "@jest/globals";
import type { LocalAws } from "../../../local/aws/server.ts";
import { anAws, CLUSTER, closeAll, GROUP, ROLE_ARN, USER, USER_ARN } from "./support.ts";

afterEach(closeAll);

const run = promisify(execFile);

const hasCli = await run("aws", ["--version"]).then(
  () => true,
  () => false,
);
if (!hasCli) console.warn("SKIPPED: no `aws` on the PATH, the plain CLI is not tried");

/** Runs `aws …` as a named identity and parses what it prints. */
async function cli(aws: LocalAws, who: string, ...args: string[]): Promise<unknown> {
  const home = mkdtempSync(join(tmpdir(), "latchkey-cli-"));
  const env = {
    PATH: process.env["PATH"],
    HOME: process.env["HOME"],
    AWS_CONFIG_FILE: join(home, "config"),
  };
  const { stdout } = await run("aws", [...args, "--output", "json"], {
    env: {
      ...env,
      AWS_SHARED_CREDENTIALS_FILE: join(home, "credentials"),
      AWS_PAGER: "",
      ...aws.environment(who),
    },
  });
  return stdout.trim() === "" ? undefined : JSON.parse(stdout);
}

(hasCli ? describe : describe.skip)("the plain aws CLI", () => {
  it("sees and changes memberships", async () => {
    const aws = await anAws();
    const named = ["--group-name", GROUP, "--user-name", USER];
    await cli(aws, "admin", "iam", "add-user-to-group", ...named);
    expect(await cli(aws, "admin", "iam", "get-group", "--group-name", GROUP)).toMatchObject({
      Users: [{ UserName: USER, Arn: USER_ARN }],
    });
    await cli(aws, "admin", "iam", "remove-user-from-group", ...named);
    expect(aws.iam.members(GROUP)).toEqual([]);
  });

  it("assumes the role only while its user is in the group", async () => {
    const aws = await anAws();
    const assume = () =>
      cli(
        aws,
        "developer",
        ...["sts", "assume-role", "--role-arn", ROLE_ARN, "--role-session-name", "ada"],
      );
    await expect(assume()).rejects.toThrow("(AccessDenied) when calling the AssumeRole operation");
    aws.iam.addByHand(GROUP, USER);
    expect(await assume()).toMatchObject({ Credentials: { AccessKeyId: expect.any(String) } });
  });

  it("describes the cluster and makes a token that STS takes", async () => {
    const aws = await anAws({ now: Date.now });
    const named = ["--name", CLUSTER];
    expect(await cli(aws, "admin", "eks", "describe-cluster", ...named)).toMatchObject({
      cluster: { status: "ACTIVE" },
    });
    const credential = (await cli(
      aws,
      "developer",
      ...["eks", "get-token", "--cluster-name", CLUSTER],
    )) as { readonly status: { readonly token: string } };
    const url = Buffer.from(credential.status.token.replace("k8s-aws-v1.", ""), "base64url");
    const { status, body } = await get(String(url));
    expect(body).toContain(`<Arn>${USER_ARN}</Arn>`);
    expect(status).toBe(200);
  });

  it("reads a parameter", async () => {
    const name = "/latchkey/slack";
    const aws = await anAws({ parameters: [{ name, value: "{}", type: "SecureString" }] });
    expect(
      await cli(aws, "admin", "ssm", "get-parameter", "--name", name, "--with-decryption"),
    ).toMatchObject({ Parameter: { Value: "{}" } });
  });
});

function get(url: string): Promise<{ status: number | undefined; body: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { headers: { "x-k8s-aws-id": CLUSTER } }, (incoming) => {
      let body = "";
      incoming.on("data", (chunk) => {
        body += String(chunk);
      });
      incoming.on("end", () => resolve({ status: incoming.statusCode, body }));
    });
    outgoing.on("error", reject);
    outgoing.end();
  });
}
