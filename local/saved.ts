// What of a stack outlives it: how that is written down, read again, and kept up to date while the stack runs.

import { z } from "zod";
import type { SavedIam } from "./aws/iam-records.ts";
import type { DataDir } from "./data-dir.ts";
import type { Row } from "./dynamodb.ts";
import type { SavedObjects } from "./kubernetes/objects.ts";
import type { WorkspaceState } from "./slack/workspace-state.ts";

/**
 * The whole world at one moment. Its parts belong together: were IAM saved apart from the table, a crash
 * between the two could bring back a membership whose grant the table has ended, or one that no grant
 * speaks of; the broker would take it for standing access and leave it for good. So they are read at
 * one moment and written as one file. What a crash loses is then the last half second, for all of them
 * alike, as if every function had been killed at that moment: what Latchkey's sweeps are made for.
 */
export interface SavedStack {
  readonly clock: {
    /** The stack's time when it was saved, epoch milliseconds. */
    readonly at: number;
    /** How far it was ahead of real time. */
    readonly offsetMs: number;
  };
  /** No id that IAM, STS or the front door has given out is higher. */
  readonly lastId: number;
  readonly workspace: WorkspaceState;
  readonly iam: SavedIam;
  readonly cluster: SavedObjects;
  readonly table: readonly Row[];
}

/** Where the parts of a running stack are read. All but the table's rows are there at once. */
export interface Sources {
  now(): number;
  lastId(): number;
  readonly workspace: WorkspaceState;
  iam(): SavedIam;
  cluster(): SavedObjects;
  readonly table: {
    /** Counts up where a row may have changed. */
    changes(): number;
    /** Does `work` while no row changes. */
    whileStill<T>(work: (rows: () => Promise<readonly Row[]>) => Promise<T>): Promise<T>;
  };
}

const KIND = "latchkey-stack";
/** To be raised where a stack could not go on from what an older one has saved. */
const FORMAT = 1;
const LOOK_EVERY_MS = 300;
/** Ids are given out for mere questions too, which are no reason to save: so many are skipped at a start. */
const IDS_SKIPPED = 1_000;
/** A clock that nobody moves seems to by a millisecond, as its two readings are not at the same moment. */
const CLOCK_SLACK_MS = 20;

/**
 * Saves the stack every time that something has changed, within about half a second, and at `close`.
 * What cannot be saved is tried again; `onTrouble` is told once, until it has worked again. `close`
 * rejects where the last state could not be saved.
 */
export function keepSaved(
  sources: Sources,
  dir: Pick<DataDir, "write">,
  onTrouble: (error: unknown) => void,
): { close(): Promise<void> } {
  let last: Look | undefined;
  let running: Promise<void> | undefined;
  let isTold = false;

  const save = () =>
    sources.table.whileStill(async (rows) => {
      const seen = look(sources);
      const { clock, world } = seen;
      const lastId = sources.lastId() + IDS_SKIPPED;
      await dir.write(textOf({ clock, lastId, ...JSON.parse(world), table: await rows() }));
      last = seen;
    });
  const saveIfChanged = async () => {
    try {
      if (hasChanged(last, look(sources))) await save();
      isTold = false;
    } catch (error) {
      if (!isTold) onTrouble(error);
      isTold = true;
    }
  };
  const timer = setInterval(() => {
    running ??= saveIfChanged().finally(() => {
      running = undefined;
    });
  }, LOOK_EVERY_MS).unref();

  return {
    async close() {
      clearInterval(timer);
      await running;
      await save();
    },
  };
}

interface Look {
  readonly clock: SavedStack["clock"];
  /** Workspace, IAM and cluster, as JSON: they go on changing. */
  readonly world: string;
  readonly rowChanges: number;
  readonly idsGiven: number;
}

function look(sources: Sources): Look {
  const { workspace, iam, cluster } = sources;
  const at = sources.now();
  return {
    clock: { at, offsetMs: at - Date.now() },
    world: JSON.stringify({ workspace, iam: iam(), cluster: cluster() }),
    rowChanges: sources.table.changes(),
    idsGiven: sources.lastId(),
  };
}

function hasChanged(last: Look | undefined, now: Look): boolean {
  return (
    last === undefined ||
    last.rowChanges !== now.rowChanges ||
    Math.abs(last.clock.offsetMs - now.clock.offsetMs) > CLOCK_SLACK_MS ||
    now.idsGiven - last.idsGiven > IDS_SKIPPED / 2 ||
    last.world !== now.world
  );
}

function textOf(saved: SavedStack): string {
  return `${JSON.stringify({ kind: KIND, format: FORMAT, ...saved }, null, 2)}\n`;
}

/** How far ahead of real time a stack is to start, so that its time does not go back. */
export function offsetAfter({ offsetMs, at }: SavedStack["clock"], realNow: number): number {
  return Math.max(0, offsetMs, at - realNow);
}

/**
 * Reads what was saved.
 *
 * @throws Error in words for whoever named the directory, where `text` is not whole, not ours, or of a
 *   newer Latchkey
 */
export function readSaved(text: string, file: string): SavedStack {
  const refused = (why: string) =>
    new Error(
      `${file} ${why} It was left as it is. Choose another directory, or move the file away to ` +
        "begin anew.",
    );
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw refused(`is not whole: ${error instanceof Error ? error.message : String(error)}.`);
  }
  const head = HEAD.safeParse(json);
  if (!head.success) throw refused("is not a state that Latchkey saved.");
  if (head.data.format !== FORMAT) {
    const age = head.data.format > FORMAT ? "a newer" : "an older";
    throw refused(
      `was saved by ${age} Latchkey, in format ${head.data.format}; this one reads ${FORMAT}.`,
    );
  }
  const body = SHAPE.safeParse(json);
  if (body.success) return body.data as unknown as SavedStack;
  const [problem] = body.error.issues;
  throw refused(`does not hold a state: ${problem?.path.join(".")}: ${problem?.message}.`);
}

const HEAD = z.looseObject({ kind: z.literal(KIND), format: z.number() });

const named = z.array(z.looseObject({ id: z.string(), name: z.string() }));
const byId = z.record(z.string(), z.looseObject({}));

/** As much as tells a state from something else; what is inside is the business of whoever reads it. */
const SHAPE = z.looseObject({
  clock: z.object({ at: z.number(), offsetMs: z.number() }),
  lastId: z.int().nonnegative(),
  workspace: z.looseObject({
    team: z.looseObject({ id: z.string() }),
    app: z.looseObject({ id: z.string(), botId: z.string(), botUser: z.string() }),
    botToken: z.string(),
    users: named,
    channels: named,
    usergroups: named,
    messages: z.array(z.looseObject({ channel: z.string(), ts: z.string(), text: z.string() })),
    modals: z.record(z.string(), z.array(z.looseObject({}))),
    homes: byId,
    triggers: byId,
    hooks: byId,
    counters: z.object({ id: z.number(), ts: z.number() }),
  }),
  iam: z.object({
    users: z.array(z.looseObject({ id: z.string(), arn: z.string() })),
    groups: z.array(z.looseObject({ id: z.string(), memberIds: z.array(z.string()) })),
    roleIds: z.record(z.string(), z.string()),
  }),
  cluster: z.object({
    version: z.int(),
    objects: z.array(
      z.looseObject({ kind: z.string(), metadata: z.looseObject({ name: z.string() }) }),
    ),
  }),
  table: z.array(z.looseObject({ pk: z.object({ S: z.string() }) })),
});
