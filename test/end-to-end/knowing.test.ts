// Knowing: what the requester is told when access is there, about to end, put off and over, and an App Home that is right after every change.

import { beforeAll, describe, expect, it } from "@jest/globals";
import type { EndedGrant } from "../../lib/grant/grant.ts";
import type { GrantId } from "../../lib/grant/ids.ts";
import { ACTIONS, FIELDS } from "../../lib/slack/names.ts";
import { buttonsOf } from "../../local/slack/render-text.ts";
import { useCatalogues } from "./catalogues.ts";
import { ADA, BOB, describeFromSource, HOUR, LEE, MINUTE, scene, stackForTests } from "./scene.ts";

const stack = stackForTests();
const { approve, card, cardMessage, click, clickHome, clickLate, endNow } = scene(stack);
const { granted, grant, home, inThread, later, members, message, messages } = scene(stack);
const { messagesOn, openHome, pastTheEnd, request, shown, status } = scene(stack);
const { story, submit, whispered } = scene(stack);

const GROUP = "iam-bttrm-web-ro-group";
const METRICS = "iam-bttrm-web-metrics-ro-group";
const USER = "iam-bttrm-web-user-1";

/** When the window of a grant ends, epoch ms. */
async function endOf(id: GrantId): Promise<number> {
  const it = await grant(id);
  if (!("window" in it) || it.window === undefined) throw new Error(`${id} has no window`);
  return it.window.expiresAt;
}

/** Moves the clock to some time before the end of a grant, and lets the schedule do the rest. */
async function shortlyBefore(id: GrantId, ms: number): Promise<void> {
  stack().moveTo((await endOf(id)) - ms);
  await stack().passes();
}

/** The buttons of every message to somebody about a grant, oldest first. */
const buttons = (who: string, id: GrantId) => messagesOn(who, id).map(buttonsOf);
/** `16:05`, UTC. */
const clockAt = (at: number) => new Date(at).toISOString().slice(11, 16);
/** The heading of every message to Ada about a grant. */
const headings = (id: GrantId) => messages(ADA, id).map((text) => text.split("\n")[0]);
const MAPPING = "Web projects: read pods, by mapping";
const PODS = "Web projects: read pods";
const METRICS_TITLE = "Web projects: read metrics";

describe("access that is there", () => {
  it("comes with a message that says until when, and with the commands to paste", async () => {
    const id = await granted(ADA, "web-pods-mapping 30m the tool cannot assume roles");
    const lines = messages(ADA, id).at(-1)?.split("\n");
    expect(lines).toEqual(
      expect.arrayContaining([
        `# 🟢 Active: ${MAPPING}`,
        expect.stringMatching(/^It is yours until .* \d\d:\d\d UTC\.$/),
        "To use it",
        "    aws eks update-kubeconfig --name bttrm-eks-dev-0 --region us-east-2",
        "    kubectl get pods -n bttrm-web-proj-1-ns",
      ]),
    );
    expect(buttons(ADA, id)).toEqual([["End now"]]);
    await endNow(ADA, id);
  });

  it("can be ended by who has it, from that message", async () => {
    const id = await granted(ADA, "web-pods-read 4h OPS-8 until I am done");
    expect(await members(GROUP)).toEqual([USER]);
    await click(ADA, message(ADA, id), ACTIONS.end);

    expect(await members(GROUP)).toEqual([]);
    expect(card(id)).toContain("Revoked");
    expect(messages(ADA, id).at(-1)).toContain("Ended early by @Ada Byrne");
    expect(buttons(ADA, id)).toEqual([["Request again"], ["Request again"]]);
  });

  it("is announced to end ten minutes before, with what can be done about it", async () => {
    const id = await granted(ADA, "web-pods-read 1h OPS-9 a long look");
    await shortlyBefore(id, 11 * MINUTE);
    expect(messages(ADA, id)).toHaveLength(1);
    await shortlyBefore(id, 10 * MINUTE);
    expect(headings(id)).toEqual([`# 🟢 Active: ${PODS}`, `# ⏰ About to end: ${PODS}`]);
    expect(buttons(ADA, id)).toEqual([
      ["Ask for 1 hour more", "End now"],
      ["Ask for 1 hour more", "End now"],
    ]);
    await later(MINUTE);
    expect(messages(ADA, id)).toHaveLength(2);

    await click(ADA, message(ADA, id), ACTIONS.end);
    expect(await members(GROUP)).toEqual([]);
    expect(headings(id)).toEqual(Array(3).fill(`# ⚫ Revoked: ${PODS}`));
  });
});

