// Places, each read and written in one go: what belongs to one together, and what its target answers.

import pMap from "p-map";
import { type AssignmentKey, placeKey, type TargetSpec } from "../grant/target-spec.ts";
import type { Assignment, Target, Targets } from "../targets/target.ts";
import type { Ports } from "./ports.ts";
import { WIDTH } from "./run.ts";

/** What is known of each assignment, or why nothing is. */
export type Answers<T> = ReadonlyMap<AssignmentKey, T | Unanswered>;

export interface Unanswered {
  readonly unanswered: string;
}

type Ask<A, T> = (room: Target, place: readonly A[]) => Promise<ReadonlyMap<AssignmentKey, T>>;
type NeededPorts = Pick<Ports, "targets" | "log">;

/** Puts what is written in one go together: one list per place. */
export function byPlace<T extends { readonly spec: TargetSpec }>(
  items: readonly T[],
): readonly (readonly T[])[] {
  return [...Map.groupBy(items, ({ spec }) => placeKey(spec)).values()];
}

/** Asks every place of `assignments` once, several at once. Never throws. */
export async function askPlaces<A extends Assignment, T>(
  ports: NeededPorts,
  assignments: readonly A[],
  ask: Ask<A, T>,
): Promise<Answers<T>> {
  const answers = await pMap(
    byPlace(assignments),
    async (place) => [...(await askPlace(ports, place, ask))],
    { concurrency: WIDTH },
  );
  return new Map(answers.flat());
}

async function askPlace<A extends Assignment, T>(
  { targets, log }: NeededPorts,
  place: readonly A[],
  ask: Ask<A, T>,
): Promise<Answers<T>> {
  const [{ spec }] = place as readonly [A, ...A[]];
  try {
    return await ask(roomFor(targets, spec), place);
  } catch (error) {
    log.warn("target failed", { target: spec.kind, error });
    const unanswered = error instanceof Error ? error.message : String(error);
    return new Map(place.map(({ key }) => [key, { unanswered }]));
  }
}

function roomFor(targets: Targets, spec: TargetSpec): Target {
  // The specs that a room is handed are of its kind, which the compiler cannot follow from here.
  return targets[spec.kind] as Target<TargetSpec>;
}
