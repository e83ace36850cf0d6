// Block Kit in the browser: all that Latchkey sends is shown, what cannot be is an error, what people typed is text.

import { describe, expect, it } from "@jest/globals";
import type { ConfirmationDialog, KnownBlock } from "@slack/types";
import fc from "fast-check";
import type { Home } from "../../../lib/broker/ports.ts";
import type { Grant } from "../../../lib/grant/grant.ts";
import { placeKey } from "../../../lib/grant/target-spec.ts";
import { answerTo, reasonsText } from "../../../lib/slack/answers.ts";
import { answerView, type Modal } from "../../../lib/slack/views/answer-view.ts";
import type { Message } from "../../../lib/slack/views/blocks.ts";
import { denyForm } from "../../../lib/slack/views/deny-form.ts";
import { findingsMessage } from "../../../lib/slack/views/findings.ts";
import { helpText, listText } from "../../../lib/slack/views/help.ts";
import { homeView } from "../../../lib/slack/views/home.ts";
import { mineMessage } from "../../../lib/slack/views/mine.ts";
import {
  openFormBlocks,
  requestedView,
  requestForm,
} from "../../../lib/slack/views/request-form.ts";
import { reviewForm } from "../../../lib/slack/views/review-form.ts";
import { threadLines } from "../../../lib/slack/views/thread.ts";
import { ConfirmDialog } from "../../../local/page/app/block-kit/confirm-dialog.tsx";
import { HomeBody } from "../../../local/page/app/block-kit/home-body.tsx";
import { MessageBody } from "../../../local/page/app/block-kit/message-body.tsx";
import { ModalStack } from "../../../local/page/app/block-kit/modal-stack.tsx";
import { Mrkdwn } from "../../../local/page/app/block-kit/mrkdwn.tsx";
import { OptionList } from "../../../local/page/app/block-kit/option-list.tsx";
import type { SlackBlock } from "../../../local/slack/block-kit.ts";
import { type Mark, parseMrkdwn } from "../../../local/slack/mrkdwn.ts";
import { createWorkspace } from "../../../local/slack/workspace.ts";
import type { OpenModal, SlackMessage } from "../../../local/slack/workspace-state.ts";
import { hostile } from "../../slack/views/hostile.ts";
import { aTelling, ENTITLEMENT, messages, textsIn } from "../../slack/views/reading.ts";
import { anyGrant, anyTelling, people } from "../../slack/views/stories.ts";
import { ASKED_AT, aGrant } from "../../support/grants.ts";
import { ADA, anEntitlement, aPolicy, BOB, CAT, GROUP, MAPPING } from "../../support/world.ts";
import { aSlackPart, decoded, html, tags, words } from "./slack-page.tsx";

const ERROR_BOX = "bk-unknown";

// --- What Latchkey sends

const made = aGrant({
  instructions: "aws sts get-caller-identity",
  ticket: "OPS-1",
  targets: [GROUP, MAPPING],
});
const grants: readonly Grant[] = [
  made.pending().build(),
  aGrant({ approvalsNeeded: 2 }).pending().build(),
  made.approved().build(),
  made.begun().build(),
  made.active().build(),
  made.askingForExtension().build(),
  made.extended().build(),
  made.revoking().build(),
  made.ended().build(),
  made.ended({ kind: "failed", code: "group-missing", message: "no <group> *here*" }).build(),
  made.failedBeforeItBegan("no answer").build(),
  made.denied("not <today>").build(),
  made.denied().build(),
  made.cancelled().build(),
  made.lapsed().build(),
].map((grant, n) => ({ ...grant, id: `LK-${String(n).padStart(10, "0")}` as Grant["id"] }));
const tellings = [aTelling(), aTelling({ now: ASKED_AT + 55 * 60_000 })];

const home: Home = {
  user: ADA,
  now: ASKED_AT,
  canAsk: true,
  own: grants.slice(0, 6),
  waiting: grants.slice(0, 2),
  recent: grants.slice(8),
};

const many = Array.from({ length: 120 }, (_, n) => anEntitlement(`project-${n}`));
const withTicket = anEntitlement("web-pods-read", {
  ...ENTITLEMENT,
  ticket: { pattern: "^OPS-[0-9]+$", required: true },
});

