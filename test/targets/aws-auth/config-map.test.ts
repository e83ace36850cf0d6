// Edits of aws-auth, example by example: what is written, what is left alone, what is refused and why.

import { describe, expect, it } from "@jest/globals";
import {
  addMappings,
  type ConfigMapData,
  type Mapping,
  removeMappings,
  sight,
} from "../../../lib/targets/aws-auth/config-map.ts";
import { brokerUsername, mappedArn } from "../../../lib/targets/aws-auth/names.ts";

const ACCOUNT = "arn:aws:iam::123456789012";

/** The mapping of an IAM user or role as the broker would write it. */
function aMapping(principal = "user/eks-user", changes: Partial<Mapping> = {}): Mapping {
  const mapped = mappedArn(`${ACCOUNT}:${principal}`);
  if (mapped === undefined) throw new TypeError(`${principal} is no principal`);
  const username = brokerUsername(mapped.arn);
  return { ...mapped, username, groups: ["eks-role"], ...changes };
}

const ourEntry = `- userarn: "arn:aws:iam::123456789012:user/eks-user"
  username: "latchkey:eks-user"
  groups:
    - "eks-role"
`;

/** The administrators' ConfigMap of the scenario, as eksctl and people have left it. */
const administrators = {
  mapRoles: `- groups:
  - system:bootstrappers
  - system:nodes
  rolearn: arn:aws:iam::123456789012:role/eks-node-role
  username: system:node:{{EC2PrivateDNSName}}
# break glass: do not remove
- rolearn: arn:aws:iam::123456789012:role/eks-cluster-admins
  username: eks-cluster-admins
  groups: [ system:masters ]   # nobody gets in without it

- {rolearn: arn:aws:iam::123456789012:role/kubernetes-read-only, username: kubernetes-read-only, groups: [viewers]}
`,
  mapUsers: `- userarn: arn:aws:iam::123456789012:user/jane.doe@example.com
  username: jane.doe@example.com
  groups:
    - admins
- userarn: arn:aws:iam::123456789012:user/developer.team@example.com
  username: developer.team@example.com
  groups:
    - developers
`,
  mapAccounts: "[]\n",
};

const inUsers = (mapUsers: string): ConfigMapData => ({ mapUsers });
const onlyVerdict = <Done>(edited: { verdicts: ReadonlyMap<Mapping, Done> }): Done => {
  expect(edited.verdicts.size).toBe(1);
  return [...edited.verdicts.values()][0] as Done;
};

describe("the administrators' ConfigMap", () => {
  const user = aMapping("user/eks-user");
  const role = aMapping("role/iam-bttrm-web-ro-role", { groups: ["rbac-bttrm-web-ro-group"] });

  it("gets the entry of the scenario behind everything else", () => {
    const { data, changed } = addMappings(administrators, [user]);
    expect(data).toEqual({ ...administrators, mapUsers: administrators.mapUsers + ourEntry });
    expect(changed).toEqual(["mapUsers"]);
    expect(sight(data, user)).toEqual({ status: "ours" });
  });

  it("is the same afterwards, byte for byte", () => {
    const { data } = addMappings(administrators, [user, role]);
    const back = removeMappings(data, [role, user]);
    expect(back.data).toEqual(administrators);
    expect([...back.verdicts.values()]).toEqual(["removed", "removed"]);
  });

  it("keeps what its administrators wrote in while access was lent", () => {
    const lent = addMappings(administrators, [user]).data.mapUsers ?? "";
    const bob = `# Bob, on call\n- userarn: ${ACCOUNT}:user/bob\n  username: bob\n`;
    expect(removeMappings(inUsers(lent + bob), [user]).data).toEqual(
      inUsers(administrators.mapUsers + bob),
    );
  });

  it("is itself when nothing changes", () => {
    expect(addMappings(administrators, []).data).toBe(administrators);
    expect(removeMappings(administrators, [user, role]).data).toBe(administrators);
  });
});

