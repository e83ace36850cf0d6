// The rules by which the emulated Slack takes an app's manifest: a minimal one passes, and each breach is named.

import { describe, expect, it } from "@jest/globals";
import { manifestProblems } from "../../../local/slack/app-manifest.ts";
import { plainManifest } from "./support.ts";

type Json = { [key: string]: Json } | Json[] | string | number | boolean | null;

/** The manifest with `value` at a JSON pointer; undefined takes away what is there. */
function changed(pointer: string, value: Json | undefined): Json {
  const manifest: Json = structuredClone(plainManifest) as Json;
  const keys = pointer.split("/").slice(1);
  const last = keys.pop() ?? "";
  const parent = keys.reduce<Json>((at, key) => {
    const inside = (at as { [key: string]: Json })[key];
    if (inside === undefined) throw new Error(`there is no ${pointer}`);
    return inside;
  }, manifest) as { [key: string]: Json };
  if (value === undefined) delete parent[last];
  else parent[last] = value;
  return manifest;
}

const pointers = (manifest: unknown) => manifestProblems(manifest).map(({ pointer }) => pointer);
const x = (length: number) => "x".repeat(length);

describe("manifestProblems", () => {
  it("finds nothing wrong with a manifest that Slack takes", () => {
    expect(manifestProblems(plainManifest)).toEqual([]);
    expect(manifestProblems({ display_information: { name: "Alone" } })).toEqual([]);
  });

  // docs.slack.dev/reference/app-manifest and the schema of github.com/slackapi/manifest-schema
  it.each([
    ["/display_information/name", 35],
    ["/display_information/description", 140],
    ["/display_information/long_description", 4000],
    ["/features/bot_user/display_name", 80],
    ["/features/shortcuts/0/name", 24],
    ["/features/shortcuts/0/callback_id", 255],
    ["/features/shortcuts/0/description", 150],
    ["/features/slash_commands/0/description", 2000],
    ["/features/slash_commands/0/usage_hint", 1000],
  ] as const)("takes %s up to %i characters", (pointer, max) => {
    expect(pointers(changed(pointer, x(max)))).toEqual([]);
    expect(pointers(changed(pointer, x(max + 1)))).toEqual([pointer]);
    expect(pointers(changed(pointer, ""))).toEqual([pointer]);
  });

  it("takes a long description only where it is one", () => {
    const pointer = "/display_information/long_description";
    expect(pointers(changed(pointer, x(175)))).toEqual([]);
    expect(pointers(changed(pointer, x(174)))).toEqual([pointer]);
  });

  it.each<[string, Json | undefined]>([
    ["/display_information", undefined],
    ["/display_information/name", undefined],
    ["/features/bot_user/display_name", undefined],
    ["/features/shortcuts/0/type", undefined],
    ["/features/shortcuts/0/callback_id", undefined],
    ["/features/slash_commands/0/description", undefined],
    ["/settings/interactivity/is_enabled", undefined],
  ])("misses %s", (pointer, value) => {
    const [problem] = manifestProblems(changed(pointer, value));
    expect(problem?.message).toBe(`missing required field: ${pointer.split("/").at(-1)}`);
  });

  it.each<[string, Json]>([
    ["/display_information/background_color", "blue"],
    ["/features/app_home/home_tab_enabled", "yes"],
    ["/features/shortcuts", []],
    ["/features/shortcuts/0/type", "everywhere"],
    ["/features/slash_commands", []],
    ["/features/slash_commands/0/command", "access"],
    ["/features/slash_commands/0/command", `/${x(32)}`],
    ["/features/slash_commands/0/url", "http://example.com/slack"],
    ["/settings/event_subscriptions/request_url", "example.com"],
    ["/settings/event_subscriptions/bot_events/0", "app_home_closed"],
    ["/settings/interactivity/request_url", "http://example.com/slack"],
    ["/oauth_config/scopes/bot/0", x(51)],
  ])("does not take %s as %j", (pointer, value) => {
    expect(pointers(changed(pointer, value))).toContain(pointer);
  });

  it("takes no field that it does not know", () => {
    expect(manifestProblems(changed("/features/app_home/tabs", 2))).toEqual([
      { pointer: "/features/app_home", message: "invalid additional property: tabs" },
    ]);
  });

  it("takes no scope and no event twice", () => {
    const events = "/settings/event_subscriptions/bot_events";
    expect(pointers(changed(events, ["app_home_opened", "app_home_opened"]))).toEqual([
      `${events}/1`,
    ]);
    const scopes = "/oauth_config/scopes/bot";
    expect(pointers(changed(scopes, ["commands", "commands"]))).toEqual([`${scopes}/1`]);
  });

  // In part in the words of apps.manifest.validate: docs.slack.dev/app-manifests/configuring-apps-with-app-manifests
  it.each<[string, string, Json | undefined, string]>([
    [
      "commands and shortcuts need their scope",
      "/oauth_config/scopes/bot",
      ["chat:write"],
      "/features/slash_commands /features/shortcuts",
    ],
    [
      "shortcuts need interactivity",
      "/settings/interactivity",
      { is_enabled: false },
      "/features/shortcuts",
    ],
    [
      "a command needs an address",
      "/features/slash_commands/0/url",
      undefined,
      "/features/slash_commands/0",
    ],
    [
      "events need an address",
      "/settings/event_subscriptions/request_url",
      undefined,
      "/settings/event_subscriptions",
    ],
    [
      "interactivity needs an address",
      "/settings/interactivity/request_url",
      undefined,
      "/settings/interactivity",
    ],
    ["a bot token needs a bot", "/features/bot_user", undefined, "/features"],
    [
      "an event needs its scope",
      "/settings/event_subscriptions/bot_events",
      ["message.im"],
      "/settings/event_subscriptions/bot_events/0",
    ],
  ])("knows that %s", (_rule, pointer, value, found) => {
    expect(pointers(changed(pointer, value))).toEqual(found.split(" "));
  });

  it("asks for no address in Socket Mode", () => {
    const manifest = changed("/settings/socket_mode_enabled", true) as {
      settings: { event_subscriptions: object };
    };
    manifest.settings.event_subscriptions = { bot_events: ["app_home_opened"] };
    expect(manifestProblems(manifest)).toEqual([]);
  });
});
