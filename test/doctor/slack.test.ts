// What the doctor finds on Slack's side: the secret, the token, the workspace, the channels, the people.

import { afterEach, describe, expect, it } from "@jest/globals";
import { parseSlackUserId } from "../../lib/grant/ids.ts";
import type { Policy } from "../../lib/policy/policy.ts";
import { slackManifest } from "../../lib/slack/manifest.ts";
import { SECRETS_PARAMETER } from "../../local/functions.ts";
import type { Finding } from "../../scripts/doctor/finding.ts";
import { ADA, scene } from "../end-to-end/scene.ts";
import { findingsOf, found, type Otherwise, stackToExamine, wrongIn } from "./examined.ts";

const stack = stackToExamine();
const SIGNING = "local-only-signing-secret";

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

/** Something else is in the parameter, until the test is over. */
function stored(value: unknown, type: "String" | "SecureString" = "SecureString"): void {
  const { aws, workspace } = stack();
  const usual = JSON.stringify({ signingSecret: SIGNING, botToken: workspace.state.botToken });
  const text = typeof value === "string" ? value : JSON.stringify(value);
  aws.putParameter({ name: SECRETS_PARAMETER, type, value: text });
  undo.push(() =>
    aws.putParameter({ name: SECRETS_PARAMETER, type: "SecureString", value: usual }),
  );
}

function installedWith(bot: readonly string[]): void {
  const { workspace } = stack();
  const manifest = slackManifest("https://latchkey.example.com/slack/events");
  workspace.install({ ...manifest, oauth_config: { scopes: { bot } } });
  undo.push(() => workspace.install(manifest));
}

const SCOPES: readonly string[] = slackManifest("https://x.example.com").oauth_config.scopes.bot;

/** Channels and people that the policy names otherwise. */
const naming = (change: (policy: Policy) => Partial<Policy>): Otherwise => ({ change });

/** The app that access.yml says. */
const pinned = (app: string) => naming(({ slack }) => ({ slack: { ...slack, app } }));

