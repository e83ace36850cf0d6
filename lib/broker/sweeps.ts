// The two sweeps of the broker: what each looks through, and what it does with what is due.

import { endDueAt, provisionDueAt } from "../grant/grant.ts";
import type { GrantId } from "../grant/ids.ts";
import { provisionDue } from "./provision.ts";
import { endDue } from "./revoke-due.ts";
import type { Run } from "./run.ts";
import { kickedSource, queueSource, type SweepReport, sweep } from "./sweep.ts";

type ProvisionPorts = Parameters<typeof provisionDue>[0];
type RevokePorts = Parameters<typeof endDue>[0];

/** Carries out the grants that a kick names, or, without any, every approved one. */
export function sweepProvision(
  ports: ProvisionPorts,
  run: Run,
  kicked?: readonly GrantId[],
): Promise<SweepReport> {
  return sweep(ports, run, {
    sources: kicked
      ? [kickedSource(ports, kicked)]
      : [queueSource(ports, "begun"), queueSource(ports, "provision")],
    dueAt: provisionDueAt,
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
    sources: kicked
      ? [kickedSource(ports, kicked)]
      : [queueSource(ports, "revoke"), queueSource(ports, "begun"), queueSource(ports, "lapse")],
    dueAt: endDueAt,
    work: (batch) => endDue(ports, run, batch),
  });
}
