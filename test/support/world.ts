// The broker with everything around it in memory: a clock, a store, targets whose truth can be seen, people.

import { setImmediate as turn } from "node:timers/promises";
import { approveRequest } from "../../lib/broker/decide-request.ts";
import type { Clock, MetricName, Ports, Worker } from "../../lib/broker/ports.ts";
import { requestAccess } from "../../lib/broker/request-access.ts";
import { sweepProvision, sweepRevoke } from "../../lib/broker/sweeps.ts";
import type { Grant } from "../../lib/grant/grant.ts";
import {
  type GrantId,
  grantIdFrom,
  parseIamUserArn,
  parseSlackUserId,
  type SlackUserId,
} from "../../lib/grant/ids.ts";
import type { TargetSpec } from "../../lib/grant/target-spec.ts";
import type { Entitlement, Policy } from "../../lib/policy/policy.ts";
import type { Standing } from "../../lib/policy/standing.ts";
import type { Store, Stored } from "../../lib/store/store.ts";
import type { Targets } from "../../lib/targets/target.ts";
import { createFakeTarget } from "./fake-target.ts";
import { createMemoryStore } from "./memory-store.ts";

export const ADA = parseSlackUserId("U0ADA");
export const BOB = parseSlackUserId("U0BOB");
export const LEE = parseSlackUserId("U0LEE");
export const CAT = parseSlackUserId("U0CAT");
export const EVE = parseSlackUserId("U0EVE");

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
/** How long a scheduled function may run in these tests. */
const RUN_MS = 75_000;

const ADA_ARN = parseIamUserArn("arn:aws:iam::111122223333:user/iam-bttrm-web-user-1");
export const GROUP: TargetSpec = {
  kind: "iam-group",
  arn: "arn:aws:iam::111122223333:group/jit/iam-bttrm-web-ro-group",
};
export const MAPPING: TargetSpec = {
  kind: "aws-auth",
  cluster: { name: "bttrm-eks-dev-0", region: "us-east-2" },
  groups: ["rbac-bttrm-web-ro-group"],
};

/** An entitlement that web developers may ask for and platform leads approve. */
export function anEntitlement(id: string, more: Partial<Entitlement> = {}): Entitlement {
  return {
    id,
    title: `Web projects: ${id}`,
    requesters: ["web-developers"],
    approval: { kind: "approvers", by: ["platform-leads"], count: 1, notify: "channel" },
    duration: { defaultMs: HOUR, maxMs: 4 * HOUR },
    reason: "optional",
    targets: [GROUP],
    lapseMs: 24 * HOUR,
    ...more,
  };
}

/** The policy of these tests, with the entitlements given. */
export function aPolicy(entitlements: readonly Entitlement[]): Policy {
  return {
    hash: "0123456789abcdef",
    slack: { team: "T0ACME", channel: "C0ACCESS", admins: [CAT] },
    people: { [ADA]: { iamUser: ADA_ARN } },
    groups: {
      "web-developers": { users: [ADA] },
      "platform-leads": { users: [BOB, LEE], usergroup: "S0LEADS" },
    },
    accounts: {},
    groupPath: "/jit/",
    sharedGroups: [],
    entitlements: Object.fromEntries(entitlements.map((each) => [each.id, each])),
  };
}

export type World = ReturnType<typeof createWorld>;