describe("the secret", () => {
  it("that is not there is a problem, and Slack is not asked", async () => {
    stored("x");
    stack().aws.removeParameter(SECRETS_PARAMETER);
    const findings = await findingsOf(stack());
    expect(wrongIn(findings, "secret")).toEqual([`problem secret-missing ${SECRETS_PARAMETER}`]);
    expect(found(findings, "secret-missing").mend).toContain("aws ssm put-parameter");
    expect(findings.some(({ check }) => check === "slack-app")).toBe(false);
  });

  it.each([
    ["no JSON", "xoxb-1", /is not \{"signingSecret"/],
    ["a key too few", { signingSecret: SIGNING }, /is not \{"signingSecret"/],
    ["an empty one", { signingSecret: " ", botToken: "xoxb-1" }, /signingSecret is empty/],
    [
      "a placeholder",
      { signingSecret: "<Basic Information>", botToken: "xoxb-1" },
      /signingSecret is none/,
    ],
    ["the two swapped", { signingSecret: "xoxb-1", botToken: SIGNING }, /signingSecret is a token/],
    [
      "a person's token",
      { signingSecret: SIGNING, botToken: "xoxp-1" },
      /of another kind \(xoxp-…\)/,
    ],
    [
      "an app's token",
      { signingSecret: SIGNING, botToken: "xapp-1" },
      /of another kind \(xapp-…\)/,
    ],
    [
      "a second one that is none",
      { signingSecret: `${SIGNING},no`, botToken: "xoxb-1" },
      /signingSecret is none/,
    ],
  ])("that is %s is a problem, and nothing of it is shown", async (_, value, words) => {
    stored(value);
    const findings = (await findingsOf(stack())).filter(({ check }) => check === "secret");
    expect(findings[0]).toMatchObject({ level: "problem", code: "secret-malformed" });
    expect(findings[0]?.what).toMatch(words);
    expect(JSON.stringify(findings)).not.toContain(SIGNING);
    expect(JSON.stringify(findings)).not.toContain("xoxb-1");
  });

  it("with two signing secrets, while one is being rotated, is well", async () => {
    const { botToken } = stack().workspace.state;
    stored({ signingSecret: `${SIGNING},${SIGNING}-new`, botToken });
    expect(wrongIn(await findingsOf(stack()), "secret")).toEqual([]);
  });

  it("that is stored in the clear is a problem, whatever it is", async () => {
    const { botToken } = stack().workspace.state;
    stored({ signingSecret: SIGNING, botToken }, "String");
    expect(wrongIn(await findingsOf(stack()), "secret")).toEqual([
      `problem secret-in-the-clear ${SECRETS_PARAMETER}`,
    ]);
  });
});

describe("the app", () => {
  it("whose token Slack does not take is a problem, and nothing more is asked", async () => {
    stored({ signingSecret: SIGNING, botToken: "xoxb-old" });
    const findings = await findingsOf(stack());
    expect(wrongIn(findings, "slack-app")).toEqual(["problem token-refused bot token"]);
    expect(found(findings, "token-refused").what).toContain("it is no token of an app");
    expect(found(findings, "token-refused").mend).toContain("https://api.slack.com/apps, and");
    expect(findings.some(({ check }) => check === "channels" || check === "slack-people")).toBe(
      false,
    );
  });

  it("is found by the id that access.yml says where Slack does not say it", async () => {
    stored({ signingSecret: SIGNING, botToken: "xoxb-old" });
    const { mend } = found(await findingsOf(stack(), pinned("A0LATCHKEY")), "token-refused");
    expect(mend).toContain("https://api.slack.com/apps/A0LATCHKEY, and");
  });

  it("whom Slack does not answer is unknown", async () => {
    stack().slackApi.faults.next("auth.test", { kind: "http", status: 503 });
    expect(wrongIn(await findingsOf(stack()), "slack-app")).toEqual([
      "unknown no-answer bot token",
    ]);
  });

  it("in another workspace than access.yml says is a problem", async () => {
    const findings = await findingsOf(
      stack(),
      naming(({ slack }) => ({ slack: { ...slack, team: "T0OTHER" } })),
    );
    expect(wrongIn(findings, "slack-app")).toEqual(["problem wrong-team workspace"]);
    expect(found(findings, "wrong-team").what).toMatch(
      /installed in T0ACME \(Acme, .*says T0OTHER/,
    );
  });

  const aboutApp = (findings: readonly Finding[]) =>
    findings.filter(({ check, subject }) => check === "slack-app" && subject === "app");

  it("that access.yml names is the one that the token is of", async () => {
    expect(aboutApp(await findingsOf(stack(), pinned("A0LATCHKEY")))).toEqual([
      {
        check: "slack-app",
        subject: "app",
        level: "ok",
        what: "A0LATCHKEY, as Latchkey (B0LATCHKEY)",
      },
    ]);
  });

  it("that access.yml does not name is well, and told with how to name it", async () => {
    expect(aboutApp(await findingsOf(stack()))).toMatchObject([
      { level: "ok", what: expect.stringMatching(/^A0LATCHKEY, as .*; `app: A0LATCHKEY` under/) },
    ]);
  });

  it("of whose token access.yml names another is a problem, mended either way", async () => {
    const findings = await findingsOf(stack(), pinned("A0OTHER"));
    expect(wrongIn(findings, "slack-app")).toEqual(["problem wrong-app app"]);
    const { what, why, mend } = found(findings, "wrong-app");
    expect(what).toBe(
      "the token is of A0LATCHKEY, as Latchkey (B0LATCHKEY), access.yml says A0OTHER",
    );
    expect(why).toMatch(/^Requests of A0OTHER alone are taken, and answered as A0LATCHKEY:/);
    expect(mend).toContain("the secrets of A0OTHER (https://api.slack.com/apps/A0OTHER): aws ssm");
    expect(mend).toContain("`app: A0LATCHKEY` in access.yml");
  });

  it("that Slack does not tell is unknown, whatever access.yml names", async () => {
    for (const named of [{}, pinned("A0OTHER")]) {
      stack().slackApi.faults.next("bots.info", { kind: "error", code: "bot_not_found" });
      const findings = await findingsOf(stack(), named);
      expect(wrongIn(findings, "slack-app")).toEqual(["unknown app-not-told app"]);
      expect(found(findings, "app-not-told").what).toContain("(bot_not_found)");
    }
  });

  it("with a scope too few is a problem, with one too many a warning", async () => {
    installedWith([...SCOPES.filter((scope) => scope !== "users:read"), "channels:history"]);
    const findings = await findingsOf(stack());
    expect(wrongIn(findings, "slack-app")).toEqual([
      "unknown app-not-told app",
      "problem scope-missing scopes",
      "warning scope-extra scopes",
    ]);
    expect(found(findings, "app-not-told").mend).toContain("users:read");
    expect(found(findings, "scope-missing").what).toBe("the token lacks users:read");
    expect(found(findings, "scope-extra").what).toContain("channels:history");
    expect(wrongIn(findings, "slack-people")).toContain("unknown no-answer 5 people");
  });

  it("needs usergroups:read only where access.yml names a user group", async () => {
    installedWith(SCOPES.filter((scope) => scope !== "usergroups:read"));
    const findings = await findingsOf(stack());
    expect(wrongIn(findings, "slack-app")).toEqual(["problem scope-missing scopes"]);
    expect(found(findings, "scope-missing").mend).toContain(
      "at https://api.slack.com/apps/A0LATCHKEY,",
    );
    const none = naming(({ groups }) => ({
      groups: Object.fromEntries(
        Object.entries(groups).map(([name, { users }]) => [name, { users }]),
      ),
    }));
    expect(wrongIn(await findingsOf(stack(), none), "slack-app")).toEqual([]);
  });
});

describe("a channel", () => {
  const inChannel = (channel: string) => naming(({ slack }) => ({ slack: { ...slack, channel } }));

  it("that is not there, or private without the app, is a problem", async () => {
    expect(wrongIn(await findingsOf(stack(), inChannel("C0NONE")), "channels")).toEqual([
      "problem channel-missing C0NONE",
    ]);
    stack().workspace.changeChannel("C0WEB", { is_private: true });
    undo.push(() => stack().workspace.changeChannel("C0WEB", { is_private: false }));
    const findings = await findingsOf(stack(), inChannel("C0WEB"));
    expect(wrongIn(findings, "channels")).toEqual(["problem channel-missing C0WEB"]);
    expect(found(findings, "channel-missing").mend).toContain("/invite @Latchkey");
  });

  it("without the app is unknown: with the scopes that Latchkey asks for Slack does not tell", async () => {
    expect(wrongIn(await findingsOf(stack(), inChannel("C0WEB")), "channels")).toEqual([
      "unknown membership-unknown C0WEB",
    ]);
  });

  it("is asked about outright where the app happens to have channels:read", async () => {
    installedWith([...SCOPES, "channels:read"]);
    const at = async (channel: string) =>
      wrongIn(await findingsOf(stack(), inChannel(channel)), "channels");
    expect(await at("C0ACCESS")).toEqual([]);
    expect(await at("C0WEB")).toEqual(["problem not-in-channel C0WEB"]);
    expect(await at("C0OLD")).toEqual(["problem channel-archived C0OLD"]);
    expect(await at("C0NONE")).toEqual(["problem channel-missing C0NONE"]);
  });

  it("of an entitlement's own is looked at as well", async () => {
    const findings = await findingsOf(
      stack(),
      naming(({ entitlements }) => ({
        entitlements: Object.fromEntries(
          Object.entries(entitlements).map(([id, one]) => [id, { ...one, channel: "C0NONE" }]),
        ),
      })),
    );
    expect(wrongIn(findings, "channels")).toEqual([
      "unknown membership-unknown C0ACCESS",
      "problem channel-missing C0NONE",
    ]);
  });
});

describe("announcements", () => {
  it("that keep failing are a warning", async () => {
    const { workspace } = stack();
    const channel = workspace.channel("C0ACCESS");
    workspace.changeChannel("C0ACCESS", { is_archived: true });
    undo.push(() => workspace.changeChannel("C0ACCESS", { ...channel, is_archived: false }));
    // What the function keeps of a secret that was stored above has had its day.
    stack().advance(5 * 60_000);
    await scene(stack).request(ADA, "web-pods-read 1h OPS-1 nobody sees it");
    for (let pass = 0; pass < 4; pass++) {
      stack().advance(10 * 60_000);
      await stack().passes();
    }
    const findings = await findingsOf(stack());
    expect(wrongIn(findings, "channels")).toContain("warning announcements-fail announcements");
    expect(found(findings, "announcements-fail").what).toMatch(
      /^a grant could not be told .*: LK-/,
    );
  });
});

describe("people", () => {
  const leads = (...users: string[]) =>
    naming(({ groups }) => ({
      groups: { ...groups, "platform-leads": { users: users.map(parseSlackUserId) } },
    }));

  it("who have left, are guests or belong elsewhere are warnings, who are nobody problems", async () => {
    const findings = await findingsOf(
      stack(),
      leads("U0BOB", "U0ZED", "U0GUS", "U0EVE", "U0NOBODY"),
    );
    expect(wrongIn(findings, "slack-people")).toEqual([
      "warning person-no-member U0ZED",
      "warning person-no-member U0GUS",
      "warning person-no-member U0EVE",
      "problem person-missing U0NOBODY",
    ]);
  });

  it("who alone could approve and have left leave an entitlement with nobody", async () => {
    const findings = await findingsOf(stack(), leads("U0ZED", "U0GUS"));
    const few = findings.filter(({ code }) => code === "too-few-approvers");
    expect(few.map(({ subject, what }) => [subject, what])).toEqual([
      ["web-pods-read", "1 must approve, and nobody of those named can"],
      ["web-pods-mapping", "1 must approve, and nobody of those named can"],
      ["web-release-debug", "2 must approve, and only 1 of those named can"],
    ]);
    expect(few[0]?.level).toBe("problem");
  });

  it("in user groups count as they are now; one that is not there is empty", async () => {
    stack().workspace.changeUsergroup("S0SECURITY", []);
    undo.push(() => stack().workspace.changeUsergroup("S0SECURITY", ["U0CAT"]));
    expect(wrongIn(await findingsOf(stack()), "slack-people")).toEqual([
      "warning usergroup-empty S0SECURITY",
    ]);
    const gone = naming(({ groups }) => ({
      groups: { ...groups, security: { users: [], usergroup: "S0GONE" } },
    }));
    expect(wrongIn(await findingsOf(stack(), gone), "slack-people")).toEqual([
      "problem usergroup-unreadable S0GONE",
    ]);
  });
});
