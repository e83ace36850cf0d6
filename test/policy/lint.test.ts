import { describe, expect, it } from "@jest/globals";
import { formatProblem } from "../../lib/policy/problem.ts";
import { placeFindings, readAccessFile } from "../../lib/policy/read-access-file.ts";
import { usergroups } from "./a-policy.ts";

/** Nothing in it is doubtful. */
const CLEAN = `slack:
  team: T0ACME
  channel: C0ACCESS
  admins: [U0CAT]
people:
  U0ADA: { iamUser: "arn:aws:iam::111122223333:user/ada" }
  U0DAN: { iamUser: "arn:aws:iam::111122223333:user/dan" }
groups:
  developers: { users: [U0ADA, U0DAN] }
  leads: { users: [U0BOB, U0LEE] }
clusters:
  dev: { region: us-east-2 }
entitlements:
  pods:
    title: Read pods
    requesters: [developers]
    approval: { by: [leads] }
    duration: { default: 1h, max: 4h }
    extend: { max: 2 }
    targets:
      - iamGroup: { arn: "arn:aws:iam::111122223333:group/jit/pods" }
      - awsAuth: { cluster: dev, groups: [pods-ro] }
`;

function changed(...changes: readonly (readonly [before: string, after: string])[]): string {
  return changes.reduce((text, [before, after]) => {
    if (!text.includes(before)) throw new Error(`nothing to replace: ${before}`);
    return text.replace(before, after);
  }, CLEAN);
}

/** The warnings of a file that is valid, as `npm run validate` prints them. */
function warningsOf(text: string, members: Parameters<typeof usergroups>[0] | "unread" = "unread") {
  const read = readAccessFile(text, members === "unread" ? new Map() : usergroups(members));
  if (!read.ok) throw new Error(read.problems.map((one) => formatProblem("it", one)).join("\n"));
  return read.warnings.map((warning) => formatProblem("it", warning));
}

describe("a file in which nothing is doubtful", () => {
  it("has no warnings", () => {
    expect(warningsOf(CLEAN)).toEqual([]);
  });
});

