// EKS, Lambda, SSM and the way through to DynamoDB, asked by the real SDK clients.

import { once } from "node:events";
import type { AddressInfo } from "node:net";
import {
  CreateTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  ScanCommand,
  TransactWriteItemsCommand,
} from "@aws-sdk/client-dynamodb";
import {
  DescribeAccessEntryCommand,
  DescribeClusterCommand,
  ListClustersCommand,
  paginateListAccessEntries,
} from "@aws-sdk/client-eks";
import { InvocationType, InvokeCommand } from "@aws-sdk/client-lambda";
import { GetParameterCommand } from "@aws-sdk/client-ssm";
import { afterEach, describe, expect, it } from "@jest/globals";
import dynalite from "dynalite";
import type { FunctionRunner } from "../../../local/aws/lambda.ts";
import type { LocalAws } from "../../../local/aws/server.ts";
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
    });
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
      ],
    });
    const admin = clientFor(aws, "admin");
    await admin.send(
      new CreateTableCommand({
        TableName: "latchkey",
        BillingMode: "PAY_PER_REQUEST",
        AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
        KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
      }),
    );
    const close = async () => {
      database.close();
      await once(database, "close");
    };
    return { aws, admin, reader: clientFor(aws, "reader"), close };
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

  it("can lose its answers like every other service", async () => {
    const { aws, admin, close } = await aTable();
    aws.faults.inject({ service: "dynamodb", action: "PutItem", kind: "lost", times: 1 });
    await expect(admin.send(new PutItemCommand({ TableName, Item: Key }))).rejects.toThrow();
    const { Item } = await admin.send(new GetItemCommand({ TableName, Key }));
    expect(Item).toEqual(Key);
    await close();
  });
});
