import { describe, expect, it } from "@jest/globals";
import type { PendingGrant } from "../../lib/grant/grant.ts";
import { mayApprove, mayCancel, mayDeny, mayEnd } from "../../lib/policy/may.ts";
import type { Policy, Usergroups } from "../../lib/policy/policy.ts";
import type { Verdict } from "../../lib/policy/verdict.ts";
import {
  ACCESS_FILE,
  anApproved,
  approvalBy,
  aRequest,
  NO_USERGROUP_READ,
  NOW,
  POLICY,
  policyFrom,
  policyWith,
  user,
  usergroups,
} from "./a-policy.ts";

const codesOf = (verdict: Verdict) =>
  verdict.allowed ? [] : verdict.reasons.map(({ code }) => code);

function approving(
  by: string,
  {
    policy = POLICY,
    read = usergroups(),
    grant = aRequest(),
    now = NOW,
  }: { policy?: Policy; read?: Usergroups; grant?: PendingGrant; now?: number } = {},
) {
  return mayApprove(policy, read, grant, user(by), now);
}

/** The policy without the entitlement `pods`. */
const WITHOUT_PODS = policyFrom(ACCESS_FILE.replace(/ {2}pods:\n(?: {4}.*\n)+/, ""));

describe("mayApprove", () => {
  it("allows an approver and says whether a list or a Slack user group makes them one", () => {
    expect(approving("U0BOB")).toEqual({ allowed: true, via: "leads" });
    const read = usergroups({ S0ONCALL: ["U0EVE"] });
    expect(approving("U0EVE", { read })).toEqual({ allowed: true, via: "S0ONCALL" });
  });

  it("refuses the requester's own approval, also where the requester is an approver", () => {
    expect(codesOf(approving("U0ADA"))).toEqual(["own-request"]);
  });

  it("refuses another Slack user who is the same IAM user, in whatever case it is written", () => {
    expect(codesOf(approving("U0TWIN"))).toEqual(["same-principal"]);
  });

  it("refuses who is now the IAM user that the request was made for", () => {
    const policy = policyWith('user/dan" }', 'user/ada" }').people;
    const moved = { ...POLICY, people: { ...policy, U0BOB: policy["U0DAN"] } } as Policy;
    expect(codesOf(approving("U0BOB", { policy: moved }))).toEqual(["same-principal"]);
  });

  it("refuses who is no approver", () => {
    expect(codesOf(approving("U0DAN"))).toEqual(["not-an-approver"]);
    expect(codesOf(approving("U0CAT"))).toEqual(["not-an-approver"]);
  });

  it("goes by the approvers of now, not of the request", () => {
    const policy = policyWith("[U0BOB, U0LEE, U0ADA, U0TWIN]", "[U0LEE, U0NEW]");
    expect(codesOf(approving("U0BOB", { policy }))).toEqual(["not-an-approver"]);
    expect(approving("U0NEW", { policy }).allowed).toBe(true);
  });

  it("says that it does not know where the user group could not be read", () => {
    expect(codesOf(approving("U0EVE", { read: NO_USERGROUP_READ }))).toEqual([
      "membership-unknown",
    ]);
    expect(approving("U0BOB", { read: NO_USERGROUP_READ }).allowed).toBe(true);
  });

  it("takes a user group whose lookup throws for one that could not be read", () => {
    const read = {
      get() {
        throw new Error("lost");
      },
    } as unknown as Usergroups;
    expect(codesOf(approving("U0EVE", { read }))).toEqual(["membership-unknown"]);
  });

  it("lets nobody approve where the set is empty or approval has become automatic", () => {
    const leads = { users: [] };
    const empty = { ...POLICY, groups: { ...POLICY.groups, leads, "on-call": leads } };
    expect(codesOf(approving("U0BOB", { policy: empty }))).toEqual(["not-an-approver"]);
    const policy = policyWith("approval: { by: [leads, on-call] }", "approval: automatic");
    expect(codesOf(approving("U0BOB", { policy }))).toEqual(["not-an-approver"]);
  });

  it("counts each person once, as a Slack user and as an IAM user", () => {
    const bound = policyWith(
      'user/dan" }',
      'user/dan" }\n  U0BOB: { iamUser: "arn:aws:iam::111122223333:user/bob" }\n  U0LEE: { iamUser: "arn:aws:iam::111122223333:user/BOB" }',
    );
    const grant = { ...aRequest("release"), approvals: [approvalBy("U0BOB")] };
    expect(codesOf(approving("U0BOB", { grant }))).toEqual(["already-approved-by-you"]);
    expect(approving("U0LEE", { grant }).allowed).toBe(true);
    expect(codesOf(approving("U0LEE", { grant, policy: bound }))).toEqual([
      "already-approved-by-you",
    ]);
  });

  it("refuses from the moment on at which the request lapses", () => {
    const grant = aRequest();
    expect(approving("U0BOB", { grant, now: grant.lapsesAt - 1 }).allowed).toBe(true);
    expect(codesOf(approving("U0BOB", { grant, now: grant.lapsesAt }))).toEqual(["request-lapsed"]);
  });

  it.each([
    ["gives another group", "group/jit/pods", "group/jit/more", "entitlement-changed"],
    ["maps to more groups", "[pods-ro, logs-ro]", "[pods-ro, logs-ro, x]", "entitlement-changed"],
    ["is at another cluster", "us-east-2", "us-west-2", "entitlement-changed"],
    ["lasts shorter", "default: 1h, max: 4h", "default: 30m, max: 30m", "entitlement-changed"],
    ["is for others", "[U0ADA, U0DAN], usergroup: S0DEVS", "[U0DAN]", "not-a-requester"],
  ])("refuses where the entitlement now %s", (_, before, after, code) => {
    const policy = policyWith(before, after);
    expect(codesOf(approving("U0BOB", { policy }))).toEqual([code]);
  });

  it("does not mind another title, wording or order of what is given", () => {
    const policy = policyFrom(
      ACCESS_FILE.replace("Read pods", "See pods")
        .replace("[pods-ro, logs-ro]", "[logs-ro, pods-ro]")
        .replace("kubectl get pods", "k9s"),
    );
    expect(approving("U0BOB", { policy }).allowed).toBe(true);
  });

  it("refuses where the entitlement is gone", () => {
    expect(codesOf(approving("U0BOB", { policy: WITHOUT_PODS }))).toContain("entitlement-gone");
  });

  it("refuses where the requester has become somebody else in AWS", () => {
    const policy = policyWith("user/ada", "user/ada-2");
    expect(codesOf(approving("U0BOB", { policy }))).toEqual(["person-changed"]);
  });

  it("tells everything that is in the way at once", () => {
    const policy = policyWith("group/jit/pods", "group/jit/more");
    const grant = aRequest();
    expect(codesOf(approving("U0DAN", { policy, grant, now: grant.lapsesAt }))).toEqual([
      "entitlement-changed",
      "not-an-approver",
      "request-lapsed",
    ]);
  });
});

