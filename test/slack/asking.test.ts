// Every way to ask, through the gate and the real Bolt: what happens, and what the person reads.

import { afterEach, describe, expect, it } from "@jest/globals";
import { ACTIONS, ELEMENT, FIELDS, fieldOf, SHORTCUT } from "../../lib/slack/names.ts";
import { StoreError } from "../../lib/store/store.ts";
import { buttonsOf } from "../../local/slack/render-text.ts";
import { bodyText } from "../../local/slack/requests.ts";
import { ADA, anEntitlement, BOB, createWorld, HOUR, MINUTE } from "../support/world.ts";
import { ACKNOWLEDGED, createScene, type Scene, said } from "./slack-scene.ts";

const DEE = "U0DEE"; // of the workspace, and in no group
const GUS = "U0GUS"; // a guest

let scene: Scene | undefined;

async function open(...args: Parameters<typeof createScene>): Promise<Scene> {
  scene = await createScene(...args);
  return scene;
}

afterEach(async () => {
  await scene?.close();
  scene = undefined;
});

const DETAILED = anEntitlement("web-pods-read", {
  title: "Web projects: read pods",
  description: "Look at pods, nothing more.",
  reason: "required",
  ticket: { pattern: "^OPS-[0-9]+$", required: true },
  approval: { kind: "approvers", by: ["platform-leads"], count: 2, notify: "channel" },
});
const PLAIN = anEntitlement("metrics", {
  title: "Metrics",
  approval: { kind: "automatic" },
  duration: { defaultMs: 30 * MINUTE, maxMs: 24 * HOUR },
});
const inDetail = () => createWorld([DETAILED, PLAIN]);

