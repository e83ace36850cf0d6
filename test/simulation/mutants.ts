// The broker with one safeguard taken out at a time, in the wiring, not in lib/: the simulation must notice each.

import { ConditionalCheckFailedException, type DynamoDBClient } from "@aws-sdk/client-dynamodb";
import {
  GetGroupCommand,
  type GetGroupCommandOutput,
  GetUserCommand,
  type IAMClient,
  RemoveUserFromGroupCommand,
} from "@aws-sdk/client-iam";
import type { WebClient } from "@slack/web-api";
import { type ActOutcome, approveRequest } from "../../lib/broker/decide-request.ts";
import { extendAccess } from "../../lib/broker/extend-access.ts";
import type { Directory, Messenger, Worker } from "../../lib/broker/ports.ts";
import { stepBy } from "../../lib/broker/step.ts";
import { extend } from "../../lib/grant/extension.ts";
import { approve } from "../../lib/grant/steps.ts";
import type { TargetSpec } from "../../lib/grant/target-spec.ts";
import type { Policy } from "../../lib/policy/policy.ts";
import { card } from "../../lib/slack/views/card.ts";
import type { Announcement, HeldHome, Store } from "../../lib/store/store.ts";
import type { AwsAuth, Cluster, Clusters } from "../../lib/targets/aws-auth/cluster.ts";
import type { Assignment, Target } from "../../lib/targets/target.ts";
import { EVE, MAL } from "./catalogue.ts";
import { groupArn } from "./iam.ts";

/** What a mutant keeps from call to call, in one schedule. */
export type Memo = Map<string, unknown>;

/** What is put in place of a part; every function gets the real one. */
export interface Mutant {
  readonly store?: (real: Store, memo: Memo) => Partial<Store>;
  readonly dynamodb?: (real: DynamoDBClient) => DynamoDBClient;
  /** What people do, by what they do. */
  readonly verbs?: Readonly<Partial<Record<Verb, typeof approveRequest>>>;
  /** For clicks `worker` is undefined. */
  readonly directory?: (real: Directory, worker: Worker | undefined) => Partial<Directory>;
  /** `make` makes the real one, on the client or on another. */
  readonly messenger?: (make: (client: WebClient) => Messenger, client: WebClient) => Messenger;
  readonly room?: (real: Target<TargetSpec>) => Partial<Target<TargetSpec>>;
  readonly iam?: (real: IAMClient, memo: Memo) => IAMClient;
  readonly clusters?: (real: Clusters) => Clusters;
  /** The policy that a process goes by. */
  readonly policy?: (deployed: Policy, first: Policy) => Policy;
  /** How far the clock of a worker is ahead. */
  readonly skewMs?: Partial<Record<Worker, number>>;
  /** Workers that no schedule wakes. */
  readonly asleep?: readonly Worker[];
}

/** What people do to a grant that there is. */
export type Verb =
  | "approve"
  | "deny"
  | "cancel"
  | "end"
  | "extend"
  | "approveExtension"
  | "denyExtension";

type Many = readonly Assignment<TargetSpec>[];

const mapped = <K, A, B>(map: ReadonlyMap<K, A>, change: (value: A) => B): Map<K, B> =>
  new Map([...map].map(([key, value]) => [key, change(value)]));

/** Approves, whatever speaks against it, where that is no more than `codes`. */
function approvingDespite(...codes: readonly string[]): typeof approveRequest {
  return async (ports, act) => {
    const outcome = await approveRequest(ports, act);
    if (outcome.outcome !== "refused") return outcome;
    const stored = await ports.store.load(act.grantId);
    const isOpen = outcome.reasons.every(({ code }) => codes.includes(code));
    if (!isOpen || stored?.grant.status !== "pending") return outcome;
    const { grant } = stored;
    const others = grant.approvals.map((each) => ({ ...each, by: MAL }));
    const next = approve({ ...grant, approvals: others }, "leads", stepBy(ports, act.by, act.from));
    const approvals = next.approvals.map((each, index) => grant.approvals[index] ?? each);
    await ports.store.save({ ...next, approvals }, stored);
    if (next.status === "approved") await ports.kick("provision", [next.id]);
    return { outcome: "done", grant: next };
  };
}

/** Puts the end off, whatever speaks against it, where that is no more than `codes`. */
function extendingDespite(...codes: readonly string[]): typeof extendAccess {
  return async (ports, act) => {
    const outcome = await extendAccess(ports, act);
    const isNo =
      outcome.outcome === "refused" && outcome.reasons.every(({ code }) => codes.includes(code));
    return isNo ? extended(ports, act, outcome) : outcome;
  };
}

