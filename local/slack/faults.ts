// What can go wrong between an app and Slack, to be switched on by tests and by hand.

/** One thing that goes wrong with one call. */
export type Fault =
  /** Slack refuses with this error code; nothing takes effect. */
  | { readonly kind: "error"; readonly code: string }
  /** Answer 429; nothing takes effect. */
  | { readonly kind: "rate-limited"; readonly retryAfterS: number }
  /** An HTTP error of Slack's infrastructure; nothing takes effect. */
  | { readonly kind: "http"; readonly status: number }
  /** The answer comes this much later. The call takes effect at once, or (`takesEffect`) not before its answer. */
  | { readonly kind: "slow"; readonly delayMs: number; readonly takesEffect?: "at once" | "late" }
  /** The call takes effect, its answer never arrives: the connection breaks. */
  | { readonly kind: "answer-lost" };

export type Faults = ReturnType<typeof createFaults>;

/** @param now the clock by which `limit` ends, epoch milliseconds */
export function createFaults(now: () => number) {
  const planned: { method: string; fault: Fault; left: number }[] = [];
  const limits = new Map<string, number>();
  let isDown = false;
  let slow: Fault | undefined;

  const limitOf = (method: string): Fault | undefined => {
    const until = limits.get(method) ?? limits.get("*") ?? 0;
    if (until <= now()) return undefined;
    return { kind: "rate-limited", retryAfterS: Math.ceil((until - now()) / 1000) };
  };

  return {
    /** The next `times` calls of `method` (`*`: of any; `response_url`: of those) go wrong like this. */
    next(method: string, fault: Fault, times = 1): void {
      planned.push({ method, fault, left: times });
    },
    /**
     * Slack has had enough of `method` (`*`: of everything): until `retryAfterS` seconds of the workspace's
     * time are over, every call of it is answered 429, with what is left of them, and takes no effect.
     */
    limit(method: string, retryAfterS: number): void {
      limits.set(method, now() + retryAfterS * 1000);
    },
    /**
     * Every call that changes something (chat.*, views.*, response_url) is answered this much later, by the
     * machine's clock; it takes effect at once, or (`late`) only then. What only reads is as fast as ever. 0 ends it.
     */
    slowWrites(delayMs: number, takesEffect: "at once" | "late" = "at once"): void {
      slow = delayMs === 0 ? undefined : { kind: "slow", delayMs, takesEffect };
    },
    /** While Slack is down, every call is answered 503 and takes no effect. */
    slackIsDown(down: boolean): void {
      isDown = down;
    },
    clear(): void {
      planned.length = 0;
      limits.clear();
      isDown = false;
      slow = undefined;
    },
    /** What goes wrong with this call, if anything; counts it. */
    take(method: string): Fault | undefined {
      if (isDown) return { kind: "http", status: 503 };
      const plan = planned.find(
        (one) => one.left > 0 && (one.method === method || one.method === "*"),
      );
      if (plan === undefined) return limitOf(method) ?? (isWrite(method) ? slow : undefined);
      plan.left -= 1;
      return plan.fault;
    },
  };
}

const READS = new Set(["chat.getPermalink"]);

function isWrite(method: string): boolean {
  return /^(chat\.|views\.|conversations\.open$|response_url$)/.test(method) && !READS.has(method);
}
