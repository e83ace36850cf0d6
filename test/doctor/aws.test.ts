// What the doctor finds in the account: the table, the schedule, grants, groups, users, alarms, the clock.

import { CreateTableCommand, DeleteItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { afterEach, describe, expect, it } from "@jest/globals";
import { alarms } from "../../deploy/alarms.ts";
import { parseGrantId, parseSlackUserId } from "../../lib/grant/ids.ts";
import { createDynamoStore } from "../../lib/store/dynamo-store.ts";
import { TABLE_DEFINITION } from "../../lib/store/table.ts";
import type { AlarmSeed } from "../../local/aws/cloudwatch.ts";
import { dynamodbClient } from "../../local/dynamodb.ts";
import type { Stack } from "../../local/stack.ts";
import { type Caller, openClients } from "../../scripts/doctor/clients.ts";
import { examineClock } from "../../scripts/doctor/clock.ts";
import { placeEmbedded } from "../../scripts/doctor/embedded.ts";
import { type Patient, placeOnAws } from "../../scripts/doctor/patient.ts";
import { HOUR, MINUTE, scene } from "../end-to-end/scene.ts";
import { findingsOf, found, stackToExamine, wrongIn } from "./examined.ts";

const stack = stackToExamine();
const { granted, request, endNow } = scene(stack);
const GROUP = "iam-bttrm-web-ro-group";
const METRICS = "iam-bttrm-web-metrics-ro-group";
const TOPIC = "arn:aws:sns:us-east-2:111122223333:latchkey-alarms";
const ADA = "iam-bttrm-web-user-1";
const DEE = "iam-bttrm-web-user-2";

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

describe("a group", () => {
  it("that is missing is a problem, and the command makes it under its path", async () => {
    stack().aws.iam.deleteGroup(METRICS);
    undo.push(() => stack().aws.iam.createGroup(METRICS, "/jit/"));
    const findings = await findingsOf(stack());
    expect(wrongIn(findings, "iam-groups")).toEqual([`problem group-missing ${METRICS}`]);
    expect(found(findings, "group-missing").mend).toContain(
      `aws iam create-group --path /jit/ --group-name ${METRICS}`,
    );
  });

  it("under another path than access.yml says is a problem", async () => {
    stack().aws.iam.deleteGroup(METRICS);
    stack().aws.iam.createGroup(METRICS, "/teams/");
    undo.push(() => {
      stack().aws.iam.deleteGroup(METRICS);
      stack().aws.iam.createGroup(METRICS, "/jit/");
    });
    const finding = found(await findingsOf(stack()), "group-elsewhere");
    expect(finding.what).toContain("is in the path /teams/, access.yml says /jit/");
    expect(finding.mend).toContain("--new-path /jit/");
  });

  it("with a member whom the broker did not put there is a warning, beside those whom it did", async () => {
    const id = await granted("U0ADA", "web-pods-read 1h OPS-12 mine");
    undo.push(() => endNow("U0ADA", id));
    stack().aws.iam.addByHand(GROUP, DEE);
    undo.push(() => stack().aws.iam.removeByHand(GROUP, DEE));
    const findings = await findingsOf(stack());
    expect(wrongIn(findings, "iam-groups")).toEqual([`warning member-foreign ${GROUP}`]);
    expect(found(findings, "member-foreign")).toMatchObject({
      what: `${DEE} is in it, and Latchkey did not put them there`,
      mend: `aws iam remove-user-from-group --group-name ${GROUP} --user-name ${DEE}    # in account 111122223333`,
    });
  });

  it("that others may use too has members, which is told all the same", async () => {
    stack().aws.iam.addByHand(GROUP, DEE);
    undo.push(() => stack().aws.iam.removeByHand(GROUP, DEE));
    const sharedGroups = [`arn:aws:iam::111122223333:group/jit/${GROUP}`];
    const findings = await findingsOf(stack(), { change: () => ({ sharedGroups }) });
    const { why, mend } = found(findings, "member-foreign");
    expect(why).toContain("others use the group too");
    expect(mend).toMatch(/# in account 111122223333; if they are to have it for good, leave them$/);
  });

  it("with a member by the broker's record whom no grant wants is a problem", async () => {
    const [dee] = stack()
      .aws.iam.users()
      .filter(({ name }) => name === DEE);
    const key = `iam-group arn:aws:iam::111122223333:group/jit/${METRICS} ${dee?.id}`;
    await withStore(async (store) => {
      await store.lease(key, { owner: "o", now: 0, until: 1 });
      await store.mark(key, "o", "ours");
      await store.release(key, "o", {});
    });
    undo.push(() => forget(`ASSIGNMENT#${key}`));
    stack().aws.iam.addByHand(METRICS, DEE);
    undo.push(() => stack().aws.iam.removeByHand(METRICS, DEE));
    expect(wrongIn(await findingsOf(stack()), "iam-groups")).toEqual([
      `problem member-left-over ${METRICS}`,
    ]);
  });
});

describe("a person's IAM user", () => {
  it("that is gone is a problem", async () => {
    stack().aws.iam.deleteUser(DEE);
    undo.push(() => stack().aws.iam.createUser(DEE));
    const findings = await findingsOf(stack());
    expect(wrongIn(findings, "iam-users")).toEqual([`problem user-missing ${DEE}`]);
    expect(found(findings, "user-missing").what).toContain("U0DEE has no such IAM user");
  });

  it("that was deleted and made anew is another, where it was pinned", async () => {
    // Dee has asked for nothing yet, so that nobody has pinned who she is.
    const id = await request("U0DEE", "web-metrics-read 1h");
    await endNow("U0DEE", id);
    expect(wrongIn(await findingsOf(stack()), "iam-users")).toEqual([]);
    const anew = stack().aws.iam.recreateUser(DEE);
    undo.push(() => forget(`PRINCIPAL#arn:aws:iam::111122223333:user/${DEE}`));
    const findings = await findingsOf(stack());
    expect(wrongIn(findings, "iam-users")).toEqual([`problem user-recreated ${DEE}`]);
    expect(found(findings, "user-recreated").mend).toContain(`uniqueId: ${anew.id}`);
  });

  it("that access.yml names by another unique id is another", async () => {
    const findings = await findingsOf(stack(), {
      change: ({ people }) => {
        const { U0ADA } = people;
        if (U0ADA === undefined) throw new Error("nobody");
        return { people: { ...people, U0ADA: { ...U0ADA, uniqueId: "AIDACKCEVSQ6C2EXAMPLE" } } };
      },
    });
    expect(wrongIn(findings, "iam-users")).toEqual([`problem user-recreated ${ADA}`]);
  });

  it("with hardly room for what may be borrowed is a warning, with none a problem", async () => {
    const names = Array.from({ length: 10 }, (_, n) => `standing-${n}`);
    const join = (name: string) => {
      stack().aws.iam.createGroup(name);
      stack().aws.iam.addByHand(name, ADA);
      undo.push(() => stack().aws.iam.deleteGroup(name));
    };
    for (const name of names.slice(0, 8)) join(name);
    const nearly = await findingsOf(stack());
    expect(wrongIn(nearly, "iam-users")).toEqual([`warning group-quota ${ADA}`]);
    expect(found(nearly, "group-quota").what).toContain(
      "in 8 groups for good and may borrow 3 more",
    );
    for (const name of names.slice(8)) join(name);
    expect(wrongIn(await findingsOf(stack()), "iam-users")).toEqual([`problem group-quota ${ADA}`]);
  });
});

describe("the table", () => {
  const elsewhere = (tableName: string) => ({
    place: { ...placeEmbedded(stack().slackApi.apiUrl), tableName },
  });

  it("that is not there is a problem, and what it would tell is left out", async () => {
    const findings = await findingsOf(stack(), elsewhere("latchkey-none"));
    expect(wrongIn(findings, "table")).toEqual(["problem table-missing latchkey-none"]);
    expect(wrongIn(findings, "sweeps")).toEqual([]);
    expect(wrongIn(findings, "iam-groups")).toEqual([]);
  });

  it("without an index, with a wrong one, or with another key, is a problem", async () => {
    const client = dynamodbClient(stack().table.url);
    const { GlobalSecondaryIndexes: indexes } = TABLE_DEFINITION;
    const BillingMode = "PAY_PER_REQUEST";
    await client.send(
      new CreateTableCommand({
        TableName: "askew",
        BillingMode,
        KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
        AttributeDefinitions: [
          { AttributeName: "id", AttributeType: "S" },
          ...TABLE_DEFINITION.AttributeDefinitions.filter(({ AttributeName }) =>
            ["queue", "dueAt", "outbox", "outboxAt"].includes(AttributeName),
          ),
        ],
        GlobalSecondaryIndexes: indexes
          .filter(({ IndexName }) => IndexName !== "requester")
          .map((index) => ({ ...index, Projection: { ProjectionType: "ALL" } })),
      }),
    );
    client.destroy();
    const findings = await findingsOf(stack(), elsewhere("askew"));
    expect(wrongIn(findings, "table")).toEqual([
      "problem table-key askew",
      "problem index-wrong index outbox",
      "problem index-missing index requester",
      "warning table-unprotected askew",
      "warning ttl-off time to live",
      "warning recovery-off recovery",
    ]);
    expect(found(findings, "index-missing").mend).toBe(
      `npx osls deploy --stage local --region us-east-2 --param="alarmTopic=${TOPIC}"    # and every other --param that you deploy with`,
    );
  });

  it("that forgets by another attribute is a problem: it may forget what ends access", async () => {
    const { aws, table } = stack();
    const asDeployed = {
      name: table.name,
      timeToLive: "ttl",
      pointInTimeRecovery: true,
      deletionProtection: true,
    };
    aws.putTable({ ...asDeployed, timeToLive: "dueAt" });
    undo.push(() => aws.putTable(asDeployed));
    expect(wrongIn(await findingsOf(stack()), "table")).toEqual(["problem ttl-wrong time to live"]);
  });
});

describe("the schedule", () => {
  it("whose sweeps have stood still is a problem for each, and well again after a pass", async () => {
    await stack().passes();
    stack().advance(12 * MINUTE);
    const findings = await findingsOf(stack());
    expect(wrongIn(findings, "sweeps")).toEqual([
      "problem sweep-stopped provision",
      "problem sweep-stopped revoke",
      "problem sweep-stopped announce",
    ]);
    const revoke = findings.find(({ subject }) => subject === "revoke");
    expect(revoke).toMatchObject({
      what: "its last full pass was 12 minutes ago",
      why: "Access does not end on time.",
      mend: expect.stringContaining("aws logs tail /aws/lambda/latchkey-revoke --since 15m"),
    });
    await stack().passes();
    expect(wrongIn(await findingsOf(stack()), "sweeps")).toEqual([]);
  });

  it("that has never run is a problem", async () => {
    await forget("PASSES");
    undo.push(() => stack().passes());
    expect(wrongIn(await findingsOf(stack()), "sweeps")).toContain("problem sweep-never revoke");
  });
});

describe("grants", () => {
  it("that should be over are told one by one", async () => {
    const id = await granted("U0ADA", "web-pods-read 1h OPS-12 a look");
    undo.push(() => stack().passes());
    stack().advance(HOUR + 10 * MINUTE);
    const findings = await findingsOf(stack());
    expect(wrongIn(findings, "grants")).toEqual([`problem grant-overdue ${id}`]);
    expect(found(findings, "grant-overdue")).toMatchObject({
      what: "web-pods-read should have ended 10 minutes ago",
      mend: [
        "aws logs tail /aws/lambda/latchkey-revoke --since 15m --region us-east-2    # it names what is in the way. If it cannot wait, by hand:",
        `aws iam remove-user-from-group --group-name ${GROUP} --user-name ${ADA}    # ${ADA} in the group, account 111122223333`,
      ].join("\n"),
    });
  });

  it("that should be over name the cluster and the entry that somebody can take out by hand", async () => {
    await granted("U0DEE", "web-pods-mapping 30m a look");
    undo.push(() => stack().passes());
    stack().advance(HOUR);
    const [, byHand] = found(await findingsOf(stack()), "grant-overdue").mend?.split("\n") ?? [];
    expect(byHand).toBe(
      `kubectl edit configmap aws-auth -n kube-system    # in bttrm-eks-dev-0 (us-east-2): the entry with userarn arn:aws:iam::111122223333:user/${DEE} in mapUsers, nothing else`,
    );
  });

  it("that give what roles made from this access.yml do not reach are told", async () => {
    const id = await granted("U0ADA", "web-pods-read 1h OPS-12 a look");
    undo.push(() => endNow("U0ADA", id));
    const findings = await findingsOf(stack(), { change: () => ({ groupPath: "/lent/" }) });
    const arn = `arn:aws:iam::111122223333:group/jit/${GROUP}`;
    expect(wrongIn(findings, "grants")).toEqual([`problem out-of-reach ${arn}`]);
    expect(found(findings, "out-of-reach").mend).toMatch(
      /^npx osls deploy .* `groupPath: \/jit\/` at the top of access\.yml, or .*acceptShared: true/,
    );
  });

  it("that cannot be read are told", async () => {
    const pk = "GRANT#LK-0000000000";
    const row = { schema: { N: "99" }, queue: { S: "revoke" }, dueAt: { N: "1" } };
    await write({ pk: { S: pk }, ...row });
    undo.push(() => forget(pk));
    expect(wrongIn(await findingsOf(stack()), "grants")).toEqual([`problem row-unreadable ${pk}`]);
  });

  it("of which watch has told the admins stand until they are gone", async () => {
    const to = [parseSlackUserId("U0CAT")];
    const told = [
      { key: "left-over: eve at iam-group x", to },
      { key: "unlent: dee at iam-group y", to },
    ];
    await withStore((store) => store.saveToldFindings(told, { version: 0 }));
    undo.push(() => forget("FINDINGS"));
    const findings = await findingsOf(stack());
    expect(wrongIn(findings, "grants")).toEqual([
      "problem watch-left-over watch",
      "warning watch-unlent watch",
    ]);
    expect(found(findings, "watch-left-over").what).toContain("left-over: eve at iam-group x");
  });
});

describe("alarms", () => {
  /** As the template has them, until the test is over. */
  const put = (name: string, more: Partial<AlarmSeed>) => {
    const { aws } = stack();
    aws.putAlarm({ name, actions: [TOPIC], ...more });
    undo.push(() => aws.putAlarm({ name, actions: [TOPIC] }));
  };

  it("that are missing, on, or heard by nobody are told", async () => {
    put("latchkey-RevokeOverdue", { state: "ALARM" });
    put("latchkey-WatchDrift", {});
    stack().aws.removeAlarm("latchkey-WatchDrift");
    put("latchkey-RevokeHeartbeat", { actions: [] });
    const findings = await findingsOf(stack());
    expect(wrongIn(findings, "alarms")).toEqual([
      "problem alarm-missing latchkey-WatchDrift",
      "problem alarm-on latchkey-RevokeOverdue",
      "warning alarms-silent latchkey-RevokeHeartbeat",
    ]);
    for (const code of ["alarm-missing", "alarms-silent"]) {
      expect(found(findings, code).mend).toContain(`--param="alarmTopic=${TOPIC}"`);
    }
  });

  it("that somebody has silenced are told to speak, as a deployment would not change that", async () => {
    put("latchkey-WatchDrift", { isEnabled: false });
    put("latchkey-FailedRuns", { isEnabled: false });
    expect(found(await findingsOf(stack()), "alarms-silent").mend).toBe(
      "aws cloudwatch enable-alarm-actions --region us-east-2 --alarm-names latchkey-WatchDrift latchkey-FailedRuns",
    );
  });

  // Of these two what they mean takes more than a sentence.
  it.each([
    ["RevokeLateness", /gone now\.$/, /^Look in the history/],
    ["FailedRuns", /did its work\.$/, /^Read the messages/],
  ])("that are on say what they mean and what to do first: %s", async (name, means, doFirst) => {
    put(`latchkey-${name}`, { state: "ALARM" });
    const { why = "", mend = "" } = found(await findingsOf(stack()), "alarm-on");
    expect(why).toMatch(means);
    expect(mend).toMatch(doFirst);
    const link = ` See docs/operations.md#${name.toLowerCase()}`;
    expect(mend.endsWith(link)).toBe(true);
    expect(`${why} ${mend.slice(0, -link.length)}`).toBe(descriptionOf(name));
  });

  it("of which there are none at all are a warning", async () => {
    const place = { ...placeEmbedded(stack().slackApi.apiUrl), prefix: "latchkey-other" };
    expect(wrongIn(await findingsOf(stack(), { place }), "alarms")).toEqual([
      "warning alarms-none latchkey-other",
    ]);
  });
});

/** What the template says of an alarm. */
function descriptionOf(name: string): string | undefined {
  type Alarm = { readonly Properties: { readonly AlarmDescription: string } };
  const templates = alarms("latchkey", TOPIC) as Readonly<Record<string, Alarm>>;
  return templates[`${name}Alarm`]?.Properties.AlarmDescription;
}

describe("the clock of this machine", () => {
  const caller: Caller = { arn: "a", account: "1", partition: "aws", answeredAt: 1_000_000 };
  const patientAt = (answeredAt: number) =>
    ({
      place: placeOnAws("prod", "us-east-2", "/x"),
      caller: { ...caller, answeredAt },
    }) as Patient;

  it.each([
    [0, "ok"],
    [-4_000, "ok"],
    [61_000, "warning"],
    [-61_000, "warning"],
    [301_000, "problem"],
  ])("%i ms off AWS's is %s", (skewMs, level) => {
    const [finding] = examineClock(patientAt(1_000_000), 1_000_000 + skewMs);
    expect(finding?.level).toBe(level);
  });

  it("is told in seconds, and which side it is off", () => {
    const [finding] = examineClock(patientAt(1_000_000), 1_090_000);
    expect(finding?.what).toBe("its clock is 90 s ahead of AWS's");
    const [dateless] = examineClock(patientAt(Number.NaN), 0);
    expect(dateless).toMatchObject({ level: "unknown", code: "no-date" });
  });
});

describe("the credentials", () => {
  it("of another account than access.yml is for are refused before anything is looked at", async () => {
    const people = { U0ADA: { iamUser: "arn:aws:iam::999955556666:user/ada" as never } };
    await expect(
      findingsOf(stack(), { change: () => ({ people, entitlements: {} }) }),
    ).rejects.toThrow(
      "of account 111122223333 (arn:aws:iam::111122223333:user/admin), and access.yml is for 999955556666. Choose others (AWS_PROFILE, aws sso login), or is ACCESS_FILE not set?",
    );
  });

  it("that nobody knows are refused", async () => {
    const credentials = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "none" };
    const { url, region } = stack().aws;
    const clients = openClients({ region, endpoint: url, credentials });
    await expect(findingsOf(stack(), { clients })).rejects.toThrow("security token");
  });

  it("another account is reached by its role, or said to be unknown", async () => {
    const far = "arn:aws:iam::444455556666:group/jit/far";
    const account = { role: "arn:aws:iam::444455556666:role/latchkey", externalId: "x" };
    const findings = await findingsOf(stack(), {
      change: ({ entitlements }) => ({
        accounts: { "444455556666": account },
        entitlements: Object.fromEntries(
          Object.entries(entitlements).map(([id, entitlement]) => [
            id,
            { ...entitlement, targets: [{ kind: "iam-group", arn: far, account }] },
          ]),
        ),
      }),
    });
    expect(wrongIn(findings, "iam-groups")).toEqual(["unknown not-permitted far"]);
  });
});

// --- The table by hand ---

async function withStore<T>(
  work: (store: ReturnType<typeof createDynamoStore>) => Promise<T>,
): Promise<T> {
  const { url, name } = stack().table;
  const client = dynamodbClient(url);
  const store = createDynamoStore({
    client,
    tableName: name,
    newId: () => parseGrantId("LK-0000000001"),
  });
  return work(store).finally(() => client.destroy());
}

type Row = NonNullable<ConstructorParameters<typeof PutItemCommand>[0]["Item"]>;

const write = (Item: Row) =>
  sendTo(stack(), new PutItemCommand({ TableName: stack().table.name, Item }));
const forget = (pk: string) =>
  sendTo(stack(), new DeleteItemCommand({ TableName: stack().table.name, Key: { pk: { S: pk } } }));

async function sendTo({ table }: Stack, command: PutItemCommand | DeleteItemCommand) {
  const client = dynamodbClient(table.url);
  await client.send(command as PutItemCommand).finally(() => client.destroy());
}
