// What a pass of a function was, in words, and which passes are quiet.

import type { Pass } from "../../protocol.ts";
import { foundNothing } from "../../quiet.ts";
import { took } from "../stage/time-words.ts";
import type { Tone } from "./grant-words.ts";

/** In tenths of a second this is none. */
const AT_ONCE_MS = 50;

/** True of a pass of the schedule that found nothing to do, or has found nothing yet. */
export function isQuiet(pass: Pass): boolean {
  return pass.wokenBy === "the schedule" && foundNothing(pass);
}

/** How it came out, and how long it took: `done in 0.4 s`, `under way`. */
export function outcomeWords({ startedAt, endedAt, outcome }: Pass): string {
  if (endedAt === undefined) return "under way";
  const length = took(endedAt - startedAt);
  const isAtOnce = endedAt - startedAt < AT_ONCE_MS;
  switch (outcome) {
    case "done":
    case undefined:
      return isAtOnce ? "done at once" : `done in ${length}`;
    case "failed":
      return `failed after ${length}`;
    case "killed":
      return `killed after ${length}`;
    default:
      throw new TypeError(`unknown outcome ${outcome satisfies never}`);
  }
}

export function outcomeTone({ endedAt, outcome }: Pass): Tone {
  if (endedAt === undefined) return "warn";
  return outcome === "failed" || outcome === "killed" ? "bad" : "quiet";
}

/** `IAM AddUserToGroup ×2, 1 failed`. */
export function callWords({ what, times, failed }: Pass["calls"][number]): string {
  const count = `${what} ×${times}`;
  if (failed === 0) return count;
  return failed === times ? `${count}, failed` : `${count}, ${failed} failed`;
}

/** The lines of a log, those that are the same one after the other as one. */
export function logLines(log: Pass["log"]): readonly (Pass["log"][number] & { times: number })[] {
  const lines: (Pass["log"][number] & { times: number })[] = [];
  for (const line of log) {
    const last = lines.at(-1);
    if (last?.level === line.level && last.message === line.message && last.grant === line.grant) {
      last.times += 1;
    } else lines.push({ ...line, times: 1 });
  }
  return lines;
}

/** Which functions are at work: `revoke and announce are under way`. */
export function underWay(passes: readonly Pass[]): string {
  const names = passes.flatMap((pass) => (pass.endedAt === undefined ? [pass.function] : []));
  const each = [...new Set(names)].sort();
  if (each.length === 0) return "None is under way.";
  if (each.length === 1) return `${each[0]} is under way.`;
  return `${each.slice(0, -1).join(", ")} and ${each.at(-1)} are under way.`;
}
