import { describe, expect, it } from "@jest/globals";
import { about, type Finding } from "../../scripts/doctor/finding.ts";
import { placeOnAws } from "../../scripts/doctor/patient.ts";
import {
  countsOf,
  exitCodeOf,
  jsonReport,
  textReport,
  titleOf,
} from "../../scripts/doctor/report.ts";

const TROUBLE = {
  code: "group-missing",
  what: "there is none",
  why: "It fails.",
  mend: "aws iam x",
};
const FINE = [about("iam-groups", "one").ok("there"), about("iam-groups", "two").ok("there")];
const PROBLEM = about("iam-groups", "three").problem(TROUBLE);
const WARNING = about("iam-groups", "four").warning(TROUBLE);
const UNKNOWN = about("alarms", "five").unknown(TROUBLE);
const IN_PART = about("iam-groups", "six").unknown(TROUBLE);
const MEMBERSHIP = about("channels", "C0ONE").unknown({ ...TROUBLE, code: "membership-unknown" });
const CHANNEL = about("channels", "C0TWO").unknown({ ...TROUBLE, code: "no-answer" });

const reportOf = (findings: readonly Finding[]) => ({
  place: placeOnAws("prod", "us-east-2", "/latchkey/slack"),
  policy: { hash: "0123456789abcdef" },
  caller: {
    arn: "arn:aws:iam::111122223333:user/admin",
    account: "111122223333",
    partition: "aws",
    answeredAt: 0,
  },
  findings,
});

describe("the report for people", () => {
  it("says in a line each what is well", () => {
    const text = textReport(reportOf([about("table", "latchkey-prod").ok("there"), ...FINE]));
    expect(text.split("\n")).toEqual([
      "latchkey-prod in us-east-2, account 111122223333, as arn:aws:iam::111122223333:user/admin",
      "access.yml 0123456789abcdef",
      "",
      "✓ Table         latchkey-prod: there",
      "✓ IAM groups    2 as they should be",
      "",
      "Nothing is wrong.",
      "",
    ]);
  });

  it("tells of what is not: the worst first, with why and what to do", () => {
    const text = textReport(reportOf([WARNING, UNKNOWN, ...FINE, PROBLEM]));
    expect(text.split("\n").slice(3)).toEqual([
      "✗ IAM groups    2 as they should be",
      "    ✗ three: there is none",
      "        why  It fails.",
      "        do   aws iam x",
      "    ! four: there is none",
      "        why  It fails.",
      "        do   aws iam x",
      "? Alarms",
      "    ? five: there is none",
      "        why  It fails.",
      "        do   aws iam x",
      "",
      "1 problem, 1 warning, 1 not known.",
      "",
    ]);
  });
});

describe("what to do", () => {
  it("takes as many lines as it has commands", () => {
    const late = about("grants", "LK-1").problem({ ...TROUBLE, mend: "aws logs\naws iam x" });
    expect(
      textReport(reportOf([late]))
        .split("\n")
        .slice(3, 8),
    ).toEqual([
      "✗ Grants",
      "    ✗ LK-1: there is none",
      "        why  It fails.",
      "        do   aws logs",
      "             aws iam x",
    ]);
  });
});

describe("a heading", () => {
  it.each([
    ["iam-users", "IAM users"],
    ["slack-app", "Slack app"],
    ["sweeps", "Sweeps"],
  ] as const)("is the name of the check: %s", (check, title) => {
    expect(titleOf(check)).toBe(title);
  });
});

describe("the report for programs", () => {
  it("holds every finding with its code", () => {
    expect(JSON.parse(jsonReport(reportOf([PROBLEM, ...FINE])))).toEqual({
      deployment: {
        kind: "aws",
        stage: "prod",
        region: "us-east-2",
        name: "latchkey-prod",
        account: "111122223333",
      },
      accessFileHash: "0123456789abcdef",
      caller: "arn:aws:iam::111122223333:user/admin",
      counts: { ok: 2, warning: 0, problem: 1, unknown: 0 },
      findings: [
        { check: "iam-groups", subject: "three", level: "problem", ...TROUBLE },
        { check: "iam-groups", subject: "one", level: "ok", what: "there" },
        { check: "iam-groups", subject: "two", level: "ok", what: "there" },
      ],
    });
  });
});

describe("the exit code", () => {
  it.each([
    [FINE, 0, 0],
    [[...FINE, WARNING], 0, 1],
    [[...FINE, IN_PART], 0, 1],
    [[...FINE, PROBLEM], 1, 1],
    // Of the alarms nothing is known.
    [[...FINE, UNKNOWN], 2, 1],
    [[...FINE, UNKNOWN, PROBLEM], 1, 1],
    // Slack tells nobody who is in a channel; but it does tell whether there is one.
    [[...FINE, MEMBERSHIP], 0, 1],
    [[...FINE, MEMBERSHIP, CHANNEL], 2, 1],
  ])("of %j", (findings, usual, strict) => {
    expect(exitCodeOf(findings, false)).toBe(usual);
    expect(exitCodeOf(findings, true)).toBe(strict);
  });

  it("goes by the counts", () => {
    expect(countsOf([...FINE, WARNING, UNKNOWN, PROBLEM])).toEqual({
      ok: 2,
      warning: 1,
      problem: 1,
      unknown: 1,
    });
  });
});
