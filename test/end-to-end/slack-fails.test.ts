// Slack that fails: down for the whole life of a grant, answers that get lost, messages that are gone or frozen, and limits that are honoured.

import { afterEach, describe, expect, it } from "@jest/globals";
import type { GrantId } from "../../lib/grant/ids.ts";
import { ACTIONS } from "../../lib/slack/names.ts";
import { buttonsOf } from "../../local/slack/render-text.ts";
import type { SlackMessage } from "../../local/slack/workspace-state.ts";
import { ADA, BOB, LEE, MINUTE, scene, stackForTests } from "./scene.ts";

const stack = stackForTests();
const { approve, card, cardMessage, cards, click, clickLate, endNow } = scene(stack);
const { granted, later, members, messages, messagesOn, pastTheEnd } = scene(stack);
const { request, status, story, whispered } = scene(stack);

const GROUP = "iam-bttrm-web-ro-group";
const USER = "iam-bttrm-web-user-1";
const SECOND = 1_000;

const faults = () => stack().slackApi.faults;
afterEach(() => faults().clear());

/** From now on Slack takes nothing that is written to it, though it still says who people are. */
function takesNothing(): void {
  for (const method of ["chat.postMessage", "chat.update", "views.publish", "response_url"]) {
    faults().next(method, { kind: "http", status: 503 }, Number.POSITIVE_INFINITY);
  }
}

/** Those of some messages that have something to click on. */
const live = (all: readonly SlackMessage[]) => all.filter((one) => buttonsOf(one).length > 0);

/** What was asked of Slack by one method since then (epoch ms). */
const calls = (method: string, since: number) =>
  stack().slackApi.calls.filter((call) => call.method === method && call.at >= since);

describe("while Slack is down", () => {
  it("access is given and taken on time, and afterwards all of it is told in order, the end last", async () => {
    const id = await request(ADA, "web-pods-read 1h OPS-6 Slack is down");
    takesNothing();
    await approve(BOB, id);
    expect(await status(id)).toBe("active");
    expect(await members(GROUP)).toEqual([USER]);
    faults().slackIsDown(true);
    await later(50 * MINUTE);
    await pastTheEnd(id);
    expect(await status(id)).toBe("ended");
    expect(await members(GROUP)).toEqual([]);
    expect(card(id)).toContain("Pending");
    expect(messages(ADA, id)).toEqual([]);

    faults().clear();
    await later(5 * MINUTE);
    expect(card(id)).toContain("⚪ Expired");
    expect(buttonsOf(cardMessage(id))).toEqual(["Request again"]);
    expect(story(id)).toEqual([
      "Approved by @Bob Lindqvist",
      expect.stringMatching(/^Active until /),
      "Its time is over",
      "The access is gone",
    ]);
    // Nobody is told of what is over by now: neither that it is there, nor that it is about to end.
    expect(messages(ADA, id)).toEqual([expect.stringContaining("The access is gone since")]);
    expect(cards(id)).toHaveLength(1);
  });

  it("whoever has access can still be rid of it", async () => {
    const id = await granted(ADA, "web-pods-read 1h OPS-6 ended meanwhile");
    faults().slackIsDown(true);
    await endNow(ADA, id);
    expect(await members(GROUP)).toEqual([]);
    faults().clear();
    await later(5 * MINUTE);
    expect(card(id)).toContain("Revoked");
    expect(story(id).slice(-2)).toEqual(["Ended early by @Ada Byrne", "The access is gone"]);
  });

  it("an answer that its place does not take comes as a message", async () => {
    const id = await request(ADA, "web-pods-read 1h OPS-6 answered elsewhere");
    faults().next("response_url", { kind: "http", status: 500 });
    const before = stack().workspace.messagesFor(ADA).length;
    await approve(ADA, id);
    const [message] = stack().workspace.messagesFor(ADA).slice(before);
    expect(message?.text).toContain("Nobody approves their own request.");
    await click(ADA, cardMessage(id), ACTIONS.cancel);
  });
});

describe("an answer of Slack that is lost", () => {
  it.each([1, 2])("leaves one card that can be clicked on: %d in a row", async (times) => {
    faults().next("chat.postMessage", { kind: "answer-lost" }, times);
    const id = await request(ADA, "web-pods-read 1h OPS-7 lost answers");
    expect(live(cards(id))).toEqual([]);
    for (let pass = 0; pass < times; pass++) await later(MINUTE);
    expect(cards(id)).toHaveLength(1 + times);
    expect(live(cards(id))).toEqual([cardMessage(id)]);

    await approve(BOB, id);
    expect(card(id)).toContain("Active");
    expect(live(cards(id))).toEqual([cardMessage(id)]);
    await endNow(ADA, id);
    expect(card(id)).toContain("Revoked");
    expect(live(cards(id))).toEqual([cardMessage(id)]);
  });

  it("leaves one message to the requester that can be clicked on", async () => {
    const id = await request(ADA, "web-pods-read 1h OPS-7 lost answers");
    stack().deliverKicks(false);
    await approve(BOB, id);
    await stack().invoke("announce", {});
    await stack().invoke("provision", {});
    stack().deliverKicks(true);
    // The line in the thread goes through, the message to Ada is answered to nobody.
    const unsubscribe = stack().workspace.subscribe((event) => {
      if (event.type !== "message_posted" || event.message.thread_ts === undefined) return;
      faults().next("chat.postMessage", { kind: "answer-lost" });
      unsubscribe();
    });
    await stack().invoke("announce", {});
    expect(live(messagesOn(ADA, id))).toEqual([]);
    await later(MINUTE);
    expect(messages(ADA, id)).toHaveLength(2);
    expect(live(messagesOn(ADA, id))).toHaveLength(1);
    expect(story(id)).toEqual(["Approved by @Bob Lindqvist", expect.stringContaining("Active")]);
    await endNow(ADA, id);
  });

  it("to an edit is made up for: the card shows the final state", async () => {
    const id = await request(ADA, "web-pods-read 1h OPS-7 lost edits");
    faults().next("chat.update", { kind: "answer-lost" }, 4);
    await approve(BOB, id);
    await endNow(ADA, id);
    await later(MINUTE);
    await later(MINUTE);
    expect(card(id)).toContain("Revoked");
    expect(buttonsOf(cardMessage(id))).toEqual(["Request again"]);
    expect(cards(id)).toHaveLength(1);
  });
});

