// EKS, Lambda, SSM and the way through to DynamoDB, asked by the real SDK clients.

import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { CloudWatchClient, paginateDescribeAlarms } from "@aws-sdk/client-cloudwatch";
import {
  BatchGetItemCommand,
  CreateTableCommand,
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TransactWriteItemsCommand,
} from "@aws-sdk/client-dynamodb";
import {
  DescribeAccessEntryCommand,
  DescribeClusterCommand,
  ListAssociatedAccessPoliciesCommand,
  ListClustersCommand,
  paginateListAccessEntries,
} from "@aws-sdk/client-eks";
import { InvocationType, InvokeCommand } from "@aws-sdk/client-lambda";
import { GetParameterCommand } from "@aws-sdk/client-ssm";
import { afterEach, describe, expect, it } from "@jest/globals";
import dynalite from "dynalite";
import { parseSlackUserId } from "../../../lib/grant/ids.ts";
import { loadAccessFile } from "../../../lib/policy/load-access-file.ts";
import { createDynamoStore } from "../../../lib/store/dynamo-store.ts";
import { TABLE_DEFINITION } from "../../../lib/store/table.ts";
import type { FunctionRunner } from "../../../local/aws/lambda.ts";
import type { LocalAws } from "../../../local/aws/server.ts";
import { functionIdentities, lambdaName } from "../../../local/functions.ts";
import { pendingGrant } from "../../store/sample-grants.ts";
import { ACCOUNT, anAws, anAwsError, CLUSTER, clientsOf, closeAll } from "./support.ts";

afterEach(closeAll);

