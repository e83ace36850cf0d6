// What can be made to fail at a switch of the page, what is so meanwhile, and how it recovers.

import { describe, expect, it } from "@jest/globals";
import { WEB_GROUP } from "../../local/scenario.ts";
import { visits } from "./visit.ts";

const ADAS_USER = "iam-bttrm-web-user-1";
const MINUTE = 60_000;

const visit = visits();

const members = () => visit.stack.aws.iam.members(WEB_GROUP).join();

/** Whether Ada's own IAM user stands in the cluster's `aws-auth`. */
const isMapped = () => {
  const configMap = visit.stack.cluster.get("ConfigMap", "kube-system", "aws-auth");
  return JSON.stringify(configMap?.["data"]).includes(ADAS_USER);
};

/** Ada asks, and Bob approves. */
async function approve(text: string): Promise<void> {
  const { be, send, card, click, sees } = visit;
  await send(`/access ${text}`);
  await be("Bob");
  await click(card(), /^Approve/, "Approve");
  await sees(card(), /Approved|Active/);
}

describe("Slack that is down", () => {
  it("keeps no access from ending: only the card stays behind until it is back", async () => {
    const { stack, card, sees, comes, access, jump, turn } = visit;
    await approve("web-pods-read 1h OPS-12 checkout pods restart");
    await sees(card(), "Active");
    await turn("Slack is down", true);
    await jump();
    await comes(members, "");
    await sees(access(), /Ada Byrne.*Denied/s);
    await sees(access(), /Gone at/);
    await sees(card(), "Active");

    await turn("Slack is down", false);
    stack.advance(MINUTE);
    await sees(card(), "Expired");
    expect(members()).toBe("");
  }, 90_000);
});

describe("IAM that is throttled", () => {
  it("lets nothing begin, and what was approved begins as soon as it answers", async () => {
    const { stack, page, card, sees, comes, access, turn } = visit;
    await turn("IAM is throttled", true);
    await page.getByText("1 thing is made to fail").waitFor();
    await approve("web-pods-read 1h OPS-12 checkout pods restart");
    await sees(access(), /The access is being written; not done after/);
    await sees(card(), "Approved");
    expect(members()).toBe("");

    await turn("IAM is throttled", false);
    stack.advance(MINUTE);
    await comes(members, ADAS_USER);
    await sees(card(), "Active");
    await sees(access(), /Ada Byrne.*Allowed/s);
  }, 90_000);
});

describe("a cluster that is unreachable", () => {
  it("is told on the right, and gets the mapping when it is back", async () => {
    const { stack, card, canI, sees, comes, access, turn } = visit;
    await turn("The cluster is unreachable", true);
    await sees(
      canI("Ada Byrne, with keys of their own", "list pods -n bttrm-web-proj-1"),
      "unreachable",
    );
    await approve("web-pods-mapping 30m checkout pods restart");
    await sees(access(), /The access is being written; not done after/);
    await sees(card(), "Approved");
    expect(isMapped()).toBe(false);

    await turn("The cluster is unreachable", false);
    stack.advance(MINUTE);
    await comes(isMapped, true);
    await sees(card(), "Active");
    await sees(canI("Ada Byrne, with keys of their own", "list pods -n bttrm-web-proj-1"), "yes");
  }, 90_000);
});

describe("a worker that is killed in the middle", () => {
  it("has given the access, and another finishes what it could not note down", async () => {
    const { stack, page, card, sees, comes, access, speed, turn } = visit;
    await turn("A worker is killed", true);
    await approve("web-pods-read 1h OPS-12 checkout pods restart");
    const passes = access().getByRole("region", { name: "What the functions did" });
    await sees(passes.getByRole("listitem"), /provision.*killed after/s);
    expect(members()).toBe(ADAS_USER);
    await sees(card(), "Approved");
    await page.getByText("Nothing is made to fail").waitFor();

    // What the dead one held is free after some two minutes.
    const killedAt = stack.now();
    await speed("60×");
    await comes(() => stack.now() > killedAt + 3 * MINUTE, true);
    await speed("1×");
    stack.advance(MINUTE);
    await sees(card(), "Active");
    expect(members()).toBe(ADAS_USER);
    await comes(async () => (await visit.grants())[0]?.status, "active");
  }, 90_000);
});
