// What a visitor does reaches the app as that person's doing, and what Slack's client refuses is said in plain words.

import { beforeEach, describe, expect, it } from "@jest/globals";
import { ACTIONS, ELEMENT, FIELDS, fieldOf, SHORTCUT } from "../../lib/slack/names.ts";
import { createActor } from "../../local/page/act.ts";
import type { Act, ActAnswer, PersonAct } from "../../local/page/protocol.ts";
import { CAST } from "../../local/page/slack-part.ts";
import { WEB_GROUP } from "../../local/scenario.ts";
import { elementsOf } from "../../local/slack/element-state.ts";
import { type People, playPeople } from "../../local/slack/people.ts";
import { bodyText, type LambdaAnswer } from "../../local/slack/requests.ts";
import { createWorkspace, type Workspace } from "../../local/slack/workspace.ts";
import type { SlackMessage } from "../../local/slack/workspace-state.ts";
import { idIn, scene, stackForTests } from "../end-to-end/scene.ts";
import { home, modal } from "../local/slack/layouts.ts";

const CHANNEL = "C0ACCESS";

let workspace: Workspace;
let people: People;
/** What came to the app: the form of a command, the payload or event of anything else. */
// biome-ignore lint/suspicious/noExplicitAny: payloads have many shapes, each test looks at its own
let received: any[];
let answer: LambdaAnswer;
let staged: Act[];
let perform: (act: Act) => Promise<ActAnswer>;

beforeEach(() => {
  workspace = createWorkspace({ now: () => Date.parse("2025-11-22T12:00:00Z") });
  received = [];
  answer = { statusCode: 200 };
  staged = [];
  people = playPeople({
    workspace,
    signingSecret: "8f742231b10e8888abcd99yyyzzz85a5",
    hooksUrl: "http://127.0.0.1:1/hooks/",
    stopwatch: () => 0,
    deliver: async (event) => {
      const raw = bodyText(event);
      const { payload, ...form } = Object.fromEntries(new URLSearchParams(raw));
      const isJson = event.headers["content-type"] === "application/json";
      received.push(isJson || payload !== undefined ? JSON.parse(payload ?? raw) : form);
      return answer;
    },
  });
  perform = createActor({
    people,
    workspace,
    stage: async (act) => {
      staged.push(act);
      return { trouble: "nothing ends" };
    },
  });
});

const as = (user: string, act: PersonAct) => perform({ ...act, as: user });
const type = (user: string, text: string, channel = CHANNEL) =>
  as(user, { do: "command", channel, text });

describe("what is typed", () => {
  it("with a slash is a command with the rest of the line", async () => {
    expect(await type("U0ADA", "/access  web-pods-read 1h why & how ")).toEqual({});
    await type("U0ADA", "/access");
    expect(received).toMatchObject([
      {
        command: "/access",
        text: "web-pods-read 1h why & how",
        user_id: "U0ADA",
        channel_id: CHANNEL,
      },
      { command: "/access", text: "", channel_id: CHANNEL },
    ]);
  });

  it("to the app itself arrives there, whether or not they have talked before", async () => {
    await type("U0ADA", "/access", "D0ADA");
    await type("U0ADA", "/access", "D0ADA");
    expect(received.map(({ channel_id }) => channel_id)).toEqual(["D0ADA", "D0ADA"]);
    workspace.directMessage("U0BOB");
    expect(await type("U0ADA", "/access", "D0BOB")).toEqual({
      trouble: "Ada Byrne is not in D0BOB.",
    });
  });

  it("without one is said, in the channel or in a thread", async () => {
    await as("U0ADA", { do: "say", channel: CHANNEL, text: "hello" });
    const [first] = workspace.channelMessages(CHANNEL);
    if (first === undefined) throw new Error("nothing was said");
    await as("U0BOB", { do: "say", channel: CHANNEL, text: "hello Ada", thread: first.ts });
    expect(workspace.thread(first)).toMatchObject([{ user: "U0BOB", text: "hello Ada" }]);
    expect(received).toEqual([]);
  });
});

describe("the app", () => {
  it("hears of its shortcut, and of its tabs being opened", async () => {
    await as("U0ADA", { do: "shortcut", callbackId: SHORTCUT });
    await as("U0ADA", { do: "open-home" });
    await as("U0ADA", { do: "open-messages" });
    expect(received).toMatchObject([
      { type: "shortcut", callback_id: SHORTCUT, user: { id: "U0ADA" } },
      { event: { type: "app_home_opened", tab: "home", user: "U0ADA" } },
      { event: { type: "app_home_opened", tab: "messages" } },
    ]);
  });

  it("that does not answer is trouble, in Slack's words", async () => {
    answer = { statusCode: 500 };
    expect(await type("U0ADA", "/access")).toEqual({
      trouble: '/access failed with the error "dispatch_failed"',
    });
  });
});

