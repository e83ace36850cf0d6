// What DynamoDB charges a read or a write with, by the sizes of the items before and after, the indexes included.

import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import type { Item } from "../lib/store/items.ts";
import { TABLE_DEFINITION } from "../lib/store/table.ts";

const READ_UNIT_BYTES = 4_096;
const WRITE_UNIT_BYTES = 1_024;
/** Of a list or a map itself, and of each entry in it. */
const NESTED_BYTES = { whole: 3, entry: 1 };
/** What storing an item, or an index's entry of it, takes beside its content. */
const STORED_OVERHEAD_BYTES = 100;

type Index = (typeof TABLE_DEFINITION.GlobalSecondaryIndexes)[number];

/** An item's size in bytes (DynamoDB Developer Guide, "DynamoDB item sizes and formats"). */
export function itemBytes(item: Item): number {
  return Object.entries(item).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + valueBytes(value),
    0,
  );
}

function valueBytes(value: AttributeValue): number {
  const total = (sizes: readonly number[]) => sizes.reduce((sum, size) => sum + size, 0);
  if (value.S !== undefined) return Buffer.byteLength(value.S);
  if (value.N !== undefined) return numberBytes(value.N);
  if (value.B !== undefined) return value.B.length;
  if (value.SS !== undefined) return total(value.SS.map((text) => Buffer.byteLength(text)));
  if (value.NS !== undefined) return total(value.NS.map(numberBytes));
  if (value.BS !== undefined) return total(value.BS.map(({ length }) => length));
  if (value.L !== undefined) {
    return NESTED_BYTES.whole + total(value.L.map((one) => NESTED_BYTES.entry + valueBytes(one)));
  }
  if (value.M !== undefined) {
    const entries = Object.keys(value.M).length;
    return NESTED_BYTES.whole + entries * NESTED_BYTES.entry + itemBytes(value.M);
  }
  return 1;
}

/** About one byte for two significant digits, and one more; at most 21. */
function numberBytes(text: string): number {
  const digits = text.replace(/^-|\.|e.*$/gi, "").replace(/^0+|0+$/g, "");
  return Math.min(21, Math.ceil(digits.length / 2) + 1 + (text.startsWith("-") ? 1 : 0));
}

/** Units of reading `bytes`; what is not there is read too. */
export function readUnits(bytes: number, isConsistent: boolean): number {
  return Math.max(1, Math.ceil(bytes / READ_UNIT_BYTES)) * (isConsistent ? 1 : 0.5);
}

/**
 * Units of one write that found `before` and left `after`; one that was refused leaves what it found. The table
 * counts the larger of the two. An index counts where its entry comes, goes or changes, and twice where the entry
 * moves (Developer Guide, "Global secondary indexes": provisioned throughput considerations).
 */
export function writeUnits(before: Item | undefined, after: Item | undefined): number {
  const own = Math.max(unitsOf(before), unitsOf(after), 1);
  const ofIndexes = TABLE_DEFINITION.GlobalSecondaryIndexes.map((index) =>
    indexUnits(entryIn(index, before), entryIn(index, after)),
  );
  return ofIndexes.reduce((sum, units) => sum + units, own);
}

interface Entry {
  readonly place: string;
  readonly item: Item;
}

function indexUnits(before: Entry | undefined, after: Entry | undefined): number {
  if (before === undefined || after === undefined) return unitsOf((before ?? after)?.item);
  if (before.place !== after.place) return unitsOf(before.item) + unitsOf(after.item);
  if (JSON.stringify(sorted(before.item)) === JSON.stringify(sorted(after.item))) return 0;
  return Math.max(unitsOf(before.item), unitsOf(after.item));
}

function unitsOf(item: Item | undefined): number {
  return item === undefined ? 0 : Math.max(1, Math.ceil(itemBytes(item) / WRITE_UNIT_BYTES));
}

/** What an index holds of an item; undefined where it lacks the index's key. */
function entryIn(index: Index, item: Item | undefined): Entry | undefined {
  const keys: readonly string[] = index.KeySchema.map(({ AttributeName }) => AttributeName);
  if (item === undefined || keys.some((key) => item[key] === undefined)) return undefined;
  const own = [...TABLE_DEFINITION.KeySchema.map(({ AttributeName }) => AttributeName), ...keys];
  const isWhole = index.Projection.ProjectionType === "ALL";
  const kept = Object.entries(item).filter(([name]) => isWhole || own.includes(name));
  return {
    place: JSON.stringify(keys.map((key) => item[key])),
    item: Object.fromEntries(kept),
  };
}

/** The bytes that an item takes in the table and in each index that has it. */
export function storedBytes(item: Item): number {
  const entries = TABLE_DEFINITION.GlobalSecondaryIndexes.map(
    (index) => entryIn(index, item)?.item,
  );
  const stored = [item, ...entries].filter((entry) => entry !== undefined);
  return stored.reduce((sum, entry) => sum + itemBytes(entry) + STORED_OVERHEAD_BYTES, 0);
}

/** The same content in one order, sets included. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value instanceof Uint8Array || typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value)
    .map(([name, inner]): [string, unknown] => [
      name,
      name === "SS" || name === "NS" ? [...inner].sort() : sorted(inner),
    ])
    .sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries);
}