/** A broker at 2026-11-22 14:00 UTC; its clock moves only when it sleeps or a test moves it. */
export function createWorld(
  entitlements: readonly Entitlement[] = [
    anEntitlement("web-pods-read"),
    anEntitlement("web-pods-mapping", { targets: [MAPPING] }),
    anEntitlement("both", { targets: [GROUP, MAPPING] }),
  ],
) {
  let time = Date.UTC(2026, 10, 22, 14);
  let policy = aPolicy(entitlements);
  let count = 0;
  const clock: Clock = {
    now: () => time,
    sleep: async (ms) => {
      time += ms;
      await turn();
    },
  };
  const groups = createFakeTarget(clock.now);
  const clusters = createFakeTarget(clock.now);
  const users = new Map<string, string>([[ADA_ARN, "AIDACKCEVSQ6C2EXAMPLE"]]);
  const standings = new Map<SlackUserId, Standing | "untold">();
  const standingsAsked: SlackUserId[] = [];
  const store = createMemoryStore();
  const kicks: { worker: Worker; grants: readonly GrantId[] }[] = [];
  const logged: { level: string; message: string; fields: unknown }[] = [];
  const metrics = createMeasured();
  const note = (level: string) => (message: string, fields?: unknown) => {
    logged.push({ level, message, fields });
  };
  const ports: Ports = {
    get policy() {
      return policy;
    },
    clock,
    ids: {
      grantId: () => grantIdFrom(digits(++count)),
      owner: () => `owner-${++count}`,
    },
    store,
    directory: {
      members: async () => new Set([LEE]),
      async standing(user) {
        standingsAsked.push(user);
        const standing = standings.get(user) ?? "member";
        if (standing === "untold") throw new Error("Slack does not say");
        return standing;
      },
    },
    principals: { uniqueId: async (arn) => users.get(arn) },
    targets: { "iam-group": groups, "aws-auth": clusters } as unknown as Targets,
    messenger: {
      show: async ({ shown, version }) => ({ shown: { ...shown, version } }),
      publishHome: async () => ({ shows: "published" }),
    },
    kick: async (worker, grants) => {
      kicks.push({ worker, grants });
    },
    log: { info: note("info"), warn: note("warn"), error: note("error") },
    metrics,
  };
  const run = () => ({ deadlineAt: time + RUN_MS });
  const stored = async (id: GrantId): Promise<Stored> => {
    const found = await store.load(id);
    if (found === undefined) throw new Error(`no grant ${id}`);
    return found;
  };
  return {
    ports,
    store,
    groups,
    clusters,
    users,
    /** What people are in Slack who are no members of the workspace, or whom Slack says nothing of. */
    standings,
    /** Whom Slack was asked about, in this order. */
    standingsAsked,
    kicks,
    logged,
    measured: metrics.published,
    now: () => time,
    advance: (ms: number) => {
      time += ms;
    },
    /** What an administrator's deploy of another access.yml does. */
    deploy: (next: Policy) => {
      policy = next;
    },
    policy: () => policy,
    /** A run that starts now. */
    run,
    /** The scheduled pass of provision, or a kick's. */
    provision: (ids?: readonly GrantId[], from: Ports = ports) => sweepProvision(from, run(), ids),
    /** The scheduled pass of revoke, or a kick's. */
    revoke: (ids?: readonly GrantId[], from: Ports = ports) => sweepRevoke(from, run(), ids),
    /** The grant as it is stored now, as a worker reads it. */
    stored,
    /** The grant as it is stored now. */
    grant: async (id: GrantId): Promise<Grant> => (await stored(id)).grant,
    /** Ports whose table answers these calls in another way. */
    portsWith: (calls: Partial<Store>): Ports => ({
      ...ports,
      policy,
      store: { ...store, ...calls },
    }),
    /** Asked for by Ada and approved by Bob. */
    approved: async (entitlementId: string, durationMs = HOUR): Promise<GrantId> => {
      const asked = await requestAccess(ports, {
        by: ADA,
        entitlementId,
        duration: durationMs,
        from: "test",
      });
      if (!asked.allowed) throw new Error(JSON.stringify(asked.reasons));
      const { id } = asked.grant;
      if (asked.grant.status === "pending") {
        const decided = await approveRequest(ports, { grantId: id, by: BOB, from: "test" });
        if (decided.outcome !== "done") throw new Error(JSON.stringify(decided));
      }
      return id;
    },
  };
}

/** Metrics that can be looked at: what was published, one object of lists per time. */
function createMeasured() {
  const published: Partial<Record<MetricName, number[]>>[] = [];
  let noted: Partial<Record<MetricName, number[]>> = {};
  return {
    published,
    note(name: MetricName, value: number) {
      noted[name] = [...(noted[name] ?? []), value];
    },
    publish() {
      published.push(noted);
      noted = {};
    },
  };
}

function digits(count: number): Uint8Array {
  return new Uint8Array(10).map((_, place) => Math.floor(count / 32 ** (9 - place)) % 32);
}
