// What the dashboard draws and the alarms go by: all of it is published, by the function that it is said to be of.

import { describe, expect, it } from "@jest/globals";
import { alarms } from "../../deploy/alarms.ts";
import { GRAPHS } from "../../deploy/dashboard.ts";
import { NAMESPACE } from "../../lib/metrics.ts";
import { ACTIONS } from "../../lib/slack/names.ts";
import { ADA, BOB, HOUR, itWithOurIam, scene, stackForTests } from "./scene.ts";

/** The lines of metrics that the functions wrote. */
const published: Readonly<Record<string, unknown>>[] = [];
const stack = stackForTests({
  onLog(_name, line) {
    const fields = line.startsWith("{") ? JSON.parse(line) : {};
    if ("_aws" in fields) published.push(fields);
  },
});
const { cardMessage, click, deleteGroup, granted, inNoTime, later, openHome } = scene(stack);
const { pastTheEnd, person, request, submit } = scene(stack);

const drawn = GRAPHS.flatMap(({ lines }) => lines.map(({ of, metric }) => `${of} ${metric}`));

interface Alarm {
  readonly Properties: {
    readonly Namespace: string;
    readonly MetricName: string;
    readonly Dimensions: readonly { readonly Name: string; readonly Value: string }[];
  };
}

const alarmed = Object.values(alarms("latchkey", "") as Readonly<Record<string, Alarm>>)
  .filter(({ Properties }) => Properties.Namespace === NAMESPACE)
  .map(({ Properties: { MetricName, Dimensions } }) => {
    return `${Dimensions.find(({ Name }) => Name === "function")?.Value} ${MetricName}`;
  });

describe("a metric", () => {
  itWithOurIam(
    "that is drawn, or that an alarm goes by, is published by its function",
    async () => {
      const { faults } = stack().slackApi;
      faults.next("views.open", { kind: "rate-limited", retryAfterS: 1 });
      await person(ADA).command("/access", "");
      faults.next("views.publish", { kind: "rate-limited", retryAfterS: 1 });
      await openHome(BOB);
      const ask = () => request(ADA, "web-pods-read 1h OPS-1 measured");
      const given = await granted(ADA, "web-pods-read 1h OPS-1 measured");
      await inNoTime(stack().watch());
      await pastTheEnd(given);
      await click(BOB, cardMessage(await ask()), ACTIONS.deny);
      await submit(BOB);
      // Nobody decides.
      await ask();
      await later(25 * HOUR);
      // There is nothing to put them in.
      await deleteGroup("iam-bttrm-web-metrics-ro-group");
      await request(ADA, "web-metrics-read 1h");

      const figures = new Set(
        published.flatMap(({ _aws, function: of, service, ...values }) =>
          Object.keys(values).map((metric) => `${of} ${metric}`),
        ),
      );
      expect([...new Set([...drawn, ...alarmed])].filter((each) => !figures.has(each))).toEqual([]);
      expect([drawn.length, alarmed.length].every((count) => count > 10)).toBe(true);
    },
  );

  it("has the stack and the function beside it, by which it is told from others", () => {
    for (const { service, function: of } of published) {
      expect([service, of]).toEqual(["latchkey", expect.stringMatching(/^[a-z]+$/)]);
    }
  });
});
