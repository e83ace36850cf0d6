// The page as a browser gets it: built by Vite in memory, so that no build output lies about.

import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { BuiltFile } from "./build-worker.ts";

/** A file of the page. */
export interface PageFile {
  readonly contentType: string;
  readonly body: string | Uint8Array;
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
  woff: "font/woff",
  woff2: "font/woff2",
};

let built: Promise<ReadonlyMap<string, PageFile>> | undefined;

/**
 * Builds the page, in a thread of its own: meanwhile the stack can start. Once in a process: who opens it again
 * gets the same files.
 *
 * @returns its files by their path, such as `/index.html`
 * @throws what Vite says is wrong
 */
export function buildPage(): Promise<ReadonlyMap<string, PageFile>> {
  built ??= buildAnew();
  return built;
}

async function buildAnew(): Promise<ReadonlyMap<string, PageFile>> {
  const worker = new Worker(new URL("./build-worker.ts", import.meta.url), { execArgv: [] });
  const [files] = (await once(worker, "message")) as [readonly BuiltFile[]];
  await worker.terminate();
  return new Map(
    files.map(({ name, body }) => {
      const contentType = CONTENT_TYPES[name.split(".").at(-1) ?? ""];
      return [`/${name}`, { contentType: contentType ?? "application/octet-stream", body }];
    }),
  );
}
