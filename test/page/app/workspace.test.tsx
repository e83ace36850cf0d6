import { describe, expect, it } from "@jest/globals";
import type { ReactNode } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { type Page, PageContext } from "../../../local/page/app/page-state.tsx";
import { Conversation } from "../../../local/page/app/workspace/conversation.tsx";
import { HomeTab } from "../../../local/page/app/workspace/home-tab.tsx";
import type { Place } from "../../../local/page/app/workspace/place.ts";
import { Sidebar } from "../../../local/page/app/workspace/sidebar.tsx";
import { ThreadPane } from "../../../local/page/app/workspace/thread-pane.tsx";
import { seenAtFirst } from "../../../local/page/app/workspace/unread.ts";
import { WroteToYou } from "../../../local/page/app/workspace/wrote-to-you.tsx";
import type { SlackPart } from "../../../local/page/protocol.ts";
import { aHome, aMessage, aSlack } from "./a-slack.ts";

const ACCESS: Place = { kind: "channel", channel: "C0ACCESS" };
const MESSAGES: Place = { kind: "messages" };
const NO_DRAFTS = { of: () => "", keep: () => {} };
const seen = seenAtFirst(aSlack());

function shown(what: ReactNode, changes: Partial<SlackPart> = {}, me = "U0ADA"): string {
  const page: Page = {
    state: {
      slack: aSlack(changes),
      access: {
        lookedAt: 0,
        groups: [],
        mayAssume: [],
        questions: [],
        awsAuth: { cluster: "", lines: [] },
        grants: [],
      },
      stage: { now: 0, speed: 1, faults: [] },
      work: { passes: [] },
    },
    connected: "open",
    me,
    play: () => {},
    act: async () => ({}),
    stage: async () => ({}),
    now: () => Date.UTC(2026, 4, 7, 13),
  };
  return renderToStaticMarkup(<PageContext value={page}>{what}</PageContext>);
}

/** Only what is read, a line for each element that has text. */
function words(markup: string): string[] {
  return markup
    .split(/<[^>]*>/)
    .map((text) => text.trim())
    .filter(Boolean);
}

function conversation(place: Place = ACCESS) {
  return <Conversation place={place} drafts={NO_DRAFTS} trouble={undefined} onThread={() => {}} />;
}

describe("the sidebar", () => {
  const sidebar = <Sidebar place={ACCESS} seen={seen} onGo={() => {}} />;

  it("says who one is, what there is to try as them, and what has come for the others", () => {
    const markup = shown(sidebar, { messages: [aMessage(1, { channel: "D0BOB" })] });
    expect(markup.match(/<input[^>]*checked=""[^>]*>/g)).toEqual([
      expect.stringContaining('value="U0ADA"'),
    ]);
    expect(words(markup)).toEqual(
      expect.arrayContaining(["You are Ada Byrne.", "Ask for access."]),
    );
    expect(words(markup)).not.toContain("Approve it.");
    expect(markup).toMatch(/Bob Lindqvist.*?>1<span class="sr-only"> unread</);
  });

  it("sets what there is to type apart", () => {
    const cast = [{ user: "U0ADA", role: "Developer", tryThis: "Send `/access list`, and look." }];
    expect(shown(sidebar, { cast })).toContain("Send <code>/access list</code>, and look.");
  });

  it("marks the place one is at, and the places where something is new", () => {
    const messages = [aMessage(1, { channel: "C0WEB" }), aMessage(2, { channel: "D0ADA" })];
    const markup = shown(sidebar, { messages, homes: { U0ADA: aHome("1") } });
    const buttons = markup.match(/<button.*?<\/button>/g) ?? [];
    expect(buttons.map((button) => words(button).join(" "))).toEqual([
      "# access-requests",
      "# web-team 1 unread",
      "Home new",
      "Messages 1 unread",
    ]);
    expect(buttons.map((button) => button.includes('aria-current="page"'))).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });
});