describe("a cluster", () => {
  it("is described with what a client needs to reach it", async () => {
    const aws = await anAws();
    const { eks } = clientsOf(aws, "admin");
    const { cluster } = await eks.send(new DescribeClusterCommand({ name: CLUSTER }));
    expect(cluster).toMatchObject({
      name: CLUSTER,
      arn: `arn:aws:eks:us-east-2:${ACCOUNT}:cluster/${CLUSTER}`,
      endpoint: "https://127.0.0.1:6443",
      certificateAuthority: { data: "bm90IGEgY2VydGlmaWNhdGU=" },
      status: "ACTIVE",
      accessConfig: { authenticationMode: "API_AND_CONFIG_MAP" },
      resourcesVpcConfig: { endpointPublicAccess: true, publicAccessCidrs: ["0.0.0.0/0"] },
    });
  });

  it("may be open to its own network alone", async () => {
    const aws = await anAws();
    const place = { endpoint: "https://127.0.0.1:1", certificateAuthorityData: "" };
    aws.putCluster({ name: "inside", ...place, publicAccessCidrs: [] });
    const { eks } = clientsOf(aws, "admin");
    const { cluster } = await eks.send(new DescribeClusterCommand({ name: "inside" }));
    expect(cluster?.resourcesVpcConfig).toMatchObject({
      endpointPublicAccess: false,
      endpointPrivateAccess: true,
    });
  });

  it("tells of EKS's own policies for who has an entry", async () => {
    const aws = await anAws();
    const principalArn = `arn:aws:iam::${ACCOUNT}:role/strong`;
    const policyArn = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy";
    aws.putCluster({
      name: "new",
      endpoint: "https://127.0.0.1:1",
      certificateAuthorityData: "",
      authenticationMode: "API",
      accessEntries: [{ principalArn, accessPolicies: [policyArn] }],
    });
    const { eks } = clientsOf(aws, "admin");
    const policiesOf = (principal: string) =>
      eks.send(
        new ListAssociatedAccessPoliciesCommand({ clusterName: "new", principalArn: principal }),
      );
    expect(await policiesOf(principalArn)).toMatchObject({
      principalArn,
      associatedAccessPolicies: [{ policyArn, accessScope: { type: "cluster" } }],
    });
    await expect(policiesOf(`${principalArn}er`)).rejects.toMatchObject(
      anAwsError("ResourceNotFoundException", 404),
    );
  });

  it("that does not exist is not found", async () => {
    const { eks } = clientsOf(await anAws(), "admin");
    await expect(eks.send(new DescribeClusterCommand({ name: "none" }))).rejects.toMatchObject(
      anAwsError("ResourceNotFoundException", 404, "No cluster found for name: none."),
    );
  });

  it("can join while the stack runs, and is listed page by page", async () => {
    const aws = await anAws();
    aws.putCluster({ name: "new", endpoint: "https://127.0.0.1:1", certificateAuthorityData: "" });
    const { eks } = clientsOf(aws, "admin");
    const first = await eks.send(new ListClustersCommand({ maxResults: 2 }));
    const second = await eks.send(
      new ListClustersCommand({ maxResults: 2, nextToken: first.nextToken }),
    );
    expect(first.clusters).toEqual([CLUSTER, "new"]);
    expect(second.clusters).toEqual(["old-cluster"]);
    expect(second.nextToken).toBeUndefined();
  });

  it("lists its access entries page by page and describes each", async () => {
    const { eks } = clientsOf(await anAws(), "admin");
    const pages: (readonly string[] | undefined)[] = [];
    const paging = { client: eks, pageSize: 2 };
    for await (const page of paginateListAccessEntries(paging, { clusterName: CLUSTER })) {
      pages.push(page.accessEntries);
    }
    const principalArn = `arn:aws:iam::${ACCOUNT}:role/a`;
    expect(pages).toEqual([
      [principalArn, `arn:aws:iam::${ACCOUNT}:role/b`],
      [`arn:aws:iam::${ACCOUNT}:user/c`],
    ]);
    const named = { clusterName: CLUSTER, principalArn };
    const { accessEntry } = await eks.send(new DescribeAccessEntryCommand(named));
    expect(accessEntry).toMatchObject({
      ...named,
      kubernetesGroups: ["viewers"],
      type: "STANDARD",
    });
  });

  it("has no entry for who has none, and none at all in ConfigMap mode", async () => {
    const { eks } = clientsOf(await anAws(), "admin");
    const principalArn = `arn:aws:iam::${ACCOUNT}:user/nobody`;
    const describeIn = (clusterName: string) =>
      eks.send(new DescribeAccessEntryCommand({ clusterName, principalArn }));
    await expect(describeIn(CLUSTER)).rejects.toMatchObject(
      anAwsError(
        "ResourceNotFoundException",
        404,
        expect.stringContaining("principalArn could not be found"),
      ),
    );
    await expect(describeIn("old-cluster")).rejects.toMatchObject(
      anAwsError(
        "InvalidRequestException",
        400,
        "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this operation.",
      ),
    );
  });
});

describe("invoking a function", () => {
  function aRunner() {
    const kicked: unknown[] = [];
    const runner: FunctionRunner = {
      has: (name) => name === "provision",
      invoke: async (_, event) => {
        if ((event as { fail?: boolean }).fail) throw new RangeError("too far");
        return { got: event };
      },
      kick: async (name, event) => void kicked.push([name, event]),
    };
    return { runner, kicked };
  }

  async function aLambda() {
    const aws = await anAws();
    const { runner, kicked } = aRunner();
    aws.setRunner(runner);
    const invoke = async (event: unknown, more: object = {}) => {
      const { lambda } = clientsOf(aws, "admin");
      const Payload = new TextEncoder().encode(JSON.stringify(event));
      const answer = await lambda.send(
        new InvokeCommand({ FunctionName: "provision", Payload, ...more }),
      );
      const text = Buffer.from(answer.Payload ?? []).toString();
      return { ...answer, result: text === "" ? undefined : (JSON.parse(text) as unknown) };
    };
    return { aws, invoke, kicked };
  }

  it("gives its result", async () => {
    const { invoke } = await aLambda();
    expect(await invoke({ a: 1 })).toMatchObject({ StatusCode: 200, result: { got: { a: 1 } } });
  });

  it("gives its error as a function error", async () => {
    const { invoke } = await aLambda();
    expect(await invoke({ fail: true })).toMatchObject({
      StatusCode: 200,
      FunctionError: "Unhandled",
      result: { errorType: "RangeError", errorMessage: "too far" },
    });
  });

  it("as an event answers 202 and leaves the rest to the runner", async () => {
    const { invoke, kicked } = await aLambda();
    const answer = await invoke({ a: 1 }, { InvocationType: InvocationType.Event });
    expect(answer).toMatchObject({ StatusCode: 202, result: undefined });
    expect(kicked).toEqual([["provision", { a: 1 }]]);
  });

  it("takes an ARN, and refuses what is no function", async () => {
    const { invoke } = await aLambda();
    const arn = `arn:aws:lambda:us-east-2:${ACCOUNT}:function`;
    expect(await invoke({}, { FunctionName: `${arn}:provision` })).toMatchObject({
      StatusCode: 200,
    });
    await expect(invoke({}, { FunctionName: "none" })).rejects.toMatchObject(
      anAwsError("ResourceNotFoundException", 404, `Function not found: ${arn}:none`),
    );
  });

  it("is for those who may", async () => {
    const { aws } = await aLambda();
    const { lambda } = clientsOf(aws, "revoke");
    await expect(
      lambda.send(new InvokeCommand({ FunctionName: "provision" })),
    ).rejects.toMatchObject(anAwsError("AccessDeniedException", 403));
  });
});