const sentMessages: readonly Partial<Message>[] = [
  ...grants.flatMap((grant) =>
    tellings.flatMap((telling) =>
      [...messages(grant, telling).values()].map(({ message }) => message),
    ),
  ),
  ...grants.map((grant) => ({ text: threadLines(grant, 0)?.text || "-" })),
  ...grants.map((grant) => ({ text: answerTo("end this", { outcome: "too-late", grant }) ?? "-" })),
  findingsMessage({
    at: ASKED_AT,
    found: [
      {
        kind: "overdue",
        grant: made.build().id,
        entitlement: "web-pods-read",
        requester: ADA,
        since: ASKED_AT,
      },
      {
        kind: "unlent",
        place: placeKey(GROUP),
        assignment: "a",
        groups: [],
        holder: "<@U0EVE> *eve*",
      },
    ],
    gone: [],
    leftOut: 3,
  }),
  {
    text: reasonsText("You cannot end this:", [
      { code: "not-a-requester", message: "*It* is <theirs>." },
    ]),
  },
  mineMessage(home, ASKED_AT),
  { text: helpText([withTicket], [CAT]) },
  { text: helpText([], [CAT]) },
  { text: listText(many, [CAT]) },
  { text: "Open it.", blocks: openFormBlocks("Open it.", { actionId: "open", value: "x" }) },
];

const background = { at: ASKED_AT, live: grants.slice(4, 6), timesIn30Days: 3 };
const forms: readonly Modal[] = [
  requestForm(aPolicy([withTicket]), [withTicket], { reason: "a <b> *c*", ticket: "OPS-1" }),
  requestForm(aPolicy([ENTITLEMENT, withTicket]), [ENTITLEMENT, anEntitlement("other")]),
  requestForm(aPolicy(many), many, { entitlementId: "project-7" }),
  requestForm(aPolicy(many), many, { entitlementId: "gone" }),
  ...grants.flatMap((grant) => [
    reviewForm(grant, { entitlement: ENTITLEMENT, background }),
    reviewForm(grant, { entitlement: undefined, background: undefined }),
    denyForm(grant),
    requestedView(grant),
  ]),
  answerView("*Too late*: it is over."),
];

const homes = [
  homeView(home, [CAT]),
  homeView({ ...home, canAsk: false, own: [], waiting: [], recent: [] }, [CAT]),
];

// --- As the page shows it

function posted(content: Partial<Message>): SlackMessage {
  const message = { channel: "C0ACCESS", user: "U0LATCHKEY", ...content };
  return createWorkspace({ now: () => ASKED_AT }).post(message);
}

function shownMessage(content: Partial<Message>, me?: string): string {
  return html(<MessageBody message={posted(content)} />, me);
}

function shownHome(view: unknown): string {
  const published = createWorkspace({ now: () => ASKED_AT }).publishHome("U0ADA", view);
  return html(<HomeBody view={published} />);
}

function opened(view: unknown, errors: OpenModal["errors"] = {}): OpenModal {
  return { view: createWorkspace({ now: () => ASKED_AT }).openModal("U0ADA", view), errors };
}

function shownModals(...stack: readonly OpenModal[]): string {
  return html(<ModalStack />, "U0ADA", aSlackPart({ modals: { U0ADA: stack } }));
}

/** A message of blocks that Slack would not have taken, or that Latchkey does not send. */
function strange(block: unknown): string {
  const blocks = [{ block_id: "b", ...(block as object) } as SlackBlock];
  const message = { ...posted({ text: "t" }), blocks };
  return html(<MessageBody message={message} />);
}

/** What is seen only once a button is clicked, a menu opened, or nothing entered. */
const HIDDEN = new Set(["confirm", "options", "initial_option", "placeholder"]);

function withoutHidden(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, inside) =>
      HIDDEN.has(key) && typeof inside === "object" ? undefined : inside,
    ),
  );
}

function textsOf(marks: readonly Mark[]): readonly string[] {
  return marks.flatMap((mark) =>
    mark.kind === "text" ? [mark.text] : "marks" in mark ? textsOf(mark.marks) : [],
  );
}

