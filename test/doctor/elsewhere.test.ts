// Groups and people of another account: what is wrong there, and commands that say where they are to be run.

import { IAMClient } from "@aws-sdk/client-iam";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { loadAccessFile } from "../../lib/policy/load-access-file.ts";
import { type LocalAws, startAws } from "../../local/aws/server.ts";
import type { Finding } from "../../scripts/doctor/finding.ts";
import { examineGroups } from "../../scripts/doctor/groups.ts";
import type { Patient } from "../../scripts/doctor/patient.ts";
import { examinePeople } from "../../scripts/doctor/people.ts";
import { createMemoryStore } from "../support/memory-store.ts";

const ELSEWHERE = "444455556666";
const THERE = `in account ${ELSEWHERE}, where Latchkey goes by arn:aws:iam::${ELSEWHERE}:role/latchkey-broker`;
const HERE = "in account 111122223333";

let aws: LocalAws;
let client: IAMClient;
let patient: Patient;

beforeAll(async () => {
  aws = await startAws({
    now: Date.now,
    account: ELSEWHERE,
    identities: [{ name: "admin", arn: `arn:aws:iam::${ELSEWHERE}:user/admin`, allow: ["iam:*"] }],
    iam: {
      users: [{ name: "eve" }],
      groups: [{ name: "readers", path: "/jit/", members: ["eve"] }],
    },
  });
  client = new IAMClient({
    endpoint: aws.url,
    region: "us-east-1",
    credentials: aws.credentials("admin"),
  });
  const policy = loadAccessFile("test/deploy/access-elsewhere.yml");
  patient = { policy, clients: { iam: () => client } } as unknown as Patient;
});

afterAll(async () => {
  client.destroy();
  await aws.close();
});

/** The commands of the findings of a code, as what they are about. */
const mendsOf = (findings: readonly Finding[], code: string) =>
  findings.filter((one) => one.code === code).map(({ mend }) => mend);

describe("in another account", () => {
  it("a member whom Latchkey did not put there is taken out there", async () => {
    const findings = await examineGroups(patient, createMemoryStore());
    expect(mendsOf(findings, "member-foreign")).toEqual([
      `aws iam remove-user-from-group --group-name readers --user-name eve    # ${THERE}`,
    ]);
  });

  it("a group is made there, and one of the broker's own account here", async () => {
    aws.iam.deleteGroup("readers");
    const mends = mendsOf(await examineGroups(patient, undefined), "group-missing");
    expect(mends).toEqual(
      expect.arrayContaining([
        "aws iam create-group --path /jit/ --group-name readers    # and give it its policy",
        `aws iam create-group --path /jit/ --group-name readers    # ${THERE}; and give it its policy`,
      ]),
    );
  });

  it("a user is made there, under the path that access.yml says", async () => {
    const mends = mendsOf(await examinePeople(patient, false), "user-missing");
    expect(mends).toEqual([
      `aws iam create-user --path /people/ --user-name ada    # ${HERE}; or correct \`people\` in access.yml`,
      `aws iam create-user --user-name dan    # ${THERE}; or correct \`people\` in access.yml`,
    ]);
  });
});
