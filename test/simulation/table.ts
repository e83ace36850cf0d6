// The table as a process of the simulated world reaches it, in memory or by DynamoDB's requests: every call can meet a fault.

import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { Grant } from "../../lib/grant/grant.ts";
import type { GrantId } from "../../lib/grant/ids.ts";
import { createDynamoStore } from "../../lib/store/dynamo-store.ts";
import { grantPk, type Item, readAssignment, readGrant } from "../../lib/store/items.ts";
import { type Store, type Stored, StoreError } from "../../lib/store/store.ts";
import { OUTBOX_INDEX } from "../../lib/store/table.ts";
import { createMemoryStore, type MemoryStore } from "../support/memory-store.ts";
import { createSimulatedDynamoDB, type SimulatedDynamoDB } from "./dynamodb.ts";
import type { Memo, Mutant } from "./mutants.ts";
import { callOutside, type Failure, type Fault, type Process, type World } from "./outside.ts";
import type { Truth } from "./truth.ts";

/** One table of the simulated world. */
export interface Table {
  /** As one process reaches it; every change of a grant's row is shown to the truth. */
  reach(process: Process): Store;
  /** What it holds in truth, without faults. */
  readonly store: MemoryStore;
}

const READ_FAULTS: readonly [Fault, ...Fault[]] = [
  "before",
  "before",
  "throttled",
  "throttled",
  "death",
];
const WRITE_FAULTS: readonly [Fault, ...Fault[]] = [
  "before",
  "lost",
  "lost",
  "throttled",
  "late",
  "death",
];
/** How long an answer is waited for. */
const TIMEOUT_MS = 3_000;

// --- In memory: a call is a method of the store ---

/** The faults that each method can meet. */
const METHODS = {
  create: WRITE_FAULTS,
  load: READ_FAULTS,
  save: WRITE_FAULTS,
  due: READ_FAULTS,
  assignment: READ_FAULTS,
  lease: WRITE_FAULTS,
  mark: WRITE_FAULTS,
  release: WRITE_FAULTS,
  noteFullPass: WRITE_FAULTS,
  fullPasses: READ_FAULTS,
  pinPrincipal: WRITE_FAULTS,
  firstSeen: WRITE_FAULTS,
  toldFindings: READ_FAULTS,
  saveToldFindings: WRITE_FAULTS,
  grantsOf: READ_FAULTS,
  toAnnounce: READ_FAULTS,
  holdAnnouncement: WRITE_FAULTS,
  keepAnnouncement: WRITE_FAULTS,
  putBack: WRITE_FAULTS,
  saveAnnouncement: WRITE_FAULTS,
  homeOpened: WRITE_FAULTS,
  touchHomes: WRITE_FAULTS,
  holdHome: WRITE_FAULTS,
  saveHome: WRITE_FAULTS,
  pauses: READ_FAULTS,
  savePauses: WRITE_FAULTS,
} as const satisfies Record<keyof Store, typeof READ_FAULTS>;

/** The store in memory: each method is one call. */
export function createMemoryTable(world: World, truth: Truth, mutant: Mutant, memo: Memo): Table {
  const memory = createMemoryStore();
  const store: Store = { ...memory, ...mutant.store?.(memory, memo) };
  const methodOf =
    (process: Process, name: keyof Store, faults: typeof READ_FAULTS) =>
    (...args: unknown[]) =>
      callOutside<unknown>(world, process, {
        name: `table ${name} ${told(args)}`,
        timeoutMs: TIMEOUT_MS,
        faults,
        async effect() {
          const id = name === "create" || name === "save" ? (args[0] as Grant).id : undefined;
          const before = id && memory.stored(id);
          const answer: unknown = await Reflect.apply(store[name] as () => unknown, store, args);
          if (id) truth.rowChanged(process, before, memory.stored(id));
          return answer;
        },
        failure: (kind) => {
          throw new StoreError("unavailable", kind);
        },
      });
  return {
    reach: (process) =>
      Object.fromEntries(
        Object.entries(METHODS).map(([name, faults]) => [
          name,
          methodOf(process, name as keyof Store, faults),
        ]),
      ) as unknown as Store,
    store: memory,
  };
}

function told(args: readonly unknown[]): string {
  const [first] = args;
  if (typeof first === "object" && first !== null && "id" in first && "status" in first) {
    return `${first.id} ${first.status}`;
  }
  return String(first);
}

// --- On DynamoDB: a call is one try of one request, and the SDK below the store tries again ---

/** As `lib/compose/table.ts` has it. */
const TRIES = 4;
const FIRST_BACKOFF_MS = 50;
/** In disorder, so often a row that has changed lately shows in an index as it was. */
const LAGS = 0.5;
const LONGEST_LAG_MS = 1_000;
/** In disorder, so often a page of a query ends before its limit. */
const ENDS_PAGE = 0.1;
/** In disorder, so often a row of a BatchGetItem is left to be asked for again. */
const LEAVES_OUT = 0.1;

