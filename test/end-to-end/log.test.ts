// A grant's story, read from the log alone: every step once, under the grant's id and the id of what set it off.

import { beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import type { GrantId } from "../../lib/grant/ids.ts";
import type { FunctionNews } from "../../local/deployment.ts";
import { ADA, BOB, scene, stackForTests } from "./scene.ts";

const stack = stackForTests();
const { approve, endNow, granted, later, pastTheEnd, request } = scene(stack);

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

describe("the log", () => {
  it("tells each step of a grant once, from the request to the end", async () => {
    const id = await granted(ADA, "web-pods-read 1h OPS-1 a story");
    await pastTheEnd(id);
    expect(told(stepsOf(id))).toEqual([
      "slack: grant requested",
      "slack: grant approved",
      "provision: grant begun",
      "provision: grant active",
      "revoke: grant revoking",
      "revoke: grant expired",
    ]);
    expect(stepsOf(id).at(-1)?.status).toBe("ended");
  });

  it("has the ids of its run and of what set it off on every line", async () => {
    const id = await granted(ADA, "web-pods-read 1h OPS-1 a story");
    await endNow(BOB, id);
    await later(1_000);
    expect(lines().length).toBeGreaterThan(5);
    for (const line of lines()) {
      expect(line).toMatchObject({
        requestId: expect.stringMatching(/^[\w-]{36}$/),
        correlationId: expect.stringMatching(/^[\w-]{36}$/),
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
