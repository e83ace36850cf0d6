// What people see of a grant in Slack, whatever Slack answers: over HTTP, from the emulated workspace.

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type { Home } from "../../lib/broker/ports.ts";
import { remindAt } from "../../lib/broker/reminders.ts";
import { askExtension, extend } from "../../lib/grant/extension.ts";
import type { Grant } from "../../lib/grant/grant.ts";
import { close, revoke } from "../../lib/grant/steps.ts";
import { card } from "../../lib/slack/views/card.ts";
import { aGrant, aStep } from "../support/grants.ts";
import { ADA, anEntitlement, BOB, LEE } from "../support/world.ts";
import { CHANNEL, createTellingScene, isLive, type TellingScene } from "./telling-scene.ts";

const SECOND = 1_000;
const PENDING = aGrant().pending().build();
const APPROVED = aGrant().approved().build();
const ACTIVE = aGrant().active().build();
const ENDED = aGrant().ended().build();
const DENIED = aGrant().denied("not today").build();

let slack: TellingScene;
beforeEach(async () => {
  slack = await createTellingScene();
});
afterEach(() => slack.close());

const texts = (user: string) => slack.workspace.messagesFor(user).map(({ text }) => text);
const lastTo = (user: string) => slack.workspace.messagesFor(user).at(-1);
const blocksOf = (message: { blocks?: unknown } | undefined) => JSON.stringify(message?.blocks);

