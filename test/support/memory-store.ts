// The store in memory, for tests and simulation: what the table does, in plain data structures.

import { dueOf, type Grant, type Queue } from "../../lib/grant/grant.ts";
import type { GrantId, SlackUserId } from "../../lib/grant/ids.ts";
import type { AssignmentKey } from "../../lib/grant/target-spec.ts";
import {
  type AssignmentRecord,
  type DueRow,
  type HeldHome,
  type HomeShown,
  type Origin,
  type Shown,
  type Store,
  type Stored,
  StoreError,
  type Subject,
  type ToldFindings,
} from "../../lib/store/store.ts";

/** A store that lets a test look at everything, and spoil a row. */
export interface MemoryStore extends Store {
  /** Every grant as it is stored, in order of creation. */
  grants(): readonly Stored[];
  /** One grant as it is stored. */
  stored(id: string): Stored | undefined;
  /** Whether Slack has still to be told of something, at whatever time. */
  isTelling(): boolean;
  /** Every assignment that was ever leased. */
  assignments(): readonly AssignmentRecord[];
  /** Makes a grant's row one that this release cannot read; `undefined` makes it readable again. */
  spoil(id: GrantId, why: "undecodable" | "newer-schema" | undefined): void;
}

/** What a row of the outbox has, whatever it is of. */
interface OutboxRow {
  outboxAt?: number | undefined;
  announcer?: Holder | undefined;
  kept?: { owner: string; nth: number } | undefined;
}

interface GrantRow extends OutboxRow {
  stored: Stored;
  due: ReturnType<typeof dueOf>;
  shown: Shown;
  spoilt?: "undecodable" | "newer-schema" | undefined;
}

interface HomeRow extends OutboxRow {
  version: number;
  openedAt: number;
  shown: HomeShown;
}

interface AssignmentRow {
  claims: Set<GrantId>;
  lease?: Holder | undefined;
  origin?: Origin | undefined;
  unsettledUntil?: number | undefined;
  takenAt?: number | undefined;
}

interface Holder {
  owner: string;
  until: number;
}

/** An empty store. Each method is done in one step, as a conditional write is. */
export function createMemoryStore(): MemoryStore {
  const grants = new Map<GrantId, GrantRow>();
  const homes = new Map<SlackUserId, HomeRow>();
  const assignments = new Map<AssignmentKey, AssignmentRow>();
  return {
    ...grantsIn(grants),
    ...outboxIn(grants, homes),
    ...announcementsIn(grants),
    ...homesIn(homes),
    ...assignmentsIn(assignments),
    ...pins(),
    ...passes(),
    ...toldIn(),
    ...pausesIn(),
    grants: () => [...grants.values()].map(({ stored }) => stored),
    stored: (id) => grants.get(id as GrantId)?.stored,
    isTelling: () =>
      [...grants.values(), ...homes.values()].some(({ outboxAt }) => outboxAt !== undefined),
    assignments: () => [...assignments].map(([key, row]) => recordOf(key, row)),
    spoil(id, why) {
      const row = grants.get(id);
      if (row !== undefined) row.spoilt = why;
    },
  };
}

function grantsIn(
  rows: Map<GrantId, GrantRow>,
): Pick<Store, "create" | "load" | "save" | "due" | "grantsOf"> {
  return {
    async create(grant) {
      if (rows.has(grant.id)) return "exists";
      const shown = { version: 0, messages: {} };
      const stored = { grant, version: 1 };
      rows.set(grant.id, { stored, due: dueOf(grant), shown, outboxAt: lastChangeAt(grant) });
      return "created";
    },

    async load(id) {
      const row = rows.get(id);
      return row === undefined ? undefined : readable(row);
    },

    async save(next, from) {
      const row = rows.get(next.id);
      if (row?.stored.version !== from.version) return "stale";
      row.stored = { grant: next, version: from.version + 1 };
      row.due = dueOf(next);
      row.outboxAt = lastChangeAt(next);
      return "saved";
    },

    async due(queue, until, limit, after) {
      const waiting = dueRows(rows, queue, until);
      const start = after === undefined ? 0 : waiting.findIndex(({ place }) => place > after);
      const page = start < 0 ? [] : waiting.slice(start, start + limit);
      const last = page.at(-1);
      const all = last === undefined || last === waiting.at(-1);
      return { rows: page.map(({ row }) => dueRow(row)), ...(all ? {} : { next: last.place }) };
    },

    async grantsOf(requester, since, limit) {
      const theirs = [...rows.values()].filter(
        ({ stored: { grant } }) => grant.requester === requester && grant.requestedAt >= since,
      );
      theirs.sort((a, b) => b.stored.grant.requestedAt - a.stored.grant.requestedAt);
      const newest = theirs.slice(0, limit);
      return newest.flatMap(({ stored, spoilt }) => (spoilt === undefined ? [stored] : []));
    },
  };
}

