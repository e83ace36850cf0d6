// The heartbeat of the schedule: when each sweep last got through everything that was due.

import type { Store } from "../../lib/store/store.ts";
import { about, type Finding } from "./finding.ts";
import { notSeen, type Patient, tailLog } from "./patient.ts";

/** It is woken every minute, and one pass may take as long as that: of five, one at least is full. */
const STOPPED_MS = 5 * 60_000;

const SWEEPS = {
  provision: "Approved requests are not carried out.",
  revoke: "Access does not end on time.",
  announce: "Slack does not show what becomes of requests.",
} as const;

export async function examineSweeps(patient: Patient, store: Store): Promise<readonly Finding[]> {
  let passes: Readonly<Record<string, number>>;
  try {
    passes = await store.fullPasses();
  } catch (error) {
    return [notSeen("sweeps", "heartbeat", error)];
  }
  return Object.entries(SWEEPS).map(([sweep, why]) => {
    const it = about("sweeps", sweep);
    const at = passes[sweep];
    const ageMs = patient.now - (at ?? 0);
    if (at !== undefined && ageMs <= STOPPED_MS) {
      return it.ok(`a full pass ${Math.max(0, Math.round(ageMs / 1_000))} s ago`);
    }
    return it.problem({
      code: at === undefined ? "sweep-never" : "sweep-stopped",
      what:
        at === undefined
          ? "it has never got through everything that was due"
          : `its last full pass was ${Math.round(ageMs / 60_000)} minutes ago`,
      why,
      mend: `${tailLog(patient, sweep)}    # look also whether its schedule is enabled: aws events list-rules --name-prefix ${patient.place.prefix} --region ${patient.place.region}`,
    });
  });
}
