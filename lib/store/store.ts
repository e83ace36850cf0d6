// The door to what Latchkey remembers: grants, assignments with their leases, pinned principals, requests seen, findings told, App Homes.

import type { Grant, Queue } from "../grant/grant.ts";
import type { GrantId, IamUserArn, SlackUserId } from "../grant/ids.ts";
import type { AssignmentKey, PlaceKey } from "../grant/target-spec.ts";

/** A grant with the version that the next save must still find. */
export interface Stored<G extends Grant = Grant> {
  readonly grant: G;
  readonly version: number;
}

/** A grant that a sweep met. */
export interface DueGrant extends Stored {
  /** Slack is told nothing more of it until it changes. */
  readonly isOutOfOutbox?: true;
}

/** A row that a sweep met: a grant, or one that this release cannot read and must not skip silently. */
export type DueRow =
  | DueGrant
  | { readonly unreadable: string; readonly why: "undecodable" | "newer-schema" };

export interface DuePage {
  readonly rows: readonly DueRow[];
  /** For `due`'s `after`: where the next page begins, which may be an empty one; undefined: that was all. */
  readonly next?: string;
}

/** Where an assignment came from; undefined until somebody has looked. */
export type Origin = "ours" | "standing";

/** What is known of one principal's place in one target. */
export interface AssignmentRecord {
  readonly key: AssignmentKey;
  /** Grants that may rest on it; each grant's own row says whether it still does. */
  readonly claims: readonly GrantId[];
  readonly origin?: Origin;
  /** A write whose answer was lost may land until then. */
  readonly unsettledUntil?: number;
  /** When the broker last took it away: a read may still show it, and a lost removal may still land. */
  readonly takenAt?: number;
}

/** What changes when a lease is given back. */
export interface AssignmentChange {
  readonly dropClaims?: readonly GrantId[];
  /** `null` forgets the origin: the assignment is gone, or it never was. */
  readonly origin?: Origin | null;
  readonly unsettledUntil?: number | null;
  readonly takenAt?: number;
}

/** The messages that show a grant in Slack, as far as they are known to stand. */
export interface Shown {
  /** The version of the grant that they show. */
  readonly version: number;
  /** By what each is: `card`, `active`, `ended` …. */
  readonly messages: Readonly<Record<string, ShownMessage>>;
  /** How many entries of the grant's history have been told in the card's thread. */
  readonly told?: number;
  /** An edit whose answer was lost may land until then (epoch ms), over what was shown since. */
  readonly unsettledUntil?: number;
  /** How often in a row something could not be told. */
  readonly failures?: number;
  /** Since when that is so (epoch ms). */
  readonly untoldSince?: number;
  /** When the requester was last seen to be one of the workspace (epoch ms). */
  readonly checkedAt?: number;
}

export interface ShownMessage {
  readonly channel: string;
  /** As Slack answered it. */
  readonly ts: string;
  /** A digest of what it shows; absent: it stands without its buttons, which it gets by an edit. */
  readonly shows?: string;
}

/** What the outbox holds: a grant whose messages, or a person whose App Home, may be out of date. */
export type Subject = { readonly grant: GrantId } | { readonly home: SlackUserId };

/** What an App Home shows. */
export interface HomeShown {
  /** A digest of what was published last; undefined: that is not known. */
  readonly shows?: string;
  /** Until then (epoch ms) something may land whose answer was lost. */
  readonly unsettledUntil?: number;
}

/** An App Home to publish, held by one announcer for a while. */
export interface HeldHome extends HomeShown {
  /** Counts what has changed since it was first opened. */
  readonly version: number;
  /** As in `Announcement`. */
  readonly isTakenOver?: true;
}

/** A grant to announce, held by one announcer for a while. */
export interface Announcement {
  readonly stored: Stored;
  readonly shown: Shown;
  /** Taken from an announcer that never let go: what it has sent since it stored `shown` nobody knows. */
  readonly isTakenOver?: true;
}

/** Something that is not as it should be, of which admins have been told. */
export interface ToldFinding {
  /** Names it, the same at every look, in words that people can read. */
  readonly key: string;
  /** Where it is: as long as nobody can look there, it is not known to be gone. */
  readonly place?: PlaceKey;
  /** Who has been told. */
  readonly to: readonly SlackUserId[];
}

export interface ToldFindings {
  readonly told: readonly ToldFinding[];
  /** The version that the next save must still find; 0: nothing was ever told. */
  readonly version: number;
}

/**
 * All reads are strongly consistent except `due` and `toAnnounce`, which are hints: what they name is
 * checked by the conditional write that follows; and which grants `grantsOf` finds. Writes are conditional. One that the client below
 * repeats because an answer was lost answers as if it had been sent once.
 * @throws StoreError where the table cannot be reached (the write may have happened).
 */
export interface Store {
  /** Stores a new grant, to be announced. "exists": the id is taken, nothing was written. */
  create(grant: Grant): Promise<"created" | "exists">;
  /** @throws StoreError `undecodable` or `newer-schema` where this release cannot read the row. */
  load(id: GrantId): Promise<Stored | undefined>;
  /**
   * Replaces the version that was read, and puts the grant into the outbox. "stale": the row is at
   * another version; load it again.
   */
  save(next: Grant, from: Stored): Promise<"saved" | "stale">;
  /**
   * What `queue` has due at or before `until` (epoch ms), oldest first, at most `limit` rows. A row
   * that cannot be read is named, never left out; going on with `after` (a page's `next`) passes it,
   * so that no number of such rows hides the others.
   */
  due(queue: Queue, until: number, limit: number, after?: string): Promise<DuePage>;

