// A DynamoDB in memory: an object with the client's `send`, which carries out for real what the store's requests say.

import {
  type AttributeValue,
  BatchGetItemCommand,
  type BatchGetItemInput,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  type GetItemInput,
  PutItemCommand,
  type PutItemInput,
  QueryCommand,
  type QueryInput,
  UpdateItemCommand,
  type UpdateItemInput,
} from "@aws-sdk/client-dynamodb";
import type { Item } from "../../lib/store/items.ts";
import { TABLE_DEFINITION } from "../../lib/store/table.ts";
import { type Aliases, satisfies, updated, ValidationException } from "./expressions.ts";
import { createSortedKeys, type Place, type SortedKeys } from "./sorted-keys.ts";

export interface SimulatedDynamoDB {
  /** In-process and without faults; every request is done in one step. */
  readonly client: DynamoDBClient;
  /** What DynamoDB does with a request, and answers. @throws as the client does. */
  handle(command: unknown): object;
  /** The item of that key, as it is. */
  item(pk: string): Item | undefined;
  items(): Iterable<Item>;
  /** Puts an item there by hand: no request, and not counted. */
  put(item: Item): void;
  /** How many rows `index` holds. */
  sizeOf(index: string): number;
  readonly counts: Counts;
}

/** What it was asked for, as it would be paid for. */
export interface Counts {
  /** By the name of the command: `GetItem`, `BatchGetItem`, `PutItem`, `UpdateItem`, `Query`. */
  readonly requests: Record<string, number>;
  itemsRead: number;
  /** Writes whose condition did not hold cost as much, and count too. */
  itemsWritten: number;
}

/** How an index may lag behind the table, and answers be cut short, as DynamoDB's are. */
export interface Disorder {
  /** Epoch milliseconds. */
  now(): number;
  /** How old is what a query shows of a row that has changed lately; 0: it shows the row as it is. */
  lagMs(): number;
  /** Whether a page of a query ends here, before its limit, as it does at one megabyte. */
  endsPage(): boolean;
  /** Whether a row of a BatchGetItem is left out, to be asked for again. */
  leavesOut(): boolean;
}

/** Rows older than this show in the index as they are. */
const LONGEST_LAG_MS = 1_000;

interface Index {
  readonly name: string;
  readonly hash: string;
  readonly range: string;
  readonly keysOnly: boolean;
  /** By the value of the hash attribute. */
  readonly keys: Map<string, SortedKeys>;
}

