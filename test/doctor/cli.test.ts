// `npm run doctor`, as somebody at a terminal runs it.

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type KubeconfigFile, writeKubeconfig } from "../../local/kubeconfig-file.ts";
import { stackToExamine } from "./examined.ts";
import { runScript } from "./run-script.ts";

describe("npm run doctor -- --local", () => {
  it("looks at a stack of its own, and finds nothing wrong", async () => {
    const { code, stdout, stderr } = await runScript("doctor.ts", ["--local", "--json"]);
    const { deployment, counts } = JSON.parse(stdout) as Record<string, Record<string, unknown>>;
    expect(deployment).toMatchObject({ kind: "embedded", name: "latchkey" });
    expect(counts).toMatchObject({ problem: 0, warning: 0, unknown: 1 });
    expect(code).toBe(0);
    expect(stderr).toBe(
      "Looking at clock alarms table secret slack-app channels slack-people sweeps grants iam-groups iam-users clusters functions\n\n",
    );
  }, 60_000);
});

describe("npm run doctor -- --local, beside a stack that stays up", () => {
  const stack = stackToExamine();
  let kubeconfig: KubeconfigFile;
  let env: Record<string, string>;
  beforeAll(async () => {
    kubeconfig = await writeKubeconfig(stack());
    env = {
      ...stack().aws.environment("admin"),
      SLACK_API_URL: stack().slackApi.apiUrl,
      KUBECONFIG: kubeconfig.path,
    };
  });
  afterAll(() => kubeconfig.remove());

  it("looks at that one by the variables that it prints, and says what is wrong in words", async () => {
    stack().aws.iam.deleteGroup("iam-bttrm-web-debug-group");
    const { code, stdout } = await runScript("doctor.ts", ["--local"], env);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^latchkey in us-east-2, account 111122223333, as arn:aws:iam::/);
    expect(stdout).toContain(
      [
        "✗ IAM groups    2 as they should be",
        "    ✗ iam-bttrm-web-debug-group: there is no such group in account 111122223333",
        "        why  What is asked for of it is refused after it was approved.",
        "        do   aws iam create-group --path /jit/ --group-name iam-bttrm-web-debug-group",
      ].join("\n"),
    );
    expect(stdout).toMatch(/^✓ Clusters {6}5 as they should be$/m);
    expect(stdout).toMatch(/^✓ Functions {5}7 as they should be$/m);
    expect(stdout).toMatch(/\n1 problem, 1 not known\.\n$/);
  }, 60_000);

  it("takes what is not known for a problem where it is told to be strict", async () => {
    stack().aws.iam.createGroup("iam-bttrm-web-debug-group", "/jit/");
    const lenient = await runScript("doctor.ts", ["--local"], env);
    const strict = await runScript("doctor.ts", ["--local", "--strict"], env);
    expect([lenient.code, strict.code]).toEqual([0, 1]);
  }, 60_000);
});

describe("npm run doctor", () => {
  it("explains itself", async () => {
    const { code, stdout } = await runScript("doctor.ts", ["--help"]);
    expect(code).toBe(0);
    expect(stdout).toContain("npm run doctor -- --stage prod --region us-east-2");
  });

  it.each<[readonly string[], string]>([
    [["--bogus"], "Unknown option '--bogus'"],
    [["--url", "SlackRequestUrl"], "is no address"],
    [["one.yml", "two.yml"], "one access.yml at a time"],
    [["nowhere.yml"], "no such file"],
    [["package.json"], "package.json has"],
    [["--stage", "prod"], "credentials"],
  ])("says what keeps it from looking: %j", async (args, words) => {
    const { code, stdout, stderr } = await runScript("doctor.ts", args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(words);
    expect(stderr).not.toContain("    at ");
  });
});
