// What the rows of the table look like: their keys, what is written into them, what is read out of them.

import { createHash } from "node:crypto";
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import { dueOf, type Grant } from "../grant/grant.ts";
import type { GrantId, IamUserArn, SlackUserId } from "../grant/ids.ts";
import type { AssignmentKey } from "../grant/target-spec.ts";
import { type Check, listOf, mapOf, number, oneOf, optional, record, set, text } from "../shape.ts";
import { grantShape } from "./grant-shape.ts";
import {
  type Announcement,
  type AssignmentRecord,
  type DueGrant,
  type DueRow,
  type HeldHome,
  type Shown,
  type ShownMessage,
  type Stored,
  StoreError,
  type Subject,
  type ToldFinding,
  type ToldFindings,
} from "./store.ts";
import { TTL_ATTRIBUTE } from "./table.ts";

/** The form of the rows that this release writes. It reads this one and all before it. */
export const SCHEMA = 1;

/** The only value of the attribute `outbox`: what Slack has to be told of. */
export const TO_ANNOUNCE = "announce";

/** A row as DynamoDB answers it. */
export type Item = Readonly<Record<string, AttributeValue>>;

/** A row, or some attributes of one, as plain values. */
export type Row = Readonly<Record<string, unknown>>;

const GRANT = "GRANT#";
const HOME = "HOME#";

export const grantPk = (id: GrantId): string => `${GRANT}${id}`;
export const homePk = (user: SlackUserId): string => `${HOME}${user}`;
export const assignmentPk = (key: AssignmentKey): string => `ASSIGNMENT#${key}`;
export const principalPk = (arn: IamUserArn): string => `PRINCIPAL#${arn}`;

/** NB. By its hash: errors name the row that they are about, in the log, and a signature is good for five minutes. */
export const seenPk = (requestSignature: string): string =>
  `SEEN#${createHash("sha256").update(requestSignature).digest("base64url")}`;

/** The one row that tells when each sweep last saw everything. */
export const PASSES_PK = "PASSES";

/** The one row that tells of which findings the admins know. */
export const FINDINGS_PK = "FINDINGS";

/** The one row that tells until when Slack wants nothing sent where. */
export const PAUSES_PK = "PAUSES";

/**
 * What a row of the outbox is about, by its key as written: whether there is such an id shows when the row
 * itself is read. Undefined: this release has no name for it.
 */
export function subjectOf(pk: string): Subject | undefined {
  if (pk.startsWith(GRANT)) return { grant: pk.slice(GRANT.length) as GrantId };
  if (pk.startsWith(HOME)) return { home: pk.slice(HOME.length) as SlackUserId };
  return undefined;
}

/**
 * The attributes of a grant's row that follow from the grant, and those that must not be there. What
 * has been announced (`shown`, `announcer`) is not among them, so that no save touches it. A row that an
 * earlier release wrote has no `requester` and no `requestedAt` until it is saved again.
 */
export function grantAttributes(grant: Grant, version: number): { set: Row; remove: string[] } {
  const due = dueOf(grant);
  const set = {
    schema: SCHEMA,
    status: grant.status,
    version,
    grant,
    ...listedAttributes(grant, grant.history.at(-1)?.at ?? grant.requestedAt),
    ...due,
  };
  return { set, remove: due === undefined ? ["queue", "dueAt"] : [] };
}

/** What puts a grant's row into the outbox at `at` (epoch ms), and among what its requester has asked for. */
export function listedAttributes({ requester, requestedAt }: Grant, at: number): Row {
  return { requester, requestedAt, outbox: TO_ANNOUNCE, outboxAt: at };
}

/** A new grant's row. */
export function grantRow(grant: Grant): Row {
  return { pk: grantPk(grant.id), ...grantAttributes(grant, 1).set };
}

/** The row of a request seen, to be forgotten at `forgetAt` (epoch ms) or later. */
export function seenRow(requestSignature: string, forgetAt: number): Row {
  const ttl = Math.ceil(forgetAt / 1000);
  return { pk: seenPk(requestSignature), schema: SCHEMA, [TTL_ATTRIBUTE]: ttl };
}

/** Homes at which nobody has looked for so long are forgotten. */
const HOME_KEPT_MS = 90 * 86_400_000;

/** What becomes of the row of an App Home at which `user` looks at `at` (epoch ms), beside its version. */
export function openedHome(user: SlackUserId, at: number): Row {
  return {
    schema: SCHEMA,
    user,
    openedAt: at,
    outbox: TO_ANNOUNCE,
    outboxAt: at,
    [TTL_ATTRIBUTE]: Math.ceil((at + HOME_KEPT_MS) / 1000),
  };
}

const grantRowShape = record<Stored>({ grant: grantShape, version: number });

const shownShape = record<Shown>({
  version: number,
  messages: mapOf(record<ShownMessage>({ channel: text, ts: text, shows: optional(text) })),
  told: optional(number),
  unsettledUntil: optional(number),
  failures: optional(number),
  untoldSince: optional(number),
  checkedAt: optional(number),
});

/** What an assignment's row holds beside its lease; DynamoDB keeps no empty set. */
interface AssignmentRow extends Omit<AssignmentRecord, "key" | "claims"> {
  readonly claims?: ReadonlySet<GrantId>;
}

