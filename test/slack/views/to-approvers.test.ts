// What approvers are told beside the card: each one directly, or all in its thread, and that somebody else has decided.

import { describe, expect, it } from "@jest/globals";
import type { Telling } from "../../../lib/broker/ports.ts";
import { remindAt } from "../../../lib/broker/reminders.ts";
import { approveExtension, denyExtension } from "../../../lib/grant/extension.ts";
import type { Grant } from "../../../lib/grant/grant.ts";
import { approve, revoke } from "../../../lib/grant/steps.ts";
import { aGrant, aStep } from "../../support/grants.ts";
import { BOB, LEE } from "../../support/world.ts";
import {
  aTelling,
  buttonsIn,
  DIRECT,
  ENTITLEMENT,
  messages,
  posted,
  read,
  readMessage,
} from "./reading.ts";
import { people } from "./stories.ts";

const pending = aGrant().pending().build();
const directly = (more: Partial<Telling> = {}) => aTelling({ entitlement: DIRECT, ...more });
const NOBODY = {
  ...ENTITLEMENT,
  approval: { ...ENTITLEMENT.approval, notify: "none" },
} as typeof ENTITLEMENT;

const buttons = (grant: Grant, key: string, telling: Telling) =>
  buttonsIn(messages(grant, telling).get(key)?.message.blocks);

describe("approvers who are told directly", () => {
  it("get the facts of the card, with the buttons", () => {
    expect(posted(pending, directly())).toEqual(["card", "ask:U0BOB", "ask:U0LEE"]);
    expect(readMessage(pending, "ask:U0BOB", directly())).toEqual([
      "# 🟡 Pending: Web projects: read pods",
      "It takes an approval by platform-leads, and lapses tomorrow 14:00 UTC if nobody decides.",
      "Requester: @Ada Byrne",
      "Duration: 1 hour",
      "Look at pods. Nothing can be changed.",
      "Gives",
      "Membership of IAM group `iam-bttrm-web-ro-group` in account `111122223333`",
      "to IAM user `iam-bttrm-web-user-1` of account `111122223333`",
      "Reason",
      "> pods of proj-1 restart",
      "As of today 14:00 UTC: no other access. The first time in 30 days.",
      "[Approve] [Deny…]",
      "LK-0000000000 · asked today 14:00 UTC · its card is in #access-requests",
    ]);
  });

  it("are thirty at most", () => {
    const asked = posted(pending, directly({ approvers: people(40) }));
    expect(asked.filter((key) => key.startsWith("ask:"))).toHaveLength(30);
  });

  it("read that they have approved where others still have to", () => {
    const grant = approve(
      aGrant({ approvalsNeeded: 2 }).pending().build(),
      "platform-leads",
      aStep(),
    );
    expect(posted(grant, directly())).toEqual(["card", "ask:U0LEE"]);
    expect(readMessage(grant, "ask:U0BOB", directly())[1]).toBe(
      "You have approved. It takes 2 approvals by platform-leads (1 so far: @Bob Lindqvist), and lapses tomorrow 14:00 UTC if nobody decides.",
    );
    expect(buttons(grant, "ask:U0BOB", directly())).toEqual([]);
    expect(buttons(grant, "ask:U0LEE", directly())).toEqual(["Approve", "Deny…"]);
  });

  it.each([
    [aGrant().approved().build(), "🔵 Approved", "Approved by @Bob Lindqvist today 14:01 UTC."],
    [aGrant().active().build(), "🔵 Approved", "Approved by @Bob Lindqvist today 14:01 UTC."],
    [aGrant().ended().build(), "🔵 Approved", "Approved by @Bob Lindqvist today 14:01 UTC."],
    [aGrant().denied("no").build(), "🔴 Denied", "Denied by @Bob Lindqvist today 14:01 UTC."],
    [aGrant().cancelled().build(), "⚪ Cancelled", "Taken back by @Ada Byrne today 14:01 UTC."],
    [aGrant().lapsed().build(), "⚪ Lapsed", "Lapsed today 14:01 UTC: nobody decided in time."],
  ])("read who has decided, with nothing left to click: %#", (grant, title, words) => {
    const telling = directly({ background: undefined } as never);
    expect(messages(grant, telling).get("ask:U0LEE")).toMatchObject({ post: false });
    expect(readMessage(grant, "ask:U0LEE", telling)).toEqual([
      `# ${title}: Web projects: read pods`,
      `@Ada Byrne, 1 hour. ${words}`,
      "LK-0000000000 · its card is in #access-requests",
    ]);
    expect(readMessage(grant, "remind:U0LEE", telling)[0]).toBe(
      `${title}: @Ada Byrne for Web projects: read pods (1 hour). ${words}`,
    );
  });

  it("read that also when they are no approvers any more, or the entitlement is gone", () => {
    const telling = aTelling({ entitlement: undefined, approvers: [] });
    expect(messages(aGrant().active().build(), telling).get("ask:U0BOB")).toMatchObject({
      post: false,
    });
  });
});

describe("approvers who are told in the channel, or not at all", () => {
  it("get no message of their own", () => {
    expect(posted(pending)).toEqual(["card"]);
    expect(posted(pending, aTelling({ entitlement: NOBODY }))).toEqual(["card"]);
  });
});

