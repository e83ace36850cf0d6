// Grants in every state and with every history, made of hostile text: what the views must show whatever it is.

import fc from "fast-check";
import type { Telling } from "../../../lib/broker/ports.ts";
import {
  approveExtension,
  askExtension,
  asksForExtension,
  denyExtension,
  extend,
} from "../../../lib/grant/extension.ts";
import type { ActiveGrant, Approval, EndCause, Grant } from "../../../lib/grant/grant.ts";
import { grantIdFrom, parseSlackUserId, type SlackUserId } from "../../../lib/grant/ids.ts";
import { close, noteDrift, noteRefusal, postpone, revoke } from "../../../lib/grant/steps.ts";
import type { TargetSpec } from "../../../lib/grant/target-spec.ts";
import type { Entitlement } from "../../../lib/policy/policy.ts";
import { ASKED_AT, aGrant, aStep } from "../../support/grants.ts";
import { ADA, anEntitlement, GROUP, HOUR, MAPPING, MINUTE } from "../../support/world.ts";
import { hostile } from "./hostile.ts";

/** A mark in everything that a person types, so that it is found wherever it is sent to. */
export const TYPED = "7YPED";

export const people = (count: number): SlackUserId[] =>
  Array.from({ length: count }, (_, n) => parseSlackUserId(`U0P${n}`));

const LONG_TARGETS: readonly TargetSpec[] = [
  { kind: "iam-group", arn: `arn:aws:iam::111122223333:group/jit/${"g".repeat(128)}` },
  {
    ...(MAPPING as Extract<TargetSpec, { kind: "aws-auth" }>),
    cluster: { name: "c".repeat(100), region: "us-east-2" },
    groups: Array.from({ length: 12 }, (_, n) => `${n}&<>\`*`.padEnd(253, "k")),
    role: `arn:aws:iam::111122223333:role/${"r".repeat(64)}`,
  },
];

const typed = (maxLength: number) =>
  hostile(maxLength - TYPED.length).map((text) => `${TYPED}${text}`);

const facts = fc
  .record({
    title: hostile(75),
    reason: fc.option(typed(1000), { nil: undefined }),
    ticket: fc.option(typed(200), { nil: undefined }),
    instructions: fc.option(hostile(2000), { nil: undefined }),
    groups: fc.array(hostile(63), { minLength: 1, maxLength: 20 }),
    needed: fc.integer({ min: 1, max: 20 }),
    targets: fc.constantFrom(
      [GROUP],
      [MAPPING],
      [GROUP, MAPPING],
      Array.from({ length: 20 }, (_, n) => LONG_TARGETS[n % 2] ?? GROUP),
    ),
    durationMs: fc.constantFrom(5 * MINUTE, 30 * MINUTE, HOUR, 30 * 24 * HOUR),
    id: fc.uint8Array({ minLength: 10, maxLength: 10 }),
  })
  .map(({ title, groups, needed, id, reason, ticket, instructions, ...rest }) => ({
    ...rest,
    id: grantIdFrom(id),
    entitlement: { id: "web-pods-read", title },
    approverGroups: groups,
    approvalsNeeded: needed,
    ...(reason === undefined ? {} : { reason }),
    ...(ticket === undefined ? {} : { ticket }),
    ...(instructions === undefined ? {} : { instructions }),
  }));

/** What happens to a grant, as far as that is told. */
const plot = fc.record({
  approvals: fc.nat(20),
  extensions: fc.array(fc.constantFrom("granted", "denied", "self"), { maxLength: 8 }),
  asking: fc.boolean(),
  denial: fc.option(typed(1000), { nil: undefined }),
  problem: hostile(1500),
  cause: fc.constantFrom<EndCause["kind"] | "by-latchkey">(
    "expired",
    "revoked",
    "by-latchkey",
    "failed",
  ),
  drifts: fc.nat(6),
  state: fc.constantFrom(
    "pending",
    "denied",
    "cancelled",
    "lapsed",
    "approved",
    "active",
    "revoking",
    "ended",
    "never begun",
  ),
});

/** A grant in any state, with anything behind it. */
export const anyGrant: fc.Arbitrary<Grant> = fc
  .record({ facts, plot })
  .map(({ facts: given, plot: { state, ...plot } }): Grant => {
    const single = aGrant({ ...given, approvalsNeeded: 1 });
    const { denial, problem } = plot;
    switch (state) {
      case "pending": {
        const pending = aGrant(given).pending().build();
        const approvals = approvalsOf(Math.min(plot.approvals, given.approvalsNeeded - 1));
        return noteRefusal({ ...pending, approvals }, problem, aStep());
      }
      case "denied":
        return single.denied(denial).build();
      case "cancelled":
        return single.cancelled().build();
      case "lapsed":
        return single.lapsed().build();
      case "approved":
        return postpone(single.approved().build(), problem, aStep());
      case "active":
        return activeGrant(single.active().build(), given.approvalsNeeded, plot);
      case "never begun":
        return single.failedBeforeItBegan(problem).build();
      case "revoking":
      case "ended": {
        const active = activeGrant(single.active().build(), given.approvalsNeeded, plot);
        const revoking = postpone(
          revoke(active, causeOf(plot.cause, problem), aStep()),
          problem,
          aStep(),
        );
        if (state === "revoking") return revoking;
        const drifted = Array.from({ length: plot.drifts }).reduce<typeof revoking>(
          (grant, _, n) => noteDrift(grant, `${n}: ${problem}`, aStep()),
          revoking,
        );
        return close(drifted, aStep());
      }
      default:
        throw new TypeError(`no story of ${state satisfies never}`);
    }
  });

