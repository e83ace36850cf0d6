// What a pass of revoke costs beside a table that grows: idle, and with ten grants due.

import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";
import { sweepRevoke } from "../lib/broker/sweeps.ts";
import { close, revoke } from "../lib/grant/steps.ts";
import type { TargetSpec } from "../lib/grant/target-spec.ts";
import { createDynamoStore } from "../lib/store/dynamo-store.ts";
import { grantPk, grantRow, type Item } from "../lib/store/items.ts";
import { OUTBOX_INDEX, REQUESTER_INDEX } from "../lib/store/table.ts";
import type { Target, Targets } from "../lib/targets/target.ts";
import { type BigTable, startBigTable } from "./big-table.ts";
import { grantId } from "./crowd.ts";
import { quantile, rounded } from "./figures.ts";
import { activeGrant, lend, takingPorts } from "./lent.ts";

const ENDED = [1_000, 10_000, 1_000_000] as const;
/** More rows than these take too long on their way. */
const MOST_OVER_HTTP = 10_000;
const DUE = 10;
const PASSES = 15;
/** Passes that do not count: connections are opened, code gets warm. */
const WARM_UP_PASSES = 5;
const RUN_MS = 75_000;
/** Of those whose grants end: the same for every size, so that their rows are as long. */
const FIRST_MEMBER = 2_000_000;
const GROUP: TargetSpec = {
  kind: "iam-group",
  arn: "arn:aws:iam::111122223333:group/jit/bench-group",
};

/** What one pass asks of the table. */
interface Work {
  readonly requests: Readonly<Record<string, number>>;
  readonly itemsRead: number;
  readonly itemsWritten: number;
  readonly bytesRead: number;
  /** As the table itself says. */
  readonly capacityUnits: number;
}

/**
 * The real store over dynalite's HTTP; targets answer at once. The tables take turns, so that the machine's
 * other business meets them alike; times are medians, as ratios to those of the smallest table.
 */
export async function bench(): Promise<object> {
  const tables: BigTable[] = [];
  try {
    for (const ended of ENDED) {
      const way = ended > MOST_OVER_HTTP ? "past HTTP" : "over HTTP";
      tables.push(await startBigTable(endedRows(ended), way));
    }
    const sizes = tables.map(passesOn);
    for (let turn = -WARM_UP_PASSES; turn < PASSES; turn++) {
      for (const { pass } of sizes) await pass(turn >= 0);
    }
    return figures(sizes);
  } finally {
    for (const table of tables) await table.stop();
  }
}

type Kind = "idle" | "busy";

/** A broker over one table, and what its passes have come to. */
function passesOn({ client, tableName }: BigTable) {
  const meter = metered(client);
  const store = createDynamoStore({ client: meter.client, tableName, newId: randomUUID });
  const ports = takingPorts(store, gone());
  const times: Record<Kind, number[]> = { idle: [], busy: [] };
  const works: Record<Kind, Work[]> = { idle: [], busy: [] };
  let member = FIRST_MEMBER;
  const sweepOnce = async (kind: Kind, counts: boolean) => {
    meter.reset();
    const startedAt = performance.now();
    await sweepRevoke(ports, { deadlineAt: Date.now() + RUN_MS });
    if (!counts) return;
    times[kind].push(performance.now() - startedAt);
    works[kind].push(meter.work());
  };
  return {
    times,
    works,
    /** One idle pass, and one with `DUE` grants. */
    async pass(counts: boolean): Promise<void> {
      await sweepOnce("idle", counts);
      const over = Date.now() - 1_000;
      for (let n = 0; n < DUE; n++, member++) {
        await lend(store, member, activeGrant(member, GROUP, over));
      }
      await sweepOnce("busy", counts);
    },
  };
}

function figures(sizes: readonly ReturnType<typeof passesOn>[]): object {
  const ratio = (size: number, kind: Kind) => {
    const [own = Number.NaN, smallest = Number.NaN] = [sizes[size], sizes[0]].map((each) =>
      quantile(each?.times[kind] ?? [], 0.5),
    );
    return rounded(own / smallest);
  };
  const all = (kind: Kind) => sizes.flatMap(({ works }) => works[kind]);
  const alike = (works: readonly Work[]) =>
    works.every((each) => isDeepStrictEqual(each, works[0]));
  return {
    due: DUE,
    passes: PASSES,
    aim: "equal work in every pass",
    withinAim: alike(all("idle")) && alike(all("busy")),
    sizes: sizes.map(({ works }, size) => ({
      ended: ENDED[size],
      idle: { ...works.idle[0], timeRatio: ratio(size, "idle") },
      busy: { ...works.busy[0], timeRatio: ratio(size, "busy") },
    })),
    node: process.version,
  };
}

/** A client that counts. */
function metered(client: DynamoDBClient) {
  let work = nothing();
  const send = async (command: { input: object }) => {
    const name = command.constructor.name.replace("Command", "");
    Object.assign(command.input, { ReturnConsumedCapacity: "TOTAL" });
    const answer = (await client.send(command as never)) as {
      Items?: readonly Item[];
      Item?: Item;
      ConsumedCapacity?: { CapacityUnits?: number };
    };
    const items = answer.Items ?? (answer.Item === undefined ? [] : [answer.Item]);
    const requests = { ...work.requests, [name]: (work.requests[name] ?? 0) + 1 };
    work = {
      requests,
      itemsRead: work.itemsRead + items.length,
      itemsWritten: work.itemsWritten + (name === "UpdateItem" || name === "PutItem" ? 1 : 0),
      bytesRead: work.bytesRead + items.reduce((sum, item) => sum + JSON.stringify(item).length, 0),
      capacityUnits: work.capacityUnits + (answer.ConsumedCapacity?.CapacityUnits ?? 0),
    };
    return answer;
  };
  return {
    client: { send } as unknown as DynamoDBClient,
    work: () => work,
    reset: () => {
      work = nothing();
    },
  };
}

function nothing(): Work {
  return { requests: {}, itemsRead: 0, itemsWritten: 0, bytesRead: 0, capacityUnits: 0 };
}

/** Rows of grants that have ended and been told. */
function* endedRows(count: number): Iterable<Item> {
  const endedAt = Date.now() - 86_400_000;
  const step = { at: endedAt, by: "latchkey", from: "revoke", policyHash: "bench" } as const;
  const grant = close(revoke(activeGrant(0, GROUP, endedAt), { kind: "expired" }, step), step);
  const indexed: readonly string[] = [OUTBOX_INDEX, REQUESTER_INDEX].flatMap((index) => [
    index.hash,
    index.range,
  ]);
  const told = Object.entries(grantRow(grant)).filter(([name]) => !indexed.includes(name));
  const row = marshall(Object.fromEntries(told), { removeUndefinedValues: true });
  for (let member = 0; member < count; member++) {
    const id = grantId(member);
    const own = { M: { ...row["grant"]?.M, id: { S: id } } };
    yield { ...row, pk: { S: grantPk(id) }, grant: own };
  }
}

/** Targets in which nothing is left. */
function gone(): Targets {
  const target: Target = {
    look: async () => new Map(),
    give: async () => new Map(),
    take: async (assignments) =>
      new Map(assignments.map(({ key }) => [key, { status: "gone", writeLost: false }])),
  };
  return { "iam-group": target, "aws-auth": target } as unknown as Targets;
}
