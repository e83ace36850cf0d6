// The invocation under way: whose ids stand on every line and in every kick, and when its figures are published.

import { describe, expect, it } from "@jest/globals";
import type { MetricName } from "../../lib/broker/ports.ts";
import { handlerOf, invocation } from "../../lib/compose/invocation.ts";

const contextOf = (awsRequestId: string) => ({
  awsRequestId,
  getRemainingTimeInMillis: () => 1_000,
});

/** Metrics that can be looked at: what was published, as a list per time. */
function measured() {
  const published: (readonly [MetricName, number])[][] = [];
  let noted: (readonly [MetricName, number])[] = [];
  const metrics = {
    note: (name: MetricName, value: number) => void noted.push([name, value]),
    publish() {
      published.push(noted);
      noted = [];
    },
  };
  return { published, metrics };
}

const nothing = () => measured().metrics;

describe("an invocation", () => {
  it("that nothing of ours set off is what sets off all that it does", async () => {
    const handler = handlerOf(nothing(), async (_event: unknown) => invocation());
    const ids = { requestId: "run-1", correlationId: "run-1" };
    expect(await handler({ source: "aws.events" }, contextOf("run-1"))).toEqual(ids);
    expect(await handler(null, contextOf("run-1"))).toEqual(ids);
  });

  it("that was handed something goes on under the id that came with it", async () => {
    const handler = handlerOf(nothing(), async (_event: unknown) => invocation());
    expect(await handler({ grants: [], correlationId: "click-1" }, contextOf("run-2"))).toEqual({
      requestId: "run-2",
      correlationId: "click-1",
    });
  });

  it.each([["a line\nof its own"], ["x".repeat(65)], [""], [{ id: "x" }], [null]])(
    "takes nothing for an id that is none: %j",
    async (correlationId) => {
      const handler = handlerOf(nothing(), async (_event: unknown) => invocation());
      expect(await handler({ correlationId }, contextOf("run-3"))).toMatchObject({
        correlationId: "run-3",
      });
    },
  );

  it("keeps its ids apart from those of another at the same time", async () => {
    const { promise: later, resolve: goOn } = Promise.withResolvers<void>();
    const handler = handlerOf(nothing(), async (_event: unknown) => {
      await later;
      return invocation().requestId;
    });
    const both = [handler({}, contextOf("one")), handler({}, contextOf("other"))];
    goOn();
    expect(await Promise.all(both)).toEqual(["one", "other"]);
    expect(invocation()).toEqual({});
  });

  it("publishes what it measured, counts the first as a cold start, and does so where it throws", async () => {
    const { published, metrics } = measured();
    const handler = handlerOf(metrics, async (event: string) => {
      metrics.note("requests", 1);
      if (event === "broken") throw new Error("broken");
    });
    await expect(handler("broken", contextOf("1"))).rejects.toThrow("broken");
    await handler("whole", contextOf("2"));
    expect(published).toEqual([
      [
        ["coldStarts", 1],
        ["requests", 1],
      ],
      [["requests", 1]],
    ]);
  });
});
