// A function, the local AWS and the moved clock together: what `npm start` joins.

import { afterAll, describe, expect, it } from "@jest/globals";
import { startAws } from "../../../local/aws/server.ts";
import { createClock } from "../../../local/clock.ts";
import { createRunner } from "../../../local/lambda/runner.ts";

const closing: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const close of closing.reverse()) await close();
});

describe("a function in the stack", () => {
  it("acts with its own role through the one URL, invokes by Lambda, and lives in tomorrow", async () => {
    const clock = createClock();
    clock.advance(86_400_000);
    const arn = "arn:aws:sts::111122223333:assumed-role/add-member/local";
    const aws = await startAws({
      now: clock.now,
      iam: { users: [{ name: "ada" }], groups: [{ name: "web" }] },
      identities: [
        { name: "add-member", arn, allow: ["iam:AddUserToGroup", "lambda:InvokeFunction"] },
      ],
    });
    closing.push(aws.close);
    const lines: string[] = [];
    const runner = createRunner({
      functions: {
        "add-member": {
          file: new URL("./fixtures/add-member.ts", import.meta.url),
          env: aws.environment("add-member"),
          timeoutMs: 20_000,
        },
      },
      clock: clock.buffer,
      onLog: (_, line) => lines.push(line),
    });
    closing.push(runner.close);
    aws.setRunner(runner);

    expect(await runner.invoke("add-member", {})).toBe(arn);
    await runner.idle();

    expect(lines).toEqual([]);
    expect(aws.iam.members("web")).toEqual(["ada"]);
    expect(
      aws.calls
        .list()
        .map(({ action, status }) => `${action} ${status}`)
        .sort(),
    ).toEqual(["AddUserToGroup 200", "GetCallerIdentity 200", "Invoke 202"]);
  });
});
