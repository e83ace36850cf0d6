// Latchkey as it is installed from its manifest: people can use all of it, and Slack refuses nothing that it does.

import { describe, expect, it } from "@jest/globals";
import { slackManifest } from "../../lib/slack/manifest.ts";
import { ACTIONS, COMMAND, EVENTS, SHORTCUT } from "../../lib/slack/names.ts";
import { API_METHODS } from "../../local/slack/web-api-methods.ts";
import { ADA, BOB, DEE, scene, stackForTests } from "./scene.ts";

const stack = stackForTests();
const { approve, inbox, pastTheEnd, request } = scene(stack);
const person = (id: string) => stack().people.as(id);

describe("Latchkey, installed from its manifest", () => {
  it("answers for the address that Slack asks about", async () => {
    const { answer, failure } = await stack().people.verifyAddress();
    expect([answer.statusCode, failure]).toEqual([200, undefined]);
  });

  it("opens the form from the command and from the shortcut", async () => {
    for (const ask of [() => person(ADA).command(COMMAND), () => person(DEE).shortcut(SHORTCUT)]) {
      expect((await ask()).failure).toBeUndefined();
    }
    expect(stack().workspace.openView(ADA)).toBeDefined();
    expect(stack().workspace.openView(DEE)).toBeDefined();
  });

  it("shows an App Home to who opens it, whose button opens the form", async () => {
    expect(await person(BOB).openHome()).toMatchObject({ answer: { statusCode: 200 } });
    await person(ADA).openHome();
    await stack().settle();
    expect(stack().workspace.home(BOB)).toBeDefined();
    const form = stack().workspace.openView(ADA);
    if (form !== undefined) await person(ADA).close(form.view);
    await person(ADA).clickHome(ACTIONS.openForm);
    expect(stack().workspace.openView(ADA)).toBeDefined();
  });

  it("takes the other events that it has subscribed to", async () => {
    for (const type of [EVENTS.uninstalled, EVENTS.tokensRevoked]) {
      expect(await stack().people.event({ type })).not.toHaveProperty("failure");
    }
  });

  it("writes to people, and asks who they are", async () => {
    const id = await request(ADA, "web-pods-read 1h OPS-1 as installed");
    await approve(BOB, id);
    await pastTheEnd(id);
    expect(inbox(ADA).length).toBeGreaterThan(0);
  });

  it("was refused nothing, and has used every scope that it asked for", () => {
    const { calls } = stack().slackApi;
    expect(calls.filter(({ error }) => error !== undefined)).toEqual([]);
    const used = new Set(calls.map(({ method }) => API_METHODS[method]?.scope));
    const { bot } = slackManifest("https://example.com/").oauth_config.scopes;
    // `commands` is used by people, not by calls.
    expect(bot.filter((scope) => scope !== "commands" && !used.has(scope))).toEqual([]);
  });
});
