// The inside of the thread in which Vite builds the page.

import { fileURLToPath } from "node:url";
import { parentPort } from "node:worker_threads";
import { build } from "vite";

export interface BuiltFile {
  readonly name: string;
  readonly body: string | Uint8Array;
}

const built = await build({
  root: fileURLToPath(new URL("./app/", import.meta.url)),
  configFile: false,
  envFile: false,
  logLevel: "error",
  mode: "production",
  build: { write: false, target: "es2023", modulePreload: { polyfill: false } },
});
const files = [built]
  .flat()
  .flatMap((output) => ("output" in output ? output.output : []))
  .map(
    (file): BuiltFile => ({
      name: file.fileName,
      body: file.type === "chunk" ? file.code : file.source,
    }),
  );
parentPort?.postMessage(files);
