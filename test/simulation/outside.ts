// Calls to the outside: each takes its time, and some end in one of the faults that the world has to offer.

import type { Policy } from "../../lib/policy/policy.ts";
import type { Loop } from "./loop.ts";
import type { Random } from "./random.ts";

/**
 * What can become of a call. `late`: unanswered, and the effect lands after the caller gave up. `twice`: it
 * is carried out twice at once. `echo`: its client tried twice, the second try was answered, and the first
 * lands after that.
 */
export const FAULTS = [
  "before",
  "lost",
  "throttled",
  "denied",
  "late",
  "twice",
  "echo",
  "death",
] as const;
export type Fault = (typeof FAULTS)[number];
export type Failure = Exclude<Fault, "twice" | "echo" | "death">;

/** One run of one function: what dies when it crashes, or when its time is up. */
export interface Process {
  readonly name: string;
  readonly startedAt: number;
  /** When the platform ends it. */
  readonly deadlineAt: number;
  /** What was deployed when it started. */
  readonly deployed: Policy;
  dead: boolean;
  /** How far its clock is ahead. */
  aheadMs?: number;
}

export interface Call<T> {
  readonly name: string;
  readonly timeoutMs: number;
  /** A write to a target: faults of these matter most, so they have a likelihood of their own. */
  readonly isTargetWrite?: boolean;
  /** Faults that can happen to this call; reads have no late effects. */
  readonly faults: readonly [Fault, ...Fault[]];
  /** What happens outside, in one step; throws what it answers with. */
  readonly effect: () => T | Promise<T>;
  /** The answer, or the error, as the answer to a second try. */
  readonly toSecondTry?: (answer: unknown) => unknown;
  /** The answer, or throw, of a call that failed so. */
  readonly failure: (kind: Failure) => T;
}

export interface Figures {
  calls: number;
  /** How often each rule was checked. */
  readonly rules: Record<string, number>;
  /**
   * Claims of grants that are over, left behind by a worker with old news. They keep nothing alive (the
   * grant's own row decides) and go with the next lease of the assignment; so they are counted, no more.
   */
  deadClaims: number;
  /** Entries of ours that a tool of others put back after their end: for `watch` to find, not for a sweep. */
  putBack: number;
  /** Cards in Slack beside the one that is kept: of a post whose answer was lost nobody knows. */
  doubledCards: number;
  readonly faults: Record<Fault | Mishap, number>;
}

/** Faults that are no call's. */
const MISHAPS = [
  "kick lost",
  "kick twice",
  "kick late",
  "sweep missed",
  "sweep twice",
  "deadline",
  "cluster away",
  "iam writes down",
  "pause",
  "slack away",
  "message deleted",
  "message frozen",
  "row spoilt",
  "clocks off",
  "old text put back",
  "entry widened",
  "mapped by hand",
  "access entry",
  "joined by hand",
  "left by hand",
  "user deleted",
  "group quota",
  "somebody left",
  "left Slack",
] as const;
export type Mishap = (typeof MISHAPS)[number];

/** What goes wrong, and until when. */
export interface Chaos {
  /** From then on (epoch ms) nothing goes wrong any more. */
  readonly healsAt: number;
  /** When the last fault was met, or the world was last out of order because of one. */
  lastFaultAt(): number;
  /** True while the world is out of order: calls dawdle, kicks are lost, reads lag. */
  isOn(): boolean;
  /** What becomes of this call of `by`. */
  draw(
    call: Pick<Call<unknown>, "name" | "faults" | "isTargetWrite">,
    by: Process,
  ): Fault | undefined;
  /** Notes a fault for the figures, and that the world was out of order until `until`. */
  met(fault: Fault | Mishap, until?: number): void;
  /** A kick is a call like any other, with faults of its own; absent: it meets mishaps instead. */
  readonly kicksAreCalls?: true;
  /** For how long a process stands still once it has an answer; absent: never. */
  pauseMs?(): number;
  /** How old what a read of IAM shows is; absent: by chance, while the world is out of order. */
  readonly readLagMs?: number;
}

/**
 * A write whose answer was lost lands at the latest this long after its caller gave up: just within
 * the settle time of the broker, also where it is one clock that notes it and another that waits for it.
 */
const LATEST_MS = 14_500;
const latestMs = ({ skewMs }: World) => LATEST_MS - 2 * skewMs;

/** Never settles: what a process that is dead waits for. */
const never = <T>() => new Promise<T>(() => undefined);

export interface World {
  readonly loop: Loop;
  readonly random: Random;
  readonly chaos: Chaos;
  readonly figures: Figures;
  readonly trace: ((line: () => string) => void) | undefined;
  /** When the last write to a target lands that is on its way (epoch ms). */
  landsUntil: number;
  /** How far the clock of a worker may be off, either way. */
  readonly skewMs: number;
}

