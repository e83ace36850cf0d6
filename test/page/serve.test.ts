// The page's server over real HTTP: files, events as they come, acts; and what it refuses, and in which words.

import { once } from "node:events";
import { type IncomingHttpHeaders, type IncomingMessage, request } from "node:http";
import { connect } from "node:net";
import { networkInterfaces } from "node:os";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import type { Act, ActAnswer } from "../../local/page/protocol.ts";
import { type PageOptions, type RunningPage, servePage } from "../../local/page/serve.ts";
import { createParts, type PartSource } from "../../local/page/stream.ts";
import { EMPTY } from "./a-page.ts";

const FILES = new Map([
  ["/index.html", { contentType: "text/html; charset=utf-8", body: "<title>Latchkey</title>" }],
  ["/assets/index-1.js", { contentType: "text/javascript", body: new Uint8Array([0x31]) }],
]);

let page: RunningPage;
let parts: PartSource;
let acts: Act[];
let act: (act: Act) => Promise<ActAnswer>;
let errors: unknown[];

const options = (port = 0): PageOptions => ({
  port,
  files: FILES,
  parts,
  act: (one) => act(one),
  onError: (error) => errors.push(error),
});

beforeEach(async () => {
  parts = createParts(EMPTY);
  acts = [];
  errors = [];
  act = async (one) => {
    acts.push(one);
    return { trouble: "not today" };
  };
  page = await servePage(options());
});
afterEach(() => page.close());

interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** The answer, as far as its headers. */
async function open({ method = "GET", path = "/", headers = {}, body }: Sent) {
  const sent = request({ host: "127.0.0.1", port: page.port, method, path, headers });
  sent.end(body);
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  return response;
}

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

async function ask(sent: Sent): Promise<Answer> {
  const response = await open(sent);
  return { status: response.statusCode, headers: response.headers, body: await text(response) };
}

const JUMP = JSON.stringify({ do: "jump" });
const JSON_TYPE = { "content-type": "application/json" };

/** Sends an act, by default a good one as the page itself does. */
const post = (body = JUMP, headers: Readonly<Record<string, string>> = {}) =>
  ask({
    method: "POST",
    path: "/act",
    headers: { ...JSON_TYPE, origin: page.url, ...headers },
    body,
  });

describe("the files", () => {
  it("are served as they were built, the page itself at /", async () => {
    const { status, headers, body } = await ask({ path: "/?from=readme" });
    expect([status, body]).toEqual([200, "<title>Latchkey</title>"]);
    expect(headers).toMatchObject({
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-store",
    });
  });

  it("are kept for good by the browser where their name says what is in them", async () => {
    const { headers, body } = await ask({ path: "/assets/index-1.js" });
    expect(body).toBe("1");
    expect(headers["cache-control"]).toContain("immutable");
  });

  it("come with rules by which no foreign script runs and nobody frames the page", async () => {
    const { headers } = await ask({});
    expect(headers["content-security-policy"]).toBe(
      "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'",
    );
    expect(headers["x-content-type-options"]).toBe("nosniff");
  });

  it.each(["/nothing", "/../package.json", "//elsewhere.example/", "/__proto__"])(
    "are no others: %s",
    async (path) => {
      const { status, body } = await ask({ path });
      expect([status, body]).toEqual([404, `There is nothing at ${path}.`]);
    },
  );

  it("are only read", async () => {
    const { status, headers } = await ask({ method: "PUT", body: "x" });
    expect([status, headers.allow]).toEqual([405, "GET, HEAD"]);
    expect(await ask({ method: "HEAD" })).toMatchObject({ status: 200, body: "" });
  });
});

/** Reads a stream of events, one after the other. */
async function listen() {
  const response = await open({ path: "/events" });
  response.setEncoding("utf8");
  const chunks = response[Symbol.asyncIterator]() as AsyncIterator<string>;
  let unread = "";
  const next = async (): Promise<string | undefined> => {
    while (!unread.includes("\n\n")) {
      const { value, done } = await chunks.next();
      if (done) return undefined;
      unread += value;
    }
    const [event = "", ...rest] = unread.split("\n\n");
    unread = rest.join("\n\n");
    return event;
  };
  const read = async () => {
    const [, name, data = ""] = /^event: (.*)\ndata: (.*)$/.exec((await next()) ?? "") ?? [];
    return [name, JSON.parse(data)];
  };
  return { response, next, read, leave: () => response.destroy() };
}

