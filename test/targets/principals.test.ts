// Who an IAM user is, asked of the local IAM.

import { IAMClient } from "@aws-sdk/client-iam";
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { parseIamUserArn } from "../../lib/grant/ids.ts";
import { createPrincipals } from "../../lib/targets/principals.ts";
import { type LocalAws, startAws } from "../../local/aws/server.ts";

let aws: LocalAws;
let client: IAMClient;

beforeAll(async () => {
  aws = await startAws({
    now: Date.now,
    iam: { users: [{ name: "ada", path: "/web/" }] },
    identities: [{ name: "broker", arn: "arn:aws:iam::111122223333:role/broker", allow: "admin" }],
  });
  client = new IAMClient({
    endpoint: aws.url,
    region: aws.region,
    credentials: aws.credentials("broker"),
    maxAttempts: 2,
  });
});

afterAll(async () => {
  client.destroy();
  await aws.close();
});

const uniqueId = (arn: string) =>
  createPrincipals({ client: () => client }).uniqueId(parseIamUserArn(arn), undefined);

it("knows a user by the unique id, another one after the user was made anew", async () => {
  const ada = "arn:aws:iam::111122223333:user/web/ada";
  const before = await uniqueId(ada);
  expect(before).toMatch(/^AIDA/);
  aws.iam.recreateUser("ada");
  expect(await uniqueId(ada)).toMatch(/^AIDA/);
  expect(await uniqueId(ada)).not.toBe(before);
});

it("knows nobody where there is no such user", async () => {
  expect(await uniqueId("arn:aws:iam::111122223333:user/nobody")).toBeUndefined();
});

it("takes nobody for a user of that name in another account or under another path", async () => {
  expect(await uniqueId("arn:aws:iam::999999999999:user/web/ada")).toBeUndefined();
  expect(await uniqueId("arn:aws:iam::111122223333:user/ada")).toBeUndefined();
});

it("throws where IAM does not say", async () => {
  const heal = aws.faults.inject({ kind: "denied", action: "GetUser" });
  await expect(uniqueId("arn:aws:iam::111122223333:user/web/ada")).rejects.toThrow(/authorized/);
  heal();
});
