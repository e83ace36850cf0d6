// Every click and form that decides, through the gate and the real Bolt: what happens, and what the person reads.

import { afterEach, describe, expect, it } from "@jest/globals";
import { approveRequest, cancelRequest } from "../../lib/broker/decide-request.ts";
import { extendAccess } from "../../lib/broker/extend-access.ts";
import type { GrantId } from "../../lib/grant/ids.ts";
import { ACTIONS, FIELDS, FORMS } from "../../lib/slack/names.ts";
import { StoreError } from "../../lib/store/store.ts";
import { ADA, anEntitlement, BOB, CAT, createWorld, HOUR, LEE, MINUTE } from "../support/world.ts";
import { ACKNOWLEDGED, createScene, type Scene } from "./slack-scene.ts";

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

const EXTENDABLE = (by: "self" | "approval") =>
  createWorld([anEntitlement("web-pods-read", { extend: { max: 2, by } })]);

/** Access that is there. */
async function active({ asked, world }: Scene): Promise<GrantId> {
  const grantId = await asked();
  await approveRequest(world.ports, { grantId, by: BOB, from: "test" });
  await world.provision();
  expect(await world.grant(grantId)).toMatchObject({ status: "active" });
  return grantId;
}

/** Access whose requester asks for more of it. */
async function asking(scene: Scene): Promise<GrantId> {
  const grantId = await active(scene);
  await extendAccess(scene.world.ports, { grantId, by: ADA, from: "test" });
  expect(await scene.world.grant(grantId)).toMatchObject({ extension: { approvals: [] } });
  return grantId;
}

