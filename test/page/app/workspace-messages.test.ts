import { describe, expect, it } from "@jest/globals";
import {
  asTyped,
  byDay,
  messagesIn,
  repliesTo,
} from "../../../local/page/app/workspace/messages.ts";
import { dayInWords, timeOf } from "../../../local/page/app/workspace/times.ts";
import { aMessage, aSlack, tsAt } from "./a-slack.ts";

const HOUR = 3600;
const texts = (messages: readonly { readonly text: string }[]) => messages.map(({ text }) => text);

describe("messagesIn", () => {
  it("leaves out other channels, replies, and what is for somebody else's eyes", () => {
    const first = aMessage(0);
    const slack = aSlack({
      messages: [
        first,
        aMessage(1, { channel: "C0WEB" }),
        aMessage(2, { thread_ts: first.ts }),
        aMessage(3, { only_for: "U0BOB" }),
        aMessage(4, { only_for: "U0ADA" }),
      ],
    });
    expect(texts(messagesIn(slack, "C0ACCESS", "U0ADA"))).toEqual(["message 0", "message 4"]);
  });

  it("is empty where there is no channel yet", () => {
    expect(messagesIn(aSlack({ messages: [aMessage(0)] }), undefined, "U0ADA")).toEqual([]);
  });
});

describe("repliesTo", () => {
  it("has the thread's replies that the person may see, without its first message", () => {
    const first = aMessage(0, { thread_ts: tsAt(0) });
    const slack = aSlack({
      messages: [
        first,
        aMessage(1, { thread_ts: first.ts }),
        aMessage(2, { thread_ts: first.ts, only_for: "U0BOB" }),
        aMessage(3, { thread_ts: first.ts, channel: "C0WEB" }),
      ],
    });
    expect(texts(repliesTo(slack, first, "U0ADA"))).toEqual(["message 1"]);
    expect(texts(repliesTo(slack, first, "U0BOB"))).toEqual(["message 1", "message 2"]);
  });
});

describe("byDay", () => {
  const heads = (messages: Parameters<typeof byDay>[0]) =>
    byDay(messages, "UTC").map(({ rows }) => rows.map(({ hasHead }) => hasHead));

  it("puts what one person wrote in five minutes under one name", () => {
    expect(heads([aMessage(0), aMessage(60), aMessage(360)])).toEqual([[true, false, true]]);
  });

  it("lets a card stand by itself", () => {
    const blocks = [{ type: "header" as const, text: { type: "plain_text" as const, text: "🟡" } }];
    const card = aMessage(1, { blocks });
    expect(heads([aMessage(0), card, aMessage(2), aMessage(3)])).toEqual([
      [true, true, true, false],
    ]);
  });

  it("names whoever writes next, and what is for one person's eyes apart", () => {
    const bob = aMessage(1, { user: "U0BOB" });
    const mine = aMessage(2, { user: "U0BOB", only_for: "U0ADA" });
    expect(heads([aMessage(0), bob, mine])).toEqual([[true, true, true]]);
  });

  it("begins a new day at midnight where the reader is", () => {
    const messages = [aMessage(11 * HOUR), aMessage(11 * HOUR + 1), aMessage(12 * HOUR)];
    expect(heads(messages)).toEqual([[true, false], [true]]);
    expect(byDay(messages, "Europe/Berlin").map(({ day }) => day)).toEqual(["2026-05-08"]);
  });
});

describe("times", () => {
  const now = Date.UTC(2026, 4, 8, 9);

  it("are the reader's", () => {
    expect(timeOf(tsAt(0), "America/New_York")).toBe("08:00");
    expect(timeOf(tsAt(0), "Europe/Berlin")).toBe("14:00");
  });

  it("name days from now", () => {
    expect(dayInWords(tsAt(20 * HOUR), now, "UTC")).toBe("Today");
    expect(dayInWords(tsAt(0), now, "UTC")).toBe("Yesterday");
    expect(dayInWords(tsAt(-24 * HOUR), now, "UTC")).toBe("Wednesday, May 6, 2026");
  });
});

describe("asTyped", () => {
  it("makes no mention or link of what somebody types", () => {
    const typed = aMessage(0, { user: "U0GUS", text: "<!channel> & <https://evil.example|docs>" });
    expect(asTyped(typed).text).toBe("&lt;!channel&gt; &amp; &lt;https://evil.example|docs&gt;");
  });

  it("leaves alone what the app sends", () => {
    const sent = aMessage(0, { text: "<@U0ADA>" });
    expect(asTyped(sent)).toBe(sent);
  });
});
