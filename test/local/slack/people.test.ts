// People played in the emulated Slack: what they do reaches an app as Slack sends it, and its answers take effect.

import { beforeEach, describe, expect, it } from "@jest/globals";
import { type People, playPeople } from "../../../local/slack/people.ts";
import type { LambdaAnswer } from "../../../local/slack/requests.ts";
import { bodyText, sign } from "../../../local/slack/requests.ts";
import { createWorkspace, type Workspace } from "../../../local/slack/workspace.ts";
import type { SlackMessage } from "../../../local/slack/workspace-state.ts";
import { card, home, modal } from "./layouts.ts";

const NOON = Date.parse("2025-11-22T12:00:00Z");
const SECRET = "8f742231b10e8888abcd99yyyzzz85a5";
const CHANNEL = "C0ACCESS";

/** A request as the app has read it. */
interface Received {
  readonly headers: Readonly<Record<string, string>>;
  readonly raw: string;
  /** The form of a command; the payload of anything else. */
  // biome-ignore lint/suspicious/noExplicitAny: payloads have many shapes, each test looks at its own
  readonly body: any;
}

let workspace: Workspace;
let people: People;
let received: Received[];
let answers: ((request: Received) => LambdaAnswer | Promise<LambdaAnswer>)[];
let elapsedMs: number;

beforeEach(() => {
  workspace = createWorkspace({ now: () => NOON });
  received = [];
  answers = [];
  elapsedMs = 100;
  let clock = 0;
  people = playPeople({
    workspace,
    signingSecret: SECRET,
    hooksUrl: "http://127.0.0.1:1/hooks/",
    stopwatch: () => {
      clock += elapsedMs;
      return clock;
    },
    deliver: async (event) => {
      const raw = bodyText(event);
      const request: Received = {
        headers: event.headers,
        raw,
        get body() {
          return bodyOf(event.headers, raw);
        },
      };
      received.push(request);
      return (await answers.shift()?.(request)) ?? { statusCode: 200 };
    },
  });
});

function bodyOf(headers: Received["headers"], raw: string): unknown {
  if (headers["content-type"] === "application/json") return JSON.parse(raw);
  const form = Object.fromEntries(new URLSearchParams(raw));
  return form["payload"] === undefined ? form : JSON.parse(form["payload"]);
}

const ok = (body?: object | string): LambdaAnswer => ({
  statusCode: 200,
  ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
});

const last = () => {
  const request = received.at(-1);
  if (request === undefined) throw new Error("nothing was received");
  return request;
};

const postCard = (): SlackMessage =>
  workspace.post({ channel: CHANNEL, user: "U0LATCHKEY", ...card });
const openForm = () => workspace.openModal("U0ADA", modal);
const SUGGESTED = {
  options: [{ text: { type: "plain_text", text: "Web: read pods" }, value: "web-pods-read" }],
};
const sections = (count: number) =>
  Array.from({ length: count }, () => ({
    type: "section",
    text: { type: "mrkdwn", text: "x".repeat(3000) },
  }));
const FILLED = { target: "web-pods-read", role: "readonly", reason: "look at failing pods" };

