// `npm start`, as someone who has just cloned the project runs it.

import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
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

/** A port with two more behind it that nobody uses. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port to be had");
  return Math.min(address.port, 65_533);
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
    const child = spawn(process.execPath, [START, "--port", String(await freePort())]);
    running.push(child);
    let out = "";
    child.stdout.on("data", (chunk) => {
      out += chunk;
    });
    while (!out.includes("Ctrl-C ends it")) await once(child.stdout, "data");
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
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    const { code, err } = await start("--port", String(Math.min(port, 65_533)));
    server.close();
    expect(code).toBe(1);
    expect(err).toContain(`Port ${port} is taken`);
    expect(err).not.toContain("    at ");
  });

  it.each([
    [["--bogus"], "Unknown option '--bogus'"],
    [["twice"], "Unexpected argument 'twice'"],
    [["--port", "http"], '--port must be a number from 1 to 65533, not "http".'],
    [["--port"], "--port"],
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
