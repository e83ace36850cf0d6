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
import { aBatch, aText, mangle, someManglings } from "./texts.ts";

const SOURCE = join(import.meta.dirname, "go-reader");
const go = (...words: string[]) =>
  spawnSync("go", words, { cwd: SOURCE, env: { ...process.env, GOTOOLCHAIN: "local" } });

// Without Go, or without its modules at hand or in reach, there is nothing to compare with.
const isThere = go("mod", "download").status === 0;
const describeWithGo = isThere ? describe : describe.skip;
const title = isThere
  ? "the cluster's parser"
  : "the cluster's parser (SKIPPED: needs Go and its modules)";

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

  it("sees the entries that we see in every text that we read", () => {
    const cases = fc.sample(odd, { numRuns: 5000 }).flatMap((text) => {
      const map = readMapText(key, text);
      return "trouble" in map ? [] : [{ text, entries: map.entries }];
    });
    expect(cases.length).toBeGreaterThanOrEqual(250);
    const answers = read(cases.map(({ text }) => text));
    for (const [index, { text, entries }] of cases.entries()) {
      const seen = (answers[index]?.mappings ?? []).map((mapping) =>
        fieldsOf(mapping.userarn, mapping.username, mapping.groups ?? []),
      );
      const ours = entries.map(({ arn, username, groups }) => fieldsOf(arn, username, groups));
      expect({ text, seen }).toEqual({ text, seen: ours });
    }
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
