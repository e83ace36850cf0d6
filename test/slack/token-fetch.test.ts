// A bot token that was rotated: the call that Slack refused is sent once more with the new one, and nothing else is.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { fetchWithNewestToken } from "../../lib/slack/token-fetch.ts";
import { createWebClient, slackProblem } from "../../lib/slack/web-client.ts";
import { type SlackWebApi, startWebApi } from "../../local/slack/web-api.ts";
import { createWorkspace } from "../../local/slack/workspace.ts";

const workspace = createWorkspace({ now: Date.now });
const GOOD = workspace.state.botToken;
let api: SlackWebApi;
let asked: number;

beforeAll(async () => {
  api = await startWebApi({ workspace });
});

afterAll(() => api.close());

beforeEach(() => {
  asked = 0;
});

/** A client with `token`, where the parameter holds `newest`. */
function clientWith(token: string, newest: string | undefined) {
  const fetch = fetchWithNewestToken(async () => {
    asked += 1;
    return newest;
  });
  return createWebClient(token, api.apiUrl, 2_000, fetch);
}

const postWith = async (token: string, newest: string | undefined) => {
  const before = workspace.channelMessages("C0ACCESS").length;
  const sent = clientWith(token, newest).chat.postMessage({ channel: "C0ACCESS", text: "told" });
  const code = await sent.then(
    () => "ok",
    (error: unknown) => slackProblem(error).code,
  );
  return [code, workspace.channelMessages("C0ACCESS").length - before];
};

describe("a call of Slack's Web API", () => {
  it("that Slack refuses for its token is sent once more with the newest", async () => {
    expect(await postWith("xoxb-of-yesterday", GOOD)).toEqual(["ok", 1]);
  });

  it("asks for no other token where it is good", async () => {
    expect(await postWith(GOOD, "xoxb-of-tomorrow")).toEqual(["ok", 1]);
    expect(asked).toBe(0);
  });

  it.each([
    ["there is no other", "xoxb-of-yesterday"],
    ["the newest cannot be read", undefined],
    ["the newest is no better", "xoxb-of-the-day-before"],
  ])("is refused where %s", async (_why, newest) => {
    const calls = api.calls.length;
    expect(await postWith("xoxb-of-yesterday", newest)).toEqual(["invalid_auth", 0]);
    expect(api.calls.length - calls).toBe(newest === "xoxb-of-the-day-before" ? 2 : 1);
  });

  it("that is refused for anything else is not sent again", async () => {
    const client = clientWith(GOOD, "xoxb-of-tomorrow");
    const problem = await client.chat
      .postMessage({ channel: "C0NOWHERE", text: "told" })
      .catch((error: unknown) => slackProblem(error).code);
    expect([problem, asked]).toEqual(["channel_not_found", 0]);
  });
});
