import { describe, expect, it } from "@jest/globals";
import { parseIamUserArn } from "../../lib/grant/ids.ts";
import {
  type AskedFor,
  describeApprovers,
  mayRequest,
  requestable,
  usergroupsFor,
} from "../../lib/policy/may.ts";
import type { Entitlement, Policy } from "../../lib/policy/policy.ts";
import { NO_USERGROUP_READ, POLICY, policyWith, user, usergroups } from "./a-policy.ts";

const MINUTE = 60_000;

/** A request that nothing speaks against, with what matters changed. */
function asking(change: Partial<AskedFor> = {}): AskedFor {
  return {
    by: user("U0ADA"),
    entitlementId: "pods",
    reason: "the checkout restarts",
    ticket: "OPS-12",
    ...change,
  };
}

function codesOf(asked: AskedFor, policy: Policy = POLICY, read = usergroups()) {
  const verdict = mayRequest(policy, read, asked);
  return verdict.allowed ? [] : verdict.reasons.map(({ code, field }) => `${field}: ${code}`);
}

describe("mayRequest", () => {
  it("allows a listed requester, for the default duration, as the IAM user they are", () => {
    expect(mayRequest(POLICY, usergroups(), asking())).toEqual({
      allowed: true,
      entitlement: POLICY.entitlements["pods"],
      person: { iamUser: "arn:aws:iam::111122223333:user/ada" },
      durationMs: 60 * MINUTE,
    });
  });

  it.each([
    ["90m", 90],
    ["4h", 240],
    [" ", 60],
    [5 * MINUTE, 5],
  ])("allows the duration %j", (duration, minutes) => {
    const verdict = mayRequest(POLICY, usergroups(), asking({ duration }));
    expect(verdict).toMatchObject({ allowed: true, durationMs: minutes * MINUTE });
  });

  it.each([
    ["4h1m", "duration-too-long"],
    ["30d", "duration-too-long"],
    [240 * MINUTE + 1, "duration-too-long"],
    ["0m", "duration-too-short"],
    [59_999, "duration-too-short"],
    [-1, "duration-too-short"],
    ["soon", "duration-unreadable"],
    [Number.NaN, "duration-unreadable"],
    [Number.POSITIVE_INFINITY, "duration-unreadable"],
    [90_000.5, "duration-unreadable"],
  ])("refuses the duration %j at its field", (duration, code) => {
    expect(codesOf(asking({ duration }))).toEqual([`duration: ${code}`]);
  });

  it.each(["", "  ", "ok", " . \n . "])("refuses %j where a reason is required", (reason) => {
    expect(codesOf(asking({ reason }))).toEqual(["reason: reason-missing"]);
  });

  it("takes no reason where it is optional, and none that is endless anywhere", () => {
    const policy = policyWith("reason: required", "reason: optional");
    expect(codesOf(asking({ reason: undefined }), policy)).toEqual([]);
    expect(codesOf(asking({ reason: "x".repeat(1000) }), policy)).toEqual([]);
    expect(codesOf(asking({ reason: "x".repeat(1001) }), policy)).toEqual([
      "reason: reason-too-long",
    ]);
  });

  it.each([
    ["", "ticket-missing"],
    ["OPS-", "ticket-mismatch"],
    ["XOPS-12", "ticket-mismatch"],
    ["OPS-12\nOPS-13", "ticket-mismatch"],
    [`OPS-${"1".repeat(300)}`, "ticket-mismatch"],
  ])("refuses the ticket %j at its field", (ticket, code) => {
    expect(codesOf(asking({ ticket }))).toEqual([`ticket: ${code}`]);
  });

  it("takes a ticket with blanks around it, and none where none is required", () => {
    expect(codesOf(asking({ ticket: " OPS-12 " }))).toEqual([]);
    const policy = policyWith('[0-9]+$" }', '[0-9]+$", required: false }');
    expect(codesOf(asking({ ticket: "" }), policy)).toEqual([]);
    expect(codesOf(asking({ ticket: "12" }), policy)).toEqual(["ticket: ticket-mismatch"]);
  });

  it("takes a pattern that cannot be used for one that nothing matches", () => {
    const pods = {
      ...(POLICY.entitlements["pods"] as Entitlement),
      ticket: { pattern: "[", required: true },
    };
    const policy = { ...POLICY, entitlements: { pods } };
    expect(codesOf(asking(), policy)).toEqual(["ticket: ticket-mismatch"]);
  });

  it.each(["nothing", "constructor", "__proto__", ""])(
    "knows no entitlement %j",
    (entitlementId) => {
      expect(codesOf(asking({ entitlementId }))).toEqual(["entitlement: unknown-entitlement"]);
    },
  );

  it("refuses who is not among the requesters", () => {
    expect(codesOf(asking({ by: user("U0TWIN") }))).toEqual(["entitlement: not-a-requester"]);
  });

  it("allows who is a requester through a user group, once they are somebody in AWS", () => {
    const read = usergroups({ S0DEVS: ["U0TWIN", "U0EVE"] });
    expect(codesOf(asking({ by: user("U0TWIN") }), POLICY, read)).toEqual([]);
    expect(codesOf(asking({ by: user("U0EVE") }), POLICY, read)).toEqual([
      "entitlement: no-aws-identity",
    ]);
  });

  it("says that it does not know where the user group could not be read", () => {
    expect(codesOf(asking({ by: user("U0TWIN") }), POLICY, NO_USERGROUP_READ)).toEqual([
      "entitlement: membership-unknown",
    ]);
    expect(codesOf(asking(), POLICY, NO_USERGROUP_READ)).toEqual([]);
  });

  it("refuses an IAM group of an account that the requester's user is not in", () => {
    const far = parseIamUserArn("arn:aws:iam::444455556666:user/ada");
    const people = { ...POLICY.people, U0ADA: { iamUser: far } };
    expect(codesOf(asking(), { ...POLICY, people })).toEqual(["entitlement: no-aws-identity"]);
    expect(codesOf(asking({ entitlementId: "release" }), { ...POLICY, people })).toEqual([]);
  });

  it("tells everything that speaks against a request at once", () => {
    const asked = { by: user("U0EVE"), entitlementId: "pods", duration: "9h" };
    expect(codesOf(asked)).toEqual([
      "entitlement: not-a-requester",
      "entitlement: no-aws-identity",
      "duration: duration-too-long",
      "reason: reason-missing",
      "ticket: ticket-missing",
    ]);
  });
});