  /**
   * Takes the assignment's lease for `owner` until `until`, unless another owner holds one that has
   * not run out at `now`, and adds `claim` to its claims. Undefined: somebody else holds it.
   * NB. `owner` is a fresh name for every lease: a release whose answer was lost may land late, and
   * must not end a later lease of the same worker.
   */
  lease(
    key: AssignmentKey,
    lease: { owner: string; now: number; until: number; claim?: GrantId },
  ): Promise<AssignmentRecord | undefined>;
  /** Writes `origin` before the first write to the target. False: the lease is no longer `owner`'s. */
  mark(key: AssignmentKey, owner: string, origin: Origin): Promise<boolean>;
  /** What is known of an assignment; takes no hold of it. Undefined: it was never leased. */
  assignment(key: AssignmentKey): Promise<AssignmentRecord | undefined>;
  /** Gives the lease back with what has changed. False: it was no longer `owner`'s, nothing changed. */
  release(key: AssignmentKey, owner: string, change: AssignmentChange): Promise<boolean>;

  /** Pins the unique id of an IAM user at first use, and answers with the one that is pinned. */
  pinPrincipal(arn: IamUserArn, uniqueId: string, now: number): Promise<string>;
  /** True the first time, false on every repetition until `forgetAt` (epoch ms), and perhaps after. */
  firstSeen(requestSignature: string, forgetAt: number): Promise<boolean>;

  /** Notes that `sweep` saw everything that was due, at `at`. */
  noteFullPass(sweep: string, at: number): Promise<void>;
  /** When each sweep last saw everything that was due, by its name; none: it never did. */
  fullPasses(): Promise<Readonly<Record<string, number>>>;

  /** What admins have been told is not as it should be. @throws StoreError where the row cannot be read. */
  toldFindings(): Promise<ToldFindings>;
  /** Replaces the version that was read. "stale": somebody else was first, nothing was written. */
  saveToldFindings(
    told: readonly ToldFinding[],
    from: Pick<ToldFindings, "version">,
  ): Promise<"saved" | "stale">;

  /**
   * The newest `limit` grants that `requester` has asked for since `since` (epoch ms), newest first, each
   * as it is now; one that was made a moment ago may be missing. A row that cannot be read is left out:
   * sweeps name it.
   */
  grantsOf(requester: SlackUserId, since: number, limit: number): Promise<readonly Stored[]>;

  /** Grants and App Homes that Slack has to be told of at or before `until`, oldest first. */
  toAnnounce(until: number, limit: number): Promise<readonly Subject[]>;
  /**
   * Holds the announcement of `id` for `owner` (fresh for every hold, as of a lease) and puts it off to
   * `until`, so that others see it again should this one stop halfway. Undefined: nothing to say, or
   * somebody else is at it. @throws StoreError where the row cannot be read; it is put off all the same.
   */
  holdAnnouncement(
    id: GrantId,
    hold: { owner: string; now: number; until: number },
  ): Promise<Announcement | undefined>;
  /**
   * Stores what Slack shows now and lets go. `retryAt`: something is still to be said then; without
   * it the grant leaves the outbox. Where the grant is of another version by now than `version`, of which
   * was told, it stays due as its change made it: "more". Does nothing where the hold has gone to someone
   * else. "done": nothing now that this announcer knows of. A hint: the outbox decides.
   */
  saveAnnouncement(
    id: GrantId,
    owner: string,
    result: { version: number; shown: Shown; retryAt?: number },
  ): Promise<"done" | "more">;
  /**
   * Stores what Slack shows so far and keeps the hold; the `nth` time in it (1 unless told). False: the hold
   * has gone to someone else. NB. A first try that was lost may land late: not over what a later one stored.
   */
  keepAnnouncement(id: GrantId, owner: string, shown: Shown, nth?: number): Promise<boolean>;

  /**
   * Puts a grant into the outbox at `at` (epoch ms) that an earlier release let go, and adds to its row what that
   * did not write. False: it is in it, or at another version, and nothing was written.
   */
  putBack(from: Stored, at: number): Promise<boolean>;

  /** Somebody looks at their App Home at `at` (epoch ms): puts it into the outbox. */
  homeOpened(user: SlackUserId, at: number): Promise<void>;
  /** Puts the homes of those of `users` who have looked since `since` into the outbox, and names them. */
  touchHomes(
    users: readonly SlackUserId[],
    times: { since: number; at: number },
  ): Promise<readonly SlackUserId[]>;
  /** As `holdAnnouncement`, for somebody's App Home. */
  holdHome(
    user: SlackUserId,
    hold: { owner: string; now: number; until: number },
  ): Promise<HeldHome | undefined>;
  /** As `saveAnnouncement`: without `retryAt` it leaves the outbox unless it was touched since `held`. */
  saveHome(
    user: SlackUserId,
    owner: string,
    result: { held: HeldHome; retryAt?: number },
  ): Promise<"done" | "more">;

  /** Until when Slack wants nothing sent (epoch ms), by channel, person or kind of call. */
  pauses(): Promise<Readonly<Record<string, number>>>;
  /** Replaces them; two at once may lose one, which Slack then says again. */
  savePauses(pauses: Readonly<Record<string, number>>): Promise<void>;
}

/** What can go wrong in the store. `undecodable` and `newer-schema` name a row that stays as it is. */
export type StoreErrorCode = "unavailable" | "undecodable" | "newer-schema";

export class StoreError extends Error {
  readonly code: StoreErrorCode;
  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "StoreError";
    this.code = code;
  }
}
