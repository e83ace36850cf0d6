import { describe, expect, it } from "@jest/globals";
import { extend } from "../../lib/grant/extension.ts";
import type { ActiveGrant } from "../../lib/grant/grant.ts";
import {
  canOfferExtension,
  EXTEND_BEFORE_MS,
  mayApproveExtension,
  mayDenyExtension,
  mayExtend,
} from "../../lib/policy/may-extend.ts";
import type { Policy, Usergroups } from "../../lib/policy/policy.ts";
import type { Verdict } from "../../lib/policy/verdict.ts";
import {
  anActive,
  anApproved,
  anAsking,
  approvalBy,
  aRequest,
  EXTENDABLE,
  EXTENDABLE_FILE,
  NO_USERGROUP_READ,
  NOW,
  POLICY,
  policyFrom,
  user,
  usergroups,
} from "./a-policy.ts";

const LATER = NOW + 600_000;
const codesOf = (verdict: Verdict) =>
  verdict.allowed ? [] : verdict.reasons.map(({ code }) => code);

/** The extendable policy with `before` replaced by `after` in its text. */
function extendableWith(before: string, after: string): Policy {
  const changed = EXTENDABLE_FILE.replace(before, after);
  if (changed === EXTENDABLE_FILE) throw new Error(`nothing to replace: ${before}`);
  return policyFrom(changed);
}

const WITHOUT_PODS = policyFrom(EXTENDABLE_FILE.replace(/ {2}pods:\n(?: {4}.*\n)+/, ""));
const SELF = extendableWith("extend: { max: 2 }", "extend: { max: 2, by: self }");

const pods = anActive("pods", approvalBy("U0BOB"));
const release = anActive("release", approvalBy("U0BOB"), approvalBy("U0LEE"));
const metrics = anActive("metrics");

const extendedOften = (grant: ActiveGrant, times: number): ActiveGrant => {
  const step = { at: NOW, by: grant.requester, from: "test", policyHash: "" };
  return times === 0 ? grant : extendedOften(extend(grant, step), times - 1);
};

/** Changes of the policy after which nobody decides on a request any more, nor on an extension. */
const CHANGES: readonly [what: string, before: string, after: string, code: string][] = [
  ["gives another group", "group/jit/pods", "group/jit/more", "entitlement-changed"],
  ["lasts shorter", "default: 1h, max: 4h", "default: 30m, max: 30m", "entitlement-changed"],
  ["is for others", "[U0ADA, U0DAN], usergroup: S0DEVS", "[U0DAN]", "not-a-requester"],
  ["is asked for by somebody else in AWS", "user/ada", "user/ada-2", "person-changed"],
];

