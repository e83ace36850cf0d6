// What a stack leaves in its directory, and how the next one goes on from there.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PutItemCommand } from "@aws-sdk/client-dynamodb";
import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { openDataDir } from "../../local/data-dir.ts";
import { createTable, dynamodbClient, readRows, startDynamodb } from "../../local/dynamodb.ts";
import { keepSaved, offsetAfter, type SavedStack } from "../../local/saved.ts";
import { acmeWorkspace } from "../../local/slack/workspace-state.ts";
import { type Stack, startStack } from "../../local/stack.ts";
import { ADA, BOB, HOUR, idIn, LEASE, MINUTE, scene } from "../end-to-end/scene.ts";
import { bundledFunctions } from "../support/bundled-functions.ts";

const GROUP = "iam-bttrm-web-ro-group";
const USER = "iam-bttrm-web-user-1";
const STAY_UP = fileURLToPath(new URL("./fixtures/stay-up-with-grant.ts", import.meta.url));

// Stacks start several times here.
jest.setTimeout(120_000);

let place: string;
let dataDir: string;
let stack: Stack | undefined;
const closing: (() => unknown)[] = [];

beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), "latchkey-saved-"));
  dataDir = join(place, "data");
});
afterEach(async () => {
  await stack?.close();
  stack = undefined;
  for (const close of closing.splice(0).reverse()) await close();
  await rm(place, { recursive: true });
});

const running = (): Stack => {
  if (stack === undefined) throw new Error("no stack is up");
  return stack;
};
const play = scene(running);

async function start(dir = dataDir): Promise<Stack> {
  const functions = await bundledFunctions();
  stack = await startStack({ functions, dataDir: dir, stopwatch: () => 0 });
  return stack;
}

async function stop(): Promise<void> {
  const last = running();
  stack = undefined;
  await last.close();
}

const stateFile = (dir = dataDir) => join(dir, "stack.json");
const saved = async (dir = dataDir): Promise<SavedStack> =>
  JSON.parse(await readFile(stateFile(dir), "utf8"));