describe("the events", () => {
  it("are all parts at once, and each again when it changes", async () => {
    const { response, read, leave } = await listen();
    expect(response.headers).toMatchObject({
      "content-type": "text/event-stream",
      "cache-control": "no-store",
    });
    const first = [await read(), await read(), await read(), await read()];
    expect(Object.fromEntries(first)).toEqual(EMPTY);

    const stage = { ...EMPTY.stage, now: 2_000 };
    parts.set("stage", stage);
    expect(await read()).toEqual(["stage", stage]);
    parts.set("stage", { ...stage });
    const slack = { ...EMPTY.slack, team: { id: "T0ACME", name: "two\n\nlines" } };
    parts.set("slack", slack);
    expect(await read()).toEqual(["slack", slack]);
    leave();
  });

  it("go to everybody who looks, the newest at first", async () => {
    const one = await listen();
    parts.set("stage", { ...EMPTY.stage, speed: 60 });
    const other = await listen();
    for (const { read, leave } of [one, other]) {
      const seen = new Map<string, unknown>();
      while (JSON.stringify(seen.get("stage")) !== JSON.stringify(parts.current().stage)) {
        const [name, part] = await read();
        seen.set(name, part);
      }
      leave();
    }
  });

  it("leave out what was outdated before a slow browser could read it", async () => {
    const { read, leave } = await listen();
    for (let part = 0; part < 4; part++) await read();
    const named = (name: string) => ({ ...EMPTY.slack, team: { id: "T0ACME", name } });
    const long = "x".repeat(4_000_000);
    for (let change = 0; change < 20; change++) parts.set("slack", named(`${change} ${long}`));
    parts.set("slack", named("the last"));
    let events = 0;
    let part: unknown;
    while (JSON.stringify(part) !== JSON.stringify(named("the last"))) {
      [, part] = await read();
      events += 1;
    }
    expect(events).toBeLessThan(20);
    leave();
  });

  it("show every twenty seconds that the server is still there", async () => {
    const { useFakeTimers, useRealTimers, advanceTimersByTime } = jest;
    useFakeTimers({ doNotFake: ["nextTick", "setImmediate", "queueMicrotask"] });
    try {
      const { next, leave } = await listen();
      for (let part = 0; part < 4; part++) await next();
      advanceTimersByTime(20_000);
      expect(await next()).toMatch(/^:/);
      leave();
    } finally {
      useRealTimers();
    }
  });

  it("end when the server closes, and nothing listens any more", async () => {
    const { next } = await listen();
    for (let part = 0; part < 4; part++) await next();
    const ended = next();
    await page.close();
    expect(await ended).toBeUndefined();
    await expect(ask({})).rejects.toMatchObject({ code: "ECONNREFUSED" });
    page = await servePage(options());
  });
});

