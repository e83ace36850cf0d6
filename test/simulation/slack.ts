// Slack as a process of the simulated world reaches it: who is in a user group, and the messages.

import type { Ports } from "../../lib/broker/ports.ts";
import { LEE } from "./catalogue.ts";
import { callOutside, type Fault, type Process, type World } from "./outside.ts";

const READ_FAULTS: readonly [Fault, ...Fault[]] = ["before", "throttled", "death"];

export function directoryOf(world: World, process: Process): Ports["directory"] {
  return {
    members: (usergroup) =>
      callOutside(world, process, {
        name: `slack members ${usergroup}`,
        timeoutMs: 3_000,
        faults: READ_FAULTS,
        effect: () => new Set([LEE]),
        failure: (kind) => {
          throw new Error(`Slack: ${kind}`);
        },
      }),
  };
}

export function messengerOf(world: World, process: Process): Ports["messenger"] {
  return {
    show: (grant, version, shown) =>
      callOutside(world, process, {
        name: `slack show ${grant.id} v${version}`,
        timeoutMs: 8_000,
        faults: ["before", "lost", "throttled", "death"],
        effect: () => ({ shown: { ...shown, version } }),
        failure: (kind) => ({
          shown,
          problem: kind,
          ...(kind === "throttled" ? { retryAfterMs: 7_000 } : {}),
        }),
      }),
  };
}
