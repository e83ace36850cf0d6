// What the dashboard draws and the alarms go by: all of it is published, by the function that it is said to be of.

import { afterEach, describe, expect, it } from "@jest/globals";
import { alarms } from "../../deploy/alarms.ts";
import { GRAPHS } from "../../deploy/dashboard.ts";
import { NAMESPACE } from "../../lib/metrics.ts";
import { ACTIONS } from "../../lib/slack/names.ts";
import { ADA, BOB, HOUR, itWithOurIam, MINUTE, scene, stackForTests } from "./scene.ts";

/** The lines of metrics that the functions wrote. */
const published: Published[] = [];

interface Published extends Readonly<Record<string, unknown>> {
  readonly _aws: { readonly Timestamp: number };
  readonly function: string;
}

const stack = stackForTests({
  onLog(_name, line) {
    const fields = line.startsWith("{") ? JSON.parse(line) : {};
    if ("_aws" in fields) published.push(fields);
  },
});
const { cardMessage, click, deleteGroup, granted, inNoTime, later, openHome } = scene(stack);
const { endNow, pastTheEnd, person, request, submit } = scene(stack);

const drawn = GRAPHS.flatMap(({ lines }) => lines.map(({ of, metric }) => `${of} ${metric}`));

interface Alarm {
  readonly Properties: {
    readonly Namespace: string;
    readonly MetricName: string;
    readonly Statistic: string;
    readonly Period: number;
    readonly EvaluationPeriods: number;
    readonly Threshold: number;
    readonly ComparisonOperator: string;
    readonly Dimensions: readonly { readonly Name: string; readonly Value: string }[];
  };
}

const templateAlarms = alarms("latchkey", "") as Readonly<Record<string, Alarm>>;

const alarmed = Object.values(templateAlarms)
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
      const { people } = stack();
      await people.send("", { headers: people.sign("", { secret: "another app's" }) });

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

describe("AnnounceUntold", () => {
  const { AnnounceUntoldAlarm } = templateAlarms;
  const { MetricName, Period, Statistic, EvaluationPeriods, Threshold, ComparisonOperator } =
    AnnounceUntoldAlarm?.Properties ?? ({} as Partial<Alarm["Properties"]>);

  /** Whether it is on by what was published so far, as CloudWatch judges at each minute. */
  function isOn(): boolean {
    expect([MetricName, Statistic, EvaluationPeriods, ComparisonOperator]).toEqual([
      "oldestUntoldSeconds",
      "Maximum",
      1,
      "GreaterThanThreshold",
    ]);
    const since = stack().now() - Number(Period) * 1_000;
    const figures = published.flatMap(({ _aws, function: of, oldestUntoldSeconds }) =>
      of === "announce" && _aws.Timestamp > since ? [oldestUntoldSeconds ?? []].flat() : [],
    );
    expect(figures.length).toBeGreaterThan(0);
    return Math.max(...figures.map(Number)) > Number(Threshold);
  }

  /** The minutes, of so many from now on, after which it is on. */
  async function minutesOn(minutes: number): Promise<readonly number[]> {
    const on: number[] = [];
    for (let minute = 1; minute <= minutes; minute++) {
      await later(MINUTE);
      if (isOn()) on.push(minute);
    }
    return on;
  }

  const faults = () => stack().slackApi.faults;
  const everything = (fault: Parameters<ReturnType<typeof faults>["next"]>[1]) =>
    faults().next("*", fault, Number.POSITIVE_INFINITY);
  afterEach(() => faults().clear());

  it("stays off through a 429, and through a minute in which Slack is down", async () => {
    const id = await granted(ADA, "web-pods-read 1h OPS-1 limited");
    faults().limit("*", 30);
    await endNow(ADA, id);
    expect(await minutesOn(15)).toEqual([]);
    const next = await granted(ADA, "web-pods-read 1h OPS-1 down");
    faults().slackIsDown(true);
    await endNow(ADA, next);
    await later(MINUTE);
    faults().clear();
    expect(await minutesOn(15)).toEqual([]);
  });

  it("goes on within twenty minutes of a token that is not good, and stays on between the tries", async () => {
    const id = await granted(ADA, "web-pods-read 1h OPS-1 revoked token");
    everything({ kind: "error", code: "invalid_auth" });
    await endNow(ADA, id);
    const [first = 0, ...others] = await minutesOn(60);
    expect(first).toBeGreaterThan(10);
    expect(first).toBeLessThan(20);
    expect(others).toHaveLength(60 - first);

    faults().clear();
    expect((await minutesOn(45)).at(-1)).toBeLessThan(40);
  });

  it("goes on, too, where the secrets cannot be read, once those that are kept are too old", async () => {
    const id = await granted(ADA, "web-pods-read 1h OPS-1 no secrets");
    stack().aws.faults.inject({ kind: "denied", service: "ssm" });
    await pastTheEnd(id);
    await later(HOUR);
    expect((await minutesOn(20))[0]).toBeLessThan(15);
    stack().aws.faults.clear();
    expect((await minutesOn(30)).at(-1)).toBeLessThan(25);
  });

  it("goes on, too, where Slack is down for long", async () => {
    const id = await granted(ADA, "web-pods-read 1h OPS-1 down for long");
    faults().slackIsDown(true);
    await endNow(ADA, id);
    expect((await minutesOn(20))[0]).toBeLessThan(15);
  });
});
