import { fileURLToPath } from "node:url";
import { PutItemCommand } from "@aws-sdk/client-dynamodb";
import { IAMClient, PutGroupPolicyCommand } from "@aws-sdk/client-iam";
import { afterEach, describe, expect, it } from "@jest/globals";
import { loadAccessFile } from "../../lib/policy/load-access-file.ts";
import { assumeRole, clientOf, clusterUser } from "../../local/developer.ts";
import { dynamodbClient } from "../../local/dynamodb.ts";
import { lookAtAccess } from "../../local/page/access-part.ts";
import type { AccessPart } from "../../local/page/protocol.ts";
import { REGION, ROLE_ARN, WEB_GROUP, WEB_NAMESPACES } from "../../local/scenario.ts";
import { ADA, DEE, scene, stackForTests } from "../end-to-end/scene.ts";

const stack = stackForTests();
const { granted, request, pastTheEnd, addByHand, removeByHand, members } = scene(stack);
const policy = loadAccessFile(fileURLToPath(new URL("../../access.yml", import.meta.url)));
const look = (options = {}) => lookAtAccess(stack(), policy, options);

afterEach(() => {
  stack().cluster.faults.clear();
  stack().aws.faults.clear();
});

describe("what the page shows of access", () => {
  it("is nothing at first: nobody is in a group, nobody may assume the role, the cluster knows nobody", async () => {
    const now = stack().now();
    const part = await look();
    expect(part.lookedAt).toBeGreaterThanOrEqual(now);
    expect(part.lookedAt).toBeLessThanOrEqual(stack().now());
    expect(part.grants).toEqual([]);
    expect(part.groups).toEqual([
      { name: WEB_GROUP, members: [] },
      { name: "iam-bttrm-web-metrics-ro-group", members: [] },
      { name: "iam-bttrm-web-debug-group", members: [] },
    ]);
    expect(await maysAsStsSays(part)).toEqual({ [ADA]: false, [DEE]: false });
    expect(part.mayAssume[0]).toEqual({
      slackUser: ADA,
      roleArn: ROLE_ARN,
      isAllowed: false,
      why: "No policy of a group that iam-bttrm-web-user-1 is in allows it.",
    });
    expect(answersIn(part)).toEqual(NOTHING);
    expect(marked(part)).toEqual([]);
  });

  it("says what each question would be at a terminal", async () => {
    const { questions } = await look();
    expect(questions.map(({ slackUser, as, command }) => `${slackUser} ${as}: ${command}`)).toEqual(
      [
        "U0ADA own keys: kubectl auth can-i list pods -n bttrm-web-proj-1-ns",
        "U0ADA own keys: kubectl auth can-i list pods -n bttrm-web-proj-2-ns",
        "U0ADA own keys: kubectl auth can-i '*' '*'",
        "U0ADA role: kubectl auth can-i list pods -n bttrm-web-proj-1-ns",
        "U0ADA role: kubectl auth can-i list pods -n default",
        "U0ADA role: kubectl auth can-i create pods -n bttrm-web-proj-1-ns",
        "U0ADA role: kubectl auth can-i list nodes",
        "U0DEE own keys: kubectl auth can-i list pods -n bttrm-web-proj-1-ns",
      ],
    );
  });

  it("flips with way 1 and flips back, though a session of the role lives on", async () => {
    const id = await granted(ADA, "web-pods-read 30m OPS-12 checkout pods restart");
    const session = await sessionOf("ada");
    const during = await look();
    expect(during.groups[0]?.members).toEqual([
      { iamUser: "iam-bttrm-web-user-1", slackUser: ADA },
    ]);
    expect(await maysAsStsSays(during)).toEqual({ [ADA]: true, [DEE]: false });
    expect(during.mayAssume[0]?.why).toBe(
      `The policy iam-bttrm-allow-assume-web-ro-role-policy of the group ${WEB_GROUP} allows it.`,
    );
    expect(answersIn(during)).toEqual({ ...NOTHING, role: ["yes", "no", "no", "no"] });
    expect(marked(during)).toEqual([]);
    expect(during.grants).toMatchObject([{ id, status: "active" }]);

    if (!("credentials" in session)) throw new Error(session.message);
    await pastTheEnd(id);
    const living = await clusterUser(stack().cluster, session.credentials, stack().now());
    expect(await living.canI("list", "pods", WEB_NAMESPACES[0])).toBe("yes");
    const after = await look();
    expect(after.groups[0]?.members).toEqual([]);
    expect(await maysAsStsSays(after)).toEqual({ [ADA]: false, [DEE]: false });
    expect(answersIn(after)).toEqual(NOTHING);
    expect(after.grants).toMatchObject([{ id, status: "ended" }]);
  });

  it("flips with way 2, with Latchkey's lines marked in aws-auth, and flips back", async () => {
    const before = await look();
    const id = await granted(ADA, "web-pods-mapping 30m port-forward tool");
    const during = await look();
    expect(answersIn(during)).toEqual({ ...NOTHING, ada: ["yes", "yes", "no"] });
    expect(await maysAsStsSays(during)).toEqual({ [ADA]: false, [DEE]: false });
    expect(during.awsAuth.cluster).toBe("bttrm-eks-dev-0");
    expect(marked(during)).toEqual([
      '  - userarn: "arn:aws:iam::111122223333:user/iam-bttrm-web-user-1"',
      '    username: "latchkey:iam-bttrm-web-user-1"',
      "    groups:",
      '      - "rbac-bttrm-web-ro-group"',
    ]);
    const others = during.awsAuth.lines.filter(({ isOurs }) => !isOurs);
    expect(others).toEqual(before.awsAuth.lines);

    await pastTheEnd(id);
    const after = await look();
    expect(answersIn(after)).toEqual(NOTHING);
    expect(after.awsAuth).toEqual(before.awsAuth);
  });

  it("has every grant, newest first, and passes over a row that it cannot read", async () => {
    stack().advance(1_000);
    const pending = await request(DEE, "web-pods-read 1h OPS-13 my turn");
    const client = dynamodbClient(stack().table.url);
    const Item = { pk: { S: "GRANT#LK-0000000000" }, schema: { N: "99" } };
    await client.send(new PutItemCommand({ TableName: stack().table.name, Item }));
    client.destroy();

    const { grants } = await look();
    expect(grants.map(({ status }) => status)).toEqual(["pending", "ended", "ended"]);
    expect(grants[0]).toMatchObject({ id: pending, requester: DEE });
    expect(grants.map(({ entitlement }) => entitlement.id)).toEqual([
      "web-pods-read",
      "web-pods-mapping",
      "web-pods-read",
    ]);
  });

  it("shows a standing member and a stranger, and what a policy written today allows them", async () => {
    stack().aws.iam.createUser("stranger");
    await addByHand(WEB_GROUP, "iam-bttrm-web-user-2");
    await addByHand(WEB_GROUP, "stranger");
    const standing = await look();
    expect(standing.groups[0]?.members).toEqual([
      { iamUser: "iam-bttrm-web-user-2", slackUser: DEE },
      { iamUser: "stranger" },
    ]);
    expect(await maysAsStsSays(standing)).toEqual({ [ADA]: false, [DEE]: true });

    await writePolicy({ Effect: "Deny", Action: "sts:AssumeRole", Resource: "*" });
    const forbidden = await look();
    expect(await maysAsStsSays(forbidden)).toEqual({ [ADA]: false, [DEE]: false });
    expect(forbidden.mayAssume[1]?.why).toBe(
      `The policy today of the group ${WEB_GROUP} forbids it.`,
    );

    await writePolicy({ Effect: "Allow", Action: "sts:TagSession", Resource: "*" });
    expect(await maysAsStsSays(await look())).toEqual({ [ADA]: false, [DEE]: true });
    await removeByHand(WEB_GROUP, "iam-bttrm-web-user-2");
    await removeByHand(WEB_GROUP, "stranger");
  });
});

