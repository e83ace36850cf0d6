// Other catalogues than the example's: the same but for some changes, in files that are gone when the tests are over.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll } from "@jest/globals";
import { parseDocument } from "yaml";

/** The example that ships with the project. */
export const EXAMPLE = fileURLToPath(new URL("../../access.yml", import.meta.url));

/** What changes, by where it stands (`entitlements.web-pods-read.extend`); undefined: it is left out. */
export type Changes = Readonly<Record<string, unknown>>;

/** Writes the example's catalogue with some changes to a file, and answers with its path. */
export function useCatalogues(): (changes: Changes) => string {
  let home: string | undefined;
  let written = 0;
  afterAll(() => {
    if (home !== undefined) rmSync(home, { recursive: true });
  });
  return (changes) => {
    home ??= mkdtempSync(join(tmpdir(), "latchkey-access-"));
    const document = parseDocument(readFileSync(EXAMPLE, "utf8"));
    for (const [place, value] of Object.entries(changes)) {
      const path = place.split(".");
      if (value === undefined) document.deleteIn(path);
      else document.setIn(path, document.createNode(value));
    }
    written += 1;
    const file = join(home, `access-${written}.yml`);
    writeFileSync(file, String(document));
    return file;
  };
}
