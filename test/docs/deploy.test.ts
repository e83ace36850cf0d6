// docs/deploy.md: the names in its steps are those of the template, and its Roles those with which everything is tested.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { parse, parseAllDocuments } from "yaml";
import { scenarioObjects } from "../../local/kubernetes/seed.ts";

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const page = read("docs/deploy.md");
const serverless = parse(read("serverless.yml"), { logLevel: "silent" }) as {
  readonly service: string;
  readonly params: { readonly default: Readonly<Record<string, unknown>> };
  readonly resources: readonly (string | { readonly Outputs?: Readonly<Record<string, object>> })[];
};
const outputs = serverless.resources.flatMap((part) =>
  typeof part === "string" ? [] : Object.keys(part.Outputs ?? {}),
);

describe("docs/deploy.md", () => {
  it("takes the addresses and roles that the template gives out", () => {
    const [, listed = ""] = /for name in ([\w ]+); do output/.exec(page) ?? [];
    expect(listed.split(" ").sort()).toEqual([...outputs].sort());
    const used = [...page.matchAll(/\$\(output (\w+)\)/g)].map(([, name]) => name);
    expect(new Set(used)).toEqual(new Set(outputs));
  });

  it("asks for the stack by the name that it has", () => {
    const stacks = [...page.matchAll(/--stack-name (\S+)/g)].map(([, name]) => name);
    expect(new Set(stacks)).toEqual(new Set([`${serverless.service}-$STAGE`]));
  });

  it("lists every parameter, with what counts where it is left out", () => {
    const [, table = ""] = /\| parameter \|.*\n\|[-|]+\n((?:\|.*\n)+)/.exec(page) ?? [];
    const listed = table
      .trim()
      .split("\n")
      .flatMap((row) => {
        const [, names = "", left = ""] = row.split("|");
        const value = /`([^`]+)`/.exec(left)?.[1] ?? "";
        return [...names.matchAll(/`(\w+)`/g)].map(([, name = ""]) => [name, value]);
      });
    const defaults = Object.entries(serverless.params.default).map(([name, value]) => [
      name,
      String(value),
    ]);
    expect(Object.fromEntries(listed)).toEqual(Object.fromEntries(defaults));
  });

  it("lets the functions into a cluster as the tests' cluster does", () => {
    const [, yaml = ""] = /<<'YAML'\n([\s\S]*?)^YAML$/m.exec(page) ?? [];
    const shown = parseAllDocuments(yaml).map((document) => document.toJS());
    expect(shown).toHaveLength(4);
    const seeded = scenarioObjects();
    for (const object of shown) {
      const { kind, metadata, ...rest } = object;
      const same = seeded.find(
        (each) =>
          each.kind === kind &&
          each.metadata.name === metadata.name &&
          each.metadata.namespace === metadata.namespace,
      );
      expect(same).toMatchObject(rest);
    }
  });
});
