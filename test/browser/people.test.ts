// Playing different people on the page: who is refused and told why, who is told what meanwhile, and what waits for whom.

import { describe, expect, it } from "@jest/globals";
import { WEB_GROUP } from "../../local/scenario.ts";
import { visits } from "./visit.ts";

const visit = visits();

describe("people on the page", () => {
  it("are told why they may not ask: a guest, and somebody of another workspace", async () => {
    const { stack, page, be, send, sees, messages, form, grants } = visit;
    await be("Gus");
    await send("/access web-pods-read 1h a look at the pods");
    await sees(messages(), /Not requested:.*guest/s);
    await send("/access");
    await sees(messages(), "There is nothing that you may ask for.");

    await be("Eve");
    await send("/access web-pods-read 1h a look at the pods");
    await sees(messages(), "Latchkey serves another workspace. Nothing was requested.");
    expect(await messages().textContent()).not.toContain("guest");
    await page.getByRole("button", { name: "Home" }).click();
    await sees(page.getByRole("status"), "Only members of Acme have a home tab.");
    expect(await form().count()).toBe(0);
    expect(await grants()).toEqual([]);
    expect(stack.aws.iam.members(WEB_GROUP)).toEqual([]);
  }, 90_000);

  it("see what is new for them, what waits for them, and how it went", async () => {
    const { stack, page, be, go, home, send, card, form, click, sees, messages, jump, grants } =
      visit;
    const person = (name: string) =>
      page.getByRole("group", { name: "You are" }).locator("label").filter({ hasText: name });
    await send("/access web-pods-read 1h OPS-12 checkout pods restart");
    await sees(card(), "Pending");
    await sees(person("Bob"), "1 unread");

    await be("Bob");
    await person("Bob").filter({ hasNotText: "unread" }).waitFor();
    await sees(person("Lee"), "1 unread");
    await go("Home");
    await sees(home(), /Waiting for you \(1\).*@Ada Byrne.*Web projects: read pods/s);
    await click(home(), /^Review/);
    await sees(form(), /Review request.*checkout pods restart.*OPS-12/s);
    expect(stack.aws.iam.members(WEB_GROUP)).toEqual([]);
    await click(form(), "Approve");
    await form().waitFor({ state: "hidden" });
    await sees(home(), "You have no access now");
    await home().getByText("Waiting for you").waitFor({ state: "hidden" });
    await sees(person("Ada"), "1 unread");
    expect(stack.aws.iam.members(WEB_GROUP)).toEqual(["iam-bttrm-web-user-1"]);

    await be("Ada");
    await page.getByText("Latchkey wrote to you.").waitFor();
    await page.getByRole("button", { name: "Read it" }).click();
    await sees(messages(), /Active.*It is yours until/s);
    await page.getByText("Latchkey wrote to you.").waitFor({ state: "hidden" });
    await jump();
    await sees(messages(), /Expired.*The access is gone since/s);
    expect(stack.aws.iam.members(WEB_GROUP)).toEqual([]);

    await go("access-requests");
    await card()
      .getByRole("button", { name: /replies|reply/ })
      .click();
    const thread = page.getByRole("region", { name: "Thread" });
    await sees(
      thread,
      /Approved by @Bob Lindqvist.*Active until.*Its time is over.*The access is gone/s,
    );
    expect((await grants()).map(({ status }) => status)).toEqual(["ended"]);
  }, 90_000);
});