describe("a slash command", () => {
  it("arrives as Slack sends it, signed", async () => {
    const delivery = await people
      .as("U0ADA")
      .command("/access", "web-pods-read 1h OPS-12 why & how");
    expect(last().body).toEqual({
      token: expect.any(String),
      team_id: "T0ACME",
      team_domain: "acme",
      channel_id: CHANNEL,
      channel_name: "access-requests",
      user_id: "U0ADA",
      user_name: "ada",
      command: "/access",
      text: "web-pods-read 1h OPS-12 why & how",
      api_app_id: "A0LATCHKEY",
      is_enterprise_install: "false",
      response_url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:1\/hooks\/H/),
      trigger_id: expect.stringMatching(/^\d+\.\d+\.[0-9a-f]+$/),
    });
    const timestamp = NOON / 1000;
    expect(last().headers).toMatchObject(sign(last().raw, { secret: SECRET, timestamp }));
    expect(last().headers["content-type"]).toBe("application/x-www-form-urlencoded");
    expect(delivery.failure).toBeUndefined();
    expect(delivery.event.isBase64Encoded).toBe(true);
  });

  it("comes with the workspace of who typed it", async () => {
    await people.as("U0EVE").command("/access");
    expect(last().body).toMatchObject({ user_id: "U0EVE", team_id: "T0OTHER" });
  });

  it("can be typed to the app itself, and nowhere that one is not", async () => {
    await people.as("U0ADA").command("/access", "", { channel: "im" });
    expect(last().body).toMatchObject({ channel_id: "D0ADA", channel_name: "directmessage" });
    expect(() => people.as("U0GUS").command("/access", "", { channel: "C0WEB" })).toThrow(
      "Gus Weber is not in C0WEB",
    );
    expect(() => people.as("U0NOBODY")).toThrow("there is no U0NOBODY");
  });

  it("shows the answer to the person alone, or to all where the app says so", async () => {
    answers.push(
      () => ok("just you"),
      () => ok({ response_type: "in_channel", text: "all of you" }),
    );
    const first = await people.as("U0ADA").command("/access");
    await people.as("U0ADA").command("/access");
    expect(workspace.ephemeralsFor("U0ADA")).toMatchObject([
      { text: "just you", channel: CHANNEL },
    ]);
    expect(workspace.channelMessages(CHANNEL)).toMatchObject([{ text: "all of you" }]);
    expect(first.appeared).toMatchObject([
      { type: "message_posted", message: { text: "just you" } },
    ]);
  });

  it.each([
    ["an error", () => ({ statusCode: 500 }), "dispatch_failed"],
    ["a redirect", () => ({ statusCode: 302 }), "dispatch_failed"],
    ["nothing but an exception", () => Promise.reject(new Error("no")), "dispatch_failed"],
    [
      "blocks that Slack refuses",
      () => ok({ blocks: [{ type: "nope" }] }),
      "invalid_command_response",
    ],
  ])("fails before the person's eyes where the app answers %s", async (_what, answer, code) => {
    answers.push(answer);
    const { failure } = await people.as("U0ADA").command("/access");
    expect(failure).toBe(`/access failed with the error "${code}"`);
    expect(workspace.state.messages).toEqual([]);
  });

  it("fails where the answer takes more than three seconds, and the answer is lost", async () => {
    elapsedMs = 3_001;
    answers.push(() => ok("too late"));
    const { failure, elapsedMs: took } = await people.as("U0ADA").command("/access");
    expect(took).toBe(3_001);
    expect(failure).toBe('/access failed with the error "operation_timeout"');
    expect(workspace.state.messages).toEqual([]);
  });
});