describe("a card", () => {
  it("that somebody has deleted is replaced, with the rest of the story in its thread", async () => {
    const id = await request(ADA, "web-pods-read 1h OPS-8 to be deleted");
    const before = cardMessage(id);
    stack().workspace.remove(before);
    await clickLate(BOB, before, ACTIONS.approve);
    await later(MINUTE);
    expect(await status(id)).toBe("active");
    expect(cards(id)).toHaveLength(1);
    expect(card(id)).toContain("Active");
    await endNow(ADA, id);
    expect(card(id)).toContain("Revoked");
    expect(story(id).slice(-2)).toEqual(["Ended early by @Ada Byrne", "The access is gone"]);
  });

  it("that can no longer be edited is replaced, and taken away", async () => {
    const id = await request(ADA, "web-pods-read 1h OPS-8 to be frozen");
    const { ts } = cardMessage(id);
    stack().workspace.freeze(cardMessage(id));
    await approve(BOB, id);
    await later(MINUTE);
    expect(cards(id)).toHaveLength(1);
    expect(cardMessage(id).ts).not.toBe(ts);
    expect(card(id)).toContain("Active");
    expect(buttonsOf(cardMessage(id))).toEqual(["End now"]);
    await endNow(ADA, id);
    expect(card(id)).toContain("Revoked");
  });

  it("that can be neither edited nor taken away is replaced, and its clicks are answered by what is", async () => {
    const id = await request(ADA, "web-pods-read 1h OPS-8 to be frozen for good");
    const old = cardMessage(id);
    stack().workspace.freeze(old);
    const code = "compliance_exports_prevent_deletion";
    faults().next("chat.delete", { kind: "error", code }, 3);
    await approve(BOB, id);
    await later(MINUTE);
    expect(cards(id)).toHaveLength(2);
    expect(card(id)).toContain("Active");
    await click(LEE, old, ACTIONS.approve);
    expect(whispered(LEE)).toContain("Too late to approve this");
    await endNow(ADA, id);
  });
});

describe("Slack's limits", () => {
  it("are not slept through: what has to wait is told once they are over, and not asked for before", async () => {
    const id = await request(ADA, "web-pods-read 1h OPS-9 too many edits");
    const other = await request(ADA, "web-pods-mapping 1h one more edit");
    const limitedUntil = stack().now() + 90 * SECOND;
    faults().limit("chat.update", 90);
    await approve(BOB, id);
    expect(stack().now()).toBeLessThan(limitedUntil);
    expect(await status(id)).toBe("active");
    expect(card(id)).toContain("Pending");
    // What is not limited goes on; the message gets its buttons by an edit.
    expect(messages(ADA, id)).toEqual([expect.stringContaining("It is yours until")]);
    expect(live(messagesOn(ADA, id))).toEqual([]);

    const since = stack().now();
    await click(ADA, cardMessage(other), ACTIONS.cancel);
    await later(30 * SECOND);
    await later(30 * SECOND);
    expect(stack().now()).toBeLessThan(limitedUntil);
    expect(calls("chat.update", since)).toEqual([]);

    await later(35 * SECOND);
    expect(card(id)).toContain("Active");
    expect(card(other)).toContain("Cancelled");
    expect(live(messagesOn(ADA, id))).toHaveLength(1);
    await endNow(ADA, id);
  });

  it("keep the order of a channel: who has asked first stands first", async () => {
    faults().limit("chat.postMessage", 60);
    const ids: GrantId[] = [];
    for (const n of [1, 2, 3, 4]) {
      ids.push(await request(ADA, `web-pods-read 1h OPS-${n} one after another`));
      stack().advance(SECOND);
    }
    expect(ids.flatMap(cards)).toEqual([]);

    await later(65 * SECOND);
    const standing = ids.map((id) => cardMessage(id).ts);
    expect(standing).toEqual(standing.toSorted());
    expect(ids.flatMap(cards)).toHaveLength(ids.length);
  });
});

describe("more requests at once than Slack takes messages", () => {
  const busy = stackForTests({ slackRateLimits: true });
  const there = scene(busy);

  it("are all told in the end, once each, in the order in which they were made", async () => {
    busy().deliverKicks(false);
    const ids: GrantId[] = [];
    for (let n = 0; n < 6; n++) {
      ids.push(await there.request(ADA, `web-pods-read 1h OPS-${n} all at once`));
    }
    busy().deliverKicks(true);
    for (let pass = 0; pass < 10; pass++) await there.later(20 * SECOND);
    for (const id of ids) expect(live(there.cards(id))).toHaveLength(1);
    const standing = ids.map((id) => there.cardMessage(id).ts);
    expect(standing).toEqual(standing.toSorted());
    expect(ids.flatMap(there.cards)).toHaveLength(ids.length);
    const errors = new Set(busy().slackApi.calls.map(({ error }) => error));
    expect(errors).toEqual(new Set([undefined, "ratelimited"]));
  });
});
