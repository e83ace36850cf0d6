// Nobody waits for Slack: how many calls of the table lie in a row before an answer, and what of Slack it waits for.

import { setImmediate as turn } from "node:timers/promises";
import { afterEach, describe, expect, it } from "@jest/globals";
import { approveRequest } from "../../lib/broker/decide-request.ts";
import { extendAccess } from "../../lib/broker/extend-access.ts";
import { atMost } from "../../lib/slack/at-most.ts";
import { ACTIONS, ELEMENT, FIELDS, SHORTCUT } from "../../lib/slack/names.ts";
import type { Store } from "../../lib/store/store.ts";
import { ADA, anEntitlement, BOB, createWorld, LEE } from "../support/world.ts";
import { ACKNOWLEDGED, createScene, NOT_IN_A_HURRY, type Scene } from "./slack-scene.ts";

const DEE = "U0DEE"; // of the workspace, and in no group

let scene: Scene | undefined;

afterEach(async () => {
  await scene?.close();
  scene = undefined;
});

const aWorld = () =>
  createWorld([
    anEntitlement("web-pods-read", { extend: { max: 2, by: "approval" } }),
    anEntitlement("other"),
  ]);

/** A store that counts how many of its calls had to wait for one another. */
function counted(store: Store) {
  let underWay = 0;
  let inARow = 0;
  const counting = new Proxy(store, {
    get(target, name: keyof Store) {
      return async (...args: never[]) => {
        if (underWay++ === 0) inARow += 1;
        if (name === "grantsOf") inARow += 1; // an index names them, a second call reads them
        await turn();
        return Reflect.apply(target[name], target, args).finally(() => {
          underWay -= 1;
        });
      };
    },
  });
  return {
    store: counting,
    async count(act: () => Promise<unknown>) {
      inARow = 0;
      await act();
      return inARow;
    },
  };
}

async function open() {
  const world = aWorld();
  const { store, count } = counted(world.store);
  const it = await createScene(world, () => ({ store }));
  scene = it;
  const grantId = await it.asked({ reason: "pods restart" });
  const approve = () => approveRequest(world.ports, { grantId, by: BOB, from: "test" });
  const asking = async () => {
    await approve();
    await world.provision();
    await extendAccess(world.ports, { grantId, by: ADA, from: "test" });
  };
  return { ...it, approve, asking, count, id: grantId };
}

describe("calls of the table in a row", () => {
  it.each([
    [0, "", "opens the form"],
    [0, "help", "tells how to ask"],
    [0, "list", "tells what can be asked for"],
    [2, "mine", "tells what somebody has"],
    [2, "web-pods-read 1h why", "asks"],
    [1, "web-everything 1h why", "asks for what there is not"],
  ])("are %d for `/access %s`, which %s", async (most, words) => {
    const { as, count } = await open();
    expect(await count(() => as(ADA).command("/access", words))).toBe(most);
  });

  it.each([
    [3, ACTIONS.approve, BOB],
    [3, ACTIONS.approve, DEE],
    [3, ACTIONS.cancel, ADA],
    [2, ACTIONS.end, BOB],
    [1, ACTIONS.deny, BOB],
    [3, ACTIONS.review, BOB],
    [1, ACTIONS.again, ADA],
    [0, ACTIONS.openForm, ADA],
  ])("are %d for a click on %s by %s", async (most, action, who) => {
    const { click, count, id } = await open();
    expect(await count(() => click(who, action, id))).toBe(most);
  });

  it("are 3 for clicks on an extension, and in its forms", async () => {
    const { as, asking, click, count, form, id } = await open();
    await asking();
    expect(await count(() => click(DEE, ACTIONS.approveExtension, id))).toBe(3);
    expect(await count(() => click(BOB, ACTIONS.denyExtension, id))).toBe(1);
    expect(await count(() => click(BOB, ACTIONS.review, id))).toBe(3);
    expect(await count(() => as(BOB).submit(form(BOB)))).toBe(3);
  });

  it("are 2 for the form that asks, and none while it is filled in", async () => {
    const { as, count, form } = await open();
    await as(ADA).shortcut(SHORTCUT);
    const choose = () =>
      as(ADA).select(form(ADA), ELEMENT, "other", { blockId: FIELDS.entitlement });
    expect(await count(choose)).toBe(0);
    expect(await count(() => as(ADA).submit(form(ADA)))).toBe(2);
  });

  it("are 1 for an App Home that is opened", async () => {
    const { as, count } = await open();
    expect(await count(() => as(ADA).openHome())).toBe(1);
  });
});

