// A target in memory that keeps the promises of the door, and whose truth a test can look at and spoil.

import type { AssignmentKey, TargetSpec } from "../../lib/grant/target-spec.ts";
import type {
  Assignment,
  GiveOutcome,
  Sighting,
  TakeOutcome,
  Target,
} from "../../lib/targets/target.ts";

export interface FakeTarget extends Target<TargetSpec> {
  /** The assignments that are there now, whoever put them there. */
  readonly there: Set<AssignmentKey>;
  /** Every write that was made, in order. */
  readonly writes: { readonly at: number; readonly what: "give" | "take"; readonly key: string }[];
  /** While set, everything answers that the place cannot be reached. */
  unreachable: boolean;
  /** While set, `look` refuses. */
  refusal: Extract<Sighting, { seen: "refused" }> | undefined;
  /** The next writes take effect, but their answers are lost. */
  lostAnswers: number;
}

/** A fake of one kind of target, by the clock of the test. */
export function createFakeTarget(now: () => number): FakeTarget {
  const there = new Set<AssignmentKey>();
  const fake: FakeTarget = {
    there,
    writes: [],
    unreachable: false,
    refusal: undefined,
    lostAnswers: 0,
    async look(assignments) {
      if (fake.unreachable) throw new Error("the place cannot be reached");
      return answers(assignments, ({ key }) => {
        return fake.refusal ?? { seen: there.has(key) ? "present" : "absent" };
      });
    },
    async give(assignments) {
      return answers(assignments, ({ key, endsAt }): GiveOutcome => {
        if (fake.unreachable)
          return { status: "unclear", problem: "unreachable", writeLost: false };
        if (now() >= endsAt) return { status: "unclear", problem: "window over", writeLost: false };
        if (!there.has(key)) fake.writes.push({ at: now(), what: "give", key });
        there.add(key);
        if (fake.lostAnswers === 0) return { status: "held" };
        fake.lostAnswers -= 1;
        return { status: "unclear", problem: "no answer", writeLost: true };
      });
    },
    async take(assignments) {
      return answers(assignments, ({ key, others }): TakeOutcome => {
        if (fake.unreachable)
          return { status: "unclear", problem: "unreachable", writeLost: false };
        if (others.length > 0) return { status: "gone", writeLost: false };
        if (there.has(key)) fake.writes.push({ at: now(), what: "take", key });
        there.delete(key);
        if (fake.lostAnswers === 0) return { status: "gone", writeLost: false };
        fake.lostAnswers -= 1;
        return { status: "unclear", problem: "no answer", writeLost: true };
      });
    },
  };
  return fake;
}

function answers<A extends Assignment, T>(
  assignments: readonly A[],
  answer: (assignment: A) => T,
): ReadonlyMap<AssignmentKey, T> {
  return new Map(assignments.map((assignment) => [assignment.key, answer(assignment)]));
}
