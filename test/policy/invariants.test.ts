// What must hold for every policy, person and user group: safety properties of the verdicts.

import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { approve } from "../../lib/grant/steps.ts";
import {
  mayApprove,
  mayDeny,
  mayEnd,
  mayRequest,
  requestable,
  usergroupsFor,
} from "../../lib/policy/may.ts";
import type { Entitlement, Usergroups } from "../../lib/policy/policy.ts";
import { stillHolds } from "../../lib/policy/still-holds.ts";
import { aRequest, NOW, usergroups } from "./a-policy.ts";
import { arnOf, check, isIn, PEOPLE, situation, USERGROUPS } from "./any-policy.ts";

describe("whatever the policy", () => {
  it("nobody approves a request of their own, nor of the IAM user that they are", () => {
    check(
      fc.property(situation, ({ policy, read, requester, by }) => {
        const grant = aRequest("pods", requester);
        if (!mayApprove(policy, read, grant, by, NOW).allowed) return;
        expect(by).not.toBe(requester);
        expect(arnOf(policy, by)).not.toBe(grant.principal.toLowerCase());
      }),
    );
  });

  it("only approvers approve, and only members ask: a user group that was not read has none", () => {
    check(
      fc.property(situation, ({ policy, read, requester, by }) => {
        const { approval, requesters } = policy.entitlements["pods"] as Entitlement;
        const approvers = approval.kind === "automatic" ? [] : approval.by;
        const verdict = mayApprove(policy, read, aRequest("pods", requester), by, NOW);
        if (verdict.allowed) {
          const { via } = verdict;
          const [group] = approvers.filter(
            (name) => name === via || policy.groups[name]?.usergroup === via,
          );
          if (group === via) expect(policy.groups[via]?.users).toContain(by);
          else expect(read.get(via)?.has(by)).toBe(true);
          expect(isIn(policy, read, [String(group)], by)).toBe(true);
        }
        const asked = { by, entitlementId: "pods", reason: "because", ticket: "OPS-1" };
        expect(mayRequest(policy, read, asked).allowed).toBe(
          isIn(policy, read, requesters, by) && arnOf(policy, by) !== undefined,
        );
        expect(requestable(policy, read, by).length === 1).toBe(isIn(policy, read, requesters, by));
      }),
    );
  });

  it("reading one more user group of nobody never allows anything more", () => {
    check(
      fc.property(situation, ({ policy, read, requester, by }) => {
        const grant = aRequest("pods", requester);
        const verdicts = (groups: Usergroups) => [
          mayApprove(policy, groups, grant, by, NOW).allowed,
          mayDeny(policy, groups, grant, by).allowed,
          mayEnd(policy, groups, grant, by).allowed,
        ];
        const blank = Object.fromEntries(USERGROUPS.map((id) => [id, []]));
        const known = new Map([...usergroups(blank), ...read]);
        expect(verdicts(known)).toEqual(verdicts(read));
      }),
    );
  });

  it("no more user groups are needed than are asked for beforehand", () => {
    check(
      fc.property(situation, ({ policy, read, requester, by }) => {
        const needed = usergroupsFor(policy, "pods", "approvers");
        const few = new Map([...read].filter(([id]) => needed.includes(id)));
        const grant = aRequest("pods", requester);
        expect(mayApprove(policy, few, grant, by, NOW)).toEqual(
          mayApprove(policy, read, grant, by, NOW),
        );
      }),
    );
  });

  it("a no has at least one reason, in words", () => {
    check(
      fc.property(situation, ({ policy, read, requester, by }) => {
        const grant = aRequest("pods", requester);
        for (const verdict of [
          mayRequest(policy, read, { by, entitlementId: "pods" }),
          mayApprove(policy, read, grant, by, NOW),
          mayDeny(policy, read, grant, by),
          mayEnd(policy, read, grant, by),
        ]) {
          if (verdict.allowed) continue;
          expect(verdict.reasons.length).toBeGreaterThan(0);
          for (const { message } of verdict.reasons) expect(message).toMatch(/^[A-Z].*\.$/s);
        }
      }),
    );
  });

  it("what enough people have just approved holds, and rests on that many different people", () => {
    let approvedGrants = 0;
    check(
      fc.property(situation, ({ policy, read, requester }) => {
        const { approval } = policy.entitlements["pods"] as Entitlement;
        if (approval.kind === "automatic") return;
        let grant = { ...aRequest("pods", requester), approvalsNeeded: approval.count };
        for (const by of [...PEOPLE, ...PEOPLE]) {
          const verdict = mayApprove(policy, read, grant, by, NOW);
          if (!verdict.allowed) continue;
          const step = { at: NOW, by, from: "test", policyHash: policy.hash };
          const next = approve(grant, verdict.via, step);
          if (next.status === "pending") {
            grant = next;
            continue;
          }
          approvedGrants++;
          expect(stillHolds(policy, next, NOW)).toEqual({ allowed: true });
          const people = next.approvals.map((one) => arnOf(policy, one.by) ?? one.by);
          expect(new Set(people).size).toBe(approval.count);
          return;
        }
      }),
    );
    expect(approvedGrants).toBeGreaterThan(50);
  });
});
