// The one table as data: its key, its three sparse indexes, and the attribute by which rows are forgotten.

import type { CreateTableCommandInput } from "@aws-sdk/client-dynamodb";

/** Grants that a sweep waits for, by queue and time: all that a sweep reads. */
export const DUE_INDEX = { name: "due", hash: "queue", range: "dueAt" } as const;

/** Grants and App Homes with changes that Slack has not been told of, by the time they are due. */
export const OUTBOX_INDEX = { name: "outbox", hash: "outbox", range: "outboxAt" } as const;

/** What somebody has asked for, by when. Its keys never change, so that a grant's steps cost it nothing. */
export const REQUESTER_INDEX = {
  name: "requester",
  hash: "requester",
  range: "requestedAt",
} as const;

/** Epoch seconds. NB. Only requests seen and App Homes carry it; what ends access is never deleted. */
export const TTL_ATTRIBUTE = "ttl";

/**
 * What CreateTable takes besides the name. `due` holds whole rows, so that a sweep reads once;
 * `outbox` names rows only, as its reader takes hold of each by a write that answers with the row;
 * `requester` does, as its reader wants them as they are now.
 */
export const TABLE_DEFINITION = {
  BillingMode: "PAY_PER_REQUEST",
  KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
  AttributeDefinitions: [
    { AttributeName: "pk", AttributeType: "S" },
    { AttributeName: DUE_INDEX.hash, AttributeType: "S" },
    { AttributeName: DUE_INDEX.range, AttributeType: "N" },
    { AttributeName: OUTBOX_INDEX.hash, AttributeType: "S" },
    { AttributeName: OUTBOX_INDEX.range, AttributeType: "N" },
    { AttributeName: REQUESTER_INDEX.hash, AttributeType: "S" },
    { AttributeName: REQUESTER_INDEX.range, AttributeType: "N" },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: DUE_INDEX.name,
      KeySchema: [
        { AttributeName: DUE_INDEX.hash, KeyType: "HASH" },
        { AttributeName: DUE_INDEX.range, KeyType: "RANGE" },
      ],
      Projection: { ProjectionType: "ALL" },
    },
    {
      IndexName: OUTBOX_INDEX.name,
      KeySchema: [
        { AttributeName: OUTBOX_INDEX.hash, KeyType: "HASH" },
        { AttributeName: OUTBOX_INDEX.range, KeyType: "RANGE" },
      ],
      Projection: { ProjectionType: "KEYS_ONLY" },
    },
    {
      IndexName: REQUESTER_INDEX.name,
      KeySchema: [
        { AttributeName: REQUESTER_INDEX.hash, KeyType: "HASH" },
        { AttributeName: REQUESTER_INDEX.range, KeyType: "RANGE" },
      ],
      Projection: { ProjectionType: "KEYS_ONLY" },
    },
  ],
} satisfies Omit<CreateTableCommandInput, "TableName">;