describe("/access", () => {
  it("opens a form that lists what this person may ask for, and nothing to fill in yet", async () => {
    const { as, screen, called } = await open(inDetail());
    expect((await as(ADA).command("/access")).answer).toMatchObject({ statusCode: 200 });
    expect(called()).toEqual(["views.open"]);
    expect(screen(ADA)).toContain("Web projects: read pods | Metrics");
    expect(screen(ADA)).not.toContain("For how long?");
  });

  it("asks the table nothing", async () => {
    const down = () => Promise.reject(new StoreError("unavailable", "no answer"));
    const { as, form } = await open(createWorld(), ({ store }) => ({
      store: { ...store, firstSeen: down, load: down },
    }));
    await as(ADA).command("/access");
    expect(form(ADA).callback_id).toBe("latchkey_request");
  });

  it("chooses at once where there is only one thing to ask for", async () => {
    const { as, screen } = await open(createWorld([DETAILED]));
    await as(ADA).command("/access");
    expect(screen(ADA)).toContain("For how long?: [ 1 hour ]");
  });

  it("tells whoever may ask for nothing whom to turn to", async () => {
    const { as, workspace } = await open();
    expect(said(await as(DEE).command("/access"))).toMatch(
      /nothing that you may ask for.*<@U0CAT>/,
    );
    expect(workspace.openView(DEE)).toBeUndefined();
  });

  it("brings a button that opens the form where Slack did not wait for it", async () => {
    const { as, api, workspace, screen } = await open();
    api.faults.next("views.open", { kind: "error", code: "expired_trigger_id" });
    await as(ADA).command("/access");
    const answer = workspace.ephemeralsFor(ADA).at(-1);
    if (answer === undefined) throw new Error("there is no answer");
    expect(buttonsOf(answer)).toEqual(["Open form"]);
    await as(ADA).click(answer, ACTIONS.openForm);
    expect(screen(ADA)).toContain("Request access");
  });

  it("asks at once where everything is said", async () => {
    const { as, world, called } = await open(inDetail());
    const answer = said(await as(ADA).command("/access", "web-pods-read 2h OPS-7 pods restart"));
    expect(answer).toContain("Requested. LK-");
    expect(world.store.grants()).toMatchObject([
      { grant: { requester: ADA, durationMs: 2 * HOUR, ticket: "OPS-7", reason: "pods restart" } },
    ]);
    expect(called()).toEqual([]);
  });

  it("opens the form with what was said where only a word lacks", async () => {
    const { as, form, world } = await open(inDetail());
    await as(ADA).command("/access", "web-pods-read 90m OPS-7");
    const { values } = form(ADA).state;
    expect(values[fieldOf("duration", "web-pods-read")]?.[ELEMENT]).toMatchObject({
      selected_option: { value: "1h30m" },
    });
    expect(values[fieldOf("ticket", "web-pods-read")]?.[ELEMENT]).toMatchObject({ value: "OPS-7" });
    await as(ADA).submit(form(ADA), { [FIELDS.reason]: "pods restart" });
    expect(world.store.grants()).toMatchObject([{ grant: { durationMs: 90 * MINUTE } }]);
  });

  it.each([
    ["web-everything 1h please", 'nothing called "web-everything"'],
    ["web-pods-read 9h OPS-7 pods restart", "The most is 4 hours."],
  ])("says why not, to %s", async (words, why) => {
    const { as, world } = await open(inDetail());
    expect(said(await as(ADA).command("/access", words))).toContain(why);
    expect(world.store.grants()).toEqual([]);
  });

  it("takes for the reason's first word what is no ticket, and asks for one in the form", async () => {
    const { as, screen } = await open(inDetail());
    await as(ADA).command("/access", "web-pods-read 1h JIRA-7 pods restart");
    expect(screen(ADA)).toContain("Why?: [ JIRA-7 pods restart ]");
    expect(screen(ADA)).toContain("Ticket: [  ]");
  });

  it("says every reason at once", async () => {
    const { as } = await open(inDetail());
    const answer = said(await as(DEE).command("/access", "web-pods-read 9h x"));
    expect(answer).toContain("you are not among them");
    expect(answer).toContain("The most is 4 hours.");
    expect(answer).toContain("Nothing says who you are in AWS");
  });

  it.each([
    ["a guest", GUS, "guest", "Only full members"],
    ["somebody of whom Slack says nothing", ADA, "untold", "did not say who you are"],
  ] as const)("is not for %s", async (_who, by, standing, why) => {
    const { as, world } = await open();
    world.standings.set(by as typeof ADA, standing);
    expect(said(await as(by).command("/access", "web-pods-read 1h why"))).toContain(why);
    expect(world.store.grants()).toEqual([]);
  });

  it("is not for people of other workspaces, which they are told", async () => {
    const { as, world } = await open();
    const answer = said(await as("U0EVE").command("/access", "web-pods-read 1h why"));
    expect(answer).toContain("another workspace");
    expect(world.store.grants()).toEqual([]);
  });

  it("whose request the table took without saying so does not promise that nothing happened", async () => {
    const { as } = await open(createWorld(), ({ store }) => ({
      store: {
        ...store,
        create: async (grant) => {
          await store.create(grant);
          throw new StoreError("unavailable", "no answer");
        },
      },
    }));
    const answer = said(await as(ADA).command("/access", "web-pods-read 1h why"));
    expect(answer).toContain("may have done it all the same");
    expect(answer).toContain("/access mine");
  });
});

describe("the shortcut and the button on the App Home", () => {
  it("open the form from anywhere", async () => {
    const { as, clickAtHome, screen, workspace } = await open(inDetail());
    await as(ADA).shortcut(SHORTCUT);
    expect(screen(ADA)).toContain("Metrics");
    workspace.clearModals(ADA);
    await clickAtHome(ADA, ACTIONS.openForm);
    expect(screen(ADA)).toContain("Metrics");
  });

  it("open it with what the button names", async () => {
    const { clickAtHome, screen } = await open(inDetail());
    await clickAtHome(ADA, ACTIONS.openForm, "metrics");
    expect(screen(ADA)).toContain("[ Metrics ]");
    expect(screen(ADA)).toContain("For how long?: [ 30 minutes ]");
  });

  it("say so where that can no longer be asked for", async () => {
    const { clickAtHome, screen } = await open(inDetail());
    await clickAtHome(ADA, ACTIONS.openForm, "long-gone");
    expect(screen(ADA)).toContain("no longer");
    expect(screen(ADA)).toContain("Metrics");
  });

  it("bring a direct message with the button where Slack did not wait", async () => {
    const { as, api, clickAtHome, directMessage, screen } = await open(inDetail());
    const late = { kind: "error", code: "expired_trigger_id" } as const;
    for (const ask of [
      () => as(ADA).shortcut(SHORTCUT),
      () => clickAtHome(ADA, ACTIONS.openForm, "metrics"),
    ]) {
      api.faults.next("views.open", late);
      expect((await ask()).answer).toEqual(ACKNOWLEDGED);
    }
    const message = await directMessage(ADA);
    if (message === undefined) throw new Error("nothing was said");
    await as(ADA).click(message, ACTIONS.openForm);
    expect(screen(ADA)).toContain("[ Metrics ]");
  });

  it("tell whoever may ask for nothing, in a direct message", async () => {
    const { as, directMessage, text } = await open();
    expect((await as(DEE).shortcut(SHORTCUT)).answer).toEqual(ACKNOWLEDGED);
    expect(text(await directMessage(DEE))).toContain("nothing that you may ask for");
  });
});

