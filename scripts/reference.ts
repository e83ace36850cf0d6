// `npm run reference`: prints the reference of access.yml, or writes it where the docs are.

import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { accessFileJsonSchema } from "../lib/policy/access-file.ts";
import { accessReference } from "./access-reference.ts";

const HELP = `Prints the reference of access.yml as Markdown, made from the definition that validates it.

  npm run --silent reference                      prints it
  npm run reference -- --out docs/access-yml.md   writes it to a file

Exit code: 0 printed or written, 2 it cannot be.`;

try {
  const options = { help: { type: "boolean", short: "h" }, out: { type: "string" } } as const;
  const { values } = parseArgs({ options });
  if (values.help) {
    console.log(HELP);
  } else {
    const page = accessReference(accessFileJsonSchema());
    if (values.out === undefined) process.stdout.write(page);
    else writeFileSync(values.out, page);
  }
} catch (error) {
  console.error(`${error instanceof Error ? error.message : error}\n\n${HELP}`);
  process.exitCode = 2;
}
