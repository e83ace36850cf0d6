// The Slack app's manifest: Slack takes it, it names all that the code uses and nothing more, and a wrong address is refused.

import { spawnSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import type { App } from "@slack/bolt";
import type { SlackPorts } from "../../lib/slack/clicks.ts";
import { listen } from "../../lib/slack/listeners.ts";
import { parseRequestUrl, slackManifest } from "../../lib/slack/manifest.ts";
import { manifestProblems } from "../../local/slack/app-manifest.ts";
import { API_METHODS } from "../../local/slack/web-api-methods.ts";
import { webApiCallsIn } from "./web-api-calls.ts";

const URL_GIVEN = "https://abc123.execute-api.us-east-2.amazonaws.com/slack/events";
const MANIFEST = slackManifest(URL_GIVEN);

describe("slackManifest", () => {
  // The rules, with their sources, are in local/slack/app-manifest.ts.
  it("is one that Slack takes", () => {
    expect(manifestProblems(MANIFEST)).toEqual([]);
  });

  it("sends commands, clicks, options and events to one address", () => {
    const { features, settings } = MANIFEST;
    expect([
      ...features.slash_commands.map(({ url }) => url),
      settings.interactivity.request_url,
      settings.interactivity.message_menu_options_url,
      settings.event_subscriptions.request_url,
    ]).toEqual(Array(4).fill(URL_GIVEN));
  });

  it("names every command, shortcut and event that the code listens to, and no other", () => {
    const { features, settings } = MANIFEST;
    const { command, event, shortcut } = listenedTo();
    expect(features.slash_commands.map((one) => one.command)).toEqual(command);
    expect(features.shortcuts.map((one) => one.callback_id)).toEqual(shortcut);
    expect([...settings.event_subscriptions.bot_events].sort()).toEqual([...(event ?? [])].sort());
  });

  it("asks for the scope of every method that the code calls, and for no other", () => {
    const methods = methodsCalled();
    expect(methods.filter((name) => !Object.hasOwn(API_METHODS, name))).toEqual([]);
    const needed = methods.flatMap((name) => scopeOf(name) ?? []);
    // `commands` is what slash commands and shortcuts take.
    const all = [...new Set(["commands", ...needed])];
    expect([...MANIFEST.oauth_config.scopes.bot].sort()).toEqual(all.sort());
  });
});

/** What the app listens to, by kind: it is registered as in the function, with an app that only listens. */
function listenedTo(): Readonly<Record<string, readonly string[]>> {
  const heard: Record<string, string[]> = {};
  const app = new Proxy(
    {},
    {
      get: (_app, kind: string) => (what: string | { readonly callback_id: string }) => {
        heard[kind] = [...(heard[kind] ?? []), typeof what === "string" ? what : what.callback_id];
      },
    },
  );
  listen(app as App, {} as SlackPorts);
  return heard;
}

function methodsCalled(): readonly string[] {
  const files = globSync("{lib,functions}/**/*.ts");
  return [...new Set(files.flatMap((file) => webApiCallsIn(readFileSync(file, "utf8"))))];
}

/** Of a method whose scope depends on its arguments, the one for a direct message. */
function scopeOf(name: string): string | undefined {
  const scope = API_METHODS[name]?.scope;
  return typeof scope === "function" ? scope({ channel: "D0ADA" }) : scope;
}

describe("webApiCallsIn", () => {
  it.each([
    ['client.chat.postMessage({ channel: "C" })', ["chat.postMessage"]],
    ["(await client()).usergroups.users.list({ usergroup })", ["usergroups.users.list"]],
    ["slack.client!.views?.open({ view })", ["views.open"]],
    ['client.apiCall("users.info", { user })', ["users.info"]],
    ["send(() => client.views.update(a), client.views.update(b))", ["views.update"]],
    ['createHash("sha256").update(text); answer.users.map(String)', []],
    ["const { chat } = client; chat.delete(message)", ["chat.delete"]],
  ])("finds in `%s` %j", (source, methods) => {
    expect(webApiCallsIn(`async () => { ${source} }`)).toEqual(methods);
  });

  it("takes no name that is only known at run time", () => {
    expect(() => webApiCallsIn("client.apiCall(method)")).toThrow("which method");
  });
});

describe("parseRequestUrl", () => {
  it("takes the address that the deployment printed", () => {
    expect(parseRequestUrl(URL_GIVEN)).toBe(URL_GIVEN);
  });

  it("gives a host alone the path that Slack's requests go to", () => {
    expect(parseRequestUrl("https://latchkey.example.com")).toBe(
      "https://latchkey.example.com/slack/events",
    );
  });

  it.each(["http://latchkey.example.com", "latchkey.example.com", "", `${URL_GIVEN}?a=b`])(
    "refuses %j and says what belongs there",
    (text) => {
      expect(() => parseRequestUrl(text)).toThrow(/SlackRequestUrl/);
    },
  );
});

describe("npm run manifest", () => {
  it("prints the manifest as JSON", () => {
    const run = manifest("--url", URL_GIVEN);
    expect([run.status, run.stderr]).toEqual([0, ""]);
    expect(JSON.parse(run.stdout)).toEqual(slackManifest(URL_GIVEN));
  });

  it("says that --url is missing", () => {
    const run = manifest();
    expect([run.status, run.stdout]).toEqual([2, ""]);
    expect(run.stderr).toMatch(/^--url is missing/);
  });

  it("explains itself", () => {
    const run = manifest("--help");
    expect([run.status, run.stderr]).toEqual([0, ""]);
    expect(run.stdout).toMatch(/npm run --silent manifest -- --url https:/);
  });
});

function manifest(...args: readonly string[]) {
  return spawnSync(process.execPath, ["scripts/manifest.ts", ...args], { encoding: "utf8" });
}