describe("a click", () => {
  it("that may and can do what it says needs no words, and nothing of Slack", async () => {
    const { asked, called, click, whispered, world } = await open();
    const id = await asked();
    expect((await click(BOB, ACTIONS.approve, id)).answer).toEqual(ACKNOWLEDGED);
    expect(await world.grant(id)).toMatchObject({ status: "approved", approvals: [{ by: BOB }] });
    expect(await world.grant(id)).toMatchObject({
      history: [{}, { event: "approved", from: "slack:C0ACCESS" }],
    });
    expect(await whispered(BOB)).toBeUndefined();
    expect(called()).toEqual([]);
  });

  it("that comes too late is answered to the clicker alone, with who decided", async () => {
    const { asked, click, text, whispered, world } = await open();
    const id = await asked();
    await approveRequest(world.ports, { grantId: id, by: BOB, from: "test" });
    expect((await click(LEE, ACTIONS.approve, id)).answer).toEqual(ACKNOWLEDGED);
    const answer = text(await whispered(LEE));
    expect(answer).toContain("Too late to approve this");
    expect(answer).toContain("Approved by @Bob Lindqvist");
    expect(await whispered(BOB)).toBeUndefined();
  });

  it.each([
    [ACTIONS.approve, DEE, "you are not among them"],
    [ACTIONS.approve, ADA, "Nobody approves their own request"],
    [ACTIONS.cancel, BOB, "Only who made the request"],
    [ACTIONS.deny, DEE, "you are not among them"],
    [ACTIONS.review, DEE, "you are not among them"],
    [ACTIONS.review, ADA, "Nobody approves their own request"],
  ])("on %s by %s, who may not, is told why", async (action, who, why) => {
    const { asked, click, text, whispered, workspace, world } = await open();
    const id = await asked();
    expect((await click(who, action, id)).answer).toEqual(ACKNOWLEDGED);
    expect(text(await whispered(who))).toContain(why);
    expect(await world.grant(id)).toMatchObject({ status: "pending", approvals: [] });
    expect(workspace.openView(who)).toBeUndefined();
  });

  it.each(["guest", "deactivated", "outsider", "bot", "untold"] as const)(
    "of an approver who is %s counts for nothing",
    async (standing) => {
      const { asked, click, text, whispered, world } = await open();
      const id = await asked();
      world.standings.set(BOB, standing);
      await click(BOB, ACTIONS.approve, id);
      await click(BOB, ACTIONS.deny, id);
      await click(BOB, ACTIONS.review, id);
      expect(await world.grant(id)).toMatchObject({ status: "pending", approvals: [] });
      expect(text(await whispered(BOB))).toMatch(/Only full members|did not say who you are/);
    },
  );

  it("of somebody of another workspace is refused at the gate", async () => {
    const { asked, click, world } = await open();
    const id = await asked();
    expect((await click("U0EVE", ACTIONS.approve, id)).answer).toEqual({
      statusCode: 401,
      body: "",
    });
    expect(await world.grant(id)).toMatchObject({ history: [{ event: "requested" }] });
  });

  it.each([undefined, "LK-NOTANID", "0", "LK-0000000000"])(
    "on a button that carries %j is answered as well",
    async (value) => {
      const { click, text, whispered } = await open();
      const { openForm: _, again: __, ...onGrants } = ACTIONS;
      for (const action of Object.values(onGrants)) {
        expect((await click(BOB, action, value)).answer).toEqual(ACKNOWLEDGED);
        expect(text(await whispered(BOB))).toContain("does not know this request");
      }
    },
  );

  const DEEDS = ["approve", "cancel", "end", "extend", "approveExtension"] as const;
  const OPENERS = ["deny", "denyExtension", "review"] as const;

  it.each([
    ...DEEDS.map((name) => [name, "may have done it all the same"] as const),
    ...OPENERS.map((name) => [name, "nothing has changed"] as const),
  ])("on %s while the table is down is told so: %s", async (name, words) => {
    const load = () => Promise.reject(new StoreError("unavailable", "no answer"));
    const { asked, click, text, whispered } = await open(createWorld(), ({ store }) => ({
      store: { ...store, load },
    }));
    const id = await asked();
    expect((await click(BOB, ACTIONS[name], id)).answer).toEqual(ACKNOWLEDGED);
    expect(text(await whispered(BOB))).toContain(words);
  });

  it("on the App Home is answered in a direct message", async () => {
    const { asked, clickAtHome, directMessage, text, world } = await open();
    const id = await asked();
    await clickAtHome(BOB, ACTIONS.approve, id);
    expect(await world.grant(id)).toMatchObject({ history: [{}, { from: "slack:home" }] });
    await clickAtHome(LEE, ACTIONS.approve, id);
    expect(text(await directMessage(LEE))).toContain("Too late to approve this");
  });

  it("by the requester takes the request back, or ends the access", async () => {
    const one = await open();
    const first = await one.asked();
    await one.click(ADA, ACTIONS.cancel, first);
    expect(await one.world.grant(first)).toMatchObject({ status: "cancelled" });
    const second = await active(one);
    await one.click(ADA, ACTIONS.end, second);
    expect(await one.world.grant(second)).toMatchObject({
      status: "revoking",
      cause: { kind: "revoked", by: ADA },
    });
  });

  it("ends access for approvers and admins too, and for nobody else", async () => {
    const it = await open();
    for (const who of [BOB, CAT]) {
      const id = await active(it);
      await it.click(DEE, ACTIONS.end, id);
      expect(it.text(await it.whispered(DEE))).toContain("its approvers and the admins");
      expect(await it.world.grant(id)).toMatchObject({ status: "active" });
      await it.click(who, ACTIONS.end, id);
      expect(await it.world.grant(id)).toMatchObject({ status: "revoking", cause: { by: who } });
      await it.world.revoke();
    }
  });
});

