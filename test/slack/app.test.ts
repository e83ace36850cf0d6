// What Slack sends to the app as a whole: in whatever form it comes, it is answered once, and never with a 404.

import { afterEach, describe, expect, it } from "@jest/globals";
import { ACTIONS, ELEMENT, FIELDS } from "../../lib/slack/names.ts";
import { ADA, BOB } from "../support/world.ts";
import { ACKNOWLEDGED, createScene, type Scene } from "./slack-scene.ts";

let scene: Scene | undefined;

async function open(...args: Parameters<typeof createScene>): Promise<Scene> {
  scene = await createScene(...args);
  return scene;
}

afterEach(async () => {
  await scene?.close();
  scene = undefined;
});

const FORM = "application/x-www-form-urlencoded";
const team = { id: "T0ACME", domain: "acme" };
const api_app_id = "A0LATCHKEY";

function interaction(by: string, more: object): string {
  const user = { id: by, team_id: team.id };
  const payload = { team, api_app_id, user, trigger_id: "1.2.3", ...more };
  return `payload=${encodeURIComponent(JSON.stringify(payload))}`;
}

const pressed = (action_id: string, value: string) => ({
  type: "block_actions",
  actions: [{ type: "button", action_id, block_id: "b", value, action_ts: "1.1" }],
});

describe("a request of Slack's", () => {
  it("is read whatever stands behind its content type", async () => {
    const { asked, people, world } = await open();
    const id = await asked();
    const body = interaction(BOB, pressed(ACTIONS.approve, id));
    const { answer } = await people.send(body, { contentType: `${FORM}; charset=utf-8` });
    expect(answer).toEqual(ACKNOWLEDGED);
    expect(await world.grant(id)).toMatchObject({ status: "approved" });
  });

  it("that decides is taken once: sent again, it is refused", async () => {
    const { asked, people, world } = await open();
    const id = await asked();
    const body = interaction(BOB, pressed(ACTIONS.approve, id));
    await people.send(body);
    expect((await people.send(body)).answer).toEqual({ statusCode: 401, body: "" });
    expect((await world.grant(id)).history).toHaveLength(2);
  });

  it.each([
    ["a button that nothing listens to", interaction(ADA, pressed("a_link", ""))],
    ["a choice elsewhere", interaction(ADA, pressed(ELEMENT, "x"))],
    ["a click on nothing", interaction(ADA, { type: "block_actions", actions: [] })],
    ["another shortcut", interaction(ADA, { type: "shortcut", callback_id: "other" })],
    [
      "a form of another release",
      interaction(ADA, { type: "view_submission", view: { callback_id: "old", id: "V1" } }),
    ],
    [
      "a form that was closed",
      interaction(ADA, { type: "view_closed", view: { callback_id: "old", id: "V1" } }),
    ],
    [
      "options for another menu",
      interaction(ADA, {
        type: "block_suggestion",
        action_id: "x",
        block_id: FIELDS.entitlement,
        value: "",
      }),
    ],
    [
      "another command",
      new URLSearchParams({
        command: "/other",
        team_id: team.id,
        api_app_id,
        user_id: ADA,
        text: "",
      }).toString(),
    ],
  ])("that is %s is answered, and logged", async (_what, body) => {
    const { people, world } = await open();
    const { answer } = await people.send(body);
    expect(answer).toMatchObject({ statusCode: 200 });
    expect(world.logged).toMatchObject([{ level: "warn", message: "request not known" }]);
  });

  it("that is an event which nothing listens to is answered", async () => {
    const { people } = await open();
    expect((await people.event({ type: "team_rename", name: "Acme" })).answer).toEqual(
      ACKNOWLEDGED,
    );
  });

  it("that asks whether the address is the app's is answered", async () => {
    const { people } = await open();
    expect((await people.verifyAddress()).failure).toBeUndefined();
  });
});
