// A directory that holds a stack's saved state: one file in it, written whole or not at all, and a lock.

import {
  access,
  constants,
  mkdir,
  open,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  writeFile,
} from "node:fs/promises";
import { basename, join, resolve } from "node:path";

export interface DataDir {
  readonly file: string;
  /** The text that was written last; `undefined` where there is none yet. */
  read(): Promise<string | undefined>;
  /** Puts `text` in the place of what was there: whole, or not at all. */
  write(text: string): Promise<void>;
  /** Leaves the directory to others. */
  close(): Promise<void>;
}

const STATE = "stack.json";
const FRESH = `${STATE}.new`;
const LOCK = "lock";

/** What this process holds. Its id in another lock is a dead process's: in containers the same ids come again. */
const held = new Set<string>();

/**
 * Takes a directory for one stack until `close`; it is made where there is none. A lock that a dead
 * process left behind is taken over.
 *
 * @throws Error in words for whoever named the directory: it is in use, or holds something else. It is as
 *   it was then.
 */
export async function openDataDir(dir: string): Promise<DataDir> {
  await makeDirectory(resolve(dir));
  const place = await realpath(dir);
  const file = join(place, STATE);
  const lock = join(place, LOCK);
  await refuseForeign(place);
  if (held.has(place)) throw inUse(place, lock, process.pid);
  held.add(place);
  await take(place, lock).catch((error: unknown) => {
    held.delete(place);
    throw error;
  });
  return {
    file,
    read: () => textOf(file),
    async write(text) {
      if ((await ownerIn(lock)) !== process.pid) {
        throw new Error(`${lock} is gone or another's: nothing is saved in ${place} any more`);
      }
      await writeWhole(join(place, FRESH), text);
      await rename(join(place, FRESH), file);
    },
    async close() {
      if (!held.delete(place)) return;
      if ((await ownerIn(lock)) === process.pid) await rm(lock, { force: true });
    },
  };
}

async function makeDirectory(place: string): Promise<void> {
  try {
    await mkdir(place, { recursive: true });
    await access(place, constants.R_OK | constants.W_OK);
  } catch (error) {
    const why = isCode(error, "EEXIST") ? "it is a file" : String(error);
    throw new Error(`${place} cannot be a directory for the state: ${why}.`, { cause: error });
  }
}

/** NB. `--data .` must not fill somebody's project. */
async function refuseForeign(place: string): Promise<void> {
  const names = await readdir(place);
  const others = names.filter((name) => ![FRESH, LOCK].includes(name));
  if (names.includes(STATE) || others.length === 0) return;
  const some = others.slice(0, 3).join(", ") + (others.length > 3 ? ", …" : "");
  throw new Error(
    `${place} holds something else (${some}) and no ${STATE}. Choose a directory that is empty, or ` +
      "one that is not there yet. Nothing in it was touched.",
  );
}

async function take(place: string, lock: string): Promise<void> {
  for (;;) {
    try {
      return await writeFile(lock, `${process.pid}\n`, { flag: "wx" });
    } catch (error) {
      if (!isCode(error, "EEXIST")) throw error;
    }
    const owner = await ownerIn(lock);
    if (owner === undefined) continue;
    if (owner !== process.pid && !isDead(owner)) throw inUse(place, lock, owner);
    await rm(lock, { force: true });
  }
}

function inUse(place: string, lock: string, owner: number): Error {
  return new Error(
    `${place} is in use by another Latchkey, process ${owner || "unknown"}. End that, or choose ` +
      `another directory. If no Latchkey is running, delete ${lock}.`,
  );
}

/** The process in a lock: NaN where it cannot be read, `undefined` where there is no lock. */
async function ownerIn(lock: string): Promise<number | undefined> {
  const text = await textOf(lock);
  return text === undefined ? undefined : Number.parseInt(text, 10);
}

/** A process of somebody else's cannot be signalled, but it lives. */
function isDead(pid: number): boolean {
  if (Number.isNaN(pid)) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return isCode(error, "ESRCH");
  }
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (isCode(error, "ENOENT")) return undefined;
    throw new Error(`${basename(file)} cannot be read: ${String(error)}`, { cause: error });
  }
}

async function writeWhole(file: string, text: string): Promise<void> {
  const handle = await open(file, "w");
  try {
    await handle.writeFile(text);
    // Before it takes the old one's name, lest a power cut leave a name and no text.
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function isCode(error: unknown, code: string): boolean {
  return (error as { readonly code?: string }).code === code;
}