describe("a denial", () => {
  it("asks why in a form, and tells the requester and not the log", async () => {
    const { as, asked, called, click, form, screen, workspace, world } = await open();
    const id = await asked();
    await click(BOB, ACTIONS.deny, id);
    expect(called()).toEqual(["views.open"]);
    expect(screen(BOB)).toContain("@Ada Byrne asks for");
    expect(form(BOB).private_metadata).toBe(id);
    await as(BOB).submit(form(BOB), { [FIELDS.denial]: " use the staging cluster " });
    expect(await world.grant(id)).toMatchObject({
      status: "denied",
      denial: "use the staging cluster",
      decidedBy: BOB,
    });
    expect(workspace.openView(BOB)).toBeUndefined();
    expect(JSON.stringify(world.logged)).not.toContain("staging");
  });

  it("needs no reason", async () => {
    const { as, asked, click, form, world } = await open();
    const id = await asked();
    await click(CAT, ACTIONS.deny, id);
    await as(CAT).submit(form(CAT), { [FIELDS.denial]: "  " });
    const grant = await world.grant(id);
    expect(grant).toMatchObject({ status: "denied" });
    expect(grant).not.toHaveProperty("denial");
  });

  it("that comes too late says so where people and times are shown, not spelt", async () => {
    const { as, asked, click, form, screen, world } = await open();
    const id = await asked();
    await click(BOB, ACTIONS.deny, id);
    await cancelRequest(world.ports, { grantId: id, by: ADA, from: "test" });
    await as(BOB).submit(form(BOB));
    expect(screen(BOB)).toContain("Too late to deny this");
    expect(screen(BOB)).toContain("Taken back by @Ada Byrne");
  });

  it("of somebody who may no longer decide says so", async () => {
    const { as, asked, click, form, screen, world } = await open();
    const id = await asked();
    await click(BOB, ACTIONS.deny, id);
    world.standings.set(BOB, "deactivated");
    await as(BOB).submit(form(BOB));
    expect(screen(BOB)).toContain("Only full members");
    expect(await world.grant(id)).toMatchObject({ status: "pending" });
  });

  it("whose form Slack did not wait for asks for another click", async () => {
    const { api, asked, click, text, whispered } = await open();
    const id = await asked();
    api.faults.next("views.open", { kind: "error", code: "expired_trigger_id" });
    await click(BOB, ACTIONS.deny, id);
    expect(text(await whispered(BOB))).toContain("Click again");
  });

  it("that the table does not answer promises nothing", async () => {
    const save = () => Promise.reject(new StoreError("unavailable", "no answer"));
    const { as, asked, click, form, screen } = await open(createWorld(), ({ store }) => ({
      store: { ...store, save },
    }));
    const id = await asked();
    await click(BOB, ACTIONS.deny, id);
    await as(BOB).submit(form(BOB));
    expect(screen(BOB)).toContain("may have done it all the same");
  });
});

describe("a review", () => {
  it("shows everything about a request, and approves", async () => {
    const it = await open();
    await active(it);
    const id = await it.asked({ reason: "<!channel> pods restart", duration: "2h" });
    await it.clickAtHome(BOB, ACTIONS.review, id);
    const screen = it.screen(BOB);
    for (const shown of [
      "Web projects: web-pods-read",
      "@Ada Byrne",
      "2 hours",
      "iam-bttrm-web-ro-group",
      "iam-bttrm-web-user-1",
      "> <!channel> pods restart",
      "the requester also has",
      "Had this once in the last 30 days.",
      id,
    ]) {
      expect(screen).toContain(shown);
    }
    await it.as(BOB).submit(it.form(BOB));
    expect(await it.world.grant(id)).toMatchObject({
      status: "approved",
      approvals: [{ by: BOB }],
    });
    expect(it.workspace.openView(BOB)).toBeUndefined();
  });

  it("denies, in a form on top of it, and closes both", async () => {
    const { as, asked, called, click, form, workspace, world } = await open();
    const id = await asked();
    await click(BOB, ACTIONS.review, id);
    await as(BOB).click(form(BOB), ACTIONS.deny);
    expect(called()).toEqual(["views.open", "views.push"]);
    expect(form(BOB).callback_id).toBe(FORMS.deny);
    await as(BOB).submit(form(BOB), { [FIELDS.denial]: "no" });
    expect(await world.grant(id)).toMatchObject({ status: "denied", denial: "no" });
    expect(workspace.openView(BOB)).toBeUndefined();
  });

  it("that comes too late says so in its place, and on top of it", async () => {
    const { as, asked, click, form, screen, world } = await open();
    const id = await asked();
    await click(BOB, ACTIONS.review, id);
    await approveRequest(world.ports, { grantId: id, by: LEE, from: "test" });
    const review = form(BOB);
    await as(BOB).click(review, ACTIONS.deny);
    expect(screen(BOB)).toContain("Too late to deny this");
    await as(BOB).close(form(BOB));
    await as(BOB).submit(form(BOB));
    expect(screen(BOB)).toContain("Too late to approve this");
    expect(screen(BOB)).toContain("Approved by @Lee Tanaka");
  });

  it("says in a direct message that nothing could be put on top of it", async () => {
    const { api, as, asked, called, click, directMessage, form, text } = await open();
    const id = await asked();
    await click(BOB, ACTIONS.review, id);
    api.faults.next("views.push", { kind: "error", code: "expired_trigger_id" });
    await as(BOB).click(form(BOB), ACTIONS.deny);
    expect(called()).toEqual(["views.open", "views.push"]);
    expect(text(await directMessage(BOB))).toContain("Click again");
  });

  it("opens without what cannot be read, and says so", async () => {
    const grantsOf = () => Promise.reject(new StoreError("unavailable", "no answer"));
    const { asked, click, screen } = await open(createWorld(), ({ store }) => ({
      store: { ...store, grantsOf },
    }));
    await click(BOB, ACTIONS.review, await asked());
    expect(screen(BOB)).toContain("could not be read");
    expect(screen(BOB)).toContain("[Approve]");
  });
});

