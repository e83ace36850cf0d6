// The store on DynamoDB: most methods are one request, save where a page or a lost answer asks for another.

import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { outboxIn } from "./dynamo-outbox.ts";
import { createDynamoTable, type DynamoTable } from "./dynamo-table.ts";
import {
  assignmentPk,
  FINDINGS_PK,
  grantAttributes,
  grantPk,
  grantRow,
  type Item,
  PASSES_PK,
  pkOf,
  principalPk,
  readAssignment,
  readDueRow,
  readGrant,
  readPasses,
  readPinned,
  readTold,
  SCHEMA,
  seenRow,
} from "./items.ts";
import type { Store } from "./store.ts";
import { DUE_INDEX, REQUESTER_INDEX } from "./table.ts";

/**
 * The store in the table `tableName`, which is as `table.ts` defines it. `newId` names one write; no
 * two may be alike. Timeouts and the number of tries are the client's.
 */
export function createDynamoStore(options: {
  client: DynamoDBClient;
  tableName: string;
  newId: () => string;
}): Store {
  const table = createDynamoTable(options);
  return {
    ...grantsIn(table),
    ...assignmentsIn(table),
    ...pinsIn(table),
    ...passesIn(table),
    ...toldIn(table),
    ...outboxIn(table),
  };
}

function grantsIn(
  table: DynamoTable,
): Pick<Store, "create" | "load" | "save" | "due" | "grantsOf"> {
  return {
    async create(grant) {
      return (await table.putNew(grantRow(grant))) ? "created" : "exists";
    },

    async load(id) {
      const item = await table.get(grantPk(id));
      return item === undefined ? undefined : readGrant(item);
    },

    async save(next, from) {
      const written = await table.update(grantPk(next.id), {
        when: "#version = :from",
        given: { from: from.version },
        ...grantAttributes(next, from.version + 1),
        once: true,
      });
      return written === undefined ? "stale" : "saved";
    },

    async due(queue, until, limit, after) {
      const start = after === undefined ? undefined : cursorToKey(queue, after);
      const asked = { value: queue, until, limit, after: start };
      const { items, last } = await table.query(DUE_INDEX, asked);
      const rows = items.map(readDueRow);
      return last === undefined ? { rows } : { rows, next: keyToCursor(last) };
    },

    async grantsOf(requester, since, limit) {
      const { items } = await table.query(REQUESTER_INDEX, { value: requester, since, limit });
      const rows = await table.getMany(items.map(pkOf));
      return items.flatMap((key) => {
        const item = rows.get(pkOf(key));
        const row = item === undefined ? undefined : readDueRow(item);
        return row !== undefined && "grant" in row ? [row] : [];
      });
    },
  };
}

/** Where a page of `due` ended: `<dueAt> <pk>`. */
function keyToCursor(key: Item): string {
  return `${key["dueAt"]?.N} ${key["pk"]?.S}`;
}

function cursorToKey(queue: string, cursor: string): Item {
  const space = cursor.indexOf(" ");
  const [dueAt, pk] = [cursor.slice(0, space), cursor.slice(space + 1)];
  return { queue: { S: queue }, dueAt: { N: dueAt }, pk: { S: pk } };
}

// A row of an assignment stays when nothing claims it any more: there are no more of them than people
// times targets, and a row that is deleted at a bad moment would forget what is the broker's to remove.
function assignmentsIn(
  table: DynamoTable,
): Pick<Store, "assignment" | "lease" | "mark" | "release"> {
  return {
    async assignment(key) {
      const item = await table.get(assignmentPk(key));
      return item === undefined ? undefined : readAssignment(key, item);
    },

    async lease(key, { owner, now, until, claim }) {
      const item = await table.update(assignmentPk(key), {
        when: "attribute_not_exists(#lease) OR #lease.#until <= :now OR #lease.#owner = :owner",
        given: { now, owner },
        keep: { schema: SCHEMA },
        set: { lease: { owner, until } },
        ...(claim === undefined ? {} : { addTo: { claims: new Set([claim]) } }),
      });
      return item === undefined ? undefined : readAssignment(key, item);
    },

    async mark(key, owner, origin) {
      const item = await table.update(assignmentPk(key), {
        when: "#lease.#owner = :owner",
        given: { owner },
        set: { origin },
      });
      return item !== undefined;
    },

    async release(key, owner, { dropClaims = [], origin, unsettledUntil, takenAt }) {
      const values = Object.entries({ origin, unsettledUntil, takenAt });
      const forgotten = values.filter(([, value]) => value === null).map(([name]) => name);
      const item = await table.update(assignmentPk(key), {
        when: "#lease.#owner = :owner",
        given: { owner },
        set: Object.fromEntries(
          values.filter(([, value]) => value !== null && value !== undefined),
        ),
        remove: ["lease", ...forgotten],
        ...(dropClaims.length === 0 ? {} : { deleteFrom: { claims: new Set(dropClaims) } }),
        once: true,
      });
      return item !== undefined;
    },
  };
}

function pinsIn(table: DynamoTable): Pick<Store, "pinPrincipal" | "firstSeen"> {
  return {
    async pinPrincipal(arn, uniqueId, now) {
      const item = await table.update(principalPk(arn), {
        keep: { schema: SCHEMA, uniqueId, pinnedAt: now },
      });
      return readPinned(item ?? {});
    },

    firstSeen(requestSignature, forgetAt) {
      return table.putNew(seenRow(requestSignature, forgetAt));
    },
  };
}

function passesIn(table: DynamoTable): Pick<Store, "noteFullPass" | "fullPasses"> {
  return {
    async noteFullPass(sweep, at) {
      await table.update(PASSES_PK, { set: { schema: SCHEMA, [sweep]: at } });
    },

    async fullPasses() {
      const item = await table.get(PASSES_PK);
      return item === undefined ? {} : readPasses(item);
    },
  };
}

function toldIn(table: DynamoTable): Pick<Store, "toldFindings" | "saveToldFindings"> {
  return {
    async toldFindings() {
      const item = await table.get(FINDINGS_PK);
      return item === undefined ? { told: [], version: 0 } : readTold(item);
    },

    async saveToldFindings(told, { version }) {
      const condition =
        version === 0
          ? { when: "attribute_not_exists(#version)" }
          : { when: "#version = :from", given: { from: version } };
      const item = await table.update(FINDINGS_PK, {
        ...condition,
        set: { schema: SCHEMA, version: version + 1, told },
        once: true,
      });
      return item === undefined ? "stale" : "saved";
    },
  };
}
