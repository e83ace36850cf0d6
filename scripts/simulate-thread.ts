// One thread of `npm run simulate`: does the jobs that it is handed, one after the other.

import { parentPort } from "node:worker_threads";
import { doJob, type Job } from "../test/simulation/threads.ts";

parentPort?.on("message", (job: Job) => {
  void doJob(job).then((answer) => parentPort?.postMessage(answer));
});
