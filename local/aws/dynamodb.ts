// The way through to DynamoDB: checks what the caller may do to which table, then hands the request to dynalite.

import { request as httpRequest } from "node:http";
import type { Caller } from "./callers.ts";
import {
  type Answer,
  type AwsRequest,
  awsError,
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
        run: () => forward(options.upstream(), request),
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
