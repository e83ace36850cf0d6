// What people look at, and what Slack says of the app itself, through the gate and the real Bolt.

import { afterEach, describe, expect, it } from "@jest/globals";
import { approveRequest } from "../../lib/broker/decide-request.ts";
import { EVENTS } from "../../lib/slack/names.ts";
import { StoreError } from "../../lib/store/store.ts";
import { ADA, BOB, createWorld } from "../support/world.ts";
import { ACKNOWLEDGED, createScene, type Scene, said } from "./slack-scene.ts";

const DEE = "U0DEE"; // of the workspace, and in no group

let scene: Scene | undefined;

async function open(...args: Parameters<typeof createScene>): Promise<Scene> {
  scene = await createScene(...args);
  return scene;
}

afterEach(async () => {
  await scene?.close();
  scene = undefined;
});

const unavailable = () => Promise.reject(new StoreError("unavailable", "no answer"));

describe("/access", () => {
  it("help tells how to ask, and asks the table nothing", async () => {
    const { as } = await open(createWorld(), ({ store }) => ({
      store: { ...store, firstSeen: unavailable },
    }));
    expect(said(await as(ADA).command("/access", "help"))).toContain("asks at once");
    expect(said(await as(DEE).command("/access", "Help me"))).toContain("nothing that you may ask");
  });

  it("list names what this person may ask for", async () => {
    const { as } = await open(createWorld(), ({ store }) => ({
      store: { ...store, firstSeen: unavailable },
    }));
    expect(said(await as(ADA).command("/access", "list"))).toContain("`web-pods-mapping`");
    expect(said(await as(DEE).command("/access", "list"))).not.toContain("web-pods-mapping");
  });

  it("mine shows what this person has, waits for and had, and nothing of others", async () => {
    const { as, asked, text, workspace, world } = await open();
    const waiting = await asked();
    const had = await asked({ entitlementId: "both" });
    await approveRequest(world.ports, { grantId: had, by: BOB, from: "test" });
    await as(ADA).command("/access", "mine");
    const mine = text(workspace.ephemeralsFor(ADA).at(-1));
    expect(mine).toContain(waiting);
    expect(mine).toContain(had);
    await as(DEE).command("/access", "mine");
    expect(text(workspace.ephemeralsFor(DEE).at(-1))).not.toContain(waiting);
  });

  it("mine says that it cannot be read, where it cannot", async () => {
    const { as } = await open(createWorld(), ({ store }) => ({
      store: { ...store, grantsOf: unavailable },
    }));
    expect(said(await as(ADA).command("/access", "mine"))).toContain("nothing has changed");
  });
});

describe("an App Home that is opened", () => {
  it("is put into the outbox, and published soon", async () => {
    const { as, called, homes, world } = await open();
    expect((await as(ADA).openHome())?.answer).toEqual(ACKNOWLEDGED);
    expect(homes).toEqual([ADA]);
    expect(await world.store.toAnnounce(world.now(), 10)).toEqual([{ home: ADA }]);
    expect(called()).toEqual([]);
  });

  it("is opened again and again, as Slack says it more than once", async () => {
    const { as, homes, people } = await open();
    const delivery = await as(ADA).openHome();
    if (delivery === undefined) throw new Error("the app was not told");
    const again = await people.redeliver(delivery, { num: 1, reason: "http_timeout" });
    expect(again.answer).toEqual(ACKNOWLEDGED);
    expect(homes).toEqual([ADA, ADA]);
  });

  it("is none where it is the messages that are opened", async () => {
    const { as, homes, world } = await open();
    expect((await as(ADA).openMessages())?.answer).toEqual(ACKNOWLEDGED);
    expect(homes).toEqual([]);
    expect(await world.store.toAnnounce(world.now(), 10)).toEqual([]);
  });

  it("is told once more where the table did not take it", async () => {
    const { as, world } = await open(createWorld(), ({ store }) => ({
      store: { ...store, homeOpened: unavailable },
    }));
    expect((await as(ADA).openHome())?.answer).toMatchObject({ statusCode: 500 });
    expect(world.logged).toContainEqual(
      expect.objectContaining({ level: "error", message: "listener failed" }),
    );
  });
});

describe("an app that is taken out of Slack", () => {
  it.each([
    [{ type: EVENTS.uninstalled }, "uninstalled"],
    [{ type: EVENTS.tokensRevoked, tokens: { oauth: [], bot: ["U0LATCHKEY"] } }, "revoked"],
  ])("says in the log what that means and what to do: %j", async (event, words) => {
    const { people, world } = await open();
    expect((await people.event(event)).answer).toEqual(ACKNOWLEDGED);
    const [line] = world.logged.filter(({ level }) => level === "error");
    expect(line?.message).toContain(words);
    expect(line?.message).toContain("installed again");
    expect(line?.message).toContain("still ends on time");
  });
});
