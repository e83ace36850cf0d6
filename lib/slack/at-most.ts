// Waits for something, but not for long: what Slack does late is not waited for, and not given up either.

import type { Clock } from "../broker/ports.ts";

/**
 * What `work` comes to, or undefined where that takes longer than `ms`: then it goes on, and what becomes of
 * it is lost on everyone, its failure included. @throws what `work` throws in time.
 */
export function atMost<T>(
  { sleep }: Pick<Clock, "sleep">,
  ms: number,
  work: Promise<T>,
): Promise<T | undefined> {
  return Promise.race([work, sleep(ms).then(() => undefined)]);
}
