// How access ends on the page: later, by an extension, or at once, by hand.

import { describe, expect, it } from "@jest/globals";
import { WEB_GROUP } from "../../local/scenario.ts";
import { visits } from "./visit.ts";

const METRICS_GROUP = "iam-bttrm-web-metrics-ro-group";
const MINUTE = 60_000;

const visit = visits();

/** The end of the only window that there is. */
async function end(): Promise<number> {
  const [grant] = await visit.grants();
  if (grant?.status !== "active") throw new Error(`the access is ${grant?.status}, not active`);
  return grant.window.expiresAt;
}

describe("an end that comes near", () => {
  it("is put off by Ada herself, where nobody has to be asked", async () => {
    const { stack, go, send, card, messages, click, sees, comes, access, jump } = visit;
    const members = () => stack.aws.iam.members(METRICS_GROUP).length;
    await send("/access web-metrics-read 30m");
    await sees(card(), "Active");
    expect(members()).toBe(1);
    const first = await end();

    stack.moveTo(first - 9 * MINUTE);
    await go("Messages");
    const warning = messages().getByRole("listitem").filter({ hasText: "About to end" });
    await click(warning, /^Extend by 30 minutes/);
    await sees(messages(), "Extended: Web projects: read metrics");
    await comes(end, first + 30 * MINUTE);
    await sees(access(), /Extended until/);

    // NB. The old end passes, and takes nothing.
    stack.moveTo(first + MINUTE);
    await stack.passes();
    expect(members()).toBe(1);
    await jump();
    await comes(members, 0);
    await go("access-requests");
    await sees(card(), "Expired");
  }, 60_000);

  it("is put off once Bob approves, and drawn near again by “End now”", async () => {
    const { stack, be, go, send, card, messages, click, sees, comes, access } = visit;
    const members = () => stack.aws.iam.members(WEB_GROUP).length;
    await send("/access web-pods-read 1h OPS-12 checkout pods restart");
    await be("Bob");
    await click(card(), /^Approve/, "Approve");
    await sees(card(), "Active");
    const first = await end();

    await be("Ada");
    await go("Messages");
    await click(messages(), /^Ask for 1 hour more/);
    await sees(messages(), "it waits for the approvers");
    expect(await end()).toBe(first);

    await be("Bob");
    await sees(card(), "extension asked");
    await click(card(), /^Approve extension/, "Approve");
    await comes(end, first + 60 * MINUTE);
    await sees(access(), /Bob Lindqvist approved the extension/);

    await be("Ada");
    await click(card(), /^End now/, "Keep");
    expect(members()).toBe(1);
    await click(card(), /^End now/, "End now");
    await comes(members, 0);
    await sees(card(), "Revoked");
    await sees(access(), /Ended early by Ada Byrne/);
    await sees(access(), /Ada Byrne.*Denied/s);
  }, 60_000);
});