describe("requestable", () => {
  const idsFor = (by: string, read = usergroups()) =>
    requestable(POLICY, read, user(by)).map(({ id }) => id);

  it("lists what somebody may ask for, in the file's order", () => {
    expect(idsFor("U0ADA")).toEqual(["pods", "release", "metrics"]);
    expect(idsFor("U0BOB")).toEqual([]);
  });

  it("counts members of a user group, if it could be read", () => {
    expect(idsFor("U0EVE", usergroups({ S0DEVS: ["U0EVE"] }))).toHaveLength(3);
    expect(idsFor("U0EVE", NO_USERGROUP_READ)).toEqual([]);
  });
});

describe("usergroupsFor", () => {
  it("names the user groups that an answer depends on, and no others", () => {
    expect(usergroupsFor(POLICY, "pods", "requesters")).toEqual(["S0DEVS"]);
    expect(usergroupsFor(POLICY, "pods", "approvers")).toEqual(["S0ONCALL"]);
    expect(usergroupsFor(POLICY, "release", "approvers")).toEqual([]);
    expect(usergroupsFor(POLICY, "metrics", "approvers")).toEqual([]);
    expect(usergroupsFor(POLICY, "gone", "approvers")).toEqual([]);
  });
});

describe("describeApprovers", () => {
  it.each([
    ["pods", "1 approval by leads (4 people) or on-call (a user group)"],
    ["release", "2 approvals by leads (4 people)"],
    ["metrics", "approved automatically"],
  ])("says of %s who must approve", (id, words) => {
    expect(describeApprovers(POLICY, POLICY.entitlements[id] as Entitlement)).toBe(words);
  });
});