const aButton = { type: "button", action_id: "go", text: { type: "plain_text", text: "Go" } };

describe("a click", () => {
  const twoGos = ["one", "two"].map((block_id) => ({
    type: "actions",
    block_id,
    elements: [{ ...aButton, value: block_id }],
  }));

  it("in a message reaches the app, of several such buttons the one in that block", async () => {
    const message = workspace.post({ channel: CHANNEL, user: "U0LATCHKEY", blocks: twoGos });
    const place = { channel: CHANNEL, ts: message.ts };
    expect(await as("U0BOB", { do: "click", place, blockId: "two", actionId: "go" })).toEqual({});
    expect(received).toMatchObject([
      { type: "block_actions", user: { id: "U0BOB" }, actions: [{ value: "two" }] },
    ]);
  });

  it("on the home tab reaches the app with the tab", async () => {
    const view = workspace.publishHome("U0ADA", { ...home, blocks: twoGos });
    await as("U0ADA", { do: "click", place: { view: view.id }, blockId: "one", actionId: "go" });
    expect(received).toMatchObject([{ container: { type: "view", view_id: view.id } }]);
  });

  it.each([
    ["a message", { channel: CHANNEL, ts: "1.000001" }],
    ["a view", { view: "V0" }],
  ])("on %s that is gone is trouble", async (_what, place) => {
    expect(await as("U0BOB", { do: "click", place, blockId: "b", actionId: "go" })).toEqual({
      trouble: "That is no longer there.",
    });
  });

  it("on somebody else's home tab is trouble", async () => {
    const view = workspace.publishHome("U0ADA", { ...home, blocks: twoGos });
    const click = { place: { view: view.id }, blockId: "one", actionId: "go" };
    expect(await as("U0BOB", { do: "click", ...click })).toEqual({
      trouble: "That is no longer there.",
    });
  });

  it("on what only somebody else sees is trouble", async () => {
    const { ts } = workspace.post({
      channel: CHANNEL,
      user: "U0LATCHKEY",
      blocks: twoGos,
      only_for: "U0ADA",
    });
    const click = { place: { channel: CHANNEL, ts }, blockId: "one", actionId: "go" };
    expect(await as("U0BOB", { do: "click", ...click })).toEqual({
      trouble: "Bob Lindqvist does not see that message.",
    });
    expect(received).toEqual([]);
  });
});

describe("a form", () => {
  const open = () => workspace.openModal("U0ADA", modal);
  const inForm = (actionId: string, blockId: string) => {
    const view = workspace.openView("U0ADA")?.view.id ?? "";
    return { place: { view }, actionId, blockId };
  };
  const offered = { text: { type: "plain_text", text: "Web: read pods" }, value: "web-pods-read" };
  const option = offered as { text: { type: "plain_text"; text: string }; value: string };

  it("offers what the app suggests, and takes what was chosen of that", async () => {
    open();
    answer = { statusCode: 200, body: JSON.stringify({ options: [offered] }) };
    const suggested = await as("U0ADA", {
      do: "suggest",
      ...inForm("v", "target"),
      query: "pods",
    });
    expect(suggested).toEqual({ options: [offered] });
    expect(received).toMatchObject([{ type: "block_suggestion", value: "pods" }]);
    await as("U0ADA", { do: "choose", ...inForm("v", "target"), entry: option });
    const { values = {} } = workspace.openView("U0ADA")?.view.state ?? {};
    expect(values["target"]).toEqual({
      v: { type: "external_select", selected_option: offered },
    });
  });

  it("is submitted with what was entered, and closes as the app answers", async () => {
    const view = open().id;
    const entries = {
      target: { v: option },
      role: { v: "readonly" },
      reason: { v: "look at failing pods" },
    };
    expect(await as("U0ADA", { do: "submit", view, entries })).toEqual({});
    expect(received).toMatchObject([
      {
        type: "view_submission",
        view: { state: { values: { reason: { v: { value: "look at failing pods" } } } } },
      },
    ]);
    expect(workspace.openView("U0ADA")).toBeUndefined();
  });

  it("that lacks something is not submitted: the field is marked, and the answer says so", async () => {
    const view = open().id;
    expect(await as("U0ADA", { do: "submit", view, entries: {} })).toEqual({
      trouble: "Please complete this required field.",
    });
    const { errors = {} } = workspace.openView("U0ADA") ?? {};
    expect(Object.keys(errors)).toContain("reason");
    expect(received).toEqual([]);
  });

  it("takes no more than fits its fields", async () => {
    const view = open().id;
    const entries = { reason: { v: "x".repeat(3_001) } };
    const { trouble } = await as("U0ADA", { do: "submit", view, entries });
    expect(trouble).toMatch(/^Slack takes no more than \d+ characters\.$/);
  });

  it("is closed, and then it is gone", async () => {
    const view = open().id;
    expect(await as("U0ADA", { do: "close", view })).toEqual({});
    expect(workspace.openView("U0ADA")).toBeUndefined();
    const gone = { trouble: "That is no longer there." };
    expect(await as("U0ADA", { do: "close", view })).toEqual(gone);
    expect(await as("U0ADA", { do: "submit", view, entries: {} })).toEqual(gone);
  });
});

