// `npm start`, as someone who has just cloned the project runs it.

import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { type AddressInfo, createServer, type Server } from "node:net";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "@jest/globals";

const START = fileURLToPath(new URL("../../local/start.ts", import.meta.url));

const running: ChildProcess[] = [];
afterEach(async () => {
  for (const child of running.splice(0)) {
    if (child.exitCode !== null) continue;
    child.kill("SIGKILL");
    await once(child, "exit");
  }
});

/** Runs it to its end. */
function start(...args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [START, ...args], (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err });
    });
    running.push(child);
  });
}

/** A port with three more behind it that nobody uses. */
async function freePorts(): Promise<number> {
  for (let tries = 0; tries < 50; tries++) {
    const first = await listen(0);
    const { port } = first.address() as AddressInfo;
    const more = await Promise.all(
      [port + 1, port + 2, port + 3].map((next) => listen(next).catch(() => {})),
    );
    const all = [first, ...more];
    await Promise.all(all.map(async (server) => server && once(server.close(), "close")));
    if (!all.includes(undefined)) return port;
  }
  throw new Error("no four ports in a row to be had");
}

async function listen(port: number): Promise<Server> {
  const server = createServer().listen(port, "127.0.0.1");
  await once(server, "listening");
  return server;
}

describe("npm start", () => {
  it("tells the story, and every step of it comes out right", async () => {
    const { code, out, err } = await start("--once");

    expect(err).toBe("");
    expect(code).toBe(0);
    expect(out).toContain("Way 1");
    expect(out).toContain("Way 2");
    expect(out).toMatch(/✓ All \d\d checks came out right\.$/m);
    expect(out).not.toContain("\u001b");
  }, 60_000);

  it("stays up, says how to talk to it, and leaves nothing behind", async () => {
    const child = spawn(process.execPath, [START, "--port", String(await freePorts())]);
    running.push(child);
    let out = "";
    child.stdout.on("data", (chunk) => {
      out += chunk;
    });
    const ended = once(child, "exit").then(() => Promise.reject(new Error(`it ended: ${out}`)));
    while (!out.includes("Ctrl-C ends it")) await Promise.race([once(child.stdout, "data"), ended]);
    ended.catch(() => undefined);
    const kubeconfig = /KUBECONFIG=(\S+)/.exec(out)?.[1] ?? "";
    expect(existsSync(kubeconfig)).toBe(true);
    const [, api, token] = /curl -s (\S+)users\.list -d token=(\S+)/.exec(out) ?? [];
    const answer = await fetch(`${api}auth.test`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}` },
    });
    expect(await answer.json()).toMatchObject({ ok: true });

    child.kill("SIGINT");
    const [code] = await once(child, "exit");
    expect(code).toBe(0);
    expect(existsSync(kubeconfig)).toBe(false);
  }, 60_000);

  it("says which port is taken", async () => {
    const port = await freePorts();
    const server = await listen(port);
    const { code, err } = await start("--port", String(port));
    server.close();
    expect(code).toBe(1);
    expect(err).toContain(`Port ${port} is taken`);
    expect(err).not.toContain("    at ");
  });

  it.each([
    [["--bogus"], "Unknown option '--bogus'"],
    [["twice"], "Unexpected argument 'twice'"],
    [["--port", "http"], '--port must be a number from 1 to 65532, not "http".'],
    [["--port"], "--port"],
    [["--once", "--data", "x"], "--once plays a story that is not kept."],
  ])("turns away what it does not know: %j", async (args, words) => {
    const { code, out, err } = await start(...args);
    expect(code).toBe(2);
    expect(out).toBe("");
    expect(err).toContain(words);
    expect(err).toContain("--help");
  });

  it("explains itself", async () => {
    const { code, out } = await start("--help");
    expect(code).toBe(0);
    expect(out).toContain("npm start -- --once");
  });
});