describe("an extension", () => {
  it("is the requester's own where the entitlement says so", async () => {
    const it = await open(EXTENDABLE("self"));
    const id = await active(it);
    await it.click(DEE, ACTIONS.extend, id);
    expect(it.text(await it.whispered(DEE))).toContain("Only who has the access can extend it");
    await it.click(ADA, ACTIONS.extend, id);
    expect(await it.world.grant(id)).toMatchObject({ window: { extensions: 1 } });
    expect(await it.whispered(ADA)).toBeUndefined();
  });

  it("is approved by a click, or in a review", async () => {
    const it = await open(EXTENDABLE("approval"));
    const first = await asking(it);
    await it.click(ADA, ACTIONS.approveExtension, first);
    expect(it.text(await it.whispered(ADA))).toContain("Nobody approves their own request");
    await it.click(BOB, ACTIONS.approveExtension, first);
    expect(await it.world.grant(first)).toMatchObject({ window: { extensions: 1 } });

    await extendAccess(it.world.ports, { grantId: first, by: ADA, from: "test" });
    await it.clickAtHome(LEE, ACTIONS.review, first);
    expect(it.screen(LEE)).toContain("== Review extension ==");
    expect(it.screen(LEE)).toContain("1 hour more");
    await it.as(LEE).submit(it.form(LEE));
    expect(await it.world.grant(first)).toMatchObject({ window: { extensions: 2 } });
  });

  it("is denied in a form of its own: the access stays until its end", async () => {
    const it = await open(EXTENDABLE("approval"));
    const id = await asking(it);
    await it.click(DEE, ACTIONS.denyExtension, id);
    expect(it.text(await it.whispered(DEE))).toContain("you are not among them");
    await it.click(BOB, ACTIONS.denyExtension, id);
    expect(it.form(BOB)).toMatchObject({ callback_id: FORMS.denyExtension, private_metadata: id });
    expect(it.screen(BOB)).toContain("asks for 1 hour more of");
    await it.as(BOB).submit(it.form(BOB), { [FIELDS.denial]: "enough" });
    const grant = await it.world.grant(id);
    expect(grant).toMatchObject({ status: "active" });
    expect(grant).not.toHaveProperty("extension");
    expect(grant.history.at(-1)).toMatchObject({ event: "extension-denied", detail: "enough" });
  });

  it("is denied from its review as well", async () => {
    const it = await open(EXTENDABLE("approval"));
    const id = await asking(it);
    await it.click(BOB, ACTIONS.review, id);
    await it.as(BOB).click(it.form(BOB), ACTIONS.denyExtension);
    await it.as(BOB).submit(it.form(BOB));
    expect((await it.world.grant(id)).history.at(-1)).toMatchObject({ event: "extension-denied" });
    expect(it.workspace.openView(BOB)).toBeUndefined();
  });

  it("that comes too late is answered", async () => {
    const it = await open(EXTENDABLE("self"));
    const id = await active(it);
    it.world.advance(HOUR - MINUTE);
    await it.click(ADA, ACTIONS.extend, id);
    expect(it.text(await it.whispered(ADA))).toContain("until 2 minutes before its end");
    await it.world.revoke();
    it.world.advance(MINUTE);
    await it.world.revoke();
    await it.click(BOB, ACTIONS.approveExtension, id);
    expect(it.text(await it.whispered(BOB))).toContain("Too late to approve this");
  });
});
