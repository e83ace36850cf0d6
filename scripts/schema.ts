// `npm run schema`: prints the JSON Schema of access.yml, or writes it where editors look for it.

import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { accessFileJsonSchema } from "../lib/policy/access-file.ts";

const HELP = `Prints the JSON Schema of access.yml, made from the definition that validates it.

  npm run --silent schema                        prints it
  npm run schema -- --out access.schema.json     writes it to a file

Editors with the YAML language server find it by this first line of access.yml:

  # yaml-language-server: $schema=./access.schema.json`;

try {
  const options = { help: { type: "boolean", short: "h" }, out: { type: "string" } } as const;
  const { values } = parseArgs({ options });
  const schema = `${JSON.stringify(accessFileJsonSchema(), null, 2)}\n`;
  if (values.help) console.log(HELP);
  else if (values.out === undefined) process.stdout.write(schema);
  else writeFileSync(values.out, schema);
} catch (error) {
  console.error(`${error instanceof Error ? error.message : error}\n\n${HELP}`);
  process.exitCode = 2;
}
