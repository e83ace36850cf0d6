import { describe, expect, it } from "@jest/globals";
import type { GroupPolicy } from "../../local/aws/iam-records.ts";
import type { PolicyDocument, Statement } from "../../local/aws/policy.ts";
import { mayAssume } from "../../local/page/may-assume.ts";

const ACCOUNT = "111122223333";
const ROLE_ARN = `arn:aws:iam::${ACCOUNT}:role/web-ro`;
const USER = { name: "ada", id: "AIDAEXAMPLEADA", arn: `arn:aws:iam::${ACCOUNT}:user/dev/ada` };

const allow: Statement = { Effect: "Allow", Action: "sts:AssumeRole", Resource: ROLE_ARN };
const deny: Statement = { Effect: "Deny", Action: "sts:*", Resource: "*" };
const trustOf = (AWS: string, more: Partial<Statement> = {}): Statement => ({
  Effect: "Allow",
  Action: "sts:AssumeRole",
  Principal: { AWS },
  ...more,
});
const IN_THE_ACCOUNT = trustOf(`arn:aws:iam::${ACCOUNT}:root`);

describe("whether a user may assume a role", () => {
  it("is a policy of one of their groups to say", async () => {
    expect(await verdict([policy("web", "assume", allow)])).toEqual({
      isAllowed: true,
      why: "The policy assume of the group web allows it.",
    });
  });

  it("is a no where no policy speaks of it", async () => {
    const why = "No policy of a group that ada is in allows it.";
    expect(await verdict([])).toEqual({ isAllowed: false, why });
    const other = { ...allow, Resource: `${ROLE_ARN}-other` };
    expect(await verdict([policy("web", "assume", other)])).toEqual({ isAllowed: false, why });
  });

  it("is a no where any policy forbids it, whatever the others allow", async () => {
    const policies = [policy("web", "assume", allow), policy("leavers", "assume", deny)];
    const expected = {
      isAllowed: false,
      why: "The policy assume of the group leavers forbids it.",
    };
    expect(await verdict(policies)).toEqual(expected);
    expect(await verdict(policies.toReversed())).toEqual(expected);
  });

  it("is a no where the role trusts another account", async () => {
    const elsewhere = trustOf("arn:aws:iam::444455556666:root");
    expect(await verdict([policy("web", "assume", allow)], elsewhere)).toEqual({
      isAllowed: false,
      why: "The trust policy of web-ro trusts neither ada nor their account.",
    });
  });

  it("is a no where the role's own trust policy forbids it", async () => {
    const never = trustOf(USER.arn, { Effect: "Deny" });
    expect(await verdict([policy("web", "assume", allow)], IN_THE_ACCOUNT, never)).toEqual({
      isAllowed: false,
      why: "The trust policy of web-ro forbids it.",
    });
  });

  it("is a yes without any policy where the role trusts this very user", async () => {
    expect(await verdict([], trustOf(USER.arn))).toEqual({
      isAllowed: true,
      why: "The trust policy of web-ro lets ada in, whatever their groups.",
    });
    const forbidden = await verdict([policy("leavers", "never", deny)], trustOf(USER.arn));
    expect(forbidden.isAllowed).toBe(false);
  });

  it("goes by what is known of the user: a name in a condition, no second factor", async () => {
    const withMfa = { Condition: { Bool: { "aws:MultiFactorAuthPresent": "true" } } };
    const own = { Condition: { StringEquals: { "aws:username": "ada" } } };
    const policies = [policy("web", "assume", { ...allow, ...own })];
    expect((await verdict(policies)).isAllowed).toBe(true);
    expect((await verdict([policy("web", "assume", { ...allow, ...withMfa })])).isAllowed).toBe(
      false,
    );
    const careful = trustOf(`arn:aws:iam::${ACCOUNT}:root`, withMfa);
    expect((await verdict(policies, careful)).isAllowed).toBe(false);
  });

  it("is a no, and said to be unknown, where a policy is none", async () => {
    const broken = { ...allow, Resources: "*" } as Statement;
    expect(await verdict([policy("web", "broken", broken), policy("web", "a", allow)])).toEqual({
      isAllowed: false,
      why: "The policies cannot be evaluated: policy.errors.",
    });
  });
});

function verdict(policies: readonly GroupPolicy[], ...trust: readonly Statement[]) {
  const statements = trust.length === 0 ? [IN_THE_ACCOUNT] : trust;
  const role = { name: "web-ro", arn: ROLE_ARN, trust: documentOf(...statements) };
  return mayAssume({ user: USER, policies, role });
}

function policy(group: string, name: string, ...statements: readonly Statement[]): GroupPolicy {
  return { group, name, document: documentOf(...statements) };
}

function documentOf(...Statement: readonly Statement[]): PolicyDocument {
  return { Version: "2012-10-17", Statement };
}
