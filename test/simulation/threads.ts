// The simulation on all cores: jobs of some schedules each, handed to threads as these become free.

import { Worker } from "node:worker_threads";
import { MUTANTS } from "./mutants.ts";
import { type Caught, catchMutant, type Simulated, simulate } from "./simulate.ts";

export type Job =
  | { readonly kind: "schedules"; readonly seed: number; readonly schedules: number }
  | {
      readonly kind: "mutant";
      readonly name: string;
      readonly seed: number;
      readonly most: number;
    };

export type Answer =
  | { readonly kind: "schedules"; readonly simulated: Simulated }
  | { readonly kind: "mutant"; readonly name: string; readonly caught: Caught | undefined };

const THREAD = new URL("../../scripts/simulate-thread.ts", import.meta.url);

/** What a thread does with a job. */
export async function doJob(job: Job): Promise<Answer> {
  switch (job.kind) {
    case "schedules":
      return { kind: "schedules", simulated: await simulate(job) };
    case "mutant": {
      const caught = await catchMutant(MUTANTS[job.name] ?? {}, job);
      return { kind: "mutant", name: job.name, caught };
    }
    default:
      throw new TypeError(`unknown job ${JSON.stringify(job satisfies never)}`);
  }
}

/** Has `jobs` done by that many threads; `done` is told of each answer, in whatever order they come. */
export async function onThreads(
  jobs: readonly Job[],
  threads: number,
  done: (answer: Answer) => void,
): Promise<void> {
  const waiting = jobs.values();
  await Promise.all(
    Array.from({ length: Math.min(threads, jobs.length) }, async () => {
      const thread = new Worker(THREAD);
      try {
        for (const job of waiting) done(await answerOf(thread, job));
      } finally {
        await thread.terminate();
      }
    }),
  );
}

function answerOf(thread: Worker, job: Job): Promise<Answer> {
  return new Promise((resolve, reject) => {
    thread.once("message", (answer: Answer) => {
      thread.off("error", reject);
      resolve(answer);
    });
    thread.once("error", reject);
    thread.postMessage(job);
  });
}
