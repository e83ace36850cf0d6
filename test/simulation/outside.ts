// Calls to the outside: each takes its time, and some end in one of the faults that the world has to offer.

import type { Policy } from "../../lib/policy/policy.ts";
import type { Loop } from "./loop.ts";
import type { Random } from "./random.ts";

/** What can become of a call. `late`: unanswered, and the effect lands after the caller gave up. */
export const FAULTS = ["before", "lost", "throttled", "denied", "late", "twice", "death"] as const;
export type Fault = (typeof FAULTS)[number];
export type Failure = Exclude<Fault, "twice" | "death">;

/** One run of one function: what dies when it crashes, or when its time is up. */
export interface Process {
  readonly name: string;
  /** When the platform ends it. */
  readonly deadlineAt: number;
  /** What was deployed when it started. */
  readonly deployed: Policy;
  dead: boolean;
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
  /** The answer, or throw, of a call that failed so. */
  readonly failure: (kind: Failure) => T;
}

export interface Figures {
  calls: number;
  checks: number;
  /**
   * Claims of grants that are over, left behind by a worker with old news. They keep nothing alive (the
   * grant's own row decides) and go with the next lease of the assignment; so they are counted, no more.
   */
  deadClaims: number;
  readonly faults: Record<Fault | Mishap, number>;
}

/** Faults that are no call's. */
export const MISHAPS = [
  "kick lost",
  "kick twice",
  "kick late",
  "sweep missed",
  "sweep twice",
  "deadline",
  "cluster away",
  "iam writes down",
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
  /** What becomes of this call. */
  draw(call: Pick<Call<unknown>, "name" | "faults" | "isTargetWrite">): Fault | undefined;
  /** Notes a fault for the figures, and that the world was out of order until `until`. */
  met(fault: Fault | Mishap, until?: number): void;
}

/**
 * A write whose answer was lost lands at the latest this long after its caller gave up: just within
 * the settle time of the broker.
 */
const LATEST_MS = 14_500;

/** Never settles: what a process that is dead waits for. */
const never = <T>() => new Promise<T>(() => undefined);

export interface World {
  readonly loop: Loop;
  readonly random: Random;
  readonly chaos: Chaos;
  readonly figures: Figures;
  readonly trace: ((line: () => string) => void) | undefined;
}

/** Nothing counted yet. */
export function noFigures(): Figures {
  const faults = Object.fromEntries([...FAULTS, ...MISHAPS].map((kind) => [kind, 0]));
  return { calls: 0, checks: 0, deadClaims: 0, faults: faults as Figures["faults"] };
}

/** Makes the call for `process`, in the seeded world's own time and way. */
export function callOutside<T>(world: World, process: Process, call: Call<T>): Promise<T> {
  const { loop, random, chaos, figures } = world;
  if (process.dead) return never();
  figures.calls += 1;
  const fault = chaos.draw(call);
  const there = loop.now() + latency(world);
  const back = there + latency(world);
  const givesUpAt = loop.now() + call.timeoutMs;
  if (fault !== undefined) chaos.met(fault, fault === "late" ? givesUpAt + LATEST_MS : back);
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
      case "death":
        if (back >= givesUpAt && fault === undefined) return unanswered(there);
        loop.at(there, () => {
          const result = land();
          if (fault === "twice") landUnheard();
          if (fault === "death") {
            process.dead = true;
            world.trace?.(() => `${process.name} ✝ after ${call.name}`);
          }
          result.then(
            (value) => loop.at(back, () => answer(() => resolve(value))),
            (error: unknown) => loop.at(back, () => answer(() => reject(error))),
          );
        });
        return;
      case "lost":
        loop.at(there, landUnheard);
        loop.at(back, () => answer(() => fail("lost")));
        return;
      case "late":
        // Rather late than soon: the sooner it lands, the less there is to go wrong.
        return unanswered(
          givesUpAt + LATEST_MS - Math.floor(random.next() ** 2 * (givesUpAt + LATEST_MS - there)),
        );
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
