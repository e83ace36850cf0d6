// One browser's stream of events: every part at once, and each again whenever it changes.
// Source: html.spec.whatwg.org/multipage/server-sent-events.html.

import type { ServerResponse } from "node:http";
import type { PartName } from "./protocol.ts";
import type { PartSource } from "./stream.ts";

export interface EventStream {
  end(): void;
}

const KEEP_ALIVE_MS = 20_000;

/**
 * Sends events until the browser goes or `end` is called. A browser that reads slowly misses what was
 * outdated before it could be sent, and never the newest.
 */
export function openEventStream(response: ServerResponse, parts: PartSource): EventStream {
  const unsent = new Set(Object.keys(parts.current()) as PartName[]);
  let isFull = false;
  const write = (text: string) => {
    isFull = !response.write(text);
  };
  const flush = () => {
    for (const name of unsent) {
      if (isFull) return;
      unsent.delete(name);
      write(`event: ${name}\ndata: ${JSON.stringify(parts.current()[name])}\n\n`);
    }
  };

  // One connection, this stream's alone: where it ends, so does the connection.
  response.writeHead(200, { "content-type": "text/event-stream", connection: "close" });
  flush();
  const unsubscribe = parts.subscribe((name) => {
    unsent.add(name);
    flush();
  });
  // A comment: it shows that the other end is still there.
  const keepAlive = setInterval(() => isFull || write(": still here\n\n"), KEEP_ALIVE_MS);
  response.on("drain", () => {
    isFull = false;
    flush();
  });
  response.on("close", () => {
    unsubscribe();
    clearInterval(keepAlive);
  });
  return { end: () => void response.end() };
}