describe("adding a mapping", () => {
  it.each([
    ["no such key", undefined, ourEntry],
    ["an empty text", "", ourEntry.trimEnd()],
    ["a blank line", "\n", `\n${ourEntry}`],
    ["an empty list", "[]", `[${JSON.stringify(asObject())}]`],
    ["an empty list over two lines", "[\n]\n", `[${JSON.stringify(asObject())}\n]\n`],
    ["two quotes", "''", `# latchkey: in place of "''"\n${ourEntry}`],
    ["null", "null\n", `# latchkey: in place of "null\\n"\n${ourEntry}`],
    ["a comment alone", "# nobody yet", `# nobody yet\n${ourEntry.trimEnd()}`],
    ["CDK's JSON", '[{"userarn":"x"}]', `[{"userarn":"x"},${JSON.stringify(asObject())}]`],
    ["no final newline", "- userarn: x", `- userarn: x\n${ourEntry.trimEnd()}`],
    ["an indented list", "  - userarn: x\n", `  - userarn: x\n${indented(ourEntry, "  ")}`],
    [
      "Windows line endings",
      "- userarn: x\r\n",
      `- userarn: x\r\n${ourEntry}`.replaceAll(/\r?\n/g, "\r\n"),
    ],
    ["a last comment", "- userarn: x # x\n\n# end\n", `- userarn: x # x\n\n# end\n${ourEntry}`],
  ])("to %s, and taking it away again, restores the text", (_, before, after) => {
    const data: ConfigMapData = before === undefined ? {} : { mapUsers: before };
    const { data: lent } = addMappings(data, [aMapping()]);
    expect(lent).toEqual({ mapUsers: after });
    expect(removeMappings(lent, [aMapping()]).data).toEqual(data);
  });

  it("is no change where it stands already", () => {
    const edited = addMappings(inUsers(ourEntry), [aMapping()]);
    expect(onlyVerdict(edited)).toBe("already");
    expect(edited.changed).toEqual([]);
  });

  it("changes the groups in the entry's own place where another grant has joined or left", () => {
    const bob = `- userarn: ${ACCOUNT}:user/bob # on call\n`;
    const data = inUsers(ourEntry + bob);
    const both = aMapping("user/eks-user", { groups: ["eks-role", "more"] });
    const edited = addMappings(data, [both]);
    expect(onlyVerdict(edited)).toBe("changed");
    expect(edited.data).toEqual(inUsers(`${ourEntry}    - "more"\n${bob}`));
    expect(addMappings(edited.data, [aMapping()]).data).toEqual(data);
  });

  it("leaves one entry where there were copies", () => {
    const edited = addMappings(inUsers(ourEntry + ourEntry), [aMapping()]);
    expect(edited.data).toEqual(inUsers(ourEntry));
  });

  it("does not hold up the others of the batch where one is refused", () => {
    const taken = aMapping("user/jane.doe@example.com");
    const { data, verdicts } = addMappings(administrators, [taken, aMapping()]);
    expect(data.mapUsers).toBe(administrators.mapUsers + ourEntry);
    expect(verdicts.get(taken)).toMatchObject({ code: "mapped-by-other" });
  });

  it("names a principal once, however often a batch does", () => {
    const [first, same] = [aMapping(), aMapping()];
    const other = aMapping("user/eks-user", { groups: ["else"] });
    const { data, verdicts } = addMappings({}, [first, same, other]);
    expect(data).toEqual(inUsers(ourEntry));
    expect(verdicts.get(same)).toBe("already");
    expect(verdicts.get(other)).toMatchObject({ code: "mapped-by-other" });
  });

  it("puts every value in quotes, so that no name becomes a number, a comment or a bool", () => {
    const groups = ["yes", "0x1F", "a # b", 'the "x"', "back\\slash"];
    const { data } = addMappings({}, [aMapping("user/eks-user", { groups })]);
    for (const group of groups) expect(data.mapUsers).toContain(`- ${JSON.stringify(group)}\n`);
  });
});

function asObject() {
  const { arn, username, groups } = aMapping();
  return { userarn: arn, username, groups };
}

function indented(text: string, indent: string): string {
  return text.replaceAll(/^(?=.)/gm, indent);
}

