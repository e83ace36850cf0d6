// The outbox on DynamoDB: grants and App Homes that Slack has to be told of, each held by one announcer at a time.

import type { DynamoTable } from "./dynamo-table.ts";
import {
  grantPk,
  homePk,
  type Item,
  listedAttributes,
  openedHome,
  PAUSES_PK,
  pkOf,
  type Row,
  readAnnouncement,
  readHome,
  readPauses,
  SCHEMA,
  subjectOf,
  TO_ANNOUNCE,
} from "./items.ts";
import type { Store, Subject } from "./store.ts";
import { OUTBOX_INDEX } from "./table.ts";

/** What of the store tells Slack. */
export function outboxIn(
  table: DynamoTable,
): Pick<Store, "toAnnounce" | keyof Announcements | keyof Homes | "pauses" | "savePauses"> {
  return {
    async toAnnounce(until, limit) {
      const subjects: Subject[] = [];
      let after: Item | undefined;
      do {
        const asked = { value: TO_ANNOUNCE, until, limit: limit - subjects.length, after };
        const { items, last } = await table.query(OUTBOX_INDEX, asked);
        subjects.push(...items.flatMap((item) => subjectOf(pkOf(item)) ?? []));
        // Rows of which this release knows nothing must not hide the others.
        after = last;
      } while (after !== undefined && subjects.length < limit);
      return subjects;
    },
    ...announcementsIn(table),
    ...homesIn(table),

    async pauses() {
      const item = await table.get(PAUSES_PK);
      return item === undefined ? {} : readPauses(item);
    },

    async savePauses(pauses) {
      await table.update(PAUSES_PK, { set: { schema: SCHEMA, pauses } });
    },
  };
}

type Announcements = Pick<
  Store,
  "holdAnnouncement" | "saveAnnouncement" | "keepAnnouncement" | "putBack"
>;

function announcementsIn(table: DynamoTable): Announcements {
  return {
    async holdAnnouncement(id, hold) {
      const item = await takeHold(table, grantPk(id), hold);
      return item === undefined ? undefined : { ...readAnnouncement(item), ...takenOver(item) };
    },

    saveAnnouncement(id, owner, { version, shown, retryAt }) {
      return letGo(table, grantPk(id), owner, { version, row: { shown }, retryAt });
    },

    async keepAnnouncement(id, owner, shown, nth = 1) {
      const item = await table.update(grantPk(id), {
        when: `${HELD} AND (attribute_not_exists(#kept) OR #kept.#owner <> :owner OR #kept.#nth <= :nth)`,
        given: { owner, nth },
        set: { shown, kept: { owner, nth } },
      });
      return item !== undefined;
    },

    async putBack({ grant, version }, at) {
      const item = await table.update(grantPk(grant.id), {
        when: "attribute_not_exists(#outbox) AND #version = :version",
        given: { version },
        set: listedAttributes(grant, at),
        once: true,
      });
      return item !== undefined;
    },
  };
}

type Homes = Pick<Store, "homeOpened" | "touchHomes" | "holdHome" | "saveHome">;

function homesIn(table: DynamoTable): Homes {
  return {
    async homeOpened(user, at) {
      await table.update(homePk(user), { set: openedHome(user, at), addTo: { version: 1 } });
    },

    async touchHomes(users, { since, at }) {
      const rows = await table.getMany(users.map(homePk));
      const touched = await Promise.all(
        [...new Set(users)].map(async (user) => {
          // Most have never looked, or not for long: they cost no write.
          if (!(Number(rows.get(homePk(user))?.["openedAt"]?.N) >= since)) return [];
          const item = await table.update(homePk(user), {
            when: "#openedAt >= :since",
            given: { since },
            set: { outbox: TO_ANNOUNCE, outboxAt: at },
            addTo: { version: 1 },
          });
          return item === undefined ? [] : [user];
        }),
      );
      return touched.flat();
    },

    async holdHome(user, hold) {
      const item = await takeHold(table, homePk(user), hold);
      return item === undefined ? undefined : { ...readHome(item), ...takenOver(item) };
    },

    saveHome(user, owner, { held: { version, shows, unsettledUntil }, retryAt }) {
      const row = { shows, unsettledUntil };
      return letGo(table, homePk(user), owner, { version, row, retryAt });
    },
  };
}

const HELD = "#announcer.#owner = :owner";

/**
 * Holds a row for `owner` and puts it off to `until`; answers with the row as it was before. Undefined: it is
 * not in the outbox, or not free. NB. A first try that was lost may land late, and hold it for nobody.
 */
function takeHold(
  table: DynamoTable,
  pk: string,
  { owner, now, until }: { owner: string; now: number; until: number },
): Promise<Item | undefined> {
  return table.update(pk, {
    when:
      "attribute_exists(#outbox) AND (attribute_not_exists(#announcer)" +
      " OR #announcer.#until <= :now OR #announcer.#owner = :owner)",
    given: { now, owner },
    set: { announcer: { owner, until }, outboxAt: until },
    answer: "before",
  });
}

/**
 * Where the row was held still, by an announcer that may have sent what it could not store. Our own first
 * try, whose answer was lost, looks the same: then who held it before is not known.
 */
function takenOver(before: Item): { isTakenOver?: true } {
  return before["announcer"] === undefined ? {} : { isTakenOver: true };
}

/**
 * Writes `row` (what is undefined there is removed) and gives the hold back. Where the row is still at
 * `version` it leaves the outbox, or comes back at `retryAt`: "done". Else it is due as its change made it.
 */
async function letGo(
  table: DynamoTable,
  pk: string,
  owner: string,
  { version, row, retryAt }: { version: number; row: Row; retryAt: number | undefined },
): Promise<"done" | "more"> {
  const gone = Object.keys(row).filter((name) => row[name] === undefined);
  const set = Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined));
  const remove = ["announcer", ...gone];
  const told = await table.update(pk, {
    when: `${HELD} AND #version = :version`,
    given: { owner, version },
    ...(retryAt === undefined
      ? { set, remove: [...remove, "outbox", "outboxAt"] }
      : { set: { ...set, outboxAt: retryAt }, remove }),
  });
  if (told !== undefined) return "done";
  const kept = await table.update(pk, { when: HELD, given: { owner }, set, remove });
  return kept === undefined ? "done" : "more";
}