describe("a form", () => {
  it("is submitted with everything that stands in it", async () => {
    const view = openForm();
    answers.push(() => ok(SUGGESTED));
    await people.as("U0ADA").submit(view, FILLED);
    expect(received.map(({ body }) => body.type)).toEqual(["block_suggestion", "view_submission"]);
    expect(last().body).toMatchObject({
      type: "view_submission",
      team: { id: "T0ACME", domain: "acme" },
      user: { id: "U0ADA", username: "ada", name: "ada", team_id: "T0ACME" },
      api_app_id: "A0LATCHKEY",
      response_urls: [],
      view: {
        id: view.id,
        callback_id: "jit_request",
        private_metadata: '{"v":1,"origin":"C1"}',
        state: {
          values: {
            target: { v: { type: "external_select", selected_option: SUGGESTED.options[0] } },
            role: { v: { type: "static_select", selected_option: { value: "readonly" } } },
            duration: { v: { type: "static_select", selected_option: { value: "PT1H" } } },
            reason: { v: { type: "plain_text_input", value: "look at failing pods" } },
            ticket: { v: { type: "plain_text_input", value: null } },
          },
        },
      },
    });
  });

  const submitWith = async (answer: LambdaAnswer) => {
    const view = openForm();
    answers.push(
      () => ok(SUGGESTED),
      () => answer,
    );
    return people.as("U0ADA").submit(view, FILLED);
  };

  it("closes on an empty answer", async () => {
    await submitWith(ok());
    expect(workspace.openView("U0ADA")).toBeUndefined();
  });

  it("shows errors at the fields and keeps what was typed", async () => {
    const { failure } = await submitWith(
      ok({ response_action: "errors", errors: { reason: "Say more." } }),
    );
    expect(failure).toBeUndefined();
    expect(workspace.openView("U0ADA")).toMatchObject({
      errors: { reason: "Say more." },
      view: { state: { values: { reason: { v: { value: "look at failing pods" } } } } },
    });
  });

  it("is replaced, covered or cleared away as the app answers", async () => {
    const title = (text: string) => ({ ...modal, title: { type: "plain_text", text } });
    await submitWith(ok({ response_action: "update", view: title("Thanks") }));
    expect(workspace.openView("U0ADA")?.view.title?.text).toBe("Thanks");

    await submitWith(ok({ response_action: "push", view: title("One more thing") }));
    const pushed = workspace.openView("U0ADA")?.view;
    expect(pushed?.title?.text).toBe("One more thing");
    expect(workspace.state.modals["U0ADA"]).toHaveLength(2);

    await submitWith(ok({ response_action: "clear" }));
    expect(workspace.openView("U0ADA")).toBeUndefined();
  });

  it("goes back to the one under it", async () => {
    const below = openForm();
    const above = workspace.pushModal("U0ADA", { ...modal, blocks: [] });
    await people.as("U0ADA").submit(above);
    expect(workspace.openView("U0ADA")?.view.id).toBe(below.id);
  });

  it.each([
    ["an error", { statusCode: 500 }],
    ["errors at no field of the form", ok({ response_action: "errors", errors: { policy: "no" } })],
    [
      "an error at a field and one at none",
      ok({ response_action: "errors", errors: { reason: "Say more.", policy: "no" } }),
    ],
    ["an error that says nothing", ok({ response_action: "errors", errors: { reason: "" } })],
    [
      "a view that is too large",
      ok({ response_action: "update", view: { ...modal, blocks: sections(85) } }),
    ],
    ["a view that Slack refuses", ok({ response_action: "update", view: { type: "modal" } })],
    ["something unknown", ok({ response_action: "explode" })],
    ["no JSON", ok("ok")],
  ])("stays open, with trouble, on %s", async (_what, answer) => {
    const { failure } = await submitWith(answer);
    expect(failure).toBe("We had some trouble connecting. Try again?");
    expect(workspace.openView("U0ADA")).toMatchObject({
      errors: {},
      view: { callback_id: "jit_request" },
    });
  });

  it("is not let go with a required field empty", async () => {
    const view = openForm();
    await expect(people.as("U0ADA").submit(view, { role: "readonly" })).rejects.toThrow(
      "Please complete this required field. (target, reason)",
    );
    expect(received).toEqual([]);
    expect(Object.keys(workspace.openView("U0ADA")?.errors ?? {})).toEqual(["target", "reason"]);
  });

  it.each([
    ["a text that is too short", { reason: "short" }, "at least 10 characters"],
    ["a text that is too long", { reason: "x".repeat(501) }, "no more than 500 characters"],
    [
      "an option that is not there",
      { role: "admin" },
      '"admin" is not among the options (readonly, power)',
    ],
    ["an option that the app does not offer", { target: "root" }, '"root" is not offered here'],
    ["a field that is not there", { colour: "red" }, 'the form has no field "colour"'],
  ])("does not take %s", async (_what, entries, words) => {
    answers.push(() => ok(SUGGESTED));
    await expect(people.as("U0ADA").submit(openForm(), entries)).rejects.toThrow(words);
  });

  it("cannot be submitted once it is closed, or by anyone else", async () => {
    const view = openForm();
    await expect(people.as("U0BOB").submit(view)).rejects.toThrow("no longer has that form open");
    expect(await people.as("U0ADA").close(view)).toBeUndefined();
    await expect(people.as("U0ADA").submit(view)).rejects.toThrow("no longer has that form open");
    expect(received).toEqual([]);
  });

  it("tells the app when it is closed, where it asked for that", async () => {
    const view = workspace.openModal("U0ADA", { ...modal, notify_on_close: true });
    await people.as("U0ADA").close(view);
    expect(last().body).toMatchObject({
      type: "view_closed",
      is_cleared: false,
      view: { id: view.id },
    });
  });

  it("is rearranged under someone's hands, with what was chosen still there", async () => {
    const view = openForm();
    answers.push(
      () => ok(SUGGESTED),
      ({ body }) => {
        workspace.updateModal(
          { id: body.view.id },
          { ...modal, blocks: modal.blocks.slice(0, 3) },
          body.view.hash,
        );
        return ok();
      },
    );
    await people.as("U0ADA").select(view, "v", "web-pods-read", { blockId: "target" });
    expect(last().body).toMatchObject({
      type: "block_actions",
      container: { type: "view", view_id: view.id },
      actions: [
        {
          type: "external_select",
          action_id: "v",
          block_id: "target",
          selected_option: { value: "web-pods-read" },
        },
      ],
    });
    expect(last().body).not.toHaveProperty("response_url");
    const now = workspace.openView("U0ADA")?.view;
    expect(Object.keys(now?.state.values ?? {})).toEqual(["target", "role", "duration"]);
    expect(now?.state.values["target"]?.["v"]?.selected_option?.value).toBe("web-pods-read");
  });

  it("keeps to itself what is chosen in a field that does not report it", async () => {
    const view = openForm();
    expect(
      await people.as("U0ADA").select(view, "v", "PT4H", { blockId: "duration" }),
    ).toBeUndefined();
    expect(received).toEqual([]);
    expect(
      workspace.openView("U0ADA")?.view.state.values["duration"]?.["v"]?.selected_option?.value,
    ).toBe("PT4H");
  });
});