describe("a card", () => {
  it("is posted without its buttons, and gets them when it is known where it stands", async () => {
    const keptBefore: boolean[] = [];
    const keep = async () => {
      keptBefore.push(slack.liveCards().length === 0);
      return true;
    };
    const calls = await slack.callsOf(() =>
      slack.tell(PENDING, { keep, telling: { approvers: [] } }),
    );
    expect(calls).toEqual([`chat.postMessage ${CHANNEL}`, `chat.update ${CHANNEL}`]);
    expect(keptBefore).toEqual([true]);
    expect(slack.liveCards()).toHaveLength(1);
  });

  it("is one message through every state, with a thread that tells them", async () => {
    for (const grant of [PENDING, APPROVED, ACTIVE, aGrant().revoking().build(), ENDED]) {
      const told = await slack.tell(grant);
      expect(told).not.toHaveProperty("problem");
      expect(told.shown.version).toBe(slack.stored().version);
    }
    const cards = slack.cards();
    expect(cards).toHaveLength(1);
    expect(cards[0]?.text).toContain("Expired");
    expect(cards.flatMap(slack.thread).join("\n")).toMatch(
      /Approved by .*\n*.*Active until .*\n*.*Its time is over.*\n*.*The access is gone/,
    );
  });

  it("costs no call while nothing changes, whatever the time", async () => {
    await slack.tell(ACTIVE);
    expect(await slack.callsOf(() => slack.tell(ACTIVE))).toEqual([]);
    await slack.wait(5 * 60 * SECOND);
    expect(await slack.callsOf(() => slack.tell(ACTIVE))).toEqual([]);
  });

  it("has no buttons, and nothing more is sent, where somebody else has taken over", async () => {
    const told = await slack.tell(PENDING, { keep: async () => false });
    expect(told.problem).toBe("interrupted");
    expect(slack.cards().map(isLive)).toEqual([false]);
    expect(texts(BOB)).toEqual([]);
  });

  it("has no buttons where the table does not take its place, and gets them later", async () => {
    const down = async () => Promise.reject(new Error("the table is away"));
    expect(await slack.tell(PENDING, { keep: down })).toMatchObject({ problem: "not stored" });
    expect(slack.cards().map(isLive)).toEqual([false]);
    expect(await slack.tell(PENDING)).not.toHaveProperty("problem");
    expect(slack.cards().map(isLive)).toEqual([true]);
  });

  it("whose place was lost stands beside the real one without buttons", async () => {
    slack.api.faults.next("chat.postMessage", { kind: "answer-lost" });
    const told = await slack.tell(PENDING);
    expect(told.problem).toBeDefined();
    expect(told.shown.messages).not.toHaveProperty("card");
    await slack.wait(20 * SECOND);
    await slack.tell(PENDING);
    expect(slack.cards().map(isLive)).toEqual([false, true]);
  });

  it("that was deleted is posted anew when something changes, and its story goes on there", async () => {
    await slack.tell(PENDING);
    slack.cards().map(slack.workspace.remove);
    expect(await slack.tell(ACTIVE)).not.toHaveProperty("problem");
    const [card, ...others] = slack.cards();
    expect(others).toEqual([]);
    expect(card && isLive(card)).toBe(true);
    expect(card && slack.thread(card).join()).toContain("Active until");
  });

  it("that was deleted a moment before its thread goes on leaves no line astray", async () => {
    await slack.tell(APPROVED, { telling: { approvers: [] } });
    slack.cards().map(slack.workspace.remove);
    // The thread went with it.
    for (const one of slack.workspace.channelMessages(CHANNEL)) slack.workspace.remove(one);
    // The card's content has not changed, its history has.
    const [entry] = APPROVED.history;
    const retried = {
      ...APPROVED,
      history: [
        ...APPROVED.history,
        { ...entry, at: APPROVED.requestedAt, event: "retrying", detail: "no answer" },
      ],
    } as Grant;
    expect(await slack.tell(retried, { telling: { approvers: [] } })).not.toHaveProperty("problem");
    const [card, ...others] = slack.cards();
    expect(others).toEqual([]);
    expect(card && slack.thread(card)).toHaveLength(1);
    expect(card?.ts).toBe(slack.stored().messages["card"]?.ts);
  });

  it("that is frozen makes way for a new one: two are never to be clicked", async () => {
    await slack.tell(PENDING);
    slack.cards().map(slack.workspace.freeze);
    const live: number[] = [];
    slack.workspace.subscribe(() => live.push(slack.liveCards().length));
    expect(await slack.tell(ACTIVE)).not.toHaveProperty("problem");
    expect(Math.max(...live)).toBe(1);
    expect(slack.cards().map(isLive)).toEqual([true]);
  });

  it("that is frozen is left until Slack lets it be removed", async () => {
    await slack.tell(PENDING);
    slack.cards().map(slack.workspace.freeze);
    slack.api.faults.next("chat.delete", { kind: "rate-limited", retryAfterS: 30 });
    const told = await slack.tell(ACTIVE);
    expect(told.retryAt).toBe(slack.now() + 30 * SECOND);
    expect(slack.cards()).toHaveLength(1);
    await slack.wait(31 * SECOND);
    expect(await slack.tell(ACTIVE)).not.toHaveProperty("problem");
    expect(slack.cards().map(isLive)).toEqual([true]);
  });

  it("that is frozen for good, and not to be removed, is replaced all the same", async () => {
    await slack.tell(PENDING);
    slack.cards().map(slack.workspace.freeze);
    slack.api.faults.next("chat.delete", {
      kind: "error",
      code: "compliance_exports_prevent_deletion",
    });
    expect(await slack.tell(DENIED)).not.toHaveProperty("problem");
    expect(slack.cards().at(-1)?.text).toContain("Denied");
  });

  it("in an archived channel waits there until the channel is back", async () => {
    await slack.tell(PENDING);
    slack.workspace.changeChannel(CHANNEL, { is_archived: true });
    expect(await slack.tell(ACTIVE)).toMatchObject({ problem: "is_inactive", isLasting: true });
    slack.workspace.changeChannel(CHANNEL, { is_archived: false });
    expect(await slack.tell(ACTIVE)).not.toHaveProperty("problem");
    expect(slack.cards()).toHaveLength(1);
  });

  it.each([
    ["is not there", { id: "C0NONE" }, "channel_not_found"],
    ["is archived", { id: "C0OLD" }, "is_archived"],
  ])(
    "whose channel %s is a lasting problem, and everybody is told directly",
    async (_name, { id }, code) => {
      const told = await slack.tell({ ...PENDING, channel: id });
      expect(told).toMatchObject({ problem: code, isLasting: true });
      expect(told.shown.version).toBe(0);
      expect(texts(BOB)).toHaveLength(1);
      expect(texts(LEE)).toHaveLength(1);
    },
  );
});