describe("Request again", () => {
  it("opens the form as it was filled in", async () => {
    const { asked, click, form, as, world } = await open(inDetail());
    const reason = "pods restart";
    const id = await asked({ duration: "3h", reason, ticket: "OPS-7" });
    await click(ADA, ACTIONS.again, id);
    await as(ADA).submit(form(ADA));
    const [first, second] = world.store.grants().map(({ grant }) => grant);
    const same = ({
      requester,
      entitlement,
      durationMs,
      reason,
      ticket,
    }: typeof first & object) => ({ requester, entitlement, durationMs, reason, ticket });
    if (first === undefined || second === undefined) throw new Error("there are not two grants");
    expect(same(second)).toEqual(same(first));
  });

  it("tells others nothing of what was typed", async () => {
    const world = createWorld([
      { ...DETAILED, requesters: ["web-developers", "platform-leads"] },
      PLAIN,
    ]);
    const { asked, click, screen } = await open(world);
    const id = await asked({ reason: "a private matter", ticket: "OPS-7" });
    await click(BOB, ACTIONS.again, id);
    expect(screen(BOB)).toContain("Request access");
    expect(screen(BOB)).not.toContain("private");
    expect(screen(BOB)).not.toContain("OPS-7");
  });

  it("starts with the usual duration where the one of before is too long now", async () => {
    const world = inDetail();
    const { asked, click, screen } = await open(world);
    const id = await asked({ duration: "4h", reason: "pods restart", ticket: "OPS-7" });
    const shorter = { ...DETAILED, duration: { defaultMs: HOUR, maxMs: 2 * HOUR } };
    world.deploy({
      ...world.policy(),
      entitlements: { [shorter.id]: shorter, [PLAIN.id]: PLAIN },
    });
    await click(ADA, ACTIONS.again, id);
    expect(screen(ADA)).toContain("For how long?: [ 1 hour ]");
    expect(screen(ADA)).toContain("pods restart");
  });

  it("opens the plain form, and says so, where that can no longer be asked for", async () => {
    const world = inDetail();
    const { asked, click, screen } = await open(world);
    const id = await asked({ reason: "pods restart", ticket: "OPS-7" });
    const more = { metrics: PLAIN, other: anEntitlement("other") };
    world.deploy({ ...world.policy(), entitlements: more });
    await click(ADA, ACTIONS.again, id);
    expect(screen(ADA)).toContain("no longer");
    expect(screen(ADA)).not.toContain("pods restart");
  });

  it("opens the plain form for a grant that nobody knows", async () => {
    const { click, screen } = await open(inDetail());
    for (const value of [undefined, "LK-0000000000", "x"]) {
      await click(ADA, ACTIONS.again, value);
      expect(screen(ADA)).toContain("Metrics");
    }
  });

  it("opens the plain form where the table does not answer", async () => {
    const load = () => Promise.reject(new StoreError("unavailable", "no answer"));
    const { asked, click, screen } = await open(inDetail(), ({ store }) => ({
      store: { ...store, load },
    }));
    await click(ADA, ACTIONS.again, await asked({ reason: "pods restart", ticket: "OPS-7" }));
    expect(screen(ADA)).toContain("Metrics");
  });

  it("brings a button that does the same where Slack did not wait", async () => {
    const { as, api, asked, click, screen, whispered } = await open(inDetail());
    const id = await asked({ reason: "pods restart", ticket: "OPS-7" });
    api.faults.next("views.open", { kind: "error", code: "expired_trigger_id" });
    await click(ADA, ACTIONS.again, id);
    const message = await whispered(ADA);
    if (message === undefined) throw new Error("nothing was said");
    await as(ADA).click(message, ACTIONS.again);
    expect(screen(ADA)).toContain("pods restart");
  });
});

