import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type { Problem } from "../../lib/policy/problem.ts";
import { readAccessFile } from "../../lib/policy/read-access-file.ts";
import { ACCESS_FILE, accessFileWith, EXTENDABLE, POLICY } from "./a-policy.ts";

const MINUTE = 60_000;

describe("a valid access.yml", () => {
  it("becomes a policy with its times in ms and its hash", () => {
    const { pods, metrics, release } = POLICY.entitlements;
    expect(POLICY.hash).toMatch(/^[0-9a-f]{16}$/);
    expect(pods).toMatchObject({
      id: "pods",
      approval: { kind: "approvers", by: ["leads", "on-call"], count: 1 },
      duration: { defaultMs: 60 * MINUTE, maxMs: 240 * MINUTE },
      reason: "required",
      ticket: { pattern: "^OPS-[0-9]+$", required: true },
      lapseMs: 1440 * MINUTE,
    });
    expect(metrics).toMatchObject({ approval: { kind: "automatic" }, reason: "optional" });
    expect(release?.approval).toMatchObject({ count: 2 });
    expect(POLICY.groups["on-call"]).toEqual({ users: [], usergroup: "S0ONCALL" });
  });

  it("resolves what targets name, so that a grant needs nothing else to be ended", () => {
    expect(POLICY.entitlements["pods"]?.targets).toEqual([
      { kind: "iam-group", arn: "arn:aws:iam::111122223333:group/jit/pods" },
      {
        kind: "aws-auth",
        cluster: { name: "dev", region: "us-east-2" },
        groups: ["pods-ro", "logs-ro"],
      },
    ]);
    expect(POLICY.entitlements["release"]?.targets).toEqual([
      {
        kind: "aws-auth",
        cluster: {
          name: "main",
          region: "eu-west-1",
          account: { role: "arn:aws:iam::444455556666:role/latchkey", externalId: "latchkey" },
        },
        groups: ["debug"],
      },
    ]);
  });

  it("reaches a group in another account by that account's role", () => {
    const text = accessFileWith(
      "user/dan",
      'user/dan" }\n  U0FAR: { iamUser: "arn:aws:iam::444455556666:user/far',
    )
      .replace("[U0ADA, U0DAN], usergroup: S0DEVS", "[U0FAR]")
      .replaceAll("111122223333:group", "444455556666:group");
    const read = readAccessFile(text);
    expect(read.ok && read.policy.entitlements["pods"]?.targets[0]).toEqual({
      kind: "iam-group",
      arn: "arn:aws:iam::444455556666:group/jit/pods",
      account: { role: "arn:aws:iam::444455556666:role/latchkey", externalId: "latchkey" },
    });
  });

  it("names the app of which requests are taken where it says so, and else none", () => {
    const read = readAccessFile(accessFileWith("team: T0ACME", "team: T0ACME\n  app: A0LATCHKEY"));
    expect(read.ok && read.policy.slack).toEqual({ ...POLICY.slack, app: "A0LATCHKEY" });
    expect(POLICY.slack).not.toHaveProperty("app");
  });

  it("lends system:masters only where it says so in plain words", () => {
    const said = "groups: [system:masters], acknowledge: cluster-admin";
    const read = readAccessFile(accessFileWith("groups: [pods-ro, logs-ro]", said));
    expect(read.ok && read.policy.entitlements["pods"]?.targets[1]).toMatchObject({
      groups: ["system:masters"],
      acknowledgeClusterAdmin: true,
    });
  });

  it("has another hash after any change of its text", () => {
    const read = readAccessFile(`${ACCESS_FILE}# a comment\n`);
    expect(read.ok && read.policy.hash).not.toBe(POLICY.hash);
  });

  it("mentions approvers in the card and extends by approval where it does not say otherwise", () => {
    const { pods, metrics } = EXTENDABLE.entitlements;
    expect(pods).toMatchObject({
      approval: { notify: "channel" },
      extend: { max: 2, by: "approval" },
    });
    expect(metrics?.extend).toEqual({ max: 1, by: "self" });
    expect(POLICY.entitlements["pods"]).not.toHaveProperty("extend");
  });

  it("warns of two Slack users who are one IAM user", () => {
    const { warnings } = readAccessFile(ACCESS_FILE);
    expect(warnings).toEqual([
      expect.objectContaining({ line: 8, message: "U0TWIN and U0ADA are the same IAM user" }),
    ]);
  });
});

