// access.schema.json, which editors read, is what `npm run schema` makes of today's definition.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { accessFileJsonSchema } from "../../lib/policy/access-file.ts";

describe("access.schema.json", () => {
  it("is up to date (npm run schema -- --out access.schema.json)", () => {
    const file = new URL("../../access.schema.json", import.meta.url);
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(accessFileJsonSchema());
  });
});
