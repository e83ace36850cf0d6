// Way 1 on the page, clicked through: a group's membership is asked for, approved, used and taken away again.

import { describe, expect, it } from "@jest/globals";
import { WEB_GROUP } from "../../local/scenario.ts";
import { visits } from "./visit.ts";

const visit = visits();

describe("way 1 on the page", () => {
  it("is asked for by Ada, approved by Bob, seen on the right, and gone after the jump", async () => {
    const { stack, be, send, card, click, sees, comes, access, jump } = visit;
    await sees(access(), "Denied");
    await send("/access web-pods-read 1h OPS-12 checkout pods restart");
    await sees(card(), "Pending");

    await be("Bob");
    await click(card(), /^Approve/, "Approve");
    await sees(card(), "Active");
    expect(stack.aws.iam.members(WEB_GROUP)).toEqual(["iam-bttrm-web-user-1"]);
    await sees(access(), /Ada Byrne.*Allowed/s);
    await sees(access(), /list pods -n bttrm-web-proj-1-ns.*yes/s);

    await jump();
    await sees(card(), "Expired");
    await comes(() => stack.aws.iam.members(WEB_GROUP).length, 0);
    await sees(access(), /Ada Byrne.*Denied/s);
  }, 90_000);
});
