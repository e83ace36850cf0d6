// The two sweeps of the broker: what each looks through, and what it does with what is due.

import { endDueAt, overAt, provisionDueAt, type Queue } from "../grant/grant.ts";
import type { GrantId } from "../grant/ids.ts";
import type { Ports } from "./ports.ts";
import { provisionDue } from "./provision.ts";
import { endDue } from "./revoke-due.ts";
import { BATCH, GATHERED, type Run } from "./run.ts";
import { kickedSource, queueSource, type SweepReport, sweep } from "./sweep.ts";

type ProvisionPorts = Parameters<typeof provisionDue>[0] & Pick<Ports, "metrics">;
type RevokePorts = Parameters<typeof endDue>[0];

/** Carries out the grants that a kick names, or, without any, every approved one. */
export function sweepProvision(
  ports: ProvisionPorts,
  run: Run,
  kicked?: readonly GrantId[],
): Promise<SweepReport> {
  return sweep(ports, run, {
    ...lookedThrough(ports, "provision", ["begun", "provision"], kicked),
    dueAt: provisionDueAt,
    atOnce: BATCH,
    overlaps: false,
    work: (batch) => provisionDue(ports, run, batch),
  });
}

/** Ends the grants that a kick names, or, without any, everything whose time has come. */
export function sweepRevoke(
  ports: RevokePorts,
  run: Run,
  kicked?: readonly GrantId[],
): Promise<SweepReport> {
  return sweep(ports, run, {
    ...lookedThrough(ports, "revoke", ["revoke", "begun", "lapse"], kicked),
    dueAt: endDueAt,
    overAt,
    atOnce: GATHERED,
    overlaps: true,
    work: (batch) => endDue(ports, run, batch),
  });
}

function lookedThrough(
  ports: Pick<Ports, "store" | "log">,
  worker: "provision" | "revoke",
  queues: readonly Queue[],
  kicked: readonly GrantId[] | undefined,
) {
  return kicked === undefined
    ? { of: worker, sources: queues.map((queue) => queueSource(ports, queue)) }
    : { of: "kick" as const, sources: [kickedSource(ports, kicked)] };
}