/** Nothing counted yet. */
export function noFigures(): Figures {
  const faults = Object.fromEntries([...FAULTS, ...MISHAPS].map((kind) => [kind, 0]));
  return {
    calls: 0,
    rules: {},
    deadClaims: 0,
    putBack: 0,
    doubledCards: 0,
    faults: faults as Figures["faults"],
  };
}

/** Adds `more` to `sum`. */
export function addFigures(sum: Figures, more: Figures): void {
  sum.calls += more.calls;
  sum.deadClaims += more.deadClaims;
  sum.putBack += more.putBack;
  sum.doubledCards += more.doubledCards;
  for (const kind of [...FAULTS, ...MISHAPS]) sum.faults[kind] += more.faults[kind];
  for (const [rule, count] of Object.entries(more.rules)) {
    sum.rules[rule] = (sum.rules[rule] ?? 0) + count;
  }
}

/** Makes the call for `process`, in the seeded world's own time and way. */
export function callOutside<T>(world: World, process: Process, call: Call<T>): Promise<T> {
  const { loop, random, chaos, figures } = world;
  if (process.dead) return never();
  figures.calls += 1;
  const fault = chaos.draw(call, process);
  const there = loop.now() + latency(world);
  const back = there + latency(world);
  const givesUpAt = loop.now() + call.timeoutMs;
  const latestAt = givesUpAt + latestMs(world);
  if (call.isTargetWrite) world.landsUntil = Math.max(world.landsUntil, back);
  if (fault !== undefined) chaos.met(fault, fault === "late" || fault === "echo" ? latestAt : back);
  world.trace?.(
    () => `${process.name} → ${call.name}${fault === undefined ? "" : `  ⚡ ${fault}`}`,
  );

  return new Promise<T>((resolve, reject) => {
    const answer = (settle: () => void) => {
      if (!process.dead) settle();
    };
    const fail = (kind: Failure) => {
      try {
        resolve(call.failure(kind));
      } catch (error) {
        reject(error);
      }
    };
    /** An answer that comes after all when its caller has given up is none. */
    const heard = (settle: () => void) =>
      answer(() => (loop.now() > givesUpAt ? fail("late") : settle()));
    const land = async (): Promise<T> => call.effect();
    const landUnheard = () => void land().catch(() => undefined);
    const unanswered = (landsAt: number) => {
      loop.at(landsAt, () => {
        world.trace?.(() => `${process.name}'s ${call.name} lands, unheard`);
        landUnheard();
      });
      loop.at(givesUpAt, () => answer(() => fail("late")));
    };
    switch (fault) {
      case undefined:
      case "twice":
      case "echo":
      case "death":
        if (back >= givesUpAt && fault === undefined) return unanswered(there);
        loop.at(there, () => {
          const result = land();
          const asTold = (answer: unknown) =>
            fault === "echo" && call.toSecondTry ? call.toSecondTry(answer) : answer;
          if (fault === "twice") landUnheard();
          if (fault === "echo") {
            loop.at(random.between(back, back + latestMs(world)), () => {
              world.trace?.(
                () => `${process.name}'s ${call.name} lands once more, by its first try`,
              );
              landUnheard();
            });
          }
          if (fault === "death") {
            process.dead = true;
            world.trace?.(() => `${process.name} ✝ after ${call.name}`);
          }
          result.then(
            (value) => {
              const told = asTold(value) as T;
              // The answer is there in time; it is the process that stands still.
              const pauseMs = chaos.pauseMs?.() ?? 0;
              if (pauseMs === 0) return loop.at(back, () => heard(() => resolve(told)));
              world.trace?.(() => `${process.name} stands still for ${pauseMs} ms`);
              loop.at(back + pauseMs, () => answer(() => resolve(told)));
            },
            (error: unknown) => loop.at(back, () => heard(() => reject(asTold(error)))),
          );
        });
        return;
      case "lost":
        loop.at(there, landUnheard);
        loop.at(back, () => answer(() => fail("lost")));
        return;
      case "late":
        // Rather late than soon: the sooner it lands, the less there is to go wrong.
        return unanswered(latestAt - Math.floor(random.next() ** 2 * (latestAt - there)));
      case "before":
      case "throttled":
      case "denied":
        loop.at(back, () => answer(() => fail(fault)));
        return;
      default:
        throw new TypeError(`unknown fault ${fault satisfies never}`);
    }
  });
}

/** One way; mostly short, in disorder now and then long. */
function latency({ random, chaos }: World): number {
  if (!chaos.isOn() || random.chance(0.8)) return random.between(1, 60);
  return random.chance(0.8) ? random.between(60, 600) : random.between(600, 2_400);
}
