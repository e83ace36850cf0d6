// Tells Slack what has become of grants, and keeps App Homes right: whatever it missed is told again, and the final state comes last.

import pMap from "p-map";
import type { SlackUserId } from "../grant/ids.ts";
import type { Subject } from "../store/store.ts";
import { type Desk, openDesk } from "./desk.ts";
import { createHomes, publishHome } from "./home.ts";
import type { Ports } from "./ports.ts";
import { BATCH, hasTime, type Run } from "./run.ts";
import { isolated } from "./step.ts";
import { beat } from "./sweep.ts";
import { type HeldGrant, holdGrant, tellGrant } from "./tell-grant.ts";

// Slack's rates are low, and per channel: within one everything goes one after another, in order.
const CHANNELS = 4;
/** What is held at once: about as much as a run gets told before its time is over. */
const GATHERED = 40;

type NeededPorts = Parameters<typeof tellGrant>[0] &
  Parameters<typeof publishHome>[0] &
  Pick<Ports, "metrics">;

/**
 * Announces everything that waits, oldest first, and with it what a kick names (`kicked`). Slack failing is
 * logged and tried again later; it never changes who has access.
 */
export async function announce(
  ports: NeededPorts,
  run: Run,
  kicked?: readonly Subject[],
): Promise<void> {
  const desk = await openDesk(ports);
  const met = new Set<string>();
  let left = kicked ?? [];
  for (;;) {
    const waiting = await ports.store.toAnnounce(ports.clock.now(), BATCH);
    const all = distinct(met, [...waiting, ...left]);
    const subjects = all.slice(0, GATHERED);
    left = all.slice(GATHERED);
    if (subjects.length === 0) break;
    if (!hasTime(ports, run)) {
      run.left = true;
      break;
    }
    for (const subject of subjects) met.add(nameOf(subject));
    await tell(ports, run, desk, subjects);
    // What has come meanwhile has been kicked, or waits for the next minute.
    if (left.length === 0 && waiting.length < BATCH) break;
  }
  await desk.close();
  if (kicked === undefined && run.left !== true) await beat(ports, "announce");
  ports.metrics.publish();
}

/** What is the first of its name: each once in a run, as what changes meanwhile is told again on the spot. */
function distinct(met: ReadonlySet<string>, subjects: readonly Subject[]): Subject[] {
  const named = new Map(subjects.map((subject) => [nameOf(subject), subject]));
  return [...named].flatMap(([name, subject]) => (met.has(name) ? [] : [subject]));
}

function nameOf(subject: Subject): string {
  return "grant" in subject ? subject.grant : subject.home;
}

async function tell(
  ports: NeededPorts,
  run: Run,
  desk: Desk,
  subjects: readonly Subject[],
): Promise<void> {
  const held = await pMap(
    subjects.flatMap((subject) => ("grant" in subject ? [subject.grant] : [])),
    (id) => isolated(ports, id, () => holdGrant(ports, run, id)),
    { concurrency: CHANNELS },
  );
  const touched = new Set(subjects.flatMap((subject) => ("home" in subject ? [subject.home] : [])));
  const channels = inOrder(held.filter((each) => each !== undefined));
  await pMap(
    channels,
    async (grants) => {
      for (const each of grants) {
        const { id } = each.stored.grant;
        const homes = await isolated(ports, id, () => tellGrant(ports, run, desk, each));
        for (const user of homes ?? []) touched.add(user);
      }
    },
    { concurrency: CHANNELS },
  );
  await publish(ports, run, desk, [...touched]);
}

/** By channel, and in each by the time of the last change. */
function inOrder(held: readonly HeldGrant[]): readonly (readonly HeldGrant[])[] {
  const changedAt = ({ stored: { grant } }: HeldGrant) =>
    grant.history.at(-1)?.at ?? grant.requestedAt;
  const sorted = [...held].sort((one, other) => changedAt(one) - changedAt(other));
  return [...Map.groupBy(sorted, ({ stored }) => stored.grant.channel).values()];
}

/** Homes come last, when the index has caught up with what has just been told. */
async function publish(
  ports: NeededPorts,
  run: Run,
  desk: Desk,
  users: readonly SlackUserId[],
): Promise<void> {
  const homes = createHomes(ports);
  await pMap(
    users,
    async (user) => {
      if (!hasTime(ports, run)) {
        run.left = true;
        return;
      }
      try {
        await publishHome(ports, run, desk, homes, user);
      } catch (error) {
        ports.log.error("home not published; the next pass tries again", { user, error });
      }
    },
    { concurrency: CHANNELS },
  );
}
