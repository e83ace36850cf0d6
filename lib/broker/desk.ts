// What one run of the announcer shares between everything that it tells: where Slack wants us to wait, since when it has not been told.

import type { Pauses, Ports } from "./ports.ts";

export interface Desk {
  readonly pauses: Pauses;
  /** True as long as this run may ask Slack once more whether somebody is still there; counts it. */
  mayCheck(): boolean;
  /** Notes that something could not be told, and was first tried at `since` (epoch ms). */
  noteUntold(since: number): void;
  /** Stores the pauses for the runs after this one, and notes the figures. */
  close(): Promise<void>;
}

// users.info may be called a hundred times a minute, and people's clicks come first.
const CHECKS_A_RUN = 30;

/** Opens the desk with the pauses that earlier runs were told of. */
export async function openDesk({
  store,
  clock,
  log,
  metrics,
}: Pick<Ports, "store" | "clock" | "log" | "metrics">): Promise<Desk> {
  const known = await store.pauses().catch((error: unknown) => {
    log.warn("pauses not read; Slack says them again", { error });
    return {};
  });
  const until = new Map(Object.entries(known));
  let isPaused = false;
  let untoldSince: number | undefined;
  let checks = CHECKS_A_RUN;
  return {
    pauses: {
      until: (place) => until.get(place) ?? 0,
      note(place, at) {
        until.set(place, Math.max(at, until.get(place) ?? 0));
        isPaused = true;
      },
    },
    mayCheck: () => checks-- > 0,
    noteUntold(since) {
      untoldSince = Math.min(since, untoldSince ?? since);
    },
    async close() {
      const now = clock.now();
      metrics.note("oldestUntoldSeconds", (now - (untoldSince ?? now)) / 1_000);
      if (!isPaused) return;
      const left = [...until].filter(([, at]) => at > now);
      await store
        .savePauses(Object.fromEntries(left))
        .catch((error: unknown) => log.warn("pauses not stored; Slack says them again", { error }));
    },
  };
}