/** Waits until the file says so. */
async function onceSaved(isThere: (text: string) => boolean): Promise<string> {
  for (;;) {
    const text = await readFile(stateFile(), "utf8").catch(() => "");
    if (isThere(text)) return text;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe("a stack that is closed and started again", () => {
  it("goes on where it was: Slack, IAM, the cluster, the grants and the time", async () => {
    const first = await start();
    expect(first.resumed).toBe(false);
    const wayOne = await play.granted(ADA, "web-pods-read 1h OPS-1 look at the pods");
    const wayTwo = await play.granted(ADA, "web-pods-mapping 30m no roles here");
    await play.openHome(ADA);
    first.cluster.touch("ConfigMap", "kube-system", "aws-auth");
    const newcomer = first.aws.iam.createUser("newcomer");
    first.workspace.changeUser("U0DEE", { deleted: true });
    first.advance(5 * MINUTE);
    await first.passes();
    const before = {
      messages: structuredClone(first.workspace.state.messages),
      users: structuredClone(first.workspace.state.users),
      home: play.home(ADA),
      members: await play.members(GROUP),
      iam: structuredClone(first.aws.iam.saved()),
      cluster: structuredClone(first.cluster.saved()),
      rows: await play.rows(),
    };
    const stoppedAt = first.now();
    await stop();

    const second = await start();
    expect(second.resumed).toBe(true);
    expect(second.now()).toBeGreaterThanOrEqual(stoppedAt);
    expect(second.now()).toBeLessThan(stoppedAt + MINUTE);
    expect({
      messages: second.workspace.state.messages,
      users: second.workspace.state.users,
      home: play.home(ADA),
      members: await play.members(GROUP),
      iam: second.aws.iam.saved(),
      cluster: second.cluster.saved(),
      rows: await play.rows(),
    }).toEqual(before);
    // Ids of AWS are counted up, and none comes twice.
    expect(second.aws.iam.createUser("another").id > newcomer.id).toBe(true);
    expect(before.members).toEqual([USER]);
    expect(play.awsAuth().mapUsers).toContain(`user/${USER}`);
    expect(await play.status(wayOne)).toBe("active");

    await play.later(10 * MINUTE);
    expect([await play.status(wayOne), await play.status(wayTwo)]).toEqual(["active", "active"]);
    await play.pastTheEnd(wayTwo);
    expect(play.awsAuth().mapUsers).not.toContain(`user/${USER}`);
    expect(await play.members(GROUP)).toEqual([USER]);
    await play.pastTheEnd(wayOne);
    expect(await play.members(GROUP)).toEqual([]);
    expect(play.card(wayOne)).toContain("Expired");
  });

  it("ends what ran out while it was down, and takes new requests", async () => {
    await start();
    const id = await play.granted(ADA, "web-pods-read 1h OPS-2 for an hour");
    await stop();
    const { clock, ...rest } = await saved();
    const later = { at: clock.at + 2 * HOUR, offsetMs: clock.offsetMs + 2 * HOUR };
    await writeFile(stateFile(), JSON.stringify({ ...rest, clock: later }));

    await start();
    expect(await play.members(GROUP)).toEqual([USER]);
    await play.later(0);
    expect(await play.status(id)).toBe("ended");
    expect(await play.members(GROUP)).toEqual([]);
    const next = await play.granted(ADA, "web-pods-read 1h OPS-3 again");
    expect(play.card(next)).toContain("Active");
  });
});

describe("a stack that is killed", () => {
  it("comes up as it was within half a second before, and its sweeps end the access", async () => {
    const child = spawn(process.execPath, [STAY_UP, dataDir, "web-pods-read 1h OPS-4 killed"], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    closing.push(() => child.exitCode ?? child.kill("SIGKILL"));
    const dead = once(child, "exit");
    const early = dead.then(() => Promise.reject(new Error("it ended by itself")));
    const isActive = (text: string) => text.includes('"S": "active"');
    const text = await Promise.race([onceSaved(isActive), early]);
    early.catch(() => undefined);
    child.kill("SIGKILL");
    await dead;
    expect(await readdir(dataDir)).toEqual(expect.arrayContaining(["lock", "stack.json"]));

    const again = await start();
    const id = idIn(text);
    expect(again.now()).toBeGreaterThanOrEqual((JSON.parse(text) as SavedStack).clock.at);
    expect(await play.members(GROUP)).toEqual([USER]);
    await play.later(5 * MINUTE);
    expect(await play.status(id)).toBe("active");
    await play.pastTheEnd(id);
    expect(await play.status(id)).toBe("ended");
    expect(await play.members(GROUP)).toEqual([]);
  });

  it("leaves a world that agrees with itself, also with a grant on its way", async () => {
    await start();
    const id = await play.request(ADA, "web-pods-read 1h OPS-5 caught on the way");
    const waiting = await onceSaved((text) => text.includes(id));
    const done = play.approve(BOB, id);
    // What lies there while the grant is on its way is what a crash would have left.
    await onceSaved((text) => text !== waiting);
    const copy = join(place, "copy");
    await mkdir(copy);
    await cp(stateFile(), stateFile(copy));
    await done;
    await stop();

    await start(copy);
    await play.later(LEASE + MINUTE);
    if ((await play.status(id)) === "pending") await play.approve(BOB, id);
    expect(await play.status(id)).toBe("active");
    await play.pastTheEnd(id);
    expect(await play.status(id)).toBe("ended");
    expect(await play.members(GROUP)).toEqual([]);
  });
});

describe("one moment for all parts", () => {
  it("holds the table while the rest is read, however busy it is", async () => {
    const dynamodb = await startDynamodb();
    closing.push(dynamodb.close);
    const client = dynamodbClient(dynamodb.url);
    closing.push(() => client.destroy());
    await createTable(client, "busy");
    let isOver = false;
    let elsewhere = 0;
    const writer = (async () => {
      for (let n = 1; !isOver; n++) {
        const Item = { pk: { S: "row" }, n: { N: String(n) } };
        await client.send(new PutItemCommand({ TableName: "busy", Item }));
        elsewhere = n;
      }
    })();

    for (let looks = 0; looks < 30; looks++) {
      const { row, seen } = await dynamodb.whileStill(async (url) => {
        const inside = dynamodbClient(url);
        const seen = elsewhere;
        await readRows(inside, "busy");
        const [row] = await readRows(inside, "busy").finally(() => inside.destroy());
        return { row, seen };
      });
      // What comes second is never ahead, and what comes first is ahead by what is under way at most.
      const inTable = Number(row?.["n"]?.N ?? 0);
      expect([seen, seen + 1]).toContain(inTable);
    }
    isOver = true;
    await writer;
    expect(dynamodb.changes()).toBeGreaterThan(elsewhere);
  });

  it("tells of a state that cannot be saved once, and rejects when it is closed with it", async () => {
    jest.useFakeTimers();
    closing.push(() => jest.useRealTimers());
    const workspace = acmeWorkspace();
    let isFull = true;
    const told: unknown[] = [];
    const written: string[] = [];
    const keeper = keepSaved(
      {
        now: () => Date.now(),
        lastId: () => 0,
        workspace,
        iam: () => ({ users: [], groups: [], roleIds: {} }),
        cluster: () => ({ version: 0, objects: [] }),
        table: { changes: () => 0, whileStill: (work) => work(async () => []) },
      },
      {
        async write(text) {
          if (isFull) throw new Error("no space left");
          written.push(text);
        },
      },
      (error) => told.push(error),
    );
    await jest.advanceTimersByTimeAsync(2_000);
    expect(told).toEqual([new Error("no space left")]);
    expect(written).toEqual([]);

    isFull = false;
    await jest.advanceTimersByTimeAsync(500);
    isFull = true;
    expect(written).toHaveLength(1);
    await expect(keeper.close()).rejects.toThrow("no space left");
  });

  it("never lets the time go back, also where the machine's clock was set back meanwhile", () => {
    expect(offsetAfter({ at: 5_000, offsetMs: 1_000 }, 4_000)).toBe(1_000);
    expect(offsetAfter({ at: 5_000, offsetMs: 1_000 }, 9_000)).toBe(1_000);
    expect(offsetAfter({ at: 5_000, offsetMs: 1_000 }, 2_000)).toBe(3_000);
  });
});

describe("a directory", () => {
  it("in use is refused, and stays the other's", async () => {
    const first = await openDataDir(dataDir);
    await expect(startStack({ dataDir })).rejects.toThrow(/in use by another Latchkey.*lock/);
    await first.write("mine");
    expect(await first.read()).toBe("mine");
    await first.close();
    await (await openDataDir(dataDir)).close();
    expect(await readdir(dataDir)).toEqual(["stack.json"]);
  });

  it("in use by a process that lives is refused, one of a dead process is taken over", async () => {
    const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
    closing.push(() => child.exitCode ?? child.kill("SIGKILL"));
    await once(child, "spawn");
    await mkdir(dataDir);
    await writeFile(join(dataDir, "lock"), `${child.pid}\n`);
    await expect(openDataDir(dataDir)).rejects.toThrow(`process ${child.pid}`);

    child.kill("SIGKILL");
    await once(child, "exit");
    const taken = await openDataDir(dataDir);
    expect(await readFile(join(dataDir, "lock"), "utf8")).toBe(`${process.pid}\n`);
    await taken.close();
    expect(existsSync(join(dataDir, "lock"))).toBe(false);
  });

  it("is taken where an earlier process of the same id left its lock, as in containers", async () => {
    await mkdir(dataDir);
    await writeFile(join(dataDir, "lock"), `${process.pid}\n`);
    await (await openDataDir(dataDir)).close();
  });

  it("with a lock that cannot be read is refused with the way out", async () => {
    await mkdir(dataDir);
    await writeFile(join(dataDir, "lock"), "");
    await expect(openDataDir(dataDir)).rejects.toThrow(`delete ${join(dataDir, "lock")}`);
  });

  it("whose lock was taken away is not written to any more", async () => {
    const dir = await openDataDir(dataDir);
    await dir.write("one");
    await rm(join(dataDir, "lock"));
    await expect(dir.write("two")).rejects.toThrow("nothing is saved");
    expect(await dir.read()).toBe("one");
    await dir.close();
  });

  it("that holds something else is refused, and nothing is put there", async () => {
    await mkdir(dataDir);
    await writeFile(join(dataDir, "package.json"), "{}");
    await expect(startStack({ dataDir })).rejects.toThrow(/holds something else \(package.json\)/);
    expect(await readdir(dataDir)).toEqual(["package.json"]);
  });

  it("that is a file is refused", async () => {
    await writeFile(dataDir, "");
    await expect(startStack({ dataDir })).rejects.toThrow("it is a file");
  });

  it("is no place for what somebody else's DynamoDB or IAM holds", async () => {
    const dynamodbUrl = "http://127.0.0.1:1";
    await expect(startStack({ dataDir, dynamodbUrl })).rejects.toThrow("leave dataDir out");
    expect(existsSync(dataDir)).toBe(false);
  });

  const head = { kind: "latchkey-stack", format: 1 };
  it.each([
    ["half a file", '{ "kind": "latchkey-stack", "for', /is not whole/],
    ["nothing", "", /is not whole/],
    ["somebody else's file", '{"version": 3}', /is not a state that Latchkey saved/],
    ["a newer file", JSON.stringify({ ...head, format: 2 }), /by a newer Latchkey, in format 2/],
    ["an older file", JSON.stringify({ ...head, format: 0 }), /by an older Latchkey, in format 0/],
    ["a file without its parts", JSON.stringify(head), /does not hold a state: clock/],
  ])("with %s is refused by name, with the way out, and left as it is", async (_, text, words) => {
    await mkdir(dataDir);
    await writeFile(stateFile(), text);
    const start = startStack({ dataDir });
    await expect(start).rejects.toThrow(words);
    await expect(start).rejects.toThrow(stateFile());
    await expect(start).rejects.toThrow("move the file away");
    expect(await readFile(stateFile(), "utf8")).toBe(text);
    expect(await readdir(dataDir)).toEqual(["stack.json"]);
  });
});