const assignmentShape = record<AssignmentRow>({
  claims: optional(set),
  origin: optional(oneOf("ours", "standing")),
  unsettledUntil: optional(number),
  takenAt: optional(number),
});

/** @throws StoreError `undecodable` or `newer-schema`, with the row's key. */
export function readGrant(item: Item): Stored {
  const { grant, version } = readRow<Stored>(item, grantRowShape);
  if (pkOf(item) !== grantPk(grant.id)) throw undecodable(item, `it holds the grant ${grant.id}`);
  return { grant, version };
}

/** As `readGrant`, with the problem as a value: one bad row must not hide the others. */
export function readDueRow(item: Item): DueRow {
  try {
    return dueGrant(item);
  } catch (error) {
    if (!(error instanceof StoreError) || error.code === "unavailable") throw error;
    return { unreadable: pkOf(item), why: error.code };
  }
}

function dueGrant(item: Item): DueGrant {
  const stored = readGrant(item);
  return item["outbox"] === undefined ? { ...stored, isOutOfOutbox: true } : stored;
}

/** @throws StoreError `undecodable` or `newer-schema`, with the row's key. */
export function readAnnouncement(item: Item): Announcement {
  const stored = readGrant(item);
  const shape = record<{ shown?: Shown }>({ shown: optional(shownShape) });
  const { shown = { version: 0, messages: {} } } = readRow<{ shown?: Shown }>(item, shape);
  return { stored, shown };
}

/** @throws StoreError `undecodable` or `newer-schema`, with the row's key. */
export function readAssignment(key: AssignmentKey, item: Item): AssignmentRecord {
  const row = readRow<AssignmentRow>(item, assignmentShape);
  const { claims = new Set(), origin, unsettledUntil, takenAt } = row;
  return {
    key,
    claims: [...claims].sort(),
    ...(origin === undefined ? {} : { origin }),
    ...(unsettledUntil === undefined ? {} : { unsettledUntil }),
    ...(takenAt === undefined ? {} : { takenAt }),
  };
}

/** The unique id that a principal's row has pinned. @throws StoreError as `readGrant`. */
export function readPinned(item: Item): string {
  const shape = record<{ uniqueId: string }>({ uniqueId: text });
  return readRow<{ uniqueId: string }>(item, shape).uniqueId;
}

/** When each sweep last saw everything. @throws StoreError as `readGrant`. */
export function readPasses(item: Item): Readonly<Record<string, number>> {
  const { pk: _, schema: __, ...passes } = readRow<Record<string, unknown>>(item, () => undefined);
  const times = Object.entries(passes).filter(
    (entry): entry is [string, number] => typeof entry[1] === "number",
  );
  return Object.fromEntries(times);
}

const toldShape = record<ToldFindings>({
  told: listOf(record<ToldFinding>({ key: text, place: optional(text), to: listOf(text) })),
  version: number,
});

/** Which findings the admins know of. @throws StoreError as `readGrant`. */
export function readTold(item: Item): ToldFindings {
  const { told, version } = readRow<ToldFindings>(item, toldShape);
  return { told, version };
}

type HomeRow = Omit<HeldHome, "isTakenOver">;

const homeShape = record<HomeRow>({
  version: number,
  shows: optional(text),
  unsettledUntil: optional(number),
});

/** @throws StoreError as `readGrant`. */
export function readHome(item: Item): HeldHome {
  const { version, shows, unsettledUntil } = readRow<HomeRow>(item, homeShape);
  return {
    version,
    ...(shows === undefined ? {} : { shows }),
    ...(unsettledUntil === undefined ? {} : { unsettledUntil }),
  };
}

/** Until when Slack wants nothing sent, by place. @throws StoreError as `readGrant`. */
export function readPauses(item: Item): Readonly<Record<string, number>> {
  const shape = record<{ pauses: Readonly<Record<string, number>> }>({ pauses: mapOf(number) });
  return readRow<{ pauses: Readonly<Record<string, number>> }>(item, shape).pauses;
}

/** A row's plain values, of which `check` has made sure that they are a `T`. */
function readRow<T>(item: Item, check: Check): T {
  const row = plain(item);
  const { schema } = row;
  if (typeof schema === "number" && schema > SCHEMA) {
    const message = `the row ${pkOf(item)} is of schema ${schema}, this release knows ${SCHEMA}`;
    throw new StoreError("newer-schema", message);
  }
  const problem = number(schema, "row.schema") ?? check(row, "row");
  if (problem !== undefined) throw undecodable(item, problem);
  return row as T;
}

function plain(item: Item): Row & { readonly schema?: unknown } {
  try {
    return unmarshall(item);
  } catch (error) {
    throw undecodable(item, "it holds a number out of range", error);
  }
}

function undecodable(item: Item, problem: string, cause?: unknown): StoreError {
  const message = `the row ${pkOf(item)} cannot be read: ${problem}`;
  return new StoreError("undecodable", message, { cause });
}

/** The key of a row. */
export function pkOf(item: Item): string {
  return item["pk"]?.S ?? "without a key";
}
