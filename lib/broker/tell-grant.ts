// Tells Slack of one grant: gathers what is said beside it, has it shown, and notes when there is more to say.

import { type Grant, isOver } from "../grant/grant.ts";
import { type GrantId, parseSlackUserId, type SlackUserId } from "../grant/ids.ts";
import { pauseAfter } from "../grant/steps.ts";
import { usergroupsFor } from "../policy/may.ts";
import { entitlementOf } from "../policy/membership.ts";
import { approversOf } from "../policy/who-decides.ts";
import type { Announcement, Shown } from "../store/store.ts";
import { backgroundOf } from "./background.ts";
import type { Desk } from "./desk.ts";
import { checkedIfDue, nextCheckAt } from "./leavers.ts";
import type { Ports, Telling, Told } from "./ports.ts";
import { readUsergroups } from "./read-usergroups.ts";
import { nextWordAt } from "./reminders.ts";
import { leaseUntil, type Run, stayUntil } from "./run.ts";

/** Slack did not take something: tried again after this, and twice as long each time after. */
const FIRST_PAUSE_FACTOR = 10;
const LONGEST_PAUSE_MS = 2 * 60_000;
/** Where waiting does not help, somebody has to: the bot is to be invited, the channel mended. */
const LONGEST_LASTING_PAUSE_MS = 15 * 60_000;
/** After this nobody needs to read any more what could never be told. */
const GIVEN_UP_MS = 24 * 60 * 60_000;
/** An App Home that nobody has opened for so long is made anew when somebody does. */
const LOOKING_MS = 12 * 60 * 60_000;
// A grant may change while it is told: then it is told again at once, but not for ever.
const ROUNDS = 3;

type NeededPorts = Parameters<typeof checkedIfDue>[0] &
  Pick<Ports, "policy" | "clock" | "ids" | "store" | "directory" | "messenger" | "log">;

/** A grant whose announcement this run holds. */
export interface HeldGrant extends Announcement {
  readonly owner: string;
}

/** Takes hold of a grant's announcement. Undefined: nothing to say, or somebody else is at it. */
export async function holdGrant(
  { clock, ids, store }: Pick<Ports, "clock" | "ids" | "store">,
  run: Run,
  id: GrantId,
): Promise<HeldGrant | undefined> {
  const owner = ids.owner();
  const held = await store.holdAnnouncement(id, {
    owner,
    now: clock.now(),
    until: leaseUntil(run),
  });
  return held === undefined ? undefined : { ...held, owner };
}

/** Tells of the grant, and of what it becomes meanwhile; answers with whose App Home is out of date by it. */
export async function tellGrant(
  ports: NeededPorts,
  run: Run,
  desk: Desk,
  held: HeldGrant,
): Promise<readonly SlackUserId[]> {
  const homes = new Set<SlackUserId>();
  let next: HeldGrant | undefined = held;
  for (let round = 0; next !== undefined && round < ROUNDS; round++) {
    const { stored, owner }: HeldGrant = next;
    const { id } = stored.grant;
    if (ports.clock.now() >= stayUntil(run)) {
      const unsaid = { version: stored.version, shown: next.shown, retryAt: ports.clock.now() };
      await ports.store.saveAnnouncement(id, owner, unsaid);
      run.left = true;
      break;
    }
    const { told, touched } = await tellOnce(ports, run, desk, next);
    for (const user of touched) homes.add(user);
    const left = await ports.store.saveAnnouncement(id, owner, {
      version: stored.version,
      shown: told.shown,
      ...retryOf(ports.clock.now(), stored.grant, told),
    });
    if (left === "done" || told.problem !== undefined) break;
    next = await holdGrant(ports, run, id);
  }
  return [...homes];
}

async function tellOnce(
  ports: NeededPorts,
  run: Run,
  desk: Desk,
  { stored, shown, isTakenOver, owner }: HeldGrant,
): Promise<{ told: Told; touched: readonly SlackUserId[] }> {
  const { grant, version } = stored;
  const checkedAt = await checkedIfDue(ports, desk, grant, shown);
  const before: Shown = { ...shown, ...(checkedAt === undefined ? {} : { checkedAt }) };
  const telling = await tellingOf(ports, grant, before);
  let kept = 0;
  const state = { grant, version, shown: before, ...(isTakenOver && { isTakenOver }) };
  const told = await ports.messenger.show(state, telling, {
    pauses: desk.pauses,
    keep: async (standing) =>
      (await ports.store.keepAnnouncement(grant.id, owner, standing, ++kept)) &&
      ports.clock.now() < stayUntil(run),
  });
  const touched = shown.version === version ? [] : await touchHomes(ports, grant, telling);
  const sent = touched === undefined ? withoutHomes(told, shown) : told;
  return { told: counted(ports, desk, grant, sent, shown), touched: touched ?? [] };
}

