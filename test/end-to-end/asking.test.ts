// Asking: every way to a request, what the form shows and says is wrong at its fields, and whom to turn to where nothing may be asked for.

import { describe, expect, it } from "@jest/globals";
import { ACTIONS, COMMAND, ELEMENT, FIELDS, fieldOf, SHORTCUT } from "../../lib/slack/names.ts";
import { elementsOf, optionsOf } from "../../local/slack/element-state.ts";
import { buttonsOf } from "../../local/slack/render-text.ts";
import { bodyText } from "../../local/slack/requests.ts";
import { useCatalogues } from "./catalogues.ts";
import {
  ADA,
  BOB,
  DEE,
  describeFromSource,
  idIn,
  LEE,
  said,
  scene,
  stackForTests,
} from "./scene.ts";

const stack = stackForTests();
const { card, cardMessage, click, clickHome, form, grant, home, inbox } = scene(stack);
const { openHome, person, request, rows, screen, status, submit, whispered } = scene(stack);

const DURATION = fieldOf("duration", "web-pods-read");
const TICKET = fieldOf("ticket", "web-pods-read");

/** Opens an empty form and chooses what is asked for. */
async function choose(who: string, entitlement: string): Promise<void> {
  await person(who).command(COMMAND);
  await chooseInstead(who, entitlement);
}

const chooseInstead = (who: string, entitlement: string) =>
  person(who).select(form(who), ELEMENT, entitlement, { blockId: FIELDS.entitlement });

/** What a menu of the form on somebody's screen offers. */
function offered(who: string, field: string): readonly string[] {
  return elementsOf(form(who).blocks)
    .filter(({ block }) => block.block_id === field)
    .flatMap(({ element }) => optionsOf(element).map(({ text }) => text.text));
}

