// docs/access-yml.md: what `npm run reference` makes of today's schema, and nothing in it is left unsaid.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { accessFileJsonSchema } from "../../lib/policy/access-file.ts";
import { readAccessFile } from "../../lib/policy/read-access-file.ts";
import { accessReference, sectionsOf } from "../../scripts/access-reference.ts";

const schema = accessFileJsonSchema();
const sections = sectionsOf(schema);
const keys = sections.flatMap((section) => [
  section,
  ...section.keys.map((key) => ({ ...key, name: `${section.name} ${key.path}` })),
]);

describe("docs/access-yml.md", () => {
  const page = readFileSync(new URL("../../docs/access-yml.md", import.meta.url), "utf8");

  it("is up to date (npm run reference -- --out docs/access-yml.md)", () => {
    expect(page).toBe(accessReference(schema));
  });

  it.each(keys.map(({ name, description }) => [name, description]))(
    "says what %s is",
    (_, description) => {
      expect(description).toMatch(/\S/);
      expect(page).toContain(String(description).replaceAll("|", "\\|"));
    },
  );

  it("marks what may be left out", () => {
    expect(page).toMatch(/^## account\?$/m);
    expect(page).toMatch(/^## slack$/m);
    expect(page).toMatch(/^\| `approval\.count`\? \|/m);
    expect(page).toMatch(/^\| `title` \|/m);
  });

  it("says what counts where a key is left out", () => {
    expect(page).toMatch(/^\| `lapse`\? .* left out: `24h` \|$/m);
  });

  it("goes as deep as the schema does", () => {
    const paths = sections
      .find(({ name }) => name === "entitlements")
      ?.keys.map(({ path }) => path);
    expect(paths).toEqual(
      expect.arrayContaining(["approval.notify", "targets[].awsAuth.role", "ticket.pattern"]),
    );
  });

  it("has three cells in every row", () => {
    const rows = page.split("\n").filter((line) => line.startsWith("| "));
    expect(rows.length).toBeGreaterThan(30);
    for (const row of rows) expect(row.replaceAll("\\|", "").split("|")).toHaveLength(5);
  });
});

describe("the example in README.md", () => {
  it("is a whole access.yml, and a valid one", () => {
    const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
    const [, example = ""] = /^```yaml\n([\s\S]*?)^```/m.exec(readme) ?? [];
    expect(readAccessFile(example)).toMatchObject({ ok: true, warnings: [] });
  });
});
