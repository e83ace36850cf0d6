// The emulated Web API, asked with the real @slack/web-api client and as Bolt posts to response_urls.

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { WebClient } from "@slack/web-api";
import { elementsOf, entered } from "../../../local/slack/element-state.ts";
import { textOf } from "../../../local/slack/render-text.ts";
import { SCOPES, type SlackWebApi, startWebApi } from "../../../local/slack/web-api.ts";
import { createWorkspace, type Workspace } from "../../../local/slack/workspace.ts";
import { acmeWorkspace } from "../../../local/slack/workspace-state.ts";
import { card, home, modal } from "./layouts.ts";
import { clientOf, refusal, refusalCode, silent, TOKEN } from "./support.ts";

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

const dividers = (count: number) => Array.from({ length: count }, () => ({ type: "divider" }));

describe("the token", () => {
  it("says who the bot is", async () => {
    expect(await client.auth.test()).toMatchObject({
      ok: true,
      team_id: "T0ACME",
      user_id: "U0LATCHKEY",
      bot_id: "B0LATCHKEY",
    });
  });

  it("says of which app the bot is, to who names the bot", async () => {
    const { bot } = await client.bots.info({ bot: "B0LATCHKEY" });
    expect(bot).toMatchObject({
      id: "B0LATCHKEY",
      app_id: "A0LATCHKEY",
      user_id: "U0LATCHKEY",
      name: "Latchkey",
      deleted: false,
    });
    for (const another of ["B0OTHER", "U0LATCHKEY", ""]) {
      expect(await refusalCode(client.bots.info({ bot: another }))).toBe("bot_not_found");
    }
  });

  it("is needed, and has to be the right one", async () => {
    expect(
      await refusalCode(
        new WebClient(undefined, {
          slackApiUrl: slack.apiUrl,
          logger: silent,
          retryConfig: { retries: 0 },
        }).auth.test(),
      ),
    ).toBe("not_authed");
    expect(await refusalCode(clientOf(slack, "xoxb-another").auth.test())).toBe("invalid_auth");
  });

  it("is never kept in what is remembered of calls", async () => {
    const form = new URLSearchParams({ token: TOKEN, channel: CHANNEL, text: "hello" });
    const answer = await fetch(`${slack.apiUrl}chat.postMessage`, { method: "POST", body: form });
    expect(await answer.json()).toMatchObject({ ok: true });
    expect(JSON.stringify(slack.calls)).not.toContain(TOKEN);
  });

  it.each([
    ["chat.postMessage", "chat:write", { channel: CHANNEL, text: "hello" }],
    ["chat.update", "chat:write", { channel: CHANNEL, ts: "1.1", text: "hello" }],
    ["chat.delete", "chat:write", { channel: CHANNEL, ts: "1.1" }],
    ["chat.postEphemeral", "chat:write", { channel: CHANNEL, user: "U0ADA", text: "hello" }],
    ["conversations.open", "im:write", { users: "U0ADA" }],
    ["users.info", "users:read", { user: "U0ADA" }],
    ["users.list", "users:read", {}],
    ["bots.info", "users:read", { bot: "B0LATCHKEY" }],
    ["usergroups.list", "usergroups:read", {}],
    ["usergroups.users.list", "usergroups:read", { usergroup: "S0LEADS" }],
  ])("does not do for %s without the scope %s", async (method, scope, args) => {
    await slack.close();
    slack = await startWebApi({ workspace, scopes: SCOPES.filter((one) => one !== scope) });
    expect(await refusal(clientOf(slack).apiCall(method, args))).toMatchObject({
      error: "missing_scope",
      needed: scope,
    });
  });

  it("does not read channels with the scopes that Latchkey asks for", async () => {
    expect(await refusal(client.conversations.info({ channel: CHANNEL }))).toMatchObject({
      error: "missing_scope",
      needed: "channels:read",
    });
  });
});