describe("an edit whose answer was lost", () => {
  const atThisTime = { telling: { approvers: [] } };

  it("is sent again, and once more when nothing of it can land any longer", async () => {
    await slack.tell(PENDING, atThisTime);
    slack.api.faults.next("chat.update", { kind: "answer-lost" });
    const lost = await slack.tell(APPROVED, atThisTime);
    expect(lost.problem).toBeDefined();
    expect(lost.isLasting).toBeUndefined();
    expect(lost.shown.unsettledUntil).toBe(slack.now() + 20 * SECOND);

    await slack.wait(5 * SECOND);
    const again = await slack.tell(APPROVED, atThisTime);
    expect(again).toEqual({ shown: slack.stored(), retryAt: slack.now() + 15 * SECOND });
    expect(await slack.callsOf(() => slack.tell(APPROVED, atThisTime))).toEqual([]);

    await slack.wait(15 * SECOND);
    const settled = await slack.callsOf(() => slack.tell(APPROVED, atThisTime));
    expect(settled).toEqual([`chat.update ${CHANNEL}`]);
    expect(slack.stored().unsettledUntil).toBeUndefined();
    expect(await slack.callsOf(() => slack.tell(APPROVED, atThisTime))).toEqual([]);
  });

  it("does not stay over a later one, should it land after that", async () => {
    await slack.tell(PENDING);
    slack.loseNextEdits();
    await slack.tell(ACTIVE);
    await slack.tell(ENDED);
    expect(slack.cards()[0]?.text).toContain("Expired");

    await slack.wait(20 * SECOND);
    expect(slack.cards()[0]?.text).toContain("Active");
    await slack.tell(ENDED);
    expect(slack.cards()[0]?.text).toContain("Expired");
    expect(slack.stored().unsettledUntil).toBeUndefined();
  });

  it("is looked at again soon, even where Slack takes nothing at all by now", async () => {
    await slack.tell(PENDING, atThisTime);
    slack.loseNextEdits();
    await slack.tell(APPROVED, atThisTime);
    slack.api.faults.next("*", { kind: "error", code: "token_revoked" }, 9);
    const told = await slack.tell(ENDED, atThisTime);
    expect(told.problem).toBe("token_revoked");
    expect(told.isLasting).toBeUndefined();
  });

  it("of a direct message does not bring its buttons back", async () => {
    await slack.tell(PENDING);
    slack.loseNextEdits(3);
    const more = { ...PENDING, reason: "another reason" };
    await slack.tell(more);
    await slack.tell(DENIED);
    await slack.wait(20 * SECOND);
    await slack.tell(DENIED);
    expect(slack.workspace.messagesFor(BOB).map(isLive)).toEqual([false]);
    expect(slack.workspace.messagesFor(LEE).map(isLive)).toEqual([false]);
  });
});

describe("what was posted without an answer", () => {
  it("is waited for, so that nothing later comes to stand above it", async () => {
    await slack.tell(PENDING);
    slack.loseNextReplies();
    expect(await slack.tell(APPROVED)).toHaveProperty("problem");
    const calls = await slack.callsOf(() => slack.tell(ENDED));
    expect(calls.filter((call) => call.startsWith("chat.postMessage"))).toEqual([]);
    expect(slack.cards()[0]?.text).toContain("Expired");
    expect(await slack.tell(ENDED)).toMatchObject({
      problem: "unsettled",
      retryAt: slack.now() + 20 * SECOND,
    });
    await slack.wait(20 * SECOND);
    expect(await slack.tell(ENDED)).not.toHaveProperty("problem");
    const lines = slack.cards().flatMap(slack.thread);
    expect(lines[0]).toContain("Approved by");
    expect(lines.at(-1)).toContain("The access is gone");
    expect(slack.stored()).not.toHaveProperty("unsettledUntil");
  });
});

describe("a grant that was taken over from an announcer that never let go", () => {
  it("is edited also where all seems to stand as it should", async () => {
    await slack.tell(PENDING);
    await slack.tell(APPROVED, { dies: true });
    const isTakenOver = true;
    // It went back to what was stored last, as far as that tells.
    await slack.tell(PENDING, { isTakenOver });
    expect(slack.cards().map(({ text }) => text)).toEqual([expect.stringContaining("Pending")]);
    expect(await slack.callsOf(() => slack.tell(PENDING))).toEqual([]);
  });

  it("still reckons with an edit that may land late", async () => {
    const telling = { approvers: [] };
    await slack.tell(PENDING, { telling });
    slack.loseNextEdits();
    await slack.tell(APPROVED, { telling });
    await slack.tell(DENIED, { telling, isTakenOver: true });
    await slack.wait(20 * SECOND);
    expect(slack.cards()[0]?.text).toContain("Approved");
    await slack.tell(DENIED, { telling });
    expect(slack.cards()[0]?.text).toContain("Denied");
  });

  it("has nothing sent again to those who have left", async () => {
    slack.workspace.changeUser(BOB, { deleted: true });
    await slack.tell(PENDING);
    const calls = await slack.callsOf(() => slack.tell(PENDING, { isTakenOver: true }));
    expect(calls.length).toBeGreaterThan(0);
    expect(calls.filter((call) => call.includes(BOB))).toEqual([]);
  });
});