describe("a mapping is refused, and nothing changed", () => {
  const refusalOf = (data: ConfigMapData, mapping: Mapping) => {
    const edited = addMappings(data, [mapping]);
    expect(edited.data).toBe(data);
    const verdict = onlyVerdict(edited);
    if (typeof verdict === "string") throw new Error(`expected a refusal, got ${verdict}`);
    return verdict;
  };

  it("for a principal that somebody else has mapped, however the ARN is spelt", () => {
    const mapping = aMapping("user/Jane.Doe@example.com");
    const refusal = refusalOf(administrators, mapping);
    expect(refusal.code).toBe("mapped-by-other");
    expect(refusal.message).toContain('username "jane.doe@example.com", groups admins');
  });

  it("for a user whom somebody has mapped among the roles, where the cluster looks first", () => {
    const data = { mapRoles: `- rolearn: ${ACCOUNT}:user/eks-user\n  username: x\n` };
    expect(refusalOf(data, aMapping()).code).toBe("mapped-by-other");
  });

  it("for a role that somebody has mapped with its path, though the cluster never matches it", () => {
    const data = { mapRoles: `- rolearn: ${ACCOUNT}:role/ops/deploy\n  username: x\n` };
    expect(refusalOf(data, aMapping("role/deploy")).code).toBe("mapped-by-other");
  });

  it("for a node role", () => {
    const refusal = refusalOf(administrators, aMapping("role/eks-node-role"));
    expect(refusal.code).toBe("node-role");
  });

  it("for an entry of ours beside which somebody put another", () => {
    const data = inUsers(`${ourEntry}- userarn: ${ACCOUNT}:user/eks-user\n  username: x\n`);
    expect(sight(data, aMapping()).status).toBe("contested");
    expect(refusalOf(data, aMapping()).code).toBe("mapped-by-other");
  });

  it.each([
    ...["system:masters", "system:nodes", "SYSTEM:masters", "eks:admin", "aws:x", "amazon:x"],
    ...["iam:x", "", " x", "x\n", "a\tb", "{{SessionName}}", "Ünal"],
  ])("for the group %j", (group) => {
    const refusal = refusalOf({}, aMapping("user/eks-user", { groups: ["fine", group] }));
    expect(refusal.code).toBe("reserved-name");
    expect(refusal.message).toContain(JSON.stringify(group));
  });

  it.each(["eks-user", "system:admin", "Latchkey:x", "latchkey:{{SessionName}}", "latchkey:a\nb"])(
    "for the username %j, which could not be found again",
    (username) => {
      expect(refusalOf({}, aMapping("user/eks-user", { username })).code).toBe("reserved-name");
    },
  );

  it.each([
    ["the ARN of a session", "arn:aws:sts::123456789012:assumed-role/r/s"],
    ["a role's path", `${ACCOUNT}:role/ops/deploy`],
    ["the account", `${ACCOUNT}:root`],
    ["a wildcard", `${ACCOUNT}:role/*`],
    ["a line break", `${ACCOUNT}:role/x\narn:aws:iam::123456789012:role/eks-cluster-admins`],
    ["a role among the users", `${ACCOUNT}:role/deploy`],
    ["nothing", ""],
  ])("for %s in place of a principal", (what, arn) => {
    const key = what === "a role among the users" ? "mapUsers" : "mapRoles";
    const mapping: Mapping = { key, arn, username: "latchkey:x", groups: [] };
    expect(refusalOf({}, mapping).code).toBe("bad-arn");
  });

  it("where the other text cannot be read, for the principal may stand there", () => {
    const data = { mapRoles: "- rolearn: {{x}}\n" };
    expect(refusalOf(data, aMapping())).toMatchObject({ key: "mapRoles", line: 1 });
  });

  it("where the ConfigMap is nearly full, but for those that still fit", () => {
    const long = (name: string, size: number) =>
      aMapping(`user/${name}`, { groups: Array.from({ length: size }, (_, i) => `group-${i}`) });
    const data = inUsers(`# ${"x".repeat(899 * 1024)}\n`);
    expect(refusalOf(data, long("a", 100)).code).toBe("aws-auth-too-large");
    expect([...addMappings(data, [long("a", 100), long("b", 2)]).verdicts.values()][1]).toBe(
      "added",
    );
  });
});