/** What is changed, and what is said of it: each line once, in the order of the file. */
const DOUBTFUL: readonly [
  what: string,
  changes: readonly (readonly [string, string])[],
  warnings: readonly (string | RegExp)[],
][] = [
  [
    "the same people ask and approve",
    [
      ["by: [leads]", "by: [developers]"],
      ["  leads: { users: [U0BOB, U0LEE] }\n", ""],
    ],
    [/^it:16:21 the same people ask and approve\n {4}They approve each other's/],
  ],
  [
    "the same people ask and approve, under two names",
    [["[U0BOB, U0LEE]", "[U0DAN, U0ADA]"]],
    [/^it:17:21 the same people ask and approve/],
  ],
  [
    "the same user group asks and approves, whoever is in it",
    [
      ["{ users: [U0ADA, U0DAN] }", "{ usergroup: S0DEVS }"],
      ["{ users: [U0BOB, U0LEE] }", "{ usergroup: S0DEVS }"],
    ],
    [/^it:17:21 the same people ask and approve/],
  ],
  [
    "another user group asks than approves, of which nobody knows who is in it",
    [
      ["{ users: [U0ADA, U0DAN] }", "{ usergroup: S0DEVS }"],
      ["{ users: [U0BOB, U0LEE] }", "{ usergroup: S0LEADS }"],
    ],
    [],
  ],
  [
    "a group that nobody uses",
    [["clusters:", "  idle: { users: [U0EVE] }\nclusters:"]],
    [
      "it:11:3 no entitlement names the group idle\n    Take it out, or name it where it was meant to be named.",
    ],
  ],
  [
    "a cluster that nobody uses",
    [["entitlements:", "  idle: { region: eu-west-1 }\nentitlements:"]],
    [/^it:13:3 no entitlement lends anything in the cluster idle/],
  ],
  [
    "an account in which there is nothing",
    [
      [
        "clusters:",
        'accounts:\n  "444455556666": { role: "arn:aws:iam::444455556666:role/latchkey" }\nclusters:',
      ],
    ],
    [
      /^it:12:3 nothing is in the account 444455556666\n {4}Every function that writes access may assume/,
    ],
  ],
  [
    "one cluster under two names",
    [
      ["entitlements:", "  again: { region: us-east-2, name: dev }\nentitlements:"],
      ["[pods-ro] }", "[pods-ro] }\n      - awsAuth: { cluster: again, groups: [pods-ro] }"],
    ],
    [/^it:13:3 again and dev are the same cluster\n {4}.*the same entry of aws-auth/],
  ],
  [
    "a person who may neither ask nor approve",
    [["groups:", '  U0OLD: { iamUser: "arn:aws:iam::111122223333:user/old" }\ngroups:']],
    [/^it:8:3 U0OLD may ask for nothing and approve nothing\n {4}Latchkey may look/],
  ],
  [
    "an acknowledgement of nothing",
    [["[pods-ro] }", "[pods-ro], acknowledge: cluster-admin }"]],
    [/^it:22:53 `acknowledge` acknowledges nothing/],
  ],
  [
    "extensions of what is too short for one",
    [["default: 1h, max: 4h", "default: 1m, max: 2m"]],
    [/^it:19:5 nothing can ever be extended: no grant lasts longer than 2m/],
  ],
  [
    "extensions beyond what one request may ask for",
    [
      ["max: 4h", "max: 7d"],
      ["max: 2 }", "max: 5 }"],
    ],
    [/^it:19:20 with its extensions a grant may last 42 days\n {4}The most .* is 30 days/],
  ],
  [
    "a loan for as good as ever",
    [["max: 4h", "max: 8d"]],
    [/^it:18:35 a grant may last 8 days, and nobody looks at it again/],
  ],
  [
    "a request that hardly anybody sees in time",
    [["    extend:", "    lapse: 4m\n    extend:"]],
    [/^it:19:12 a request waits for no more than 4 minutes/],
  ],
  [
    "a second road with fewer approvals",
    [
      [
        "  pods:\n",
        `  shortcut:
    title: The same, quickly
    requesters: [developers]
    approval: automatic
    duration: { default: 1h, max: 4h }
    targets:
      - awsAuth: { cluster: dev, groups: [pods-ro] }
  pods:
`,
      ],
    ],
    [
      /^it:20:9 pods lends the same with 1 approval, here it takes none\n {4}Those who may ask for both/,
    ],
  ],
];

describe("a warning", () => {
  it.each(DOUBTFUL)("tells of %s", (_, changes, warnings) => {
    const told = warningsOf(changed(...changes));
    expect(told).toEqual(
      warnings.map((one) => (typeof one === "string" ? one : expect.stringMatching(one))),
    );
  });

  it("is not made of a file that has problems: these come first", () => {
    const text = changed(["by: [leads]", "by: [nobody]"]);
    const read = readAccessFile(text);
    expect(read.ok).toBe(false);
    expect(read.warnings).toEqual([]);
  });

  it("is given a line, whoever found it", () => {
    const path = ["entitlements", "pods", "targets", 0, "iamGroup", "arn"];
    const [placed] = placeFindings(CLEAN, [{ path, message: "m", why: "w", hint: "h" }]);
    expect(placed && formatProblem("it", placed)).toBe("it:21:26 m\n    w\n    h");
  });
});

describe("where others have a road of their own", () => {
  it("fewer approvals of the same are none of ours", () => {
    const text = changed([
      "  pods:\n",
      `  on-call:
    title: For who is on call
    requesters: [leads]
    approval: automatic
    duration: { default: 1h, max: 4h }
    targets:
      - awsAuth: { cluster: dev, groups: [pods-ro] }
  pods:
`,
    ]).replace(
      "groups:",
      '  U0BOB: { iamUser: "arn:aws:iam::111122223333:user/bob" }\n  U0LEE: { iamUser: "arn:aws:iam::111122223333:user/lee" }\ngroups:',
    );
    expect(warningsOf(text)).toEqual([]);
  });
});

describe("Slack user groups", () => {
  const BY_GROUP = changed(["{ users: [U0BOB, U0LEE] }", "{ usergroup: S0DEVS }"]);
  const ASKERS = changed(["{ users: [U0ADA, U0DAN] }", "{ usergroup: S0DEVS }"]);

  it("of which nobody knows who is in them are given the benefit of the doubt", () => {
    expect(warningsOf(BY_GROUP)).toEqual([]);
    expect(warningsOf(BY_GROUP.replace("[leads] }", "[leads], count: 9 }"))).toEqual([]);
    expect(warningsOf(ASKERS)).toEqual([]);
  });

  it("count by their members where these have been read", () => {
    expect(warningsOf(BY_GROUP, { S0DEVS: [] })).toEqual([
      expect.stringMatching(/^it:17:21 1 must approve, and nobody can\n {4}Such a request waits/),
    ]);
    const two = BY_GROUP.replace("[leads] }", "[leads], count: 2 }");
    expect(warningsOf(two, { S0DEVS: ["U0BOB"] })).toEqual([
      expect.stringContaining("2 must approve, and only 1 can"),
    ]);
    expect(warningsOf(two, { S0DEVS: ["U0BOB", "U0LEE"] })).toEqual([]);
  });

  it("do not count one person twice", () => {
    const twins = changed(
      ["[leads] }", "[leads], count: 2 }"],
      ["{ users: [U0BOB, U0LEE] }", "{ usergroup: S0DEVS }"],
      ["groups:", '  U0TWO: { iamUser: "arn:aws:iam::111122223333:user/DAN" }\ngroups:'],
    );
    expect(warningsOf(twins, { S0DEVS: ["U0DAN", "U0TWO"] })).toContainEqual(
      expect.stringContaining("2 must approve, and only 1 can"),
    );
  });

  it("may leave a requester with nobody else to approve", () => {
    expect(warningsOf(BY_GROUP, { S0DEVS: ["U0DAN"] })).toEqual([
      expect.stringMatching(/nobody can approve what U0DAN asks for: nobody approves their own/),
    ]);
  });

  it("may hold people who can ask and never receive", () => {
    const many = ["U0ONE", "U0TWO", "U0TRE", "U0FOR", "U0FIV", "U0SIX", "U0ADA", "U0DAN"];
    expect(warningsOf(ASKERS, { S0DEVS: many })).toEqual([
      expect.stringMatching(
        /^it:16:17 U0ONE, U0TWO, U0TRE, U0FOR, U0FIV and 1 more may ask, and are nobody in AWS/,
      ),
    ]);
  });

  it("may show that somebody in `people` can neither ask nor approve", () => {
    expect(warningsOf(ASKERS, { S0DEVS: ["U0ADA"] })).toEqual([
      expect.stringContaining("U0DAN may ask for nothing and approve nothing"),
    ]);
  });
});