describe("mayExtend", () => {
  const extending = (grant: ActiveGrant, { policy = EXTENDABLE, by = "U0ADA", now = LATER } = {}) =>
    mayExtend(policy, grant, user(by), now);

  it("allows whose access it is, by approval or alone as the entitlement says", () => {
    expect(extending(pods)).toEqual({ allowed: true, by: "approval" });
    expect(extending(release)).toEqual({ allowed: true, by: "approval" });
    expect(extending(metrics)).toEqual({ allowed: true, by: "self" });
  });

  it("refuses everybody else, approvers, admins and a second account of theirs too", () => {
    for (const by of ["U0BOB", "U0CAT", "U0TWIN", "U0DAN"]) {
      expect(codesOf(extending(pods, { by }))).toEqual(["not-the-requester"]);
    }
  });

  it("refuses where the entitlement has no extension, or is gone", () => {
    expect(codesOf(extending(pods, { policy: POLICY }))).toEqual(["not-extendable"]);
    expect(codesOf(extending(pods, { policy: WITHOUT_PODS }))).toEqual([
      "not-extendable",
      "entitlement-gone",
    ]);
  });

  it("refuses what has been extended as often as may be", () => {
    expect(extending(extendedOften(pods, 1)).allowed).toBe(true);
    expect(codesOf(extending(extendedOften(pods, 2)))).toEqual(["extended-enough"]);
    expect(codesOf(extending(extendedOften(metrics, 1)))).toEqual(["extended-enough"]);
  });

  it("refuses while it is asked for already", () => {
    expect(codesOf(extending(anAsking()))).toEqual(["extension-asked-already"]);
  });

  it("refuses from two minutes before the end on, and after it", () => {
    const { expiresAt } = pods.window;
    const last = expiresAt - EXTEND_BEFORE_MS;
    expect(extending(pods, { now: last - 1 }).allowed).toBe(true);
    for (const now of [last, expiresAt - 1, expiresAt, expiresAt + 1]) {
      expect(codesOf(extending(pods, { now }))).toEqual(["too-close-to-the-end"]);
    }
  });

  it.each(CHANGES)("refuses where the entitlement now %s", (_, before, after, code) => {
    expect(codesOf(extending(pods, { policy: extendableWith(before, after) }))).toEqual([code]);
  });

  it("refuses where more must approve now than had to before", () => {
    const policy = extendableWith("[leads, on-call] }", "[leads, on-call], count: 2 }");
    expect(codesOf(extending(pods, { policy }))).toEqual(["too-few-approvals"]);
  });

  it("lets nobody extend alone on approvals that no longer hold", () => {
    expect(extending(pods, { policy: SELF })).toEqual({ allowed: true, by: "self" });
    const gone = policyFrom(
      EXTENDABLE_FILE.replace("max: 2 }", "max: 2, by: self }").replace(
        "[U0BOB, U0LEE,",
        "[U0LEE,",
      ),
    );
    expect(codesOf(extending(pods, { policy: gone }))).toEqual([
      "approver-gone",
      "too-few-approvals",
    ]);
    const own = anActive("pods", approvalBy("U0TWIN"));
    expect(codesOf(extending(own, { policy: SELF }))).toEqual([
      "approver-gone",
      "too-few-approvals",
    ]);
  });

  it("lets nobody extend alone what was automatic and needs approval now", () => {
    const policy = extendableWith("approval: automatic", "approval: { by: [leads] }");
    expect(codesOf(extending(metrics, { policy }))).toEqual([
      "entitlement-changed",
      "too-few-approvals",
    ]);
  });

  it("tells everything that is in the way at once", () => {
    const policy = extendableWith("group/jit/pods", "group/jit/more");
    const grant = { ...extendedOften(pods, 2), window: { ...pods.window, extensions: 2 } };
    const now = pods.window.expiresAt;
    expect(codesOf(extending(grant, { policy, by: "U0DAN", now }))).toEqual([
      "not-the-requester",
      "extended-enough",
      "too-close-to-the-end",
      "entitlement-changed",
    ]);
  });
});