describe("suggestions", () => {
  const ask = (query: string) =>
    people.as("U0ADA").blockSuggestion(openForm(), "v", query, { blockId: "target" });

  it("are asked for as the person types", async () => {
    answers.push(() => ok(SUGGESTED));
    const { options, failure } = await ask("pods");
    expect(last().body).toMatchObject({
      type: "block_suggestion",
      action_id: "v",
      block_id: "target",
      value: "pods",
    });
    expect(options.map((one) => one.value)).toEqual(["web-pods-read"]);
    expect(failure).toBeUndefined();
  });

  it("may come in groups", async () => {
    const label = { type: "plain_text", text: "Group" };
    answers.push(() => ok({ option_groups: [{ label, ...SUGGESTED }] }));
    expect((await ask("pods")).options).toHaveLength(1);
  });

  it("are not shown where there are more than a hundred, or none are given", async () => {
    const [one] = SUGGESTED.options;
    answers.push(
      () => ok({ options: Array.from({ length: 101 }, () => one) }),
      () => ok(),
    );
    for (let n = 0; n < 2; n += 1) {
      const { options, failure } = await ask("");
      expect(options).toEqual([]);
      expect(failure).toBe("The options could not be loaded (invalid_arguments)");
    }
  });
});

describe("a click", () => {
  it("arrives with the message, the button and a way to answer", async () => {
    const message = postCard();
    const { confirm, failure } = await people.as("U0BOB").click(message, "jit_approve");
    expect(failure).toBeUndefined();
    expect(confirm?.title?.text).toBe("Approve access?");
    expect(last().body).toMatchObject({
      type: "block_actions",
      team: { id: "T0ACME" },
      user: { id: "U0BOB", team_id: "T0ACME" },
      api_app_id: "A0LATCHKEY",
      container: {
        type: "message",
        message_ts: message.ts,
        channel_id: CHANNEL,
        is_ephemeral: false,
      },
      channel: { id: CHANNEL, name: "access-requests" },
      message: {
        type: "message",
        ts: message.ts,
        user: "U0LATCHKEY",
        bot_id: "B0LATCHKEY",
        text: card.text,
      },
      trigger_id: expect.any(String),
      response_url: expect.stringMatching(/\/hooks\/H/),
      actions: [
        {
          type: "button",
          action_id: "jit_approve",
          block_id: "act.REQ-7K2M.3",
          value: "REQ-7K2M.3.8f1c",
          text: { type: "plain_text", text: "Approve" },
          action_ts: expect.any(String),
        },
      ],
    });
    expect(last().body.message).not.toHaveProperty("channel");
  });

  it("says from which workspace it comes", async () => {
    await people.as("U0EVE").click(postCard(), "jit_approve");
    expect(last().body).toMatchObject({
      team: { id: "T0ACME" },
      user: { id: "U0EVE", team_id: "T0OTHER" },
    });
  });

  it("needs a button that is there now, unless the screen has not caught up", async () => {
    const before = postCard();
    workspace.edit(before, { text: "Approved", blocks: [] });
    await expect(people.as("U0BOB").click(before, "jit_approve")).rejects.toThrow(
      'there is no "jit_approve" here, only: nothing to act on',
    );
    expect(received).toEqual([]);
    await people.as("U0BOB").click(before, "jit_approve", { stale: true });
    expect(last().body.actions).toMatchObject([{ action_id: "jit_approve" }]);
  });

  it("needs a message that the person sees", async () => {
    const secret = workspace.post({
      channel: CHANNEL,
      user: "U0LATCHKEY",
      ...card,
      only_for: "U0ADA",
    });
    await expect(people.as("U0BOB").click(secret, "jit_approve")).rejects.toThrow(
      "Bob Lindqvist does not see that message",
    );
    await people.as("U0ADA").click(secret, "jit_approve");
    expect(last().body).toMatchObject({ container: { is_ephemeral: true } });
    expect(last().body).not.toHaveProperty("message");

    const { id } = workspace.directMessage("U0ADA");
    const direct = workspace.post({ channel: id, user: "U0LATCHKEY", ...card });
    await expect(people.as("U0BOB").click(direct, "jit_approve")).rejects.toThrow("does not see");
    workspace.remove(direct);
    await expect(people.as("U0ADA").click(direct, "jit_approve")).rejects.toThrow(
      "no longer there",
    );
  });

  it("is made on the home tab as it stands", async () => {
    await expect(people.as("U0ADA").clickHome("jit_revoke_own")).rejects.toThrow(
      "Ada Byrne sees an empty home tab",
    );
    const { id } = workspace.publishHome("U0ADA", home);
    const click = await people.as("U0ADA").clickHome("jit_revoke_own");
    expect(click.failure).toBeUndefined();
    expect(last().body).toMatchObject({
      type: "block_actions",
      container: { type: "view", view_id: id },
      view: { id, type: "home" },
      actions: [{ type: "button", action_id: "jit_revoke_own" }],
    });
    for (const absent of ["response_url", "channel", "message"]) {
      expect(last().body).not.toHaveProperty(absent);
    }
    await expect(people.as("U0BOB").clickHome("jit_revoke_own")).rejects.toThrow("empty home tab");
  });

  it("is made in a direct message, with a way to answer there", async () => {
    const { id } = workspace.directMessage("U0ADA");
    const message = workspace.post({ channel: id, user: "U0LATCHKEY", ...card });
    await people.as("U0ADA").click(message, "jit_approve");
    expect(last().body).toMatchObject({
      channel: { id: "D0ADA", name: "directmessage" },
      container: { type: "message", channel_id: "D0ADA", message_ts: message.ts },
      response_url: expect.any(String),
    });
  });

  it("says which of several buttons it means", async () => {
    const twice = {
      ...home,
      blocks: home.blocks.flatMap((block) =>
        "accessory" in block
          ? [
              block,
              { ...block, block_id: "g.2", accessory: { ...block.accessory, value: "OTHER.1" } },
            ]
          : [block],
      ),
    };
    const { blocks } = twice;
    const view = workspace.publishHome("U0ADA", { ...twice, blocks: blocks.slice(0, 4) });
    await expect(people.as("U0ADA").click(view, "jit_revoke_own")).rejects.toThrow(
      "is here 2 times",
    );
    await people.as("U0ADA").click(view, "jit_revoke_own", { value: "OTHER.1" });
    expect(last().body).toMatchObject({
      container: { type: "view", view_id: view.id },
      view: { type: "home", callback_id: "jit_home" },
      actions: [{ action_id: "jit_revoke_own", block_id: "g.2", value: "OTHER.1" }],
    });
  });

  it("brings a trigger that opens a form", async () => {
    answers.push(({ body }) => {
      workspace.exchangeTrigger(body.trigger_id, ({ user }) => workspace.openModal(user, modal));
      return ok();
    });
    const { appeared } = await people.as("U0BOB").click(postCard(), "jit_deny");
    expect(workspace.openView("U0BOB")?.view.callback_id).toBe("jit_request");
    expect(appeared).toEqual([{ type: "modals_changed", user: "U0BOB" }]);
  });

  it("shows where the app did not take it", async () => {
    answers.push(() => ({ statusCode: 404 }));
    const { failure } = await people.as("U0BOB").click(postCard(), "jit_approve");
    expect(failure).toBe("This app did not respond to the click (dispatch_failed)");
  });

  it("chooses in an overflow menu too", async () => {
    await people.as("U0ADA").select(postCard(), "jit_more", "cancel");
    expect(last().body.actions).toMatchObject([
      { type: "overflow", selected_option: { value: "cancel" } },
    ]);
  });
});

