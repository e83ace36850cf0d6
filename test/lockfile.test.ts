// The lockfile: good for every platform, and bound to no registry.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";

interface Locked {
  readonly version?: string;
  readonly resolved?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const { packages } = JSON.parse(
  readFileSync(new URL("../package-lock.json", import.meta.url), "utf8"),
) as { packages: Readonly<Record<string, Locked>> };
const names = new Set(Object.keys(packages).map((path) => path.split("node_modules/").at(-1)));

describe("package-lock.json", () => {
  it("names no registry host", () => {
    const bound = Object.entries(packages).filter(([, { resolved }]) => resolved !== undefined);
    expect(bound.map(([path]) => path)).toEqual([]);
  });

  it("holds the packages of every platform, without which `npm ci` refuses it", () => {
    const missing = Object.values(packages).flatMap(({ optionalDependencies = {} }) =>
      Object.keys(optionalDependencies).filter((name) => !names.has(name)),
    );
    expect(missing).toEqual([]);
  });
});
