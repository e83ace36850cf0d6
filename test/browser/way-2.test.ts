// Way 2 on the page, clicked through: a mapping in aws-auth is asked for with the form, approved, used and taken away again.

import { describe, expect, it } from "@jest/globals";
import { visits } from "./visit.ts";

const visit = visits();

const HERS = "Ada Byrne, with keys of their own";
const PODS = "list pods -n bttrm-web-proj-1-ns";

describe("way 2 on the page", () => {
  it("is asked for with the form, approved by Lee, seen on the right, and leaves aws-auth as it was", async () => {
    const { stack, page, be, form, choose, card, click, sees, access, canI, jump } = visit;
    const awsAuth = () =>
      stack.cluster.get("ConfigMap", "kube-system", "aws-auth")?.["data"] as {
        readonly mapUsers: string;
      };
    const before = awsAuth();
    const marked = access().locator(".ax-ours");
    await sees(canI(HERS, PODS), "unknown");
    await sees(access(), "nothing in it is lent");

    await page.getByRole("button", { name: "Shortcuts" }).click();
    await page.getByRole("menuitem", { name: /^Request access/ }).click();
    await choose("What do you need?", "Web projects: read pods, by mapping");
    await sees(form(), "rbac-bttrm-web-ro-group");
    await choose("For how long?", "1 hour");
    await form().getByRole("textbox", { name: "Why?" }).fill("my tool cannot assume a role");
    await click(form(), "Request");
    await sees(form(), /read pods, by mapping for 1 hour is requested/);
    await click(form(), "Close");
    await form().waitFor({ state: "hidden" });
    await sees(card(), /Pending.*by mapping.*1 hour.*my tool cannot assume a role/s);
    expect(awsAuth()).toEqual(before);

    await be("Lee");
    await click(card(), /^Approve/, "Approve");
    await sees(card(), /Active.*approved by @Lee Tanaka/s);
    const { mapUsers, ...others } = awsAuth();
    expect({ ...others, mapUsers: before.mapUsers }).toEqual(before);
    expect(mapUsers.startsWith(before.mapUsers)).toBe(true);
    await sees(access(), "4 lines are lent by Latchkey");
    const added = mapUsers.slice(before.mapUsers.length).trim().split("\n");
    expect(await marked.allTextContents()).toEqual(
      added.map((line) => expect.stringContaining(line)),
    );
    await sees(canI(HERS, PODS), "yes");
    await sees(canI(HERS, "'*' '*'"), "no");
    await sees(canI("Dee Okafor, with keys", PODS), "unknown");

    await jump();
    await sees(card(), "Expired");
    expect(JSON.stringify(awsAuth())).toBe(JSON.stringify(before));
    await sees(access(), "nothing in it is lent");
    await sees(canI(HERS, PODS), "unknown");
    expect(await marked.count()).toBe(0);
  }, 90_000);
});