describe("a choice", () => {
  const select = {
    type: "static_select" as const,
    action_id: "which",
    options: ["one", "two"].map((value) => ({
      text: { type: "plain_text" as const, text: value.toUpperCase() },
      value,
    })),
  };

  it("on the home tab is told to the app, and stays", async () => {
    const blocks = [{ type: "actions" as const, block_id: "menu", elements: [select] }];
    const view = workspace.publishHome("U0ADA", { type: "home", blocks });
    await people.as("U0ADA").select(view, "which", "TWO");
    expect(last().body).toMatchObject({
      type: "block_actions",
      container: { type: "view", view_id: view.id },
      actions: [{ type: "static_select", action_id: "which", selected_option: { value: "two" } }],
      view: { state: { values: { menu: { which: { selected_option: { value: "two" } } } } } },
    });
    expect(last().body).not.toHaveProperty("response_url");
    expect(workspace.home("U0ADA")?.state.values["menu"]?.["which"]?.selected_option?.value).toBe(
      "two",
    );
  });

  it("in a form is told where the field dispatches it, with a trigger to push another form", async () => {
    const label = { type: "plain_text" as const, text: "Which" };
    const input = { type: "input" as const, block_id: "menu", label, element: select };
    const view = workspace.openModal("U0ADA", {
      ...modal,
      blocks: [{ ...input, dispatch_action: true }],
    });
    await people.as("U0ADA").select(view, "which", "one");
    expect(last().body.view.state.values.menu.which.selected_option.value).toBe("one");
    const { user, view: from } = workspace.exchangeTrigger(
      last().body.trigger_id,
      (trigger) => trigger,
    );
    expect([user, workspace.isOpen("U0ADA", from)]).toEqual(["U0ADA", true]);
  });
});

