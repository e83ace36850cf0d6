import { describe, expect, it } from "@jest/globals";
import { risksIn, rolesIn } from "../../scripts/doctor/risky-actions.ts";
import { POWER_GROWS_BY } from "../deploy/power-grows-by.ts";

/** The risks of a policy with one statement that allows `actions` on `resource`. */
function risksOf(actions: string | readonly string[], resource: string | readonly string[] = "*") {
  return risksIn(
    JSON.stringify({
      Version: "2012-10-17",
      Statement: { Effect: "Allow", Action: actions, Resource: resource },
    }),
  );
}

const WRITES_IAM = /^changes IAM/;
const EVERYTHING = /^allows everything$/;
const ANY_ROLE = /^assumes any role/;
const CODE = /^runs code with another role/;
const STAYS = /that stay open after the loan$/;
const OTHERS = /^hands out access in other accounts/;

describe("what a loan should not give", () => {
  it.each([
    ["*", EVERYTHING],
    ["*:*", EVERYTHING],
    ["i*:Get*", EVERYTHING],
    ["iam:*", WRITES_IAM],
    ["IAM:createaccesskey", WRITES_IAM],
    ["iam:Create*", WRITES_IAM],
    ["iam:Attach*", WRITES_IAM],
    ["iam:Put*", WRITES_IAM],
    ["iam:PassRole", WRITES_IAM],
    ["iam:*AccessKey*", WRITES_IAM],
    ["iam:G*", WRITES_IAM],
    ["iam:UpdateAssumeRolePolicy", WRITES_IAM],
    ["iam:AddUserToGroup", WRITES_IAM],
    ["sts:AssumeRole", ANY_ROLE],
    ["sts:*", ANY_ROLE],
    ["lambda:*", CODE],
    ["lambda:UpdateFunctionCode", CODE],
    ["lambda:Update*", CODE],
    ["ec2:Run?nstances", CODE],
    ["ssm:StartSession", CODE],
    ["eks:CreateAccessEntry", STAYS],
    ["s3:Put*", STAYS],
    ["sts:GetFederationToken", STAYS],
    ["sso:CreateAccountAssignment", OTHERS],
  ])("%s", (action, what) => {
    expect(risksOf(action)).toContainEqual({
      what: expect.stringMatching(what),
      actions: [action],
    });
  });

  // One list for what our own functions must not hold and for what others should not lend.
  it("is every action by which power is known to grow", () => {
    expect(POWER_GROWS_BY.length).toBeGreaterThan(80);
    expect(POWER_GROWS_BY.filter((action) => risksOf(action).length === 0)).toEqual([]);
  });

  it("is every role by whatever wildcard, and no role by its name", () => {
    for (const any of ["*", "arn:aws:iam::*:role/*", "arn:aws:iam::111122223333:role/team/*"]) {
      expect(risksOf("sts:AssumeRole", ["arn:aws:iam::111122223333:role/one", any])).toEqual([
        { what: expect.stringMatching(ANY_ROLE), actions: ["sts:AssumeRole"] },
      ]);
    }
    expect(
      risksOf("sts:AssumeRole", "arn:aws:iam::111122223333:role/iam-bttrm-web-ro-role"),
    ).toEqual([]);
  });

  it("is also what is left where something is taken out", () => {
    const all = { Effect: "Allow", NotAction: ["iam:*", "sts:*"], Resource: "*" };
    expect(risksIn(JSON.stringify({ Statement: [all] }))).toEqual([
      { what: expect.stringMatching(EVERYTHING), actions: ["everything but iam:*, sts:*"] },
    ]);
    const roles = {
      Effect: "Allow",
      Action: "sts:AssumeRole",
      NotResource: "arn:aws:iam::1:role/x",
    };
    expect(risksIn(JSON.stringify({ Statement: [roles] }))).toHaveLength(1);
  });

  it("is named once for each kind, with all that is of it", () => {
    expect(risksOf(["iam:PutUserPolicy", "s3:GetObject", "iam:CreateUser", "lambda:*"])).toEqual([
      { what: expect.stringMatching(WRITES_IAM), actions: ["iam:PutUserPolicy", "iam:CreateUser"] },
      { what: expect.stringMatching(CODE), actions: ["lambda:*"] },
      { what: expect.stringMatching(STAYS), actions: ["lambda:*"] },
    ]);
  });
});

describe("the roles that a policy leads to", () => {
  const ROLE = "arn:aws:iam::111122223333:role/web";
  const rolesOf = (statement: object) => rolesIn(JSON.stringify({ Statement: statement }));

  it.each(["sts:AssumeRole", "sts:Assume*", "STS:assumerole", "sts:*"])(
    "are those that are named beside %s",
    (Action) => {
      expect(rolesOf({ Effect: "Allow", Action, Resource: [ROLE, `${ROLE}-*`] })).toEqual([
        ROLE,
        `${ROLE}-*`,
      ]);
    },
  );

  it("are none where it is denied, is something else, or is a risk by itself", () => {
    for (const statement of [
      { Effect: "Deny", Action: "sts:AssumeRole", Resource: ROLE },
      { Effect: "Allow", Action: "sts:GetCallerIdentity", Resource: ROLE },
      { Effect: "Allow", Action: "sts:AssumeRole", Resource: "*" },
      { Effect: "Allow", Action: "*", Resource: ROLE },
    ]) {
      expect(rolesOf(statement)).toEqual([]);
      const isSafe = statement.Effect === "Deny" || statement.Action === "sts:GetCallerIdentity";
      expect(risksIn(JSON.stringify({ Statement: statement }))).toHaveLength(isSafe ? 0 : 1);
    }
  });
});

describe("what a loan may give", () => {
  it.each([
    ["s3:Get*"],
    ["iam:GetUser"],
    ["iam:List*"],
    ["iam:SimulatePrincipalPolicy"],
    ["iam:ChangePassword"],
    ["eks:DescribeCluster"],
    ["lambda:InvokeFunction"],
    ["sts:GetCallerIdentity"],
    ["logs:*"],
  ])("%s", (action) => {
    expect(risksOf(action)).toEqual([]);
  });

  it("nothing, or what is denied", () => {
    expect(risksIn('{"Version":"2012-10-17","Statement":[]}')).toEqual([]);
    const denied = { Effect: "Deny", Action: "*", Resource: "*" };
    expect(risksIn(JSON.stringify({ Statement: denied }))).toEqual([]);
  });
});