describe("the reminder", () => {
  const now = remindAt(pending);

  it("comes an hour before the request lapses, and not once it has", () => {
    expect(posted(pending, aTelling({ now: now - 1 }))).toEqual(["card"]);
    expect(posted(pending, aTelling({ now }))).toEqual(["card", "remind"]);
    expect(posted(pending, aTelling({ now: pending.lapsesAt }))).toEqual(["card"]);
  });

  it("calls approvers in the card's thread where they are told in the channel", () => {
    expect(messages(pending, aTelling({ now })).get("remind")).toMatchObject({
      to: "C0ACCESS",
      inThread: true,
    });
    expect(readMessage(pending, "remind", aTelling({ now }))).toEqual([
      "⏰ @Bob Lindqvist or @Lee Tanaka: the request of @Ada Byrne for Web projects: read pods (1 hour) lapses tomorrow 14:00 UTC if nobody decides.",
      "[Review]",
      "LK-0000000000",
    ]);
  });

  it("calls only those who have not approved yet", () => {
    const two = aGrant({ approvalsNeeded: 2 }).pending().build();
    const grant = approve(two, "platform-leads", aStep());
    expect(readMessage(grant, "remind", aTelling({ now }))[0]).toContain("⏰ @Lee Tanaka: ");
    expect(posted(grant, directly({ now }))).toEqual(["card", "ask:U0LEE", "remind:U0LEE"]);
  });

  it("comes to each where they are told directly, and to nobody where they are not told", () => {
    expect(posted(pending, directly({ now }))).toEqual([
      "card",
      "ask:U0BOB",
      "remind:U0BOB",
      "ask:U0LEE",
      "remind:U0LEE",
    ]);
    expect(readMessage(pending, "remind:U0LEE", directly({ now }))[0]).toMatch(/^⏰ Reminder: /);
    expect(posted(pending, aTelling({ now, entitlement: NOBODY }))).toEqual(["card"]);
  });
});

describe("an extension asked for", () => {
  const asking = aGrant().askingForExtension().build();
  const { askedAt } = asking.extension;
  const key = `ask-extension:${askedAt}`;
  const WANTS =
    "@Ada Byrne asked today 14:01 UTC to keep Web projects: read pods for 1 hour more, until today 16:01 UTC instead of today 15:01 UTC.";

  it("is asked in the card's thread, since the card's edit calls nobody", () => {
    expect(posted(asking)).toEqual(["card", key, "active"]);
    expect(messages(asking).get(key)).toMatchObject({ to: "C0ACCESS", inThread: true });
    expect(readMessage(asking, key)).toEqual([
      `@Bob Lindqvist or @Lee Tanaka: ${WANTS}`,
      "It takes an approval by platform-leads.",
      "[Approve extension] [Deny extension…]",
      "LK-0000000000",
    ]);
  });

  it("is asked of each where approvers are told directly, with the facts", () => {
    expect(posted(asking, directly())).toEqual(["card", `${key}:U0BOB`, `${key}:U0LEE`, "active"]);
    const lines = readMessage(asking, `${key}:U0BOB`, directly());
    expect(lines.slice(0, 3)).toEqual([
      "# 🟡 Extension asked: Web projects: read pods",
      WANTS,
      "It takes an approval by platform-leads.",
    ]);
    expect(lines).toContain("> pods of proj-1 restart");
    expect(lines).toContain("[Approve extension] [Deny extension…]");
  });

  it("is shown on the card alone where approvers are not told", () => {
    expect(posted(asking, aTelling({ entitlement: NOBODY }))).toEqual(["card", "active"]);
  });

  it.each([
    [
      approveExtension(asking, "platform-leads", aStep()),
      "Approved by @Bob Lindqvist today 14:01 UTC: extended until today 16:01 UTC.",
    ],
    [denyExtension(asking, "no", aStep()), "Denied by @Bob Lindqvist today 14:01 UTC."],
    [revoke(asking, { kind: "expired" }, aStep()), "Nobody decided before the end."],
  ])("reads afterwards what came of it, with nothing left to click: %#", (grant, words) => {
    for (const telling of [aTelling(), directly()]) {
      const all = messages(grant, telling);
      for (const one of [key, `${key}:U0LEE`]) {
        const wanted = all.get(one);
        if (wanted === undefined) throw new Error(`no message ${one}`);
        expect(wanted.post).toBe(false);
        expect(read(wanted.message)).toContain(words);
        expect(buttonsIn(wanted.message.blocks)).toEqual([]);
      }
    }
  });

  it("is no question any more for who has approved it", () => {
    const two = { ...asking, approvalsNeeded: 2 };
    const grant = approveExtension(two, "platform-leads", aStep());
    expect(buttons(grant, `${key}:${BOB}`, directly())).toEqual([]);
    expect(buttons(grant, `${key}:${LEE}`, directly())).toHaveLength(2);
    expect(readMessage(grant, `${key}:${LEE}`, directly())[2]).toBe(
      "It takes 2 approvals by platform-leads (1 so far: @Bob Lindqvist).",
    );
  });
});
