import { describe, expect, it } from "@jest/globals";
import type { Place } from "../../../local/page/app/workspace/place.ts";
import {
  isHomeNew,
  look,
  seenAtFirst,
  unreadBy,
  unreadIn,
} from "../../../local/page/app/workspace/unread.ts";
import { aHome, aMessage, aSlack } from "./a-slack.ts";

const ACCESS: Place = { kind: "channel", channel: "C0ACCESS" };
const MESSAGES: Place = { kind: "messages" };
const HOME: Place = { kind: "home" };

const atFirst = seenAtFirst(aSlack({ messages: [aMessage(0)] }));

describe("what is unread", () => {
  it("is nothing of what stood there when the page was opened", () => {
    const slack = aSlack({ messages: [aMessage(0)] });
    expect(unreadBy(seenAtFirst(slack), slack, "U0BOB")).toBe(0);
  });

  it("is what came since, for everybody who is in the channel", () => {
    const slack = aSlack({ messages: [aMessage(0), aMessage(1), aMessage(2)] });
    expect(unreadIn(atFirst, slack, "U0BOB", "C0ACCESS")).toBe(2);
    expect(unreadBy(atFirst, slack, "U0BOB")).toBe(2);
    expect(unreadBy(atFirst, slack, "U0EVE")).toBe(2);
  });

  it("is nothing for who has no such channel", () => {
    const slack = aSlack({ messages: [aMessage(1, { channel: "C0WEB" })] });
    expect(unreadBy(atFirst, slack, "U0ADA")).toBe(1);
    expect(unreadBy(atFirst, slack, "U0EVE")).toBe(0);
  });

  it("is not what somebody wrote themselves", () => {
    const slack = aSlack({ messages: [aMessage(1, { user: "U0ADA" })] });
    expect(unreadBy(atFirst, slack, "U0ADA")).toBe(0);
    expect(unreadBy(atFirst, slack, "U0BOB")).toBe(1);
  });

  it("is what is for one person's eyes for them alone", () => {
    const slack = aSlack({ messages: [aMessage(1, { only_for: "U0ADA" })] });
    expect(unreadBy(atFirst, slack, "U0ADA")).toBe(1);
    expect(unreadBy(atFirst, slack, "U0BOB")).toBe(0);
  });

  it("is no reply in a thread, unless it is for them alone", () => {
    const { ts } = aMessage(0);
    const messages = [
      aMessage(0),
      aMessage(1, { thread_ts: ts }),
      aMessage(2, { thread_ts: ts, only_for: "U0BOB" }),
    ];
    expect(unreadBy(atFirst, aSlack({ messages }), "U0ADA")).toBe(0);
    expect(unreadBy(atFirst, aSlack({ messages }), "U0BOB")).toBe(1);
  });

  it("is a direct message until the one whom it is for looks", () => {
    const slack = aSlack({ messages: [aMessage(1, { channel: "D0ADA" })] });
    expect(unreadBy(atFirst, slack, "U0ADA")).toBe(1);
    expect(unreadBy(atFirst, slack, "U0BOB")).toBe(0);
    expect(unreadBy(look(atFirst, slack, "U0ADA", ACCESS), slack, "U0ADA")).toBe(1);
    expect(unreadBy(look(atFirst, slack, "U0ADA", MESSAGES), slack, "U0ADA")).toBe(0);
  });
});

describe("look", () => {
  it("clears the place for the one who looks, and for nobody else", () => {
    const slack = aSlack({ messages: [aMessage(1)] });
    const seen = look(atFirst, slack, "U0ADA", ACCESS);
    expect(unreadBy(seen, slack, "U0ADA")).toBe(0);
    expect(unreadBy(seen, slack, "U0BOB")).toBe(1);
  });

  it("does not clear what comes afterwards", () => {
    const seen = look(atFirst, aSlack({ messages: [aMessage(1)] }), "U0ADA", ACCESS);
    const later = aSlack({ messages: [aMessage(1), aMessage(2)] });
    expect(unreadIn(seen, later, "U0ADA", "C0ACCESS")).toBe(1);
  });

  it("changes nothing where nothing is new", () => {
    const slack = aSlack({ messages: [aMessage(0)], homes: { U0BOB: aHome("1") } });
    const first = seenAtFirst(slack);
    for (const place of [ACCESS, MESSAGES, HOME]) {
      expect(look(first, slack, "U0BOB", place)).toBe(first);
    }
    expect(look(first, slack, "U0EVE", MESSAGES)).toBe(first);
    expect(look(first, slack, "U0ADA", HOME)).toBe(first);
  });

  it("clears a home until the app changes it again", () => {
    const changed = aSlack({ homes: { U0ADA: aHome("2") } });
    expect(isHomeNew(atFirst, aSlack(), "U0ADA")).toBe(false);
    expect(isHomeNew(atFirst, changed, "U0ADA")).toBe(true);
    const seen = look(atFirst, changed, "U0ADA", HOME);
    expect(isHomeNew(seen, changed, "U0ADA")).toBe(false);
    expect(isHomeNew(seen, aSlack({ homes: { U0ADA: aHome("3") } }), "U0ADA")).toBe(true);
  });
});
