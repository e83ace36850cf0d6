// Questions to the cluster, each shown as the kubectl command that would ask it.

import type { ClusterUser } from "../developer.ts";
import { commandOf } from "../page/can-i.ts";
import type { Teller } from "./teller.ts";

export interface ClusterQuestion {
  readonly verb: string;
  readonly resource: string;
  readonly namespace?: string;
  readonly expected: "yes" | "no" | "unknown";
}

const UNKNOWN = "error: You must be logged in to the server (Unauthorized)";

/** Asks as `user`, by a SelfSubjectAccessReview with their own token, and checks every answer. */
export async function askCluster(
  teller: Teller,
  user: ClusterUser,
  questions: readonly ClusterQuestion[],
): Promise<void> {
  for (const { verb, resource, namespace, expected } of questions) {
    const answer = await user.canI(verb, resource, namespace);
    teller.question(
      commandOf({ verb, resource, ...(namespace !== undefined && { namespace }) }),
      answer === "unknown" ? UNKNOWN : answer,
      answer === expected,
    );
  }
}