describe("looking at access while something fails", () => {
  const UNREACHABLE = { ada: unreachable(3), role: unreachable(4), dee: unreachable(1) };

  it("says that the cluster is unreachable while it is, and who may assume the role all the same", async () => {
    await addByHand(WEB_GROUP, "iam-bttrm-web-user-1");
    stack().cluster.faults.inject({ kind: "unreachable" }, { times: Number.POSITIVE_INFINITY });
    const part = await look();
    expect(answersIn(part)).toEqual(UNREACHABLE);
    expect(part.mayAssume[0]?.isAllowed).toBe(true);
    expect(part.awsAuth.lines.length).toBeGreaterThan(20);

    stack().cluster.faults.clear();
    expect(answersIn(await look())).toEqual({ ...NOTHING, role: ["yes", "no", "no", "no"] });
  });

  it("takes an error of the cluster for no answer, not for a no", async () => {
    stack().cluster.faults.inject({ kind: "internalError" }, { times: Number.POSITIVE_INFINITY });
    expect(answersIn(await look())).toEqual(UNREACHABLE);
  });

  it("takes a throttled STS for no answer, not for a refusal", async () => {
    stack().aws.faults.inject({ kind: "throttled", service: "sts", action: "AssumeRole" });
    expect(answersIn(await look())).toEqual({ ...NOTHING, role: unreachable(4) });
  });

  it("waits for nobody for ever", async () => {
    stack().aws.faults.inject({ kind: "hang", service: "sts" });
    expect(answersIn(await look({ patienceMs: 50 }))).toEqual(UNREACHABLE);
  });

  it("leaves faults alone that are meant for the functions", async () => {
    const { aws, cluster, adminToken } = stack();
    const isOnConfigMaps = ({ path }: { readonly path: string }) => path.includes("/configmaps");
    aws.faults.inject({ kind: "throttled", service: "iam", times: 1 });
    cluster.faults.inject({ kind: "unreachable" }, { when: isOnConfigMaps });
    aws.calls.clear();
    await look();
    const struck = () => aws.calls.list().filter(({ fault }) => fault !== undefined).length;
    expect(struck()).toBe(0);
    await members(WEB_GROUP);
    expect(struck()).toBe(1);
    const admin = clientOf(cluster, adminToken);
    await expect(admin.createConfigMap("default", "notes")).rejects.toThrow();
    expect(await admin.createConfigMap("default", "notes")).toEqual({ got: "notes" });
  });
});

