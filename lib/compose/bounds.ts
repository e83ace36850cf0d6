// How long and how often a call to AWS is tried before it counts as unanswered.

/**
 * More connections than the broker has calls under way at once (16 places, 8 users of each): the time that
 * a call waits for one counts as waiting for its answer.
 */
const CONNECTIONS = { maxSockets: 150 } as const;

/**
 * Bounds for a client: `maxAttempts` tries, each of at most `requestTimeoutMs`.
 * NB. Unless told to throw, the SDK only warns after its timeout and waits on: one call that nobody
 * answers would hold up a whole sweep.
 */
export function bounded(maxAttempts: number, requestTimeoutMs: number) {
  return {
    maxAttempts,
    requestHandler: {
      connectionTimeout: 1_000,
      requestTimeout: requestTimeoutMs,
      throwOnRequestTimeout: true,
      httpAgent: CONNECTIONS,
      httpsAgent: CONNECTIONS,
    },
  } as const;
}