describe("an act", () => {
  it("is carried out, and answered in JSON", async () => {
    const { status, headers, body } = await post();
    expect([status, headers["content-type"]]).toEqual([200, "application/json"]);
    expect(JSON.parse(body)).toEqual({ trouble: "not today" });
    expect(acts).toEqual([{ do: "jump" }]);
  });

  it.each<[string, string, string]>([
    ["no JSON", "{", "This is no JSON."],
    ["no act", `{"do":"explode"}`, "There is no such thing to do here."],
    ["half an act", `{"do":"command","as":"U0ADA","text":"/access"}`, "channel"],
    ["more than an act", `{"do":"jump","as":"U0ADA"}`, "as"],
    ["no command", `{"do":"command","as":"U0ADA","channel":"C0ACCESS","text":"hi"}`, "text"],
    ["no such speed", `{"do":"speed","speed":61}`, "speed"],
    ["no such fault", `{"do":"fault","name":"all-down","isOn":true}`, "name"],
    [
      "no such place",
      `{"do":"click","as":"U0ADA","place":{"channel":"C0ACCESS"},"blockId":"b","actionId":"a"}`,
      "place",
    ],
    ["nothing", "null", "There is no such thing to do here."],
  ])("is refused where it is %s", async (_what, sent, words) => {
    const { status, headers, body } = await post(sent);
    expect([status, headers["content-type"]]).toEqual([400, "text/plain; charset=utf-8"]);
    expect(body).toContain(words);
    expect(acts).toEqual([]);
  });

  it("comes as any of those that the page knows", async () => {
    const place = { channel: "C0ACCESS", ts: "1.000001" };
    const option = { text: { type: "plain_text", text: "One hour" }, value: "1h" } as const;
    const known: readonly Act[] = [
      { do: "command", as: "U0ADA", channel: "C0ACCESS", text: "/access mine" },
      { do: "say", as: "U0ADA", channel: "C0ACCESS", text: "hello", thread: "1.000001" },
      { do: "shortcut", as: "U0ADA", callbackId: "latchkey_request_access" },
      { do: "open-home", as: "U0ADA" },
      { do: "open-messages", as: "U0ADA" },
      { do: "click", as: "U0BOB", place, blockId: "b", actionId: "approve" },
      {
        do: "choose",
        as: "U0ADA",
        place: { view: "V1" },
        blockId: "b",
        actionId: "a",
        entry: option,
      },
      { do: "suggest", as: "U0ADA", place: { view: "V1" }, blockId: "b", actionId: "a", query: "" },
      { do: "submit", as: "U0ADA", view: "V1", entries: { b: { a: ["x"], c: null, d: "t" } } },
      { do: "close", as: "U0ADA", view: "V1" },
      { do: "speed", speed: 60 },
      { do: "fault", name: "slack-down", isOn: true },
    ];
    for (const one of known) expect(await post(JSON.stringify(one))).toMatchObject({ status: 200 });
    expect(acts).toEqual(known);
  });

  it("that goes wrong is told to the visitor and to who runs the page", async () => {
    const wrong = new TypeError("no such thing as undefined");
    act = async () => Promise.reject(wrong);
    const { status, body } = await post();
    expect([status, body]).toEqual([500, "This could not be done: no such thing as undefined"]);
    expect(errors).toEqual([wrong]);
  });

  it("is not taken where it is longer than any act", async () => {
    const long = { do: "say", as: "U0ADA", channel: "C0ACCESS", text: "x".repeat(256 * 1024) };
    const { status, body } = await post(JSON.stringify(long));
    expect([status, body]).toEqual([413, "An act has no more than 262144 bytes."]);
    expect(acts).toEqual([]);
  });

  it("is posted", async () => {
    const { status, headers } = await ask({ path: "/act" });
    expect([status, headers.allow]).toEqual([405, "POST"]);
  });
});

describe("another site's page", () => {
  it.each(["http://elsewhere.example", "http://127.0.0.1:1", "https://127.0.0.1", "null"])(
    "does not act: %s",
    async (origin) => {
      const { status, body } = await post(JUMP, { origin });
      expect([status, body]).toEqual([403, `What comes from ${origin} is not taken here.`]);
      expect(acts).toEqual([]);
    },
  );

  it.each(["text/plain", "application/x-www-form-urlencoded", "text/plain; application/json", ""])(
    'does not act by a form that needs nobody\'s leave: "%s"',
    async (type) => {
      expect(await post(JUMP, { "content-type": type })).toMatchObject({ status: 415 });
      expect(acts).toEqual([]);
    },
  );

  it.each(["/", "/events", "/assets/index-1.js"])(
    "does not read %s by a name of its own that leads here",
    async (path) => {
      const host = `elsewhere.example:${page.port}`;
      const { status, body } = await ask({ path, headers: { host } });
      expect([status, body]).toEqual([403, `This page is at http://127.0.0.1:${page.port} alone.`]);
    },
  );

  it("does not act by such a name either", async () => {
    const host = `elsewhere.example:${page.port}`;
    expect(await post(JUMP, { host, origin: `http://${host}` })).toMatchObject({ status: 403 });
    expect(acts).toEqual([]);
  });

  it("is told from this one by either of its names", async () => {
    const host = `localhost:${page.port}`;
    expect(await post(JUMP, { host, origin: `http://${host}` })).toMatchObject({ status: 200 });
    expect(await post(JUMP, { "content-type": "application/json; charset=utf-8" })).toMatchObject({
      status: 200,
    });
  });
});

describe("a port", () => {
  it("is said, and so is the address", () => {
    expect(page.port).toBeGreaterThan(0);
    expect(page.url).toBe(`http://127.0.0.1:${page.port}`);
  });

  it("that is taken is Node's error, for whoever starts the page to word", async () => {
    await expect(servePage(options(page.port))).rejects.toMatchObject({
      code: "EADDRINUSE",
      port: page.port,
    });
  });

  it("is open on this machine alone, at no other of its addresses", async () => {
    const addresses = Object.values(networkInterfaces()).flatMap((all = []) =>
      all.flatMap(({ address, family }) => (family === "IPv4" || address === "::1" ? address : [])),
    );
    for (const host of addresses.filter((address) => address !== "127.0.0.1")) {
      const [error] = await once(connect({ host, port: page.port }), "error");
      expect(error).toMatchObject({ code: "ECONNREFUSED" });
    }
  });
});