describe("the form", () => {
  const good = { [DURATION]: "1h", [FIELDS.reason]: "checkout pods restart", [TICKET]: "OPS-12" };

  it.each([
    [COMMAND, () => person(ADA).command(COMMAND)],
    ["the shortcut", () => person(ADA).shortcut(SHORTCUT)],
    ["a button of the App Home", () => openHome(ADA).then(() => clickHome(ADA, ACTIONS.openForm))],
  ])("opens by %s, and lists what this person may ask for", async (_way, open) => {
    stack().workspace.clearModals(ADA);
    await open();
    expect(screen(ADA)).toContain("== Request access ==");
    expect(offered(ADA, FIELDS.entitlement)).toEqual([
      "Web projects: read pods",
      "Web projects: read pods, by mapping",
      "Web projects: read metrics",
      "Web projects: debug a release",
    ]);
    expect(screen(ADA)).not.toContain("For how long?");
  });

  it("shows what the choice gives, for how long it can be had, and who will be asked", async () => {
    await choose(ADA, "web-pods-read");
    expect(screen(ADA)).toContain("Look at the pods of both web projects in the dev cluster.");
    expect(screen(ADA)).toContain("Membership of IAM group `iam-bttrm-web-ro-group`");
    expect(offered(ADA, DURATION)).toEqual([
      "15 minutes",
      "30 minutes",
      "1 hour",
      "2 hours",
      "4 hours",
    ]);
    expect(screen(ADA)).toContain("For how long?: [ 1 hour ]");
    expect(screen(ADA)).toContain("Ticket (optional)");
    expect(screen(ADA)).toContain("Needs 1 approval by platform-leads (2 people).");
  });

  it("changes with the choice, and keeps the reason that was typed", async () => {
    await choose(ADA, "web-pods-read");
    await person(ADA).select(form(ADA), ELEMENT, "the release hangs", { blockId: FIELDS.reason });
    await chooseInstead(ADA, "web-release-debug");
    expect(screen(ADA)).toContain("Logs and exec in the web projects' pods");
    expect(screen(ADA)).toContain("Kubernetes `rbac-bttrm-web-debug-group` in cluster");
    expect(screen(ADA)).toContain("Why?: [ the release hangs ]");
    expect(screen(ADA)).toContain("Ticket: [  ]");
    expect(screen(ADA)).toContain("Needs 2 approvals by platform-leads (2 people) or security");

    await chooseInstead(ADA, "web-metrics-read");
    expect(screen(ADA)).toContain("Why? (optional): [ the release hangs ]");
    expect(screen(ADA)).not.toContain("Ticket");
    expect(screen(ADA)).toContain("Approved automatically, at once.");
  });

  it.each([
    [
      "no reason to speak of",
      { [FIELDS.reason]: "ok" },
      { [FIELDS.reason]: expect.stringContaining("what you need") },
    ],
    ["a bad ticket", { [TICKET]: "JIRA-1" }, { [TICKET]: expect.stringContaining("^OPS-[0-9]+$") }],
    [
      "both at once",
      { [FIELDS.reason]: "ok", [TICKET]: "x" },
      { [FIELDS.reason]: expect.any(String), [TICKET]: expect.any(String) },
    ],
  ])("says at the field what is wrong: %s", async (_mistake, entries, errors) => {
    await choose(ADA, "web-pods-read");
    const before = await rows();
    await submit(ADA, { ...good, ...entries });

    expect(stack().workspace.openView(ADA)?.errors).toEqual(errors);
    // Only that the submission was seen, so that it cannot be replayed.
    expect(await rows()).toBe(before + 1);
  });

  it.each([
    ["too long a duration", '"value":"4h"', '"value":"9h"', DURATION, "The most is 4 hours."],
    ["no duration at all", '"value":"4h"', '"value":"soon"', DURATION, "30m"],
    ["what there is not", "web-pods-read", "web-pods-write", FIELDS.entitlement, "web-pods-write"],
  ])("says so at the field whatever a client sends: %s", async (_what, from, to, field, words) => {
    await choose(ADA, "web-pods-read");
    const { event } = await submit(ADA, { ...good, [DURATION]: "4h", [TICKET]: "x" });
    const payload = new URLSearchParams(bodyText(event)).get("payload") ?? "";
    const forged = payload.replaceAll(from, to);
    expect(forged).not.toBe(payload);
    const { answer } = await stack().people.send(
      new URLSearchParams({ payload: forged }).toString(),
    );
    const { errors } = JSON.parse(bodyText(answer));
    expect(errors[field.replaceAll(from, to)]).toContain(words);
  });

  it("turns into a confirmation once it is submitted, and the card appears", async () => {
    await choose(ADA, "web-pods-read");
    await submit(ADA, { ...good, [DURATION]: "30m" });

    expect(screen(ADA)).toContain("Web projects: read pods for 30 minutes is requested.");
    expect(screen(ADA)).toContain("It waits for platform-leads in #access-requests.");
    const id = idIn(screen(ADA));
    expect(card(id)).toContain("Pending: Web projects: read pods");
    expect(card(id)).toContain("by @Bob Lindqvist or @Lee Tanaka");
    expect(await grant(id)).toMatchObject({ durationMs: 30 * 60_000, ticket: "OPS-12" });
  });

  it("says so, and shows no card's wait, where nobody has to approve", async () => {
    await choose(ADA, "web-metrics-read");
    await submit(ADA, {});
    expect(screen(ADA)).toContain("It is approved automatically");
    expect(await status(idIn(screen(ADA)))).toBe("active");
  });

  it("comes with a button where Slack did not wait for it, which opens it", async () => {
    stack().workspace.clearModals(ADA);
    const expired = { kind: "error", code: "expired_trigger_id" } as const;
    stack().slackApi.faults.next("views.open", expired);
    expect(said(await person(ADA).command(COMMAND))).toContain("Slack did not wait for the form");
    const answer = stack().workspace.ephemeralsFor(ADA).at(-1);
    if (answer === undefined) throw new Error("Ada was answered nothing");
    await click(ADA, answer, ACTIONS.openForm);
    await chooseInstead(ADA, "web-pods-read");
    await submit(ADA, good);
    expect(screen(ADA)).toContain("is requested");

    stack().workspace.clearModals(ADA);
    stack().slackApi.faults.next("views.open", expired);
    await person(ADA).shortcut(SHORTCUT);
    await stack().settle();
    const message = stack().workspace.messagesFor(ADA).at(-1);
    if (message === undefined) throw new Error("Ada was written nothing");
    await click(ADA, message, ACTIONS.openForm);
    expect(screen(ADA)).toContain("What do you need?");
  });
});