describe("chat.postMessage", () => {
  it("posts a card that everyone in the channel sees", async () => {
    const { ts, channel, message } = await client.chat.postMessage({ channel: CHANNEL, ...card });
    expect(channel).toBe(CHANNEL);
    expect(message).toMatchObject({
      type: "message",
      text: card.text,
      user: "U0LATCHKEY",
      bot_id: "B0LATCHKEY",
    });
    expect(workspace.channelMessages(CHANNEL)).toMatchObject([{ ts, text: card.text }]);
  });

  it("gives every block and element an id that came without one", async () => {
    await client.chat.postMessage({
      channel: CHANNEL,
      text: "t",
      blocks: [
        { type: "divider" },
        {
          type: "actions",
          elements: [{ type: "button", text: { type: "plain_text", text: "Go" } }],
        },
      ],
    });
    const [message] = workspace.channelMessages(CHANNEL);
    expect(message?.blocks).toMatchObject([
      { block_id: expect.any(String) },
      { block_id: expect.any(String), elements: [{ action_id: expect.any(String) }] },
    ]);
  });

  it("answers into a thread", async () => {
    const { ts } = await client.chat.postMessage({ channel: CHANNEL, text: "card" });
    await client.chat.postMessage({ channel: CHANNEL, text: "line", thread_ts: ts as string });
    const [parent] = workspace.channelMessages(CHANNEL);
    expect(parent && workspace.thread(parent)).toMatchObject([{ text: "line", thread_ts: ts }]);
  });

  it("answers only to messages, not to answers", async () => {
    const { ts } = await client.chat.postMessage({ channel: CHANNEL, text: "card" });
    const thread_ts = ts as string;
    const reply = await client.chat.postMessage({ channel: CHANNEL, text: "line", thread_ts });
    expect(reply.message?.thread_ts).toBe(thread_ts);
    for (const thread of [reply.ts as string, "0", "soon"]) {
      const nested = client.chat.postMessage({ channel: CHANNEL, text: "t", thread_ts: thread });
      expect(await refusalCode(nested)).toBe("invalid_thread_ts");
    }
  });

  it("puts the answer to what is gone into the channel, and says so by saying no thread_ts", async () => {
    const { ts } = await client.chat.postMessage({ channel: CHANNEL, text: "card" });
    const thread_ts = ts as string;
    await client.chat.delete({ channel: CHANNEL, ts: thread_ts });
    const line = { channel: CHANNEL, text: "line", thread_ts };
    const { message } = await client.chat.postMessage(line);
    expect(message).not.toHaveProperty("thread_ts");
    expect(workspace.channelMessages(CHANNEL)).toMatchObject([{ text: "line" }]);
    expect(workspace.channelMessages(CHANNEL)[0]).not.toHaveProperty("thread_ts");
    const elsewhere = await client.chat.postMessage({ ...line, channel: "U0ADA" });
    expect(elsewhere.message).not.toHaveProperty("thread_ts");
  });

  it("goes on in a thread whose first message was deleted", async () => {
    const { ts } = await client.chat.postMessage({ channel: CHANNEL, text: "card" });
    const line = { channel: CHANNEL, text: "line", thread_ts: ts as string };
    await client.chat.postMessage(line);
    await client.chat.delete({ channel: CHANNEL, ts: ts as string });
    expect((await client.chat.postMessage(line)).message?.thread_ts).toBe(ts);
  });

  it("does not tell of a private channel that the bot is not in", async () => {
    workspace.changeChannel("C0WEB", { is_private: true });
    const hidden = client.chat.postMessage({ channel: "C0WEB", text: "t" });
    expect(await refusalCode(hidden)).toBe("channel_not_found");
  });

  it("still reaches someone who has left, where there was a direct message", async () => {
    const { channel } = await client.chat.postMessage({ channel: "U0DEE", text: "welcome" });
    workspace.changeUser("U0DEE", { deleted: true });
    for (const where of ["U0DEE", channel as string]) {
      expect((await client.chat.postMessage({ channel: where, text: "bye" })).channel).toBe(
        "D0DEE",
      );
    }
    expect((await client.users.info({ user: "U0DEE" })).user).toMatchObject({ deleted: true });
  });

  it("takes a mention of nobody for text", async () => {
    await client.chat.postMessage({ channel: CHANNEL, text: "ask <@U0NOBODY>" });
    const [message] = workspace.channelMessages(CHANNEL);
    expect(message && textOf(workspace, message)).toBe("ask @U0NOBODY");
  });

  it("opens a direct message with a user, and says its D id", async () => {
    const { channel } = await client.chat.postMessage({ channel: "U0ADA", text: "for you" });
    expect(channel).toBe("D0ADA");
    expect(workspace.messagesFor("U0ADA")).toMatchObject([{ text: "for you" }]);
    expect(workspace.messagesFor("U0DEE")).toEqual([]);
  });

  it("never gives two messages the same ts", async () => {
    await Promise.all(
      ["a", "b", "c"].map((text) => client.chat.postMessage({ channel: CHANNEL, text })),
    );
    const stamps = workspace.channelMessages(CHANNEL).map((one) => one.ts);
    expect(new Set(stamps).size).toBe(3);
    expect(stamps[0]).toMatch(/^\d{10}\.\d{6}$/);
  });

  it("takes JSON as well as forms, and blocks as JSON text in either", async () => {
    for (const blocks of [card.blocks, JSON.stringify(card.blocks)]) {
      const answer = await fetch(`${slack.apiUrl}chat.postMessage`, {
        method: "POST",
        headers: {
          "content-type": "application/json; charset=utf-8",
          authorization: `Bearer ${TOKEN}`,
        },
        body: JSON.stringify({ channel: CHANNEL, text: card.text, blocks }),
      });
      expect(await answer.json()).toMatchObject({ ok: true });
    }
  });

  it.each([
    ["channel_not_found", { channel: "C0NOWHERE", text: "t" }],
    ["channel_not_found", { channel: "U0NOBODY", text: "t" }],
    ["channel_not_found", { channel: "U0ZED", text: "t" }],
    ["not_in_channel", { channel: "C0WEB", text: "t" }],
    ["is_archived", { channel: "C0OLD", text: "t" }],
    ["no_text", { channel: CHANNEL }],
    ["invalid_blocks", { channel: CHANNEL, text: "t", blocks: dividers(51) }],
    ["msg_too_long", { channel: CHANNEL, text: "x".repeat(4001) }],
    ["invalid_blocks_format", { channel: CHANNEL, text: "t", blocks: "not json" }],
    ["invalid_metadata_schema", { channel: CHANNEL, text: "t", metadata: { any: 1 } }],
    ["invalid_arguments", { text: "t" }],
  ])("answers %s to %j", async (code, args) => {
    expect(await refusalCode(client.apiCall("chat.postMessage", args))).toBe(code);
    expect(workspace.state.messages).toEqual([]);
  });

  it("says which block is wrong, and posts nothing", async () => {
    const blocks = [{ type: "header", text: { type: "plain_text", text: "x".repeat(151) } }];
    expect(
      await refusal(client.apiCall("chat.postMessage", { channel: CHANNEL, text: "t", blocks })),
    ).toMatchObject({
      error: "invalid_blocks",
      response_metadata: {
        messages: ["[ERROR] must be less than 151 characters [json-pointer:/blocks/0/text/text]"],
      },
    });
    expect(workspace.state.messages).toEqual([]);
  });
});

