// What must hold of every end that is put off, whoever clicks and whatever is deployed meanwhile.

import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import {
  approveExtension,
  askExtension,
  asksForExtension,
  extend,
} from "../../lib/grant/extension.ts";
import type { ActiveGrant, Approval } from "../../lib/grant/grant.ts";
import type { SlackUserId } from "../../lib/grant/ids.ts";
import {
  EXTEND_BEFORE_MS,
  mayApproveExtension,
  mayDenyExtension,
  mayExtend,
} from "../../lib/policy/may-extend.ts";
import type { Entitlement, Policy, Usergroups } from "../../lib/policy/policy.ts";
import { approversOf, mayDecideNow } from "../../lib/policy/who-decides.ts";
import { anActive, approvalBy, aRequest, NOW, usergroups } from "./a-policy.ts";
import {
  aPerson,
  aPolicy,
  arnOf,
  check,
  isIn,
  PEOPLE,
  someUsergroups,
  USERGROUPS,
} from "./any-policy.ts";

interface Click {
  readonly by: SlackUserId;
  readonly does: "ask" | "approve";
  /** After the last moment at which the end may be put off. */
  readonly lateMs: number;
  /** Which of two policies is deployed by then. */
  readonly under: 0 | 1;
}

const aClick: fc.Arbitrary<Click> = fc.record({
  by: aPerson,
  does: fc.constantFrom("ask", "approve"),
  lateMs: fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: -3_000_000, max: -1 }) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 300_000 }) },
  ),
  under: fc.oneof(
    { weight: 8, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.constant(1) },
  ) as fc.Arbitrary<0 | 1>,
});

const anApproval: fc.Arbitrary<Approval> = fc
  .tuple(aPerson, fc.constantFrom("one", "two", "three", ...USERGROUPS))
  .map(([by, via]) => approvalBy(by, via));

const aScene = fc
  .record({
    policies: fc.tuple(aPolicy, aPolicy),
    read: someUsergroups,
    requester: fc.constantFrom(...PEOPLE.slice(0, 2)),
    approvals: fc.uniqueArray(anApproval, { maxLength: 4, selector: ({ by }) => by }),
    clicks: fc.array(aClick, { minLength: 4, maxLength: 20 }),
  })
  .map(({ policies, read, requester, approvals, clicks }) => {
    const { principal } = aRequest("pods", requester);
    const facts = { requester, principal, approvalsNeeded: neededIn(policies[0]) };
    const active: ActiveGrant = { ...anActive("pods", ...approvals), ...facts };
    // Whose grant it is has an IAM user of their own, or nothing would ever be allowed.
    const bound = policies.map((policy) => ({
      ...policy,
      people: { ...policy.people, [requester]: { iamUser: principal } },
    })) as [Policy, Policy];
    const first = { by: requester, does: "ask", lateMs: -1, under: 0 } as const;
    return { policies: bound, read, requester, active, clicks: [first, ...clicks] };
  });

