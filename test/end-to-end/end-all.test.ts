// `npm run end-all` as somebody runs it in an emergency, with nothing but the table in reach.

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, it } from "@jest/globals";
import { ADA, DEE, scene, stackForTests } from "./scene.ts";

const stack = stackForTests();
const { awsAuth, card, granted, inNoTime, members, messages, request, status } = scene(stack);

async function endAll(...args: readonly string[]) {
  const env = {
    AWS_ENDPOINT_URL_DYNAMODB: stack().table.url,
    AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
    AWS_SECRET_ACCESS_KEY: "example",
  };
  const script = ["scripts/end-all.ts", ...args];
  try {
    const { stdout } = await promisify(execFile)(process.execPath, script, { env });
    return { code: 0, stdout };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, stdout: stdout + stderr };
  }
}

it("ends all that lives within a pass, and leaves what nobody has decided", async () => {
  const group = await granted(ADA, "web-pods-read 1h OPS-1 somebody looks");
  const mapping = await granted(DEE, "web-pods-mapping 1h somebody looks");
  const pending = await request(ADA, "web-release-debug 1h OPS-1 nobody has decided");
  const place = ["--table", stack().table.name, "--region", "us-east-2"];

  const wouldEnd = await endAll(...place);
  expect(wouldEnd).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("2 grants would end"),
  });
  expect(wouldEnd.stdout).toContain(`${group}  ${ADA}  web-pods-read  active`);
  expect(await status(group)).toBe("active");

  const ended = await endAll(...place, "--why", "incident 42");
  expect(ended).toMatchObject({ code: 0, stdout: expect.stringContaining("2 of 2 grants") });
  await inNoTime(stack().passes());
  await stack().passes();
  expect([await status(group), await status(mapping), await status(pending)]).toEqual([
    "ended",
    "ended",
    "pending",
  ]);
  expect(await members("iam-bttrm-web-ro-group")).toEqual([]);
  expect(awsAuth().mapUsers).not.toContain("iam-bttrm-web-user-2");
  expect(card(group)).toContain("incident 42");
  expect(messages(ADA, group).at(-1)).toContain("incident 42");
  expect(await endAll(...place, "--why", "again")).toMatchObject({
    stdout: expect.stringContaining("0 of 0 grants"),
  });
});

it("says what it lacks, and that it could not look", async () => {
  expect(await endAll()).toMatchObject({ code: 2, stdout: expect.stringContaining("--stage") });
  expect(await endAll("--table", "none", "--why", " ")).toMatchObject({ code: 2 });
  expect(await endAll("--table", "no-such-table")).toMatchObject({ code: 2 });
  expect(await endAll("--help")).toMatchObject({ code: 0 });
});
