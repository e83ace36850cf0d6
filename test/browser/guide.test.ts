// "What to do next" carries a newcomer through the whole round, by what it offers to press.

import { describe, expect, it } from "@jest/globals";
import { visits } from "./visit.ts";

const visit = visits();

describe("what to do next", () => {
  it("carries one through the round, from the first request to its end", async () => {
    const { page, card, click, sees, access } = visit;
    const now = access().locator("[aria-current=step]");

    await sees(now, "Ask for access as Ada Byrne");
    await click(access(), "Write it for me");
    await page.keyboard.press("Enter");
    await sees(card(), "Pending");

    await sees(now, "Approve it as Bob Lindqvist");
    await click(access(), "Be Bob Lindqvist");
    await click(card(), /^Approve/, "Approve");

    await sees(now, "Jump to the end");
    await click(access(), "Jump to the end of the window");
    await sees(card(), "Expired");
    await sees(access(), "That was the whole round");
    expect(await now.count()).toBe(0);
  }, 90_000);

  it("writes as Ada, into her message box, wherever one is and whoever one plays", async () => {
    const { page, be, go, access, click, card, sees } = visit;
    await be("Bob");
    await go("Home");
    await click(access(), "Write it for me");
    const box = page.getByRole("textbox", { name: "Message #access-requests" });
    await box.and(page.locator(":focus")).waitFor();
    expect(await box.inputValue()).toBe("/access web-pods-read 1h OPS-12 checkout pods restart");
    await page.keyboard.press("Enter");
    await sees(card(), /Requester@Ada Byrne/);
  }, 90_000);
});
