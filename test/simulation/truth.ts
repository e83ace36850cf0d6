// What must hold in the simulated world, checked against its true state at every step, not against what the broker believes.

import { isDeepStrictEqual } from "node:util";
import {
  type EndCause,
  type Grant,
  type HistoryEntry,
  wantsAccess,
} from "../../lib/grant/grant.ts";
import type { Stored } from "../../lib/store/store.ts";
import type { MemoryStore } from "../support/memory-store.ts";
import { foreignText, isMappedByOthers, lentIn, WIDENED } from "./aws-auth-text.ts";
import type { ClusterWitness, SimulatedClusters } from "./cluster.ts";
import { groupArn, type Iam, type IamWitness } from "./iam.ts";
import { holdsUnder, isApprovedWell, isExtendedWell, membersFor } from "./oracle.ts";
import type { Process, World } from "./outside.ts";
import type { SimulatedSlack } from "./slack.ts";
import { createSlackTruth, type SlackTruth } from "./told.ts";

export interface Violation {
  /** The rule that was broken, the same text for every case of it. */
  readonly rule: string;
  readonly what: string;
}

/** One thing that somebody has in truth, and the grants by which they may have it. */
interface Access {
  readonly what: string;
  readonly restsOn: (grant: Grant) => boolean;
}

export interface Truth extends IamWitness, ClusterWitness, SlackTruth {
  readonly violation: Violation | undefined;
  /** `userId` is in `group` by somebody's hand, for good, with nothing of the broker's under way. */
  stands(group: string, userId: string): void;
  /** Somebody puts `userId` into `group` by hand, for good; at a moment when it may be lent it counts as lent. */
  joinedByHand(group: string, userId: string): void;
  leftByHand(group: string, userId: string): void;
  /** Until when (epoch ms) nobody can read the rows of grants, by their ids. */
  readonly spoiltUntil: Map<string, number>;
  /** A row as it was and as it is; `by` is the process that wrote it. */
  rowChanged(by: Process, before: Stored | undefined, after: Stored | undefined): void;
  /** A save that answered "stale": whether the row is as that very save left it. */
  foundStale(id: string, isAsSaved: boolean): void;
  /** Access that should be over for more than `graceMs`. */
  checkOverdue(lastFaultAt: number, graceMs: number): void;
  /** Everything is over: nobody has anything, nothing waits. */
  checkEnd(): void;
  /** A broken promise that is found elsewhere. */
  broken(rule: string, what: string): void;
}

/** The steps that a row may take. */
const NEXT: Readonly<Record<Grant["status"], readonly Grant["status"][]>> = {
  pending: ["pending", "approved", "denied", "cancelled", "lapsed"],
  approved: ["approved", "active", "revoking", "ended"],
  active: ["active", "revoking"],
  revoking: ["revoking", "ended"],
  denied: [],
  cancelled: [],
  lapsed: [],
  ended: [],
};

