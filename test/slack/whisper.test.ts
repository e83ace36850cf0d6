// Answers to one person alone: the event that carries them, and how they get there.

import { afterEach, describe, expect, it } from "@jest/globals";
import { createWebClient } from "../../lib/slack/web-client.ts";
import { deliver, privately, type Word, wordIn } from "../../lib/slack/whisper.ts";
import { ADA, MINUTE } from "../support/world.ts";
import { createScene, type Scene } from "./slack-scene.ts";

let scene: Scene | undefined;

afterEach(async () => {
  await scene?.close();
  scene = undefined;
});

async function open() {
  const it = await createScene();
  scene = it;
  const { api, world, workspace } = it;
  const client = async () => createWebClient(workspace.state.botToken, api.apiUrl);
  const original = workspace.post({
    channel: "C0ACCESS",
    user: workspace.app.botUser,
    text: "A card",
  });
  const message = { ts: original.ts };
  const hook = workspace.issueHook({ user: ADA, channel: "C0ACCESS", message });
  const to = { user: ADA, responseUrl: `${api.hooksUrl}${hook}` };
  const say = (word: Word) => deliver({ client, log: world.ports.log }, word);
  return { ...it, original, say, to };
}

describe("a word", () => {
  const word: Word = { to: { user: ADA, responseUrl: "https://x" }, message: privately("No.", []) };

  it("is read from the event that carries it", () => {
    expect(wordIn(JSON.parse(JSON.stringify({ say: word })))).toEqual(word);
  });

  it.each([undefined, null, "say", {}, { grants: [] }, { findings: [] }])(
    "is not in %j",
    (event) => {
      expect(wordIn(event)).toBeUndefined();
    },
  );

  it.each([
    { say: null },
    { say: { ...word, to: {} } },
    { say: { ...word, to: { user: "everybody" } } },
    { say: { ...word, to: { user: ADA, responseUrl: 7 } } },
    { say: { ...word, message: { ...word.message, text: undefined } } },
    { say: { ...word, message: { ...word.message, response_type: "in_channel" } } },
    { say: { ...word, message: { ...word.message, blocks: ["x"] } } },
  ])("is refused where it is none: %j", (event) => {
    expect(() => wordIn(event)).toThrow(TypeError);
  });
});

describe("to deliver it", () => {
  it("answers where the click was, to the clicker alone, and leaves the message", async () => {
    const { called, original, say, text, to, workspace } = await open();
    await say({ to, message: privately("You cannot.") });
    expect(called()).toEqual(["response_url"]);
    expect(text(workspace.ephemeralsFor(ADA).at(-1))).toBe("You cannot.");
    expect(workspace.find(original.channel, original.ts)).toEqual(original);
  });

  it("writes a direct message where there is nowhere to answer", async () => {
    const { called, say, text, workspace } = await open();
    await say({ to: { user: ADA }, message: privately("You cannot.") });
    expect(called()).toEqual(["chat.postMessage"]);
    expect(text(workspace.messagesFor(ADA).at(-1))).toBe("You cannot.");
  });

  it("writes a direct message where the click is too long ago", async () => {
    const { say, text, to, workspace, world } = await open();
    world.advance(31 * MINUTE);
    await say({ to, message: privately("You cannot.") });
    expect(text(workspace.messagesFor(ADA).at(-1))).toBe("You cannot.");
    expect(workspace.ephemeralsFor(ADA)).toEqual([]);
  });

  it("gives up with a line in the log where Slack takes nothing", async () => {
    const { api, say, to, world } = await open();
    api.faults.slackIsDown(true);
    await say({ to, message: privately("You cannot.") });
    expect(world.logged.map(({ message }) => message)).toEqual([
      "answer not taken; it comes as a direct message",
      "answer not delivered",
    ]);
    expect(JSON.stringify(world.logged)).not.toContain("hooks");
  });
});