const NOTHING = {
  ada: ["unknown", "unknown", "unknown"],
  role: ["no session", "no session", "no session", "no session"],
  dee: ["unknown"],
};

function unreachable(times: number): readonly string[] {
  return Array.from({ length: times }, () => "unreachable");
}

function answersIn({ questions }: AccessPart) {
  const of = (slackUser: string, as: string) =>
    questions
      .filter((question) => question.slackUser === slackUser && question.as === as)
      .map(({ answer }) => answer);
  return { ada: of(ADA, "own keys"), role: of(ADA, "role"), dee: of(DEE, "own keys") };
}

/** Who may assume the role by the page, which is what STS does for their keys at the same moment. */
async function maysAsStsSays({ mayAssume }: AccessPart): Promise<Record<string, boolean>> {
  const shown = Object.fromEntries(
    mayAssume.map(({ slackUser, isAllowed }) => [slackUser, isAllowed]),
  );
  const really = async (name: string) => "credentials" in (await sessionOf(name));
  expect({ [ADA]: await really("ada"), [DEE]: await really("dee") }).toEqual(shown);
  return shown;
}

function sessionOf(name: string) {
  return assumeRole(stack().iamUrl, stack().aws.credentials(name), ROLE_ARN);
}

function marked({ awsAuth: { lines } }: AccessPart): readonly string[] {
  return lines.filter(({ isOurs }) => isOurs).map(({ text }) => text);
}

async function writePolicy(Statement: object): Promise<void> {
  const credentials = stack().aws.credentials("admin");
  const iam = new IAMClient({ endpoint: stack().iamUrl, region: REGION, credentials });
  const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement });
  const written = { GroupName: WEB_GROUP, PolicyName: "today", PolicyDocument };
  await iam.send(new PutGroupPolicyCommand(written)).finally(() => iam.destroy());
}
