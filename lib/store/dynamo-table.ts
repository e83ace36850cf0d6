// The five requests that the store sends to DynamoDB, with faults told apart from conditions that do not hold.

import {
  type AttributeValue,
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";
import { type Item, pkOf, type Row } from "./items.ts";
import { StoreError } from "./store.ts";

/** What one UpdateItem does, attribute by attribute. */
export interface RowChange {
  /** The condition, in DynamoDB's words: `#name` is an attribute, `:name` a value of `given`. */
  readonly when?: string;
  /** By names that nothing below has, as all values of a request share one list. */
  readonly given?: Row;
  readonly set?: Row;
  /** Set only where the row has no such attribute yet. */
  readonly keep?: Row;
  readonly remove?: readonly string[];
  /** Members to a set, or so much to a number; either begins where there is none. */
  readonly addTo?: Readonly<Record<string, ReadonlySet<string> | number>>;
  readonly deleteFrom?: Readonly<Record<string, ReadonlySet<string>>>;
  /** True where `when` holds no more once this has been written. */
  readonly once?: boolean;
  /** Which row is answered: as it is after this write unless told. */
  readonly answer?: "before" | "after";
}

/** An index over an attribute of text and one of time. */
export interface Index {
  readonly name: string;
  readonly hash: string;
  readonly range: string;
}

/** Which rows of an index: those at `value` up to `until`, ascending, or from `since` on, descending. */
export type Asked = {
  readonly value: string;
  readonly limit: number;
  /** Where the page before ended. */
  readonly after?: Item | undefined;
} & ({ readonly until: number } | { readonly since: number });

// What DynamoDB takes in one BatchGetItem.
const MOST_KEYS = 100;
// An answer holds 16 MB, which is less than a hundred of the largest rows; and DynamoDB may be busy.
const MOST_ANSWERS = 5;

/**
 * The table. Every method throws StoreError `unavailable` where the answer is not known.
 *
 * The SDK repeats a request whose answer was lost, and a conditional write that did happen then
 * fails its own condition. `putNew`, and `update` with `once`, therefore leave an id of their own in
 * the row (`writeId`) and know the row again by it. Only where somebody else's write came in between
 * is the condition reported as failed: the row has moved on, which is what callers must be ready for.
 */
export interface DynamoTable {
  /** Strongly consistent. */
  get(pk: string): Promise<Item | undefined>;
  /** Those of the rows that there are, by key; strongly consistent, each by itself. */
  getMany(pks: readonly string[]): Promise<ReadonlyMap<string, Item>>;
  /** False: there is such a row already. */
  putNew(row: Row): Promise<boolean>;
  /** The row as `answer` says; undefined: the condition does not hold. */
  update(pk: string, change: RowChange): Promise<Item | undefined>;
  /** At most `limit` rows; `last`: go on from there. */
  query(index: Index, asked: Asked): Promise<{ items: readonly Item[]; last?: Item }>;
}

/** The table `tableName`, through `client`. `newId`: what `writeId` is made of. */
export function createDynamoTable(options: {
  client: DynamoDBClient;
  tableName: string;
  newId: () => string;
}): DynamoTable {
  const { client, newId, tableName: TableName } = options;

  async function get(pk: string): Promise<Item | undefined> {
    const command = new GetItemCommand({ TableName, Key: marshall({ pk }), ConsistentRead: true });
    return (await known("GetItem", pk, client.send(command))).Item;
  }

  async function getPiece(pks: readonly string[]): Promise<readonly Item[]> {
    const items: Item[] = [];
    let Keys: Record<string, AttributeValue>[] = pks.map((pk) => marshall({ pk }));
    for (let answers = 0; answers < MOST_ANSWERS; answers++) {
      const RequestItems = { [TableName]: { Keys, ConsistentRead: true } };
      const command = new BatchGetItemCommand({ RequestItems });
      const answer = await known("BatchGetItem", String(pks[0]), client.send(command));
      items.push(...(answer.Responses?.[TableName] ?? []));
      Keys = answer.UnprocessedKeys?.[TableName]?.Keys ?? [];
      if (Keys.length === 0) return items;
    }
    const message = `BatchGetItem left out ${Keys.length} rows, ${MOST_ANSWERS} times in a row`;
    throw new StoreError("unavailable", message);
  }

  async function getMany(pks: readonly string[]): Promise<ReadonlyMap<string, Item>> {
    // DynamoDB refuses a request that names a key twice.
    const found = await Promise.all(piecesOf([...new Set(pks)], MOST_KEYS).map(getPiece));
    return new Map(found.flat().map((item) => [pkOf(item), item]));
  }

  /** Whether the row that failed our condition is so because of this very write. */
  async function isOurs(error: unknown, pk: string, writeId: string): Promise<Item | undefined> {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    // An emulator may not know ReturnValuesOnConditionCheckFailure; DynamoDB answers with the row.
    const found = error.Item ?? (await get(pk));
    return found?.["writeId"]?.S === writeId ? found : undefined;
  }

  async function putNew(row: Row): Promise<boolean> {
    const pk = String(row["pk"]);
    const writeId = newId();
    const command = new PutItemCommand({
      TableName,
      Item: values({ ...row, writeId }),
      ConditionExpression: "attribute_not_exists(pk)",
      ReturnValuesOnConditionCheckFailure: "ALL_OLD",
    });
    try {
      await known("PutItem", pk, client.send(command));
      return true;
    } catch (error) {
      return (await isOurs(error, pk, writeId)) !== undefined;
    }
  }

  async function update(pk: string, change: RowChange): Promise<Item | undefined> {
    const writeId = change.once ? newId() : undefined;
    const marked = writeId === undefined ? change : { ...change, set: { ...change.set, writeId } };
    const command = new UpdateItemCommand({
      TableName,
      Key: marshall({ pk }),
      ...expressionsOf(marked),
      ReturnValues: change.answer === "before" ? "ALL_OLD" : "ALL_NEW",
      ReturnValuesOnConditionCheckFailure: writeId === undefined ? "NONE" : "ALL_OLD",
    });
    try {
      return (await known("UpdateItem", pk, client.send(command))).Attributes;
    } catch (error) {
      if (writeId !== undefined) return isOurs(error, pk, writeId);
      if (error instanceof ConditionalCheckFailedException) return undefined;
      throw error;
    }
  }

  async function query(
    index: Index,
    asked: Asked,
  ): Promise<{ items: readonly Item[]; last?: Item }> {
    const { value, limit, after } = asked;
    const isUpward = "until" in asked;
    const bound = isUpward ? asked.until : asked.since;
    const items: Item[] = [];
    let last = after;
    while (items.length < limit) {
      const command = new QueryCommand({
        TableName,
        IndexName: index.name,
        KeyConditionExpression: `#hash = :value AND #range ${isUpward ? "<=" : ">="} :bound`,
        ExpressionAttributeNames: { "#hash": index.hash, "#range": index.range },
        ExpressionAttributeValues: marshall({ ":value": value, ":bound": bound }),
        ScanIndexForward: isUpward,
        Limit: limit - items.length,
        ...(last === undefined ? {} : { ExclusiveStartKey: { ...last } }),
      });
      const page = await known("Query", index.name, client.send(command));
      items.push(...(page.Items ?? []));
      last = page.LastEvaluatedKey;
      if (last === undefined) return { items };
    }
    return { items, ...(last === undefined ? {} : { last }) };
  }

  return { get, getMany, putNew, update, query };
}

/** The answer to a request. @throws ConditionalCheckFailedException, or StoreError for all else. */
async function known<T>(request: string, what: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (cause) {
    if (cause instanceof ConditionalCheckFailedException) throw cause;
    const why = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
    throw new StoreError("unavailable", `${request} of ${what} got no answer: ${why}`, { cause });
  }
}

function expressionsOf(change: RowChange) {
  const {
    when,
    given = {},
    set = {},
    keep = {},
    remove = [],
    addTo = {},
    deleteFrom = {},
  } = change;
  const sets = [
    ...Object.keys(set).map((name) => `#${name} = :${name}`),
    ...Object.keys(keep).map((name) => `#${name} = if_not_exists(#${name}, :${name})`),
  ];
  const update = [
    clause("SET", sets),
    clause(
      "REMOVE",
      remove.map((name) => `#${name}`),
    ),
    clause(
      "ADD",
      Object.keys(addTo).map((name) => `#${name} :${name}`),
    ),
    clause(
      "DELETE",
      Object.keys(deleteFrom).map((name) => `#${name} :${name}`),
    ),
  ].join(" ");
  const names = `${when ?? ""} ${update}`.match(/#\w+/g) ?? [];
  return {
    UpdateExpression: update.trim(),
    ConditionExpression: when,
    // Every name goes by its alias: DynamoDB reserves some six hundred words, `status` among them.
    ExpressionAttributeNames: Object.fromEntries(names.map((alias) => [alias, alias.slice(1)])),
    ExpressionAttributeValues: values(
      Object.fromEntries(
        Object.entries({ ...given, ...set, ...keep, ...addTo, ...deleteFrom }).map(
          ([name, value]) => [`:${name}`, value],
        ),
      ),
    ),
  };
}

function piecesOf<T>(all: readonly T[], most: number): readonly (readonly T[])[] {
  const count = Math.ceil(all.length / most);
  return Array.from({ length: count }, (_, piece) => all.slice(piece * most, (piece + 1) * most));
}

function clause(verb: string, parts: readonly string[]): string {
  return parts.length === 0 ? "" : `${verb} ${parts.join(", ")}`;
}

function values(row: Row): Record<string, AttributeValue> {
  return marshall(row, { removeUndefinedValues: true });
}