/**
 * What is changed in the small access.yml, what is wrong then, and what to write instead; and how far
 * from the changed line the blame falls, where it is not on it.
 */
const BROKEN: readonly [
  what: string,
  before: string,
  after: string,
  message: string,
  hint: string,
  linesAway?: number,
][] = [
  [
    "an entitlement called like a word of the command",
    "  pods:",
    "  mine:",
    "`/access mine` means something else",
    "Choose another name",
  ],
  ["an unknown key", "  channel: C", "  chanel: C", 'unknown key "chanel"', '"channel"?'],
  ["a missing key", "    title: Read pods\n", "", '"title" is missing', "What people pick", -1],
  ["an empty value", "title: Read pods", "title:", '"title" is empty', "What people pick"],
  ["a blank title", "Read pods", '" "', '" " is blank', "What people pick"],
  ["a title too long for Slack", "Read pods", "x".repeat(76), "longer than 75", "75 characters"],
  ["a number for text", "T0ACME", "12", '"team" must be text, not ', "T0ACME"],
  ["a text for a list", "[U0CAT]", "U0CAT", '"admins" must be a list, not text', "Member ids"],
  ["no admins", "[U0CAT]", "[]", '"admins" is empty', "told of failures"],
  ["a display name", "[U0CAT]", '["@cat"]', '"@cat" is no Slack member id', "Copy member ID"],
  [
    "a channel's name",
    "C0ACCESS",
    '"#access"',
    '"#access" is no Slack channel id',
    "at the bottom",
  ],
  ["a team's name", "T0ACME", "acme", '"acme" is no Slack workspace id', "T…"],
  [
    "an app's name",
    "team: T0ACME",
    "team: T0ACME\n  app: latchkey",
    '"latchkey" is no id of a Slack app',
    "App ID",
  ],
  ["a bad user group", "S0DEVS", "devs", '"devs" is no id of a Slack user group', "S0LEADS"],
  ["a name for a person", "  U0DAN:", "  dan:", '"dan" is no Slack member id', "by Slack member"],
  ["a role for a user", "user/dan", "role/dan", "is no IAM user ARN", "user/iam-bttrm-web-user-1"],
  ["an ARN with a line break", "user/dan", "user/dan\\nx", "is no IAM user ARN", "user/"],
  ["a bad unique id", 'user/dan"', 'user/dan", uniqueId: AROA1', "no unique id", "pinned"],
  ["a bad group name", "  developers:", "  Developers!:", '"Developers!" is no name', "Named sets"],
  [
    "an unquoted account",
    "accounts:",
    "account: 111122223333\naccounts:",
    '"account" must be text, not ',
    "Put it in quotes.",
  ],
  [
    "a role of another account",
    "444455556666:role",
    "999955556666:role",
    "in account 999955556666, not in 444455556666",
    "mend the account id",
  ],
  ["a bad region", "us-east-2", "Ohio", '"Ohio" is no AWS region', "us-east-2"],
  [
    "a server without a CA",
    "us-east-2",
    'us-east-2, server: "https://x"',
    '"certificateAuthority" is missing',
    "or neither",
  ],
  [
    "a CA that is none",
    "us-east-2",
    'us-east-2, server: "https://x", certificateAuthority: aGk=',
    "is no PEM certificate in base64",
    "kubeconfig",
  ],
  [
    "a cluster in an unknown account",
    'account: "444455556666"',
    'account: "777755556666"',
    "account 777755556666 is neither the broker's own nor one of `accounts`",
    "arn:aws:iam::777755556666:role",
  ],
  [
    "an unknown requester group",
    "requesters: [developers]",
    "requesters: [devlopers]",
    'there is no group "devlopers"',
    'Did you mean "developers"?',
  ],
  [
    "an unknown approver group",
    "[leads, on-call]",
    "[leads, oncall]",
    'there is no group "oncall"',
    'Did you mean "on-call"?',
  ],
  [
    "a group that Object knows",
    "[leads, on-call]",
    "[leads, constructor]",
    'there is no group "constructor"',
    "The groups:",
  ],
  [
    "no approver group",
    "[leads, on-call]",
    "[]",
    '"by" is empty: nobody can approve',
    "Names of the `groups`",
  ],
  [
    "an empty approver set",
    "users: [U0BOB, U0LEE, U0ADA, U0TWIN]",
    "users: []",
    "nobody can approve: the groups named are empty",
    "name another group",
    22,
  ],
  [
    "more approvals than approvers",
    "count: 2",
    "count: 4",
    "4 must approve, but only 3 can",
    "Lower `count`",
  ],
  [
    "no approval needed of approvers",
    "count: 2",
    "count: 0",
    '"count" must be at least 1',
    "different people",
  ],
  [
    "half an approval",
    "count: 2",
    "count: 1.5",
    "must be a whole number, not 1.5",
    "different people",
  ],
  ["another kind of approval", "automatic", "auto", '"auto" does not fit here', "`automatic`, or"],
  ["a key too many beside by", "count: 2", "count: 2, of: 3", 'unknown key "of"', "by, count"],
  [
    "a default above the maximum",
    "default: 1h",
    "default: 8h",
    "the default, 8h, is longer than the maximum, 4h",
    "Write 4h or less",
  ],
  [
    "a duration in words",
    "default: 1h",
    "default: an hour",
    '"an hour" is no duration like 30m',
    "1h30m",
  ],
  [
    "a duration without a unit",
    "default: 1h",
    "default: 60",
    '"default" must be text, not ',
    "30m, 4h",
  ],
  [
    "a duration beyond all bounds",
    "max: 4h",
    "max: 60d",
    '"60d" is too long: the most is 30d',
    "30d",
  ],
  ["no duration at all", "max: 4h", "max: 0m", '"0m" is too short: the least is 1m', "30m"],
  [
    "an extension that nobody is asked for",
    "max: 1d }",
    "max: 1d }\n    extend: { max: 1, by: approval }",
    "nobody can approve an extension: approval is automatic here",
    "Write `by: self`",
  ],
  [
    "an extension whose approval goes without saying",
    "max: 1d }",
    "max: 1d }\n    extend: { max: 1 }",
    "nobody can approve an extension: approval is automatic here",
    "name who approves under `approval`",
  ],
  [
    "an extension by somebody else",
    "max: 4h }",
    "max: 4h }\n    extend: { max: 1, by: admins }",
    '"admins" is none of approval, self',
    "asks the approvers again",
  ],
  [
    "no extension at all",
    "max: 4h }",
    "max: 4h }\n    extend: { max: 0 }",
    '"max" must be at least 1; leave `extend` out',
    "How often one grant may be extended",
  ],
  [
    "an unknown way to notify",
    "count: 2",
    "count: 2, notify: email",
    '"email" is none of channel, direct, none',
    "How approvers learn of a request",
  ],
  [
    "an unknown word for reason",
    "reason: required",
    "reason: yes",
    '"yes" is none of required, optional',
    "whether the request must say why",
  ],
  ["a broken pattern", "^OPS-[0-9]+$", "^OPS-[0-9+$", "Invalid regular expression", "JavaScript"],
  [
    "no targets",
    "    targets:\n      - awsAuth: { cluster: far, groups: [debug] }",
    "    targets: []",
    '"targets" is empty',
    "written to",
  ],
  [
    "a target of no kind",
    "- awsAuth: { cluster: far, groups: [debug] }",
    "- {}",
    "neither of iamGroup and awsAuth",
    "one per list item",
  ],
  [
    "a target of two kinds",
    'pods" }\n      - awsAuth',
    'pods" }\n        awsAuth',
    "both of iamGroup and awsAuth",
    "one per list item",
    -1,
  ],
  [
    "a place named twice",
    "cluster: far, groups: [debug] }",
    "cluster: far, groups: [a] }\n      - awsAuth: { cluster: far, groups: [b] }",
    "the same place is named twice",
    "several groups",
    1,
  ],
  [
    "a user for a group",
    "group/jit/pods",
    "user/jit/pods",
    "is no IAM group ARN",
    "group/jit/iam-bttrm-web-ro-group",
  ],
  [
    "a group out of reach",
    "111122223333:group/jit/metrics",
    "888855556666:group/jit/metrics",
    "account 888855556666 is neither",
    "`accounts`",
  ],
  [
    "a group of an account that the requester is not in",
    "111122223333:group/jit/metrics",
    "444455556666:group/jit/metrics",
    "the IAM user of U0ADA is not",
    "only users of its own account",
  ],
  [
    "an unknown cluster",
    "cluster: dev,",
    "cluster: dve,",
    'there is no cluster "dve"',
    'Did you mean "dev"?',
  ],
  ["a mapping without groups", "[debug]", "[]", '"groups" is empty', "Kubernetes groups"],
  [
    "a group that fills itself in",
    "[debug]",
    '["{{SessionName}}"]',
    "is no name of a Kubernetes group",
    "rbac-",
  ],
  [
    "cluster admin unsaid",
    "[debug]",
    "[system:masters]",
    "the group system:masters is not to be lent",
    "acknowledge: cluster-admin",
  ],
  [
    "the nodes' group",
    "[debug]",
    "[system:nodes]",
    "the group system:nodes is not to be lent",
    "reserved",
  ],
  [
    "a reserved group, acknowledged",
    "[debug]",
    "[eks:admins], acknowledge: cluster-admin",
    "the group eks:admins is not to be lent",
    "reserved",
  ],
  [
    "a role with a path",
    "[debug]",
    '[debug], role: "arn:aws:iam::444455556666:role/a/b/ops"',
    "has a path",
    "Write arn:aws:iam::444455556666:role/ops",
  ],
  [
    "a session for a role",
    "[debug]",
    '[debug], role: "arn:aws:sts::444455556666:assumed-role/ops/x"',
    "is no IAM role ARN",
    "role/latchkey-broker",
  ],
  [
    "a requester who is nobody in AWS",
    "U0DAN]",
    "U0DAN, U0NEW]",
    "U0NEW may ask for access but is nobody in AWS",
    "U0NEW: { iamUser:",
  ],
  [
    "people of two accounts",
    "111122223333:user/dan",
    "222222223333:user/dan",
    "in several accounts (111122223333, 222222223333)",
    '`account: "111122223333"`',
    -2,
  ],
  [
    "a key twice",
    "    reason: required",
    "    reason: required\n    title: Read",
    "this key is there twice",
    "Keep one",
  ],
];

