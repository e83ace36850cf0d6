// The bench `cold`: how long a new process takes to answer its first `/access`, beside one that does nothing.

import { statSync } from "node:fs";
import { quantile, rounded } from "./figures.ts";
import { type PackagedSlack, packageSlack, startPackagedSlack } from "./packaged-slack.ts";

const AIM = 3;
const ROUNDS = 21;
/** Before the rounds that count: the emulators' code gets warm, the unpacked files come into the cache. */
const WARM_UP_ROUNDS = 3;

/**
 * Packages the functions and measures processes by turns: one that does nothing (`node -e 0`), one that loads
 * the Slack function and answers, and one that reads Slack's secrets from an SSM parameter first, as on AWS
 * (`ssmRatio`, `ssmMs`). Medians, since the machine has other things to do; `best` compares the quickest of
 * each. The emulators run in this process, not in the measured ones.
 * @throws Error where a `/access` did not open the form.
 */
export async function bench() {
  const zip = packageSlack();
  const slack = await startPackagedSlack(zip);
  const withSsm = await startPackagedSlack(zip, "parameter");
  const idle: number[] = [];
  const cold: number[] = [];
  const ssm: number[] = [];
  try {
    for (let turn = -WARM_UP_ROUNDS; turn < ROUNDS; turn += 1) {
      const idleMs = await slack.idleMs();
      await openForm(slack);
      await openForm(withSsm);
      if (turn < 0) continue;
      idle.push(idleMs);
      cold.push(slack.lastMs());
      ssm.push(withSsm.lastMs());
    }
  } finally {
    await Promise.all([slack.stop(), withSsm.stop()]);
  }
  const ratio = median(cold) / median(idle);
  return {
    ratio: rounded(ratio),
    best: rounded(Math.min(...cold) / Math.min(...idle)),
    aim: AIM,
    withinAim: ratio <= AIM,
    ssmRatio: rounded(median(ssm) / median(idle)),
    coldMs: rounded(median(cold)),
    ssmMs: rounded(median(ssm)),
    nodeMs: rounded(median(idle)),
    rounds: ROUNDS,
    zipBytes: statSync(zip).size,
    node: process.version,
  };
}

async function openForm({ people, calls }: PackagedSlack): Promise<void> {
  const { failure } = await people.as("U0ADA").command("/access", "");
  const last = calls.at(-1);
  if (failure !== undefined || last?.method !== "views.open" || last.error !== undefined) {
    throw new Error(`/access did not open the form: ${failure ?? last?.error ?? last?.method}`);
  }
}

function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}
