import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { parse } from "yaml";
import {
  addMappings,
  type ConfigMapData,
  type Mapping,
} from "../../lib/targets/aws-auth/config-map.ts";
import { readMapText } from "../../lib/targets/aws-auth/map-text.ts";
import { awsAuthLines } from "../../local/page/aws-auth-lines.ts";
import { aBatch, aText, mangle, someManglings } from "../targets/aws-auth/texts.ts";

const ADA: Mapping = {
  key: "mapUsers",
  arn: "arn:aws:iam::111122223333:user/ada",
  username: "latchkey:ada",
  groups: ["readers"],
};
const JANE = `- userarn: arn:aws:iam::111122223333:user/jane
  username: jane
  groups: [admins]   # latchkey: not ours
`;

describe("the lines of aws-auth", () => {
  it("are those that kubectl shows, by key", () => {
    const data = { mapUsers: JANE, mapAccounts: '- "444455556666"', mapRoles: "\n- {}\n\n" };
    expect(shown(data)).toEqual([
      "mapAccounts: |-",
      '  - "444455556666"',
      "mapRoles: |2+",
      "",
      "  - {}",
      "",
      "mapUsers: |",
      "  - userarn: arn:aws:iam::111122223333:user/jane",
      "    username: jane",
      "    groups: [admins]   # latchkey: not ours",
    ]);
  });

  it("mark Latchkey's entries and nobody else's", () => {
    expect(marked(withAda({ mapUsers: JANE }))).toEqual([
      '  - userarn: "arn:aws:iam::111122223333:user/ada"',
      '    username: "latchkey:ada"',
      "    groups:",
      '      - "readers"',
    ]);
    expect(marked({ mapUsers: JANE })).toEqual([]);
  });

  it("mark an entry of ours that somebody has edited and moved, and not the comments around it", () => {
    const ours = "# before\n- groups: [readers, writers]\n\n  username: latchkey:ada\n# behind\n";
    expect(marked({ mapUsers: ours + JANE })).toEqual([
      "  - groups: [readers, writers]",
      "",
      "    username: latchkey:ada",
    ]);
  });

  it("mark the line of a list in one line as soon as one of ours is in it", () => {
    const mapUsers = '[{"userarn":"arn:aws:iam::111122223333:user/jane","username":"jane"}]\n';
    expect(marked({ mapUsers })).toEqual([]);
    expect(marked(withAda({ mapUsers }))).toEqual([expect.stringContaining("latchkey:ada")]);
  });

  it("mark nothing in a text that Latchkey does not dare to read", () => {
    const mapUsers = `${withAda({ mapUsers: JANE }).mapUsers}? odd\n`;
    expect(shown({ mapUsers })).toContain('    username: "latchkey:ada"');
    expect(marked({ mapUsers })).toEqual([]);
  });

  it("are none where there is no data", () => {
    expect(awsAuthLines({})).toEqual([]);
    expect(shown({ mapRoles: "", mapUsers: "\n" })).toEqual(['mapRoles: ""', 'mapUsers: "\\n"']);
  });

  it("are the texts: whoever reads them as YAML reads the same data, whatever is in it", () => {
    fc.assert(
      fc.property(aText("mapRoles"), aText("mapUsers"), someManglings(), (roles, users, mess) => {
        const data = {
          ...(roles !== undefined && { mapRoles: mangle(roles, mess) }),
          ...(users !== undefined && { mapUsers: users }),
          mapAccounts: "[]",
        };
        expect(parse(`${shown(data).join("\n")}\n`)).toEqual(data);
      }),
    );
  });

  it("mark what was added, so that the others are the lines before", () => {
    fc.assert(
      fc.property(aText("mapUsers"), aBatch("mapUsers"), (text, mappings) => {
        const map = readMapText("mapUsers", text);
        fc.pre("entries" in map && map.form === "block" && map.entries.length > 0);
        fc.pre(text !== undefined && /\n$/.test(text) && !/\n\n$|\r/.test(text));
        const before = { mapUsers: text };
        const after = addMappings(before, mappings).data;
        const others = awsAuthLines(after).filter(({ isOurs }) => !isOurs);
        expect(others.map((line) => line.text)).toEqual(shown(before));
        expect(marked(after).length).toBeGreaterThanOrEqual(3 * mappings.length);
      }),
    );
  });
});

function withAda(data: ConfigMapData): ConfigMapData {
  return addMappings(data, [ADA]).data;
}

function shown(data: ConfigMapData): readonly string[] {
  return awsAuthLines(data).map(({ text }) => text);
}

function marked(data: ConfigMapData): readonly string[] {
  return awsAuthLines(data)
    .filter(({ isOurs }) => isOurs)
    .map(({ text }) => text);
}
