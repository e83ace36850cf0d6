// Whose a request is: the run of the function that sent it, whichever client it used.

import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "@jest/globals";
import { createClock } from "../../../local/clock.ts";
import { createRunner, type RunNews } from "../../../local/lambda/runner.ts";
import { senderIn } from "../../../local/lambda/sender.ts";

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function aServer() {
  const asked: IncomingHttpHeaders[] = [];
  const server = createServer(({ headers }, response) => {
    asked.push(headers);
    response.end("{}");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

function aRunner() {
  const begun: string[] = [];
  const file = new URL("./fixtures/ask.ts", import.meta.url);
  const onRun = (news: RunNews) => {
    if (news.kind === "begun") begun.push(news.requestId);
  };
  const functions = { ask: { file, env: {}, timeoutMs: 20_000 } };
  const runner = createRunner({ functions, clock: createClock().buffer, onRun });
  closing.push(runner.close);
  return { runner, begun };
}

describe("a request of a function", () => {
  it("says which run sent it, by whichever client, and keeps its own headers", async () => {
    const { url, asked } = await aServer();
    const { runner, begun } = aRunner();
    await runner.invoke("ask", { url });
    await runner.invoke("ask", { url });
    const [first, second] = begun;
    const from = asked.map(senderIn);
    expect(from.map((sender) => sender?.functionName)).toEqual(Array(4).fill("ask"));
    expect(from.map((sender) => sender?.requestId)).toEqual([first, first, second, second]);
    expect(asked.map((headers) => headers["x-own"])).toEqual(Array(4).fill("1"));
  });
});

describe("anybody else's request", () => {
  it("has no sender", async () => {
    const { url, asked } = await aServer();
    await fetch(url);
    expect(asked.map(senderIn)).toEqual([undefined]);
  });
});
