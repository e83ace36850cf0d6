// The embedded DynamoDB comes to rest in order, also where those who called it have gone.

import { connect } from "node:net";
import { describe, expect, it } from "@jest/globals";
import {
  createTable,
  dynamodbClient,
  type LocalDynamodb,
  readRows,
  startDynamodb,
} from "../../local/dynamodb.ts";

const TABLE = "latchkey";

/** Sends so many PutItems, and goes away as soon as all are taken in, without waiting for what comes of them. */
async function putAndGo({ url, changes }: LocalDynamodb, count: number): Promise<void> {
  const before = changes();
  const { hostname, port } = new URL(url);
  const sockets = Array.from({ length: count }, (_, n) => {
    const body = JSON.stringify({ TableName: TABLE, Item: { pk: { S: `${before + n}` } } });
    const socket = connect(Number(port), hostname);
    socket.write(`${[...HEAD, `Content-Length: ${body.length}`].join("\r\n")}\r\n\r\n${body}`);
    return socket;
  });
  while (changes() < before + count) await new Promise(setImmediate);
  for (const socket of sockets) socket.destroy();
}

const HEAD = [
  "POST / HTTP/1.1",
  "Host: 127.0.0.1",
  "Content-Type: application/x-amz-json-1.0",
  "X-Amz-Target: DynamoDB_20120810.PutItem",
  "X-Amz-Date: 20261122T160000Z",
  "Authorization: AWS4-HMAC-SHA256 Credential=x, SignedHeaders=x, Signature=x",
];

describe("the embedded DynamoDB", () => {
  it("stands still, and closes, only after what was asked by those who have gone", async () => {
    const dynamodb = await startDynamodb();
    const client = dynamodbClient(dynamodb.url);
    try {
      await createTable(client, TABLE);
      await putAndGo(dynamodb, 40);
      const still = await dynamodb.whileStill(async (url) => {
        const own = dynamodbClient(url);
        const twice = [await readRows(own, TABLE), await readRows(own, TABLE)];
        own.destroy();
        return twice;
      });
      expect(still.map(({ length }) => length)).toEqual([40, 40]);
      await putAndGo(dynamodb, 40);
    } finally {
      client.destroy();
      await dynamodb.close();
    }
  });
});