describe("direct messages", () => {
  it("come after the card and its thread", async () => {
    const order: string[] = [];
    slack.workspace.subscribe((event) => {
      if (event.type === "message_posted") order.push(event.message.channel);
    });
    await slack.tell(ACTIVE);
    expect(order).toEqual([CHANNEL, CHANNEL, `D${ADA.slice(1)}`]);
  });

  it("are sent once, and say what became of it afterwards", async () => {
    for (const grant of [PENDING, ACTIVE, ENDED]) await slack.tell(grant);
    const [there, over, ...others] = texts(ADA);
    expect(there).toContain("Your access is over");
    expect(over).toContain("Your access has ended");
    expect(others).toEqual([]);
    expect(slack.workspace.messagesFor(BOB).map(isLive)).toEqual([false]);
  });

  it("go on while the channel has to wait, and no call is made to it", async () => {
    slack.pauses.note(CHANNEL, slack.now() + 30 * SECOND);
    const calls = await slack.callsOf(() => slack.tell(PENDING));
    expect(calls.filter((call) => call.includes(CHANNEL))).toEqual([]);
    expect(texts(BOB)).toHaveLength(1);
    expect(await slack.tell(PENDING)).toMatchObject({
      problem: "paused",
      retryAt: slack.now() + 30 * SECOND,
    });
    await slack.wait(30 * SECOND);
    expect(await slack.tell(PENDING)).not.toHaveProperty("problem");
    expect(slack.liveCards()).toHaveLength(1);
  });

  it("to one person go on while another has to wait", async () => {
    slack.pauses.note(BOB, slack.now() + 30 * SECOND);
    await slack.tell(PENDING);
    expect([texts(BOB).length, texts(LEE).length]).toEqual([0, 1]);
  });

  it("to somebody who has left count as sent", async () => {
    slack.workspace.changeUser(BOB, { deleted: true });
    expect(await slack.tell(PENDING)).not.toHaveProperty("problem");
    expect(await slack.callsOf(() => slack.tell(PENDING))).toEqual([]);
    const calls = await slack.callsOf(() => slack.tell(DENIED));
    expect(calls.filter((call) => call.includes(BOB))).toEqual([]);
  });

  it("that were deleted are not sent again", async () => {
    await slack.tell(PENDING);
    slack.workspace.messagesFor(BOB).map(slack.workspace.remove);
    expect(await slack.tell(DENIED)).not.toHaveProperty("problem");
    expect(await slack.tell(APPROVED)).not.toHaveProperty("problem");
    expect(texts(BOB)).toEqual([]);
  });

  it("in the card's thread are let go as well where somebody has deleted them", async () => {
    const telling = {
      entitlement: anEntitlement("web-pods-read"),
      now: remindAt(PENDING),
    };
    await slack.tell(PENDING, { telling });
    const [card] = slack.cards();
    const reminders = card === undefined ? [] : slack.workspace.thread(card);
    expect(reminders.map(({ text }) => text)).toEqual([expect.stringContaining("Reminder")]);
    reminders.map(slack.workspace.remove);
    expect(await slack.tell(DENIED, { telling })).not.toHaveProperty("problem");
    expect(card && slack.thread(card)).toEqual([expect.stringContaining("Denied by")]);
  });

  it("wait for their turn: what Slack did not take is not overtaken", async () => {
    await slack.tell(ACTIVE);
    const asked = askExtension(ACTIVE, { ...aStep(), by: ADA });
    const extended = extend(asked, aStep());
    // Both that it was extended and that it is about to end are news.
    const telling = { now: extended.window.expiresAt - 60 * SECOND };
    slack.api.faults.next("chat.postMessage", { kind: "http", status: 503 }, 2);
    const told = await slack.tell(extended, { telling });
    expect(told.problem).toBeDefined();
    const before = texts(ADA).length;
    await slack.wait(20 * SECOND);
    await slack.tell(extended, { telling });
    expect(texts(ADA).slice(before).join("\n")).toMatch(/extended(.|\n)*about to end/);
  });
});