describe("an access.yml with a mistake", () => {
  it.each(BROKEN)("is told of %s", (_, before, after, message, hint, linesAway = 0) => {
    const text = accessFileWith(before, after);
    const problems = problemsOf(text);
    const line = changedLine(text) + linesAway;
    expect(problems).toContainEqual(
      expect.objectContaining({
        line,
        message: expect.stringContaining(message),
        hint: expect.stringContaining(hint),
      }),
    );
  });

  it("is told of one mistake once, and of nothing that follows from it", () => {
    for (const [what, before, after] of BROKEN) {
      const told = problemsOf(accessFileWith(before, after)).map(({ message }) => message);
      const count = SEVERAL[what] ?? 1;
      expect({ what, count: told.length, told }).toEqual({ what, count, told });
    }
  });

  it("is told of all its mistakes at once, in the order of its lines", () => {
    const text = accessFileWith("T0ACME", "acme")
      .replace("[U0CAT]", "[]")
      .replace("reason: required", "raeson: required")
      .replace("[leads, on-call]", "[leeds]")
      .replace("max: 2h", "max: 1m")
      .replace("cluster: far", "cluster: near");
    expect(problemsOf(text).map(({ line, message }) => [line, message])).toEqual([
      [2, '"acme" is no Slack workspace id (T… or E…)'],
      [4, '"admins" is empty: nobody would be told of failures'],
      [22, 'there is no group "leeds"'],
      [24, 'unknown key "raeson"'],
      [34, "the default, 30m, is longer than the maximum, 1m"],
      [37, 'there is no cluster "near"'],
    ]);
  });

  it("names the place as a path and a column", () => {
    const [problem] = problemsOf(accessFileWith("cluster: far", "cluster: near"));
    expect(problem).toMatchObject({
      path: "entitlements.release.targets[0].awsAuth.cluster",
      line: 37,
      column: 29,
    });
  });

  it("finds its line through an alias", () => {
    const text = accessFileWith("[U0CAT]", "&them [cat]").replace(
      "users: [U0BOB",
      "users: [*them, U0BOB",
    );
    expect(problemsOf(text)).toContainEqual(
      expect.objectContaining({ line: 4, message: expect.stringContaining('"cat"') }),
    );
  });
});

