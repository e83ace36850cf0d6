// What must hold in the simulated world, checked against its true state at every step, not against what the broker believes.

import { isDeepStrictEqual } from "node:util";
import { type Grant, wantsAccess } from "../../lib/grant/grant.ts";
import type { SlackUserId } from "../../lib/grant/ids.ts";
import type { Policy } from "../../lib/policy/policy.ts";
import type { Stored } from "../../lib/store/store.ts";
import type { MemoryStore } from "../support/memory-store.ts";
import { BOB, EVE, LEADS, LEE } from "./catalogue.ts";
import { type ClusterWitness, foreignText, lentIn, type SimulatedClusters } from "./cluster.ts";
import { groupArn, type Iam, type IamWitness } from "./iam.ts";
import type { Process, World } from "./outside.ts";

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

export interface Truth extends IamWitness, ClusterWitness {
  readonly violation: Violation | undefined;
  /** Somebody put `userId` into `group` by hand, for good, before any grant came. */
  stands(group: string, userId: string): void;
  /** A row as it was and as it is; `by` is the process that wrote it. */
  rowChanged(by: Process, before: Stored | undefined, after: Stored | undefined): void;
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
  },
): Truth {
  const { loop, figures } = world;
  let violation: Violation | undefined;
  const standing = new Set<string>();
  /** When somebody last lost something by a write that came late: such a loss is nobody's fault. */
  const lostLate = new Map<string, number>();
  const check = (holds: boolean, rule: string, what: () => string) => {
    figures.checks += 1;
    if (holds || violation !== undefined) return;
    violation = { rule, what: what() };
    world.trace?.(() => `✗ ${rule}: ${what()}`);
  };
  const grants = () =>
    parts
      .store()
      .grants()
      .map(({ grant }) => grant);

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
        return spec.groups.some((each) => `${arn} ${each}` === line);
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
  /** All that is lent now, standing access left out. */
  const everything = (): Access[] => [
    ...[...parts.iam().members].flatMap(([group, members]) =>
      [...members]
        .filter((id) => !standing.has(`${group} ${id}`))
        .map((id) => membership(group, id)),
    ),
    ...[...parts.clusters().texts].flatMap(([cluster, text]) =>
      [...lentIn(text)].map((line) => lent(cluster, line)),
    ),
  ];

  const mayBeIssued = (access: Access, from: string) => {
    const resting = grants().filter((grant) => access.restsOn(grant) && isOpen(grant));
    check(
      resting.some((grant) => loop.now() < (windowOf(grant)?.expiresAt ?? 0)),
      "nothing is written at or after the end of its window",
      () => `${from} gives ${access.what}; windows of ${idsOf(resting)} are over`,
    );
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
        grant.status === "active" && access.restsOn(grant) && wantsAccess(grant, loop.now()),
    );
    check(
      live.length === 0,
      "nothing is taken that a live grant rests on",
      () => `${from} takes ${access.what}, on which ${idsOf(live)} rests`,
    );
  };

  return {
    get violation() {
      return violation;
    },
    broken: (rule, what) => check(false, rule, () => what),
    stands: (group, userId) => standing.add(`${group} ${userId}`),

    addIssued: (by, group, userId) => mayBeIssued(membership(group, userId), by.name),
    added: (by, group, userId) => came(membership(group, userId), by),
    removeIssued: (by, group, userId) => mayBeTaken(membership(group, userId), by.name),
    removed(by, group, userId) {
      lostLate.set(membership(group, userId).what, loop.now());
      check(
        !standing.has(`${group} ${userId}`),
        "standing access is never removed",
        () => `${by.name} removed ${userId} from ${group}`,
      );
    },

    writeIssued(by, cluster, before, after) {
      const [had, has] = [lentIn(before), lentIn(after)];
      for (const line of has) if (!had.has(line)) mayBeIssued(lent(cluster, line), by.name);
      for (const line of had) if (!has.has(line)) mayBeTaken(lent(cluster, line), by.name);
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
      for (const line of had)
        if (!has.has(line)) lostLate.set(lent(cluster, line).what, loop.now());
    },

    rowChanged(by, before, after) {
      if (after === undefined || before?.version === after.version) return;
      const next = after.grant;
      const from = before?.grant;
      world.trace?.(() => `row ${next.id} is ${next.status} v${after.version} by ${by.name}`);
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
        windowOf(from) === undefined || isDeepStrictEqual(windowOf(from), windowOf(next)),
        "a window stays as it was begun",
        () => `${next.id}: ${JSON.stringify(windowOf(from))} → ${JSON.stringify(windowOf(next))}`,
      );
      if (from.status === "pending" && next.status === "approved") {
        check(
          isApprovedWell(next),
          "a request is approved by enough people who may",
          () => `${next.id} of ${next.requester}: ${JSON.stringify(next.approvals)}`,
        );
      }
      if (windowOf(from) === undefined && windowOf(next) !== undefined) {
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
        const losses = [...lostLate].filter(([, at]) => at > loop.now() - RECENT_MS);
        check(
          losses.length > 0 || isThere(next),
          "what is called active is there",
          () => `${next.id} is active by ${by.name}`,
        );
      }
      if (next.status === "ended") {
        for (const access of everything()) {
          if (!access.restsOn(next)) continue;
          check(
            grants().some(
              (grant) => grant.id !== next.id && access.restsOn(grant) && isOpen(grant),
            ),
            "what has ended is gone",
            () => `${next.id} ended by ${by.name}; ${access.what} is still there`,
          );
        }
      }
    },

    checkOverdue(lastFaultAt, graceMs) {
      for (const access of everything()) {
        const resting = grants().filter((grant) => access.restsOn(grant));
        const endsAt = Math.max(...resting.map((grant) => windowOf(grant)?.expiresAt ?? 0));
        check(
          loop.now() <= Math.max(endsAt, lastFaultAt) + graceMs,
          "access ends on time",
          () => `${access.what} is there ${(loop.now() - endsAt) / 1_000} s after its end`,
        );
      }
    },

    checkEnd() {
      for (const access of everything()) {
        check(false, "in the end nobody has what was lent", () => access.what);
      }
      for (const { claims } of parts.store().assignments()) figures.deadClaims += claims.length;
    },
  };
}