describe("a parameter", () => {
  const name = "/latchkey/slack";
  const value = '{"botToken":"not-a-token"}';

  it("is read decrypted, and stays hidden without decryption", async () => {
    const aws = await anAws({ parameters: [{ name, value, type: "SecureString" }] });
    const { ssm } = clientsOf(aws, "admin");
    const read = async (WithDecryption: boolean) =>
      (await ssm.send(new GetParameterCommand({ Name: name, WithDecryption }))).Parameter;
    expect(await read(true)).toMatchObject({ Name: name, Type: "SecureString", Value: value });
    expect((await read(false))?.Value).not.toContain("not-a-token");
  });

  it("that does not exist is not found", async () => {
    const { ssm } = clientsOf(await anAws(), "admin");
    await expect(ssm.send(new GetParameterCommand({ Name: name }))).rejects.toMatchObject(
      anAwsError("ParameterNotFound", 400),
    );
  });
});

describe("alarms", () => {
  it("are described by their names' beginning, page by page, in their states", async () => {
    const aws = await anAws();
    const topic = `arn:aws:sns:us-east-2:${ACCOUNT}:told`;
    for (const name of ["latchkey-b", "latchkey-a", "other", "latchkey-c"]) {
      aws.putAlarm({ name, description: `${name} means trouble`, actions: [topic] });
    }
    aws.putAlarm({ name: "latchkey-b", state: "ALARM" });
    aws.removeAlarm("latchkey-c");
    const client = new CloudWatchClient({
      endpoint: aws.url,
      region: aws.region,
      credentials: aws.credentials("admin"),
    });
    const pages: unknown[] = [];
    const paging = { client, pageSize: 1 };
    for await (const page of paginateDescribeAlarms(paging, { AlarmNamePrefix: "latchkey-" })) {
      pages.push(page.MetricAlarms);
    }
    client.destroy();
    expect(pages).toMatchObject([
      [{ AlarmName: "latchkey-a", StateValue: "OK", AlarmActions: [topic], ActionsEnabled: true }],
      [{ AlarmName: "latchkey-b", StateValue: "ALARM", AlarmActions: [] }],
    ]);
  });
});

