// The function that looks, joined: the table, IAM and the clusters, of which it writes none.

import type { Report } from "../broker/findings.ts";
import { watch } from "../broker/watch.ts";
import { type InvocationContext, runOf } from "./base.ts";
import { createInvoke } from "./invoke.ts";
import { composeInventories } from "./targets.ts";
import { composeWorker } from "./worker.ts";

export function composeWatch() {
  const base = composeWorker("watch");
  const inventories = composeInventories(base);
  const invoke = createInvoke();
  const handOver = async (report: Report) => {
    try {
      await invoke(base.config.functions.announce, report);
    } catch (error) {
      base.log.warn("findings not handed over; the next run does it", { error });
    }
  };
  return async (_event: unknown, context: InvocationContext) => {
    await watch({ ...base, inventories, handOver }, runOf(base, context));
  };
}
