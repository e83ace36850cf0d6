// Grants for the store's tests: one in each state, with all that such a grant may hold.

import type { Grant, GrantFacts } from "../../lib/grant/grant.ts";
import { grantIdFrom, parseIamUserArn, parseSlackUserId } from "../../lib/grant/ids.ts";
import {
  activate,
  approve,
  begin,
  cancel,
  close,
  deny,
  hasBegun,
  lapse,
  postpone,
  request,
  revoke,
  type Step,
} from "../../lib/grant/steps.ts";

const ada = parseSlackUserId("U0ADA");
const cat = parseSlackUserId("U0CAT");

/** A step of the approver's at `at`. */
export function stepAt(at: number) {
  return { at, by: cat, from: "slack:C0ACCESS", policyHash: "c0ffee" } satisfies Step;
}

let made = 0;

/** A request made at `at` that lapses at `lapsesAt`, with an id of its own. */
export function pendingGrant({ at = 1_000, lapsesAt = 9_000 } = {}) {
  made += 1;
  const digits = new Uint8Array(10).map((_, place) => Math.floor(made / 32 ** (9 - place)) % 32);
  const facts: Omit<GrantFacts, "history"> = {
    id: grantIdFrom(digits),
    entitlement: { id: "web-pods-read", title: "Web projects: read pods" },
    requester: ada,
    principal: parseIamUserArn("arn:aws:iam::111122223333:user/iam-bttrm-web-user-1"),
    targets: [
      { kind: "iam-group", arn: "arn:aws:iam::111122223333:group/jit/iam-bttrm-web-ro-group" },
      {
        kind: "aws-auth",
        cluster: {
          name: "bttrm-eks-dev-0",
          region: "us-east-2",
          account: { role: "arn:aws:iam::444455556666:role/latchkey", externalId: "bttrm" },
        },
        groups: ["rbac-bttrm-web-ro-group"],
        acknowledgeClusterAdmin: false,
      },
    ],
    durationMs: 3_600_000,
    reason: "pods of proj-1 restart, “OOMKilled” 🤔",
    ticket: "OPS-7",
    instructions: "aws eks update-kubeconfig --name bttrm-eks-dev-0\n",
    approvalsNeeded: 1,
    approverGroups: ["platform-leads"],
    channel: "C0ACCESS",
    policyHash: "c0ffee",
    requestedAt: at,
  };
  const grant = request(facts, lapsesAt, { ...stepAt(at), by: ada });
  if (grant.status !== "pending") throw new TypeError("one approval is needed");
  return grant;
}

/** A grant whose provision is due at `at`. */
export function approvedGrant(at = 2_000) {
  const grant = approve(pendingGrant(), "platform-leads", stepAt(at));
  if (grant.status !== "approved") throw new TypeError("one approval is enough");
  return grant;
}

export function activeGrant(at = 3_000) {
  const begun = postpone(begin(approvedGrant(), "AIDACKCEVSQ6C2EXAMPLE", stepAt(at)), "slow", {
    ...stepAt(at),
    by: "latchkey",
  });
  if (!hasBegun(begun)) throw new TypeError("it has begun");
  return activate(begun, stepAt(at));
}

/** A grant in each state. */
export function grantsInEveryState(): readonly Grant[] {
  const revoking = () => revoke(activeGrant(), { kind: "revoked", by: cat }, stepAt(4_000));
  const failed = revoke(
    approvedGrant(),
    { kind: "failed", code: "group-quota", message: "ten groups already" },
    stepAt(2_500),
  );
  return [
    pendingGrant(),
    deny(pendingGrant(), "ask for less", stepAt(1_500)),
    cancel(pendingGrant(), stepAt(1_500)),
    lapse(pendingGrant(), stepAt(9_000)),
    approvedGrant(),
    begin(approvedGrant(), "AIDACKCEVSQ6C2EXAMPLE", stepAt(2_500)),
    activeGrant(),
    postpone(revoking(), "throttled", stepAt(4_100)),
    revoke(activeGrant(), { kind: "expired" }, stepAt(4_000)),
    close(revoking(), stepAt(4_500)),
    failed,
  ];
}