describe("an end that is put off", () => {
  it("by who has the access, where the policy leaves it to them, as often as it says", async () => {
    const id = await request(ADA, "web-metrics-read 1h");
    const end = await endOf(id);
    await shortlyBefore(id, 9 * MINUTE);
    await click(ADA, message(ADA, id), ACTIONS.extend);

    expect(await endOf(id)).toBe(end + HOUR);
    expect(headings(id)).toEqual([
      `# 🟢 Active: ${METRICS_TITLE}`,
      `# 🟢 Extended: ${METRICS_TITLE}`,
    ]);
    expect(messages(ADA, id)[0]).toContain("It was extended once.");
    expect(buttons(ADA, id)).toEqual([["End now"], []]);
    expect(card(id)).toContain("Extended once");
    expect(story(id).at(-1)).toMatch(/^Extended until .* by @Ada Byrne$/);

    stack().moveTo(end);
    await stack().passes();
    expect(await members(METRICS)).toEqual([USER]);
    await shortlyBefore(id, 9 * MINUTE);
    expect(headings(id).at(-1)).toBe(`# ⏰ About to end: ${METRICS_TITLE}`);
    expect(buttons(ADA, id).at(-1)).toEqual(["End now"]);
    await pastTheEnd(id);
    expect(await members(METRICS)).toEqual([]);
  });

  it("by the approvers, who are asked in the card's thread, where the policy asks them", async () => {
    const id = await granted(ADA, "web-pods-read 1h OPS-9 a long look");
    const end = await endOf(id);
    await click(ADA, message(ADA, id), ACTIONS.extend);
    expect(card(id)).toContain("Active, extension asked");
    expect(messages(ADA, id).at(-1)).toContain("it waits for the approvers");
    expect(shown(inThread(id))).toMatch(
      /^@Bob Lindqvist or @Lee Tanaka: @Ada Byrne asked .* to keep .* for 1 hour more/,
    );
    expect(buttonsOf(inThread(id))).toEqual(["Approve extension", "Deny extension…"]);

    await click(ADA, inThread(id), ACTIONS.approveExtension);
    expect(whispered(ADA)).toContain("Nobody approves their own request.");
    const { confirm } = await click(BOB, inThread(id), ACTIONS.approveExtension);
    expect(confirm?.text.text).toContain("<@U0ADA> keeps Web projects: read pods until");
    expect(await endOf(id)).toBe(end + HOUR);
    expect(headings(id)).toEqual([`# 🟢 Active: ${PODS}`, `# 🟢 Extended: ${PODS}`]);
    expect(messages(ADA, id).at(-1)).toContain("approved by @Bob Lindqvist");
    expect(buttonsOf(inThread(id))).toEqual([]);
    expect(story(id).slice(2)).toEqual([
      "@Ada Byrne asked for 1 hour more",
      expect.stringMatching(/^Extended until .* by @Bob Lindqvist$/),
    ]);
    await endNow(ADA, id);
  });

  it("or not: the requester is told why, and the access ends when it was to end", async () => {
    const id = await granted(ADA, "web-pods-read 1h OPS-9 a long look");
    const end = await endOf(id);
    await shortlyBefore(id, 9 * MINUTE);
    await click(ADA, message(ADA, id), ACTIONS.extend);
    await click(LEE, cardMessage(id), ACTIONS.denyExtension);
    await submit(LEE, { [FIELDS.denial]: "The freeze begins." });
    expect(headings(id).at(-1)).toBe(`# 🔴 Not extended: ${PODS}`);
    expect(messages(ADA, id).at(-1)).toContain("> The freeze begins.");
    expect(card(id)).not.toContain("extension asked");
    expect(story(id).at(-1)).toBe("Extension denied by @Lee Tanaka");
    expect(await endOf(id)).toBe(end);
    await pastTheEnd(id);
    expect(await members(GROUP)).toEqual([]);
  });

  it("or too late: nobody approves in the last two minutes, and nothing is left of it after", async () => {
    const id = await granted(ADA, "web-pods-read 1h OPS-9 a long look");
    await click(ADA, message(ADA, id), ACTIONS.extend);
    const asked = inThread(id);
    stack().moveTo((await endOf(id)) - 2 * MINUTE);
    await click(BOB, asked, ACTIONS.approveExtension);
    expect(whispered(BOB)).toContain("until 2 minutes before its end, and not after");
    await pastTheEnd(id);
    expect(await members(GROUP)).toEqual([]);
    expect(messages(ADA, id).at(-1)).toContain("Nobody had decided on the extension");
    expect(shown(inThread(id))).toContain("Nobody decided before the end.");
    await clickLate(BOB, asked, ACTIONS.approveExtension);
    expect(whispered(BOB)).toContain("Too late to approve this");
    expect(await status(id)).toBe("ended");
  });
});

