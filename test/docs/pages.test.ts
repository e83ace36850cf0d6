// README.md and docs/*.md: what they link to is there, what they run exists, and what they show can be read.

import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "@jest/globals";
import { parseAllDocuments } from "yaml";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const PAGES = [
  "README.md",
  ...readdirSync(join(ROOT, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];
const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
  readonly scripts: Readonly<Record<string, string>>;
};

const textOf = (page: string) => readFileSync(join(ROOT, page), "utf8");

/** A page without its code: what looks like a link there is none. */
function prose(page: string): string {
  return textOf(page)
    .replace(/^( *)```[\s\S]*?^\1```/gm, "")
    .replace(/`[^`\n]*`/g, (code) => code.replace(/[[\]()]/g, ""));
}

interface Link {
  readonly to: string;
  readonly file: string;
  readonly anchor: string | undefined;
}

function linksOf(page: string): readonly Link[] {
  return [...prose(page).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, to = ""]) => to)
    .filter((to) => !/^[a-z]+:/.test(to))
    .map((to) => {
      const [path = "", anchor] = to.split("#");
      const file = path === "" ? join(ROOT, page) : resolve(dirname(join(ROOT, page)), path);
      return { to, file, anchor };
    });
}

/** The anchors that GitHub gives a page's headings. */
function anchorsOf(file: string): readonly string[] {
  const withoutCode = readFileSync(file, "utf8").replace(/^```[\s\S]*?^```/gm, "");
  return [...withoutCode.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

/** The code of one language on a page. */
function blocksOf(page: string, language: string): readonly string[] {
  const pattern = new RegExp(`^( *)\`\`\`${language}\\n([\\s\\S]*?)^\\1\`\`\``, "gm");
  return [...textOf(page).matchAll(pattern)].map(([, indent = "", code = ""]) =>
    code.replace(new RegExp(`^${indent}`, "gm"), ""),
  );
}

it("reads more than a few pages, links and commands", () => {
  expect(PAGES.length).toBeGreaterThan(5);
  expect(PAGES.flatMap(linksOf).length).toBeGreaterThan(30);
  expect(PAGES.flatMap((page) => blocksOf(page, "sh")).length).toBeGreaterThan(10);
});

describe.each(PAGES)("%s", (page) => {
  it("links to files and headings that exist", () => {
    const broken = linksOf(page).filter(
      ({ file, anchor }) =>
        !existsSync(file) || (anchor !== undefined && !anchorsOf(file).includes(anchor)),
    );
    expect(broken.map(({ to }) => to)).toEqual([]);
  });

  it("runs npm scripts that exist", () => {
    const named = [...textOf(page).matchAll(/npm run (?:--silent )?([a-z][\w:-]*)/g)].map(
      ([, name = ""]) => name,
    );
    expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
  });

  it("shows commands that a shell can read", () => {
    const failures = blocksOf(page, "sh").flatMap((code) => {
      const run = spawnSync("bash", ["-n"], { input: code, encoding: "utf8" });
      return run.status === 0 ? [] : [`${run.stderr}${run.error ?? ""}${code}`];
    });
    expect(failures).toEqual([]);
  });

  it("shows JSON and YAML that can be read", () => {
    for (const code of blocksOf(page, "json")) expect(() => JSON.parse(code)).not.toThrow();
    const errors = blocksOf(page, "yaml").flatMap((code) =>
      parseAllDocuments(code).flatMap((document) => ("errors" in document ? document.errors : [])),
    );
    expect(errors).toEqual([]);
  });
});

describe("the pages", () => {
  it("are all reached from README.md", () => {
    const reached = new Set(["README.md"]);
    for (const page of reached) {
      for (const { file } of linksOf(page)) {
        const name = file.slice(ROOT.length);
        if (PAGES.includes(name)) reached.add(name);
      }
    }
    expect(PAGES.filter((page) => !reached.has(page))).toEqual([]);
  });
});