describe("someone who has left", () => {
  it("can do nothing any more, whatever their screen shows", async () => {
    const ada = people.as("U0ADA");
    const message = postCard();
    const form = openForm();
    workspace.publishHome("U0ADA", home);
    workspace.changeUser("U0ADA", { deleted: true });
    const left = "Ada Byrne is deactivated and cannot do anything in Slack";
    await expect(ada.click(message, "jit_approve")).rejects.toThrow(left);
    await expect(ada.click(message, "jit_approve", { stale: true })).rejects.toThrow(left);
    await expect(ada.clickHome("jit_revoke_own")).rejects.toThrow(left);
    await expect(ada.select(message, "jit_more", "cancel")).rejects.toThrow(left);
    await expect(ada.submit(form, FILLED)).rejects.toThrow(left);
    await expect(ada.close(form)).rejects.toThrow(left);
    await expect(ada.openHome()).rejects.toThrow(left);
    expect(() => ada.command("/access")).toThrow(left);
    expect(() => ada.shortcut("request_access")).toThrow(left);
    expect(() => ada.say(CHANNEL, "hello")).toThrow(left);
    expect(received).toEqual([]);
  });

  it("may have clicked a moment before", async () => {
    const delivery = await people.as("U0ADA").click(postCard(), "jit_approve");
    workspace.changeUser("U0ADA", { deleted: true });
    await people.redeliver(delivery, { num: 1, reason: "http_timeout" });
    expect(received.map(({ body }) => body.user.id)).toEqual(["U0ADA", "U0ADA"]);
  });
});

