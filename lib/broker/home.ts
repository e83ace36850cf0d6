// Somebody's App Home: what they have, what waits for them, what they had; published when it changes.

import pMap from "p-map";
import type { Grant } from "../grant/grant.ts";
import type { SlackUserId } from "../grant/ids.ts";
import { usergroupsFor } from "../policy/may.ts";
import type { Usergroups } from "../policy/policy.ts";
import { mayDecideNow } from "../policy/who-decides.ts";
import type { HeldHome, HomeShown, Stored } from "../store/store.ts";
import type { Desk } from "./desk.ts";
import { grantsOfPerson } from "./look-up.ts";
import type { Home, Messenger, Ports } from "./ports.ts";
import { readUsergroups } from "./read-usergroups.ts";
import { whatCanBeAsked } from "./request-access.ts";
import { BATCH, CALLS, leaseUntil, type Run } from "./run.ts";

type NeededPorts = Pick<
  Ports,
  "policy" | "clock" | "ids" | "store" | "directory" | "messenger" | "log"
>;

/** What several homes of one run share. */
export interface Homes {
  /** Everything that waits for somebody's decision, and who is in the user groups that may. */
  readonly undecided: () => Promise<{ grants: readonly Stored[]; usergroups: Usergroups }>;
}

const RETRY_MS = 20_000;
/** After a change it is looked at once more: an index may have lagged behind. */
const SETTLE_MS = 10_000;
/** More than a home can show; the rest is counted. */
const MOST_WAITING = 60;
/** Live grants that are looked through for extensions asked. */
const MOST_LIVE = 1_000;

export function createHomes(ports: NeededPorts): Homes {
  let reading: ReturnType<Homes["undecided"]> | undefined;
  return {
    undecided() {
      reading ??= readUndecided(ports);
      return reading;
    },
  };
}

/** Publishes the App Home of `user`, unless it shows the same already, or nobody has ever opened it. */
export async function publishHome(
  ports: NeededPorts,
  run: Run,
  desk: Desk,
  homes: Homes,
  user: SlackUserId,
): Promise<void> {
  const { clock, ids, store, messenger, log } = ports;
  const owner = ids.owner();
  const held = await store.holdHome(user, { owner, now: clock.now(), until: leaseUntil(run) });
  if (held === undefined) return;
  const home = await homeOf(ports, homes, user);
  const before = knownOf(held);
  const published = await messenger.publishHome(home, before, desk.pauses);
  const { problem, retryAt: _, isLasting: __, ...after } = published;
  if (problem !== undefined) log.warn("home not published yet", { user, problem });
  const retryAt = nextLookAt(clock.now(), published, before);
  await store.saveHome(user, owner, {
    held: { version: held.version, ...after },
    ...(retryAt === undefined ? {} : { retryAt }),
  });
}

/** What is known of a home; of one that was taken over not what it shows, but still what may land over it. */
function knownOf({ shows, unsettledUntil, isTakenOver }: HeldHome): HomeShown {
  return {
    ...(shows === undefined || isTakenOver ? {} : { shows }),
    ...(unsettledUntil === undefined ? {} : { unsettledUntil }),
  };
}

/** When a home is to be looked at again. What Slack refuses it refuses again: until it is opened anew, or touched. */
function nextLookAt(
  now: number,
  { problem, retryAt, isLasting, shows }: Awaited<ReturnType<Messenger["publishHome"]>>,
  before: HomeShown,
): number | undefined {
  if (problem !== undefined) return isLasting === true ? undefined : (retryAt ?? now + RETRY_MS);
  return retryAt ?? (shows === before.shows ? undefined : now + SETTLE_MS);
}

async function homeOf(ports: NeededPorts, homes: Homes, user: SlackUserId): Promise<Home> {
  const [{ own, recent }, waiting, canAsk] = await Promise.all([
    grantsOfPerson(ports, user),
    waitingFor(ports, homes, user),
    // Where Slack does not say, the form will.
    whatCanBeAsked(ports, user).then(
      (entitlements) => entitlements.length > 0,
      () => true,
    ),
  ]);
  return { user, now: ports.clock.now(), canAsk, own, waiting, recent };
}

async function waitingFor(
  ports: NeededPorts,
  homes: Homes,
  user: SlackUserId,
): Promise<readonly Grant[]> {
  const { policy, clock, store } = ports;
  const { grants, usergroups } = await homes.undecided();
  const waits = ({ grant }: Stored) => mayDecideNow(policy, usergroups, grant, user, clock.now());
  // The index lags a little: what is shown is what stands.
  const fresh = await pMap(
    grants.filter(waits).slice(0, MOST_WAITING),
    ({ grant }) => store.load(grant.id),
    { concurrency: CALLS },
  );
  return fresh.flatMap((stored) => (stored !== undefined && waits(stored) ? [stored.grant] : []));
}

async function readUndecided(ports: NeededPorts) {
  const { policy, store } = ports;
  const needed = Object.keys(policy.entitlements).flatMap((id) =>
    usergroupsFor(policy, id, "approvers"),
  );
  const [pending, extensions, usergroups] = await Promise.all([
    rowsOf(store, "lapse"),
    rowsOf(store, "revoke"),
    readUsergroups(ports, [...new Set(needed)]),
  ]);
  const asked = extensions.filter(
    ({ grant }) => grant.status === "active" && grant.extension !== undefined,
  );
  return { grants: [...pending, ...asked], usergroups };
}

/** The first rows of a queue, whenever they are due. */
async function rowsOf(
  store: Ports["store"],
  queue: "lapse" | "revoke",
): Promise<readonly Stored[]> {
  const rows: Stored[] = [];
  let after: string | undefined;
  do {
    const page = await store.due(queue, Number.MAX_SAFE_INTEGER, BATCH, after);
    rows.push(...page.rows.filter((row): row is Stored => "grant" in row));
    after = page.next;
  } while (after !== undefined && rows.length < MOST_LIVE);
  return rows;
}
