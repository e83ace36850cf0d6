// Grants that are alive: whether any should be over, whether any cannot be read, and what watch has found.

import pMap from "p-map";
import { type Alive, isAlive, overdue } from "../../lib/broker/discrepancies.ts";
import type { Overdue } from "../../lib/broker/findings.ts";
import type { Store } from "../../lib/store/store.ts";
import { takenByHand } from "./by-hand.ts";
import type { Known } from "./deploy-command.ts";
import { about, type Finding, type Level } from "./finding.ts";
import { examineReach } from "./out-of-reach.ts";
import { notSeen, type Patient, tailLog } from "./patient.ts";

const AT_MOST = { concurrency: 4 };
const PAGE = 100;
/** More than that are not looked at one by one: watch does, every five minutes. */
const MOST_LOOKED_AT = 2_000;

export async function examineGrants(
  patient: Patient,
  known: Known,
  store: Store,
): Promise<readonly Finding[]> {
  try {
    const { grants, unreadable } = await readAlive(store);
    const late = overdue(grants, patient.now);
    return [
      about("grants", "alive").ok(`${grants.length} looked at, ${late.length} overdue`),
      ...(await pMap(late, (one) => examineLate(patient, store, one, grants), AT_MOST)),
      ...examineReach(patient, known, grants),
      ...unreadable.map(({ row, why }) =>
        about("grants", row).problem({
          code: "row-unreadable",
          what:
            why === "newer-schema" ? "a newer release wrote this row" : "this row cannot be read",
          why: "What it lends does not end.",
          mend: "Deploy the release that wrote it, or mend the row; see to its access by hand.",
        }),
      ),
      ...(await examineTold(store)),
    ];
  } catch (error) {
    return [notSeen("grants", "alive", error)];
  }
}

/** The grant is among `grants`. */
async function examineLate(
  patient: Patient,
  store: Store,
  { grant: id, entitlement, since }: Overdue,
  grants: readonly Alive[],
): Promise<Finding> {
  const grant = grants.find((one) => one.id === id);
  const byHand = grant === undefined ? [] : await takenByHand(store, grant);
  return about("grants", id).problem({
    code: "grant-overdue",
    what: `${entitlement} should have ended ${Math.round((patient.now - since) / 60_000)} minutes ago`,
    why: "Somebody has access whose time is over. Latchkey goes on trying.",
    mend: [
      `${tailLog(patient, "revoke")}    # it names what is in the way. If it cannot wait, by hand:`,
      ...byHand,
    ].join("\n"),
  });
}

interface Unreadable {
  readonly row: string;
  readonly why: "undecodable" | "newer-schema";
}

async function readAlive(
  store: Store,
): Promise<{ grants: readonly Alive[]; unreadable: readonly Unreadable[] }> {
  const grants = new Map<string, Alive>();
  const unreadable = new Map<string, Unreadable>();
  for (const queue of ["begun", "revoke"] as const) {
    let after: string | undefined;
    do {
      const page = await store.due(queue, Number.MAX_SAFE_INTEGER, PAGE, after);
      for (const row of page.rows) {
        if ("unreadable" in row) {
          unreadable.set(row.unreadable, { row: row.unreadable, why: row.why });
        } else if (isAlive(row.grant)) grants.set(row.grant.id, row.grant);
      }
      after = page.next;
    } while (after !== undefined && grants.size < MOST_LOOKED_AT);
  }
  return { grants: [...grants.values()], unreadable: [...unreadable.values()] };
}

/** What watch has told the admins of, and is not gone; what it calls by these words is no trouble by itself. */
const MILD = ["unseen", "unlent"];

async function examineTold(store: Store): Promise<readonly Finding[]> {
  const { told } = await store.toldFindings();
  return told.map(({ key }) => {
    const kind = key.split(":")[0] ?? "";
    const level: Level = MILD.includes(kind) ? "warning" : "problem";
    return about("grants", "watch")[level]({
      code: `watch-${kind}`,
      what: `watch has told the admins: ${key}`,
      why: "It is told once, and stands until watch does not find it any more.",
      mend: "Slack: the app's message to the admins says what to do.",
    });
  });
}