describe("mayDeny", () => {
  const denying = (by: string, policy = POLICY, read = usergroups()) =>
    mayDeny(policy, read, aRequest(), user(by));

  it("allows approvers and admins, and nobody else", () => {
    expect(denying("U0BOB").allowed).toBe(true);
    expect(denying("U0CAT").allowed).toBe(true);
    expect(codesOf(denying("U0DAN"))).toEqual(["not-an-approver"]);
    expect(codesOf(denying("U0EVE", POLICY, NO_USERGROUP_READ))).toEqual(["membership-unknown"]);
  });

  it("leaves it to the admins where the entitlement is gone", () => {
    expect(denying("U0CAT", WITHOUT_PODS).allowed).toBe(true);
    expect(codesOf(denying("U0BOB", WITHOUT_PODS))).toEqual(["not-an-approver"]);
  });
});

describe("mayCancel", () => {
  it("allows who made the request, and nobody else", () => {
    expect(mayCancel(aRequest(), user("U0ADA")).allowed).toBe(true);
    expect(codesOf(mayCancel(aRequest(), user("U0CAT")))).toEqual(["not-the-requester"]);
  });
});

describe("mayEnd", () => {
  const grant = anApproved("pods", approvalBy("U0BOB"));
  const ending = (by: string, policy = POLICY, read = usergroups()) =>
    mayEnd(policy, read, grant, user(by));

  it("allows whose access it is, its approvers and the admins, and nobody else", () => {
    expect(ending("U0ADA").allowed).toBe(true);
    expect(ending("U0LEE").allowed).toBe(true);
    expect(ending("U0CAT").allowed).toBe(true);
    expect(codesOf(ending("U0DAN"))).toEqual(["may-not-end"]);
    expect(codesOf(ending("U0EVE", POLICY, NO_USERGROUP_READ))).toEqual(["membership-unknown"]);
  });

  it("still allows the requester and the admins where the entitlement is gone", () => {
    expect(ending("U0ADA", WITHOUT_PODS).allowed).toBe(true);
    expect(ending("U0CAT", WITHOUT_PODS).allowed).toBe(true);
    expect(codesOf(ending("U0LEE", WITHOUT_PODS))).toEqual(["may-not-end"]);
  });
});
