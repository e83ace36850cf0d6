// What every target promises, told against a world in which its place can be looked at from outside and broken.

import { afterEach, describe, expect, it } from "@jest/globals";
import type { TargetSpec } from "../../lib/grant/target-spec.ts";
import type { Assignment, Target } from "../../lib/targets/target.ts";

/** A clock that stands still, except for who sleeps. */
export interface TestClock {
  now(): number;
  sleep(ms: number): Promise<void>;
  advance(ms: number): void;
}

export function createTestClock(startAt = Date.now()): TestClock {
  let at = startAt;
  const advance = (ms: number) => {
    at += ms;
  };
  return { now: () => at, advance, sleep: async (ms) => advance(ms) };
}

/** One place of a kind of target, with people in it who can be lent access there. */
export interface World<Spec extends TargetSpec = TargetSpec> {
  readonly target: Target<Spec>;
  readonly clock: TestClock;
  /** What a grant gives the nth person, 0 to 11, in this place. */
  assignment(n: number): Assignment<Spec>;
  /** Another grant's wish for the same assignment. */
  otherWish(n: number): Spec;
  /** Whether the nth person has the access in truth, past the target. */
  holds(n: number): Promise<boolean>;
  /** Somebody puts something in the nth person's place that is not the broker's to take. */
  occupy(n: number): Promise<void>;
  /** Whether that is still as it was put there. */
  isOccupied(n: number): Promise<boolean>;
  /** How many writes reached the place so far. */
  writes(): number;
  /** Absent where the place cannot be broken; the tests that need it are skipped then. */
  readonly faults?: Faults;
  close(): Promise<void>;
}

export interface Faults {
  denyReads(): void;
  denyWrites(): void;
  /** Every call ends in an error, and nothing happens. */
  unreachable(): void;
  /** The next write takes effect, and its answer is lost for good. */
  loseNextWrite(): void;
  /** The next write never takes effect, and nobody says so. */
  dropNextWrite(): void;
  heal(): void;
}

export interface Contract<Spec extends TargetSpec> {
  /** What `look` says of what the target has given. */
  readonly given: "present" | "ours";
  makeWorld(): Promise<World<Spec>>;
  /** Why no test with faults is run. */
  readonly withoutFaults?: string;
}

const HOUR_MS = 3_600_000;
const MANY = Array.from({ length: 12 }, (_, n) => n);