/** Rows in the order of a sweep; a row's `place` sorts like its time and id. */
function dueRows(rows: Map<GrantId, GrantRow>, queue: Queue, until: number) {
  const waiting: { place: string; row: GrantRow }[] = [];
  for (const row of rows.values()) {
    const { due } = row;
    if (due?.queue !== queue || due.dueAt > until) continue;
    waiting.push({ place: `${String(due.dueAt).padStart(16, "0")} ${row.stored.grant.id}`, row });
  }
  return waiting.sort((a, b) => (a.place < b.place ? -1 : 1));
}

function dueRow(row: GrantRow): DueRow {
  if (row.spoilt === undefined) {
    return row.outboxAt === undefined ? { ...row.stored, isOutOfOutbox: true } : row.stored;
  }
  return { unreadable: `GRANT#${row.stored.grant.id}`, why: row.spoilt };
}

function readable({ stored, spoilt }: GrantRow): Stored {
  if (spoilt === undefined) return stored;
  throw new StoreError(spoilt, `the row GRANT#${stored.grant.id} is ${spoilt}`);
}

function lastChangeAt(grant: Grant): number {
  return grant.history.at(-1)?.at ?? grant.requestedAt;
}

function isFree(holder: Holder | undefined, owner: string, now: number): boolean {
  return holder === undefined || holder.until <= now || holder.owner === owner;
}

function assignmentsIn(
  rows: Map<AssignmentKey, AssignmentRow>,
): Pick<Store, "assignment" | "lease" | "mark" | "release"> {
  const held = (key: AssignmentKey, owner: string) => {
    const row = rows.get(key);
    return row?.lease?.owner === owner ? row : undefined;
  };
  return {
    async assignment(key) {
      const row = rows.get(key);
      return row === undefined ? undefined : recordOf(key, row);
    },

    async lease(key, { owner, now, until, claim }) {
      const row = rows.get(key) ?? { claims: new Set<GrantId>() };
      if (!isFree(row.lease, owner, now)) return undefined;
      row.lease = { owner, until };
      if (claim !== undefined) row.claims.add(claim);
      rows.set(key, row);
      return recordOf(key, row);
    },

    async mark(key, owner, origin) {
      const row = held(key, owner);
      if (row === undefined) return false;
      row.origin = origin;
      return true;
    },

    async release(key, owner, { dropClaims = [], origin, unsettledUntil, takenAt }) {
      const row = held(key, owner);
      if (row === undefined) return false;
      row.lease = undefined;
      for (const claim of dropClaims) row.claims.delete(claim);
      if (origin !== undefined) row.origin = origin ?? undefined;
      if (unsettledUntil !== undefined) row.unsettledUntil = unsettledUntil ?? undefined;
      if (takenAt !== undefined) row.takenAt = takenAt;
      return true;
    },
  };
}

function recordOf(key: AssignmentKey, row: AssignmentRow): AssignmentRecord {
  const { claims, origin, unsettledUntil, takenAt } = row;
  return {
    key,
    claims: [...claims].sort(),
    ...(origin === undefined ? {} : { origin }),
    ...(unsettledUntil === undefined ? {} : { unsettledUntil }),
    ...(takenAt === undefined ? {} : { takenAt }),
  };
}

function pins(): Pick<Store, "pinPrincipal" | "firstSeen"> {
  const pinned = new Map<string, string>();
  const seen = new Set<string>();
  return {
    async pinPrincipal(arn, uniqueId) {
      const known = pinned.get(arn) ?? uniqueId;
      pinned.set(arn, known);
      return known;
    },

    async firstSeen(requestSignature) {
      const first = !seen.has(requestSignature);
      seen.add(requestSignature);
      return first;
    },
  };
}

function passes(): Pick<Store, "noteFullPass" | "fullPasses"> {
  const at: Record<string, number> = {};
  return {
    async noteFullPass(sweep, passedAt) {
      at[sweep] = passedAt;
    },

    async fullPasses() {
      return { ...at };
    },
  };
}

function toldIn(): Pick<Store, "toldFindings" | "saveToldFindings"> {
  let row: ToldFindings = { told: [], version: 0 };
  return {
    async toldFindings() {
      return row;
    },

    async saveToldFindings(told, { version }) {
      if (row.version !== version) return "stale";
      row = { told, version: version + 1 };
      return "saved";
    },
  };
}

