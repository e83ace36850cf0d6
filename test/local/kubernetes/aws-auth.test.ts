// How the cluster reads `aws-auth`: what counts, what is dropped alone, and what takes a whole key with it.

import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { findMapping, readAwsAuth } from "../../../local/kubernetes/aws-auth.ts";

const ARN = "arn:aws:iam::111122223333:role/reader";
const roles = (mapRoles: string) => readAwsAuth({ mapRoles }).roles;
const aReader = { arn: ARN, username: "reader", groups: ["readers"] };

describe("reading aws-auth", () => {
  it.each<[string, string]>([
    ["plain YAML", `- rolearn: ${ARN}\n  username: reader\n  groups:\n    - readers\n`],
    ["a JSON array", JSON.stringify([{ rolearn: ARN, username: "reader", groups: ["readers"] }])],
    ["an indented list", `   - rolearn: ${ARN}\n     username: reader\n     groups: [readers]\n`],
    ["keys of any case", `- rOlEaRn: ${ARN}\n  USERNAME: reader\n  Groups: [readers]\n`],
    ["unknown keys", `- rolearn: ${ARN}\n  username: reader\n  groups: [readers]\n  owner: me\n`],
    ["comments", `# hello\n- rolearn: ${ARN} # hello\n  username: reader\n  groups: [readers]\n`],
    [
      "repeated keys, the last",
      `- rolearn: x\n  rolearn: ${ARN}\n  username: reader\n  groups: [readers]\n`,
    ],
    [
      "its first document",
      `- rolearn: ${ARN}\n  username: reader\n  groups: [readers]\n---\n- broken: {{x}}\n`,
    ],
    [
      "up to where the list is outdented",
      `  - rolearn: ${ARN}\n    username: reader\n    groups: [readers]\n- rolearn: never\n`,
    ],
  ])("takes %s", (_title, text) => {
    expect(roles(text)).toEqual([aReader]);
  });

  it.each([
    "",
    "''",
    "[]",
    "null",
    "~",
    "# nothing yet\n",
    "reader: yes\n",
    `[]\n- rolearn: ${ARN}\n`,
  ])("finds no entries in %j", (text) => {
    expect(roles(text)).toEqual([]);
  });

  it("drops an entry without an ARN alone", () => {
    const text = `- username: nobody\n- just text\n- null\n- rolearn: ${ARN}\n  username: reader\n  groups: [readers]\n`;
    expect(roles(text)).toEqual([aReader]);
  });

  it("leaves a field of the wrong type empty", () => {
    expect(roles(`- rolearn: ${ARN}\n  username: yes\n  groups: readers\n`)).toEqual([
      { arn: ARN, username: "", groups: [] },
    ]);
  });

  it("lets a merge key override what stands above it", () => {
    const text = `- &base\n  rolearn: ${ARN}\n  username: base\n- rolearn: other\n  username: own\n  <<: *base\n`;
    expect(roles(text).map(({ username }) => username)).toEqual(["base", "base"]);
  });

  it.each<[string, string]>([
    ["an unquoted template", `- rolearn: ${ARN}\n  username: {{SessionName}}\n`],
    ["an unclosed quote", `- rolearn: ${ARN}\n  username: "reader\n`],
    ["a stray line", `- rolearn: ${ARN}\nstray\n`],
    ["a line that holds only a tab", `- rolearn: ${ARN}\n\t\n  username: reader\n`],
    ["an escaped slash in quotes", `- rolearn: ${ARN}\n  username: "a\\/b"\n`],
    ["a question mark in a flow list", `- rolearn: ${ARN}\n  groups: [a?b]\n`],
    ["a control character in a comment", `- rolearn: ${ARN} # \u0001\n`],
    ["a comment ended by U+2028", `- rolearn: ${ARN} # see\u2028below: [\n`],
    ["a number that is none", `- rolearn: ${ARN}\n  username: .nan\n`],
    ["an empty key", `- rolearn: ${ARN}\n  : reader\n`],
    ["a mapping as key", `- rolearn: ${ARN}\n  {a: b}: reader\n`],
    ["a tag that does not fit", `- rolearn: ${ARN}\n  username: !!int reader\n`],
    ["an alias to nothing", `- rolearn: ${ARN}\n  username: *nobody\n`],
    ["an alias inside itself", `- &loop\n  rolearn: ${ARN}\n  groups: *loop\n`],
  ])("loses every role to %s, and no user", (_title, mapRoles) => {
    const mapUsers = "- userarn: arn:aws:iam::111122223333:user/ada\n  username: ada\n";
    const read = readAwsAuth({ mapRoles, mapUsers });
    expect(read.roles).toEqual([]);
    expect(read.users.map(({ username }) => username)).toEqual(["ada"]);
  });

  it("survives whatever is written there", () => {
    const pieces = fc.constantFrom(
      "- ",
      "rolearn: ",
      "{",
      "[",
      "]",
      "&a ",
      "*a",
      "<<: ",
      "\n",
      "  ",
      "\t",
      '"',
      "#",
    );
    const text = fc.array(fc.oneof(pieces, fc.string())).map((parts) => parts.join(""));
    fc.assert(fc.property(text, (mapRoles) => Array.isArray(roles(mapRoles))));
  });

  it("reads accounts, quoted or not", () => {
    const { accounts } = readAwsAuth({ mapAccounts: '- "111122223333"\n- 012345678901\n' });
    expect(accounts).toEqual(["111122223333", "012345678901"]);
  });
});

describe("looking a caller up", () => {
  const mapped = (username: string, arn = ARN) => ({ arn, username, groups: [] });
  const none = { roles: [], users: [], accounts: [] };

  it("takes the last of several entries for one role, without merging groups", () => {
    const first = { ...mapped("first"), groups: ["a"] };
    const last = { ...mapped("last"), groups: ["b"] };
    expect(findMapping({ ...none, roles: [first, last] }, ARN)).toEqual(last);
  });

  it("looks at roles before users", () => {
    const awsAuth = { ...none, roles: [mapped("as role")], users: [mapped("as user")] };
    expect(findMapping(awsAuth, ARN)?.username).toBe("as role");
  });

  it("ignores case", () => {
    expect(
      findMapping({ ...none, roles: [mapped("reader", ARN.toUpperCase())] }, ARN),
    ).toBeDefined();
  });

  it("knows no wildcards", () => {
    expect(
      findMapping({ ...none, roles: [mapped("x", "arn:aws:iam::*:role/*")] }, ARN),
    ).toBeUndefined();
  });
});