describe("chat.update", () => {
  it("changes a message in place", async () => {
    const { ts } = await client.chat.postMessage({ channel: CHANNEL, ...card });
    const blocks = [
      { type: "header" as const, text: { type: "plain_text" as const, text: "🔵 Approved" } },
    ];
    await client.chat.update({ channel: CHANNEL, ts: ts as string, text: "Approved", blocks });
    expect(workspace.channelMessages(CHANNEL)).toMatchObject([{ ts, text: "Approved", blocks }]);
    expect(workspace.channelMessages(CHANNEL)[0]).not.toHaveProperty("edited");
  });

  it("takes the blocks away where only text is given, and marks the message as edited", async () => {
    const { ts } = await client.chat.postMessage({ channel: CHANNEL, ...card });
    await client.chat.update({ channel: CHANNEL, ts: ts as string, text: "gone" });
    const [message] = workspace.channelMessages(CHANNEL);
    expect(message).toMatchObject({ text: "gone", edited: { user: "U0LATCHKEY" } });
    expect(message).not.toHaveProperty("blocks");
  });

  it("knows a direct message by its D id only", async () => {
    const { ts, channel } = await client.chat.postMessage({ channel: "U0ADA", text: "one" });
    const change = { ts: ts as string, text: "two" };
    expect(await refusalCode(client.chat.update({ channel: "U0ADA", ...change }))).toBe(
      "channel_not_found",
    );
    await client.chat.update({ channel: channel as string, ...change });
    expect(workspace.messagesFor("U0ADA")).toMatchObject([{ text: "two" }]);
  });

  it("does not find what was deleted, or what was ephemeral", async () => {
    const { ts } = await client.chat.postMessage({ channel: CHANNEL, text: "t" });
    await client.chat.delete({ channel: CHANNEL, ts: ts as string });
    const { message_ts } = await client.chat.postEphemeral({
      channel: CHANNEL,
      user: "U0ADA",
      text: "psst",
    });
    for (const gone of [ts, message_ts]) {
      expect(
        await refusalCode(client.chat.update({ channel: CHANNEL, ts: gone as string, text: "t" })),
      ).toBe("message_not_found");
    }
  });

  it("does not change or delete what people wrote", async () => {
    const { ts } = workspace.post({ channel: CHANNEL, user: "U0ADA", text: "mine" });
    expect(await refusalCode(client.chat.update({ channel: CHANNEL, ts, text: "t" }))).toBe(
      "cant_update_message",
    );
    expect(await refusalCode(client.chat.delete({ channel: CHANNEL, ts }))).toBe(
      "cant_delete_message",
    );
  });

  it("does not change a message whose time for edits is over; deleting it works", async () => {
    const { ts } = await client.chat.postMessage({ channel: CHANNEL, ...card });
    const at = { channel: CHANNEL, ts: ts as string };
    const [message] = workspace.channelMessages(CHANNEL);
    if (message === undefined) throw new Error("no message");
    workspace.freeze(message);
    expect(await refusalCode(client.chat.update({ ...at, text: "u" }))).toBe("edit_window_closed");
    expect(workspace.channelMessages(CHANNEL)).toMatchObject([{ text: card.text }]);
    await client.chat.delete(at);
    expect(workspace.channelMessages(CHANNEL)).toEqual([]);
  });

  it("deletes a direct message by its D id only", async () => {
    const { ts, channel } = await client.chat.postMessage({ channel: "U0ADA", text: "one" });
    const gone = (where: string) => client.chat.delete({ channel: where, ts: ts as string });
    expect(await refusalCode(gone("U0ADA"))).toBe("channel_not_found");
    await gone(channel as string);
    expect(await refusalCode(gone(channel as string))).toBe("message_not_found");
  });

  it("does not change what stands in an archived channel", async () => {
    const { ts } = await client.chat.postMessage({ channel: CHANNEL, text: "t" });
    workspace.changeChannel(CHANNEL, { is_archived: true });
    expect(
      await refusalCode(client.chat.update({ channel: CHANNEL, ts: ts as string, text: "u" })),
    ).toBe("is_inactive");
  });
});