async function extended(
  ports: Parameters<typeof extendAccess>[0],
  { grantId, by, from }: Parameters<typeof extendAccess>[1],
  otherwise: ActOutcome,
): Promise<ActOutcome> {
  const stored = await ports.store.load(grantId);
  if (stored?.grant.status !== "active") return otherwise;
  const grant = extend(stored.grant, stepBy(ports, by, from));
  if ((await ports.store.save(grant, stored)) === "stale") return otherwise;
  return { outcome: "done", grant };
}

/** The clusters, with another answer to each read and write. */
function changed(change: (cluster: Cluster) => Partial<Cluster>): NonNullable<Mutant["clusters"]> {
  return (real) => async (spec) => {
    const cluster = await real(spec);
    return "seen" in cluster ? cluster : { ...cluster, ...change(cluster) };
  };
}

/** An IAM client that asks `send` instead of the real one. */
function iamBy(send: (...args: Parameters<IAMClient["send"]>) => Promise<unknown>): IAMClient {
  return { send } as unknown as IAMClient;
}

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
  "an answer to the second attempt says nothing of the first": {
    iam: (real) =>
      ({
        async send(...args: Parameters<IAMClient["send"]>) {
          const { $metadata: _, ...answer } = (await real.send(...args)) as unknown as {
            $metadata: object;
          };
          return answer;
        },
      }) as unknown as IAMClient,
  },
  "the unique id: whoever bears the name now is the one": {
    store: () => ({ pinPrincipal: async (_arn, uniqueId) => uniqueId }),
  },
  "denied is not gone: a group that cannot be read is empty": {
    iam: (real) =>
      iamBy(async (...args) => {
        const [command] = args;
        try {
          return await real.send(...args);
        } catch (error) {
          if (!(command instanceof GetGroupCommand)) throw error;
          return { Group: { Arn: groupArn(command.input.GroupName ?? "") }, Users: [] };
        }
      }),
  },
  "denied is not gone: a cluster that refuses has no aws-auth": {
    clusters: changed((cluster) => ({
      async read() {
        const now = await cluster.read();
        return "seen" in now ? { ...now, code: "aws-auth-missing" } : now;
      },
    })),
  },
  "the read-back: whom IAM was asked to remove is gone": {
    iam(real) {
      const removed = new Set<unknown>();
      return iamBy(async (...args) => {
        const [command] = args;
        if (command instanceof RemoveUserFromGroupCommand) {
          removed.add(command.input.UserName);
          return Promise.resolve(real.send(...args)).catch(() => ({}));
        }
        const answer: unknown = await real.send(...args);
        if (!(command instanceof GetGroupCommand)) return answer;
        const { Users = [], ...rest } = answer as GetGroupCommandOutput;
        return { ...rest, Users: Users.filter(({ UserName }) => !removed.has(UserName)) };
      });
    },
  },
  "the look at the user before adding: who had the name first still has it": {
    iam: (real, memo) =>
      iamBy(async (...args) => {
        const [command] = args;
        const answer = await real.send(...args);
        if (!(command instanceof GetUserCommand)) return answer;
        const name = `user ${command.input.UserName}`;
        if (!memo.has(name)) memo.set(name, answer);
        return memo.get(name);
      }),
  },
  "the version of aws-auth: the last write wins": {
    clusters: changed((cluster) => ({
      async write(read, data, withinMs) {
        const now = await cluster.read();
        return cluster.write(
          "seen" in now ? read : ({ ...now, data: read.data } as AwsAuth),
          data,
          withinMs,
        );
      },
    })),
  },
  "whose an entry of aws-auth is: one by hand is taken for ours": {
    clusters: changed((cluster) => ({
      async read() {
        const now = await cluster.read();
        const mapUsers = "seen" in now ? undefined : now.data?.mapUsers;
        if ("seen" in now || mapUsers === undefined) return now;
        const ours = mapUsers.replaceAll(/(?<=username"?: ?)"?by-hand"?/g, '"latchkey:by-hand"');
        return { ...now, data: { ...now.data, mapUsers: ours } };
      },
    })),
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
  "writeId: a save that was repeated does not know its own row": {
    dynamodb: (real) =>
      ({
        async send(...args: Parameters<DynamoDBClient["send"]>) {
          try {
            return await real.send(...args);
          } catch (error) {
            if (error instanceof ConditionalCheckFailedException) error.Item = {};
            throw error;
          }
        },
      }) as unknown as DynamoDBClient,
  },
  "self-approval": { verbs: { approve: approvingDespite("own-request") } },
  "who may approve: whoever clicks": { verbs: { approve: approvingDespite("not-an-approver") } },
  "one approver, one approval": { verbs: { approve: approvingDespite("already-approved-by-you") } },
  "requests lapse: approved all the same": {
    verbs: { approve: approvingDespite("request-lapsed") },
  },
  "requests lapse: nobody looks for those that did": {
    store: (real) => ({
      due: async (queue, ...rest) => (queue === "lapse" ? { rows: [] } : real.due(queue, ...rest)),
    }),
  },
  "a row that cannot be read stops no other": {
    store: (real) => ({
      async due(...args) {
        const page = await real.due(...args);
        const bad = page.rows.find((row) => "unreadable" in row);
        if (bad !== undefined) throw new Error("a row cannot be read");
        return page;
      },
    }),
  },
  "pauses have a longest: they quadruple for ever": {
    store: (real) => ({
      save(next, from) {
        const waiting = "waiting" in next ? next.waiting : undefined;
        const isPaused = waiting?.lastProblem?.match(/another worker|looking again/) === null;
        if (waiting === undefined || !isPaused || waiting.attempts < 4)
          return real.save(next, from);
        const retryAt = waiting.retryAt + FIRST_PAUSE_MS * 4 ** waiting.attempts;
        return real.save({ ...next, waiting: { ...waiting, retryAt } } as typeof next, from);
      },
    }),
  },
  "a fresh look: what was loaded once is taken for the present": {
    store: (real, memo) => ({
      async load(id) {
        if (!memo.has(id)) memo.set(id, await real.load(id));
        return memo.get(id) as Awaited<ReturnType<Store["load"]>>;
      },
    }),
  },
  "the settle time that another worker wrote down": {
    store: (real) => ({
      async lease(...args) {
        const record = await real.lease(...args);
        const { unsettledUntil: _, ...rest } = record ?? {};
        return record && (rest as typeof record);
      },
    }),
  },
  "a lease outlives its run": {
    store: (real) => ({
      lease: (key, lease) => real.lease(key, { ...lease, until: lease.now + 2_000 }),
    }),
  },
  "standing access is marked as such": {
    store: (real) => ({ mark: (key, owner) => real.mark(key, owner, "ours") }),
  },
  "what Slack missed is told again": {
    store: (real) => ({
      async saveAnnouncement(id, owner, { shown, version }) {
        const now = (await real.load(id))?.version ?? version;
        return real.saveAnnouncement(id, owner, {
          version: now,
          shown: { ...shown, version: now },
        });
      },
    }),
  },
  "what has changed while it was told is told at once, not when Slack is to be asked again": {
    store: (real) => ({
      async saveAnnouncement(id, owner, { version, retryAt, shown }) {
        if (retryAt === undefined) return real.saveAnnouncement(id, owner, { version, shown });
        const now = (await real.load(id))?.version ?? version;
        return real.saveAnnouncement(id, owner, { version: now, shown, retryAt });
      },
    }),
  },
  "a message is posted without its buttons, and gets them once it is known where it stands": {
    messenger: (make, client) => ({
      ...make(client),
      show(held, telling, desk) {
        const { channel } = held.grant;
        const full = card(held.grant, telling);
        const chat = Object.create(client.chat) as typeof client.chat;
        chat.postMessage = (message) =>
          client.chat.postMessage(
            message?.channel === channel && message.thread_ts === undefined
              ? ({ ...message, ...full } as typeof message)
              : message,
          );
        return make({ ...client, chat } as WebClient).show(held, telling, desk);
      },
    }),
  },
  "what an announcer that never let go has sent is not known": {
    store: (real) => ({
      async holdAnnouncement(...args) {
        const { isTakenOver: _, ...held } = (await real.holdAnnouncement(...args)) ?? {};
        return "stored" in held ? (held as Announcement) : undefined;
      },
      async holdHome(...args) {
        const { isTakenOver: _, ...held } = (await real.holdHome(...args)) ?? {};
        return "version" in held ? (held as HeldHome) : undefined;
      },
    }),
  },
  "what got no answer may land later: over what is shown since, or below it": {
    messenger: (make, client) => ({
      ...make(client),
      async show(held, telling, desk) {
        const { unsettledUntil: _, ...shown } = held.shown;
        return make(client).show({ ...held, shown }, telling, desk);
      },
    }),
  },
  "where a message stands is stored before it gets buttons": {
    store: () => ({ keepAnnouncement: async () => true }),
  },
  "the end stays where it is from two minutes before it on": {
    verbs: { extend: extendingDespite("too-close-to-the-end") },
  },
  "who extends alone still has the approvals of before": {
    verbs: { extend: extendingDespite("too-few-approvals", "approver-gone") },
  },
  "an extension that takes approvals waits for them": {
    verbs: {
      async extend(ports, act) {
        const outcome = await extendAccess(ports, act);
        const isAsked = outcome.outcome === "done" && "extension" in outcome.grant;
        return isAsked ? extended(ports, act, outcome) : outcome;
      },
    },
  },
  "who has left is found out: nobody looks": {
    directory: (_, worker) => (worker === undefined ? {} : { standing: async () => "member" }),
  },
  "only full members ask and decide: everybody is one": {
    directory: (_, worker) => (worker === undefined ? { standing: async () => "member" } : {}),
  },
};

const FIRST_PAUSE_MS = 2_000;