// One edit, several consequences that each stand on their own.
const SEVERAL: Readonly<Record<string, number>> = {
  "an unknown key": 2, // and the key that it was meant to be is missing
  "a name for a person": 2, // and U0DAN, who may ask, is nobody in AWS
  "a group of an account that the requester is not in": 2, // neither of the two requesters
  "a group out of reach": 3, // nor are they in this one
  "people of two accounts": 3, // nor is the other one in the groups lent
  "a bad group name": 4, // and three entitlements name the group
};

describe("a text that is not YAML", () => {
  it.each([
    ["a tab", "slack:\n\tteam: T0ACME\n", 2, "a tab as indentation"],
    ["an open bracket", "slack: [\n", 2, "not YAML: flow sequence"],
    ["an alias of nothing", "slack:\n  team: *acme\n", 2, "nothing is anchored as &acme"],
    ["a second document", "slack: {}\n---\nslack: {}\n", 2, "a second document begins"],
    ["a tag", "slack: !them {}\n", 1, "not YAML: unresolved tag"],
  ])("is told so with its line: %s", (_, text, line, message) => {
    expect(problemsOf(text)).toEqual([
      expect.objectContaining({ line, message: expect.stringContaining(message) }),
    ]);
  });

  it.each(["Web projects: read", "“Web projects: read”"])(
    "is told of quotes where a value has a colon: %s",
    (title) => {
      const hint = expect.stringContaining("A value with a colon needs quotes");
      expect(problemsOf(`slack: {}\ntitle: ${title}\n`)).toMatchObject([{ line: 2, hint }]);
    },
  );

  it("is told of each of its errors", () => {
    const lines = problemsOf("a: [1\nb: {\n").map(({ line }) => line);
    expect(lines.length).toBeGreaterThan(1);
  });

  it("is not expanded without bound", () => {
    const bomb = ["a: &a [x, x, x, x, x, x, x, x, x, x]"];
    for (const [before, name] of ["ab", "bc", "cd", "de", "ef"]) {
      bomb.push(`${name}: &${name} [${Array(10).fill(`*${before}`).join(", ")}]`);
    }
    expect(problemsOf(bomb.join("\n"))).toEqual([
      expect.objectContaining({ message: expect.stringContaining("not to be expanded") }),
    ]);
  });

  it.each(["", "# nothing\n", "null", "[]", "just text", "__proto__: {}"])(
    "is refused also where it is only %j",
    (text) => {
      expect(problemsOf(text).length).toBeGreaterThan(0);
    },
  );
});

