// An app installed from its manifest: it can do and be asked for what stands there, and nothing else.

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { WebClient } from "@slack/web-api";
import { type People, playPeople } from "../../../local/slack/people.ts";
import { bodyText } from "../../../local/slack/requests.ts";
import { type SlackWebApi, startWebApi } from "../../../local/slack/web-api.ts";
import { createWorkspace, type Workspace } from "../../../local/slack/workspace.ts";
import { card, home, modal } from "./layouts.ts";
import { clientOf, plainManifest, refusal, refusalCode } from "./support.ts";

const NOON = Date.parse("2025-11-22T12:00:00Z");
const CHANNEL = "C0ACCESS";

let workspace: Workspace;
let slack: SlackWebApi;
let client: WebClient;
let people: People;
let received: string[];

beforeEach(async () => {
  workspace = createWorkspace({ now: () => NOON, manifest: plainManifest });
  slack = await startWebApi({ workspace });
  client = clientOf(slack);
  received = [];
  people = playPeople({
    workspace,
    signingSecret: "8f742231b10e8888abcd99yyyzzz85a5",
    hooksUrl: slack.hooksUrl,
    deliver: async (event) => {
      received.push(bodyText(event));
      return { statusCode: 200 };
    },
  });
});

afterEach(() => slack.close());

/** Installs the app again, with other features or settings. */
function reinstall(changes: {
  readonly features?: object;
  readonly settings?: object;
  readonly scopes?: readonly string[];
}): void {
  const { features, settings, oauth_config } = plainManifest;
  workspace.install({
    ...plainManifest,
    features: { ...features, ...changes.features },
    settings: { ...settings, ...changes.settings },
    oauth_config: changes.scopes ? { scopes: { bot: changes.scopes } } : oauth_config,
  });
}

describe("its token", () => {
  it("may do what the manifest asks for", async () => {
    expect(await client.chat.postMessage({ channel: CHANNEL, text: "t" })).toMatchObject({
      ok: true,
      response_metadata: { scopes: ["commands", "chat:write"] },
    });
    expect(await refusal(client.users.info({ user: "U0ADA" }))).toMatchObject({
      error: "missing_scope",
      needed: "users:read",
      provided: "commands,chat:write",
    });
  });

  it("may do more once it is installed again with more", async () => {
    reinstall({ scopes: ["commands", "users:read"] });
    expect(await client.users.info({ user: "U0ADA" })).toMatchObject({ ok: true });
    expect(await refusalCode(client.chat.postMessage({ channel: CHANNEL, text: "t" }))).toBe(
      "missing_scope",
    );
  });

  it("posts where the bot is not a member only with chat:write.public, and never in private", async () => {
    const post = () => client.chat.postMessage({ channel: "C0WEB", text: "t" });
    expect(await refusalCode(post())).toBe("not_in_channel");
    reinstall({ scopes: ["commands", "chat:write", "chat:write.public"] });
    expect(await post()).toMatchObject({ ok: true });
    workspace.changeChannel("C0WEB", { is_private: true });
    expect(await refusalCode(post())).toBe("channel_not_found");
  });
});