describe("mayApproveExtension", () => {
  function approving(
    by: string,
    {
      policy = EXTENDABLE,
      read = usergroups(),
      grant = anAsking() as ActiveGrant,
      now = LATER,
    }: { policy?: Policy; read?: Usergroups; grant?: ActiveGrant; now?: number } = {},
  ) {
    return mayApproveExtension(policy, read, grant, user(by), now);
  }

  it("allows the approvers of now, also who approved the request", () => {
    expect(approving("U0BOB")).toEqual({ allowed: true, via: "leads" });
    expect(approving("U0LEE")).toEqual({ allowed: true, via: "leads" });
    const read = usergroups({ S0ONCALL: ["U0EVE"] });
    expect(approving("U0EVE", { read })).toEqual({ allowed: true, via: "S0ONCALL" });
    const policy = extendableWith("[U0BOB, U0LEE, U0ADA, U0TWIN]", "[U0LEE, U0NEW]");
    expect(codesOf(approving("U0BOB", { policy }))).toEqual(["not-an-approver"]);
  });

  it("refuses where nobody asks for one", () => {
    expect(codesOf(approving("U0BOB", { grant: pods }))).toEqual(["no-extension-asked"]);
  });

  it("refuses the requester and another Slack user who is the same IAM user", () => {
    expect(codesOf(approving("U0ADA"))).toEqual(["own-request"]);
    expect(codesOf(approving("U0TWIN"))).toEqual(["same-principal"]);
  });

  it("refuses who is no approver, and says where it does not know", () => {
    expect(codesOf(approving("U0DAN"))).toEqual(["not-an-approver"]);
    expect(codesOf(approving("U0CAT"))).toEqual(["not-an-approver"]);
    expect(codesOf(approving("U0EVE", { read: NO_USERGROUP_READ }))).toEqual([
      "membership-unknown",
    ]);
  });

  it("counts each person once, as a Slack user and as an IAM user", () => {
    const grant = anAsking("release", approvalBy("U0BOB"));
    expect(codesOf(approving("U0BOB", { grant }))).toEqual(["already-approved-by-you"]);
    expect(approving("U0LEE", { grant }).allowed).toBe(true);
    const twins = extendableWith(
      'user/dan" }',
      'user/dan" }\n  U0BOB: { iamUser: "arn:aws:iam::111122223333:user/bob" }\n  U0LEE: { iamUser: "arn:aws:iam::111122223333:user/BOB" }',
    );
    expect(codesOf(approving("U0LEE", { grant, policy: twins }))).toEqual([
      "already-approved-by-you",
    ]);
  });

  it("refuses the last approval while an earlier one no longer counts", () => {
    const grant = anAsking("release", approvalBy("U0BOB"));
    const policy = extendableWith("[U0BOB, U0LEE, U0ADA, U0TWIN]", "[U0LEE, U0NEW]");
    expect(codesOf(approving("U0LEE", { grant, policy }))).toEqual(["approver-gone"]);
  });

  it("refuses where more must approve now than the grant would ask for", () => {
    const policy = extendableWith("[leads, on-call] }", "[leads, on-call], count: 2 }");
    expect(codesOf(approving("U0BOB", { policy }))).toEqual(["too-few-approvals"]);
  });

  it("goes by the extensions of now: none, or fewer", () => {
    const none = extendableWith("    extend: { max: 2 }\n", "");
    expect(codesOf(approving("U0BOB", { policy: none }))).toEqual(["not-extendable"]);
    const once = extendableWith("extend: { max: 2 }", "extend: { max: 1 }");
    const { extension } = anAsking();
    const grant = { ...extendedOften(pods, 1), extension };
    expect(approving("U0BOB", { grant }).allowed).toBe(true);
    expect(codesOf(approving("U0BOB", { grant, policy: once }))).toEqual(["extended-enough"]);
  });

  it("refuses from two minutes before the end on", () => {
    const last = pods.window.expiresAt - EXTEND_BEFORE_MS;
    expect(approving("U0BOB", { now: last - 1 }).allowed).toBe(true);
    expect(codesOf(approving("U0BOB", { now: last }))).toEqual(["too-close-to-the-end"]);
  });

  it.each(CHANGES)("refuses where the entitlement now %s", (_, before, after, code) => {
    expect(codesOf(approving("U0BOB", { policy: extendableWith(before, after) }))).toEqual([code]);
  });
});

describe("mayDenyExtension", () => {
  const denying = (by: string, { policy = EXTENDABLE, read = usergroups() } = {}) =>
    mayDenyExtension(policy, read, anAsking(), user(by));

  it("allows approvers and admins, and nobody else", () => {
    expect(denying("U0BOB").allowed).toBe(true);
    expect(denying("U0CAT").allowed).toBe(true);
    expect(codesOf(denying("U0DAN"))).toEqual(["not-an-approver"]);
    expect(codesOf(denying("U0EVE", { read: NO_USERGROUP_READ }))).toEqual(["membership-unknown"]);
  });

  it("leaves it to the admins where the entitlement is gone", () => {
    expect(denying("U0CAT", { policy: WITHOUT_PODS }).allowed).toBe(true);
    expect(codesOf(denying("U0BOB", { policy: WITHOUT_PODS }))).toEqual(["not-an-approver"]);
  });

  it("refuses where nobody asks for one", () => {
    const verdict = mayDenyExtension(EXTENDABLE, usergroups(), pods, user("U0CAT"));
    expect(codesOf(verdict)).toEqual(["no-extension-asked"]);
  });
});

describe("canOfferExtension", () => {
  const entitlement = EXTENDABLE.entitlements["pods"];
  const soonOver = pods.window.expiresAt - EXTEND_BEFORE_MS;

  it("offers it while it may be asked for", () => {
    expect(canOfferExtension(entitlement, pods, LATER)).toBe(true);
    expect(canOfferExtension(entitlement, pods, soonOver - 1)).toBe(true);
  });

  it.each([
    ["the entitlement is gone", undefined, pods, LATER],
    ["the entitlement has none", POLICY.entitlements["pods"], pods, LATER],
    ["it is asked for", entitlement, anAsking(), LATER],
    ["there have been as many as may be", entitlement, extendedOften(pods, 2), LATER],
    ["the end is near", entitlement, pods, soonOver],
    ["nothing is decided yet", entitlement, aRequest(), LATER],
    ["the access is not there yet", entitlement, anApproved("pods", approvalBy("U0BOB")), LATER],
  ])("does not offer it where %s", (_, of, grant, now) => {
    expect(canOfferExtension(of, grant, now)).toBe(false);
  });
});
