// What people type is shown to the letter wherever it comes up on the page: nothing of it mentions, links, styles or runs.

import { describe, expect, it } from "@jest/globals";
import type { Locator } from "playwright-core";
import { visits } from "./visit.ts";

const MARKUP = [
  "<!channel> <!here> <@U0BOB> <#C0ACCESS> <!subteam^S0LEADS>",
  "*bold* _italic_ ~struck~ `code` :tada: &lt;!channel&gt;",
  "<https://evil.example|your bank> https://evil.example javascript:alert(1)",
  "<script>window.__pwned = 1</script>",
  '<img src=x onerror="window.__pwned = 1"><a href="javascript:window.__pwned = 1">here</a>',
  "```",
  "<!date^0^{date}^https://evil.example|fenced>",
  "```",
  "> quoted",
  // A right-to-left override: what follows would be read backwards.
  "invoice\u202egpj.exe",
].join("\n");

/** As long as a reason may be, and from the markup on without a place to break the line. */
const REASON = `Restart:\n${MARKUP}`.padEnd(1_000, "W");
const DENIAL = `No:\n${MARKUP}`;

const visit = visits();

/** The text stands in `place` as it was typed, in an element that has nothing else in it. */
async function expectToTheLetter(place: Locator, typed: string): Promise<void> {
  const first = typed.split("\n").slice(0, 2).join(" ");
  const holder = place.locator("blockquote, p").filter({ hasText: first });
  await holder.waitFor();
  expect(await holder.locator("*").count()).toBe(0);
  // What would hide or turn the text is shown as a mark.
  expect(await holder.textContent()).toContain(typed.replace("\u202e", "\ufffd"));
}

/** Nothing that the texts try for is there, anywhere on the page. */
async function expectUnharmed(): Promise<void> {
  const found = await visit.page.evaluate(() => ({
    hasRun: "__pwned" in window,
    links: document.querySelectorAll("a[href*=evil], a[href^='javascript:']").length,
    scripts: document.querySelectorAll("script:not([src^='/assets/'])").length,
    images: document.querySelectorAll("img").length,
    mentionsOfMany: [...document.querySelectorAll(".bk-mention")].filter(({ textContent }) =>
      /^@(channel|here|platform-leads)/.test(textContent ?? ""),
    ).length,
    tooWide: [document.documentElement, ...document.querySelectorAll("[role=log], aside, dialog")]
      .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)
      .map(({ tagName, className }) => `${tagName} ${className}`),
  }));
  expect(found).toEqual({
    hasRun: false,
    links: 0,
    scripts: 0,
    images: 0,
    mentionsOfMany: 0,
    tooWide: [],
  });
}

describe("text that would be more than text", () => {
  it("is shown to the letter from the form to the denial", async () => {
    const { stack, page, be, go, send, card, form, choose, messages, click, sees, access } = visit;
    await send("/access");
    await choose("What do you need?", "Web projects: read pods 1h");
    const why = form().getByRole("textbox", { name: "Why?" });
    const ticket = form().getByRole("textbox", { name: /^Ticket/ });
    await ticket.fill("OPS-1 <!channel><script>window.__pwned = 1</script>");
    await why.fill("W".repeat(3_000));
    await sees(form(), "2000 too many");
    await click(form(), "Request");
    await sees(form(), "2000 characters too many");
    await why.fill(REASON);
    await click(form(), "Request");
    await sees(form(), "A ticket here matches");
    await expectUnharmed();
    await ticket.fill("OPS-1");
    await click(form(), "Request");
    await sees(form(), "is requested");
    await page.keyboard.press("Escape");

    await expectToTheLetter(card(), REASON);
    await access().getByText("1 step", { exact: false }).first().click();
    await expectToTheLetter(access(), REASON);
    await expectUnharmed();

    await be("Bob");
    await go("Home");
    await click(visit.home(), /^Review/);
    await expectToTheLetter(form(), REASON);
    await expectUnharmed();
    await click(form(), /^Deny/);
    await form()
      .getByRole("textbox", { name: /^Why not/ })
      .fill(DENIAL);
    await click(form(), "Deny");
    await form().waitFor({ state: "detached" });
    await go("access-requests");
    await sees(card(), "Denied because");
    await expectToTheLetter(card(), REASON);
    await expectToTheLetter(card(), DENIAL);
    await expectUnharmed();

    await be("Ada");
    await go("Home");
    await sees(visit.home(), "Denied by @Bob Lindqvist");
    await expectUnharmed();
    await go("Messages");
    await expectToTheLetter(messages(), DENIAL);
    await expectUnharmed();
    await click(messages(), /^Request again/);
    expect(await why.inputValue()).toBe(REASON);
    await expectUnharmed();
    expect(
      stack.workspace.state.messages.filter(({ text }) => /<!(channel|here)/.test(text)),
    ).toEqual([]);
  }, 60_000);

  it("is shown to the letter where it comes by the message box", async () => {
    const { send, messages, sees } = visit;
    await send("/access <!channel>*bold*<https://evil.example|here> 1h");
    // Names of Latchkey's are shown in letters that Slack takes for nothing else: they look the same.
    await sees(messages(), /<!channel>.bold.<https:.?\/\/evil/);
    await expectUnharmed();
    await send(`/access web-pods-read 1h OPS-1 ${"W".repeat(3_000)}`);
    await sees(messages(), "At most 1000 characters; these are 3000.");
    await expectUnharmed();
    await send(`${MARKUP}${"W".repeat(3_000)}`);
    await sees(messages(), "<!channel> <!here> <@U0BOB> <#C0ACCESS> <!subteam^S0LEADS>");
    await sees(messages(), "<script>window.__pwned = 1</script>");
    await expectUnharmed();
  }, 60_000);
});
