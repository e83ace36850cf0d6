// The policy evaluator: what allows, what denies, and what it will not pretend to understand.

import { describe, expect, it } from "@jest/globals";
import { evaluate, evaluateTrust, parsePolicy, type Statement } from "../../../local/aws/policy.ts";

const allow = (more: Partial<Statement>): Statement => ({
  Effect: "Allow",
  Action: "iam:AddUserToGroup",
  Resource: "arn:aws:iam::111122223333:group/jit/web",
  ...more,
});

const ask = (statements: readonly Statement[], context: Record<string, string> = {}) =>
  evaluate(statements, {
    action: "iam:AddUserToGroup",
    resource: "arn:aws:iam::111122223333:group/jit/web",
    context,
  });

describe("identity policies", () => {
  it.each([
    ["the exact action and resource", {}],
    ["the action in another case", { Action: "IAM:addusertogroup" }],
    ["wildcards", { Action: "iam:Add*", Resource: "arn:aws:iam::*:group/ji?/*" }],
    ["one of several", { Action: ["iam:GetGroup", "iam:*"], Resource: ["x", "*"] }],
  ])("allow by %s", (_, more) => {
    expect(ask([allow(more)])).toBe("allowed");
  });

  it.each([
    ["no statement", []],
    ["another action", [allow({ Action: "iam:RemoveUserFromGroup" })]],
    ["another resource", [allow({ Resource: "arn:aws:iam::111122223333:group/jit/we" })]],
    ["a dot that is no wildcard", [allow({ Resource: "arn:aws:iam::111122223333:group/jit/w.b" })]],
    ["no resource", [{ Effect: "Allow" as const, Action: "*" }]],
    ["a condition on what is not known", [allow({ Condition: { Bool: { "aws:x": "true" } } })]],
    ["an unknown policy variable", [allow({ Resource: "arn:aws:iam::$" + "{aws:x}:group/*" })]],
  ])("are silent with %s", (_, statements) => {
    expect(ask(statements)).toBe("silent");
  });

  it("deny whatever else allows", () => {
    expect(ask([allow({}), allow({ Effect: "Deny", Action: "*" })])).toBe("denied");
  });

  it("hold a condition when every key has one of its values", () => {
    const Condition = {
      StringLike: { "aws:username": ["ada*", "bob"] },
      Bool: { "aws:MultiFactorAuthPresent": true },
    };
    const withMfa = { "aws:username": "ada-1", "aws:MultiFactorAuthPresent": "true" };
    expect(ask([allow({ Condition })], withMfa)).toBe("allowed");
    expect(ask([allow({ Condition })], { ...withMfa, "aws:username": "eve" })).toBe("silent");
    expect(ask([allow({ Condition })], { "aws:username": "ada-1" })).toBe("silent");
  });

  it("are refused when they cannot be read in full", () => {
    const read = (statement: object) => () =>
      parsePolicy({ Statement: statement as unknown as Statement });
    expect(read({ Effect: "Allow", Action: "*", NotResource: "*" })).toThrow("NotResource");
    expect(read({ Effect: "allow", Action: "*", Resource: "*" })).toThrow("Effect");
    expect(read({ ...allow({}), Condition: { DateLessThan: {} } })).toThrow("DateLessThan");
  });
});

describe("trust policies", () => {
  const caller = { arn: "arn:aws:iam::111122223333:user/ada", account: "111122223333" };
  const trusting = (AWS: string, more: Partial<Statement> = {}): Statement => ({
    Effect: "Allow",
    Principal: { AWS },
    Action: "sts:AssumeRole",
    ...more,
  });

  it.each([
    ["the caller", [trusting(caller.arn)], "caller"],
    ["the account by its root", [trusting("arn:aws:iam::111122223333:root")], "account"],
    ["the account by its number", [trusting("111122223333")], "account"],
    ["everyone", [{ ...trusting(""), Principal: "*" as const }], "account"],
    ["another account", [trusting("arn:aws:iam::444455556666:root")], "none"],
    ["a service", [{ ...trusting(""), Principal: { Service: "lambda.amazonaws.com" } }], "none"],
    [
      "the caller, for something else",
      [trusting(caller.arn, { Action: "sts:TagSession" })],
      "none",
    ],
    [
      "the account without the caller",
      [trusting("111122223333"), trusting(caller.arn, { Effect: "Deny" })],
      "denied",
    ],
  ] as const)("let in %s", (_, statements, expected) => {
    expect(evaluateTrust(statements, caller, {})).toBe(expected);
  });
});
