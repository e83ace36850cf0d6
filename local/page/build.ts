// The page as a browser gets it: built by Vite in memory, so that no build output lies about.

import { fileURLToPath } from "node:url";
import { build } from "vite";

/** A file of the page. */
export interface PageFile {
  readonly contentType: string;
  readonly body: string | Uint8Array;
}

const APP = fileURLToPath(new URL("./app/", import.meta.url));

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
};

/** Builds the page. @returns its files by their path, such as `/index.html`. @throws what Vite says is wrong */
export async function buildPage(): Promise<ReadonlyMap<string, PageFile>> {
  const built = await build({
    root: APP,
    configFile: false,
    envFile: false,
    logLevel: "error",
    mode: "production",
    build: { write: false, target: "es2023", modulePreload: { polyfill: false } },
  });
  const outputs = [built].flat();
  return new Map(
    outputs.flatMap((output) =>
      "output" in output
        ? output.output.map((file): [string, PageFile] => {
            const contentType = CONTENT_TYPES[file.fileName.split(".").at(-1) ?? ""];
            return [
              `/${file.fileName}`,
              {
                contentType: contentType ?? "application/octet-stream",
                body: file.type === "chunk" ? file.code : file.source,
              },
            ];
          })
        : [],
    ),
  );
}