function expectShown(shown: string, sent: unknown): void {
  expect(shown).not.toContain(ERROR_BOX);
  const read = words(shown);
  for (const { kind, text } of textsIn(withoutHidden(sent))) {
    for (const part of kind === "mrkdwn" ? textsOf(parseMrkdwn(text)) : [text]) {
      expect(read).toContain(part);
    }
  }
  const spoken = decoded(shown);
  JSON.stringify(sent, (key, value) => {
    if (key === "accessibility_label") expect(spoken).toContain(`aria-label="${value}"`);
    if (key === "placeholder") expect(spoken).toContain(`placeholder="${value.text}"`);
    if (key === "initial_option") expect(spoken).toContain(`value="${value.text.text}"`);
    return value;
  });
}

/** Everything under `key` in something that is sent. */
function allOf<T>(key: string, sent: unknown): readonly T[] {
  const found: T[] = [];
  JSON.stringify(sent, (name, value) => {
    if (name === key) found.push(value);
    return value;
  });
  return found;
}

describe("what Latchkey sends", () => {
  it("is shown whole: every message", () => {
    expect(sentMessages.length).toBeGreaterThan(80);
    for (const message of sentMessages) {
      const shown = shownMessage(message);
      expectShown(shown, message.blocks ?? []);
      if (message.blocks === undefined) {
        for (const part of textsOf(parseMrkdwn(message.text ?? ""))) {
          expect(words(shown)).toContain(part);
        }
      }
    }
  });

  it("is shown whole: every form, with its title and its buttons", () => {
    for (const form of forms) {
      const shown = shownModals(opened(form));
      expectShown(shown, form.blocks);
      for (const label of [form.title, form.submit, form.close]) {
        if (label !== undefined) expect(words(shown)).toContain(label.text);
      }
    }
  });

  it("is shown whole: every App Home", () => {
    for (const view of homes) expectShown(shownHome(view), view.blocks);
  });

  it("asks in the words it was given before a click counts", () => {
    const confirms = allOf<ConfirmationDialog>("confirm", [sentMessages, homes]).filter(
      ({ text }) => text !== undefined && typeof text === "object",
    );
    expect(confirms.length).toBeGreaterThan(10);
    for (const confirm of confirms) {
      const shown = html(<ConfirmDialog confirm={confirm} onAnswer={() => {}} />);
      expectShown(shown, { ...confirm, confirm: undefined });
      expect(words(shown)).toContain(confirm.confirm?.text);
    }
  });

  it("is shown whole, whatever was typed and however much there is", () => {
    fc.assert(
      fc.property(anyGrant, anyTelling, (grant, telling) => {
        for (const { message } of messages(grant, { ...telling, approvers: people(2) }).values()) {
          expectShown(shownMessage(message), message.blocks);
        }
      }),
      { numRuns: 15 },
    );
  });
});

describe("what the page cannot show", () => {
  const text = { type: "mrkdwn", text: "words" };
  const date = { type: "datepicker", action_id: "a" };
  const menu = {
    type: "overflow",
    action_id: "a",
    options: [{ text: { type: "plain_text", text: "o" }, value: "o" }],
  };
  const section = (...elements: unknown[]) => ({
    type: "rich_text",
    elements: [{ type: "rich_text_section", elements }],
  });
  it.each<[string, unknown]>([
    ["the block “video”", { type: "video", title: "Cats" }],
    ["the block “image”", { type: "image", image_url: "https://example.com/x.png", alt_text: "x" }],
    ["the block “undefined”", {}],
    ["the text “markdown”", { type: "section", text: { type: "markdown", text: "# x" } }],
    ["the element “overflow”", { type: "actions", elements: [menu] }],
    ["the element “datepicker”", { type: "section", text, accessory: date }],
    ["the element “image”", { type: "context", elements: [{ type: "image", alt_text: "x" }] }],
    ["the rich text “color”", section({ type: "color", value: "#fff" })],
    [
      "the rich text “rich_text_table”",
      { type: "rich_text", elements: [{ type: "rich_text_table" }] },
    ],
    ["an input outside of a form", { type: "input", label: text, element: date }],
    [
      "a button with a link",
      {
        type: "actions",
        elements: [
          {
            type: "button",
            action_id: "a",
            text: { type: "plain_text", text: "b" },
            url: "https://x.example",
          },
        ],
      },
    ],
  ])("is a visible error: %s", (what, block) => {
    const shown = strange(block);
    expect(shown).toContain(`class="${ERROR_BOX}" role="alert"`);
    expect(shown).toContain(`This page cannot show ${what}.`);
    const { type = "" } = block as { type?: string };
    if (what.startsWith("the block")) expect(decoded(shown)).toContain(type && `"type": "${type}"`);
  });

  it("is an error in a form as well, and the rest of the form is there", () => {
    const input = (block_id: string, element: object) => ({
      type: "input",
      block_id,
      label: { type: "plain_text", text: `Field ${block_id}` },
      element: { action_id: "a", ...element },
    });
    const shown = shownModals(
      opened({
        type: "modal",
        title: { type: "plain_text", text: "Form" },
        submit: { type: "plain_text", text: "Go" },
        blocks: [input("one", { type: "datepicker" }), input("two", { type: "plain_text_input" })],
      }),
    );
    expect(shown).toContain("This page cannot show the element “datepicker”.");
    expect(words(shown)).toContain("Field two");
    expect(shown.match(new RegExp(ERROR_BOX, "g"))).toHaveLength(1);
  });
});