describe("shortcuts, the home tab and events", () => {
  it("run a shortcut, which says nothing of where", async () => {
    await people.as("U0ADA").shortcut("request_access");
    // docs.slack.dev/reference/interaction-payloads/shortcuts-interaction-payload
    expect(last().body).toEqual({
      type: "shortcut",
      token: expect.any(String),
      action_ts: expect.stringMatching(/^\d{10}\.\d{6}$/),
      team: { id: "T0ACME", domain: "acme" },
      enterprise: null,
      is_enterprise_install: false,
      user: { id: "U0ADA", username: "ada", team_id: "T0ACME" },
      callback_id: "request_access",
      trigger_id: expect.any(String),
    });
  });

  it("open the home tab, as a JSON event", async () => {
    await people.as("U0ADA").openHome();
    expect(last().headers["content-type"]).toBe("application/json");
    expect(last().body).toMatchObject({
      type: "event_callback",
      team_id: "T0ACME",
      api_app_id: "A0LATCHKEY",
      event_id: expect.stringMatching(/^Ev/),
      event_time: NOON / 1000,
      event: { type: "app_home_opened", user: "U0ADA", channel: "D0ADA", tab: "home" },
    });
    expect(last().body.event).not.toHaveProperty("view");
    workspace.publishHome("U0ADA", home);
    await people.as("U0ADA").openHome();
    expect(last().body.event.view).toMatchObject({ callback_id: "jit_home" });
  });

  it("open the messages tab, as the same event without a view", async () => {
    workspace.publishHome("U0ADA", home);
    await people.as("U0ADA").openMessages();
    expect(last().body.event).toEqual({
      type: "app_home_opened",
      user: "U0ADA",
      channel: "D0ADA",
      tab: "messages",
      event_ts: expect.any(String),
    });
  });

  it("ask whether an address is the app's", async () => {
    answers.push(
      ({ body }) => ok({ challenge: body.challenge }),
      ({ body }) => ok(String(body.challenge)),
      () => ok("another"),
      () => ({ statusCode: 401 }),
    );
    const failures: (string | undefined)[] = [];
    for (let n = 0; n < 4; n += 1) failures.push((await people.verifyAddress()).failure);
    expect(last().body).toEqual({
      type: "url_verification",
      token: expect.any(String),
      challenge: expect.any(String),
    });
    expect(failures).toEqual([
      undefined,
      undefined,
      "Your URL didn't respond with the value of the challenge parameter.",
      "dispatch_failed",
    ]);
  });

  it("deliver an event again, saying so", async () => {
    answers.push(() => ({ statusCode: 500 }));
    const delivery = await people.event({ type: "app_uninstalled" });
    expect(delivery.failure).toBe("dispatch_failed");
    await people.redeliver(delivery, { num: 1, reason: "http_error" });
    const [first, second] = received;
    expect(second?.raw).toBe(first?.raw);
    expect(second?.headers).toMatchObject({
      "x-slack-retry-num": "1",
      "x-slack-retry-reason": "http_error",
    });
  });

  it("let people talk without telling the app", () => {
    people.as("U0ADA").say(CHANNEL, "anyone there?");
    expect(workspace.channelMessages(CHANNEL)).toMatchObject([
      { user: "U0ADA", text: "anyone there?" },
    ]);
    expect(received).toEqual([]);
  });
});

describe("what Slack would never send", () => {
  it("is sent as it is, signed or not", async () => {
    await people.send("payload=%7B");
    expect(last().raw).toBe("payload=%7B");
    expect(last().headers).toMatchObject(people.sign("payload=%7B"));

    const forged = people.sign("a=1", { secret: "a guess", timestamp: 1 });
    await people.send("a=1", { headers: forged });
    expect(last().headers).toMatchObject(forged);
    expect(forged["x-slack-request-timestamp"]).toBe("1");
  });
});
