// Asking on the page: the form by keyboard alone, what is wrong told at its field, and what is looked up told to nobody else.

import { describe, expect, it } from "@jest/globals";
import type { Locator } from "playwright-core";
import { visits } from "./visit.ts";

/** A low screen: the form has less room than it takes. */
const visit = visits({ viewport: { width: 1280, height: 640 } });

describe("the form on the page", () => {
  it("is filled in by keyboard alone, says what is wrong at the field, and goes out with Enter", async () => {
    const { page, box, send, form, card, sees, grants } = visit;
    const { keyboard } = page;
    const goes = async (key: string, to: Locator) => {
      await keyboard.press(key);
      await page.locator(":focus").and(to).waitFor();
    };
    const [what, howLong, why, ticket] = [
      form().getByRole("combobox", { name: "What do you need?" }),
      form().getByRole("combobox", { name: "For how long?" }),
      form().getByRole("textbox", { name: "Why?" }),
      form().getByRole("textbox", { name: "Ticket" }),
    ];
    const cancel = form().getByRole("button", { name: "Cancel" });
    const request = form().getByRole("button", { name: "Request" });

    await send("/access");
    await page.locator(":focus").and(what).waitFor();
    await keyboard.type("debug");
    await sees(form().getByRole("option"), "Web projects: debug a release");
    await keyboard.press("Enter");
    await sees(form(), "Needs 2 approvals");
    await goes("Tab", howLong);
    await keyboard.type("9 hours");
    await sees(form(), "Nothing matches.");
    await goes("Escape", howLong);
    expect(await howLong.inputValue()).toBe("30 minutes");

    for (const next of [why, ticket, cancel, request]) await goes("Tab", next);
    await goes("Enter", why);
    expect(await wrongAt(why)).toBe("Please complete this required field.");
    expect(await wrongAt(ticket)).toBe("Please complete this required field.");
    await keyboard.type("checkout hangs");
    await keyboard.press("Enter");
    await keyboard.type("since the release");
    await goes("Tab", ticket);
    await keyboard.type("12");
    await keyboard.press("Enter");
    await sees(form(), "A ticket here matches");
    await page.locator(":focus").and(ticket).waitFor();
    expect(await wrongAt(ticket)).toBe("A ticket here matches ^OPS-[0-9]+$.");
    expect(await wrongAt(why)).toBeUndefined();
    expect(await grants()).toEqual([]);

    await ticket.fill("OPS-12");
    await keyboard.press("Enter");
    await sees(form(), "debug a release for 30 minutes is requested");
    await goes("Escape", box());
    await sees(card(), /Pending.*checkout hangs\s+since the release.*OPS-12/s);
    expect(await grants()).toMatchObject([
      { status: "pending", reason: "checkout hangs\nsince the release", ticket: "OPS-12" },
    ]);
  }, 90_000);

  it("comes with what was typed where the command lacks something, shows what, and goes with Escape", async () => {
    const { stack, page, box, form, card, click, sees, comes, grants } = visit;
    await box().pressSequentially("/acc");
    await sees(page.getByRole("option"), "Ask for access for a while");
    await box().press("Enter");
    expect(await box().inputValue()).toBe("/access ");
    await sees(page.getByRole("status"), "[entitlement duration ticket reason]");
    await box().pressSequentially("web-release-debug 1h OPS-5");
    await box().press("Enter");

    await sees(form(), "Needs 2 approvals");
    expect(await form().getByLabel("For how long?").inputValue()).toBe("1 hour");
    expect(await form().getByLabel("Ticket").inputValue()).toBe("OPS-5");
    await click(form(), "Request");
    const wrong = form().getByText("Please complete this required field.");
    await wrong.waitFor();
    await comes(() => isAbove(wrong, form().getByRole("button", { name: "Request" })), true);

    await page.keyboard.press("Escape");
    await form().waitFor({ state: "hidden" });
    await page.locator(":focus").and(box()).waitFor();
    expect(stack.workspace.openView("U0ADA")).toBeUndefined();
    expect(await card().count()).toBe(0);
    expect(await grants()).toEqual([]);
  }, 90_000);
});

describe("what is looked up on the page", () => {
  it("is seen by who asked, and by nobody else", async () => {
    const { stack, be, messages, send, sees, grants } = visit;
    const whispers = messages().locator("li").filter({ hasText: "Only visible to you" });
    await send("/access help");
    await sees(whispers, "Ask for access that ends by itself.");
    await send("/access list");
    await sees(whispers, /web-pods-mapping.*Web projects: read pods, by mapping, at most 2h/);
    await send("/access mine");
    await sees(whispers, "You have no access now, and wait for none.");
    await send("/access web-pods-read 9h too long");
    await sees(whispers, /Not requested:.*The most is 4 hours\./s);
    expect(await whispers.count()).toBe(4);

    await be("Dee");
    await sees(messages(), "access-requests begins here.");
    expect(await whispers.count()).toBe(0);
    expect(await messages().textContent()).not.toMatch(/ends by itself|no access now|The most is/);
    expect(stack.workspace.ephemeralsFor("U0DEE")).toEqual([]);
    expect(await grants()).toEqual([]);
  }, 90_000);
});

/** Whether one thing ends on the screen before the other begins. */
async function isAbove(one: Locator, other: Locator): Promise<boolean> {
  const [upper, lower] = await Promise.all([one.boundingBox(), other.boundingBox()]);
  return upper !== null && lower !== null && upper.y + upper.height <= lower.y;
}

/** What a field is described by first, if it is marked as wrong. */
async function wrongAt(field: Locator): Promise<string | undefined> {
  if ((await field.getAttribute("aria-invalid")) !== "true") return undefined;
  const [id] = (await field.getAttribute("aria-describedby"))?.split(" ") ?? [];
  return (await field.page().locator(`[id="${id}"]`).textContent()) ?? undefined;
}