describe("a conversation", () => {
  it("names who writes once, and marks the app, guests and people from elsewhere", () => {
    const messages = [
      aMessage(0),
      aMessage(1, { user: "U0GUS" }),
      aMessage(2, { user: "U0GUS" }),
      aMessage(3, { user: "U0EVE" }),
    ];
    const read = words(
      shown(conversation(), { messages }).replace(/<p class="sr-only">.*?<\/p>/g, ""),
    );
    expect(read).toEqual(expect.arrayContaining(["APP", "guest", "other workspace"]));
    expect(read.filter((text) => text === "Gus Weber")).toHaveLength(1);
  });

  it("tells that a message is for one person's eyes, and shows it to them alone", () => {
    const messages = [aMessage(0, { only_for: "U0ADA", text: "You asked already." })];
    expect(words(shown(conversation(), { messages }))).toEqual(
      expect.arrayContaining(["Only visible to you", "You asked already."]),
    );
    expect(shown(conversation(), { messages }, "U0BOB")).not.toContain("You asked already.");
  });

  it("shows what people type as they typed it", () => {
    const messages = [aMessage(0, { user: "U0GUS", text: "<!channel> <b>hi</b>" })];
    const markup = shown(conversation(), { messages });
    expect(markup).toContain("&lt;!channel&gt; &lt;b&gt;hi&lt;/b&gt;");
    expect(markup).not.toContain("bk-mention");
  });

  it("says how many replies a message has", () => {
    const { ts } = aMessage(0);
    const messages = [aMessage(0), aMessage(1, { thread_ts: ts }), aMessage(2, { thread_ts: ts })];
    const read = words(shown(conversation(), { messages }));
    expect(read).toContain("2 replies");
    expect(read).not.toContain("message 1");
  });

  it("has a message box with a label in a channel, and none in the app's messages", () => {
    expect(shown(conversation())).toMatch(/<label[^>]*>Message #access-requests<\/label>/);
    const messages = shown(conversation(MESSAGES));
    expect(messages).not.toContain("<textarea");
    expect(words(messages)).toContain("Only Latchkey writes here; you cannot answer.");
  });
});

describe("a thread", () => {
  const parent = aMessage(0);
  const thread = (isReadOnly: boolean) => (
    <ThreadPane parent={parent} isReadOnly={isReadOnly} drafts={NO_DRAFTS} onClose={() => {}} />
  );

  it("has the message that it is under, the replies, and a box to answer in", () => {
    const messages = [parent, aMessage(1, { thread_ts: parent.ts })];
    const markup = shown(thread(false), { messages });
    expect(words(markup)).toEqual(expect.arrayContaining(["message 0", "1 reply", "message 1"]));
    expect(markup).toContain("<textarea");
    expect(shown(thread(true), { messages })).not.toContain("<textarea");
  });

  it("says so where its first message is gone", () => {
    const markup = shown(thread(false), { messages: [aMessage(1, { thread_ts: parent.ts })] });
    expect(words(markup)).toEqual(
      expect.arrayContaining(["The first message was deleted.", "message 1"]),
    );
  });
});

describe("the home tab", () => {
  it("says that it is being made, or that there is none for people from elsewhere", () => {
    const home = <HomeTab trouble={undefined} />;
    expect(words(shown(home))).toContain("Latchkey is making your home tab…");
    expect(words(shown(home, {}, "U0EVE"))).toContain("Only members of Acme have a home tab.");
  });
});

describe("the line about direct messages", () => {
  const line = <WroteToYou seen={seen} onLook={() => {}} />;

  it("is there while one is unread, for the one whom it is for", () => {
    const messages = [aMessage(1, { channel: "D0ADA" })];
    expect(words(shown(line, { messages }))).toEqual(["Latchkey wrote to you.", "Read it"]);
    expect(words(shown(line, { messages }, "U0BOB"))).toEqual([]);
  });
});