/** Told, but for App Homes: it does not count as told of this version. */
function withoutHomes(told: Told, { version }: Shown): Told {
  return { problem: "homes not touched", ...told, shown: { ...told.shown, version } };
}

/** Counts, and logs, how often in a row something was in the way, and notes since when. */
function counted(
  { clock, log }: Pick<Ports, "clock" | "log">,
  desk: Desk,
  { id }: Grant,
  told: Told,
  before: Shown,
): Told {
  const { failures: _, untoldSince: __, ...shown } = told.shown;
  if (told.problem === undefined) return { ...told, shown };
  // NB. A release from before `untoldSince` leaves it standing where it takes `failures` away: they are one.
  const untoldSince = (before.failures && before.untoldSince) || clock.now();
  desk.noteUntold(untoldSince);
  const failures = (before.failures ?? 0) + 1;
  log.warn("grant not told in Slack yet", { grant: id, problem: told.problem, failures });
  return { ...told, shown: { ...shown, failures, untoldSince } };
}

/** What is told of `grant` beside itself. Slack and the table are asked only where something is to be decided. */
async function tellingOf(ports: NeededPorts, grant: Grant, shown: Shown): Promise<Telling> {
  const { policy, clock } = ports;
  const entitlement = entitlementOf(policy, grant.entitlement.id);
  const usergroups = usergroupsFor(policy, grant.entitlement.id, "approvers");
  const listed = approversOf(policy, new Map(), grant);
  const common = { now: clock.now(), entitlement, usergroups, listed };
  if (!isToBeDecided(grant)) return { ...common, approvers: askedSoFar(shown) };
  const [read, background] = await Promise.all([
    readUsergroups(ports, usergroups),
    backgroundOf(ports, grant),
  ]);
  return { ...common, approvers: approversOf(policy, read, grant), background };
}

function isToBeDecided(grant: Grant): boolean {
  return grant.status === "pending" || (grant.status === "active" && grant.extension !== undefined);
}

/** Who was sent a message of their own, and so is told what came of it: whatever they are by now. */
function askedSoFar({ messages }: Shown): readonly SlackUserId[] {
  const asked = Object.keys(messages).flatMap(
    (key) => /^ask.*:([UW][A-Z0-9]+)$/.exec(key)?.[1] ?? [],
  );
  return [...new Set(asked)].map(parseSlackUserId);
}

/**
 * Puts the App Homes that this change may show on into the outbox, those that somebody looks at. Undefined: the
 * table did not take it.
 */
async function touchHomes(
  ports: NeededPorts,
  grant: Grant,
  { usergroups, approvers }: Telling,
): Promise<readonly SlackUserId[] | undefined> {
  const { policy, clock, store, log } = ports;
  // Who decided, or could have: it waits for them no more.
  const others = isToBeDecided(grant)
    ? approvers
    : approversOf(policy, await readUsergroups(ports, usergroups), grant);
  const at = clock.now();
  try {
    return await store.touchHomes([grant.requester, ...others], { since: at - LOOKING_MS, at });
  } catch (error) {
    log.warn("homes not brought up to date yet", { grant: grant.id, error });
    return undefined;
  }
}

/** When the grant is to be looked at again, if at all: Slack wants to be asked again, or its time brings news. */
function retryOf(now: number, grant: Grant, told: Told): { readonly retryAt?: number } {
  if (isGivenUp(now, grant, told)) return {};
  const times = [
    told.problem === undefined ? told.retryAt : (told.retryAt ?? now + pauseFor(told)),
    nextWordAt(grant, now),
    nextCheckAt(grant, told.shown),
  ].filter((at) => at !== undefined);
  return times.length === 0 ? {} : { retryAt: Math.min(...times) };
}

/** What has been over for a day, and can never be told where the channel is gone, need not be tried for ever. */
function isGivenUp(now: number, grant: Grant, { problem, isLasting }: Told): boolean {
  const changedAt = grant.history.at(-1)?.at ?? grant.requestedAt;
  const isLate = isOver(grant) && now - changedAt > GIVEN_UP_MS;
  return problem !== undefined && isLasting === true && isLate;
}

function pauseFor({ shown, isLasting }: Told): number {
  const longest = isLasting === true ? LONGEST_LASTING_PAUSE_MS : LONGEST_PAUSE_MS;
  const failed = (shown.failures ?? 1) - 1;
  return Math.min(longest, FIRST_PAUSE_FACTOR * pauseAfter(failed));
}
