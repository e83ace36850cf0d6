// The function that looks, joined: the table, IAM and the clusters, of which it writes none.

import type { Report } from "../broker/findings.ts";
import { watch } from "../broker/watch.ts";
import type { GrantId } from "../grant/ids.ts";
import { runOf } from "./base.ts";
import { handlerOf } from "./invocation.ts";
import { composeInventories } from "./targets.ts";
import { composeWorker } from "./worker.ts";

export function composeWatch() {
  const base = composeWorker("watch");
  const inventories = composeInventories(base);
  // What is not taken is found again by the next run.
  const handOver = async (report: Report) => void (await base.hand("announce", report));
  const takeUp = async (forgotten: readonly GrantId[]) =>
    void (await base.hand("announce", { forgotten }));
  return handlerOf(base.metrics, async (_event, context) => {
    await watch({ ...base, inventories, handOver, takeUp }, runOf(base, context));
  });
}
