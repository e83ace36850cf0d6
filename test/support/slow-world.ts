// The broker in virtual time, where every call takes a while: the real targets over IAM groups and clusters in memory.

import {
  AddUserToGroupCommand,
  GetGroupCommand,
  GetUserCommand,
  type IAMClient,
  RemoveUserFromGroupCommand,
} from "@aws-sdk/client-iam";
import type { MetricName, Ports } from "../../lib/broker/ports.ts";
import { sweepProvision, sweepRevoke } from "../../lib/broker/sweeps.ts";
import {
  type GrantId,
  grantIdFrom,
  parseIamUserArn,
  parseSlackUserId,
} from "../../lib/grant/ids.ts";
import { request } from "../../lib/grant/steps.ts";
import type { Policy } from "../../lib/policy/policy.ts";
import type { Store } from "../../lib/store/store.ts";
import type { AwsAuth, Clusters } from "../../lib/targets/aws-auth/cluster.ts";
import type { ConfigMapData } from "../../lib/targets/aws-auth/config-map.ts";
import { createAwsAuthTarget } from "../../lib/targets/aws-auth/target.ts";
import { createIamGroupTarget } from "../../lib/targets/iam-group.ts";
import { createPrincipals } from "../../lib/targets/principals.ts";
import { createLoop, type Loop } from "../simulation/loop.ts";
import { createRandom } from "../simulation/random.ts";
import { createMemoryStore } from "./memory-store.ts";
import { anEntitlement, aPolicy } from "./world.ts";

const START_AT = Date.UTC(2026, 10, 22, 14);
const RUN_MS = 75_000;
const MINUTE = 60_000;

/** How long a call takes; a test may change it at any time. */
export interface Latencies {
  tableMs: number;
  iamMs: number;
  clusterMs: number;
}

export type SlowWorld = ReturnType<typeof createSlowWorld>;

/**
 * A world with an entitlement for each of `groups` and `clusters`, approved automatically. Time passes
 * while `play` plays.
 */
export function createSlowWorld({
  groups,
  clusters,
  latencies,
}: {
  readonly groups: readonly string[];
  readonly clusters: readonly string[];
  readonly latencies: Latencies;
}) {
  const loop = createLoop(createRandom(1), START_AT);
  const memory = createMemoryStore();
  const maps = new Map<string, { version: number; data: ConfigMapData }>(
    clusters.map((name) => [name, { version: 1, data: {} }]),
  );
  const members = new Map(groups.map((name) => [name, new Map<string, string>()]));
  const policy = policyFor(groups, clusters);
  const figures: { name: MetricName; value: number; at: number }[] = [];
  const hanging = new Set<string>();
  const calls = { lastEndsAt: 0 };
  let names = 0;
  const taking = async <T>(ms: number, work: () => T | Promise<T>): Promise<T> => {
    await loop.sleep(ms / 2);
    const answer = await work();
    await loop.sleep(ms / 2);
    calls.lastEndsAt = Math.max(calls.lastEndsAt, loop.now());
    return answer;
  };
  const note = (name: MetricName, value: number) =>
    void figures.push({ name, value, at: loop.now() });
  const clock = { now: loop.now, sleep: loop.sleep };
  const client = () => iamClient(members, (work) => taking(latencies.iamMs, work));
  const base = {
    policy,
    clock,
    ids: { grantId: () => idOf(++names), owner: () => `owner-${++names}` },
    store: slowStore(memory, (work) => taking(latencies.tableMs, work)),
    principals: createPrincipals({ client }),
    targets: {
      "iam-group": createIamGroupTarget({ client, clock }),
      "aws-auth": createAwsAuthTarget({
        clusters: clustersIn(maps, (name, work) =>
          hanging.has(name)
            ? taking(5_000, () => Promise.reject(new Error(`${name} does not answer`)))
            : taking(latencies.clusterMs, work),
        ),
        clock,
        onConflict: () => note("conflicts", 1),
      }),
    },
    kick: async () => {},
    log: { info: () => {}, warn: () => {}, error: () => {} },
    metrics: { note, publish: () => {} },
  } satisfies Omit<Ports, "messenger" | "directory">;
  const run = () => ({ deadlineAt: loop.now() + RUN_MS });
  return {
    loop,
    memory,
    members,
    maps,
    /** Clusters that let every call wait for five seconds, and do not answer then. */
    hanging,
    /** What was measured, and when. */
    figures,
    /** When the last call was answered. */
    calls,
    /** Person number `n` asks for what `place` gives, which is approved at once. */
    async ask(n: number, place: string, durationMs: number): Promise<GrantId> {
      const entitlement = policy.entitlements[place];
      if (entitlement === undefined) throw new Error(`no entitlement ${place}`);
      const step = { at: loop.now(), by: personOf(n), from: "test", policyHash: policy.hash };
      const facts = {
        id: idOf(++names),
        entitlement: { id: place, title: place },
        requester: personOf(n),
        principal: parseIamUserArn(userArn(n)),
        targets: entitlement.targets,
        durationMs,
        approvalsNeeded: 0,
        approverGroups: [],
        channel: "C0ACCESS",
        policyHash: policy.hash,
        requestedAt: loop.now(),
      };
      await base.store.create(request(facts, loop.now() + MINUTE, step));
      return facts.id;
    },
    provision: (ids?: readonly GrantId[]) => sweepProvision(base, run(), ids),
    revoke: (ids?: readonly GrantId[]) => sweepRevoke(base, run(), ids),
    /** Lets time pass until `work` is done. */
    async play<T>(work: Promise<T>): Promise<T> {
      let isDone = false;
      const done = () => {
        isDone = true;
      };
      work.then(done, done);
      await loop.play(() => isDone);
      return work;
    },
    /** Lets this much time pass. */
    async pass(ms: number): Promise<void> {
      const until = loop.now() + ms;
      loop.at(until, () => {});
      await loop.play(() => loop.now() >= until);
    },
  };
}