/** An empty table, as `lib/store/table.ts` defines it, whatever name it is called by. */
export function createSimulatedDynamoDB(disorder?: Disorder): SimulatedDynamoDB {
  const items = new Map<string, Item>();
  const indexes = new Map(indexesOf().map((index) => [index.name, index]));
  const counts: Counts = { requests: {}, itemsRead: 0, itemsWritten: 0 };
  const recent: Change[] = [];

  const put = (item: Item) => {
    const pk = pkOf(item);
    const before = items.get(pk);
    items.set(pk, item);
    for (const index of indexes.values()) moveIn(index, pk, before, item);
    if (disorder !== undefined) recent.push({ at: disorder.now(), pk, before });
  };

  const check = (input: PutItemInput | UpdateItemInput, item: Item | undefined) => {
    counts.itemsWritten += 1;
    const { ConditionExpression: expression } = input;
    if (expression === undefined || satisfies(expression, item ?? {}, aliasesOf(input))) return;
    const isTold = input.ReturnValuesOnConditionCheckFailure === "ALL_OLD" && item !== undefined;
    throw new ConditionalCheckFailedException({
      message: "The conditional request failed",
      $metadata: { httpStatusCode: 400 },
      ...(isTold ? { Item: item } : {}),
    });
  };

  const get = ({ Key }: GetItemInput) => {
    counts.itemsRead += 1;
    const Item = items.get(pkOf(Key));
    return Item === undefined ? {} : { Item };
  };

  const batchGet = ({ RequestItems = {} }: BatchGetItemInput) => {
    const [[table, { Keys = [], ...how }] = invalid("no table"), ...others] =
      Object.entries(RequestItems);
    if (others.length > 0) invalid("there is one table here");
    checkKeys(Keys);
    const left = Keys.filter(() => disorder?.leavesOut());
    // Where DynamoDB would answer with nothing at all, it refuses.
    const unread = left.length === Keys.length ? left.slice(1) : left;
    const asked = Keys.filter((key) => !unread.includes(key));
    counts.itemsRead += asked.length;
    // DynamoDB answers in no order of ours.
    const found = asked.flatMap((key): Item[] => {
      const item = items.get(pkOf(key));
      return item === undefined ? [] : [item];
    });
    found.reverse();
    return {
      Responses: { [table]: found },
      UnprocessedKeys: unread.length === 0 ? {} : { [table]: { Keys: unread, ...how } },
    };
  };

  const putItem = (input: PutItemInput) => {
    const item = input.Item ?? {};
    check(input, items.get(pkOf(item)));
    put(item);
    return {};
  };

  const update = (input: UpdateItemInput) => {
    const { Key, UpdateExpression = "", ReturnValues } = input;
    checkAliases(input);
    const before = items.get(pkOf(Key));
    check(input, before);
    const after = updated(UpdateExpression, before ?? { ...Key }, aliasesOf(input));
    put(after);
    if (ReturnValues === "ALL_OLD") return { Attributes: before };
    return ReturnValues === "ALL_NEW" ? { Attributes: after } : {};
  };

  const query = (input: QueryInput) => {
    const { Limit = Number.POSITIVE_INFINITY, ExclusiveStartKey: start } = input;
    const index = indexes.get(input.IndexName ?? "") ?? invalid(`no index ${input.IndexName}`);
    const asked = keyConditionOf(input, index);
    const after = start && { range: Number(start[index.range]?.N), pk: pkOf(start) };
    const past = disorder && pastOf(recent, disorder);
    const found: Item[] = [];
    let last: Item | undefined;
    for (const item of shownBy(index, { ...asked, after }, items, past)) {
      found.push(index.keysOnly ? keysOf(item, index) : item);
      if (found.length < Limit && !disorder?.endsPage()) continue;
      last = item;
      break;
    }
    counts.itemsRead += found.length;
    // As DynamoDB does: a page that ended at its limit names where, whether or not anything follows.
    return {
      Items: found,
      ...(last === undefined ? {} : { LastEvaluatedKey: keysOf(last, index) }),
    };
  };

  const handle = (command: unknown): object => {
    const answer = (name: string, result: () => object) => {
      counts.requests[name] = (counts.requests[name] ?? 0) + 1;
      return result();
    };
    if (command instanceof GetItemCommand) return answer("GetItem", () => get(command.input));
    if (command instanceof BatchGetItemCommand)
      return answer("BatchGetItem", () => batchGet(command.input));
    if (command instanceof PutItemCommand) return answer("PutItem", () => putItem(command.input));
    if (command instanceof UpdateItemCommand)
      return answer("UpdateItem", () => update(command.input));
    if (command instanceof QueryCommand) return answer("Query", () => query(command.input));
    throw new TypeError(`the store sends no ${(command as object).constructor.name}`);
  };

  return {
    client: { send: async (command: unknown) => handle(command) } as unknown as DynamoDBClient,
    handle,
    item: (pk) => items.get(pk),
    items: () => items.values(),
    put,
    sizeOf: (name) =>
      [...(indexes.get(name)?.keys.values() ?? [])].reduce((sum, { size }) => sum + size, 0),
    counts,
  };
}

// --- Requests ---

function pkOf(key: Readonly<Record<string, AttributeValue>> | undefined): string {
  return key?.["pk"]?.S ?? invalid("the key is missing");
}

/** DynamoDB refuses an empty list, a long one, and one that names a key twice. */
function checkKeys(keys: readonly Readonly<Record<string, AttributeValue>>[]): void {
  if (keys.length === 0 || keys.length > 100) invalid("between 1 and 100 keys are asked for");
  if (new Set(keys.map(pkOf)).size < keys.length) invalid("the list of keys contains duplicates");
}

function aliasesOf(input: PutItemInput | UpdateItemInput | QueryInput): Aliases {
  return {
    names: input.ExpressionAttributeNames ?? {},
    values: input.ExpressionAttributeValues ?? {},
  };
}

