// The `fetch` of Slack's clients, against a server on this machine: what WebClient relies on holds with it.

import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, describe, expect, it } from "@jest/globals";
import { httpsFetch } from "../../lib/slack/https-fetch.ts";
import { createWebClient, slackProblem } from "../../lib/slack/web-client.ts";

let server: Server | undefined;

afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((closed) => server?.close(closed) ?? closed(undefined));
  server = undefined;
});

/** Starts a server that answers so, and gives its address, with a trailing slash. */
async function serving(answer: RequestListener): Promise<string> {
  server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

/** Where nothing listens any more. */
async function nowhere(): Promise<string> {
  const address = await serving(() => {});
  server?.close();
  return address;
}

describe("httpsFetch", () => {
  it("sends the method, the headers and the text, with its length", async () => {
    let seen: IncomingMessage | undefined;
    let body = "";
    const address = await serving(async (request, response) => {
      seen = request;
      body = await text(request);
      response.end();
    });
    const headers = { "Content-Type": "text/plain", Authorization: "Bearer t" };
    await httpsFetch(`${address}a?b=c`, { method: "POST", headers, body: "für alle" });
    expect(body).toBe("für alle");
    expect(seen).toMatchObject({ method: "POST", url: "/a?b=c" });
    expect(seen?.headers).toMatchObject({
      "content-type": "text/plain",
      authorization: "Bearer t",
      "content-length": "9",
    });
  });

  it("gives the answer as text, JSON or bytes, its headers by any case", async () => {
    const address = await serving((_, response) => {
      response.writeHead(200, "Fine", { "X-OAuth-Scopes": "chat:write", "Set-Cookie": ["a", "b"] });
      // In two parts, in the middle of a letter.
      const bytes = Buffer.from('{"name":"Zoë"}');
      response.write(bytes.subarray(0, 12), () => response.end(bytes.subarray(12)));
    });
    const answer = await httpsFetch(address);
    expect(answer).toMatchObject({ ok: true, status: 200, statusText: "Fine", url: address });
    expect(answer.headers.get("X-OAuth-Scopes")).toBe("chat:write");
    expect(answer.headers.get("retry-after")).toBeNull();
    expect(Object.fromEntries(answer.headers.entries())).toMatchObject({
      "x-oauth-scopes": "chat:write",
      "set-cookie": "a,b",
    });
    expect(await answer.text()).toBe('{"name":"Zoë"}');
    expect(await answer.json()).toEqual({ name: "Zoë" });
    expect(Buffer.from(await answer.arrayBuffer()).toString()).toBe('{"name":"Zoë"}');
  });

  it.each([302, 404, 429, 500])("gives a %d as an answer that is not ok", async (status) => {
    const address = await serving((_, response) => {
      response.writeHead(status, { location: "/elsewhere" }).end("why");
    });
    const answer = await httpsFetch(address, { redirect: "error" });
    expect(answer).toMatchObject({ ok: false, status });
    expect(await answer.text()).toBe("why");
  });

  it("uses a socket again", async () => {
    let sockets = 0;
    const address = await serving((_, response) => response.end("ok"));
    server?.on("connection", () => {
      sockets += 1;
    });
    await httpsFetch(address);
    await httpsFetch(address);
    expect(sockets).toBe(1);
  });

  it("throws the socket's error where nothing listens", async () => {
    await expect(httpsFetch(await nowhere())).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });

  it("throws where the answer is cut off", async () => {
    const address = await serving((_, response) => {
      response.writeHead(200, { "content-length": "100" });
      response.write("half", () => response.destroy());
    });
    await expect(httpsFetch(address)).rejects.toMatchObject({ code: "ECONNRESET" });
  });

  it("sends nothing once its signal is aborted", async () => {
    let requests = 0;
    const address = await serving((_, response) => {
      requests += 1;
      response.end();
    });
    const reason = new Error("too late");
    await expect(httpsFetch(address, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(requests).toBe(0);
  });

  it.each(["before", "within"])("throws the signal's reason %s an answer", async (when) => {
    const abort = new AbortController();
    const reason = new Error("too late");
    const address = await serving((_, response) => {
      if (when === "before") return abort.abort(reason);
      response.writeHead(200);
      response.write("half", () => abort.abort(reason));
    });
    await expect(httpsFetch(address, { signal: abort.signal })).rejects.toBe(reason);
  });

  it("refuses a body that is no text", async () => {
    const body = new FormData();
    await expect(httpsFetch("http://127.0.0.1/", { method: "POST", body })).rejects.toThrow(
      TypeError,
    );
  });
});

describe("a WebClient over it", () => {
  const called = async (address: string, timeoutMs?: number) => {
    const client = createWebClient("a token of this test", address, timeoutMs);
    return client.chat.postMessage({ channel: "C0ACCESS", text: "hello" }).catch(slackProblem);
  };

  it("gets Slack's answer", async () => {
    const address = await serving((request, response) => {
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ ok: true, ts: request.url }));
    });
    expect(await called(address)).toMatchObject({ ok: true, ts: "/chat.postMessage" });
  });

  it("tells Slack's own error", async () => {
    const address = await serving((_, response) => response.end('{"ok":false,"error":"no_text"}'));
    expect(await called(address)).toEqual({ code: "no_text" });
  });

  it("tells how long a rate limit lasts, and does not wait", async () => {
    const address = await serving((_, response) => {
      response.writeHead(429, { "retry-after": "30" }).end();
    });
    const limited = { code: "slack_webapi_rate_limited_error", retryAfterMs: 30_000 };
    expect(await called(address)).toEqual(limited);
  });

  it("fails on a redirect, and sends the token nowhere else", async () => {
    const paths: (string | undefined)[] = [];
    const address = await serving((request, response) => {
      paths.push(request.url);
      response.writeHead(307, { location: "/elsewhere" }).end();
    });
    expect(await called(address)).toEqual({ code: "slack_webapi_http_error" });
    expect(paths).toEqual(["/chat.postMessage"]);
  });

  it("gives up when its time is over", async () => {
    const address = await serving(() => {});
    expect(await called(address, 1)).toEqual({ code: "slack_webapi_request_error" });
  });

  it("fails where nothing listens", async () => {
    expect(await called(await nowhere())).toEqual({ code: "slack_webapi_request_error" });
  });
});
