// Why the log takes so little of an error: what the clients throw holds credentials, and of what is logged none.

import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { createClock } from "../../local/clock.ts";
import { createRunner, type Runner } from "../../local/lambda/runner.ts";
import type { Fault as SlackFault } from "../../local/slack/faults.ts";
import { leaksOf } from "./outputs.ts";
import { stackForTests } from "./scene.ts";

const stack = stackForTests();

let runner: Runner;
const lines: string[] = [];

beforeAll(() => {
  const seed = {
    file: new URL("./fixtures/failing-calls.ts", import.meta.url),
    env: stack().aws.environment("latchkey-provision"),
    timeoutMs: 20_000,
  };
  const clock = createClock().buffer;
  const onLog = (_name: string, line: string) => void lines.push(line);
  runner = createRunner({ functions: { "failing-calls": seed }, clock, onLog });
});

afterAll(() => runner.close());

afterEach(() => {
  stack().aws.faults.clear();
  stack().slackApi.faults.clear();
  stack().cluster.faults.clear();
  lines.length = 0;
});

/** The error that a call ends in, with everything that hangs on it, and what the log says of it. */
async function errorOf(call: string): Promise<{ whole: string; logged: string }> {
  const { botToken } = stack().workspace.state;
  const order = { call, botToken, slackApiUrl: stack().slackApi.apiUrl };
  const whole = String(await runner.invoke("failing-calls", order));
  return { whole, logged: lines.join("\n") };
}

const leaksIn = (text: string) => leaksOf(stack(), [{ to: "it", text }]);

/** Both logs have told of it: the Slack function's and the workers'. */
function expectTold(logged: string): void {
  const told = logged.split("\n").map((line) => JSON.parse(line).error);
  expect(told).toHaveLength(2);
  expect(told[0]).toMatchObject({ name: expect.any(String), message: expect.any(String) });
  expect(told[1]).toEqual(told[0]);
  expect(leaksIn(logged)).toEqual([]);
}

describe("what AWS refuses", () => {
  it.each([
    ["iam", "denied"],
    ["sts", "denied"],
    ["ssm", "denied"],
    ["lambda", "denied"],
    ["dynamodb", "denied"],
    ["eks", "throttled"],
  ] as const)(
    "throws the whole request, with the session's token and the signature: %s, %s",
    async (service, kind) => {
      stack().aws.faults.inject({ kind, service });
      const { whole, logged } = await errorOf(service);
      const { sessionToken = "none" } = stack().aws.credentials("latchkey-provision");
      expect(whole).toContain(`x-amz-security-token: ${sessionToken}`);
      expect(leaksIn(whole)).toEqual(
        expect.arrayContaining([expect.stringMatching(/^AWS4-HMAC-SHA256 in /)]),
      );
      expectTold(logged);
    },
  );
});

describe("what else fails", () => {
  const aws = (service: string) => stack().aws.faults.inject({ kind: "lost", service });
  const slack = (fault: SlackFault) => stack().slackApi.faults.next("chat.postMessage", fault);
  const cluster = (kind: "unreachable" | "internalError") =>
    stack().cluster.faults.inject({ kind });
  it.each([
    ["iam, whose answer is lost", "iam", () => aws("iam")],
    ["the table, whose answer is lost", "dynamodb", () => aws("dynamodb")],
    [
      "Slack, which refuses the token",
      "slack",
      () => slack({ kind: "error", code: "invalid_auth" }),
    ],
    ["Slack, which is down", "slack", () => slack({ kind: "http", status: 503 })],
    ["Slack, which limits", "slack", () => slack({ kind: "rate-limited", retryAfterS: 5 })],
    ["Slack, whose answer is lost", "slack", () => slack({ kind: "answer-lost" })],
    ["a cluster that breaks the connection", "cluster", () => cluster("unreachable")],
    ["a cluster that has a fault", "cluster", () => cluster("internalError")],
  ])("throws no credential at all: %s", async (_what, call, fail) => {
    fail();
    const { whole, logged } = await errorOf(call);
    expect(leaksIn(whole)).toEqual([]);
    expectTold(logged);
  });
});
