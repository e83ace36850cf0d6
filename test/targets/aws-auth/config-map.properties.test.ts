// What holds of every edit of aws-auth, over thousands of texts as people and tools write them.

import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import {
  addMappings,
  type ConfigMapData,
  type Mapping,
  removeMappings,
  sight,
} from "../../../lib/targets/aws-auth/config-map.ts";
import { type Entry, readMapText } from "../../../lib/targets/aws-auth/map-text.ts";
import { foldArn, isBrokerUsername, type MapKey } from "../../../lib/targets/aws-auth/names.ts";
import { aBatch, aText, mangle, someManglings } from "./texts.ts";

const RUNS = { numRuns: 400 };
// Built once a key: arbitraries are dear to make.
const aCase = fc.oneof(caseOf("mapRoles"), caseOf("mapUsers"));

function caseOf(key: MapKey) {
  return fc.record({ key: fc.constant(key), text: aText(key), batch: aBatch(key) });
}

function dataOf(key: MapKey, text: string | undefined): ConfigMapData {
  return text === undefined ? {} : { [key]: text };
}

/** Whom the cluster maps to what, but for entries of ours: of equal ARNs the last one wins. */
function everyoneElse(
  key: MapKey,
  data: ConfigMapData,
): Map<string, Pick<Entry, "username" | "groups">> {
  const map = readMapText(key, data[key]);
  if ("trouble" in map) throw new Error(`${map.trouble.what}: ${JSON.stringify(data[key])}`);
  const others = map.entries.filter(({ username }) => !isBrokerUsername(username));
  return new Map(
    others.map(({ arn, username, groups }) => [foldArn(arn), { username, groups }] as const),
  );
}

describe("every text that people and tools write", () => {
  it("is as before once what was added is removed", () => {
    fc.assert(
      fc.property(aCase, ({ key, text, batch }) => {
        const lent = addMappings(dataOf(key, text), batch);
        expect([...lent.verdicts.values()]).toEqual(batch.map(() => "added"));
        const back = removeMappings(lent.data, batch);
        expect(back.data).toEqual(dataOf(key, text));
        expect([...back.verdicts.values()]).toEqual(batch.map(() => "removed"));
      }),
      RUNS,
    );
  });

  it("is as before after adds, changes of groups and removals in any order", () => {
    const steps = fc.array(
      fc.record({ who: fc.nat(), groups: fc.constantFrom(undefined, [], ["g"], ["g", "h"]) }),
    );
    fc.assert(
      fc.property(aCase, steps, ({ key, text, batch }, order) => {
        let data = dataOf(key, text);
        for (const { who, groups } of order) {
          const mapping = batch[who % batch.length] as Mapping;
          data =
            groups === undefined
              ? removeMappings(data, [mapping]).data
              : addMappings(data, [{ ...mapping, groups }]).data;
          expect(sight(data, { ...mapping, groups: groups ?? [] }).status).toBe(
            groups === undefined ? "absent" : "ours",
          );
        }
        expect(removeMappings(data, batch).data).toEqual(dataOf(key, text));
      }),
      RUNS,
    );
  });

  it("maps everyone else as before, in between and afterwards", () => {
    fc.assert(
      fc.property(aCase, ({ key, text, batch }) => {
        const before = everyoneElse(key, dataOf(key, text));
        const { data } = addMappings(dataOf(key, text), batch);
        expect(everyoneElse(key, data)).toEqual(before);
        expect(everyoneElse(key, removeMappings(data, batch.slice(1)).data)).toEqual(before);
      }),
      RUNS,
    );
  });

  it("does not change when the same edit is made again", () => {
    fc.assert(
      fc.property(aCase, ({ key, text, batch }) => {
        const { data } = addMappings(dataOf(key, text), batch);
        expect(addMappings(data, batch).data).toBe(data);
        const back = removeMappings(data, batch).data;
        expect(removeMappings(back, batch).data).toBe(back);
      }),
      RUNS,
    );
  });

  it("comes out the same whether mappings are added one by one or at once", () => {
    fc.assert(
      fc.property(aCase, ({ key, text, batch }) => {
        const atOnce = addMappings(dataOf(key, text), batch).data;
        let data = dataOf(key, text);
        for (const mapping of batch) data = addMappings(data, [mapping]).data;
        expect(data).toEqual(atOnce);
      }),
      RUNS,
    );
  });
});

describe("a text that somebody mangled", () => {
  it("is either refused whole and left alone, or edited without touching anyone else", () => {
    let edits = 0;
    fc.assert(
      fc.property(
        aCase,
        fc.boolean(),
        someManglings(),
        ({ key, text, batch }, isLent, manglings) => {
          const former = isLent ? addMappings(dataOf(key, text), batch).data[key] : text;
          const data = dataOf(key, mangle(former ?? "", manglings));
          for (const edited of [addMappings(data, batch), removeMappings(data, batch)]) {
            const isRefused = [...edited.verdicts.values()].every(
              (verdict) => typeof verdict === "object",
            );
            if (isRefused) expect(edited.data).toBe(data);
            if (edited.changed.length === 0) continue;
            expect(everyoneElse(key, edited.data)).toEqual(everyoneElse(key, data));
            edits += 1;
          }
        },
      ),
      { numRuns: 2000 },
    );
    expect(edits).toBeGreaterThan(50);
  });
});
