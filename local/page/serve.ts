// The page's server, on 127.0.0.1: the built files, what is so as a stream of events, and a door for what the visitor does.

import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { PageFile } from "./build.ts";
import type { Act, ActAnswer } from "./protocol.ts";
import { NoSuchAct, readAct } from "./read-act.ts";
import { type EventStream, openEventStream } from "./send-events.ts";
import type { PartSource } from "./stream.ts";

export interface PageOptions {
  /** 0: any that is free. */
  readonly port: number;
  /** By their path, such as `/index.html`. */
  readonly files: ReadonlyMap<string, PageFile>;
  readonly parts: PartSource;
  readonly act: (act: Act) => Promise<ActAnswer>;
  /** Told of what went wrong in `act`; the visitor is told as well. */
  readonly onError?: (error: unknown) => void;
}

export interface RunningPage {
  readonly url: string;
  readonly port: number;
  /** Ends all event streams, and whatever else is open. */
  close(): Promise<void>;
}

const MAX_BODY_BYTES = 256 * 1024;

const HEADERS = {
  // NB. Whatever text is shown, no script runs that is not the page's own, and no other site frames the page
  // to have its buttons clicked.
  "content-security-policy":
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "cache-control": "no-store",
};

/** Serves the page. Rejects with Node's error where the port cannot be had (`EADDRINUSE`, `EACCES`). */
export async function servePage(options: PageOptions): Promise<RunningPage> {
  const streams = new Set<EventStream>();
  const server = createServer((request, response) => {
    const { port } = server.address() as AddressInfo;
    answer({ ...options, port }, streams, request, response).catch(() => response.destroy());
  });
  server.listen(options.port, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    async close() {
      for (const stream of streams) stream.end();
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function answer(
  options: PageOptions,
  streams: Set<EventStream>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
  const hosts = hostsOf(options.port);
  // NB. DNS rebinding: another site's name can be made to lead here, and its scripts would count as ours.
  if (!hosts.includes(request.headers.host ?? "")) {
    return say(response, 403, `This page is at http://${hosts[0]} alone.`);
  }
  const { method } = request;
  const [path = "/"] = (request.url ?? "/").split("?");
  if (path === "/act") {
    if (method !== "POST") return sayMethod(response, "POST");
    return takeAct(options, request, response);
  }
  if (method !== "GET" && method !== "HEAD") return sayMethod(response, "GET, HEAD");
  if (path === "/events") {
    if (method === "HEAD") return sayMethod(response, "GET");
    const stream = openEventStream(response, options.parts);
    streams.add(stream);
    response.on("close", () => streams.delete(stream));
    return;
  }
  sendFile(response, path, options.files);
}

/** The names by which a browser on this machine reaches us; at port 80 it leaves that out. */
function hostsOf(port: number): readonly string[] {
  return ["127.0.0.1", "localhost"].map((name) => (port === 80 ? name : `${name}:${port}`));
}

function sendFile(response: ServerResponse, path: string, files: PageOptions["files"]): void {
  const file = files.get(path === "/" ? "/index.html" : path);
  if (file === undefined) {
    say(response, 404, `There is nothing at ${path}.`);
    return;
  }
  // Vite names assets by what is in them.
  if (path.startsWith("/assets/")) {
    response.setHeader("cache-control", "public, max-age=31536000, immutable");
  }
  response.setHeader("content-type", file.contentType);
  response.end(file.body);
}

async function takeAct(
  { port, act, onError }: PageOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { origin, "content-type": contentType = "" } = request.headers;
  // NB. Another site's page can send a request here, though not read the answer: it must not act. A browser
  // says where a POST comes from, and asks before it sends JSON to another site.
  if (origin !== undefined && !hostsOf(port).some((host) => origin === `http://${host}`)) {
    return say(response, 403, `What comes from ${origin} is not taken here.`);
  }
  if (contentType.split(";")[0]?.trim().toLowerCase() !== "application/json") {
    return say(response, 415, "An act comes as application/json.");
  }
  const body = await bodyOf(request);
  if (body === undefined) {
    return say(response, 413, `An act has no more than ${MAX_BODY_BYTES} bytes.`);
  }
  try {
    const outcome = JSON.stringify(await act(readAct(body)));
    response.setHeader("content-type", "application/json");
    response.end(outcome);
  } catch (error) {
    if (error instanceof NoSuchAct) return say(response, 400, error.message);
    onError?.(error);
    say(response, 500, `This could not be done: ${error instanceof Error ? error.message : error}`);
  }
}

/** A request's body, read to its end; undefined where there is more of it than is taken. */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  return bytes > MAX_BODY_BYTES ? undefined : Buffer.concat(chunks).toString("utf8");
}

function sayMethod(response: ServerResponse, allowed: string): void {
  response.setHeader("allow", allowed);
  say(response, 405, `Here only ${allowed} is answered.`);
}

function say(response: ServerResponse, status: number, words: string): void {
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8" });
  response.end(words);
}