describe("chat.postEphemeral", () => {
  it("shows a message to one person", async () => {
    await client.chat.postEphemeral({ channel: CHANNEL, user: "U0ADA", text: "only you" });
    expect(workspace.ephemeralsFor("U0ADA")).toMatchObject([{ text: "only you" }]);
    expect(workspace.ephemeralsFor("U0BOB")).toEqual([]);
    expect(workspace.channelMessages(CHANNEL)).toEqual([]);
  });

  it("needs that person to be in the channel", async () => {
    expect(
      await refusalCode(client.chat.postEphemeral({ channel: CHANNEL, user: "U0ZED", text: "t" })),
    ).toBe("user_not_in_channel");
  });
});

describe("people and groups", () => {
  it("opens a direct message, again and again the same", async () => {
    const first = await client.conversations.open({ users: "U0ADA" });
    const second = await client.conversations.open({ users: "U0ADA" });
    expect(first.channel?.id).toBe("D0ADA");
    expect(second.channel?.id).toBe("D0ADA");
  });

  it.each([
    ["user_not_found", "U0NOBODY"],
    ["user_disabled", "U0ZED"],
    ["cannot_dm_bot", "U0LATCHKEY"],
  ])("opens none, but says %s, for %s", async (code, users) => {
    expect(await refusalCode(client.conversations.open({ users }))).toBe(code);
  });

  it("tells members, guests, those who left and those of another workspace apart", async () => {
    const info = async (user: string) => (await client.users.info({ user })).user;
    expect(await info("U0ADA")).toMatchObject({
      team_id: "T0ACME",
      deleted: false,
      is_restricted: false,
    });
    expect(await info("U0GUS")).toMatchObject({ is_restricted: true });
    expect(await info("U0ZED")).toMatchObject({ deleted: true });
    expect(await info("U0EVE")).toMatchObject({ team_id: "T0OTHER", is_stranger: false });
    expect(await info("U0CAT")).toMatchObject({ is_admin: true });
    for (const id of [CHANNEL, "C0OLD"]) {
      workspace.changeChannel(id, { members: ["U0ADA", "U0LATCHKEY"] });
    }
    expect(await info("U0EVE")).toMatchObject({ is_stranger: true });
    expect(await info("U0DEE")).toMatchObject({ is_stranger: false });
    expect(await refusalCode(client.users.info({ user: "U0NOBODY" }))).toBe("user_not_found");
  });

  it("says who is in a user group now", async () => {
    expect((await client.usergroups.users.list({ usergroup: "S0LEADS" })).users).toEqual([
      "U0BOB",
      "U0LEE",
    ]);
    workspace.changeUsergroup("S0LEADS", ["U0LEE"]);
    expect((await client.usergroups.users.list({ usergroup: "S0LEADS" })).users).toEqual(["U0LEE"]);
    expect(await refusalCode(client.usergroups.users.list({ usergroup: "S0NONE" }))).toBe(
      "no_such_subteam",
    );
    expect((await client.usergroups.list()).usergroups).toContainEqual(
      expect.objectContaining({ id: "S0LEADS", handle: "platform-leads" }),
    );
  });

  it("links to a message", async () => {
    const { ts } = await client.chat.postMessage({ channel: CHANNEL, text: "t" });
    const { permalink } = await client.chat.getPermalink({
      channel: CHANNEL,
      message_ts: ts as string,
    });
    expect(permalink).toBe(`https://acme.slack.com/archives/C0ACCESS/p${ts?.replace(".", "")}`);
  });
});

