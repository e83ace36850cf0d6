// The table as a process of the simulated world reaches it: every method of the store can meet a fault.

import type { Grant } from "../../lib/grant/grant.ts";
import { type Store, StoreError } from "../../lib/store/store.ts";
import type { MemoryStore } from "../support/memory-store.ts";
import { callOutside, type Fault, type Process, type World } from "./outside.ts";
import type { Truth } from "./truth.ts";

const READ_FAULTS: readonly [Fault, ...Fault[]] = ["before", "throttled", "death"];
const WRITE_FAULTS: readonly [Fault, ...Fault[]] = ["before", "lost", "throttled", "late", "death"];
const READS: ReadonlySet<string> = new Set([
  "load",
  "due",
  "assignment",
  "fullPasses",
  "toAnnounce",
]);
const METHODS = [
  "create",
  "load",
  "save",
  "due",
  "assignment",
  "lease",
  "mark",
  "release",
  "noteFullPass",
  "fullPasses",
  "pinPrincipal",
  "firstSeen",
  "toAnnounce",
  "holdAnnouncement",
  "saveAnnouncement",
] as const satisfies readonly (keyof Store)[];

/** The table as one process reaches it; every change of a row is shown to the truth. */
export function storeOf(
  world: World,
  process: Process,
  store: Store,
  memory: MemoryStore,
  truth: Truth,
): Store {
  const rowOf = (id: string) => memory.grants().find(({ grant }) => grant.id === id);
  const method = (name: (typeof METHODS)[number]) => {
    const faults = READS.has(name) ? READ_FAULTS : WRITE_FAULTS;
    return (...args: unknown[]) =>
      callOutside<unknown>(world, process, {
        name: `table ${name} ${told(args)}`,
        timeoutMs: 3_000,
        faults,
        async effect() {
          const id = name === "create" || name === "save" ? (args[0] as Grant).id : undefined;
          const before = id && rowOf(id);
          const answer: unknown = await Reflect.apply(store[name] as () => unknown, store, args);
          if (id) truth.rowChanged(process, before, rowOf(id));
          return answer;
        },
        failure: (kind) => {
          throw new StoreError("unavailable", kind);
        },
      });
  };
  return Object.fromEntries(METHODS.map((name) => [name, method(name)])) as unknown as Store;
}

function told(args: readonly unknown[]): string {
  const [first] = args;
  if (typeof first === "object" && first !== null && "id" in first && "status" in first) {
    return `${first.id} ${first.status}`;
  }
  return String(first);
}