function approvalsOf(count: number): Approval[] {
  return people(count).map((by) => ({ by, at: ASKED_AT, via: "platform-leads" }));
}

function causeOf(kind: EndCause["kind"] | "by-latchkey", problem: string): EndCause {
  switch (kind) {
    case "expired":
      return { kind };
    case "revoked":
      return { kind, by: ADA };
    case "by-latchkey":
      return { kind: "revoked", by: "latchkey", why: problem };
    case "failed":
      return { kind, code: "group-missing", message: problem };
    default:
      throw new TypeError(`no cause ${kind satisfies never}`);
  }
}

function activeGrant(
  begun: ActiveGrant,
  needed: number,
  {
    extensions,
    asking,
    approvals,
    denial,
  }: {
    readonly extensions: readonly ("granted" | "denied" | "self")[];
    readonly asking: boolean;
    readonly approvals: number;
    readonly denial: string | undefined;
  },
): ActiveGrant {
  const first: ActiveGrant = {
    ...begun,
    approvalsNeeded: needed,
    approvals: approvalsOf(needed),
  };
  const after = extensions.reduce<ActiveGrant>((grant, what, n) => {
    const step = { ...aStep(ASKED_AT + (n + 2) * MINUTE), by: ADA };
    if (what === "self") return extend(grant, step);
    const asked = askedBy(grant, step.at);
    return what === "denied"
      ? denyExtension(asked, denial, aStep(step.at))
      : decided(asked, needed, step.at);
  }, first);
  if (!asking) return after;
  return decided(askedBy(after, ASKED_AT + HOUR), Math.min(approvals, needed - 1), ASKED_AT + HOUR);
}

function askedBy(grant: ActiveGrant, at: number) {
  const asked = askExtension(grant, { ...aStep(at), by: ADA });
  if (!asksForExtension(asked)) throw new TypeError("no extension is asked for");
  return asked;
}

/** As many people approve the extension. */
function decided(grant: ReturnType<typeof askedBy>, count: number, at: number): ActiveGrant {
  return people(count).reduce<ActiveGrant>(
    (asked, by) =>
      asksForExtension(asked) ? approveExtension(asked, "x", { ...aStep(at), by }) : asked,
    grant,
  );
}

const entitlement: fc.Arbitrary<Entitlement | undefined> = fc.option(
  fc
    .record({
      description: fc.option(hostile(500), { nil: undefined }),
      notify: fc.constantFrom("channel" as const, "direct" as const, "none" as const),
      groups: fc.integer({ min: 1, max: 4 }),
      by: fc.constantFrom("approval" as const, "self" as const),
      max: fc.integer({ min: 1, max: 20 }),
    })
    .map(({ description, notify, groups, by, max }) =>
      anEntitlement("web-pods-read", {
        ...(description === undefined ? {} : { description }),
        approval: { kind: "approvers", by: Array(groups).fill("platform-leads"), count: 1, notify },
        extend: { max, by },
      }),
    ),
  { nil: undefined },
);

/** What may be told beside a grant, at any time from the request to long after. */
export const anyTelling: fc.Arbitrary<Telling> = fc
  .record({
    now: fc.integer({ min: ASKED_AT, max: ASKED_AT + 31 * 24 * HOUR }),
    entitlement,
    usergroups: fc.integer({ min: 0, max: 4 }),
    approvers: fc.integer({ min: 0, max: 40 }),
    live: fc.integer({ min: 0, max: 40 }),
    title: hostile(75),
    times: fc.nat(120),
  })
  .map(({ usergroups, approvers, live, title, times, ...rest }) => ({
    ...rest,
    usergroups: Array.from({ length: usergroups }, (_, n) => `S0GROUP${n}`),
    listed: people(approvers).filter((_, n) => n % 3 !== 0),
    approvers: people(approvers),
    background: {
      at: rest.now,
      live: Array.from({ length: live }, (_, n) =>
        n % 2 === 0
          ? aGrant({ entitlement: { id: "x", title } })
              .active()
              .build()
          : aGrant({ entitlement: { id: "x", title } })
              .revoking()
              .build(),
      ),
      timesIn30Days: times,
    },
  }));
