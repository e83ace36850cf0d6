// How late access ends: from `expiresAt` until it is verified gone, with the whole stack around the real functions.

import { loadavg } from "node:os";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import type { EndedGrant, Grant } from "../lib/grant/grant.ts";
import { FUNCTION_NAMES, type FunctionName } from "../local/functions.ts";
import { createSchedule } from "../local/lambda/schedule.ts";
import type { Stack } from "../local/stack.ts";
import { createRandom } from "../test/simulation/random.ts";
import { grantId, inTable, MAPPING, membership, userArn, userName, withCrowd } from "./crowd.ts";
import { quantile, rounded, tally } from "./figures.ts";

const GRANTS = 200;
const IAM_GROUPS = 10;
const SEED = 7;
/** The ends lie within this time. */
const SPREAD_MS = 5 * 60_000;
/** What provision has to give them all before the first ends. */
const LEAD_MS = 45_000;
/** How often the accounts are looked at: so much, at most, is the moment of a loss overstated. */
const LOOK_EVERY_MS = 10;
const PATIENCE_MS = 5 * 60_000;
const AIM_P99_SECONDS = 2;

const groupName = (number: number) => `bench-group-${number}`;
const isMapped = (member: number) => member % 2 === 1;
const groupOf = (member: number) => groupName((member >> 1) % IAM_GROUPS);

/**
 * Grants of different people, half on IAM groups, half on the ConfigMap of one cluster, each given by the
 * provision function and ending at a random moment. The schedule ticks every minute, and the clock runs at
 * the speed of real time: what is late is late by the machine's own doing or by the code's.
 * `ended`: by the history of the grant; `lost`: by what the emulated IAM and cluster hold.
 */
export async function bench(): Promise<object> {
  const groups = Array.from({ length: IAM_GROUPS }, (_, number) => groupName(number));
  const entitlements = Object.fromEntries(groups.map((name) => [name, membership(name)]));
  return withCrowd(GRANTS, { ...entitlements, mapping: MAPPING }, async (stack, requestAll) => {
    for (const name of groups) stack.aws.iam.createGroup(name, "/jit/");
    const random = createRandom(SEED);
    await requestAll(
      Array.from({ length: GRANTS }, (_, member) => ({
        entitlement: isMapped(member) ? "mapping" : groupOf(member),
        durationMs: LEAD_MS + random.between(0, SPREAD_MS),
      })),
    );
    const watch = watchTruth(stack);
    const scheduled = startSchedule(stack);
    try {
      await waitFor(stack, LEAD_MS, () => watch.given() === GRANTS, "given");
      stack.aws.calls.clear();
      const machine = watchMachine();
      const requestsBefore = stack.cluster.requests.length;
      await waitFor(
        stack,
        SPREAD_MS + LEAD_MS + PATIENCE_MS,
        () => watch.lost() === GRANTS,
        "lost",
      );
      const ended = await endedGrants(stack);
      const requests = stack.cluster.requests.slice(requestsBefore);
      const calls = stack.aws.calls.list().filter(({ identity }) => identity === "latchkey-revoke");
      return {
        ...figures(
          ended.map((grant, member) =>
            overdueOf(grant, member, watch.lostAt.get(member) ?? Number.NaN),
          ),
        ),
        runs: scheduled.runs(),
        revokeCalls: tally(calls.map(({ service, action }) => `${service}:${action}`)),
        configMap: tally(requests.map(({ method, status }) => `${method} ${status}`)),
        clockSpeed: 1,
        machine: machine(),
        node: process.version,
      };
    } finally {
      scheduled.stop();
      watch.stop();
    }
  });
}

/** What became of one grant, in seconds after the end of its window. */
interface Overdue {
  readonly kind: "iamGroup" | "mapping";
  /** Where in the minute of the schedule its window ended. */
  readonly secondOfMinute: number;
  /** When revoke had opened its end, and had verified it, by the grant's history. */
  readonly opened: number;
  readonly ended: number;
  /** When the emulated IAM or cluster had it no more. */
  readonly lost: number;
  readonly retries: number;
}

function overdueOf(grant: EndedGrant, member: number, lostAt: number): Overdue {
  const expiresAt = grant.window?.expiresAt ?? Number.NaN;
  const since = (at = Number.NaN) => rounded((at - expiresAt) / 1000, 3);
  return {
    kind: isMapped(member) ? "mapping" : "iamGroup",
    secondOfMinute: rounded((expiresAt % 60_000) / 1000, 1),
    opened: since(grant.history.find(({ event }) => event === "revoking")?.at),
    ended: since(grant.endedAt),
    lost: since(lostAt),
    retries: grant.history.filter(({ event }) => event === "retrying").length,
  };
}

