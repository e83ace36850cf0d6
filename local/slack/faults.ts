// What can go wrong between an app and Slack, to be switched on by tests and by hand.

/** One thing that goes wrong with one call. */
export type Fault =
  /** Slack refuses with this error code; nothing takes effect. */
  | { readonly kind: "error"; readonly code: string }
  /** Answer 429; nothing takes effect. */
  | { readonly kind: "rate-limited"; readonly retryAfterS: number }
  /** An HTTP error of Slack's infrastructure; nothing takes effect. */
  | { readonly kind: "http"; readonly status: number }
  /** The call takes effect, its answer comes this much later. */
  | { readonly kind: "slow"; readonly delayMs: number }
  /** The call takes effect, its answer never arrives: the connection breaks. */
  | { readonly kind: "answer-lost" };

export type Faults = ReturnType<typeof createFaults>;

export function createFaults() {
  const planned: { method: string; fault: Fault; left: number }[] = [];
  let isDown = false;
  return {
    /** The next `times` calls of `method` (`*`: of any; `response_url`: of those) go wrong like this. */
    next(method: string, fault: Fault, times = 1): void {
      planned.push({ method, fault, left: times });
    },
    /** While Slack is down, every call is answered 503 and takes no effect. */
    slackIsDown(down: boolean): void {
      isDown = down;
    },
    clear(): void {
      planned.length = 0;
      isDown = false;
    },
    /** What goes wrong with this call, if anything; counts it. */
    take(method: string): Fault | undefined {
      if (isDown) return { kind: "http", status: 503 };
      const plan = planned.find(
        (one) => one.left > 0 && (one.method === method || one.method === "*"),
      );
      if (plan === undefined) return undefined;
      plan.left -= 1;
      return plan.fault;
    },
  };
}
