// The functions as `npm run package` leaves them: each zip unpacked to a directory with nothing beside it.

import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { unzip } from "../deploy/unzip.ts";
import { FUNCTION_NAMES, type FunctionName } from "./functions.ts";

export interface UnpackedFunctions {
  /** The file that exports a function's handler. */
  fileOf(name: FunctionName): string;
  remove(): Promise<void>;
}

const PACKAGES = fileURLToPath(new URL("../.serverless/", import.meta.url));

/** Unpacks all to the machine's temporary directory. @throws Error where one was not packaged. */
export async function unpackFunctions(packages = PACKAGES): Promise<UnpackedFunctions> {
  const home = await mkdtemp(join(tmpdir(), "latchkey-functions-"));
  const remove = () => rm(home, { recursive: true, force: true });
  try {
    const handlers = new Map<FunctionName, string>();
    for (const name of FUNCTION_NAMES) {
      handlers.set(name, await unpack(name, join(packages, `${name}.zip`), join(home, name)));
    }
    return { fileOf: (name) => handlers.get(name) ?? "", remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Writes a zip's files below `to`, and answers with the one that Lambda would load. */
async function unpack(name: FunctionName, zip: string, to: string): Promise<string> {
  const packed = await readFile(zip).catch((error: unknown) => {
    throw new Error(`There is no package of ${name}: run \`npm run package\`.`, { cause: error });
  });
  const files = unzip(packed);
  for (const [path, content] of files) {
    const file = join(to, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
  }
  const handler = [...files.keys()].find((path) => HANDLER.test(path) && path.includes(name));
  if (handler === undefined) throw new Error(`${name}.zip holds no functions/${name}.{js,cjs,mjs}`);
  return join(to, handler);
}

/** As `handler: functions/<name>.handler` in serverless.yml is looked up. */
const HANDLER = /^functions\/\w+\.[cm]?js$/;