function figures(overdue: readonly Overdue[]): object {
  const of = (some: readonly Overdue[]) => ({
    openedSeconds: distribution(some.map(({ opened }) => opened)),
    lostSeconds: distribution(some.map(({ lost }) => lost)),
    endedSeconds: distribution(some.map(({ ended }) => ended)),
  });
  const all = of(overdue);
  return {
    grants: overdue.length,
    ...all,
    iamGroups: of(overdue.filter(({ kind }) => kind === "iamGroup")),
    mappings: of(overdue.filter(({ kind }) => kind === "mapping")),
    retried: overdue.filter(({ retries }) => retries > 0).length,
    worst: overdue.toSorted((one, other) => other.ended - one.ended).slice(0, 5),
    aim: `p99 of endedSeconds under ${AIM_P99_SECONDS}`,
    withinAim: all.endedSeconds.p99 < AIM_P99_SECONDS,
  };
}

function distribution(values: readonly number[]) {
  return {
    p50: rounded(quantile(values, 0.5), 3),
    p99: rounded(quantile(values, 0.99), 3),
    max: rounded(quantile(values, 1), 3),
  };
}

/** Sees, in the emulators themselves, who has access, and notes when each is seen without it again. */
function watchTruth(stack: Stack) {
  const held = new Set<number>();
  const lostAt = new Map<number, number>();
  const holds = (member: number, members: ReadonlySet<string>, mapUsers: string) =>
    isMapped(member)
      ? mapUsers.includes(`"${userArn(member)}"`)
      : members.has(`${groupOf(member)} ${userName(member)}`);
  const look = () => {
    const members = new Set(
      Array.from({ length: IAM_GROUPS }, (_, number) => groupName(number)).flatMap((group) =>
        stack.aws.iam.members(group).map((name) => `${group} ${name}`),
      ),
    );
    const auth = stack.cluster.get("ConfigMap", "kube-system", "aws-auth");
    const { mapUsers = "" } = (auth?.["data"] ?? {}) as { mapUsers?: string };
    const now = stack.now();
    for (let member = 0; member < GRANTS; member++) {
      const has = holds(member, members, mapUsers);
      if (has) held.add(member);
      if (has) lostAt.delete(member);
      else if (held.has(member) && !lostAt.has(member)) lostAt.set(member, now);
    }
  };
  const timer = setInterval(look, LOOK_EVERY_MS);
  return {
    given: () => held.size,
    lost: () => lostAt.size,
    lostAt,
    stop: () => clearInterval(timer),
  };
}

/** The minute schedule of the stack, with its runs of revoke counted. */
function startSchedule(stack: Stack) {
  let started = 0;
  let failed = 0;
  let busyMs = 0;
  const kick = async (name: string, event: object) => {
    const startedAt = performance.now();
    if (name === "revoke") started += 1;
    try {
      await stack.invoke(name as FunctionName, event);
    } catch {
      failed += 1;
    }
    if (name === "revoke") busyMs += performance.now() - startedAt;
  };
  const functions = FUNCTION_NAMES.filter((name) => name !== "slack" && name !== "watch");
  const schedule = createSchedule({ now: stack.now, kick, functions });
  void schedule.tick();
  schedule.start();
  return {
    runs: () => ({ revoke: started, revokeSeconds: rounded(busyMs / 1000, 0), failed }),
    stop: schedule.stop,
  };
}

/** The grants as the table has them, each ended because its time was over. @throws Error where one is not. */
async function endedGrants(stack: Stack): Promise<readonly EndedGrant[]> {
  return inTable(stack, async (store) => {
    const deadlineAt = stack.now() + PATIENCE_MS;
    const isExpired = (grant: Grant | undefined): grant is EndedGrant =>
      grant?.status === "ended" && grant.cause.kind === "expired";
    for (;;) {
      const ids = Array.from({ length: GRANTS }, (_, member) => grantId(member));
      const grants = await Promise.all(ids.map(async (id) => (await store.load(id))?.grant));
      const ended = grants.filter(isExpired);
      if (ended.length === GRANTS) return ended;
      if (stack.now() > deadlineAt) throw new Error(`only ${ended.length} grants have ended`);
      await sleep(1_000);
    }
  });
}

/** From now until it is asked: what this process used, and how long its own timers were kept waiting. */
function watchMachine() {
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  return () => {
    delay.disable();
    const { user, system } = process.cpuUsage(cpu);
    const seconds = (performance.now() - startedAt) / 1000;
    return {
      processorsUsed: rounded((user + system) / 1e6 / seconds),
      loadAverage: rounded(loadavg()[1] ?? Number.NaN),
      timersLateMs: {
        p99: rounded(delay.percentile(99) / 1e6, 0),
        max: rounded(delay.max / 1e6, 0),
      },
    };
  };
}

async function waitFor(stack: Stack, ms: number, isSo: () => boolean, what: string): Promise<void> {
  const deadlineAt = stack.now() + ms;
  while (!isSo()) {
    if (stack.now() > deadlineAt) throw new Error(`not all grants were ${what} in time`);
    await sleep(100);
  }
}