describe("the form", () => {
  const choose = (id: string) => [ELEMENT, id, { blockId: FIELDS.entitlement }] as const;

  it("shows, once something is chosen, what it gives, for how long, why, and who is asked", async () => {
    const { as, form, screen } = await open(inDetail());
    await as(ADA).command("/access");
    await as(ADA).select(form(ADA), ...choose("web-pods-read"));
    expect(screen(ADA)).toContain("Look at pods, nothing more.");
    expect(screen(ADA)).toContain("iam-bttrm-web-ro-group");
    expect(screen(ADA)).toContain("For how long?: [ 1 hour ]");
    expect(screen(ADA)).toContain("Why?: ");
    expect(screen(ADA)).toContain("^OPS-[0-9]+$");
    expect(screen(ADA)).toContain("Needs 2 approvals by platform-leads");
    expect(screen(ADA)).toContain("Nobody can approve their own request");
  });

  it("keeps the reason when something else is chosen, and starts the rest anew", async () => {
    const { as, form, screen } = await open(inDetail());
    await as(ADA).command("/access", "web-pods-read 2h OPS-7");
    await as(ADA).select(form(ADA), ELEMENT, "pods restart", { blockId: FIELDS.reason });
    await as(ADA).select(form(ADA), ...choose("metrics"));
    expect(screen(ADA)).toContain("[ Metrics ]");
    expect(screen(ADA)).toContain("Why? (optional): [ pods restart ]");
    expect(screen(ADA)).toContain("For how long?: [ 30 minutes ]");
    expect(screen(ADA)).not.toContain("OPS-7");
    expect(screen(ADA)).toContain("Approved automatically");
  });

  it("makes the request, and says so in its place", async () => {
    const { as, form, screen, world } = await open(inDetail());
    await as(ADA).command("/access");
    await as(ADA).select(form(ADA), ...choose("web-pods-read"));
    await as(ADA).submit(form(ADA), {
      [fieldOf("duration", "web-pods-read")]: "2h",
      [FIELDS.reason]: "  pods restart ",
      [fieldOf("ticket", "web-pods-read")]: "OPS-7",
    });
    expect(world.store.grants()).toMatchObject([
      {
        grant: { status: "pending", durationMs: 2 * HOUR, reason: "pods restart", ticket: "OPS-7" },
      },
    ]);
    expect(screen(ADA)).toContain("for 2 hours is requested");
    expect(screen(ADA)).toContain("platform-leads in #access-requests");
  });

  it("says at the fields what is wrong, all at once, and keeps what was typed", async () => {
    const { as, errors, form, screen, world } = await open(inDetail());
    await as(ADA).command("/access", "web-pods-read 1h OPS-7");
    await as(ADA).submit(form(ADA), {
      [FIELDS.reason]: "x",
      [fieldOf("ticket", "web-pods-read")]: "JIRA-1",
    });
    expect(errors(ADA)).toEqual({
      [FIELDS.reason]: expect.stringContaining("what you need"),
      [fieldOf("ticket", "web-pods-read")]: expect.stringContaining("^OPS-[0-9]+$"),
    });
    expect(screen(ADA)).toContain("JIRA-1");
    expect(world.store.grants()).toEqual([]);
  });

  it("says at the first field what belongs to none, as that somebody is a guest", async () => {
    const { as, errors, form, world } = await open(inDetail());
    await as(ADA).command("/access");
    world.standings.set(ADA, "guest");
    await as(ADA).select(form(ADA), ...choose("metrics"));
    await as(ADA).submit(form(ADA));
    expect(errors(ADA)).toEqual({ [FIELDS.entitlement]: expect.stringContaining("guest") });
  });

  it("says at the field that there is no such entitlement, whatever a client sends", async () => {
    const { as, form, people } = await open(inDetail());
    await as(ADA).command("/access", "web-pods-read 1h OPS-7");
    const { event } = await as(ADA).submit(form(ADA), { [FIELDS.reason]: "x" });
    const forged = bodyText(event).replaceAll("web-pods-read", "web-pods-write");
    const { answer } = await people.send(forged);
    expect(JSON.parse(bodyText(answer))).toEqual({
      response_action: "errors",
      errors: { [FIELDS.entitlement]: expect.stringContaining('nothing called "web-pods-write"') },
    });
  });

  it("shows the right fields with what was typed where they never came, or were another's", async () => {
    const { api, as, errors, form, screen, world } = await open(inDetail());
    await as(ADA).command("/access");
    api.faults.next("views.update", { kind: "http", status: 503 }, 2);
    await as(ADA).select(form(ADA), ...choose("metrics"));
    expect(screen(ADA)).not.toContain("For how long?");
    await as(ADA).submit(form(ADA));
    expect(screen(ADA)).toContain("For how long?: [ 30 minutes ]");

    const typed = { [fieldOf("duration", "metrics")]: "2h", [FIELDS.reason]: "pods restart" };
    await as(ADA).select(form(ADA), ...choose("web-pods-read"));
    await as(ADA).submit(form(ADA), typed);
    expect(world.store.grants()).toEqual([]);
    expect(errors(ADA)).toEqual({});
    expect(screen(ADA)).toContain("Needs 2 approvals");
    expect(screen(ADA)).toContain("[ 2 hours ]");
    expect(screen(ADA)).toContain("[ pods restart ]");
    await as(ADA).submit(form(ADA), { [fieldOf("ticket", "web-pods-read")]: "OPS-7" });
    expect(world.store.grants()).toHaveLength(1);
  });

  it("stays with what was typed where the table does not answer", async () => {
    const create = () => Promise.reject(new StoreError("unavailable", "no answer"));
    const { as, errors, form, screen } = await open(inDetail(), ({ store }) => ({
      store: { ...store, create },
    }));
    await as(ADA).command("/access", "web-pods-read 1h OPS-7");
    await as(ADA).submit(form(ADA), { [FIELDS.reason]: "pods restart" });
    expect(errors(ADA)).toEqual({ [FIELDS.entitlement]: expect.stringContaining("may have") });
    expect(screen(ADA)).toContain("pods restart");
  });

  it("tells whoever may ask for nothing any more", async () => {
    const world = inDetail();
    const { as, form, screen } = await open(world);
    await as(ADA).command("/access");
    world.deploy({ ...world.policy(), groups: {} });
    await as(ADA).select(form(ADA), ...choose("metrics"));
    expect(screen(ADA)).toContain("nothing that you may ask for");
  });

  it("carries nothing that somebody typed in its metadata", async () => {
    const { as, form } = await open(inDetail());
    await as(ADA).command("/access", "web-pods-read 1h OPS-7");
    expect(form(ADA).private_metadata).toBe("");
  });
});