/** The schedule: `work` every minute from `at` on, `times` times. */
export function everyMinute(loop: Loop, at: number, times: number, work: () => unknown): void {
  for (let n = 0; n < times; n++) loop.at(at + n * MINUTE, () => void work());
}

const userName = (n: number) => `user-${n}`;
const userArn = (n: number) => `arn:aws:iam::111122223333:user/${userName(n)}`;
const personOf = (n: number) => parseSlackUserId(`U0SLOW${n}`);
const idOf = (count: number): GrantId =>
  grantIdFrom(new Uint8Array(10).map((_, place) => Math.floor(count / 32 ** (9 - place)) % 32));

const MOST_PEOPLE = 11_000;

function policyFor(groups: readonly string[], clusters: readonly string[]): Policy {
  const automatic = {
    approval: { kind: "automatic" },
    requesters: ["everyone"],
    duration: { defaultMs: MINUTE, maxMs: 60 * MINUTE },
  } as const;
  const policy = aPolicy([
    ...groups.map((name) =>
      anEntitlement(name, {
        ...automatic,
        targets: [{ kind: "iam-group", arn: `arn:aws:iam::111122223333:group/jit/${name}` }],
      }),
    ),
    ...clusters.map((name) =>
      anEntitlement(name, {
        ...automatic,
        targets: [
          { kind: "aws-auth", cluster: { name, region: "us-east-2" }, groups: ["pods-ro"] },
        ],
      }),
    ),
  ]);
  const everyone = Array.from({ length: MOST_PEOPLE }, (_, n) => n);
  return {
    ...policy,
    people: Object.fromEntries(
      everyone.map((n) => [personOf(n), { iamUser: parseIamUserArn(userArn(n)) }]),
    ),
    groups: { everyone: { users: everyone.map(personOf) } },
  };
}

type Taking = <T>(work: () => T | Promise<T>) => Promise<T>;

function slowStore(store: Store, taking: Taking): Store {
  return new Proxy(store, {
    get(_, name: keyof Store) {
      return (...args: unknown[]) =>
        taking(() => Reflect.apply(store[name] as () => unknown, store, args));
    },
  });
}

/** IAM users `user-N` with the unique ids `AIDAUSERN`, and groups by name. */
function iamClient(members: Map<string, Map<string, string>>, taking: Taking): IAMClient {
  const idFor = (name: string) => `AIDA${name.replace("-", "").toUpperCase()}`;
  const groupOf = (name = "") => members.get(name) ?? new Map<string, string>();
  const answer = (command: unknown): unknown => {
    if (command instanceof GetUserCommand) {
      const name = command.input.UserName ?? "";
      return {
        User: {
          UserName: name,
          UserId: idFor(name),
          Arn: `arn:aws:iam::111122223333:user/${name}`,
        },
      };
    }
    if (command instanceof GetGroupCommand) {
      const name = command.input.GroupName ?? "";
      const Users = [...groupOf(name)].map(([UserId, UserName]) => ({ UserId, UserName }));
      return { Group: { Arn: `arn:aws:iam::111122223333:group/jit/${name}` }, Users };
    }
    if (command instanceof AddUserToGroupCommand) {
      const { GroupName, UserName = "" } = command.input;
      groupOf(GroupName).set(idFor(UserName), UserName);
      return {};
    }
    if (command instanceof RemoveUserFromGroupCommand) {
      const { GroupName, UserName = "" } = command.input;
      groupOf(GroupName).delete(idFor(UserName));
      return {};
    }
    throw new TypeError("a command that this IAM does not know");
  };
  return { send: (command: unknown) => taking(() => answer(command)) } as unknown as IAMClient;
}

function clustersIn(
  maps: Map<string, { version: number; data: ConfigMapData }>,
  taking: <T>(name: string, work: () => T | Promise<T>) => Promise<T>,
): Clusters {
  return async ({ name }) => {
    const map = maps.get(name);
    if (map === undefined) throw new Error(`no cluster ${name}`);
    return {
      mode: "CONFIG_MAP",
      read: () =>
        taking(
          name,
          (): AwsAuth => ({
            uid: "uid",
            resourceVersion: String(map.version),
            immutable: false,
            data: map.data,
          }),
        ),
      write: (read, data) =>
        taking(name, () => {
          if (read.resourceVersion !== String(map.version)) {
            return { status: "stale", problem: "somebody else was first" } as const;
          }
          map.data = data;
          map.version += 1;
          return { status: "written" } as const;
        }),
      hasAccessEntry: async () => false,
    };
  };
}
