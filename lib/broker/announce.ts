// Tells Slack what has become of grants: whatever it missed is told again, and the final state comes last.

import pMap from "p-map";
import type { GrantId } from "../grant/ids.ts";
import type { Ports } from "./ports.ts";
import { BATCH, hasTime, type Run, stayUntil } from "./run.ts";
import { isolated } from "./step.ts";

// Slack's rates are per channel and low; more at once only earns refusals.
const WIDTH = 4;
const RETRY_MS = 20_000;

type NeededPorts = Pick<Ports, "clock" | "ids" | "store" | "messenger" | "metrics" | "log">;

/**
 * Announces `ids`, or, without any, everything that waits. Slack failing is logged and tried again
 * later; it never changes who has access.
 */
export async function announce(
  ports: NeededPorts,
  run: Run,
  ids?: readonly GrantId[],
): Promise<void> {
  const waiting = ids ?? (await ports.store.toAnnounce(ports.clock.now(), BATCH));
  await pMap(
    waiting,
    (id) =>
      hasTime(ports, run) ? isolated(ports, id, () => announceOne(ports, run, id)) : undefined,
    { concurrency: WIDTH },
  );
  const sawAll = ids === undefined && waiting.length < BATCH && hasTime(ports, run);
  if (sawAll) await noteFullPass(ports);
}

/** Says that everything that waits was seen, whatever Slack made of it: without it the alarms go off. */
async function noteFullPass({ store, clock, metrics, log }: NeededPorts): Promise<void> {
  metrics.note("heartbeat", 1);
  metrics.publish();
  await store
    .noteFullPass("announce", clock.now())
    .catch((error: unknown) => log.warn("full pass not noted", { error }));
}

async function announceOne(ports: NeededPorts, run: Run, id: GrantId): Promise<void> {
  const { clock, store, messenger, log } = ports;
  // A grant may change while it is told: then the outbox keeps it, and it is told again at once.
  for (let round = 0; round < 3 && clock.now() < stayUntil(run); round++) {
    const now = clock.now();
    const owner = ports.ids.owner();
    const held = await store.holdAnnouncement(id, { owner, now, until: run.deadlineAt });
    if (held === undefined) return;
    const { grant, version } = held.stored;
    const result = await messenger.show(grant, version, held.shown);
    if (result.problem !== undefined) {
      log.warn("grant not told in Slack yet", { grant: id, problem: result.problem });
    }
    const retryAt =
      result.problem === undefined ? {} : { retryAt: now + (result.retryAfterMs ?? RETRY_MS) };
    const left = await store.saveAnnouncement(id, owner, { shown: result.shown, ...retryAt });
    if (left === "done" || result.problem !== undefined) return;
  }
}