describe("triggers", () => {
  it("open one form, within three seconds", async () => {
    const trigger_id = workspace.issueTrigger("U0ADA");
    now += 3_000;
    const { view } = await client.views.open({ trigger_id, view: modal });
    expect(view).toMatchObject({
      type: "modal",
      callback_id: "jit_request",
      team_id: "T0ACME",
      app_id: "A0LATCHKEY",
    });
    expect(workspace.openView("U0ADA")?.view.id).toBe(view?.id);
    expect(await refusalCode(client.views.open({ trigger_id, view: modal }))).toBe(
      "exchanged_trigger_id",
    );
  });

  it("expire", async () => {
    const trigger_id = workspace.issueTrigger("U0ADA");
    now += 3_001;
    expect(await refusalCode(client.views.open({ trigger_id, view: modal }))).toBe(
      "expired_trigger_id",
    );
    expect(workspace.openView("U0ADA")).toBeUndefined();
  });

  it("are good for nothing in another workspace, or for another app", async () => {
    const here = acmeWorkspace();
    for (const state of [
      { ...here, team: { ...here.team, id: "T0OTHER" } },
      { ...here, app: { ...here.app, id: "A0OTHER" } },
    ]) {
      const elsewhere = createWorkspace({ now: () => now, state });
      const trigger_id = elsewhere.issueTrigger("U0ADA");
      workspace.issueTrigger("U0ADA");
      expect(await refusalCode(client.views.open({ trigger_id, view: modal }))).toBe(
        "invalid_trigger_id",
      );
    }
  });

  it("can be neither invented nor malformed", async () => {
    for (const trigger_id of ["1.2.abc", "nonsense", "__proto__"]) {
      expect(await refusalCode(client.views.open({ trigger_id, view: modal }))).toBe(
        "invalid_trigger_id",
      );
    }
  });

  it("run by the machine's time where the workspace's clock is moved", async () => {
    await slack.close();
    workspace = createWorkspace({ now: () => now, realNow: () => NOON });
    slack = await startWebApi({ workspace });
    const trigger_id = workspace.issueTrigger("U0ADA");
    now += 60_000;
    expect(await clientOf(slack).views.open({ trigger_id, view: modal })).toMatchObject({
      ok: true,
    });
  });

  it("are not spent on a form that Slack refuses", async () => {
    const trigger_id = workspace.issueTrigger("U0ADA");
    const bad = { ...modal, title: { type: "plain_text" as const, text: "x".repeat(25) } };
    expect(await refusal(client.views.open({ trigger_id, view: bad }))).toMatchObject({
      error: "invalid_arguments",
      response_metadata: {
        messages: ["[ERROR] must be less than 25 characters [json-pointer:/view/title/text]"],
      },
    });
    expect(await client.views.open({ trigger_id, view: modal })).toMatchObject({ ok: true });
  });
});

