// What the cluster's own parser makes of texts before and after our edits: needs Go, and says so where it is missing.

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import {
  addMappings,
  type Mapping,
  removeMappings,
} from "../../../lib/targets/aws-auth/config-map.ts";
import { readMapText } from "../../../lib/targets/aws-auth/map-text.ts";
import { foldArn, isBrokerUsername } from "../../../lib/targets/aws-auth/names.ts";
import { aBatch, aText, mangle, ODD_SNIPPETS, someManglings } from "./texts.ts";

const SOURCE = join(import.meta.dirname, "go-reader");
const go = (...words: string[]) =>
  spawnSync("go", words, { cwd: SOURCE, env: { ...process.env, GOTOOLCHAIN: "local" } });

// Without Go, or without its modules at hand or in reach, there is nothing to compare with.
const isThere = go("mod", "download").status === 0;
const describeWithGo = isThere ? describe : describe.skip;
const title = isThere
  ? "the cluster's parser"
  : "the cluster's parser (SKIPPED: needs Go and its modules)";

const BY_HAND = `- userarn: x # c
  groups:
    - 'a'
    - e3
-
  groups: [a,
    "b"]
  username: "y" \n`;

const IN_BRACKETS = `[ {userarn: 'x', groups: [a, "b"]},
  {userarn: "y", username: z, groups: []} ]\n`;

interface Answer {
  readonly error?: string;
  readonly mappings:
    | { readonly userarn: string; readonly username: string; readonly groups: string[] | null }[]
    | null;
  readonly raw: unknown[] | string | null;
}

describeWithGo(title, () => {
  const folder = mkdtempSync(join(tmpdir(), "aws-auth-"));
  const reader = join(folder, "reader");
  beforeAll(() => expect(String(go("build", "-o", reader, ".").stderr)).toBe(""), 240_000);
  afterAll(() => rmSync(folder, { recursive: true }));

  function read(texts: readonly string[]): Answer[] {
    const input = texts.map((text) => `${JSON.stringify(text)}\n`).join("");
    const { stdout } = spawnSync(reader, { input, encoding: "utf8", maxBuffer: 2 ** 30 });
    const answers = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Answer);
    expect(answers).toHaveLength(texts.length);
    return answers;
  }

  /** Compares what the parser made of each text before and after an edit. */
  function readBoth<Case extends { before: string; after: string }>(cases: readonly Case[]) {
    const answers = read(cases.flatMap(({ before, after }) => [before, after]));
    return cases.map((one, index) => {
      const [before, after] = [answers[2 * index], answers[2 * index + 1]];
      if (before === undefined || after === undefined) throw new Error("an answer is missing");
      return { ...one, before, after, texts: [one.before, one.after] };
    });
  }

  const key = "mapUsers";
  const plain = aText(key).map((text) => text ?? "");
  const odd = fc.tuple(plain, someManglings()).map(([text, manglings]) => mangle(text, manglings));

  it.each([
    ["as people and tools write them", plain, 500, 500],
    ["that somebody mangled", odd, 5000, 250],
  ])("reads the old entries and ours after an addition to texts %s", (_, text, numRuns, least) => {
    const cases = fc.sample(fc.tuple(text, aBatch(key)), { numRuns }).flatMap(([before, batch]) => {
      const { data, verdicts } = addMappings({ mapUsers: before }, batch);
      const isAdded = batch.every((mapping) => verdicts.get(mapping) === "added");
      return isAdded ? [{ before, after: data.mapUsers ?? "", batch }] : [];
    });
    expect(cases.length).toBeGreaterThanOrEqual(least);
    for (const { texts, before, after, batch } of readBoth(cases)) {
      expect({ texts, error: before.error ?? after.error }).toEqual({ texts, error: undefined });
      expect({ texts, reads: after.raw }).toEqual({
        texts,
        reads: [...(before.raw ?? []), ...batch.map(asEntry)],
      });
    }
  });

  it("reads all but ours after a removal from texts that somebody mangled", () => {
    const parts = fc.tuple(plain, aBatch(key), someManglings());
    const cases = fc.sample(parts, { numRuns: 2500 }).flatMap(([text, batch, manglings]) => {
      const lent = addMappings({ mapUsers: text }, batch).data.mapUsers ?? "";
      const before = mangle(lent, manglings);
      const { data, changed } = removeMappings({ mapUsers: before }, batch);
      return changed.length > 0 ? [{ before, after: data.mapUsers ?? "", batch }] : [];
    });
    expect(cases.length).toBeGreaterThanOrEqual(80);
    for (const { texts, before, after, batch } of readBoth(cases)) {
      expect({ texts, error: before.error ?? after.error }).toEqual({ texts, error: undefined });
      const ours = new Set(batch.map(({ arn }) => foldArn(arn)));
      const others = [...(before.raw ?? [])].filter((_, index) => {
        const { userarn = "", username = "" } = before.mappings?.[index] ?? {};
        return !(ours.has(foldArn(userarn)) && isBrokerUsername(username));
      });
      expect({ texts, reads: after.raw ?? [] }).toEqual({ texts, reads: others });
    }
  });

  /** Those of `texts` that we read are read alike by both. @returns how many that are */
  function expectAlike(texts: readonly string[]): number {
    const cases = texts.flatMap((text) => {
      const map = readMapText(key, text);
      return "trouble" in map ? [] : [{ text, entries: map.entries }];
    });
    const answers = read(cases.map(({ text }) => text));
    const unlike = cases.flatMap(({ text, entries }, index) => {
      const { mappings, error } = answers[index] ?? {};
      const seen = (mappings ?? []).map(({ userarn, username, groups }) =>
        fieldsOf(userarn, username, groups ?? []),
      );
      const ours = entries.map(({ arn, username, groups }) => fieldsOf(arn, username, groups));
      return JSON.stringify(seen) === JSON.stringify(ours) ? [] : [{ text, seen, ours, error }];
    });
    expect(unlike).toEqual([]);
    return cases.length;
  }

  it("sees the entries that we see in every text that we read", () => {
    expect(expectAlike(fc.sample(odd, { numRuns: 5000 }))).toBeGreaterThanOrEqual(250);
  });

  it.each([
    ["a list as people write it", BY_HAND],
    ["a list in brackets", IN_BRACKETS],
    [
      "a list with blocks of text",
      "- note: |\n    a\n  userarn: >-\n    x\n- username: |\n    y\n",
    ],
    [
      "JSON in lines",
      JSON.stringify([{ userarn: "x", groups: ["a", "b"], username: "" }], null, 1),
    ],
  ])("sees what we see wherever in %s one odd thing is put", (_, text) => {
    const mangled = new Set<string>();
    for (const snippet of new Set(ODD_SNIPPETS)) {
      for (let at = 0; at <= text.length; at++) {
        for (const length of [0, 1, 2]) {
          mangled.add(text.slice(0, at) + snippet + text.slice(at + length));
        }
      }
    }
    expect(expectAlike([...mangled])).toBeGreaterThan(1_000);
  });
});

/** What may be a number or a date to one parser and a text to the other is nobody's name. */
function fieldsOf(...[arn, username, groups]: [string, string, readonly string[]]) {
  const nameOf = (text: string) => (/^[-+.\d]/.test(text) ? "" : text);
  return { arn: nameOf(arn), username: nameOf(username), groups: groups.map(nameOf) };
}

function asEntry({ arn, username, groups }: Mapping) {
  return { userarn: arn, username, groups };
}
