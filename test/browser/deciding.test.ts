// Deciding on the page, clicked through: denied with a reason, approved by two, approved twice at once, and by who may not.

import { describe, expect, it } from "@jest/globals";
import type { Route } from "playwright-core";
import { WEB_GROUP } from "../../local/scenario.ts";
import { visits } from "./visit.ts";

const visit = visits();
const DEBUG_GROUP = "iam-bttrm-web-debug-group";
const ADAS_USER = "iam-bttrm-web-user-1";

describe("a decision on the page", () => {
  it("is a denial with its reason, which the requester reads in her messages", async () => {
    const { stack, be, go, send, card, form, messages, click, sees, grants } = visit;
    await send("/access web-pods-read 1h just looking around");
    await be("Bob");
    await click(card(), /^Deny/);
    await sees(form(), /@Ada Byrne asks for Web projects: read pods for 1 hour/);
    await form().getByRole("textbox", { name: "Why not?" }).fill("Use the dashboard for that.");
    await click(form(), "Deny");
    await form().waitFor({ state: "hidden" });
    await sees(card(), /Denied.*Denied by @Bob Lindqvist.*Use the dashboard for that\./s);

    await be("Ada");
    await go("Messages");
    await sees(messages(), /@Bob Lindqvist denied your request.*Use the dashboard for that\./s);
    expect(await grants()).toMatchObject([
      { status: "denied", decidedBy: "U0BOB", denial: "Use the dashboard for that." },
    ]);
    expect(stack.aws.iam.members(WEB_GROUP)).toEqual([]);
  }, 90_000);

  it("takes two different people where the policy says so, and opens both places then", async () => {
    const { stack, be, send, card, click, sees, access, messages, grants } = visit;
    const awsAuth = () =>
      JSON.stringify(stack.cluster.get("ConfigMap", "kube-system", "aws-auth")?.["data"]);
    await send("/access web-release-debug 30m OPS-77 checkout hangs in production");
    await be("Bob");
    await sees(card(), "It takes 2 approvals by");
    await click(card(), /^Approve/, "Approve");
    await sees(card(), "(1 so far: @Bob Lindqvist)");
    await click(card(), /^Approve/, "Approve");
    await sees(messages(), "You have approved this already.");
    await sees(access(), /debug a release.*Pending.*\(1 so far\)/s);
    expect((await grants())[0]).toMatchObject({ status: "pending", approvals: [{ by: "U0BOB" }] });
    expect(stack.aws.iam.members(DEBUG_GROUP)).toEqual([]);
    expect(awsAuth()).not.toContain(ADAS_USER);

    await be("Cat");
    await click(card(), /^Approve/, "Approve");
    await sees(card(), /Active.*approved by @Bob Lindqvist, @Cat/s);
    expect(stack.aws.iam.members(DEBUG_GROUP)).toEqual([ADAS_USER]);
    expect(awsAuth()).toContain("rbac-bttrm-web-debug-group");
    await sees(access(), /iam-bttrm-web-debug-group\W*Ada Byrne/);
  }, 90_000);

  it("is made once, when two approvers click at the same moment", async () => {
    const { stack, be, send, card, click, sees, grants, another } = visit;
    await send("/access web-pods-read 1h checkout pods restart");
    await be("Bob");
    const lees = await another();
    await lees.be("Lee");
    // On their way, the two clicks wait for each other.
    const clicks: Route[] = [];
    const atOnce = async (route: Route) => {
      clicks.push(route);
      if (clicks.length === 2) await Promise.all(clicks.map((one) => one.continue()));
    };
    for (const { page } of [visit, lees]) await page.route("**/act", atOnce);
    await click(card(), /^Approve/, "Approve");
    await lees.click(lees.card(), /^Approve/, "Approve");

    await sees(card(), "Active");
    await lees.sees(lees.card(), "Active");
    const [grant] = await grants();
    const approvals = grant?.history.filter(({ event }) => event === "approved") ?? [];
    expect(approvals).toHaveLength(1);
    expect(stack.aws.iam.members(WEB_GROUP)).toEqual([ADAS_USER]);
    const [second, first] =
      approvals[0]?.by === "U0BOB" ? [lees, "@Bob Lindqvist"] : [visit, "@Lee Tanaka"];
    await second.sees(second.messages(), new RegExp(`Too late to approve this.*by ${first}`, "s"));
  }, 90_000);

  it("is nobody's who is no approver, nor the requester's own: both are told why", async () => {
    const { stack, be, send, card, click, sees, messages, grants } = visit;
    await send("/access web-pods-read 1h checkout pods restart");
    await sees(card(), "Pending");
    await click(card(), /^Approve/, "Approve");
    await sees(messages(), "Nobody approves their own request.");

    await be("Dee");
    await click(card(), /^Approve/, "Approve");
    await sees(messages(), /This needs 1 approval by platform-leads.*you are not among them/);
    expect(await messages().textContent()).not.toContain("Nobody approves their own request.");

    await be("Bob");
    expect(await messages().textContent()).not.toMatch(/own request|not among them/);
    await sees(card(), "Pending");
    expect((await grants())[0]).toMatchObject({ status: "pending", approvals: [] });
    expect(stack.aws.iam.members(WEB_GROUP)).toEqual([]);
  }, 90_000);
});