describe("the rest", () => {
  it("is the stage's to do, and to answer", async () => {
    expect(await perform({ do: "jump" })).toEqual({ trouble: "nothing ends" });
    expect(staged).toEqual([{ do: "jump" }]);
  });

  it("of those who are not there, or have left, comes to nothing", async () => {
    expect(await type("U0NOBODY", "/access")).toEqual({
      trouble: "There is no U0NOBODY in this workspace.",
    });
    expect(await type("U0ZED", "/access")).toEqual({
      trouble: "Zed Marsh is deactivated and cannot do anything in Slack.",
    });
  });

  it("that Slack itself does not take is said with its code", async () => {
    const say = { do: "say", channel: CHANNEL, text: "late", thread: "yesterday" } as const;
    expect(await as("U0ADA", say)).toEqual({
      trouble: "Slack does not take that: invalid_thread_ts.",
    });
  });

  it("is no trouble of Slack's where the program is at fault", async () => {
    const broken = { ...workspace, find: () => (undefined as unknown as Workspace).find("", "") };
    const actor = createActor({ people, workspace: broken, stage: perform });
    const place = { channel: CHANNEL, ts: "1.000001" };
    const click = { do: "click", as: "U0BOB", place, blockId: "b", actionId: "go" } as const;
    await expect(actor(click)).rejects.toThrow(TypeError);
  });
});

describe("in the embedded stack", () => {
  const stack = stackForTests();
  const { card: shownCard, cardMessage, form, members, screen, whispered } = scene(stack);

  const done = async (user: string, act: PersonAct): Promise<ActAnswer> => {
    const { people, workspace } = stack();
    const actor = createActor({ people, workspace, stage: async () => ({}) });
    const outcome = await actor({ ...act, as: user });
    await stack().settle();
    return outcome;
  };
  const command = (user: string, text: string) =>
    done(user, { do: "command", channel: CHANNEL, text });
  const click = (user: string, { channel, ts, blocks = [] }: SlackMessage, actionId: string) => {
    const at = elementsOf(blocks).find(({ element }) => element.action_id === actionId);
    const place = { channel, ts };
    return done(user, { do: "click", place, blockId: at?.block.block_id ?? "", actionId });
  };

  it("a visitor asks as Ada in the form, approves as Bob, and the access is there", async () => {
    expect(await command("U0ADA", "/access")).toEqual({});
    const field = { blockId: FIELDS.entitlement, actionId: ELEMENT };
    const place = { view: form("U0ADA").id };
    await done("U0ADA", { do: "choose", place, ...field, entry: "web-pods-read" });
    const entries = {
      [fieldOf("duration", "web-pods-read")]: { [ELEMENT]: "1h" },
      [FIELDS.reason]: { [ELEMENT]: "checkout pods restart" },
    };
    expect(await done("U0ADA", { do: "submit", ...place, entries })).toEqual({});
    expect(screen("U0ADA")).toContain("is requested");

    const id = idIn(screen("U0ADA"));
    expect(await click("U0ADA", cardMessage(id), ACTIONS.approve)).toEqual({});
    expect(whispered("U0ADA")).toContain("Nobody approves their own request.");
    expect(await click("U0BOB", cardMessage(id), ACTIONS.approve)).toEqual({});
    expect(shownCard(id)).toContain("Active");
    expect(await members(WEB_GROUP)).toEqual(["iam-bttrm-web-user-1"]);
  });

  it("a visitor is refused as a guest and as somebody from elsewhere, in the words of their hints", async () => {
    const hint = (who: string) => CAST.find(({ user }) => user === who)?.tryThis ?? "";
    const typed = /\/access [^:]+/.exec(hint("U0GUS"))?.[0] ?? "";
    expect(await command("U0GUS", typed)).toEqual({});
    expect(whispered("U0GUS")).toContain("You are a guest in this workspace.");
    await command("U0EVE", "/access");
    expect(whispered("U0EVE")).toContain("Latchkey serves another workspace.");

    await command("U0ADA", "/access web-pods-mapping 30m pods again");
    const card = cardMessage(idIn(whispered("U0ADA") ?? ""));
    expect(await click("U0EVE", card, ACTIONS.approve)).toEqual({
      trouble: "This app did not respond to the click (dispatch_failed)",
    });
  });
});