describe("Slack's limits", () => {
  it("of a channel pause the channel for as long as Slack says, without another call", async () => {
    slack.api.faults.next("chat.postMessage", { kind: "rate-limited", retryAfterS: 7 });
    const told = await slack.tell(PENDING, { telling: { approvers: [] } });
    expect(told).toMatchObject({ retryAt: slack.now() + 7 * SECOND });
    expect(slack.pausedUntil).toEqual(new Map([[CHANNEL, slack.now() + 7 * SECOND]]));
    await slack.wait(6 * SECOND);
    const early = await slack.callsOf(() => slack.tell(PENDING, { telling: { approvers: [] } }));
    expect(early).toEqual([]);
    await slack.wait(1 * SECOND);
    expect(await slack.tell(PENDING)).not.toHaveProperty("problem");
  });

  it("of edits pause all edits, and nothing else", async () => {
    await slack.tell(PENDING);
    slack.api.faults.next("chat.update", { kind: "rate-limited", retryAfterS: 10 });
    const calls = await slack.callsOf(() => slack.tell(DENIED));
    expect(calls).toEqual([
      `chat.update ${CHANNEL}: ratelimited`,
      `chat.postMessage ${CHANNEL}`,
      `chat.postMessage ${ADA}`,
    ]);
    expect([...slack.pausedUntil.keys()]).toEqual(["chat.update"]);
    await slack.wait(10 * SECOND);
    expect(await slack.tell(DENIED)).not.toHaveProperty("problem");
    expect(slack.cards()[0]?.text).toContain("Denied");
    expect(blocksOf(lastTo(ADA))).toContain("latchkey_again");
  });

  it("of posts do not keep a card from showing the final state", async () => {
    await slack.tell(ACTIVE);
    slack.pauses.note(CHANNEL, slack.now() + 60 * SECOND);
    expect(await slack.tell(ENDED)).toMatchObject({ problem: "paused" });
    expect(slack.cards()[0]?.text).toContain("Expired");
    expect(slack.stored().told).toBeLessThan(ENDED.history.length);
    await slack.wait(60 * SECOND);
    await slack.tell(ENDED);
    expect(slack.stored().told).toBe(ENDED.history.length);
  });

  it("say when to try again only where nothing else is in the way", async () => {
    await slack.tell(PENDING);
    slack.api.faults.next("chat.update", { kind: "http", status: 503 });
    slack.pauses.note(CHANNEL, slack.now() + 60 * SECOND);
    expect(await slack.tell(DENIED)).not.toHaveProperty("retryAt");
  });
});

describe("after Slack was down", () => {
  it("people read what is so now, and not what was meanwhile", async () => {
    slack.api.faults.slackIsDown(true);
    for (const grant of [PENDING, APPROVED, ACTIVE, ENDED]) {
      expect((await slack.tell(grant)).problem).toBeDefined();
    }
    slack.api.faults.slackIsDown(false);
    await slack.wait(20 * SECOND);
    expect(await slack.tell(ENDED)).not.toHaveProperty("problem");
    expect(slack.cards().map(({ text }) => text)).toEqual([expect.stringContaining("Expired")]);
    expect(texts(ADA)).toEqual([expect.stringContaining("Your access has ended")]);
    expect(texts(BOB)).toEqual([]);
  });

  it("a token that is no good is a lasting problem, and nobody counts as told", async () => {
    slack.api.faults.next("*", { kind: "error", code: "token_revoked" }, 9);
    expect(await slack.tell(PENDING)).toEqual({
      shown: { version: 0, messages: {} },
      problem: "token_revoked",
      isLasting: true,
    });
  });
});

