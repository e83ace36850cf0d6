// The way through to DynamoDB: checks what the caller may do to which table, then hands the request to dynalite.
// What dynalite does not know of a table (its settings) is added to its answers.

import { request as httpRequest } from "node:http";
import type { Caller } from "./callers.ts";
import {
  type Answer,
  type AwsRequest,
  awsError,
  jsonAnswer,
  jsonVocabulary,
  type Need,
  type Operation,
  refuseInJson,
  type Service,
} from "./wire.ts";

export interface DynamodbOptions {
  readonly account: string;
  readonly region: string;
  /** Where dynalite listens; undefined until it does. */
  readonly upstream: () => string | undefined;
  /** How tables are set up, by name; one that is missing has nothing switched on. */
  readonly tables: ReadonlyMap<string, TableSettings>;
}

/** What CloudFormation switches on for a table, beside its keys and indexes. */
export interface TableSettings {
  readonly name: string;
  /** The attribute by which rows are forgotten. */
  readonly timeToLive?: string;
  readonly pointInTimeRecovery?: boolean;
  readonly deletionProtection?: boolean;
}

interface Asked {
  readonly TableName?: string;
  readonly IndexName?: string;
  readonly RequestItems?: Readonly<Record<string, unknown>>;
  readonly TransactItems?: readonly Readonly<Record<string, { readonly TableName?: string }>>[];
}

/** What each item of a transaction takes to be allowed (DynamoDB Developer Guide, "Transactions and IAM"). */
const TRANSACTED: Readonly<Record<string, string>> = {
  Put: "PutItem",
  Update: "UpdateItem",
  Delete: "DeleteItem",
  ConditionCheck: "ConditionCheckItem",
  Get: "GetItem",
};

export function createDynamodb(options: DynamodbOptions): Service<Caller> {
  return {
    name: "dynamodb",
    vocabulary: jsonVocabulary(400, "ThrottlingException"),
    refuse: refuseInJson,
    read(request): Operation {
      const action = request.headers["x-amz-target"]?.split(".")[1] ?? "";
      const asked = JSON.parse(request.body.toString("utf8") || "{}") as Asked;
      return {
        action,
        needs: needs(options, action, asked),
        run: () => answered(options, action, asked, request),
      };
    },
  };
}

function needs({ region, account }: DynamodbOptions, action: string, asked: Asked): Need[] {
  const need = (table: string, verb: string, index?: string): Need => ({
    action: `dynamodb:${verb}`,
    resource: `arn:aws:dynamodb:${region}:${account}:table/${table}${index ? `/index/${index}` : ""}`,
  });
  if (asked.TransactItems) {
    return asked.TransactItems.flatMap((item) =>
      Object.entries(item).map(([kind, { TableName }]) =>
        need(TableName ?? "", TRANSACTED[kind] ?? kind),
      ),
    );
  }
  const tables = asked.RequestItems ? Object.keys(asked.RequestItems) : [asked.TableName ?? ""];
  return tables.map((table) => need(table, action, asked.IndexName));
}

const JSON_1_0 = "application/x-amz-json-1.0";

/** DynamoDB's answer: dynalite's, or, where that knows no such setting, what the stack says. */
async function answered(
  { upstream, tables }: DynamodbOptions,
  action: string,
  asked: Asked,
  request: AwsRequest,
): Promise<Answer> {
  const settingsOf = SETTINGS[action];
  if (settingsOf === undefined) return forward(upstream(), request);
  // Whether there is such a table dynalite knows.
  const headers = { ...request.headers, "x-amz-target": "DynamoDB_20120810.DescribeTable" };
  const described = await forward(upstream(), { ...request, headers });
  if (described.status !== 200) return described;
  const { Table } = JSON.parse(String(described.body)) as { Table: object };
  return jsonAnswer(200, settingsOf(tables.get(asked.TableName ?? "") ?? {}, Table), {}, JSON_1_0);
}

const SETTINGS: Readonly<
  Record<string, (settings: Omit<TableSettings, "name">, table: object) => object>
> = {
  DescribeTable: ({ deletionProtection = false }, table) => ({
    Table: { ...table, DeletionProtectionEnabled: deletionProtection },
  }),
  DescribeTimeToLive: ({ timeToLive }) => ({
    TimeToLiveDescription:
      timeToLive === undefined
        ? { TimeToLiveStatus: "DISABLED" }
        : { TimeToLiveStatus: "ENABLED", AttributeName: timeToLive },
  }),
  DescribeContinuousBackups: ({ pointInTimeRecovery = false }) => ({
    ContinuousBackupsDescription: {
      ContinuousBackupsStatus: "ENABLED",
      PointInTimeRecoveryDescription: {
        PointInTimeRecoveryStatus: pointInTimeRecovery ? "ENABLED" : "DISABLED",
      },
    },
  }),
};

/** Sends the request on as it came and gives the answer as it is, checksum and all. */
function forward(upstream: string | undefined, request: AwsRequest): Promise<Answer> {
  if (!upstream) throw awsError("InternalServerError", "No DynamoDB is running behind this", 500);
  const { method, path, headers, body } = request;
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(new URL(path, upstream), { method, headers, agent: false });
    outgoing.on("error", reject);
    outgoing.on("response", (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.on("error", reject);
      incoming.on("end", () =>
        resolve({
          status: incoming.statusCode ?? 502,
          headers: keptHeaders(incoming.headers),
          body: Buffer.concat(chunks),
        }),
      );
    });
    outgoing.end(body);
  });
}

const KEPT = ["content-type", "x-amzn-requestid", "x-amz-crc32", "x-amzn-errortype"];

function keptHeaders(headers: Readonly<Record<string, string | readonly string[] | undefined>>) {
  return Object.fromEntries(
    KEPT.flatMap((name) => {
      const value = headers[name];
      return typeof value === "string" ? [[name, value]] : [];
    }),
  );
}