describe("views", () => {
  const openForm = async () => {
    const trigger_id = workspace.issueTrigger("U0ADA");
    const { view } = await client.views.open({ trigger_id, view: modal });
    return view as { id: string; hash: string };
  };

  it("are updated in place, with what was entered still there", async () => {
    const { id } = await openForm();
    const changed = { ...modal, title: { type: "plain_text" as const, text: "Another title" } };
    await client.views.update({ view_id: id, view: changed });
    expect(workspace.openView("U0ADA")?.view).toMatchObject({
      id,
      title: { text: "Another title" },
      state: { values: { duration: { v: { selected_option: { value: "PT1H" } } } } },
    });
  });

  it("are updated only from the version that is known", async () => {
    const { id, hash } = await openForm();
    await client.views.update({ view_id: id, hash, view: modal });
    expect(await refusalCode(client.views.update({ view_id: id, hash, view: modal }))).toBe(
      "hash_conflict",
    );
  });

  it("stack up to three", async () => {
    const { id } = await openForm();
    const push = () =>
      client.views.push({ trigger_id: workspace.issueTrigger("U0ADA", id), view: modal });
    await push();
    await push();
    expect(await refusalCode(push())).toBe("push_limit_reached");
    workspace.closeModal("U0ADA");
    expect(await push()).toMatchObject({
      ok: true,
      view: { previous_view_id: expect.any(String) },
    });
  });

  it("are pushed only onto a form in which somebody acts", async () => {
    const push = (from?: string) =>
      client.views.push({ trigger_id: workspace.issueTrigger("U0ADA", from), view: modal });
    expect(await refusalCode(push())).toBe("not_found");
    const { id } = await openForm();
    expect(await refusalCode(push())).toBe("not_found");
    const { id: homeId } = workspace.publishHome("U0ADA", home);
    expect(await refusalCode(push(homeId))).toBe("not_found");
    workspace.closeModal("U0ADA");
    expect(await refusalCode(push(id))).toBe("not_found");
  });

  it("are not found once they are closed, nor where they are another app's", async () => {
    const { id } = await openForm();
    workspace.closeModal("U0ADA");
    for (const view_id of [id, "V0ANOTHERAPP"]) {
      expect(await refusalCode(client.views.update({ view_id, view: modal }))).toBe("not_found");
    }
  });

  it("lose what was entered only in fields that another block or element has taken", async () => {
    const { id } = await openForm();
    const view = workspace.openView("U0ADA")?.view;
    for (const { block, element } of elementsOf(view?.blocks ?? [])) {
      if (block.block_id !== "reason" || view === undefined) continue;
      workspace.enter("U0ADA", view, { block, element }, entered(element, "pods keep crashing"));
    }
    const renamed = modal.blocks.map((block) =>
      block.block_id === "reason" ? { ...block, block_id: "why" } : block,
    );
    await client.views.update({ view_id: id, view: { ...modal, blocks: modal.blocks } });
    expect(workspace.openView("U0ADA")?.view.state.values["reason"]?.["v"]?.value).toBe(
      "pods keep crashing",
    );
    await client.views.update({ view_id: id, view: { ...modal, blocks: renamed } });
    expect(workspace.openView("U0ADA")?.view.state.values["why"]?.["v"]?.value).toBeNull();
  });

  it("have an external_id of their own", async () => {
    const view = { ...modal, external_id: "one" };
    await client.views.open({ trigger_id: workspace.issueTrigger("U0ADA"), view });
    expect(
      await refusalCode(client.views.open({ trigger_id: workspace.issueTrigger("U0BOB"), view })),
    ).toBe("duplicate_external_id");
    expect(await client.views.update({ external_id: "one", view })).toMatchObject({ ok: true });
    expect(await refusalCode(client.views.update({ external_id: "two", view }))).toBe("not_found");
  });

  it("are modals when they are opened, and homes when they are published", async () => {
    const trigger_id = workspace.issueTrigger("U0ADA");
    expect(await refusalCode(client.apiCall("views.open", { trigger_id, view: home }))).toBe(
      "invalid_arguments",
    );
    expect(
      await refusalCode(client.apiCall("views.publish", { user_id: "U0ADA", view: modal })),
    ).toBe("invalid_arguments");
  });

  it("are published to members of the workspace, each their own", async () => {
    const first = await client.views.publish({ user_id: "U0ADA", view: home });
    expect(workspace.home("U0ADA")).toMatchObject({ type: "home", callback_id: "jit_home" });
    expect(workspace.home("U0BOB")).toBeUndefined();
    const hash = String(first.view?.hash);
    await client.views.publish({ user_id: "U0ADA", view: home, hash });
    expect(await refusalCode(client.views.publish({ user_id: "U0ADA", view: home, hash }))).toBe(
      "hash_conflict",
    );
    for (const user_id of ["U0EVE", "U0ZED", "U0NOBODY"]) {
      expect(await refusalCode(client.views.publish({ user_id, view: home }))).toBe(
        "invalid_arguments",
      );
    }
  });
});

