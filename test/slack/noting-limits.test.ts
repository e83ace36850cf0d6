// Slack's 429s: each is counted where it comes in, and handed on to whoever made the call.

import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { httpsFetch } from "../../lib/slack/https-fetch.ts";
import { notingLimits } from "../../lib/slack/noting-limits.ts";
import { createWebClient, slackProblem } from "../../lib/slack/web-client.ts";
import { type SlackWebApi, startWebApi } from "../../local/slack/web-api.ts";
import { createWorkspace } from "../../local/slack/workspace.ts";

const workspace = createWorkspace({ now: Date.now });
let api: SlackWebApi;

beforeAll(async () => {
  api = await startWebApi({ workspace });
});

afterAll(() => api.close());

it("a 429 is counted and handed on, and no other answer is counted", async () => {
  const noted: unknown[] = [];
  const note = (...args: unknown[]) => void noted.push(args);
  const fetch = notingLimits(httpsFetch, { note });
  const { chat } = createWebClient(workspace.state.botToken, api.apiUrl, 2_000, fetch);
  const post = (channel: string) =>
    chat.postMessage({ channel, text: "told" }).catch((error: unknown) => slackProblem(error));
  await post("C0ACCESS");
  await post("C0NOWHERE");
  expect(noted).toEqual([]);
  api.faults.next("chat.postMessage", { kind: "rate-limited", retryAfterS: 7 });
  expect(await post("C0ACCESS")).toMatchObject({ retryAfterMs: 7_000 });
  expect(noted).toEqual([["slackLimits", 1]]);
});