describe("DynamoDB behind the same door", () => {
  async function aTable() {
    const database = dynalite({ createTableMs: 0 });
    database.listen(0, "127.0.0.1");
    await once(database, "listening");
    const { port } = database.address() as AddressInfo;
    const aws = await anAws({
      dynamodbUrl: `http://127.0.0.1:${port}`,
      identities: [
        { name: "admin", arn: `arn:aws:iam::${ACCOUNT}:user/admin`, allow: "admin" },
        {
          name: "reader",
          arn: `arn:aws:sts::${ACCOUNT}:assumed-role/reader/local`,
          allow: [
            {
              Effect: "Allow",
              Action: ["dynamodb:GetItem", "dynamodb:ConditionCheckItem"],
              Resource: `arn:aws:dynamodb:us-east-2:${ACCOUNT}:table/latchkey`,
            },
          ],
        },
        {
          name: "lister",
          arn: `arn:aws:sts::${ACCOUNT}:assumed-role/lister/local`,
          allow: [
            {
              Effect: "Allow",
              Action: ["dynamodb:BatchGetItem"],
              Resource: `arn:aws:dynamodb:us-east-2:${ACCOUNT}:table/latchkey`,
            },
            {
              Effect: "Allow",
              Action: ["dynamodb:Query"],
              Resource: `arn:aws:dynamodb:us-east-2:${ACCOUNT}:table/latchkey/index/requester`,
            },
          ],
        },
        ...functionIdentities(loadAccessFile("access.yml"), "latchkey"),
      ],
    });
    const admin = clientFor(aws, "admin");
    await admin.send(new CreateTableCommand({ TableName: "latchkey", ...TABLE_DEFINITION }));
    const close = async () => {
      database.close();
      await once(database, "close");
    };
    const [reader, lister] = [clientFor(aws, "reader"), clientFor(aws, "lister")];
    return { aws, admin, reader, lister, close };
  }

  function clientFor(aws: LocalAws, who: string): DynamoDBClient {
    const credentials = aws.credentials(who);
    return new DynamoDBClient({
      endpoint: aws.url,
      region: aws.region,
      credentials,
      maxAttempts: 1,
    });
  }

  const Key = { pk: { S: "one" } };
  const TableName = "latchkey";

  it("is read and written as if it were there", async () => {
    const { aws, admin, close } = await aTable();
    await admin.send(new PutItemCommand({ TableName, Item: { ...Key, name: { S: "größer" } } }));
    const { Items } = await admin.send(new ScanCommand({ TableName }));
    expect(Items).toEqual([{ ...Key, name: { S: "größer" } }]);
    expect(aws.calls.count("dynamodb", "PutItem")).toBe(1);
    await close();
  });

  it("is for those who may, also inside a transaction", async () => {
    const { reader, close } = await aTable();
    await expect(reader.send(new GetItemCommand({ TableName, Key }))).resolves.toBeDefined();
    await expect(reader.send(new PutItemCommand({ TableName, Item: Key }))).rejects.toMatchObject(
      anAwsError("AccessDeniedException", 400),
    );
    const TransactItems = [{ Put: { TableName, Item: Key } }];
    await expect(reader.send(new TransactWriteItemsCommand({ TransactItems }))).rejects.toThrow(
      "dynamodb:PutItem",
    );
    await close();
  });

  it("takes another permission for many rows than for one, and one for each index", async () => {
    const { admin, reader, lister, close } = await aTable();
    const row = { ...Key, requester: { S: "U0ADA" }, requestedAt: { N: "7" } };
    await admin.send(new PutItemCommand({ TableName, Item: row }));
    const batch = new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys: [Key] } } });
    const query = (IndexName: string | undefined, hash: string) =>
      new QueryCommand({
        TableName,
        IndexName,
        KeyConditionExpression: "#hash = :value",
        ExpressionAttributeNames: { "#hash": hash },
        ExpressionAttributeValues: { ":value": { S: "U0ADA" } },
      });
    const { Responses } = await lister.send(batch);
    expect(Responses).toEqual({ [TableName]: [row] });
    expect(await lister.send(query("requester", "requester"))).toMatchObject({ Items: [row] });
    const denied = anAwsError("AccessDeniedException", 400);
    await expect(lister.send(new GetItemCommand({ TableName, Key }))).rejects.toMatchObject(denied);
    await expect(lister.send(query("due", "queue"))).rejects.toMatchObject(denied);
    await expect(lister.send(query(undefined, "pk"))).rejects.toMatchObject(denied);
    await expect(reader.send(batch)).rejects.toMatchObject(denied);
    await expect(reader.send(query("requester", "requester"))).rejects.toMatchObject(denied);
    await close();
  });

  it("lets the functions ask what the store asks for them, and no more", async () => {
    const { aws, close } = await aTable();
    let writes = 0;
    const as = (name: "slack" | "announce" | "revoke" | "watch") =>
      createDynamoStore({
        client: clientFor(aws, lambdaName(name)),
        tableName: TableName,
        newId: () => `write-${++writes}`,
      });
    const [slack, announce] = [as("slack"), as("announce")];
    const grant = pendingGrant({ at: 20 });
    const ada = parseSlackUserId("U0ADA");
    const hold = { owner: "a", now: 20, until: 50 };
    const refused = {
      code: "unavailable",
      cause: expect.objectContaining({ name: "AccessDeniedException" }),
    };

    expect(await slack.create(grant)).toBe("created");
    expect(await slack.grantsOf(ada, 0, 10)).toEqual([{ grant, version: 1 }]);
    await slack.homeOpened(ada, 20);
    await expect(slack.due("lapse", 9_000, 10)).rejects.toMatchObject(refused);
    await expect(slack.toAnnounce(20, 10)).rejects.toMatchObject(refused);

    expect(await announce.toAnnounce(20, 10)).toHaveLength(2);
    expect(await announce.grantsOf(ada, 0, 10)).toHaveLength(1);
    expect((await announce.due("lapse", 9_000, 10)).rows).toHaveLength(1);
    const held = await announce.holdAnnouncement(grant.id, hold);
    const shown = held?.shown ?? { version: 0, messages: {} };
    expect(await announce.keepAnnouncement(grant.id, "a", shown)).toBe(true);
    expect(await announce.saveAnnouncement(grant.id, "a", { version: 1, shown })).toBe("done");
    expect(await announce.touchHomes([ada], { since: 0, at: 30 })).toEqual([ada]);
    const home = await announce.holdHome(ada, hold);
    expect(await announce.saveHome(ada, "a", { held: home ?? { version: 0 } })).toBe("done");
    await announce.savePauses({ C0ACCESS: 90 });
    expect(await announce.pauses()).toEqual({ C0ACCESS: 90 });
    await expect(announce.create(pendingGrant())).rejects.toMatchObject(refused);

    for (const other of [as("revoke"), as("watch")]) {
      await expect(other.grantsOf(ada, 0, 10)).rejects.toMatchObject(refused);
      await expect(other.touchHomes([ada], { since: 0, at: 30 })).rejects.toMatchObject(refused);
    }
    await close();
  });

  it("knows how a table is set up, and that there is none", async () => {
    const { aws, admin, close } = await aTable();
    const asked = { TableName };
    const ttl = async () =>
      (await admin.send(new DescribeTimeToLiveCommand(asked))).TimeToLiveDescription;
    const recovery = async () =>
      (await admin.send(new DescribeContinuousBackupsCommand(asked))).ContinuousBackupsDescription
        ?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus;
    const table = async () => (await admin.send(new DescribeTableCommand(asked))).Table;
    expect(await ttl()).toEqual({ TimeToLiveStatus: "DISABLED" });
    expect(await recovery()).toBe("DISABLED");
    expect(await table()).toMatchObject({
      TableStatus: "ACTIVE",
      DeletionProtectionEnabled: false,
    });

    const on = { timeToLive: "ttl", pointInTimeRecovery: true, deletionProtection: true };
    aws.putTable({ name: TableName, ...on });
    expect(await ttl()).toEqual({ TimeToLiveStatus: "ENABLED", AttributeName: "ttl" });
    expect(await recovery()).toBe("ENABLED");
    expect(await table()).toMatchObject({ DeletionProtectionEnabled: true });
    await expect(
      admin.send(new DescribeTimeToLiveCommand({ TableName: "none" })),
    ).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    await close();
  });

  it("can lose its answers like every other service", async () => {
    const { aws, admin, close } = await aTable();
    aws.faults.inject({ service: "dynamodb", action: "PutItem", kind: "lost", times: 1 });
    await expect(admin.send(new PutItemCommand({ TableName, Item: Key }))).rejects.toThrow();
    const { Item } = await admin.send(new GetItemCommand({ TableName, Key }));
    expect(Item).toEqual(Key);
    await close();
  });
});
