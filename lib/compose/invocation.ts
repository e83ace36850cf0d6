// The invocation under way: every line of the log names it and what set it off, and what is handed on names that too.

import { AsyncLocalStorage } from "node:async_hooks";
import type { Metrics } from "../broker/ports.ts";

/** The part of Lambda's context that the functions use. */
export interface InvocationContext {
  readonly awsRequestId: string;
  getRemainingTimeInMillis(): number;
}

export interface Invocation {
  /** Lambda's id of it, as in Lambda's own lines START, END and REPORT. */
  readonly requestId: string;
  /** The id of the invocation that set all of it off: a request of Slack's, or a run of the schedule. */
  readonly correlationId: string;
}

const underWay = new AsyncLocalStorage<Invocation>();

/** The invocation under way; nothing of it while a container starts. */
export function invocation(): Partial<Invocation> {
  return underWay.getStore() ?? {};
}

type Handler<Event, Answer> = (event: Event, context: InvocationContext) => Promise<Answer>;

/**
 * A function's handler: does `work` under the ids of its invocation, and publishes what was measured when it
 * is done, also where it throws.
 */
export function handlerOf<Event, Answer>(
  metrics: Metrics,
  work: Handler<Event, Answer>,
): Handler<Event, Answer> {
  let isCold = true;
  return (event, context) => {
    const { awsRequestId: requestId } = context;
    const correlationId = correlationIn(event) ?? requestId;
    return underWay.run({ requestId, correlationId }, async () => {
      if (isCold) metrics.note("coldStarts", 1);
      isCold = false;
      try {
        return await work(event, context);
      } finally {
        metrics.publish();
      }
    });
  };
}

// What Lambda makes: a UUID.
const ID = /^[\w-]{1,64}$/;

/** What an event says that set it off, where it is one of ours. Slack's has no say: it stands in its body. */
function correlationIn(event: unknown): string | undefined {
  const { correlationId } = (event ?? {}) as { correlationId?: unknown };
  return typeof correlationId === "string" && ID.test(correlationId) ? correlationId : undefined;
}