describe("system:masters", () => {
  it("is lent only where the policy acknowledges it in plain words", () => {
    const changes = { groups: ["system:masters"], acknowledgeClusterAdmin: true };
    const edited = addMappings({}, [aMapping("user/eks-user", changes)]);
    expect(onlyVerdict(edited)).toBe("added");
  });

  it("is the only reserved group that an acknowledgement opens", () => {
    const changes = { groups: ["system:nodes"], acknowledgeClusterAdmin: true };
    const edited = addMappings({}, [aMapping("user/eks-user", changes)]);
    expect(onlyVerdict(edited)).toMatchObject({ code: "reserved-name" });
  });
});

describe("removing a mapping", () => {
  const widened = ourEntry.replace('"eks-role"', "system:masters").replace("userarn", "UserARN");

  it("takes an entry of ours that somebody widened by hand, and says so", () => {
    expect(sight(inUsers(widened), aMapping())).toEqual({
      status: "drifted",
      groups: ["system:masters"],
    });
    const edited = removeMappings(inUsers(`# Jane\n${widened}# end\n`), [aMapping()]);
    expect(onlyVerdict(edited)).toBe("removed-drifted");
    expect(edited.data).toEqual(inUsers("# Jane\n# end\n"));
  });

  it("takes every copy of it", () => {
    const edited = removeMappings(inUsers(ourEntry + widened), [aMapping()]);
    expect(onlyVerdict(edited)).toBe("removed-drifted");
    expect(edited).toMatchObject({ data: {}, changed: ["mapUsers"] });
  });

  it("finds it in the format of another tool, without our quotes and comments", () => {
    const theirs =
      "- groups: [eks-role]\n  userarn: arn:aws:iam::123456789012:user/EKS-user\n  username: latchkey:eks-user\n  userid: ''\n";
    const edited = removeMappings(inUsers(administrators.mapUsers + theirs), [aMapping()]);
    expect(onlyVerdict(edited)).toBe("removed");
    expect(edited.data).toEqual(inUsers(administrators.mapUsers));
  });

  it("leaves an entry of the same ARN that is not ours", () => {
    const data = inUsers(`- userarn: ${ACCOUNT}:user/eks-user\n  username: eks-user\n`);
    const edited = removeMappings(data, [aMapping()]);
    expect(onlyVerdict(edited)).toBe("foreign");
    expect(edited.data).toBe(data);
    expect(sight(data, aMapping())).toEqual({ status: "foreign", groups: [] });
  });

  it("is no change where it is gone", () => {
    expect(onlyVerdict(removeMappings(administrators, [aMapping()]))).toBe("absent");
    expect(sight(administrators, aMapping())).toEqual({ status: "absent" });
  });

  it("leaves the comments above its neighbours with them", () => {
    const [above, below] = ["# Ann's\n- userarn: ann # a\n", "\n# Bob's\n- userarn: bob\n"];
    const data = inUsers(above + ourEntry.replace("\n", " # ours\n") + below);
    expect(removeMappings(data, [aMapping()]).data).toEqual(inUsers(above + below));
  });

  it.each([
    ["first", (x: string, ours: string) => `[ ${ours} ,\n ${x}]`, (x: string) => `[ ${x}]`],
    ["last", (x: string, ours: string) => `[${x}, ${ours}\n]`, (x: string) => `[${x}\n]`],
    ["alone", (_: string, ours: string) => `[\n  ${ours}\n]`, () => "[\n  \n]"],
    [
      "twice",
      (x: string, ours: string) => `[${ours},${ours},${x},${ours}]`,
      (x: string) => `[${x}]`,
    ],
    [
      "behind a comment",
      (x: string, ours: string) => `[${x}, # Ann\n ${ours}]`,
      (x: string) => `[${x} # Ann\n ]`,
    ],
  ])("takes it out of a JSON list where it stands %s", (_, before, after) => {
    const neighbour = '{"userarn":"ann"}';
    const data = inUsers(before(neighbour, JSON.stringify(asObject())));
    expect(removeMappings(data, [aMapping()]).data).toEqual(inUsers(after(neighbour)));
  });

  it("does not add to a text block that stands before it", () => {
    const data = inUsers(`- userarn: x\n  note: |\n    a\n${ourEntry.trimEnd()}`);
    expect(removeMappings(data, [aMapping()]).data).toEqual(
      inUsers("- userarn: x\n  note: |\n    a\n"),
    );
  });

  it("goes on while the other text cannot be read", () => {
    const data = { mapRoles: "- rolearn: {{x}}\n", mapUsers: ourEntry };
    const edited = removeMappings(data, [aMapping()]);
    expect(onlyVerdict(edited)).toBe("removed");
    expect(edited.data).toEqual({ mapRoles: data.mapRoles });
  });
});

