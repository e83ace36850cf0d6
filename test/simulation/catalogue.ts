// Who and what there is in the simulated world: people, entitlements that overlap, and policies to redeploy.

import { parseIamUserArn, parseSlackUserId, type SlackUserId } from "../../lib/grant/ids.ts";
import type { TargetSpec } from "../../lib/grant/target-spec.ts";
import type { Entitlement, Policy } from "../../lib/policy/policy.ts";
import { groupArn, userArn } from "./iam.ts";

/** Two developers; Eve is Ada's second Slack account, and an approver; Mal belongs to nothing. */
export const [ADA, DAN, EVE, BOB, LEE, CAT, MAL] = [
  "U0ADA",
  "U0DAN",
  "U0EVE",
  "U0BOB",
  "U0LEE",
  "U0CAT",
  "U0MAL",
].map(parseSlackUserId) as [
  SlackUserId,
  SlackUserId,
  SlackUserId,
  SlackUserId,
  SlackUserId,
  SlackUserId,
  SlackUserId,
];
export const USER_NAMES = ["web-user-1", "web-user-2"] as const;
export const GROUPS = ["web-ro", "logs-ro", "web-rw"] as const;
export const CLUSTERS = ["dev-0", "dev-1"] as const;
export const LEADS = "S0LEADS";

const MINUTE = 60_000;
/** How long a request waits for its decision. */
export const LAPSE_MS = 100_000;
const iamUser = (name: string) => parseIamUserArn(userArn(name));
const group = (name: (typeof GROUPS)[number]): TargetSpec => ({
  kind: "iam-group",
  arn: groupArn(name),
});
const mapping = (
  cluster: (typeof CLUSTERS)[number],
  groups: readonly string[],
  role?: string,
): TargetSpec => ({
  kind: "aws-auth",
  cluster: { name: cluster, region: "us-east-2" },
  groups,
  ...(role === undefined ? {} : { role }),
});
const SHARED_ROLE = "arn:aws:iam::111122223333:role/jit/web-shared-role";

interface Terms {
  readonly by?: string;
  readonly notify?: "channel" | "direct" | "none";
  readonly extend?: Entitlement["extend"];
}

function entitlement(
  id: string,
  targets: readonly TargetSpec[],
  approvals: number,
  { by = "leads", notify = "channel", extend }: Terms = {},
): readonly [string, Entitlement] {
  const approval =
    approvals === 0
      ? ({ kind: "automatic" } as const)
      : ({ kind: "approvers", by: [by], count: approvals, notify } as const);
  return [
    id,
    {
      id,
      title: id,
      requesters: ["developers"],
      approval,
      ...(extend === undefined ? {} : { extend }),
      duration: { defaultMs: MINUTE, maxMs: 60 * MINUTE },
      reason: "optional",
      targets,
      lapseMs: LAPSE_MS,
    },
  ];
}

/** Overlapping on purpose: one group in three of them, one mapping in two, one role for both people. */
const ENTITLEMENTS = [
  entitlement("group", [group("web-ro")], 1, { extend: { max: 2, by: "approval" } }),
  entitlement("both", [group("web-ro"), mapping("dev-0", ["pods-ro"])], 1),
  entitlement("mapping", [mapping("dev-0", ["pods-ro", "logs-ro"])], 1, {
    extend: { max: 1, by: "self" },
  }),
  entitlement("automatic", [group("logs-ro"), mapping("dev-1", ["pods-ro"])], 0),
  entitlement("two-approvals", [group("web-ro"), group("logs-ro")], 2, {
    notify: "direct",
    extend: { max: 1, by: "approval" },
  }),
  entitlement("role", [mapping("dev-1", ["shared-ro"], SHARED_ROLE)], 1, { notify: "none" }),
  entitlement("logs", [group("logs-ro")], 0, { extend: { max: 2, by: "self" } }),
  entitlement("peers", [group("web-rw")], 1, {
    by: "developers",
    notify: "none",
    extend: { max: 1, by: "self" },
  }),
] as const;
export const ENTITLEMENT_IDS = ENTITLEMENTS.map(([id]) => id) as [string, ...string[]];
/** Those that need no cluster. */
export const IAM_ONLY: readonly [string, ...string[]] = ["group", "two-approvals", "logs", "peers"];