describe("response_url", () => {
  const respond = (url: string, answer: object) =>
    fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(answer),
    });
  const hook = (message?: { ts: string }) =>
    slack.hooksUrl +
    workspace.issueHook({ user: "U0ADA", channel: CHANNEL, ...(message && { message }) });

  it("answers the person alone, or everyone where that is asked for", async () => {
    const url = hook();
    expect((await respond(url, { text: "to you" })).status).toBe(200);
    await respond(url, { text: "to all", response_type: "in_channel" });
    expect(workspace.ephemeralsFor("U0ADA")).toMatchObject([{ text: "to you" }]);
    expect(workspace.channelMessages(CHANNEL)).toMatchObject([{ text: "to all" }]);
  });

  it("replaces or deletes the message that was acted on", async () => {
    const message = workspace.post({ channel: CHANNEL, user: "U0LATCHKEY", text: "old" });
    await respond(hook(message), { replace_original: true, text: "new" });
    expect(workspace.channelMessages(CHANNEL)).toMatchObject([{ ts: message.ts, text: "new" }]);
    await respond(hook(message), { delete_original: true });
    expect(workspace.channelMessages(CHANNEL)).toEqual([]);
  });

  it("serves five times", async () => {
    const url = hook();
    for (let use = 1; use <= 5; use += 1)
      expect((await respond(url, { text: "t" })).status).toBe(200);
    const sixth = await respond(url, { text: "t" });
    expect(sixth.status).toBe(404);
    expect(await sixth.json()).toEqual({ ok: false, error: "used_url" });
  });

  it("serves for half an hour", async () => {
    const url = hook();
    now += 30 * 60_000;
    expect((await respond(url, { text: "t" })).status).toBe(200);
    now += 1;
    expect(await (await respond(url, { text: "t" })).json()).toEqual({
      ok: false,
      error: "expired_url",
    });
  });

  it("refuses bad blocks and unknown addresses", async () => {
    expect((await respond(hook(), { blocks: [{ type: "nope" }] })).status).toBe(400);
    expect((await respond(`${slack.hooksUrl}HNONE`, { text: "t" })).status).toBe(404);
    expect(workspace.state.messages).toEqual([]);
  });
});