describe("access that is over", () => {
  it("is told with until when a role session taken before may work on", async () => {
    const id = await granted(ADA, "web-pods-read 1h OPS-9 a session");
    await pastTheEnd(id);
    const [, words, outlives] = messages(ADA, id).at(-1)?.split("\n") ?? [];
    const { endedAt } = (await grant(id)) as EndedGrant;
    expect(words).toMatch(/^Its time is over\. The access is gone since .*\.$/);
    expect(words).toContain(`${clockAt(endedAt)} UTC.`);
    expect(outlives).toMatch(/^A role session taken before the end works on until it runs out, /);
    expect(outlives).toContain(`${clockAt(endedAt + 12 * HOUR)} UTC at the latest.`);
  });

  it("is told without that where nothing can outlive it", async () => {
    const id = await granted(ADA, "web-pods-mapping 30m nothing outlives this");
    await pastTheEnd(id);
    expect(messages(ADA, id).at(-1)).toContain("The access is gone since");
    expect(messages(ADA, id).at(-1)).not.toContain("session");
  });
});

describe("the App Home", () => {
  /** What the home says of one grant: two lines and the button at them. */
  const entry = (who: string, id: GrantId): string | undefined => {
    const lines = home(who).split("\n");
    const at = lines.findIndex((line) => line.includes(id));
    return at === -1 ? undefined : lines.slice(at - 1, at + 2).join(" | ");
  };

  it("is right after every change, for who has the access and for who decides on it", async () => {
    await openHome(ADA);
    await openHome(BOB);
    expect(home(ADA)).toContain("You have no access now, and wait for none.");
    const id = await request(ADA, "web-pods-read 1h OPS-12 look at home");
    expect(entry(ADA, id)).toMatch(/🟡 .* \| Pending: 0 of 1 approvals.* \| \[Cancel\]/);
    expect(home(BOB)).toContain("Waiting for you (1)");
    expect(entry(BOB, id)).toMatch(/🟡 @Ada Byrne · .* 1 hour \| lapses .* \| \[Review\]/);

    await approve(BOB, id);
    expect(entry(ADA, id)).toMatch(/🟢 .* \| Active until .* \| \[End now\]/);
    expect(entry(BOB, id)).toBeUndefined();

    await click(ADA, message(ADA, id), ACTIONS.extend);
    expect(entry(ADA, id)).toMatch(/Active until .*, more time asked for/);
    expect(entry(BOB, id)).toMatch(/1 hour more \| ends .* \| \[Review\]/);
    await clickHome(BOB, ACTIONS.review, id);
    await submit(BOB);
    expect(entry(ADA, id)).not.toContain("more time asked for");
    expect(entry(BOB, id)).toBeUndefined();

    await clickHome(ADA, ACTIONS.end, id);
    expect(await members(GROUP)).toEqual([]);
    expect(entry(ADA, id)).toMatch(/⚫ .* \| Revoked .* UTC.* \| \[Request again\]/);
    expect(home(ADA)).toContain("You have no access now, and wait for none.");
  });

  it("lets go of a request that is taken back or denied", async () => {
    await openHome(BOB);
    const cancelled = await request(ADA, "web-pods-read 1h OPS-12 never mind");
    await openHome(ADA);
    await clickHome(ADA, ACTIONS.cancel, cancelled);
    expect(await status(cancelled)).toBe("cancelled");
    expect(entry(BOB, cancelled)).toBeUndefined();
    expect(entry(ADA, cancelled)).toContain("Cancelled ");

    const denied = await request(ADA, "web-pods-read 1h OPS-12 please");
    expect(entry(BOB, denied)).toContain("[Review]");
    await click(LEE, cardMessage(denied), ACTIONS.deny);
    await submit(LEE);
    expect(entry(BOB, denied)).toBeUndefined();
    expect(entry(ADA, denied)).toContain("Denied by @Lee Tanaka");
  });
});

describeFromSource("a second Slack account of the same IAM user", () => {
  const catalogue = useCatalogues();
  beforeAll(() =>
    stack().deploy(
      catalogue({
        "people.U0LEE": { iamUser: "arn:aws:iam::111122223333:user/iam-bttrm-web-user-1" },
      }),
    ),
  );

  it("approves neither the request nor that its end is put off", async () => {
    const own = "You are the same IAM user as the requester";
    const id = await request(ADA, "web-pods-read 1h OPS-13 as my other self");
    expect(card(id)).toContain("an approval by @Bob Lindqvist, and lapses");
    await approve(LEE, id);
    expect(whispered(LEE)).toContain(own);
    expect(await status(id)).toBe("pending");
    await approve(BOB, id);

    const end = await endOf(id);
    await click(ADA, message(ADA, id), ACTIONS.extend);
    await click(LEE, inThread(id), ACTIONS.approveExtension);
    expect(whispered(LEE)).toContain(own);
    expect(await endOf(id)).toBe(end);
    await endNow(ADA, id);
  });
});
