// `osls deploy`: it stops before anything is packaged where access.yml is for another account than the credentials.

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import ownAccount from "../../deploy/own-account.ts";
import { type LocalAws, startAws } from "../../local/aws/server.ts";
import { copyProject } from "./project-copy.ts";

const ACCESS_FILE = "test/deploy/access-elsewhere.yml";
const OTHER = "999955556666";

describe("osls deploy with credentials of another account", () => {
  const project = copyProject();
  let aws: LocalAws;
  beforeAll(async () => {
    aws = await startAws({
      now: Date.now,
      account: OTHER,
      identities: [{ name: "admin", arn: `arn:aws:iam::${OTHER}:user/admin`, allow: "admin" }],
    });
  });
  afterAll(async () => {
    await aws.close();
    project.remove();
  });

  it.each([["deploy"], ["deploy", "function", "--function", "revoke"]])(
    "is refused with both accounts and the likely reason, and has done nothing: %s %s",
    async (...command) => {
      aws.calls.clear();
      const environment = aws.environment("admin");
      const run = await project.oslsMeanwhile(ACCESS_FILE, environment, ...command);
      const said = `${run.stdout}${run.stderr}`;
      expect(run.status).toBe(1);
      expect(said).toMatch(
        /access-elsewhere\.yml is for the AWS account 111122223333, and your credentials are of 999955556666\. .*Is ACCESS_FILE set\?/,
      );
      expect(said).not.toMatch(/^ +at /m);
      const called = new Set(aws.calls.list().map(({ action }) => action));
      expect([...called]).toEqual(["GetCallerIdentity"]);
      expect(() => project.template()).toThrow(/ENOENT/);
    },
    120_000,
  );
});

describe("the guard", () => {
  // The example's.
  beforeAll(() => {
    delete process.env["ACCESS_FILE"];
  });

  /** What it says to a command with credentials of an account; counts how often it asks whose they are. */
  async function guarding(command: string, account: string) {
    let asked = 0;
    const { hooks } = ownAccount({
      processedInput: { commands: command.split(" ") },
      classes: { Error },
      getProvider: () => ({
        getAccountId: () => {
          asked += 1;
          return Promise.resolve(account);
        },
      }),
    });
    const refused = await hooks.initialize().then(
      () => false,
      () => true,
    );
    return { refused, asked };
  }

  it("lets a deployment into the account of access.yml", async () => {
    expect(await guarding("deploy", "111122223333")).toEqual({ refused: false, asked: 1 });
    expect(await guarding("deploy", OTHER)).toEqual({ refused: true, asked: 1 });
  });

  it.each(["package", "print", "remove", "info", "deploy list"])(
    "asks nobody where nothing is deployed: %s",
    async (command) => {
      expect(await guarding(command, OTHER)).toEqual({ refused: false, asked: 0 });
    },
  );
});
