import { describe, expect, it } from "@jest/globals";
import { approversOf, mayDecideNow } from "../../lib/policy/who-decides.ts";
import {
  ACCESS_FILE,
  anActive,
  anAsking,
  approvalBy,
  aRequest,
  EXTENDABLE,
  NO_USERGROUP_READ,
  NOW,
  POLICY,
  policyFrom,
  policyWith,
  user,
  usergroups,
} from "./a-policy.ts";

describe("approversOf", () => {
  it("names everybody who may approve, one by one, each once, without the requester and their twin", () => {
    const read = usergroups({ S0ONCALL: ["U0NIGHT", "U0BOB", "U0ADA"], S0DEVS: ["U0DAN"] });
    expect(approversOf(POLICY, read, aRequest())).toEqual(["U0BOB", "U0LEE", "U0NIGHT"]);
    expect(approversOf(EXTENDABLE, read, anAsking())).toEqual(["U0BOB", "U0LEE", "U0NIGHT"]);
  });

  it("names those listed where the user group could not be read", () => {
    expect(approversOf(POLICY, NO_USERGROUP_READ, aRequest())).toEqual(["U0BOB", "U0LEE"]);
  });

  it("names nobody who is now the IAM user that the request was made for", () => {
    const policy = policyWith(
      "U0TWIN",
      'U0BOB: { iamUser: "arn:aws:iam::111122223333:user/ADA" }\n  U0TWIN',
    );
    expect(approversOf(policy, usergroups(), aRequest())).toEqual(["U0LEE"]);
  });

  it("names nobody where nobody is asked: approval is automatic, or the entitlement is gone", () => {
    expect(approversOf(POLICY, usergroups(), aRequest("metrics"))).toEqual([]);
    const without = policyFrom(ACCESS_FILE.replace(/ {2}pods:\n(?: {4}.*\n)+/, ""));
    expect(approversOf(without, usergroups(), aRequest())).toEqual([]);
  });
});

describe("mayDecideNow", () => {
  const waitsFor = (by: string, grant: Parameters<typeof mayDecideNow>[2], now = NOW + 600_000) =>
    mayDecideNow(EXTENDABLE, usergroups(), grant, user(by), now);

  it("is true of a request, and of an extension, that wait for this person", () => {
    expect(waitsFor("U0BOB", aRequest())).toBe(true);
    expect(waitsFor("U0BOB", anAsking())).toBe(true);
  });

  it("is false of one's own, of what others decide, and of what one has approved", () => {
    for (const by of ["U0ADA", "U0TWIN", "U0DAN", "U0CAT"]) {
      expect([waitsFor(by, aRequest()), waitsFor(by, anAsking())]).toEqual([false, false]);
    }
    expect(waitsFor("U0BOB", anAsking("release", approvalBy("U0BOB")))).toBe(false);
    expect(waitsFor("U0LEE", anAsking("release", approvalBy("U0BOB")))).toBe(true);
  });

  it("is false where nothing is asked, or no longer", () => {
    expect(waitsFor("U0BOB", anActive("pods", approvalBy("U0BOB")))).toBe(false);
    expect(waitsFor("U0BOB", aRequest(), aRequest().lapsesAt)).toBe(false);
    expect(waitsFor("U0BOB", anAsking(), anAsking().window.expiresAt)).toBe(false);
  });
});