describe("what people can do with it", () => {
  it("is typing its commands", async () => {
    await people.as("U0ADA").command("/plain");
    expect(received).toHaveLength(1);
    expect(() => people.as("U0ADA").command("/access")).toThrow("/access is not a valid command");
    expect(received).toHaveLength(1);
  });

  it("is running its global shortcuts", async () => {
    await people.as("U0ADA").shortcut("do_it");
    expect(received).toHaveLength(1);
    for (const callbackId of ["with_this", "undo_it"]) {
      expect(() => people.as("U0ADA").shortcut(callbackId)).toThrow("the app has no shortcut");
    }
  });

  it("is clicking and choosing, where it takes clicks", async () => {
    const message = workspace.post({ channel: CHANNEL, user: "U0LATCHKEY", ...card });
    const form = workspace.openModal("U0ADA", modal);
    const choose = () => people.as("U0ADA").blockSuggestion(form, "v", "", { blockId: "target" });
    await choose();
    const options = { ...plainManifest.settings.interactivity };
    Reflect.deleteProperty(options, "message_menu_options_url");
    reinstall({ settings: { interactivity: options } });
    await expect(choose()).rejects.toThrow("no address to load options from");

    await people.as("U0ADA").click(message, "jit_approve");
    reinstall({ features: { shortcuts: undefined }, settings: { interactivity: undefined } });
    const heard = received.length;
    // Nothing said of interactivity is no interactivity.
    await expect(people.as("U0ADA").click(message, "jit_approve")).rejects.toThrow(
      "not configured to handle interactive responses",
    );
    expect(received).toHaveLength(heard);
  });

  it("is seeing its home, where it has one", async () => {
    await client.views.publish({ user_id: "U0ADA", view: home });
    await people.as("U0ADA").openHome();
    expect(JSON.parse(received[0] ?? "")).toMatchObject({ event: { tab: "home" } });
    reinstall({ features: { app_home: { home_tab_enabled: false } } });
    await expect(people.as("U0ADA").openHome()).rejects.toThrow("the app has no home tab");
    expect(await refusalCode(client.views.publish({ user_id: "U0ADA", view: home }))).toBe(
      "not_enabled",
    );
  });

  it("is reading what it writes to them, where it has a messages tab", async () => {
    const { channel } = await client.chat.postMessage({ channel: "U0ADA", text: "t" });
    reinstall({ features: { app_home: { home_tab_enabled: true } } });
    for (const where of ["U0ADA", "U0DEE", channel as string]) {
      expect(await refusalCode(client.chat.postMessage({ channel: where, text: "t" }))).toBe(
        "messages_tab_disabled",
      );
    }
  });

  it("is writing to it, unless its messages tab is there to be read only", async () => {
    await people.as("U0ADA").command("/plain", "", { channel: "im" });
    const app_home = { messages_tab_enabled: true, messages_tab_read_only_enabled: true };
    reinstall({ features: { app_home } });
    expect(() => people.as("U0ADA").command("/plain", "", { channel: "im" })).toThrow(
      "nothing can be typed in the app's messages tab",
    );
    expect(await client.chat.postMessage({ channel: "U0ADA", text: "t" })).toMatchObject({
      ok: true,
    });
  });

  it("is knowing it by its name", () => {
    expect(workspace.user("U0LATCHKEY")?.real_name).toBe("plain");
  });
});

describe("what it is told", () => {
  it("is the events that it has subscribed to", async () => {
    expect(await people.as("U0ADA").openHome()).toMatchObject({ answer: { statusCode: 200 } });
    expect(() => people.event({ type: "app_uninstalled" })).toThrow(
      "the app has not subscribed to app_uninstalled",
    );
    const subscribe = (bot_events: readonly string[]) => {
      const event_subscriptions = { ...plainManifest.settings.event_subscriptions, bot_events };
      reinstall({ settings: { event_subscriptions } });
    };
    subscribe(["app_uninstalled"]);
    await expect(people.as("U0ADA").openHome()).rejects.toThrow(
      "the app has not subscribed to app_home_opened",
    );
    await people.event({ type: "app_uninstalled" });
    expect(received.map((body) => JSON.parse(body).event.type)).toEqual([
      "app_home_opened",
      "app_uninstalled",
    ]);
  });
});

describe("an installation", () => {
  it("is refused with everything that is wrong with the manifest", () => {
    const before = workspace.app.installation;
    const display_information = { name: "x".repeat(36) };
    const oauth_config = { scopes: { bot: ["chat:write"] } };
    expect(() =>
      workspace.install({ ...plainManifest, display_information, oauth_config }),
    ).toThrow("/display_information/name: must be less than 36 characters");
    expect(() => workspace.install({ ...plainManifest, oauth_config })).toThrow(
      "/features/slash_commands: requires `commands` bot scope",
    );
    expect(workspace.app.installation).toBe(before);
  });

  it("is there again in a workspace from a saved state", async () => {
    const state = JSON.parse(JSON.stringify(workspace.state));
    expect(createWorkspace({ now: () => NOON, state }).app.installation).toEqual(
      workspace.app.installation,
    );
  });
});
