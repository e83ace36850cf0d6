// What goes wrong between an app and the emulated Slack: refusals, lost and late answers, outages, rate limits.

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import {
  WebAPIHTTPError,
  WebAPIRateLimitedError,
  WebAPIRequestError,
  type WebClient,
  type WebClientOptions,
} from "@slack/web-api";
import { type SlackWebApi, startWebApi } from "../../../local/slack/web-api.ts";
import { createWorkspace, type Workspace } from "../../../local/slack/workspace.ts";
import { home, modal } from "./layouts.ts";
import { clientOf, refusalCode, TOKEN } from "./support.ts";

const NOON = Date.parse("2025-11-22T12:00:00Z");
const CHANNEL = "C0ACCESS";

let now = NOON;
let workspace: Workspace;
let slack: SlackWebApi;
let client: WebClient;

beforeEach(async () => {
  now = NOON;
  workspace = createWorkspace({ now: () => now });
  slack = await startWebApi({ workspace });
  client = clientOf(slack);
});

afterEach(() => slack.close());

describe("faults", () => {
  const respond = (answer: object, signal?: AbortSignal) =>
    fetch(slack.hooksUrl + workspace.issueHook({ user: "U0ADA", channel: CHANNEL }), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(answer),
      ...(signal && { signal }),
    });
  const post = (more: Partial<WebClientOptions> = {}) =>
    clientOf(slack, TOKEN, more).chat.postMessage({ channel: CHANNEL, text: "t" });

  it("refuse the next calls of a method, and no others", async () => {
    slack.faults.next("chat.postMessage", { kind: "error", code: "fatal_error" }, 2);
    expect(await refusalCode(post())).toBe("fatal_error");
    expect(await client.auth.test()).toMatchObject({ ok: true });
    expect(await refusalCode(post())).toBe("fatal_error");
    expect(await post()).toMatchObject({ ok: true });
    expect(workspace.channelMessages(CHANNEL)).toHaveLength(1);
  });

  it("say how long to wait", async () => {
    slack.faults.next("*", { kind: "rate-limited", retryAfterS: 30 });
    await expect(post()).rejects.toMatchObject({ retryAfter: 30 });
    slack.faults.next("*", { kind: "rate-limited", retryAfterS: 30 });
    await expect(post()).rejects.toBeInstanceOf(WebAPIRateLimitedError);
  });

  it("lose the answer after the effect", async () => {
    slack.faults.next("chat.postMessage", { kind: "answer-lost" });
    await expect(post()).rejects.toBeInstanceOf(WebAPIRequestError);
    expect(workspace.channelMessages(CHANNEL)).toHaveLength(1);
  });

  it("answer too late for the client's patience, after the effect", async () => {
    slack.faults.next("chat.postMessage", { kind: "slow", delayMs: 60_000 });
    await expect(post({ timeout: 50 })).rejects.toBeInstanceOf(WebAPIRequestError);
    expect(workspace.channelMessages(CHANNEL)).toHaveLength(1);
  });

  it("keep a method limited until the wait is over, and say what is left of it", async () => {
    slack.faults.limit("chat.postMessage", 30);
    await expect(post()).rejects.toMatchObject({ retryAfter: 30 });
    now += 12_500;
    await expect(post()).rejects.toMatchObject({ retryAfter: 18 });
    expect(await client.auth.test()).toMatchObject({ ok: true });
    expect(workspace.channelMessages(CHANNEL)).toEqual([]);
    now += 17_500;
    expect(await post()).toMatchObject({ ok: true });
  });

  it("limit everything, response_urls too", async () => {
    slack.faults.limit("*", 10);
    await expect(client.auth.test()).rejects.toBeInstanceOf(WebAPIRateLimitedError);
    const answer = await respond({ text: "t" });
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([429, "10"]);
    slack.faults.clear();
    expect(await client.auth.test()).toMatchObject({ ok: true });
  });

  it("are remembered among the calls, so that who does not wait is found out", async () => {
    slack.faults.limit("chat.postMessage", 30);
    await post().catch(() => {});
    slack.faults.clear();
    slack.faults.next("*", { kind: "http", status: 502 });
    await post().catch(() => {});
    slack.faults.next("*", { kind: "error", code: "fatal_error" });
    await respond({ text: "t" });
    expect(slack.calls.map(({ method, args, error }) => [method, args["text"], error])).toEqual([
      ["chat.postMessage", "t", "ratelimited"],
      ["chat.postMessage", "t", "http_502"],
      ["response_url", "t", "fatal_error"],
    ]);
    expect(JSON.stringify(slack.calls)).not.toContain(TOKEN);
  });

  it("take Slack down and bring it back", async () => {
    slack.faults.slackIsDown(true);
    await expect(post()).rejects.toBeInstanceOf(WebAPIHTTPError);
    slack.faults.slackIsDown(false);
    expect(await post()).toMatchObject({ ok: true });
  });
});