describe("the form for 250 entitlements", () => {
  const many = Array.from({ length: 250 }, (_, n) =>
    anEntitlement(`project-${n}`, { title: `Project ${n}: read ${n % 2 === 0 ? "pods" : "logs"}` }),
  );
  const MENU = { blockId: FIELDS.entitlement };

  it("opens, is searched, chosen in, and submitted", async () => {
    const { as, form, screen, world } = await open(createWorld(many));
    await as(ADA).command("/access");
    await as(ADA).select(form(ADA), ELEMENT, "project-249", MENU);
    expect(screen(ADA)).toContain("[ Project 249: read logs ]");
    await as(ADA).submit(form(ADA));
    expect(world.store.grants()).toMatchObject([{ grant: { entitlement: { id: "project-249" } } }]);
  });

  it("never cuts its list silently", async () => {
    const { as, form } = await open(createWorld(many));
    await as(ADA).command("/access");
    const all = await as(ADA).blockSuggestion(form(ADA), ELEMENT, "", MENU);
    expect(all.options).toHaveLength(100);
    expect(bodyText(all.answer)).toContain("The first 100 of 250: type to narrow them down");
    const some = await as(ADA).blockSuggestion(form(ADA), ELEMENT, "LOGS 24", MENU);
    expect(some.options.map(({ value }) => value)).toEqual(
      [
        "project-124",
        "project-224",
        ...[240, 241, 242, 243, 244, 245, 246, 247, 248, 249].map((n) => `project-${n}`),
      ].filter((id) => Number(id.slice(8)) % 2 === 1),
    );
    expect(bodyText(some.answer)).not.toContain("first");
  });

  it("offers nothing to whoever may ask for nothing", async () => {
    const world = createWorld(many);
    const { as, form } = await open(world);
    await as(ADA).command("/access");
    world.deploy({ ...world.policy(), groups: {} });
    const none = await as(ADA).blockSuggestion(form(ADA), ELEMENT, "", MENU);
    expect(none).toMatchObject({ options: [] });
    expect(none.failure).toBeUndefined();
  });
});