describe("an App Home", () => {
  const home = (more: Partial<Home> = {}): Home => ({
    user: ADA,
    now: slack.now(),
    canAsk: true,
    own: [ACTIVE],
    waiting: [],
    recent: [],
    ...more,
  });
  const shownTo = (user: string) => blocksOf(slack.workspace.state.homes[user]);

  it("is published, and not again while it is the same", async () => {
    const { shows, ...rest } = await slack.publish(home());
    expect(rest).toEqual({});
    expect(shownTo(ADA)).toContain(ACTIVE.id);
    await slack.wait(60 * SECOND);
    expect(await slack.callsOf(() => slack.publish(home(), { shows: shows ?? "" }))).toEqual([]);
    expect(await slack.publish(home(), { shows: shows ?? "" })).toEqual({ shows });
    expect(
      await slack.callsOf(() => slack.publish(home({ own: [] }), { shows: shows ?? "" })),
    ).toEqual([`views.publish ${ADA}`]);
  });

  it("waits as long as Slack says, without another call", async () => {
    slack.api.faults.next("views.publish", { kind: "rate-limited", retryAfterS: 9 });
    const retryAt = slack.now() + 9 * SECOND;
    expect(await slack.publish(home())).toMatchObject({ retryAt });
    const calls = await slack.callsOf(async () => {
      expect(await slack.publish(home())).toEqual({ problem: "paused", retryAt });
    });
    expect(calls).toEqual([]);
  });

  it("whose answer was lost is published until it is sure to stay", async () => {
    slack.api.faults.next("views.publish", { kind: "answer-lost" });
    const { problem, ...lost } = await slack.publish(home());
    expect(problem).toBeDefined();
    const unsettledUntil = slack.now() + 20 * SECOND;
    expect(lost).toEqual({ unsettledUntil });
    for (const state of [home({ own: [] }), home()]) {
      expect(await slack.publish(state, lost)).toEqual({ unsettledUntil, retryAt: unsettledUntil });
    }
    await slack.wait(20 * SECOND);
    const { shows = "" } = await slack.publish(home(), lost);
    expect(await slack.callsOf(() => slack.publish(home(), { shows }))).toEqual([]);
  });

  it("that Slack refuses is not tried until something changes", async () => {
    slack.api.faults.next("views.publish", { kind: "error", code: "not_enabled" });
    expect(await slack.publish(home())).toEqual({
      problem: "not_enabled",
      isLasting: true,
    });
  });
});

