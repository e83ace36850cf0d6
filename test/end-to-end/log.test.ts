// A grant's story, read from the log alone: every step once, under the grant's id and the id of what set it off.

import { beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import type { GrantId } from "../../lib/grant/ids.ts";
import { ACTIONS, FIELDS } from "../../lib/slack/names.ts";
import type { FunctionNews } from "../../local/deployment.ts";
import { ADA, BOB, HOUR, LEE, scene, stackForTests } from "./scene.ts";

const stack = stackForTests();
const { approve, endNow, granted, later, pastTheEnd, request } = scene(stack);
const { cardMessage, click, createGroup, deleteGroup, inThread, message, submit } = scene(stack);

/** A line of the log, as far as this reads it. */
interface Line {
  readonly level: string;
  readonly message: string;
  readonly function: string;
  readonly correlationId: string;
  readonly requestId: string;
  readonly grant?: string;
  readonly status?: string;
}

let news: FunctionNews[] = [];

beforeAll(() => {
  stack().onRun((each) => void news.push(each));
});

beforeEach(() => {
  news = [];
});

/** What the functions wrote, without metrics, oldest first. */
const lines = (): readonly Line[] =>
  news.flatMap((each) => (each.kind === "line" ? [JSON.parse(each.line)] : [])).filter(isLine);

function isLine(line: object): line is Line {
  return !("_aws" in line);
}

/** The lines that tell of a grant's steps. */
const stepsOf = (id: GrantId) =>
  lines().filter(({ grant, message }) => grant === id && message.startsWith("grant "));

const told = (steps: readonly Line[]) =>
  steps.map(({ message, function: name }) => `${name}: ${message}`);

/** Lambda's ids of the runs of a function that Slack, the schedule or a kick began. */
const runs = (name: string, isMeant: (event: Readonly<Record<string, unknown>>) => boolean) =>
  news.flatMap((each) =>
    each.kind === "begun" && each.function === name && isMeant(Object(each.event))
      ? [each.requestId]
      : [],
  );

/** The correlation ids with which a function was handed this grant. */
const kicksOf = (name: string, id: GrantId) =>
  news.flatMap((each) => {
    const { grants, correlationId } = Object(each.kind === "begun" ? each.event : undefined);
    return each.function === name && grants?.includes(id) ? [String(correlationId)] : [];
  });

const asked = () => request(ADA, "web-pods-read 1h OPS-1 a story");

const GIVEN = [
  "slack: grant requested",
  "slack: grant approved",
  "provision: grant begun",
  "provision: grant active",
];

/** Every way that a grant can go beside the plain one, up to what is told of it. */
const WAYS: readonly {
  readonly end: string;
  readonly way: () => Promise<GrantId>;
  readonly steps: readonly string[];
}[] = [
  {
    end: "denied",
    async way() {
      const id = await asked();
      await click(BOB, cardMessage(id), ACTIONS.deny);
      await submit(BOB);
      return id;
    },
    steps: ["slack: grant requested", "slack: grant denied"],
  },
  {
    end: "cancelled",
    async way() {
      const id = await asked();
      await click(ADA, cardMessage(id), ACTIONS.cancel);
      return id;
    },
    steps: ["slack: grant requested", "slack: grant cancelled"],
  },
  {
    end: "lapsed",
    async way() {
      const id = await asked();
      await later(25 * HOUR);
      return id;
    },
    steps: ["slack: grant requested", "revoke: grant lapsed"],
  },
  {
    end: "failed, as its group is gone",
    async way() {
      const group = "iam-bttrm-web-metrics-ro-group";
      await deleteGroup(group);
      const id = await request(ADA, "web-metrics-read 1h");
      await createGroup(group, "/jit/");
      return id;
    },
    steps: ["slack: grant requested", "slack: grant approved", "provision: grant failed"],
  },
  {
    end: "extended by who approves, and revoked",
    async way() {
      const id = await granted(ADA, "web-pods-read 1h OPS-1 a story");
      await click(ADA, message(ADA, id), ACTIONS.extend);
      await click(BOB, inThread(id), ACTIONS.approveExtension);
      await endNow(BOB, id);
      return id;
    },
    steps: [
      ...GIVEN,
      "slack: grant extension-asked",
      "slack: grant extension-approved",
      "slack: grant extended",
      "slack: grant revoking",
      "revoke: grant revoked",
    ],
  },
  {
    end: "not extended, and expired",
    async way() {
      const id = await granted(ADA, "web-pods-read 1h OPS-1 a story");
      await click(ADA, message(ADA, id), ACTIONS.extend);
      await click(LEE, cardMessage(id), ACTIONS.denyExtension);
      await submit(LEE, { [FIELDS.denial]: "The freeze begins." });
      await pastTheEnd(id);
      return id;
    },
    steps: [
      ...GIVEN,
      "slack: grant extension-asked",
      "slack: grant extension-denied",
      "revoke: grant revoking",
      "revoke: grant expired",
    ],
  },
];

const UUID = /^[\w-]{36}$/;

describe("the log", () => {
  it("tells each step of a grant once, from the request to the end", async () => {
    const id = await granted(ADA, "web-pods-read 1h OPS-1 a story");
    await pastTheEnd(id);
    expect(told(stepsOf(id))).toEqual([
      ...GIVEN,
      "revoke: grant revoking",
      "revoke: grant expired",
    ]);
    expect(stepsOf(id).at(-1)?.status).toBe("ended");
  });

  it.each(WAYS)("has one line for each step of a grant that is $end", async ({ way, steps }) => {
    const id = await way();
    expect(told(stepsOf(id))).toEqual(steps);
    for (const step of stepsOf(id)) {
      expect(step).toMatchObject({ grant: id, correlationId: expect.stringMatching(UUID) });
    }
  });

  it("has the ids of its run and of what set it off on every line", async () => {
    const id = await granted(ADA, "web-pods-read 1h OPS-1 a story");
    await endNow(BOB, id);
    await later(1_000);
    expect(lines().length).toBeGreaterThan(5);
    for (const line of lines()) {
      expect(line).toMatchObject({
        requestId: expect.stringMatching(UUID),
        correlationId: expect.stringMatching(UUID),
      });
    }
  });

  it("goes on under the id of the click in every function that the click sets to work", async () => {
    const id = await request(ADA, "web-pods-read 1h OPS-1 a story");
    const [asking] = runs("slack", () => true);
    expect(kicksOf("announce", id)).toEqual([asking]);

    news = [];
    await approve(BOB, id);
    const [click] = runs("slack", () => true);
    expect(click).toBeDefined();
    expect(stepsOf(id).map(({ message, correlationId }) => [message, correlationId])).toEqual([
      ["grant approved", click],
      ["grant begun", click],
      ["grant active", click],
    ]);
    expect(kicksOf("provision", id)).toEqual([click]);
    // Of the approval, and of the access that provision has given.
    expect(kicksOf("announce", id)).toEqual([click, click]);
    expect(stepsOf(id).map(({ requestId }) => requestId === click)).toEqual([true, false, false]);

    news = [];
    await endNow(BOB, id);
    const [end] = runs("slack", () => true);
    expect(stepsOf(id).map(({ message, correlationId }) => [message, correlationId])).toEqual([
      ["grant revoking", end],
      ["grant revoked", end],
    ]);
  });

  it("names the run of the schedule where nobody has clicked", async () => {
    const id = await granted(ADA, "web-pods-mapping 1h a story");
    news = [];
    await pastTheEnd(id);
    const scheduled = runs("revoke", ({ source }) => source === "aws.events");
    const steps = stepsOf(id);
    expect(told(steps)).toEqual(["revoke: grant revoking", "revoke: grant expired"]);
    for (const { correlationId } of steps) expect(scheduled).toContain(correlationId);
    expect(new Set(kicksOf("announce", id))).toEqual(
      new Set(steps.map(({ correlationId }) => correlationId)),
    );
  });
});