/** Losses by late writes count for this long. */
const RECENT_MS = 60_000;

function windowOf(grant: Grant) {
  return "window" in grant ? grant.window : undefined;
}

function isOpen({ status }: Grant): boolean {
  return status === "approved" || status === "active" || status === "revoking";
}

function idsOf(grants: readonly Grant[]): string {
  return grants.map(({ id, status }) => `${id} (${status})`).join(", ") || "no grant";
}

/** Enough different people, none of them the requester: by the world's own list of who is who. */
function isApprovedWell(grant: Grant): boolean {
  if (grant.entitlement.id === "automatic") return true;
  const approvals = "approvals" in grant ? grant.approvals : [];
  const by = new Set<SlackUserId>(approvals.map((each) => each.by));
  const needed = grant.entitlement.id === "two-approvals" ? 2 : 1;
  const isAda = grant.requester !== EVE && grant.principal.endsWith("web-user-1");
  const able = [BOB, LEE, ...(isAda ? [] : [EVE])];
  return (
    by.size >= needed &&
    by.size === approvals.length &&
    [...by].every((each) => able.includes(each))
  );
}

/** Whether `policy` still gives what the grant was asked for, to whom, by whom. */
function holdsUnder(policy: Policy, grant: Grant): boolean {
  const entitlement = policy.entitlements[grant.entitlement.id];
  if (entitlement === undefined || !isDeepStrictEqual(entitlement.targets, grant.targets)) {
    return false;
  }
  const isRequester = policy.groups["developers"]?.users.includes(grant.requester) ?? false;
  const leads = policy.groups["leads"];
  const approvals = "approvals" in grant ? grant.approvals : [];
  const counting = approvals.filter(
    ({ by }) => leads?.users.includes(by) || (by === LEE && leads?.usergroup === LEADS),
  );
  const needed = entitlement.approval.kind === "automatic" ? 0 : entitlement.approval.count;
  return isRequester && counting.length >= needed;
}