/** The parts of the world are made after the truth about them is, so they come as functions. */
export function createTruth(
  world: World,
  parts: {
    store: () => Pick<MemoryStore, "grants" | "assignments">;
    iam: () => Iam;
    clusters: () => SimulatedClusters;
    slack: () => SimulatedSlack;
    wasRedeployed: () => boolean;
  },
  /** Whether Slack is told, and looked at for who has left. */
  isTelling: boolean,
): Truth {
  const { loop, figures } = world;
  let violation: Violation | undefined;
  const standing = new Set<string>();
  /** Whose and which it is cannot be told: joined by hand while lent, or put back by a tool of others. */
  const nobodys = new Set<string>();
  /** Until when the rows of grants cannot be read: only then can they come to their end. */
  const spoiltUntil = new Map<string, number>();
  /** When somebody last lost something by the hand of others: such a loss is not the broker's fault. */
  const lostToOthers = new Map<string, number>();
  const check = (holds: boolean, rule: string, what: () => string) => {
    figures.rules[rule] = (figures.rules[rule] ?? 0) + 1;
    if (holds || violation !== undefined) return;
    violation = { rule, what: what() };
    world.trace?.(() => `✗ ${rule}: ${what()}`);
  };
  const grants = () =>
    parts
      .store()
      .grants()
      .map(({ grant }) => grant);

  /** Who of those that a step takes is no full member any more, and was none when its process began. */
  const notMembers = (grant: Grant, entry: HistoryEntry, { startedAt }: Process) =>
    membersFor(grant, entry).filter(
      (user) => (parts.slack().leftAt(user) ?? Number.POSITIVE_INFINITY) < startedAt,
    );
  /** When Latchkey, with nothing in its way, has found out that a requester has left, and ended the grant. */
  const leaverEndsAt = ({ requester }: Grant, lastFaultAt: number) => {
    const at = parts.slack().leftAt(requester);
    if (at === undefined || !isTelling) return Number.POSITIVE_INFINITY;
    return Math.max(at + LOOKED_AFTER_MS, lastFaultAt + HELD_MS) + NEXT_SWEEP_MS;
  };

  const membership = (group: string, userId: string): Access => ({
    what: `${userId} in ${group}`,
    restsOn: (grant) =>
      windowOf(grant)?.principalId === userId &&
      grant.targets.some((spec) => spec.kind === "iam-group" && spec.arn === groupArn(group)),
  });
  /** `lent`: `<arn> <Kubernetes group>`. */
  const lent = (cluster: string, line: string): Access => ({
    what: `${line} in ${cluster}`,
    restsOn: (grant) =>
      windowOf(grant) !== undefined &&
      grant.targets.some((spec) => {
        if (spec.kind !== "aws-auth" || spec.cluster.name !== cluster) return false;
        const arn = spec.role?.replace(/:role\/.*\//, ":role/") ?? grant.principal;
        // What others add to an entry of ours goes with the entry.
        return [...spec.groups, WIDENED].some((each) => `${arn} ${each}` === line);
      }),
  });
  const isThere = (grant: Grant): boolean =>
    grant.targets.every((spec) => {
      if (spec.kind === "iam-group") {
        const members = parts.iam().members.get(spec.arn.slice(spec.arn.lastIndexOf("/") + 1));
        return members?.has(windowOf(grant)?.principalId ?? "") ?? false;
      }
      const lines = lentIn(parts.clusters().texts.get(spec.cluster.name) ?? {});
      const arn = spec.role?.replace(/:role\/.*\//, ":role/") ?? grant.principal;
      return spec.groups.every((each) => lines.has(`${arn} ${each}`));
    });
  const named = (access: Access) => !nobodys.has(access.what);
  /** All that is lent now, standing access left out. */
  const everything = (): Access[] =>
    [
      ...[...parts.iam().members].flatMap(([group, members]) =>
        [...members]
          .filter((id) => !standing.has(`${group} ${id}`))
          .map((id) => membership(group, id)),
      ),
      ...[...parts.clusters().texts].flatMap(([cluster, text]) =>
        [...lentIn(text)].map((line) => lent(cluster, line)),
      ),
    ].filter(named);

  const lost = ({ what }: Access) => {
    lostToOthers.set(what, loop.now());
    nobodys.delete(what);
  };
  const mayBeIssued = (access: Access, from: string) => {
    const resting = grants().filter((grant) => access.restsOn(grant) && isOpen(grant));
    check(
      resting.some((grant) => loop.now() < (windowOf(grant)?.expiresAt ?? 0) + world.skewMs),
      "nothing is written at or after the end of its window",
      () => `${from} gives ${access.what}; windows of ${idsOf(resting)} are over`,
    );
  };
  /** From here on it is lent, whoever had put it back before. */
  const forgetPutBack = (grant: Grant) => {
    for (const [cluster, text] of parts.clusters().texts) {
      for (const line of lentIn(text)) {
        const access = lent(cluster, line);
        if (access.restsOn(grant)) nobodys.delete(access.what);
      }
    }
  };
  const came = (access: Access, by: Process) => {
    const resting = grants().filter((grant) => access.restsOn(grant) && isOpen(grant));
    check(
      resting.length > 0,
      "nothing is given that no open row announces",
      () => `${by.name} gave ${access.what}`,
    );
    check(
      resting.some(isApprovedWell),
      "nothing is given without the approvals that it needs",
      () => `${by.name} gave ${access.what} for ${idsOf(resting)}`,
    );
  };
  const mayBeTaken = (access: Access, from: string) => {
    const live = grants().filter(
      (grant) =>
        grant.status === "active" &&
        access.restsOn(grant) &&
        wantsAccess(grant, loop.now() + world.skewMs) &&
        !spoiltUntil.has(grant.id),
    );
    check(
      live.length === 0,
      "nothing is taken that a live grant rests on",
      () => `${from} takes ${access.what}, on which ${idsOf(live)} rests`,
    );
  };

  const told = createSlackTruth(world, { ...parts, grants, spoiltUntil, check });

  return {
    ...told,
    get violation() {
      return violation;
    },
    broken: (rule, what) => check(false, rule, () => what),
    stands: (group, userId) => standing.add(`${group} ${userId}`),
    joinedByHand(group, userId) {
      const access = membership(group, userId);
      const isLent = () =>
        grants().some(
          (grant) =>
            isOpen(grant) &&
            grant.targets.some((spec) => spec.kind === "iam-group" && spec.arn === groupArn(group)),
        );
      nobodys.add(access.what);
      if (isLent()) return;
      // What IAM does not show yet nobody can leave alone.
      loop.at(loop.now() + SHOWN_MS, () => {
        if (isLent() || !parts.iam().members.get(group)?.has(userId)) return;
        nobodys.delete(access.what);
        standing.add(`${group} ${userId}`);
      });
    },
    leftByHand(group, userId) {
      standing.delete(`${group} ${userId}`);
      nobodys.delete(membership(group, userId).what);
      lostToOthers.set(membership(group, userId).what, loop.now());
    },
    spoiltUntil,

    addIssued: (by, group, userId) => mayBeIssued(membership(group, userId), by.name),
    added: (by, group, userId) => came(membership(group, userId), by),
    removeIssued: (by, group, userId) => mayBeTaken(membership(group, userId), by.name),
    removed(by, group, userId) {
      nobodys.delete(membership(group, userId).what);
      check(
        !standing.has(`${group} ${userId}`),
        "standing access is never removed",
        () => `${by.name} removed ${userId} from ${group}`,
      );
    },

    writeIssued(by, cluster, before, after) {
      const [had, has] = [lentIn(before), lentIn(after)];
      for (const line of has) if (!had.has(line)) mayBeIssued(lent(cluster, line), by.name);
      for (const line of had) {
        // Of two entries for one ARN the cluster obeys either, so ours cannot be kept for anybody.
        const isContested = isMappedByOthers(before, line.slice(0, line.indexOf(" ")));
        const isOurs = !line.endsWith(` ${WIDENED}`);
        if (!has.has(line) && isOurs && !isContested) mayBeTaken(lent(cluster, line), by.name);
      }
    },
    written(by, cluster, before, after) {
      check(
        foreignText(before) === foreignText(after),
        "what others wrote in aws-auth stays, byte for byte",
        () => `${by.name} wrote ${cluster}:\n${JSON.stringify(before)}\n${JSON.stringify(after)}`,
      );
      const had = lentIn(before);
      for (const line of lentIn(after)) if (!had.has(line)) came(lent(cluster, line), by);
      const has = lentIn(after);
      for (const line of had) if (!has.has(line)) nobodys.delete(lent(cluster, line).what);
    },
    changedByOthers(cluster, before, after) {
      const [had, has] = [lentIn(before), lentIn(after)];
      for (const line of had) if (!has.has(line)) lost(lent(cluster, line));
      for (const line of has) {
        if (had.has(line)) continue;
        const access = lent(cluster, line);
        // Where the end of a grant is yet to begin, it is what takes it away; later it may be too late.
        const willBeTaken = grants().some(
          (grant) => grant.status !== "revoking" && isOpen(grant) && access.restsOn(grant),
        );
        if (willBeTaken) continue;
        nobodys.add(access.what);
        figures.putBack += 1;
      }
    },

    rowChanged(by, before, after) {
      if (after === undefined || before?.version === after.version) return;
      const next = after.grant;
      const from = before?.grant;
      world.trace?.(() => `row ${next.id} is ${next.status} v${after.version} by ${by.name}`);
      for (const entry of next.history.slice(from?.history.length ?? 0)) {
        const left = notMembers(next, entry, by);
        check(
          left.length === 0,
          "nobody asks, decides or is given anything who is no full member",
          () => `${next.id} ${entry.event} by ${entry.by}; ${left.join(", ")} had left`,
        );
      }
      if (from === undefined) return;
      check(
        NEXT[from.status].includes(next.status),
        "a row takes only the steps there are",
        () => `${next.id}: ${from.status} → ${next.status} by ${by.name}`,
      );
      check(
        isDeepStrictEqual(next.history.slice(0, from.history.length), from.history),
        "no entry of a history is lost",
        () => `${next.id}: ${JSON.stringify(from.history)} → ${JSON.stringify(next.history)}`,
      );
      check(
        windowOf(from) === undefined ||
          isDeepStrictEqual(windowOf(from), windowOf(next)) ||
          isExtendedWell(by.deployed, from, next),
        "a window stays as it was begun, or is extended as it may be",
        () => `${JSON.stringify(from)} → ${JSON.stringify(next)} under ${by.deployed.hash}`,
      );
      if ("cause" in next && !("cause" in from) && isByLatchkey(next.cause)) {
        check(
          parts.slack().leftAt(next.requester) !== undefined,
          "Latchkey itself ends only what somebody has who has left",
          () => `${next.id} of ${next.requester}: ${JSON.stringify(next.cause)}`,
        );
      }
      if (from.status === "pending" && "approvals" in next) {
        const late = next.approvals.filter(({ at }) => at >= from.lapsesAt);
        check(
          late.length === 0,
          "a request that has lapsed is not approved",
          () => `${next.id} lapsed at ${from.lapsesAt}: ${JSON.stringify(late)}`,
        );
      }
      if (from.status === "pending" && next.status === "approved") {
        check(
          isApprovedWell(next),
          "a request is approved by enough people who may",
          () => `${next.id} of ${next.requester}: ${JSON.stringify(next.approvals)}`,
        );
      }
      if (windowOf(from) === undefined && windowOf(next) !== undefined) {
        forgetPutBack(next);
        check(
          holdsUnder(by.deployed, next),
          "an approval is carried out only while it holds",
          () => `${next.id} (${next.entitlement.id}) began under ${by.deployed.hash}`,
        );
        const others = grants().filter(
          ({ principal, id }) => id !== next.id && principal === next.principal,
        );
        check(
          others.every(
            (other) =>
              windowOf(other) === undefined ||
              windowOf(other)?.principalId === windowOf(next)?.principalId,
          ),
          "a user who was made anew is someone else",
          () => `${next.id} began for ${windowOf(next)?.principalId}`,
        );
      }
      if (next.status === "active" && from.status !== "active") {
        const losses = [...lostToOthers].filter(([, at]) => at > loop.now() - RECENT_MS);
        check(
          // A save can land after the end of the window; then there is nothing to be there.
          losses.length > 0 || !wantsAccess(next, loop.now() + world.skewMs) || isThere(next),
          "what is called active is there",
          () => `${next.id} is active by ${by.name}`,
        );
      }
      if (next.status === "ended") {
        const others = grants().filter((grant) => grant.id !== next.id && isOpen(grant));
        const left = everything().find(
          (access) => access.restsOn(next) && !others.some((grant) => access.restsOn(grant)),
        );
        check(
          left === undefined,
          "what has ended is gone",
          () => `${next.id} ended by ${by.name}; ${left?.what} is still there`,
        );
      }
    },

    foundStale: (id, isAsSaved) =>
      check(!isAsSaved, "a save that happened is not called stale", () => id),

    checkOverdue(lastFaultAt, graceMs) {
      for (const access of everything()) {
        const resting = grants().filter((grant) => access.restsOn(grant));
        const endsAt = Math.max(
          ...resting.map((grant) =>
            Math.max(
              Math.min(windowOf(grant)?.expiresAt ?? 0, leaverEndsAt(grant, lastFaultAt)),
              spoiltUntil.get(grant.id) ?? 0,
            ),
          ),
        );
        check(
          loop.now() <= Math.max(endsAt, lastFaultAt) + graceMs,
          "access ends on time",
          () => `${access.what} is there ${(loop.now() - endsAt) / 1_000} s after its end`,
        );
      }
    },

    checkEnd() {
      const left = everything();
      check(left.length === 0, "in the end nobody has what was lent", () =>
        left.map(({ what }) => what).join(", "),
      );
      for (const [cluster, { before, after }] of parts.clusters().untouched()) {
        check(
          isDeepStrictEqual(before, after),
          "an aws-auth that nobody else changed is as it was, byte for byte",
          () => `${cluster}: ${JSON.stringify(before)} → ${JSON.stringify(after)}`,
        );
      }
      for (const { claims } of parts.store().assignments()) figures.deadClaims += claims.length;
    },
  };
}

/** IAM shows by then whatever has been written. */
const SHOWN_MS = 3_000;
/** Losses to others count for this long. */
const RECENT_MS = 60_000;
/** So often Slack is asked whether who has access is still there. */
const LOOKED_AFTER_MS = 15 * 60_000;
/** What a run holds that died is free after this, and the next run comes after that. */
const HELD_MS = 100_000;
const NEXT_SWEEP_MS = 90_000;

function isByLatchkey(cause: EndCause): boolean {
  return cause.kind === "revoked" && cause.by === "latchkey";
}

function windowOf(grant: Grant) {
  return "window" in grant ? grant.window : undefined;
}

function isOpen({ status }: Grant): boolean {
  return status === "approved" || status === "active" || status === "revoking";
}

function idsOf(grants: readonly Grant[]): string {
  return grants.map(({ id, status }) => `${id} (${status})`).join(", ") || "no grant";
}