/** A scene in which no write of Slack's is ever answered, and time passes as soon as somebody waits for it. */
async function whereSlackIsStuck(isTaken = true) {
  const world = aWorld();
  const it = await createScene(world, ({ say }) => ({
    clock: world.ports.clock,
    ...(isTaken ? { say } : { say: async () => false }),
  }));
  scene = it;
  const id = await it.asked();
  const getStuck = () => it.api.faults.slowWrites(600_000);
  const waited = async (act: () => Promise<unknown>) => {
    const before = world.now();
    await act();
    return world.now() - before;
  };
  return { ...it, getStuck, id, waited };
}

describe("a Slack that never answers", () => {
  it.each([
    [ACTIONS.approve, BOB],
    [ACTIONS.approve, DEE],
    [ACTIONS.cancel, ADA],
    [ACTIONS.cancel, LEE],
    [ACTIONS.end, BOB],
    [ACTIONS.extend, ADA],
    [ACTIONS.deny, DEE],
    [ACTIONS.review, DEE],
  ])("is not waited for by a click on %s of %s", async (action, who) => {
    const { called, click, getStuck, id, waited } = await whereSlackIsStuck();
    getStuck();
    const clicked = async () => expect((await click(who, action, id)).answer).toEqual(ACKNOWLEDGED);
    expect(await waited(clicked)).toBe(0);
    expect(called()).toEqual([]);
  });

  it("is waited for no longer than 2 s for a form, in whose place a button comes", async () => {
    const { as, click, getStuck, id, waited, whispered, api } = await whereSlackIsStuck();
    getStuck();
    for (const ask of [
      () => as(ADA).command("/access"),
      () => as(ADA).shortcut(SHORTCUT),
      () => click(ADA, ACTIONS.again, id),
      () => click(BOB, ACTIONS.deny, id),
      () => click(BOB, ACTIONS.review, id),
    ]) {
      const ms = await waited(ask);
      expect(ms).toBeGreaterThan(0);
      expect(ms).toBeLessThanOrEqual(2_000);
    }
    api.faults.clear();
    expect(JSON.stringify(await whispered(ADA))).toContain(ACTIONS.again);
    expect(JSON.stringify(await whispered(BOB))).toContain("Click again");
  });

  it("is waited for no longer than 300 ms for a form that changes, which is not given up", async () => {
    const world = aWorld();
    let { sleep } = NOT_IN_A_HURRY;
    const it = await createScene(world, () => ({
      clock: { now: world.now, sleep: (ms) => sleep(ms) },
    }));
    scene = it;
    await it.as(ADA).command("/access");
    it.api.faults.slowWrites(600_000);
    sleep = world.ports.clock.sleep;
    const before = world.now();
    const choice = { blockId: FIELDS.entitlement };
    const chosen = await it.as(ADA).select(it.form(ADA), ELEMENT, "other", choice);
    expect(chosen?.answer).toEqual(ACKNOWLEDGED);
    expect(world.now() - before).toBe(300);
    // It takes effect though nobody waits for its answer.
    while (!it.screen(ADA).includes("For how long?")) await turn();
    const submitted = await it.as(ADA).submit(it.form(ADA));
    expect(submitted.failure).toBeUndefined();
    expect(world.store.grants()).toHaveLength(1);
  });

  it("is waited for no longer than 300 ms where nobody else takes the answer", async () => {
    const { click, getStuck, id, waited, workspace } = await whereSlackIsStuck(false);
    getStuck();
    expect(await waited(() => click(DEE, ACTIONS.approve, id))).toBe(300);
    while (workspace.ephemeralsFor(DEE).length === 0) await turn();
    expect(JSON.stringify(workspace.ephemeralsFor(DEE))).toContain("not among them");
  });
});

describe("atMost", () => {
  const atOnce = async () => {};

  it("answers with what comes in time", async () => {
    expect(await atMost(NOT_IN_A_HURRY, 1, Promise.resolve("here"))).toBe("here");
  });

  it("answers without what does not", async () => {
    expect(await atMost({ sleep: atOnce }, 1, NOT_IN_A_HURRY.sleep(1))).toBeUndefined();
  });

  it("throws what fails in time, and leaves alone what fails later", async () => {
    const failure = new Error("no");
    await expect(atMost(NOT_IN_A_HURRY, 1, Promise.reject(failure))).rejects.toBe(failure);
    const later = Promise.withResolvers<never>();
    expect(await atMost({ sleep: atOnce }, 1, later.promise)).toBeUndefined();
    later.reject(failure);
    await turn(); // an unhandled rejection fails this test
  });
});
