// What people do in Slack: the form with its errors, who may click what, and clicks that come too late or twice.

import { describe, expect, it } from "@jest/globals";
import { modalText } from "../../local/slack/render-text.ts";
import { bodyText } from "../../local/slack/requests.ts";
import type { SlackView } from "../../local/slack/workspace-state.ts";
import { ADA, BOB, CAT, DEE, LEE, said, scene, useStack } from "./scene.ts";

const stack = useStack();
const { approve, card, cardMessage, click, endNow, granted, members, messages } = scene(stack);
const { pastTheEnd, request, rows, status, whispered } = scene(stack);
const GROUP = "iam-bttrm-web-ro-group";
const DEBUG_GROUP = "iam-bttrm-web-debug-group";
const USER = "iam-bttrm-web-user-1";

const person = (id: string) => stack().people.as(id);

/** The modal on somebody's screen. */
function onScreen(who: string): SlackView {
  const open = stack().workspace.openView(who);
  if (open === undefined) throw new Error(`${who} has no form open`);
  return open.view;
}

function screen(who: string): string {
  const open = stack().workspace.openView(who);
  return open === undefined ? "" : modalText(stack().workspace, open);
}

const idIn = (text: string) => /LK-\w{10}/.exec(text)?.[0] ?? "";

describe("the form", () => {
  const good = {
    entitlement: "web-pods-read",
    duration: "1h",
    reason: "checkout pods restart",
    ticket: "OPS-12",
  };

  it("opens on /access and lists what this person may ask for", async () => {
    await person(ADA).command("/access");
    expect(screen(ADA)).toContain("== Request access ==");
    expect(screen(ADA)).toContain("Web projects: read pods, by mapping");
  });

  it("tells somebody who may ask for nothing whom to ask", async () => {
    expect(said(await person(LEE).command("/access"))).toContain("nothing that you may ask for");
    expect(stack().workspace.openView(LEE)).toBeUndefined();
  });

  it.each([
    ["too long a duration", { duration: "9h" }, { duration: "The most is 4 hours." }],
    ["no duration at all", { duration: "soon" }, { duration: expect.stringContaining("30m") }],
    [
      "no reason to speak of",
      { reason: "ok" },
      { reason: expect.stringContaining("what you need") },
    ],
    ["a bad ticket", { ticket: "JIRA-1" }, { ticket: expect.stringContaining("^OPS-[0-9]+$") }],
    [
      "several mistakes at once",
      { duration: "9h", ticket: "x" },
      { duration: expect.any(String), ticket: expect.any(String) },
    ],
  ])("says at the field what is wrong: %s", async (_mistake, entries, errors) => {
    const before = await rows();
    await person(ADA).command("/access");
    await person(ADA).submit(onScreen(ADA), { ...good, ...entries });

    expect(stack().workspace.openView(ADA)?.errors).toEqual(errors);
    // Only that the submission was seen, so that it cannot be replayed; opening the form leaves no row.
    expect(await rows()).toBe(before + 1);
  });

  it("says at the field that there is no such entitlement, whatever a client sends", async () => {
    await person(ADA).command("/access");
    const { event } = await person(ADA).submit(onScreen(ADA), { ...good, duration: "9h" });
    const forged = bodyText(event).replaceAll("web-pods-read", "web-pods-write");
    const { answer } = await stack().people.send(forged);
    expect(JSON.parse(bodyText(answer))).toEqual({
      response_action: "errors",
      errors: { entitlement: expect.stringContaining('nothing called "web-pods-write"') },
    });
  });

  it("turns into a confirmation once it is submitted, and the card appears", async () => {
    await person(ADA).command("/access");
    await person(ADA).submit(onScreen(ADA), good);
    await stack().settle();

    expect(screen(ADA)).toContain("Web projects: read pods for 1 hour is requested.");
    expect(card(idIn(screen(ADA)) as never)).toContain("Pending");
  });

  it("opens filled in when the command lacks only the reason", async () => {
    await person(ADA).command("/access", "web-pods-read 2h OPS-7");
    expect(screen(ADA)).toContain("[ 2h ]");
    expect(screen(ADA)).toContain("[ OPS-7 ]");
  });

  it("answers a command that asks for what there is not, to the person alone", async () => {
    const answer = said(await person(ADA).command("/access", "web-everything 1h please"));
    expect(answer).toContain('There is nothing called "web-everything"');
    expect(stack().workspace.ephemeralsFor(ADA).at(-1)?.text).toContain("web-everything");
  });
});

