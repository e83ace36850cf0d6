// Messages and views as text for a terminal.

import { beforeEach, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { buttonsOf, homeText, modalText, textOf } from "../../../local/slack/render-text.ts";
import { createWorkspace, type Workspace } from "../../../local/slack/workspace.ts";
import type { SlackMessage } from "../../../local/slack/workspace-state.ts";
import { card, dm, home, modal } from "./layouts.ts";

const NOW = Date.parse("2025-11-22T12:00:00Z");

let workspace: Workspace;

beforeEach(() => {
  workspace = createWorkspace({ now: () => NOW });
});

const post = (content: { text?: string; blocks?: unknown }): SlackMessage =>
  workspace.post({ channel: "C0ACCESS", user: "U0LATCHKEY", ...content });
const shown = (text: string) => textOf(workspace, post({ text }));

describe("textOf", () => {
  it("shows a card as people see it", () => {
    expect(textOf(workspace, post(card)).split("\n")).toEqual([
      "# 🟡 Pending: prod-payments / ReadOnly",
      "Requester: @Ada Byrne",
      "Duration: 1 hour",
      "Account: prod-payments `1111 2222 3333`",
      "Needs: 1 of @S0123",
      "Reason",
      "> user text, verbatim <!channel> *not bold*",
      "[Approve] [Deny…] [⋯ View policy | Cancel request (requester)]",
      "REQ-7K2M · asked today 14:00 UTC · lapses 15:00 UTC",
    ]);
  });

  it("shows commands to paste, each on its line", () => {
    const lines = textOf(workspace, post(dm)).split("\n");
    expect(lines).toContain("Until today 16:00 UTC, approved by @Bob Lindqvist.");
    expect(lines).toContain("    kubectl get ns");
    expect(lines).toContain("[Open AWS console] [End now]");
  });

  it("shows the text of a message without blocks", () => {
    expect(
      shown("<@U0ADA> asks <!subteam^S0LEADS> in <#C0ACCESS>, see <https://example.com|the page>"),
    ).toBe("@Ada Byrne asks @platform-leads in #access-requests, see the page");
  });

  it.each([
    ["<!here> and <!channel>", "@here and @channel"],
    ["*bold*, _slanted_ and ~struck~", "bold, slanted and struck"],
    ["a * b * c and snake_case_name", "a * b * c and snake_case_name"],
    ["&lt;@U0ADA&gt; &amp;amp; &lt;!channel&gt;", "<@U0ADA> &amp; <!channel>"],
    ["<@U0NOBODY> <https://example.com>", "@U0NOBODY https://example.com"],
  ])("reads %j as %j", (text, expected) => {
    expect(shown(text)).toBe(expected);
  });

  it("sends no control character to the terminal", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", minLength: 1, maxLength: 50 }), (typed) => {
        const elements = [{ type: "rich_text_section", elements: [{ type: "text", text: typed }] }];
        const message = post({ text: "t", blocks: [{ type: "rich_text", elements }] });
        expect(textOf(workspace, message)).not.toMatch(/[^\P{Cc}\n]/u);
      }),
    );
    expect(shown("\u001b[2Jgone")).toBe("\u{FFFD}[2Jgone");
  });
});

describe("buttonsOf", () => {
  it("names the buttons in order, without menus", () => {
    expect(buttonsOf(post(card))).toEqual(["Approve", "Deny…"]);
    expect(buttonsOf(post({ text: "no blocks" }))).toEqual([]);
  });
});

describe("views", () => {
  it("shows a form with what stands in it and what is wrong", () => {
    workspace.openModal("U0ADA", modal);
    workspace.showErrors("U0ADA", { reason: "Say more." });
    const open = workspace.openView("U0ADA");
    expect(open && modalText(workspace, open).split("\n")).toEqual([
      "== Request access ==",
      "What do you need?: [  ]",
      "Role: [ ReadOnly | PowerUser ]",
      "For how long?: [ 1 hour ]",
      "Why?: [  ]",
      "  Shown to approvers and kept in the audit log. No secrets.",
      "  ! Say more.",
      "Ticket or incident (optional): [  ]",
      "Approval: 1 of @S0123. Max 4 hours. You cannot approve your own request.",
      "[Cancel] [Request]",
    ]);
  });

  it("shows a home tab", () => {
    const text = homeText(workspace, workspace.publishHome("U0ADA", home));
    expect(text).toContain("# Your access\n[Request access] [Refresh]");
    expect(text).toContain("🟡 @Cat Moreno · staging-eks / edit · 4 hours\n[Review]");
  });
});