describe("a text that the cluster may read otherwise than we", () => {
  const head = "- userarn: x\n  username: x\n";
  const line3 = (text: string) => `${head}${text}\n`;

  it.each([
    [
      "an unquoted template",
      line3("- username: {{SessionName}}"),
      "aws-auth-unsafe",
      /\{\{template\}\}/,
    ],
    ["a tab", line3("\t"), "aws-auth-unsafe", /tab/],
    ["a control character", line3("# \u0007"), "aws-auth-unsafe", /U\+0007/],
    ["a next-line character", line3("# \u0085- userarn: y"), "aws-auth-unsafe", /U\+0085/],
    ["a line separator", line3("# \u2028- userarn: y"), "aws-auth-unsafe", /U\+2028/],
    ["a paragraph separator", line3("# \u2029"), "aws-auth-unsafe", /U\+2029/],
    ["a bare carriage return", line3("# \r- userarn: y"), "aws-auth-unsafe", /U\+000D/],
    ["a second document", line3("---"), "aws-auth-unsafe", /document/],
    ["the end of the document", line3("..."), "aws-auth-unsafe", /document/],
    ["a directive", line3("%YAML 1.2"), "aws-auth-unsafe", /document/],
    ["an anchor", line3("- &a {userarn: x}"), "aws-auth-unsafe", /anchor/],
    ["an alias", line3("- *a"), "aws-auth-unsafe", /alias/],
    ["a merge key", line3('  "<<": {groups: [a]}'), "aws-auth-unsafe", /simple name/],
    ["a tag", line3("- userid: !!int x"), "aws-auth-unsafe", /tag/],
    ["a number that JSON lacks", line3("- userid: .nan"), "aws-auth-unsafe", /JSON/],
    ["an escaped slash", line3('- userid: "a\\/b"'), "aws-auth-unsafe", /escape/],
    ["half a character", line3('- userid: "\\ud83d"'), "aws-auth-unsafe", /escape/],
    [
      "a colon in the line below its name, where the cluster does not look for it",
      line3('- {"userid"\n   : x}'),
      "aws-auth-unsafe",
      /stand apart/,
    ],
    [
      "a colon below its name in a block",
      "- userarn: x\n  groups\n    :\n    - a\n",
      "aws-auth-unsafe",
      /stand apart/,
    ],
    [
      "a name in a text block that the end cuts off",
      "- groups:\n  - |\n    a",
      "aws-auth-unsafe",
      /line 3: a name is a text block/,
    ],
    [
      "a text block in a line of its own",
      "- userarn:\n# c\n   |\n  note: x\n",
      "aws-auth-unsafe",
      /begins in a line/,
    ],
    [
      "a colon out of the cluster's sight",
      line3(`- {userid${" ".repeat(1_030)}: x}`),
      "aws-auth-unsafe",
      /stand apart/,
    ],
    ["a colon without a space", line3("- {groups:[a]}"), "aws-auth-unsafe", /no space/],
    ["a question mark in a list", line3("- groups: [a?b]"), "aws-auth-unsafe", /odd character/],
    ["a text over two lines", line3("  note: a\n    b"), "aws-auth-unsafe", /several lines/],
    ["a null key", line3("  null: a"), "aws-auth-unsafe", /simple name/],
    ["a key that folds to another", line3("  uſername: a"), "aws-auth-unsafe", /simple name/],
    ["a complex key", line3("  ? a\n  : b"), "aws-auth-unsafe", /complex key/],
    ["a field that comes twice", line3("  UserName: y"), "aws-auth-unsafe", /comes twice/],
    ["an item with less indent", "- userarn: x\n  groups:\n - a\n", "aws-auth-unreadable", /YAML/],
    ["text behind the list", "[]\n\n- userarn: x\n", "aws-auth-unreadable", /YAML/],
    ["an open quote", line3("- userarn: 'x"), "aws-auth-unsafe", /not closed/],
    ["deep nesting", `\n\n${"[".repeat(60)}${"]".repeat(60)}`, "aws-auth-unsafe", /deep/],
    ["a mapping in place of the list", "userarn: x\n", "aws-auth-unsafe", /no list/],
  ])("is refused for %s, with its line", (_, text, code, message) => {
    const data = inUsers(text);
    for (const edited of [addMappings(data, [aMapping()]), removeMappings(data, [aMapping()])]) {
      expect(edited.data).toBe(data);
      const refusal = onlyVerdict(edited);
      expect(refusal).toMatchObject({
        code,
        key: "mapUsers",
        message: expect.stringMatching(message),
      });
    }
    expect(sight(data, aMapping())).toMatchObject({ status: "refused", refusal: { code } });
    if (text.startsWith(head))
      expect(sight(data, aMapping())).toMatchObject({ refusal: { line: 3 } });
  });

  it("is refused for a text block at the end, which would swallow what is added", () => {
    const data = inUsers("- userarn: x\n  note: |+\n    a\n");
    expect(onlyVerdict(addMappings(data, [aMapping()]))).toMatchObject({ code: "aws-auth-unsafe" });
    expect(sight(data, aMapping())).toEqual({ status: "absent" });
  });

  it.each([
    ["unknown and oddly spelt fields", "- uSeRaRn: x\n  noDuplicateARNs: true\n  k: {a: [1, b]}\n"],
    ["entries without an ARN", "- username: x\n-\n- x\n- []\n"],
    ["duplicates", "- userarn: x\n- userarn: X\n"],
    ["templates in quotes", "- userarn: x\n  username: '{{SessionName}}'\n"],
    [
      "a template behind other text",
      "- userarn: x\n  username: system:node:{{EC2PrivateDNSName}}\n",
    ],
    ["quoted text over several lines", "- userarn: x\n  note: 'a\n\n    b'\n"],
    [
      "a text block amid the list",
      "- userarn: x\n  note: |\n    a: b\n    # no comment\n- userarn: y\n",
    ],
    ["fields of the wrong type", "- userarn: 1\n  username: yes\n  groups: x\n"],
    ["letters of the world", "- userarn: x\n  username: Özgür 山田 # ✓\n"],
  ])("is edited in spite of %s", (_, text) => {
    const { data } = addMappings(inUsers(text), [aMapping()]);
    expect(data).toEqual(inUsers(text + ourEntry));
    expect(removeMappings(data, [aMapping()]).data).toEqual(inUsers(text));
  });
});

describe("names", () => {
  it("strip a role's path, for STS does, and keep a user's", () => {
    const sso = "role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Ops_0123";
    expect(mappedArn(`${ACCOUNT}:${sso}`)).toEqual({
      key: "mapRoles",
      arn: `${ACCOUNT}:role/AWSReservedSSO_Ops_0123`,
    });
    expect(mappedArn(`${ACCOUNT}:user/ops/ada`)).toEqual({
      key: "mapUsers",
      arn: `${ACCOUNT}:user/ops/ada`,
    });
  });

  it("check an ARN before they strip it", () => {
    expect(mappedArn(`${ACCOUNT}:role/x\n/../admin`)).toBeUndefined();
    expect(mappedArn(`${ACCOUNT}:role/admin\n`)).toBeUndefined();
    expect(() => brokerUsername(`${ACCOUNT}:role/admin\n`)).toThrow(TypeError);
  });

  it("give a user and a role of one name two usernames", () => {
    expect(brokerUsername(`${ACCOUNT}:user/path/deploy`)).toBe("latchkey:deploy");
    expect(brokerUsername(`${ACCOUNT}:role/path/deploy`)).toBe("latchkey:role/deploy");
  });
});