describe("whatever happens", () => {
  /** The states of a grant, in order, as they may come to be told. */
  const extended = extend(askExtension(ACTIVE, { ...aStep(), by: ADA }), aStep());
  const revoking = revoke(extended, { kind: "revoked", by: BOB }, aStep());
  const stories: readonly (readonly Grant[])[] = [
    [PENDING, APPROVED, ACTIVE, aGrant().revoking().build(), ENDED],
    [PENDING, DENIED],
    [PENDING, aGrant().lapsed().build()],
    [
      APPROVED,
      ACTIVE,
      askExtension(ACTIVE, { ...aStep(), by: ADA }),
      extended,
      revoking,
      close(revoking, aStep()),
    ],
  ];

  /** Nobody else tells of a grant before the hold of one that died is over. */
  const HOLD_MS = 30 * SECOND;

  type Event =
    | { readonly does: "step" | "tell" | "tell and die" | "delete" | "freeze" | "down" | "up" }
    | { readonly does: "tell in vain"; readonly keeps: number; readonly throws: boolean }
    | { readonly does: "fault"; readonly fault: "lost" | "late" | "limited" | "broken" }
    | { readonly does: "wait"; readonly ms: number };

  const always = <const Name extends Event["does"]>(does: Name) => fc.constant({ does } as const);
  const event: fc.Arbitrary<Event> = fc.oneof(
    { weight: 4, arbitrary: always("step") },
    { weight: 6, arbitrary: always("tell") },
    { weight: 2, arbitrary: always("tell and die") },
    {
      weight: 2,
      arbitrary: fc.record({
        does: fc.constant("tell in vain" as const),
        keeps: fc.nat(3),
        throws: fc.boolean(),
      }),
    },
    { weight: 1, arbitrary: always("delete") },
    { weight: 1, arbitrary: always("freeze") },
    { weight: 1, arbitrary: always("down") },
    { weight: 2, arbitrary: always("up") },
    {
      weight: 8,
      arbitrary: fc.record({
        does: fc.constant("fault" as const),
        fault: fc.constantFrom("lost", "late", "limited", "broken"),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        does: fc.constant("wait" as const),
        ms: fc.constantFrom(1_000, 4_000, 19_000),
      }),
    },
  );

  const LIMIT_S = 5;
  const FAULTS = {
    lost: { kind: "answer-lost" },
    limited: { kind: "rate-limited", retryAfterS: LIMIT_S },
    broken: { kind: "error", code: "internal_error" },
  } as const;

  /** Blocks of buttons of which there is at most one in a channel, whatever happens. */
  function liveTwice(scene: TellingScene): readonly string[] {
    const all = scene.workspace.state.messages.flatMap(({ channel, blocks = [] }) =>
      blocks.flatMap(({ type, block_id: id = "" }) =>
        type === "actions" && !id.startsWith("ending.") && !id.startsWith("over.")
          ? [`${channel} ${id}`]
          : [],
      ),
    );
    return all.filter((one, index) => all.indexOf(one) !== index);
  }

  /** Calls that were made though Slack wanted to be left alone there. */
  function impatient({ calls }: TellingScene): readonly string[] {
    const until = new Map<string, number>();
    return calls().flatMap(({ method, args, at, error }) => {
      const place = method === "chat.postMessage" ? String(args["channel"]) : method;
      const isEarly = at < (until.get(place) ?? 0);
      if (error === "ratelimited") until.set(place, at + LIMIT_S * SECOND);
      return isEarly ? [`${place} at ${at}`] : [];
    });
  }

  async function play(scene: TellingScene, story: readonly Grant[], events: readonly Event[]) {
    let grant = story[0] as Grant;
    const { faults } = scene.api;
    const newest = () => scene.cards().at(-1);
    for (const happening of events) {
      switch (happening.does) {
        case "step":
          grant = story[Math.min(story.indexOf(grant) + 1, story.length - 1)] as Grant;
          break;
        case "tell":
          await scene.tell(grant);
          break;
        case "tell and die":
          await scene.tell(grant, { dies: true });
          await scene.wait(HOLD_MS);
          break;
        case "tell in vain": {
          let left = happening.keeps;
          const keep = async () => {
            if (left-- > 0) return true;
            if (happening.throws) throw new Error("the table is away");
            return false;
          };
          await scene.tell(grant, { keep, dies: !happening.throws });
          if (!happening.throws) await scene.wait(HOLD_MS);
          break;
        }
        case "delete": {
          const there = newest();
          if (there !== undefined) scene.workspace.remove(there);
          break;
        }
        case "freeze": {
          const there = newest();
          if (there !== undefined) scene.workspace.freeze(there);
          break;
        }
        case "down":
        case "up":
          faults.slackIsDown(happening.does === "down");
          break;
        case "fault":
          if (happening.fault === "late") scene.loseNextEdits();
          else faults.next("*", FAULTS[happening.fault]);
          break;
        case "wait":
          await scene.wait(happening.ms);
          break;
        default:
          throw new TypeError(`unknown event ${JSON.stringify(happening satisfies never)}`);
      }
    }
  }

  /** Nothing goes wrong any more, and what is left is told. */
  async function settle(scene: TellingScene, grant: Grant) {
    scene.api.faults.clear();
    scene.loseNextEdits(0);
    for (let round = 0; round < 6; round++) {
      const told = await scene.tell(grant);
      await scene.wait(30 * SECOND);
      if (told.problem === undefined && told.retryAt === undefined) return;
    }
    throw new Error("it does not come to rest");
  }

  it("no two cards are ever to be clicked, no pause is cut short, and the final state comes last", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...stories),
        fc.array(event, { maxLength: 30 }),
        async (story, events) => {
          const scene = await createTellingScene();
          try {
            const twice: string[] = [];
            scene.workspace.subscribe(() => twice.push(...liveTwice(scene)));
            await play(scene, story.slice(0, -1), events);
            const final = story.at(-1) as Grant;
            await settle(scene, final);
            expect(twice).toEqual([]);
            expect(impatient(scene)).toEqual([]);
            const { version, told, messages } = scene.stored();
            expect(version).toBeGreaterThan(0);
            expect(told).toBe(final.history.length);
            const standing = scene.cards().find(({ ts }) => ts === messages["card"]?.ts);
            const wanted = card(final, scene.telling());
            expect(standing?.text).toBe(wanted.text);
            expect(standing?.blocks?.slice(0, 2)).toMatchObject(wanted.blocks.slice(0, 2));
            expect(scene.liveCards()).toEqual([standing]);
            expect(scene.workspace.messagesFor(ADA).at(-1)?.text).toMatch(
              /^Your access has ended|^Your request|^Nobody decided/,
            );
            expect(await scene.callsOf(() => scene.tell(final))).toEqual([]);
          } finally {
            await scene.close();
          }
        },
      ),
      { numRuns: 150 },
    );
  });
});
