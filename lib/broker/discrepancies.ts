// Where the table and the places differ: pure, from what one look saw of both.

import { type ActiveGrant, type Grant, overAt, type RevokingGrant } from "../grant/grant.ts";
import type { BegunGrant } from "../grant/steps.ts";
import {
  type AssignmentKey,
  assignmentKey,
  type PlaceKey,
  placeKey,
  type TargetSpec,
} from "../grant/target-spec.ts";
import type { Listed } from "../targets/target.ts";
import type { LeftOver, Missing, Overdue, Stopped, Unlent, Unseen } from "./findings.ts";

/** How long access may be over before its end counts as late: revoke tries every two minutes at least. */
const LATE_MS = 5 * 60_000;
/** How long a sweep may be without a full pass; it is woken every minute. */
const STOPPED_MS = 5 * 60_000;

/** A grant whose access may be there. */
export type Alive = ActiveGrant | BegunGrant | RevokingGrant;

export function isAlive(grant: Grant): grant is Alive {
  const { status } = grant;
  if (status === "approved") return grant.window !== undefined;
  return status === "active" || status === "revoking";
}

/** What stands at a place, one for each assignment. */
export type Listing = ReadonlyMap<AssignmentKey, Listed>;
/** What stands at each place, or that nobody could look. */
export type Places = ReadonlyMap<PlaceKey, Listing | Unseen>;

/** A cluster obeys only one of several entries of a principal, and together they give all that they may. */
export function listingOf(found: readonly Listed[]): Listing {
  const listing = new Map<AssignmentKey, Listed>();
  for (const each of found) {
    const other = listing.get(each.key);
    const gives = [...new Set([...(other?.gives ?? []), ...each.gives])];
    listing.set(each.key, { ...other, ...each, gives });
  }
  return listing;
}

export const isUnseen = (place: Listing | Unseen): place is Unseen => "kind" in place;

/** For how long the access has been over that should have ended first; 0: there is none. */
export function oldestOverdueMs(grants: readonly Alive[], now: number): number {
  return grants.reduce((most, grant) => Math.max(most, now - endOf(grant)), 0);
}

export function overdue(grants: readonly Alive[], now: number): readonly Overdue[] {
  return grants
    .filter((grant) => now - endOf(grant) > LATE_MS)
    .map((grant) => ({ kind: "overdue", ...factsOf(grant), since: endOf(grant) }));
}

function endOf(grant: Alive): number {
  return overAt(grant) ?? grant.window.expiresAt;
}

/** Those of `sweeps` that have not seen everything for too long; `passes` says when they last did. */
export function stopped(
  sweeps: readonly string[],
  passes: Readonly<Record<string, number>>,
  now: number,
): readonly Stopped[] {
  return sweeps.flatMap((sweep): readonly Stopped[] => {
    const since = passes[sweep];
    if (since === undefined) return [{ kind: "stopped", sweep }];
    return now - since > STOPPED_MS ? [{ kind: "stopped", sweep, since }] : [];
  });
}

/** What stands somewhere and is no part of a grant. */
export function strays(places: Places, grants: readonly Alive[]): readonly (LeftOver | Unlent)[] {
  const wanted = new Map<AssignmentKey, Set<string>>();
  for (const { key, spec } of grants.flatMap(restsOn)) {
    const groups = wanted.get(key) ?? new Set();
    for (const group of groupsOf(spec)) groups.add(group);
    wanted.set(key, groups);
  }
  return [...places].flatMap(([place, listing]) =>
    isUnseen(listing)
      ? []
      : [...listing.values()].flatMap(({ key, holder, gives, isMarked }) => {
          const lent = wanted.get(key);
          const groups = gives.filter((group) => !lent?.has(group)).sort();
          if (lent !== undefined && groups.length === 0) return [];
          const kind = isMarked ? ("left-over" as const) : ("unlent" as const);
          return [{ kind, place, assignment: key, holder, groups }];
        }),
  );
}

/** What a live grant has lent and is not there, or not so. */
export function missing(places: Places, grants: readonly Alive[], now: number): readonly Missing[] {
  return grants
    .filter(({ status, window }) => status === "active" && now < window.expiresAt)
    .flatMap((grant) =>
      restsOn(grant).flatMap(({ key, spec }): readonly Missing[] => {
        const place = placeKey(spec);
        const listing = places.get(place);
        if (listing === undefined || isUnseen(listing)) return [];
        const there = listing.get(key);
        const groups = groupsOf(spec).filter((group) => !there?.gives.includes(group));
        const isThere = there !== undefined && there.isContested !== true && groups.length === 0;
        if (isThere) return [];
        const at = { place, assignment: key, holder: holderOf(spec, grant), groups };
        return [{ kind: "missing", ...factsOf(grant), ...at, until: grant.window.expiresAt }];
      }),
    );
}

function restsOn(grant: Alive) {
  const principal = { arn: grant.principal, id: grant.window.principalId };
  return grant.targets.map((spec) => ({ key: assignmentKey(spec, principal), spec }));
}

function factsOf({ id, entitlement, requester }: Alive) {
  return { grant: id, entitlement: entitlement.id, requester };
}

function holderOf(spec: TargetSpec, { principal }: Alive): string {
  return spec.kind === "aws-auth" ? (spec.role ?? principal) : principal;
}

function groupsOf(spec: TargetSpec): readonly string[] {
  return spec.kind === "aws-auth" ? spec.groups : [];
}
