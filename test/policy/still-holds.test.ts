import { describe, expect, it } from "@jest/globals";
import type { ApprovedGrant } from "../../lib/grant/grant.ts";
import { stillHolds } from "../../lib/policy/still-holds.ts";
import {
  ACCESS_FILE,
  anApproved,
  approvalBy,
  NOW,
  POLICY,
  policyFrom,
  policyWith,
} from "./a-policy.ts";

function codesOf(grant: ApprovedGrant, policy = POLICY, now = NOW + 120_000) {
  const verdict = stillHolds(policy, grant, now);
  return verdict.allowed ? [] : verdict.reasons.map(({ code }) => code);
}

const pods = anApproved("pods", approvalBy("U0BOB"));
const release = anApproved("release", approvalBy("U0BOB"), approvalBy("U0LEE"));
const metrics = anApproved("metrics");

describe("stillHolds", () => {
  it("holds while nothing has changed", () => {
    expect([...codesOf(pods), ...codesOf(release), ...codesOf(metrics)]).toEqual([]);
  });

  it("holds after the grant has been through the table, keys in another order", () => {
    const targets = pods.targets.map((target) =>
      Object.fromEntries(Object.entries(target).reverse()),
    );
    const stored = { ...pods, targets: targets.reverse() } as unknown as ApprovedGrant;
    expect(codesOf(stored)).toEqual([]);
  });

  it.each([
    ["another group is given", "group/jit/pods", "group/jit/more", ["entitlement-changed"]],
    ["less is given", "groups: [pods-ro, logs-ro]", "groups: [pods-ro]", ["entitlement-changed"]],
    ["it may last less", "default: 1h, max: 4h", "default: 5m, max: 5m", ["entitlement-changed"]],
    ["the requester is another IAM user", "user/ada", "user/eve", ["person-changed"]],
    ["others may ask", "requesters: [developers]", "requesters: [on-call]", []],
    [
      "only those listed may ask",
      "[U0ADA, U0DAN], usergroup: S0DEVS",
      "[U0DAN]",
      ["not-a-requester"],
    ],
    ["the approver is none", "[U0BOB, U0LEE,", "[U0LEE,", ["approver-gone", "too-few-approvals"]],
    [
      "the approvers' group is none",
      "[leads, on-call]",
      "[on-call]",
      ["approver-gone", "too-few-approvals"],
    ],
    [
      "more must approve",
      "[leads, on-call] }",
      "[leads, on-call], count: 2 }",
      ["too-few-approvals"],
    ],
    ["nobody must approve", "{ by: [leads, on-call] }", "automatic", []],
  ])("goes by the policy of now: %s", (_, before, after, codes) => {
    // A requester through a user group was checked when they asked: on-call is only that.
    expect(codesOf(pods, policyWith(before, after))).toEqual(codes);
  });

  it("does not hold where the entitlement is gone", () => {
    const policy = policyFrom(ACCESS_FILE.replace(/ {2}pods:\n(?: {4}.*\n)+/, ""));
    expect(codesOf(pods, policy)).toEqual(["entitlement-gone"]);
  });

  it("does not hold where an approval was automatic and no longer is", () => {
    const policy = policyWith("approval: automatic", "approval: { by: [leads] }");
    expect(codesOf(metrics, policy)).toEqual(["entitlement-changed", "too-few-approvals"]);
  });

  it("does not count what the requester approved, nor their twin", () => {
    const codes = ["approver-gone", "too-few-approvals"];
    expect(codesOf(anApproved("pods", approvalBy("U0ADA")))).toEqual(codes);
    expect(codesOf(anApproved("pods", approvalBy("U0TWIN")))).toEqual(codes);
  });

  it("does not count one person twice", () => {
    const twice = anApproved("release", approvalBy("U0BOB"), approvalBy("U0BOB"));
    expect(codesOf(twice)).toEqual(["approver-gone", "too-few-approvals"]);
  });

  it("counts an approver through a user group while that group is named", () => {
    const grant = anApproved("pods", approvalBy("U0EVE", "S0ONCALL"));
    expect(codesOf(grant)).toEqual([]);
    expect(codesOf(grant, policyWith("[leads, on-call]", "[leads]"))).toEqual([
      "approver-gone",
      "too-few-approvals",
    ]);
  });

  it("counts nobody through a user group that the group does not name any more", () => {
    const grant = anApproved("pods", approvalBy("U0EVE", "S0ONCALL"));
    const policy = policyFrom(ACCESS_FILE.replaceAll("S0ONCALL", "S0NIGHT"));
    expect(codesOf(grant, policy)).toEqual(["approver-gone", "too-few-approvals"]);
  });

  it("does not count who was taken off the list, though their group names a user group too", () => {
    const grant = anApproved("pods", approvalBy("U0EVE", "on-call"));
    expect(codesOf(grant)).toEqual(["approver-gone", "too-few-approvals"]);
  });

  it("counts a listed approver whose group has another name now", () => {
    const policy = policyFrom(ACCESS_FILE.replaceAll("leads", "platform"));
    expect(codesOf(pods, policy)).toEqual([]);
  });

  it("does not begin on an approval older than a request may wait, but goes on with what has begun", () => {
    const lapsed = pods.approvedAt + 24 * 3_600_000;
    expect(codesOf(pods, POLICY, lapsed - 1)).toEqual([]);
    expect(codesOf(pods, POLICY, lapsed)).toEqual(["request-lapsed"]);
    const window = { startedAt: NOW, expiresAt: lapsed + 1, principalId: "AIDACKCEVSQ6C2EXAMPLE" };
    expect(codesOf({ ...pods, window }, POLICY, lapsed)).toEqual([]);
  });
});