describe("any text", () => {
  const lines = ACCESS_FILE.split("\n");
  const position = fc.integer({ min: 0, max: ACCESS_FILE.length });

  it("is answered with a policy or with problems inside the text, and never thrown at", () => {
    const cut = fc
      .tuple(
        position,
        position,
        fc.oneof(fc.string(), fc.constantFrom("- ", ": ", "{", "null", "[]")),
      )
      .map(
        ([a, b, put]) =>
          ACCESS_FILE.slice(0, Math.min(a, b)) + put + ACCESS_FILE.slice(Math.max(a, b)),
      );
    const dropped = fc
      .subarray(lines, { minLength: lines.length - 4 })
      .map((kept) => kept.join("\n"));
    fc.assert(
      fc.property(fc.oneof(cut, dropped, fc.string()), (text) => {
        const read = readAccessFile(text);
        if (read.ok) return;
        expect(read.problems.length).toBeGreaterThan(0);
        for (const { line, column, message } of read.problems) {
          expect(line).toBeGreaterThanOrEqual(1);
          expect(line).toBeLessThanOrEqual(text.split("\n").length);
          expect(column).toBeGreaterThanOrEqual(1);
          expect(message).not.toBe("");
        }
      }),
      { numRuns: 500 },
    );
  });
});

/** The first line that is not as in the small access.yml. */
function changedLine(text: string): number {
  const lines = ACCESS_FILE.split("\n");
  return text.split("\n").findIndex((line, index) => line !== lines[index]) + 1;
}

function problemsOf(text: string): readonly Problem[] {
  const read = readAccessFile(text);
  if (read.ok) throw new Error("the text was accepted");
  return read.problems;
}