describe("slow writes", () => {
  const MINUTE = 60_000;
  const impatient = () => clientOf(slack, TOKEN, { timeout: 100 });
  const respond = () =>
    fetch(slack.hooksUrl + workspace.issueHook({ user: "U0ADA", channel: CHANNEL }), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ text: "psst" }),
      signal: AbortSignal.timeout(100),
    });

  it("take effect at once, and are answered late", async () => {
    const { ts } = workspace.post({ channel: CHANNEL, user: "U0LATCHKEY", text: "old" });
    slack.faults.slowWrites(MINUTE);
    const calls = [
      impatient().chat.postMessage({ channel: "U0ADA", text: "t" }),
      impatient().chat.update({ channel: CHANNEL, ts, text: "new" }),
      impatient().views.open({ trigger_id: workspace.issueTrigger("U0ADA"), view: modal }),
      impatient().views.publish({ user_id: "U0ADA", view: home }),
    ];
    for (const call of calls) await expect(call).rejects.toBeInstanceOf(WebAPIRequestError);
    await expect(respond()).rejects.toThrow(/abort|timeout/i);
    expect(workspace.messagesFor("U0ADA")).toHaveLength(1);
    expect(workspace.channelMessages(CHANNEL)).toMatchObject([{ text: "new" }]);
    expect(workspace.openView("U0ADA")).toBeDefined();
    expect(workspace.home("U0ADA")).toBeDefined();
    expect(workspace.ephemeralsFor("U0ADA")).toMatchObject([{ text: "psst" }]);
  });

  it("take effect late where that is asked for, though nobody waits any more", async () => {
    const post = { channel: CHANNEL, text: "t" };
    slack.faults.slowWrites(MINUTE, "late");
    await expect(impatient().chat.postMessage(post)).rejects.toBeInstanceOf(WebAPIRequestError);
    expect(workspace.channelMessages(CHANNEL)).toEqual([]);

    const posted = new Promise<void>((resolve) => {
      workspace.subscribe(({ type }) => type === "message_posted" && resolve());
    });
    slack.faults.slowWrites(300, "late");
    await expect(impatient().chat.postMessage(post)).rejects.toBeInstanceOf(WebAPIRequestError);
    await posted;
    expect(workspace.channelMessages(CHANNEL)).toHaveLength(1);
  });

  it("leave what only reads as fast as ever, and come after what was planned", async () => {
    slack.faults.slowWrites(MINUTE);
    expect(await client.users.info({ user: "U0ADA" })).toMatchObject({ ok: true });
    slack.faults.next("chat.postMessage", { kind: "error", code: "fatal_error" });
    expect(await refusalCode(client.chat.postMessage({ channel: CHANNEL, text: "t" }))).toBe(
      "fatal_error",
    );
    slack.faults.slowWrites(0);
    expect(await client.chat.postMessage({ channel: CHANNEL, text: "t" })).toMatchObject({
      ok: true,
    });
  });
});

describe("rate limits", () => {
  it("let one message a second into a channel", async () => {
    await slack.close();
    slack = await startWebApi({ workspace, rateLimits: true });
    const post = (channel: string) => clientOf(slack).chat.postMessage({ channel, text: "t" });
    await post(CHANNEL);
    const { channel } = await post("U0ADA");
    await expect(post(CHANNEL)).rejects.toMatchObject({ retryAfter: 1 });
    await expect(post(channel as string)).rejects.toMatchObject({ retryAfter: 1 });
    now += 1_000;
    await post(CHANNEL);
    expect(slack.calls.filter(({ error }) => error === "ratelimited")).toHaveLength(2);
  });

  it("let 100 questions a minute about people through", async () => {
    await slack.close();
    slack = await startWebApi({ workspace, rateLimits: true });
    const ask = () => clientOf(slack).users.info({ user: "U0ADA" });
    for (let n = 0; n < 100; n += 1) await ask();
    await expect(ask()).rejects.toMatchObject({ retryAfter: 60 });
  });

  it("let 20 questions a minute about user groups through", async () => {
    await slack.close();
    slack = await startWebApi({ workspace, rateLimits: true });
    const ask = () => clientOf(slack).usergroups.users.list({ usergroup: "S0LEADS" });
    for (let n = 0; n < 20; n += 1) await ask();
    now += 15_000;
    await expect(ask()).rejects.toMatchObject({ retryAfter: 45 });
    now += 45_000;
    await ask();
  });
});