describe("/access with words", () => {
  it("opens the form filled in where only the reason lacks", async () => {
    await person(ADA).command(COMMAND, "web-pods-read 2h OPS-7");
    expect(screen(ADA)).toContain("For how long?: [ 2 hours ]");
    expect(screen(ADA)).toContain("Ticket (optional): [ OPS-7 ]");
  });

  it("answers to the person alone that there is no such thing", async () => {
    const answer = said(await person(ADA).command(COMMAND, "web-everything 1h please"));
    expect(answer).toContain('There is nothing called "web-everything"');
    expect(whispered(ADA)).toContain("web-everything");
  });

  it("says every mistake at once", async () => {
    const answer = said(await person(ADA).command(COMMAND, "web-release-debug 9h JIRA-1"));
    expect(answer).toContain("The most is 1 hour 30 minutes.");
    expect(answer).toContain("Name a ticket that matches ^OPS-[0-9]+$.");
  });

  it("tells how to ask, what may be asked for, and what one has", async () => {
    const id = await request(DEE, "web-pods-read 1h to be listed");
    expect(said(await person(DEE).command(COMMAND, "help"))).toContain("`/access list`");
    await person(DEE).command(COMMAND, "list");
    expect(whispered(DEE)).toContain("web-release-debug");
    expect(whispered(DEE)).toContain("Web projects: debug a release, at most 1h30m");
    await person(DEE).command(COMMAND, "mine");
    expect(whispered(DEE)).toContain(`0 of 1 approvals`);
    expect(whispered(DEE)).toContain(id);
    await person(ADA).command(COMMAND, "mine");
    expect(whispered(ADA)).not.toContain(id);
  });
});

describe('"Request again"', () => {
  it("opens the form as it was filled in, for who asked and for nobody else", async () => {
    const id = await request(ADA, "web-pods-read 2h OPS-7 pods restart again");
    await click(ADA, cardMessage(id), ACTIONS.cancel);
    expect(buttonsOf(cardMessage(id))).toEqual(["Request again"]);

    await click(DEE, cardMessage(id), ACTIONS.again);
    expect(screen(DEE)).toContain("What do you need?");
    expect(screen(DEE)).not.toContain("pods restart again");
    await click(ADA, cardMessage(id), ACTIONS.again);
    expect(screen(ADA)).toContain("What do you need?: [ Web projects: read pods ]");
    expect(screen(ADA)).toContain("For how long?: [ 2 hours ]");
    expect(screen(ADA)).toContain("Why?: [ pods restart again ]");
    expect(screen(ADA)).toContain("Ticket (optional): [ OPS-7 ]");

    await submit(ADA);
    const next = idIn(screen(ADA));
    expect(next).not.toBe(id);
    expect(await grant(next)).toMatchObject({ reason: "pods restart again", ticket: "OPS-7" });
  });
});

describe("somebody who may ask for nothing", () => {
  const NOTHING = "There is nothing that you may ask for. @Cat Moreno can tell you more.";

  it("is told whom to turn to, whichever way they ask", async () => {
    await person(LEE).command(COMMAND);
    expect(whispered(LEE)).toBe(NOTHING);
    await person(LEE).command(COMMAND, "list");
    expect(whispered(LEE)).toBe(NOTHING);
    await person(LEE).shortcut(SHORTCUT);
    await stack().settle();
    expect(inbox(LEE).at(-1)).toBe(NOTHING);
    await openHome(LEE);
    expect(home(LEE)).toContain(NOTHING);
    expect(home(LEE)).not.toContain("[Request access]");
    expect(stack().workspace.openView(LEE)).toBeUndefined();
  });

  it("is told so as well who is asked about things that others may ask for", async () => {
    await person(BOB).command(COMMAND, "web-pods-read 1h OPS-1 for a friend");
    expect(whispered(BOB)).toContain("is for web-developers; you are not among them.");
  });
});

describeFromSource("more to ask for than a menu holds", () => {
  const catalogue = useCatalogues();
  const name = (n: number) => `tool-${String(n).padStart(3, "0")}`;

  it("is searched as one types, and nothing of it is out of reach", async () => {
    const one = { requesters: ["web-developers"], approval: "automatic" };
    const group = { arn: "arn:aws:iam::111122223333:group/jit/iam-bttrm-web-metrics-ro-group" };
    const tool = { ...one, duration: { default: "1h", max: "4h" }, targets: [{ iamGroup: group }] };
    const tools = Array.from({ length: 150 }, (_, n) => [
      `entitlements.${name(n)}`,
      { ...tool, title: `The tool number ${n}` },
    ]);
    await stack().deploy(catalogue(Object.fromEntries(tools)));
    stack().workspace.clearModals(ADA);
    await person(ADA).command(COMMAND);
    const type = (typed: string) => person(ADA).blockSuggestion(form(ADA), ELEMENT, typed);
    const all = await type("");
    expect(all.options).toHaveLength(100);
    expect(bodyText(all.answer)).toContain("The first 100 of 154: type to narrow them down");
    const { options } = await type("number 14");
    expect(options.map(({ value }) => value)).toEqual(
      tools.map((_, n) => name(n)).filter((tool) => tool.includes("14")),
    );
    await chooseInstead(ADA, "tool-149");
    await submit(ADA);
    expect(screen(ADA)).toContain("The tool number 149 for 1 hour is requested.");
  });
});