describe("the workspace", () => {
  it("knows a message by its channel and ts, whatever it has become", () => {
    const first = workspace.post({ channel: CHANNEL, user: "U0LATCHKEY", text: "one" });
    workspace.post({ channel: CHANNEL, user: "U0LATCHKEY", text: "other" });
    workspace.edit(first, { text: "two" });
    workspace.edit(first, { text: "three" });
    expect(workspace.channelMessages(CHANNEL)).toMatchObject([
      { text: "three" },
      { text: "other" },
    ]);
    workspace.remove(first);
    workspace.remove(first);
    expect(workspace.channelMessages(CHANNEL)).toMatchObject([{ text: "other" }]);
  });

  it("tells who listens of every change, until they stop", async () => {
    const heard: string[] = [];
    const stop = workspace.subscribe((event) => heard.push(event.type));
    const { ts } = await client.chat.postMessage({ channel: CHANNEL, text: "t" });
    await client.chat.update({ channel: CHANNEL, ts: ts as string, text: "u" });
    await client.chat.delete({ channel: CHANNEL, ts: ts as string });
    await client.views.publish({ user_id: "U0ADA", view: home });
    await client.views.open({ trigger_id: workspace.issueTrigger("U0ADA"), view: modal });
    stop();
    await client.chat.postMessage({ channel: CHANNEL, text: "unheard" });
    expect(heard).toEqual([
      "message_posted",
      "message_changed",
      "message_deleted",
      "home_published",
      "modals_changed",
    ]);
  });

  it("forgets triggers and response_urls that are long over", () => {
    workspace.issueTrigger("U0ADA");
    workspace.issueHook({ user: "U0ADA", channel: CHANNEL });
    now += 61 * 60_000;
    const trigger = workspace.issueTrigger("U0ADA");
    const hook = workspace.issueHook({ user: "U0ADA", channel: CHANNEL });
    expect(Object.keys(workspace.state.triggers)).toEqual([trigger]);
    expect(Object.keys(workspace.state.hooks)).toEqual([hook]);
  });
});

describe("the server", () => {
  it("remembers calls and how they ended", async () => {
    await client.chat.postMessage({ channel: CHANNEL, text: "t" });
    await refusalCode(client.chat.postMessage({ channel: "C0NOWHERE", text: "t" }));
    expect(slack.calls).toEqual([
      { method: "chat.postMessage", args: { channel: CHANNEL, text: "t" }, at: NOON },
      {
        method: "chat.postMessage",
        args: { channel: "C0NOWHERE", text: "t" },
        at: NOON,
        error: "channel_not_found",
      },
    ]);
  });

  it("knows no other method", async () => {
    expect(await refusalCode(client.apiCall("admin.users.list"))).toBe("unknown_method");
    expect(await refusalCode(client.apiCall("constructor"))).toBe("unknown_method");
  });

  it("says clearly that its port is taken", async () => {
    const port = Number(new URL(slack.apiUrl).port);
    await expect(startWebApi({ workspace, port })).rejects.toMatchObject({ code: "EADDRINUSE" });
  });

  it("goes on where it left off, from a saved state", async () => {
    await client.chat.postMessage({ channel: CHANNEL, ...card });
    await client.views.publish({ user_id: "U0ADA", view: home });
    const state = JSON.parse(JSON.stringify(workspace.state));
    const again = createWorkspace({ now: () => now, state });
    expect(again.channelMessages(CHANNEL)).toEqual(workspace.channelMessages(CHANNEL));
    expect(again.home("U0ADA")).toEqual(workspace.home("U0ADA"));
    const before = again.channelMessages(CHANNEL)[0]?.ts ?? "";
    expect(again.post({ channel: CHANNEL, user: "U0ADA", text: "later" }).ts > before).toBe(true);
  });
});
