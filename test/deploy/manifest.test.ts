// The Slack app's manifest: one address everywhere, the fewest scopes, and a clear no to a wrong address.

import { spawnSync } from "node:child_process";
import { describe, expect, it } from "@jest/globals";
import { parseRequestUrl, slackManifest } from "../../lib/slack/manifest.ts";

const URL_GIVEN = "https://abc123.execute-api.us-east-2.amazonaws.com/slack/events";

describe("slackManifest", () => {
  it("sends commands, clicks and options to one address", () => {
    const { features, settings } = slackManifest(URL_GIVEN);
    expect([
      ...features.slash_commands.map(({ url }) => url),
      settings.interactivity.request_url,
      settings.interactivity.message_menu_options_url,
    ]).toEqual(Array(3).fill(URL_GIVEN));
  });

  it("asks for the scopes that the broker uses and no more", () => {
    expect(slackManifest(URL_GIVEN).oauth_config.scopes.bot).toEqual([
      "commands",
      "chat:write",
      "im:write",
      "usergroups:read",
    ]);
  });

  it("keeps within Slack's limits", () => {
    const { display_information, features } = slackManifest(URL_GIVEN);
    expect(display_information.name.length).toBeLessThanOrEqual(35);
    expect(display_information.description.length).toBeLessThanOrEqual(140);
    expect(display_information.long_description.length).toBeGreaterThanOrEqual(174);
    for (const { description, usage_hint } of features.slash_commands) {
      expect(description.length).toBeLessThanOrEqual(2000);
      expect(usage_hint.length).toBeLessThanOrEqual(1000);
    }
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
