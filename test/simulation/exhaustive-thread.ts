// A thread of the exhaustive driver: plays its part of the cases and tells what it found.

import { parentPort, workerData } from "node:worker_threads";
import { explorePart, type Part } from "./exhaustive.ts";

const report = await explorePart(workerData as Part, (progress) =>
  parentPort?.postMessage({ progress }),
);
parentPort?.postMessage({ report });
