// What the announcer is woken with: a schedule, grants and App Homes to look at, something to say to one person, or a report of watch.

import { type GrantId, parseGrantId, parseSlackUserId } from "../grant/ids.ts";
import type { Subject } from "../store/store.ts";
import { idsIn } from "./base.ts";

/** The grants that watch found forgotten; none in any other event. What is no id is left out. */
export function forgottenIn(event: unknown): readonly GrantId[] {
  const { forgotten } = (event ?? {}) as { forgotten?: unknown };
  return idsIn(forgotten, parseGrantId);
}

/** The grants and homes that an event names; undefined for a schedule's. What is no id is left out. */
export function subjectsIn(event: unknown): readonly Subject[] | undefined {
  const { grants, homes } = (event ?? {}) as { grants?: unknown; homes?: unknown };
  if (!Array.isArray(grants) && !Array.isArray(homes)) return undefined;
  return [
    ...idsIn(grants, parseGrantId).map((grant) => ({ grant })),
    ...idsIn(homes, parseSlackUserId).map((home) => ({ home })),
  ];
}