describe("what people typed", () => {
  const nasty = fc.oneof(
    hostile(300),
    fc.constantFrom(
      "<@U0BOB>",
      "*b*",
      "<script>alert(1)</script>",
      '"><img src=x onerror=alert(1)>',
      "\u202Egnp",
    ),
  );
  const reasonOf = (reason: string) => {
    const card = messages(aGrant({ reason }).pending().build(), aTelling()).get("card");
    if (card === undefined) throw new Error("no card");
    return card.message;
  };

  it("is text in a card: no tag comes of it, and nothing of it is lost", () => {
    const plain = tags(shownMessage(reasonOf("plain")));
    fc.assert(
      fc.property(nasty, (reason) => {
        const message = reasonOf(reason);
        const shown = shownMessage(message);
        expect(tags(shown)).toEqual(plain);
        const [quoted] = textsIn(message.blocks).filter(
          ({ kind, sent }) => kind === "text" && !sent["style"],
        );
        expect(words(shown)).toContain(quoted?.text);
        expect(shown).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/);
      }),
      { numRuns: 200 },
    );
  });

  it("is text in a form", () => {
    fc.assert(
      fc.property(nasty, (reason) => {
        const form = requestForm(aPolicy([ENTITLEMENT]), [ENTITLEMENT], { reason });
        const shown = shownModals(opened(form));
        const untouched = shownModals(opened(requestForm(aPolicy([ENTITLEMENT]), [ENTITLEMENT])));
        const shape = (markup: string) => tags(markup).map((tag) => tag.replace(/V0[^"]*/, ""));
        expect(shape(shown)).toEqual(shape(untouched));
      }),
      { numRuns: 50 },
    );
  });
});

describe("a form", () => {
  const reason = { type: "plain_text" as const, text: "Why?" };
  const blocks: KnownBlock[] = [
    {
      type: "input",
      block_id: "reason",
      label: reason,
      hint: { type: "plain_text", text: "No secrets." },
      element: {
        type: "plain_text_input",
        action_id: "value",
        initial_value: "x".repeat(495),
        max_length: 500,
      },
    },
  ];
  const form = { type: "modal", title: reason, submit: reason, blocks };

  it("is a dialog named by its title", () => {
    const shown = shownModals(opened(form));
    const [, id] = /<dialog[^>]* aria-labelledby="([^"]+)"/.exec(shown) ?? [];
    expect(shown).toContain(`id="${id}" tabindex="-1">Why?</h2>`);
  });

  it("says what is wrong at the field that it is about", () => {
    const shown = shownModals(opened(form, { reason: "Say more." }));
    const [, described = ""] = /aria-invalid="true" aria-describedby="([^"]+)"/.exec(shown) ?? [];
    const [error, hint] = described.split(" ");
    expect(shown).toContain(`id="${error}">Say more.</p>`);
    expect(shown).toContain(`id="${hint}">No secrets.</p>`);
    expect(shownModals(opened(form))).toContain('aria-invalid="false"');
  });

  it("says how much room is left where that is little", () => {
    expect(words(shownModals(opened(form)))).toContain("5 left");
  });

  it("keeps those under it out of sight", () => {
    const under = opened(form);
    const top = opened(answerView("on top"));
    const shown = shownModals(under, { ...top, view: { ...top.view, id: "V0TOP" } });
    expect(shown.match(/<form[^>]*>/g)?.map((tag) => tag.includes("hidden"))).toEqual([
      true,
      false,
    ]);
  });

  it("is not there where nobody has one open", () => {
    expect(shownModals()).toBe("");
  });
});