describe("whatever the policy, and whoever clicks", () => {
  it("an end is put off by its requester on approvals that hold, or by enough others; never late, never too often", () => {
    const extended = { self: 0, approval: 0, severalApprovals: 0 };
    check(
      fc.property(aScene, ({ policies, read, active, clicks }) => {
        let grant = active;
        for (const click of clicks) {
          const policy = policies[click.under];
          const before = grant;
          grant = clicked(policy, read, before, click);
          if (grant.window.expiresAt === before.window.expiresAt) continue;
          const approvals = expectPutOffRightly(policy, read, { before, grant, click });
          extended[click.does === "ask" ? "self" : "approval"]++;
          if (click.does === "approve" && approvals > 1) extended.severalApprovals++;
        }
      }),
    );
    expect(Math.min(...Object.values(extended))).toBeGreaterThan(10);
  });

  it("reading one more user group of nobody allows nobody more", () => {
    check(
      fc.property(aScene, aPerson, ({ policies: [policy], read, active }, by) => {
        const grant = { ...active, extension: { askedAt: NOW, approvals: [] } };
        const blank = Object.fromEntries(USERGROUPS.map((id) => [id, []]));
        const known = new Map([...usergroups(blank), ...read]);
        const verdicts = (groups: Usergroups) => [
          mayApproveExtension(policy, groups, grant, by, NOW).allowed,
          mayDenyExtension(policy, groups, grant, by).allowed,
          approversOf(policy, groups, grant),
        ];
        expect(verdicts(known)).toEqual(verdicts(read));
      }),
    );
  });

  it("a decision waits for nobody who is not named among the approvers", () => {
    let waiting = 0;
    check(
      fc.property(aScene, aPerson, ({ policies: [policy], read, requester, active }, by) => {
        const asking = { ...active, extension: { askedAt: NOW, approvals: [] } };
        for (const grant of [asking, aRequest("pods", requester)]) {
          if (!mayDecideNow(policy, read, grant, by, NOW)) continue;
          expect(approversOf(policy, read, grant)).toContain(by);
          waiting++;
        }
      }),
    );
    expect(waiting).toBeGreaterThan(50);
  });

  it("a no has at least one reason, in words", () => {
    check(
      fc.property(aScene, aPerson, ({ policies: [policy], read, active }, by) => {
        const asking = { ...active, extension: { askedAt: NOW, approvals: active.approvals } };
        for (const verdict of [
          mayExtend(policy, active, by, NOW),
          mayApproveExtension(policy, read, asking, by, NOW),
          mayDenyExtension(policy, read, asking, by),
        ]) {
          if (verdict.allowed) continue;
          expect(verdict.reasons.length).toBeGreaterThan(0);
          for (const { message } of verdict.reasons) expect(message).toMatch(/^[A-Z].*\.$/s);
        }
      }),
    );
  });
});

/** What the grant becomes by a click, as the broker has it. */
function clicked(
  policy: Policy,
  read: Usergroups,
  grant: ActiveGrant,
  { by, does, lateMs }: Click,
): ActiveGrant {
  const at = grant.window.expiresAt - EXTEND_BEFORE_MS + lateMs;
  const step = { at, by, from: "test", policyHash: policy.hash };
  if (does === "ask") {
    const verdict = mayExtend(policy, grant, by, at);
    if (!verdict.allowed) return grant;
    return verdict.by === "self" ? extend(grant, step) : askExtension(grant, step);
  }
  if (!asksForExtension(grant)) return grant;
  const verdict = mayApproveExtension(policy, read, grant, by, at);
  return verdict.allowed ? approveExtension(grant, verdict.via, step) : grant;
}

/** Checks, said another way than the policy does, that this end could be put off; answers with the approvals. */
function expectPutOffRightly(
  policy: Policy,
  read: Usergroups,
  { before, grant, click }: { before: ActiveGrant; grant: ActiveGrant; click: Click },
): number {
  const { approval, extend: rule } = policy.entitlements["pods"] as Entitlement;
  const isAlone = click.does === "ask";
  const approvals = isAlone
    ? before.approvals
    : [...(before.extension?.approvals ?? []), { ...approvalBy(click.by), via: "" }];
  expect(click.lateMs).toBeLessThan(0);
  expect(isAlone).toBe(click.by === grant.requester);
  if (isAlone) expect(rule?.by).toBe("self");
  expect(grant.window.extensions).toBeLessThanOrEqual(rule?.max ?? 0);
  expect(grant.window.expiresAt - before.window.expiresAt).toBe(grant.durationMs);
  expect(grant).not.toHaveProperty("extension");
  if (isAlone && approval.kind === "automatic") return 0;
  const groups = approval.kind === "automatic" ? [] : approval.by;
  for (const { by, via } of approvals) {
    expect(arnOf(policy, by)).not.toBe(grant.principal.toLowerCase());
    expect(by).not.toBe(grant.requester);
    const isNamed = groups.some((name) => policy.groups[name]?.usergroup === via);
    expect(isNamed || isIn(policy, read, groups, by)).toBe(true);
  }
  const people = new Set(approvals.map(({ by }) => arnOf(policy, by) ?? by));
  expect(people.size).toBeGreaterThanOrEqual(Math.max(1, neededIn(policy)));
  return people.size;
}

function neededIn(policy: Policy): number {
  const { approval } = policy.entitlements["pods"] as Entitlement;
  return approval.kind === "automatic" ? 0 : approval.count;
}