/** DynamoDB refuses aliases that no expression uses. */
function checkAliases(input: UpdateItemInput): void {
  const { names, values } = aliasesOf(input);
  const text = `${input.ConditionExpression ?? ""} ${input.UpdateExpression ?? ""}`;
  const used = aliasesIn.get(text) ?? new Set(text.match(/[#:]\w+/g));
  aliasesIn.set(text, used);
  for (const each in names) if (!used.has(each)) invalid(`Value unused in expressions: ${each}`);
  for (const each in values) if (!used.has(each)) invalid(`Value unused in expressions: ${each}`);
}

/** By the text of the expressions. */
const aliasesIn = new Map<string, ReadonlySet<string>>();

const KEY_CONDITION =
  /^(?<hash>#\w+) = (?<value>:\w+) AND (?<range>#\w+) (?<comparison>[<>]=) (?<bound>:\w+)$/;

function keyConditionOf(input: QueryInput, index: Index): Omit<Asked, "after"> {
  const { names, values } = aliasesOf(input);
  const match = KEY_CONDITION.exec(input.KeyConditionExpression ?? "");
  const { hash = "", value = "", range = "", comparison, bound = "" } = match?.groups ?? {};
  if (names[hash] !== index.hash || names[range] !== index.range) {
    invalid("Query condition missed key schema element");
  }
  const at = Number(values[bound]?.N);
  return {
    hash: values[value]?.S ?? invalid("no text"),
    from: comparison === ">=" ? at : Number.NEGATIVE_INFINITY,
    until: comparison === "<=" ? at : Number.POSITIVE_INFINITY,
    isUpward: input.ScanIndexForward !== false,
  };
}

function invalid(message: string): never {
  throw new ValidationException(message);
}

// --- Indexes ---

function indexesOf(): Index[] {
  return TABLE_DEFINITION.GlobalSecondaryIndexes.map(({ IndexName, KeySchema, Projection }) => ({
    name: IndexName,
    hash: KeySchema[0]?.AttributeName ?? "",
    range: KeySchema[1]?.AttributeName ?? "",
    keysOnly: Projection.ProjectionType === "KEYS_ONLY",
    keys: new Map(),
  }));
}

/** Where the index holds an item; undefined: it has not both attributes, and the index is sparse. */
function placeIn(
  index: Index,
  item: Item | undefined,
): { hash: string; range: number } | undefined {
  const hash = item?.[index.hash]?.S;
  const range = item?.[index.range]?.N;
  return hash === undefined || range === undefined ? undefined : { hash, range: Number(range) };
}

function moveIn(index: Index, pk: string, before: Item | undefined, after: Item): void {
  const [from, to] = [placeIn(index, before), placeIn(index, after)];
  if (from?.hash === to?.hash && from?.range === to?.range) return;
  if (from !== undefined) index.keys.get(from.hash)?.remove({ range: from.range, pk });
  if (to === undefined) return;
  const keys = index.keys.get(to.hash) ?? createSortedKeys();
  index.keys.set(to.hash, keys);
  keys.add({ range: to.range, pk });
}

/** The key of a row in the index, and of the row itself. */
function keysOf(item: Item, { hash, range }: Index): Record<string, AttributeValue> {
  const { pk, [hash]: value, [range]: at } = item as Record<string, AttributeValue>;
  return { pk, [hash]: value, [range]: at } as Record<string, AttributeValue>;
}

interface Asked {
  readonly hash: string;
  readonly from: number;
  readonly until: number;
  readonly isUpward: boolean;
  /** Where the page before ended. */
  readonly after: Place | undefined;
}

/** What the index shows, in the order asked for; of the rows in `past` as they were. */
function* shownBy(
  index: Index,
  asked: Asked,
  items: ReadonlyMap<string, Item>,
  past: ReadonlyMap<string, Item | undefined> = new Map(),
): Iterable<Item> {
  const { hash, from, until, isUpward, after } = asked;
  const comesFirst = (one: Place, other: Place) =>
    isUpward ? isBefore(one, other) : isBefore(other, one);
  const former = [...past.values()]
    .flatMap((item) => {
      const place = placeIn(index, item);
      if (item === undefined || place?.hash !== hash) return [];
      if (place.range < from || place.range > until) return [];
      return [{ item, place: { range: place.range, pk: pkOf(item) } }];
    })
    .filter(({ place }) => after === undefined || comesFirst(after, place))
    .sort((one, other) => (comesFirst(one.place, other.place) ? -1 : 1));
  const keys = index.keys.get(hash);
  for (const place of (isUpward ? keys?.from(after) : keys?.downFrom(after)) ?? []) {
    // Beyond the bound that lies ahead nothing follows.
    if (isUpward ? place.range > until : place.range < from) break;
    if (place.range < from || place.range > until || past.has(place.pk)) continue;
    while (former[0] !== undefined && comesFirst(former[0].place, place)) {
      yield (former.shift() as (typeof former)[number]).item;
    }
    yield items.get(place.pk) as Item;
  }
  for (const { item } of former) yield item;
}

function isBefore(one: Place, other: Place): boolean {
  return one.range < other.range || (one.range === other.range && one.pk < other.pk);
}

// --- Lag ---

interface Change {
  readonly at: number;
  readonly pk: string;
  readonly before: Item | undefined;
}

/** Rows that show as they were some time ago, each by a lag of its own. */
function pastOf(recent: Change[], disorder: Disorder): ReadonlyMap<string, Item | undefined> {
  const now = disorder.now();
  const kept = recent.findIndex(({ at }) => at > now - LONGEST_LAG_MS);
  recent.splice(0, kept < 0 ? recent.length : kept);
  const lags = new Map<string, number>();
  const past = new Map<string, Item | undefined>();
  for (const { at, pk, before } of recent) {
    const lagMs = lags.get(pk) ?? disorder.lagMs();
    lags.set(pk, lagMs);
    // The first change since then: what was before it is what is shown.
    if (at > now - lagMs && !past.has(pk)) past.set(pk, before);
  }
  return past;
}