describe("the options of an open menu", () => {
  it("are told with what is said about each, which is chosen, and what is said in place of more", () => {
    const options = [
      { text: { type: "plain_text" as const, text: "Read <pods>" }, value: "pods" },
      {
        text: { type: "plain_text" as const, text: "Read metrics" },
        description: { type: "plain_text" as const, text: "4h, approved automatically" },
        value: "metrics",
      },
    ];
    const shown = html(
      <OptionList
        fieldId="f"
        label="What?"
        under={{ current: null }}
        options={options}
        chosen="metrics"
        active={0}
        says="Looking…"
        onChoose={() => {}}
      />,
    );
    expect(shown).toContain('role="listbox" id="f-options" aria-label="What?"');
    const [first, second] = shown.match(/<div[^>]*role="option"[^>]*>/g) ?? [];
    expect(first).toMatch(/id="f-option-0" class="[^"]*active".* aria-selected="false"/);
    expect(second).toMatch(/id="f-option-1" class="bk-option".* aria-selected="true"/);
    expect(words(shown)).toBe("Read <pods>Read metrics4h, approved automaticallyLooking…");
  });
});

describe("mrkdwn", () => {
  const shown = (text: string, me?: string) => html(<Mrkdwn text={text} />, me);

  it("names people, groups and channels, and stands out to whom it means", () => {
    const text = "<@U0BOB> of <!subteam^S0LEADS> in <#C0ACCESS>, <@U0NOBODY>";
    expect(words(shown(text))).toBe(
      "@Bob Lindqvist of @platform-leads in #access-requests, @U0NOBODY",
    );
    const mine = (me: string) =>
      [...shown(text, me).matchAll(/bk-mention-mine">([^<]+)</g)].map(([, name]) => name);
    expect(mine(BOB)).toEqual(["@Bob Lindqvist", "@platform-leads"]);
    expect(mine(ADA)).toEqual([]);
  });

  it("shows times in the reader's zone, whole for who points at them", () => {
    const seconds = ASKED_AT / 1000;
    expect(shown(`<!date^${seconds}^at {date_short_pretty}|soon>`)).toMatch(
      /^<time dateTime="2026-11-22T14:00:00.000Z" title="\w+, November \d+, 2026 at [\d:]+( UTC)? \([\w/]+\)">at today<\/time>$/,
    );
  });

  it("shows styles, links, code, quotations and emoji", () => {
    expect(shown("*b* _i_ ~s~ `c` :tada: :nope: <https://example.com|x>\n> q")).toBe(
      '<strong>b</strong> <em>i</em> <s>s</s> <code class="bk-code">c</code> 🎉 :nope: ' +
        '<a class="bk-link" href="https://example.com" target="_blank" rel="noopener noreferrer">x</a>' +
        '<blockquote class="bk-quote">q</blockquote>',
    );
  });

  it("draws the emoji of Latchkey's states, and leaves them in the text", () => {
    expect(shown("a 🟢 b ⚠️ c 🦊")).toBe(
      'a <span class="bk-emoji bk-emoji-green">🟢</span> b ' +
        '<span class="bk-emoji bk-emoji-warning">⚠️</span> c 🦊',
    );
  });

  it("makes no link of what would run in the page", () => {
    expect(shown("<javascript:alert(1)|x>")).toBe("&lt;javascript:alert(1)|x&gt;");
  });

  it("hides the name of a private channel from who is not in it", () => {
    const slack = aSlackPart({
      channels: [{ id: "C0PRIVATE", name: "secret", members: [BOB], is_private: true }],
    });
    expect(words(html(<Mrkdwn text="<#C0PRIVATE>" />, ADA, slack))).toBe("a private channel");
    expect(words(html(<Mrkdwn text="<#C0PRIVATE>" />, BOB, slack))).toBe("#secret");
  });
});
