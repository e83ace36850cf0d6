// The page itself: its clock, several who look at it, a server that goes away, and what it cannot show.

import { describe, expect, it } from "@jest/globals";
import type { SlackBlock } from "../../local/slack/block-kit.ts";
import { visits } from "./visit.ts";

const ASK = "/access web-pods-read 1h OPS-12 checkout pods restart";
const MINUTE = 60_000;

const visit = visits();

describe("the clock", () => {
  it("runs sixty times as fast where that is wanted, and jumps to an end where there is one", async () => {
    const { stack, page, send, card, sees, speed, comes } = visit;
    const bar = page.locator(".st-bar");
    const jump = bar.getByRole("button", { name: /^Jump to the end/ });
    expect(await jump.getAttribute("aria-disabled")).toBe("true");
    await bar.getByText("Nothing is lent, so nothing ends").waitFor();

    const shown = bar.getByRole("region", { name: "The time here" }).getByRole("time");
    const at = async () => Date.parse((await shown.getAttribute("datetime")) ?? "");
    const before = { here: performance.now(), there: await at() };
    await speed("60×");
    await comes(async () => (await at()) - before.there > 2 * MINUTE, true);
    expect(performance.now() - before.here).toBeLessThan(MINUTE);
    await speed("1×");
    expect(stack.speed()).toBe(1);
    expect(Math.abs((await at()) - stack.now())).toBeLessThan(10_000);

    await send("/access web-metrics-read 30m");
    await sees(card(), "Active");
    await bar.getByText(/^The next end: .*, in 29 min/).waitFor();
    expect(await jump.getAttribute("aria-disabled")).toBe("false");
  }, 60_000);
});

describe("two who look at it", () => {
  it("see the same, each as whom they play", async () => {
    const { send, card, sees, another } = visit;
    const other = await another();
    await other.be("Bob");
    await send(ASK);
    await other.sees(other.card(), "Pending");
    await other.click(other.card(), /^Approve/, "Approve");
    await sees(card(), "Active");
    await sees(visit.access(), /Ada Byrne.*Allowed/s);
    await other.turn("IAM is throttled", true);
    await visit.page.getByText("1 thing is made to fail").waitFor();
    await other.turn("IAM is throttled", false);
    await visit.page.getByText("Nothing is made to fail").waitFor();
  }, 60_000);
});

describe("a server that goes away", () => {
  it("is missed in words, and what happened meanwhile is there when it is back", async () => {
    const { stack, page, send, card, box, sees, loseServer } = visit;
    const comeBack = await loseServer();
    await page.getByText("Latchkey does not answer; trying again").waitFor();
    await send(ASK);
    await sees(page.locator(".ws-trouble"), "Latchkey does not answer.");
    expect(await box().inputValue()).toBe(ASK);
    await stack.people.as("U0DEE").command("/access", "web-metrics-read 30m");

    await comeBack();
    await page.getByText("connected", { exact: true }).waitFor();
    await sees(card(), "Dee Okafor");
    await box().press("Enter");
    await sees(card(), "Pending");
    await sees(card(), "Ada Byrne");
  }, 60_000);
});

describe("what the page cannot show", () => {
  it("is shown as that, and all around it as ever", async () => {
    const { stack, page, send, card, sees, messages } = visit;
    const { workspace } = stack;
    const blocks = [
      { type: "section", block_id: "one", text: { type: "mrkdwn", text: "Before it." } },
      { type: "video", block_id: "two", title: { type: "plain_text", text: "A film" } },
      { type: "section", block_id: "three", text: { type: "mrkdwn", text: "After it." } },
    ] as unknown as readonly SlackBlock[];
    const { botUser, botId } = workspace.app;
    const ts = workspace.nextTs();
    const message = { channel: "C0ACCESS", ts, user: botUser, bot_id: botId, text: "", blocks };
    workspace.state.messages.push(message);
    workspace.emit({ type: "message_posted", message });

    const shown = messages().getByRole("listitem").filter({ hasText: "Before it." });
    await sees(shown.getByRole("alert"), /This page cannot show the block “video”.*A film/s);
    await sees(shown, "After it.");
    await send(ASK);
    await sees(card(), "Pending");
    expect(await page.getByRole("alert").filter({ hasText: "cannot show" }).count()).toBe(1);
  }, 60_000);
});