describe("approving", () => {
  it("is not for the requester, nor for somebody who is no approver", async () => {
    const id = await request(ADA, "web-pods-read 1h OPS-1 my own");
    await approve(ADA, id);
    expect(whispered(ADA)).toContain("Nobody approves their own request.");
    await approve(DEE, id);
    expect(whispered(DEE)).toContain("you are not among them");

    expect(await status(id)).toBe("pending");
    expect(stack().workspace.ephemeralsFor(BOB)).toEqual([]);
  });

  it("counts once when two people click at the same moment", async () => {
    const id = await request(ADA, "web-pods-read 1h OPS-2 two at once");
    const before = cardMessage(id);
    await Promise.all(
      [BOB, LEE].map((who) => person(who).click(before, "latchkey_approve", { stale: true })),
    );
    await stack().settle();

    expect(await status(id)).toBe("active");
    const told = [BOB, LEE].filter((who) => whispered(who)?.includes(id));
    expect(told).toHaveLength(1);
    expect(whispered(told[0] ?? "")).toContain("Too late to approve this");
    expect(messages(ADA, id)).toHaveLength(1);
    await pastTheEnd(id);
    expect(await members(GROUP)).toEqual([]);
  });

  it("takes two different people where the entitlement says so, and then opens both places", async () => {
    const id = await request(ADA, "web-release-debug 30m OPS-3 the release hangs");
    await approve(BOB, id);
    expect(card(id)).toContain("so far: @Bob Lindqvist");
    await approve(BOB, id);
    expect(whispered(BOB)).toContain("You have approved this already.");
    expect(await status(id)).toBe("pending");
    expect(await members(DEBUG_GROUP)).toEqual([]);

    await approve(CAT, id);
    expect(await status(id)).toBe("active");
    expect(await members(DEBUG_GROUP)).toEqual([USER]);
    const awsAuth = () =>
      JSON.stringify(stack().cluster.get("ConfigMap", "kube-system", "aws-auth")?.["data"]);
    expect(awsAuth()).toContain("rbac-bttrm-web-debug-group");
    await pastTheEnd(id);
    expect(await members(DEBUG_GROUP)).toEqual([]);
    expect(awsAuth()).not.toContain("rbac-bttrm-web-debug-group");
  });

  it("is not needed where the entitlement is automatic", async () => {
    const id = await request(DEE, "web-metrics-read 1h");
    expect(card(id)).toContain("Active");
    expect(card(id)).toContain("approved automatically");
    expect(await members("iam-bttrm-web-metrics-ro-group")).toEqual(["iam-bttrm-web-user-2"]);
    await pastTheEnd(id);
  });
});

describe("saying no", () => {
  it("opens a form for the reason, which the requester is told", async () => {
    const id = await request(ADA, "web-pods-read 1h OPS-4 curiosity");
    await click(BOB, cardMessage(id), "latchkey_deny");
    await person(BOB).submit(onScreen(BOB), { denial: "Use the staging cluster." });
    await stack().settle();

    expect(card(id)).toContain("Denied by @Bob Lindqvist");
    expect(messages(ADA, id).at(-1)).toContain("> Use the staging cluster.");
    expect(stack().workspace.openView(BOB)).toBeUndefined();
  });

  it("is refused to who may not, before any form opens", async () => {
    const id = await request(ADA, "web-pods-read 1h OPS-5 still mine");
    await click(DEE, cardMessage(id), "latchkey_deny");
    expect(whispered(DEE)).toContain("You cannot deny this");
    expect(stack().workspace.openView(DEE)).toBeUndefined();
    expect(await status(id)).toBe("pending");
  });
});

describe("taking back", () => {
  it("is the requester's to do, and then nobody can approve any more", async () => {
    const id = await request(ADA, "web-pods-read 1h OPS-6 never mind");
    const asSeen = cardMessage(id);
    await click(BOB, asSeen, "latchkey_cancel");
    expect(whispered(BOB)).toContain("Only who made the request can cancel it.");
    await click(ADA, asSeen, "latchkey_cancel");
    expect(card(id)).toContain("Cancelled");

    await person(BOB).click(asSeen, "latchkey_approve", { stale: true });
    await stack().settle();
    expect(whispered(BOB)).toContain("Too late to approve this");
    expect(await status(id)).toBe("cancelled");
    expect(await members(GROUP)).toEqual([]);
  });
});

describe("ending access early", () => {
  it("can be done by who has it, from the message that announced it", async () => {
    const id = await granted(ADA, "web-pods-read 4h OPS-8 until I am done");
    const message = stack().workspace.messagesFor(ADA).at(-1);
    if (message === undefined) throw new Error("Ada was told nothing");
    await click(ADA, message, "latchkey_end");

    expect(await members(GROUP)).toEqual([]);
    expect(card(id)).toContain("Revoked");
    expect(messages(ADA, id).at(-1)).toContain("Ended early by @Ada Byrne");
  });

  it("can be done by an approver and by an admin, and by nobody else", async () => {
    for (const who of [LEE, CAT]) {
      const id = await granted(ADA, "web-pods-read 4h OPS-9 long");
      await endNow(DEE, id);
      expect(whispered(DEE)).toContain("You cannot end this");
      expect(await status(id)).toBe("active");
      await endNow(who, id);
      expect(await status(id)).toBe("ended");
      expect(await members(GROUP)).toEqual([]);
    }
  });
});

describe("a request that nobody decides", () => {
  it("lapses, and says so", async () => {
    const id = await request(ADA, "web-pods-read 1h OPS-10 anyone there?");
    stack().advance(24 * 3_600_000);
    await stack().passes();
    expect(card(id)).toContain("Lapsed");
    expect(messages(ADA, id).at(-1)).toContain("Ask again");
  });
});