/** Who may approve it, by the world's own list; Eve not where Ada asks. */
export function approversOf(entitlementId: string): readonly [SlackUserId, ...SlackUserId[]] {
  return entitlementId === "peers" ? [ADA, DAN] : [BOB, LEE, EVE];
}

/** How many must, by the world's own list. */
export function approvalsOf(entitlementId: string): number {
  if (entitlementId === "automatic" || entitlementId === "logs") return 0;
  return entitlementId === "two-approvals" ? 2 : 1;
}

/** Whether its end may be put off, how often and by whom, by the world's own list; undefined: never. */
export function extensionsOf(
  entitlementId: string,
): { readonly max: number; readonly by: "approval" | "self" } | undefined {
  switch (entitlementId) {
    case "group":
      return { max: 2, by: "approval" };
    case "two-approvals":
      return { max: 1, by: "approval" };
    case "logs":
      return { max: 2, by: "self" };
    case "mapping":
    case "peers":
      return { max: 1, by: "self" };
    default:
      return undefined;
  }
}

export const POLICY: Policy = {
  hash: "0000000000000001",
  slack: { team: "T0ACME", channel: "C0ACCESS", admins: [CAT] },
  people: {
    [ADA]: { iamUser: iamUser("web-user-1") },
    [EVE]: { iamUser: iamUser("web-user-1") },
    [DAN]: { iamUser: iamUser("web-user-2") },
  },
  groups: {
    developers: { users: [ADA, DAN] },
    leads: { users: [BOB, EVE], usergroup: LEADS },
  },
  accounts: {},
  groupPath: "/jit/",
  sharedGroups: [],
  entitlements: Object.fromEntries(ENTITLEMENTS),
};

const without = (id: string) => ENTITLEMENTS.filter(([each]) => each !== id);

/** What an administrator may deploy in the middle of everything. */
export const OTHER_POLICIES: readonly [Policy, ...Policy[]] = [
  { ...POLICY, hash: "0000000000000002", entitlements: Object.fromEntries(without("both")) },
  {
    ...POLICY,
    hash: "0000000000000003",
    entitlements: Object.fromEntries([
      ...without("group"),
      entitlement("group", [group("web-rw")], 1, { extend: { max: 2, by: "approval" } }),
    ]),
  },
  {
    ...POLICY,
    hash: "0000000000000004",
    groups: { ...POLICY.groups, leads: { users: [EVE] } },
  },
  { ...POLICY, hash: "0000000000000005", groups: { ...POLICY.groups, developers: { users: [] } } },
  {
    ...POLICY,
    hash: "0000000000000007",
    entitlements: Object.fromEntries([
      ...ENTITLEMENTS.filter(([id]) => id !== "logs" && id !== "peers"),
      entitlement("logs", [group("logs-ro")], 0, { extend: { max: 1, by: "self" } }),
      entitlement("peers", [group("web-rw")], 2, {
        by: "developers",
        notify: "none",
        extend: { max: 1, by: "self" },
      }),
    ]),
  },
  {
    ...POLICY,
    hash: "0000000000000008",
    entitlements: Object.fromEntries([
      ...without("group"),
      entitlement("group", [group("web-ro")], 1, { notify: "direct" }),
    ]),
  },
];

const { [DAN]: _, ...staff } = POLICY.people;

/** Dan has left the company. */
export const WITHOUT_DAN: Policy = {
  ...POLICY,
  hash: "0000000000000006",
  people: staff,
  groups: { ...POLICY.groups, developers: { users: [ADA] } },
};