/** The store as it is deployed, on a simulated DynamoDB whose indexes lag. */
export function createDynamoDBTable(world: World, truth: Truth, mutant: Mutant, memo: Memo): Table {
  const { loop, random, chaos } = world;
  const dynamodb = createSimulatedDynamoDB({
    now: loop.now,
    lagMs: () => (chaos.isOn() && random.chance(LAGS) ? random.between(1, LONGEST_LAG_MS) : 0),
    endsPage: () => chaos.isOn() && random.chance(ENDS_PAGE),
    leavesOut: () => chaos.isOn() && random.chance(LEAVES_OUT),
  });
  let writes = 0;
  const lastWriteId = () => `write-${writes}`;
  const newId = () => {
    writes += 1;
    return lastWriteId();
  };
  const storeThrough = (client: DynamoDBClient) =>
    createDynamoStore({ client, tableName: "latchkey", newId });
  const rows = grantsIn(dynamodb);

  const tryOnce = (process: Process, command: Command) =>
    callOutside<object>(world, process, {
      name: `table ${nameOf(command)}`,
      timeoutMs: TIMEOUT_MS,
      faults: isRead(command) ? READ_FAULTS : WRITE_FAULTS,
      effect() {
        const id = grantIdIn(command);
        const before = id === undefined ? undefined : rows.stored(id);
        const answer = dynamodb.handle(command);
        if (id) truth.rowChanged(process, before, rows.stored(id));
        return answer;
      },
      failure: (kind) => {
        throw awsFault(kind);
      },
    });

  /** The SDK's own tries: what got no answer, or a fault of DynamoDB's, is sent again as it is. */
  const send = async (process: Process, command: Command) => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await tryOnce(process, command);
      } catch (error) {
        if (!isRetried(error) || attempt === TRIES) throw error;
        await loop.sleep(random.between(0, FIRST_BACKOFF_MS * 2 ** attempt));
      }
    }
  };

  return {
    reach(process) {
      const client = {
        send: (command: Command) => send(process, command),
      } as unknown as DynamoDBClient;
      const real = storeThrough(mutant.dynamodb?.(client) ?? client);
      const store: Store = {
        ...real,
        // Held to its promise: a write that the client repeats answers as if it had been sent once.
        async save(next, from) {
          const answering = real.save(next, from);
          const writeId = lastWriteId();
          const answer = await answering;
          if (answer === "stale") {
            const now = dynamodb.item(grantPk(next.id))?.["writeId"]?.S;
            truth.foundStale(next.id, now === writeId);
          }
          return answer;
        },
      };
      return { ...store, ...mutant.store?.(store, memo) };
    },
    store: { ...storeThrough(dynamodb.client), ...rows },
  };
}

interface Command {
  readonly input: {
    readonly Key?: Item;
    readonly Item?: Item;
    readonly RequestItems?: Readonly<Record<string, { readonly Keys?: readonly Item[] }>>;
    readonly IndexName?: string;
    readonly ExpressionAttributeValues?: Item;
  };
}

/** The row that the command would write or read; of several the first. */
function pkIn({ input }: Command): string | undefined {
  const [many] = Object.values(input.RequestItems ?? {});
  return (input.Key ?? input.Item ?? many?.Keys?.[0])?.["pk"]?.S;
}

/** The grant whose row the command would write or read. */
function grantIdIn(command: Command): string | undefined {
  const pk = pkIn(command);
  return pk?.startsWith("GRANT#") ? pk.slice("GRANT#".length) : undefined;
}

function nameOf(command: Command): string {
  const request = command.constructor.name.replace("Command", "");
  const { IndexName, ExpressionAttributeValues: values } = command.input;
  const queue = values?.[":value"]?.S;
  const status = values?.[":status"]?.S;
  return [request, pkIn(command), IndexName, queue, status].filter(Boolean).join(" ");
}

function isRead(command: Command): boolean {
  return command.input.IndexName !== undefined || command.constructor.name.includes("Get");
}

function isRetried(error: unknown): boolean {
  return (error as Error).name !== "ConditionalCheckFailedException";
}

function awsFault(kind: Failure): Error {
  const names = {
    before: "InternalServerError",
    lost: "InternalServerError",
    throttled: "ThrottlingException",
    denied: "AccessDeniedException",
    late: "TimeoutError",
  } as const satisfies Record<Failure, string>;
  const error = new Error(kind);
  error.name = names[kind];
  return error;
}

/** The rows of the table as they are, and grants as they were last written in a form that can be read. */
function grantsIn(
  dynamodb: SimulatedDynamoDB,
): Pick<MemoryStore, "grants" | "stored" | "assignments" | "isTelling" | "spoil"> {
  const known = new Map<string, { item: Item; stored: Stored }>();
  const spoilt = new Map<string, Item>();
  const stored = (id: string): Stored | undefined => {
    const item = dynamodb.item(grantPk(id as GrantId));
    const found = known.get(id);
    const isWritten = item !== undefined && item["grant"] !== found?.item["grant"];
    if (!isWritten || spoilt.get(id)?.["writeId"] === item["writeId"]) return found?.stored;
    const now = { item, stored: readGrant(item) };
    known.set(id, now);
    return now.stored;
  };
  return {
    stored,
    grants: () => [...known.keys()].flatMap((id) => stored(id) ?? []),
    assignments: () =>
      [...dynamodb.items()].flatMap((item) => {
        const pk = item["pk"]?.S ?? "";
        if (!pk.startsWith("ASSIGNMENT#")) return [];
        return [readAssignment(pk.slice("ASSIGNMENT#".length), item)];
      }),
    isTelling: () => dynamodb.sizeOf(OUTBOX_INDEX.name) > 0,
    spoil(id, why) {
      const item = dynamodb.item(grantPk(id)) as Item;
      const was = spoilt.get(id);
      if (why !== undefined && was === undefined) {
        spoilt.set(id, item);
        const spoiling = why === "undecodable" ? { grant: { S: "?" } } : { schema: { N: "99" } };
        dynamodb.put({ ...item, ...spoiling });
      }
      if (why !== undefined || was === undefined) return;
      spoilt.delete(id);
      const { grant, schema } = was as Item & Record<"grant" | "schema", Item[string]>;
      // A worker that had read the row before may have written it anew.
      if (item["writeId"] === was["writeId"]) dynamodb.put({ ...item, grant, schema });
    },
  };
}