function pausesIn(): Pick<Store, "pauses" | "savePauses"> {
  let saved: Readonly<Record<string, number>> = {};
  return {
    async pauses() {
      return saved;
    },

    async savePauses(pauses) {
      saved = { ...pauses };
    },
  };
}

function outboxIn(
  grants: Map<GrantId, GrantRow>,
  homes: Map<SlackUserId, HomeRow>,
): Pick<Store, "toAnnounce"> {
  const waitingIn = <Id>(
    rows: Map<Id, OutboxRow>,
    until: number,
    subjectOf: (id: Id) => Subject,
  ): { subject: Subject; outboxAt: number }[] =>
    [...rows].flatMap(([id, { outboxAt }]) =>
      outboxAt !== undefined && outboxAt <= until ? [{ subject: subjectOf(id), outboxAt }] : [],
    );
  return {
    async toAnnounce(until, limit) {
      const waiting = [
        ...waitingIn(grants, until, (grant) => ({ grant })),
        ...waitingIn(homes, until, (home) => ({ home })),
      ];
      waiting.sort((a, b) => a.outboxAt - b.outboxAt);
      return waiting.slice(0, limit).map(({ subject }) => subject);
    },
  };
}

function announcementsIn(
  rows: Map<GrantId, GrantRow>,
): Pick<Store, "holdAnnouncement" | "saveAnnouncement" | "keepAnnouncement" | "putBack"> {
  return {
    async holdAnnouncement(id, hold) {
      const held = takeHold(rows.get(id), hold);
      if (held === undefined) return undefined;
      return { stored: readable(held.row), shown: held.row.shown, ...held.takenOver };
    },

    async saveAnnouncement(id, owner, { version, shown, retryAt }) {
      const row = heldBy(rows.get(id), owner);
      if (row === undefined) return "done";
      row.shown = shown;
      return letGo(row, version === row.stored.version, retryAt);
    },

    async keepAnnouncement(id, owner, shown, nth = 1) {
      const row = heldBy(rows.get(id), owner);
      if (row === undefined || (row.kept?.owner === owner && nth < row.kept.nth)) return false;
      row.shown = shown;
      row.kept = { owner, nth };
      return true;
    },

    async putBack({ grant, version }, at) {
      const row = rows.get(grant.id);
      if (row === undefined || row.outboxAt !== undefined) return false;
      if (row.stored.version !== version) return false;
      row.outboxAt = at;
      return true;
    },
  };
}

function homesIn(
  rows: Map<SlackUserId, HomeRow>,
): Pick<Store, "homeOpened" | "touchHomes" | "holdHome" | "saveHome"> {
  return {
    async homeOpened(user, at) {
      const row = rows.get(user) ?? { version: 0, openedAt: at, shown: {} };
      rows.set(user, Object.assign(row, { version: row.version + 1, openedAt: at, outboxAt: at }));
    },

    async touchHomes(users, { since, at }) {
      return [...new Set(users)].filter((user) => {
        const row = rows.get(user);
        if (row === undefined || row.openedAt < since) return false;
        row.version += 1;
        row.outboxAt = at;
        return true;
      });
    },

    async holdHome(user, hold): Promise<HeldHome | undefined> {
      const held = takeHold(rows.get(user), hold);
      if (held === undefined) return undefined;
      return { version: held.row.version, ...held.row.shown, ...held.takenOver };
    },

    async saveHome(user, owner, { held, retryAt }) {
      const row = heldBy(rows.get(user), owner);
      if (row === undefined) return "done";
      const { version, isTakenOver: _, ...shown } = held;
      row.shown = shown;
      return letGo(row, version === row.version, retryAt);
    },
  };
}

function takeHold<Row extends OutboxRow>(
  row: Row | undefined,
  { owner, now, until }: { owner: string; now: number; until: number },
): { row: Row; takenOver: { isTakenOver?: true } } | undefined {
  if (row?.outboxAt === undefined || !isFree(row.announcer, owner, now)) return undefined;
  const takenOver = row.announcer === undefined ? {} : ({ isTakenOver: true } as const);
  row.announcer = { owner, until };
  row.outboxAt = until;
  return { row, takenOver };
}

function heldBy<Row extends OutboxRow>(row: Row | undefined, owner: string): Row | undefined {
  return row?.announcer?.owner === owner ? row : undefined;
}

/** Gives the hold back. What has changed meanwhile stays due as its change made it. */
function letGo(row: OutboxRow, isUnchanged: boolean, retryAt: number | undefined): "done" | "more" {
  row.announcer = undefined;
  if (!isUnchanged) return "more";
  row.outboxAt = retryAt;
  return "done";
}