export function targetContract<Spec extends TargetSpec>(
  name: string,
  { given, makeWorld, withoutFaults }: Contract<Spec>,
): void {
  let open: World<Spec> | undefined;

  async function world() {
    open = await makeWorld();
    const { target, clock, assignment } = open;
    const timed = (n: number) => ({ ...assignment(n), endsAt: clock.now() + HOUR_MS });
    return {
      ...open,
      look: async (n = 0) => (await target.look([assignment(n)])).get(assignment(n).key),
      give: async (n = 0) => (await target.give([timed(n)])).get(assignment(n).key),
      take: async (n = 0) => (await target.take([assignment(n)])).get(assignment(n).key),
      timed,
    };
  }

  async function brokenWorld() {
    const made = await world();
    if (made.faults === undefined) throw new Error("this world cannot be broken");
    return { ...made, faults: made.faults };
  }

  afterEach(async () => {
    await open?.close();
    open = undefined;
  });

  describe(`the target contract: ${name}`, () => {
    it("tells that nothing is there, gives it, tells that it is there, takes it away again", async () => {
      const { look, give, take, holds } = await world();
      expect(await look()).toEqual({ seen: "absent" });
      expect(await holds(0)).toBe(false);

      expect(await give()).toEqual({ status: "held" });
      expect(await holds(0)).toBe(true);
      expect(await look()).toEqual({ seen: given });

      expect(await take()).toEqual({ status: "gone", writeLost: false });
      expect(await holds(0)).toBe(false);
      expect(await look()).toEqual({ seen: "absent" });
    });

    it("gives twice what is given once", async () => {
      const { give, holds } = await world();
      await give();
      expect(await give()).toEqual({ status: "held" });
      expect(await holds(0)).toBe(true);
    });

    it("takes what is gone already", async () => {
      const { give, take } = await world();
      expect(await take()).toEqual({ status: "gone", writeLost: false });
      await give();
      await take();
      expect(await take()).toEqual({ status: "gone", writeLost: false });
    });

    it("can give again what it has taken", async () => {
      const { give, take, holds } = await world();
      await give();
      await take();
      expect(await give()).toEqual({ status: "held" });
      expect(await holds(0)).toBe(true);
    });

    it("leaves alone what somebody else has put in the same place", async () => {
      const { occupy, isOccupied, look, give, take } = await world();
      await occupy(0);
      expect(await look()).toMatchObject({ seen: "refused" });
      expect(await give()).toMatchObject({ status: "refused" });
      expect(await isOccupied(0)).toBe(true);
      expect(await take()).toMatchObject({ status: "gone", drift: expect.any(String) });
      expect(await isOccupied(0)).toBe(true);
    });

    it("keeps what another grant still wants, and takes it with the last", async () => {
      const { target, assignment, otherWish, give, take, holds } = await world();
      await give();
      const shared = {
        ...assignment(0),
        others: [{ spec: otherWish(0), endsAt: Number.MAX_SAFE_INTEGER }],
      };
      const endsLater = { ...shared, endsAt: Number.MAX_SAFE_INTEGER };
      expect((await target.give([endsLater])).get(shared.key)).toEqual({ status: "held" });

      expect((await target.take([shared])).get(shared.key)).toMatchObject({ status: "gone" });
      expect(await holds(0)).toBe(true);
      expect(await take()).toMatchObject({ status: "gone" });
      expect(await holds(0)).toBe(false);
    });

    it("writes nothing at the end of the window or after it", async () => {
      const { target, clock, assignment, holds, writes } = await world();
      for (const endsAt of [clock.now(), clock.now() - 1]) {
        const late = { ...assignment(0), endsAt };
        const outcome = (await target.give([late])).get(late.key);
        expect(outcome).toMatchObject({ status: "unclear", writeLost: false });
      }
      expect(writes()).toBe(0);
      expect(await holds(0)).toBe(false);
    });

    it("gives the rest of a batch when the window of one is over", async () => {
      const { target, clock, assignment, timed, holds } = await world();
      const late = { ...assignment(0), endsAt: clock.now() };
      const outcomes = await target.give([late, timed(1)]);
      expect(outcomes.get(late.key)?.status).toBe("unclear");
      expect(outcomes.get(assignment(1).key)?.status).toBe("held");
      expect([await holds(0), await holds(1)]).toEqual([false, true]);
    });

    it("carries out many in one go, with one outcome for each", async () => {
      const { target, assignment, timed, holds } = await world();
      const keys = MANY.map((n) => assignment(n).key);
      expect(new Set(keys).size).toBe(MANY.length);
      const all = <Outcome>(outcome: Outcome) => new Map(keys.map((key) => [key, outcome]));

      expect(await target.give(MANY.map(timed))).toEqual(all({ status: "held" }));
      expect(await Promise.all(MANY.map(holds))).toEqual(MANY.map(() => true));
      expect(await target.look(MANY.map(assignment))).toEqual(all({ seen: given }));
      expect(await target.take(MANY.map(assignment))).toEqual(
        all({ status: "gone", writeLost: false }),
      );
      expect(await Promise.all(MANY.map(holds))).toEqual(MANY.map(() => false));
    });

    it("has nothing to say about nothing", async () => {
      const { target, writes } = await world();
      expect((await target.look([])).size).toBe(0);
      expect((await target.give([])).size).toBe(0);
      expect((await target.take([])).size).toBe(0);
      expect(writes()).toBe(0);
    });

    const itBreaks = withoutFaults === undefined ? it : it.skip;
    const because = withoutFaults === undefined ? "" : ` (not run: ${withoutFaults})`;

    itBreaks(
      `refuses to give where it may not write, and takes nothing for gone${because}`,
      async () => {
        const { faults, give, take, holds } = await brokenWorld();
        await give();
        faults.denyWrites();
        expect(await take()).toMatchObject({ status: "unclear", writeLost: false });
        expect(await holds(0)).toBe(true);
        const refusal = { code: "not-permitted", message: expect.stringMatching(/may not/) };
        expect(await give(1)).toMatchObject({ status: "refused", refusal });
        expect(await holds(1)).toBe(false);

        faults.heal();
        expect(await take()).toMatchObject({ status: "gone" });
      },
    );

    itBreaks(`refuses where it may not look, and takes nothing for gone${because}`, async () => {
      const { faults, look, give, take, holds } = await brokenWorld();
      await give();
      faults.denyReads();
      expect(await look()).toMatchObject({ seen: "refused", code: "not-permitted" });
      expect((await give(1))?.status).not.toBe("held");
      expect(await take()).toMatchObject({ status: "unclear" });
      faults.heal();
      expect(await holds(0)).toBe(true);
    });

    itBreaks(`knows nothing of a place that it cannot reach${because}`, async () => {
      const { faults, look, give, take, holds } = await brokenWorld();
      await give();
      faults.unreachable();
      await expect(look()).rejects.toThrow(/for now/);
      expect(await give(1)).toMatchObject({ status: "unclear" });
      expect(await take()).toMatchObject({ status: "unclear" });

      faults.heal();
      expect(await holds(0)).toBe(true);
      expect(await take()).toMatchObject({ status: "gone" });
    });

    for (const fate of ["loseNextWrite", "dropNextWrite"] as const) {
      const story = fate === "loseNextWrite" ? "whose answer is lost" : "that vanishes";
      itBreaks(
        `says the truth about a gift ${story}, or that it does not know${because}`,
        async () => {
          const { faults, give, holds } = await brokenWorld();
          faults[fate]();
          const outcome = await give();
          if (outcome?.status === "held") expect(await holds(0)).toBe(true);
          else expect(outcome).toMatchObject({ status: "unclear", writeLost: true });
          expect(await give()).toEqual({ status: "held" });
          expect(await holds(0)).toBe(true);
        },
      );

      itBreaks(
        `says the truth about a removal ${story}, or that it does not know${because}`,
        async () => {
          const { faults, give, take, holds } = await brokenWorld();
          await give();
          faults[fate]();
          const outcome = await take();
          if (outcome?.status === "gone") expect(await holds(0)).toBe(false);
          else expect(outcome).toMatchObject({ status: "unclear", writeLost: true });
          expect(await take()).toMatchObject({ status: "gone" });
          expect(await holds(0)).toBe(false);
        },
      );
    }
  });
}
