// The broker with one safeguard taken out at a time, in the wiring, not in lib/: the simulation must notice each.

import type { IAMClient } from "@aws-sdk/client-iam";
import type { Worker } from "../../lib/broker/ports.ts";
import type { TargetSpec } from "../../lib/grant/target-spec.ts";
import type { Policy } from "../../lib/policy/policy.ts";
import type { Store } from "../../lib/store/store.ts";
import type { AwsAuth, Clusters } from "../../lib/targets/aws-auth/cluster.ts";
import type { Assignment, Target } from "../../lib/targets/target.ts";
import type { MemoryStore } from "../support/memory-store.ts";
import { EVE } from "./catalogue.ts";

/** What is put in place of a part; every function gets the real one. */
export interface Mutant {
  readonly store?: (real: MemoryStore) => Partial<Store>;
  readonly room?: (real: Target<TargetSpec>) => Partial<Target<TargetSpec>>;
  readonly iam?: (real: IAMClient) => IAMClient;
  readonly clusters?: (real: Clusters) => Clusters;
  /** The policy that a process goes by. */
  readonly policy?: (deployed: Policy, first: Policy) => Policy;
  /** How far the clock of a worker is ahead. */
  readonly skewMs?: Partial<Record<Worker, number>>;
  /** Workers that no schedule wakes. */
  readonly asleep?: readonly Worker[];
}

type Many = readonly Assignment<TargetSpec>[];

const mapped = <K, A, B>(map: ReadonlyMap<K, A>, change: (value: A) => B): Map<K, B> =>
  new Map([...map].map(([key, value]) => [key, change(value)]));

/** By what is missing. */
export const MUTANTS: Readonly<Record<string, Mutant>> = {
  "the lease: everybody gets it": {
    store: (real) => ({
      lease: (key, lease) => real.lease(key, { ...lease, now: Number.MAX_SAFE_INTEGER }),
      mark: async (key, owner, origin) => (await real.mark(key, owner, origin)) || true,
      release: async (key, owner, change) => (await real.release(key, owner, change)) || true,
    }),
  },
  "claims: a lease forgets for whom it is": {
    store: (real) => ({
      lease: (key, { claim: _, ...lease }) => real.lease(key, lease),
    }),
  },
  "the mark of what is ours": { store: () => ({ mark: async () => true }) },
  "intent first: the window is not stored": {
    store: (real) => ({
      save: async (next, from) =>
        next.status === "approved" && next.window && !("window" in from.grant && from.grant.window)
          ? "saved"
          : real.save(next, from),
    }),
  },
  "versions: the last save wins": {
    store: (real) => ({
      save: async (next, from) => {
        const latest = await real.load(next.id);
        return real.save(next, latest ?? from);
      },
    }),
  },
  "the settle time: writes that may land are forgotten": {
    store: (real) => ({
      release: (key, owner, { unsettledUntil: _, ...change }) => real.release(key, owner, change),
    }),
    room: (real) => ({
      take: async (many: Many) =>
        mapped(await real.take(many), (outcome) => ({ ...outcome, writeLost: false })),
    }),
  },
  "the standing check": {
    room: (real) => ({
      look: async (many: Many) =>
        mapped(await real.look(many), (seen) =>
          seen.seen === "present" ? ({ seen: "absent" } as const) : seen,
        ),
    }),
  },
  "other grants of the same access": {
    room: (real) => ({
      take: (many: Many) => real.take(many.map((each) => ({ ...each, others: [] }))),
    }),
  },
  "not known is not gone": {
    room: (real) => ({
      take: async (many: Many) =>
        mapped(await real.take(many), () => ({ status: "gone", writeLost: false })),
    }),
  },
  "not known is not held": {
    room: (real) => ({
      give: async (many) => mapped(await real.give(many), () => ({ status: "held" })),
    }),
  },
  "the look at the clock before giving": {
    room: (real) => ({
      give: (many) => real.give(many.map((each) => ({ ...each, endsAt: Number.MAX_SAFE_INTEGER }))),
    }),
  },
  "the unique id: whoever bears the name now is the one": {
    store: () => ({ pinPrincipal: async (_arn, uniqueId) => uniqueId }),
  },
  "denied is not gone: a group that cannot be read is empty": {
    iam: (real) =>
      ({
        async send(...args: Parameters<IAMClient["send"]>) {
          const [command] = args;
          try {
            return await real.send(...args);
          } catch (error) {
            if (command.constructor.name !== "GetGroupCommand") throw error;
            const { GroupName: name } = command.input as { GroupName: string };
            return { Group: { Arn: `arn:aws:iam::111122223333:group/jit/${name}` }, Users: [] };
          }
        },
      }) as unknown as IAMClient,
  },
  "the version of aws-auth: the last write wins": {
    clusters: (real) => async (spec) => {
      const cluster = await real(spec);
      if ("seen" in cluster) return cluster;
      return {
        ...cluster,
        async write(read, data, withinMs) {
          const now = await cluster.read();
          return cluster.write(
            "seen" in now ? read : ({ ...now, data: read.data } as AwsAuth),
            data,
            withinMs,
          );
        },
      };
    },
  },
  "the second account of the requester": {
    policy: (deployed) => {
      const { [EVE]: _, ...people } = deployed.people;
      return { ...deployed, people };
    },
  },
  "approvals are held against the policy of now": { policy: (_, first) => first },
  "the clock of the function that takes is ten minutes late": { skewMs: { revoke: -600_000 } },
  "the clock of the function that gives is three minutes late": { skewMs: { provision: -180_000 } },
  "the schedule: only clicks take access away": { asleep: ["revoke"] },
  "endless tries: four and no more": {
    store: (real) => ({
      async due(queue, until, limit, after) {
        const page = await real.due(queue, until, limit, after);
        const rows = page.rows.filter(
          (row) => !("grant" in row && "waiting" in row.grant && row.grant.waiting.attempts >= 4),
        );
        return { ...page, rows };
      },
    }),
  },
};
