// Deciding: one card through every state with its story in the thread, approvers who are asked, reminded and told, and who may not decide.

import { afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import type { GrantId } from "../../lib/grant/ids.ts";
import { ACTIONS, FIELDS } from "../../lib/slack/names.ts";
import { buttonsOf } from "../../local/slack/render-text.ts";
import type { FunctionName } from "../../local/stack.ts";
import { useCatalogues } from "./catalogues.ts";
import {
  ADA,
  BOB,
  CAT,
  DEE,
  describeFromSource,
  HOUR,
  LEE,
  MINUTE,
  scene,
  stackForTests,
} from "./scene.ts";

const stack = stackForTests();
const { approve, awsAuth, card, cardMessage, cards, click, clickHome } = scene(stack);
const { clickLate, form, granted, home, inThread, later, members, message } = scene(stack);
const { messages, openHome, request, screen, shown, status, story, submit } = scene(stack);
const { endNow, pastTheEnd, whispered } = scene(stack);

const GROUP = "iam-bttrm-web-ro-group";
const DEBUG_GROUP = "iam-bttrm-web-debug-group";
const USER = "iam-bttrm-web-user-1";

const buttons = (id: GrantId) => buttonsOf(cardMessage(id));

describe("a card", () => {
  afterEach(() => stack().deliverKicks(true));

  /** Runs a function as the schedule does, and then tells Slack. */
  const run = async (...names: readonly FunctionName[]) => {
    for (const name of [...names, "announce"] as const) await stack().invoke(name, {});
  };

  it("goes through every state in its place, and its thread tells each step", async () => {
    // Without kicks every state can be looked at.
    stack().deliverKicks(false);
    const id = await request(ADA, "web-pods-read 1h OPS-1 step by step");
    await run();
    const { ts } = cardMessage(id);
    const steps: (readonly [heading: string, buttons: readonly string[], lines: number])[] = [];
    const look = () =>
      steps.push([shown(cardMessage(id)).split("\n")[0] ?? "", buttons(id), story(id).length]);
    look();
    await approve(BOB, id);
    await run();
    look();
    await run("provision");
    look();
    await endNow(ADA, id);
    await run();
    look();
    await run("revoke");
    look();

    const what = "Web projects: read pods";
    expect(steps).toEqual([
      [`# 🟡 Pending: ${what}`, ["Approve", "Deny…", "Cancel (requester)"], 0],
      [`# 🔵 Approved: ${what}`, ["End now"], 1],
      [`# 🟢 Active: ${what}`, ["End now"], 2],
      [`# 🟠 Ending: ${what}`, [], 3],
      [`# ⚫ Revoked: ${what}`, ["Request again"], 4],
    ]);
    expect(story(id)).toEqual([
      "Approved by @Bob Lindqvist",
      expect.stringMatching(/^Active until /),
      "Ended early by @Ada Byrne",
      "The access is gone",
    ]);
    expect(cards(id)).toEqual([expect.objectContaining({ ts })]);
  });

  it("says of a denial, a cancellation and a lapse how it came to them", async () => {
    const denied = await request(ADA, "web-pods-read 1h OPS-1 to be denied");
    await click(BOB, cardMessage(denied), ACTIONS.deny);
    await submit(BOB);
    const cancelled = await request(ADA, "web-pods-read 1h OPS-1 to be cancelled");
    await click(ADA, cardMessage(cancelled), ACTIONS.cancel);
    const ends = [denied, cancelled].map((id) => [card(id).split("\n")[1], ...story(id)]);
    expect(ends).toEqual([
      [expect.stringMatching(/^Denied by @Bob Lindqvist .* UTC\.$/), "Denied by @Bob Lindqvist"],
      [expect.stringMatching(/^Taken back by @Ada Byrne .* UTC\.$/), "Taken back by @Ada Byrne"],
    ]);
  });
});

describe("approving", () => {
  it("shows what is given, to whom, and what they have and had before, and asks once more", async () => {
    const before = await granted(ADA, "web-pods-read 1h OPS-1 the first time");
    await pastTheEnd(before);
    const metrics = await request(ADA, "web-metrics-read 1h");
    const id = await request(ADA, "web-pods-read 30m OPS-2 the second time");
    expect(card(id)).toContain("It takes an approval by @Bob Lindqvist or @Lee Tanaka");
    expect(card(id)).toContain("Membership of IAM group `iam-bttrm-web-ro-group`");
    expect(card(id)).toContain("to IAM user `iam-bttrm-web-user-1`");
    expect(card(id)).toMatch(/the requester also has:\n• Web projects: read metrics, until /);
    expect(card(id)).toMatch(/Had this (once|\d times) in the last 30 days\./);

    const { confirm } = await approve(BOB, id);
    expect(confirm?.text.text).toContain("<@U0ADA> gets Web projects: read pods for *30 minutes*");
    expect(confirm?.text.text).toContain("They have 1 more access now.");
    expect(card(id)).not.toContain("the requester also has");
    await endNow(ADA, id);
    await endNow(ADA, metrics);
  });

  it("is not for the requester, nor for somebody who is no approver", async () => {
    const id = await request(ADA, "web-pods-read 1h OPS-1 my own");
    await approve(ADA, id);
    expect(whispered(ADA)).toContain("Nobody approves their own request.");
    await approve(DEE, id);
    expect(whispered(DEE)).toContain("you are not among them");

    expect(await status(id)).toBe("pending");
    expect(stack().workspace.ephemeralsFor(BOB)).toEqual([]);
  });

  it("counts once when two people click at the same moment, and the other is told", async () => {
    const id = await request(ADA, "web-pods-read 1h OPS-2 two at once");
    const before = cardMessage(id);
    await Promise.all([BOB, LEE].map((who) => clickLate(who, before, ACTIONS.approve)));

    expect(await status(id)).toBe("active");
    const told = [BOB, LEE].filter((who) => whispered(who)?.includes(id));
    expect(told).toHaveLength(1);
    expect(whispered(told[0] ?? "")).toContain("Too late to approve this");
    expect(story(id).filter((line) => line.startsWith("Approved"))).toHaveLength(1);
    expect(messages(ADA, id)).toHaveLength(1);
    await endNow(ADA, id);
    expect(await members(GROUP)).toEqual([]);
  });

  it("takes two different people where the entitlement says so, shows who has, and then opens both places", async () => {
    const id = await request(ADA, "web-release-debug 30m OPS-3 the release hangs");
    await approve(BOB, id);
    expect(card(id)).toContain("It takes 2 approvals by");
    expect(card(id)).toContain("(1 so far: @Bob Lindqvist)");
    await approve(BOB, id);
    expect(whispered(BOB)).toContain("You have approved this already.");
    expect(await status(id)).toBe("pending");
    expect(await members(DEBUG_GROUP)).toEqual([]);

    await approve(CAT, id);
    expect(await status(id)).toBe("active");
    expect(card(id)).toContain("approved by @Bob Lindqvist, @Cat Moreno");
    expect(story(id).slice(0, 2)).toEqual([
      "Approved by @Bob Lindqvist (1 of 2)",
      "Approved by @Cat Moreno (2 of 2)",
    ]);
    expect(await members(DEBUG_GROUP)).toEqual([USER]);
    expect(awsAuth().mapUsers).toContain("rbac-bttrm-web-debug-group");
    await pastTheEnd(id);
    expect(await members(DEBUG_GROUP)).toEqual([]);
    expect(awsAuth().mapUsers).not.toContain("rbac-bttrm-web-debug-group");
  });

  it("is not needed where the entitlement is automatic", async () => {
    const id = await request(DEE, "web-metrics-read 1h");
    expect(card(id)).toContain("Active");
    expect(card(id)).toContain("approved automatically");
    expect(story(id)[0]).toBe("Approved automatically");
    expect(await members("iam-bttrm-web-metrics-ro-group")).toEqual(["iam-bttrm-web-user-2"]);
    await endNow(DEE, id);
  });

  it("can be done from the App Home, with everything about the request before one's eyes", async () => {
    const id = await request(ADA, "web-pods-read 1h OPS-3 to be reviewed");
    await openHome(BOB);
    expect(home(BOB)).toContain("Waiting for you (");
    await clickHome(BOB, ACTIONS.review, id);
    expect(screen(BOB)).toContain("== Review request ==");
    expect(screen(BOB)).toContain("> to be reviewed");
    expect(screen(BOB)).toContain("Membership of IAM group `iam-bttrm-web-ro-group`");
    await submit(BOB);

    expect(screen(BOB)).toBe("");
    expect(await status(id)).toBe("active");
    expect(card(id)).toContain("approved by @Bob Lindqvist");
    expect(home(BOB)).not.toContain(id);
    await endNow(ADA, id);
  });
});

describe("saying no", () => {
  it("opens a form for the reason, which the requester is told", async () => {
    const id = await request(ADA, "web-pods-read 1h OPS-4 curiosity");
    await click(BOB, cardMessage(id), ACTIONS.deny);
    expect(screen(BOB)).toContain("@Ada Byrne asks for Web projects: read pods for 1 hour.");
    await submit(BOB, { [FIELDS.denial]: "Use the staging cluster." });

    expect(card(id)).toContain("Denied by @Bob Lindqvist");
    expect(card(id)).toContain("> Use the staging cluster.");
    expect(messages(ADA, id).at(-1)).toContain("> Use the staging cluster.");
    expect(screen(BOB)).toBe("");
  });

  it("is refused to who may not, before any form opens", async () => {
    const id = await request(ADA, "web-pods-read 1h OPS-5 still mine");
    await click(DEE, cardMessage(id), ACTIONS.deny);
    expect(whispered(DEE)).toContain("You cannot deny this");
    expect(screen(DEE)).toBe("");
    expect(await status(id)).toBe("pending");
  });

  it("comes too late where somebody has approved while the form was open", async () => {
    const id = await request(ADA, "web-pods-read 1h OPS-5 while he types");
    await click(BOB, cardMessage(id), ACTIONS.deny);
    await approve(LEE, id);
    await submit(BOB, { [FIELDS.denial]: "No." });
    expect(screen(BOB)).toContain("Too late to deny this");
    expect(screen(BOB)).toContain("approved by @Lee Tanaka");
    expect(await status(id)).toBe("active");
    await endNow(LEE, id);
  });
});

describe("a request that nobody decides", () => {
  it("reminds its approvers an hour before it lapses, and tells that it has", async () => {
    const id = await request(ADA, "web-pods-read 1h OPS-10 anyone there?");
    await later(23 * HOUR - 2 * MINUTE);
    expect(() => inThread(id)).toThrow("nothing but lines");
    await later(4 * MINUTE);
    expect(shown(inThread(id))).toMatch(
      /^⏰ @Bob Lindqvist or @Lee Tanaka: the request of @Ada Byrne for .* lapses /,
    );
    expect(buttonsOf(inThread(id))).toEqual(["Review"]);
    await click(BOB, inThread(id), ACTIONS.review);
    expect(form(BOB).callback_id).toBe("latchkey_review_form");
    await later(3 * MINUTE);
    expect(stack().workspace.thread(cardMessage(id))).toHaveLength(1);

    await later(HOUR);
    expect(card(id)).toContain("Lapsed");
    expect(story(id)).toEqual(["Lapsed: nobody decided in time"]);
    expect(shown(inThread(id))).toContain("Lapsed");
    expect(buttonsOf(inThread(id))).toEqual([]);
    expect(messages(ADA, id)).toEqual([expect.stringContaining("Ask again")]);
    await submit(BOB);
    expect(screen(BOB)).toContain("Too late to approve this");
    expect(await status(id)).toBe("lapsed");
  });
});

describeFromSource("approvers", () => {
  const catalogue = useCatalogues();
  beforeAll(() =>
    stack().deploy(
      catalogue({
        "entitlements.web-pods-read.approval.notify": "direct",
        "entitlements.web-pods-mapping.approval.notify": "none",
      }),
    ),
  );

  it("are each sent a message where the policy says so, decide there, and are told who did", async () => {
    const id = await request(ADA, "web-pods-read 1h OPS-11 to be told directly");
    expect(card(id)).toContain("It takes an approval by platform-leads");
    expect(card(id)).not.toContain("@Bob");
    for (const who of [BOB, LEE]) {
      expect(messages(who, id)).toEqual([expect.stringContaining("> to be told directly")]);
      expect(buttonsOf(message(who, id))).toEqual(["Approve", "Deny…"]);
    }
    expect(messages(CAT, id)).toEqual([]);

    await click(BOB, message(BOB, id), ACTIONS.approve);
    expect(await status(id)).toBe("active");
    for (const who of [BOB, LEE]) {
      expect(messages(who, id)).toEqual([expect.stringContaining("Approved by @Bob Lindqvist")]);
      expect(buttonsOf(message(who, id))).toEqual([]);
    }
    await endNow(ADA, id);
    expect(messages(LEE, id)).toEqual([expect.stringContaining("Approved by @Bob Lindqvist")]);
  });

  it("are reminded in the same way, and told that nobody has decided", async () => {
    const id = await request(ADA, "web-pods-read 1h OPS-11 forgotten");
    await later(23 * HOUR + MINUTE);
    expect(messages(LEE, id)).toEqual([
      expect.stringContaining("Pending"),
      expect.stringContaining("⏰ Reminder: the request of @Ada Byrne"),
    ]);
    expect(() => inThread(id)).toThrow("nothing but lines");
    await later(HOUR);
    for (const text of messages(LEE, id)) expect(text).toContain("Lapsed");
    expect(stack().workspace.messagesFor(LEE).flatMap(buttonsOf)).toEqual([]);
  });

  it("are told nothing where the policy says so, and can decide all the same", async () => {
    const id = await request(ADA, "web-pods-mapping 1h on their own");
    expect(card(id)).toContain("It takes an approval by platform-leads");
    expect(card(id)).not.toContain("@Bob");
    expect(messages(BOB, id)).toEqual([]);
    await approve(BOB, id);
    expect(await status(id)).toBe("active");
    await endNow(ADA, id);
  });
});
