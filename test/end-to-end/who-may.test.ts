// Who may: full members of the workspace alone, as it stands at the moment, each what is theirs to do; and typed text that stays text.

import { afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import type { GrantId } from "../../lib/grant/ids.ts";
import { ACTIONS, COMMAND, ELEMENT, FIELDS, fieldOf, SHORTCUT } from "../../lib/slack/names.ts";
import type { SlackUser } from "../../local/slack/workspace-state.ts";
import { useCatalogues } from "./catalogues.ts";
import {
  ADA,
  BOB,
  CAT,
  DEE,
  describeFromSource,
  idIn,
  LEE,
  MINUTE,
  said,
  scene,
  stackForTests,
} from "./scene.ts";

const stack = stackForTests();
const { approve, card, cardMessage, click, clickHome, clickLate, endNow } = scene(stack);
const { form, grant, granted, later, members, message, openHome } = scene(stack);
const { person, request, screen, shown, status, story, submit } = scene(stack);
const { whispered } = scene(stack);

const GROUP = "iam-bttrm-web-ro-group";
const USER = "iam-bttrm-web-user-1";

afterEach(() => stack().slackApi.faults.clear());

const HARMLESS = {
  team_id: "T0ACME",
  is_restricted: false,
  is_ultra_restricted: false,
  is_bot: false,
  deleted: false,
};

/** Makes somebody something else in the workspace, which has got about some minutes later. */
function become(who: string, changes: Partial<SlackUser>): void {
  stack().workspace.changeUser(who, { ...HARMLESS, ...changes });
  stack().advance(6 * MINUTE);
}

/** What a command says, however it comes that Slack sends it. */
async function types(who: string, text: string): Promise<string> {
  const fields = {
    command: COMMAND,
    text,
    user_id: who,
    team_id: "T0ACME",
    channel_id: "C0ACCESS",
  };
  const body = new URLSearchParams({ ...fields, trigger_id: "1.1.a" }).toString();
  const delivery = await stack().people.send(body);
  await stack().settle();
  return said(delivery);
}

/** A click on a grant's button, however it comes that Slack sends it. */
async function presses(who: string, button: string, id: GrantId): Promise<void> {
  const payload = {
    type: "block_actions",
    team: { id: "T0ACME" },
    user: { id: who, team_id: "T0ACME" },
    channel: { id: "C0ACCESS" },
    trigger_id: "1.1.a",
    actions: [{ type: "button", action_id: button, block_id: "b", value: id }],
  };
  await stack().people.send(new URLSearchParams({ payload: JSON.stringify(payload) }).toString());
  await stack().settle();
}

/** Why the last click on a grant came to nothing. */
async function refusal(id: GrantId): Promise<string | undefined> {
  const last = (await grant(id)).history.at(-1);
  return last?.event === "refused" ? last.detail : undefined;
}

describe.each([
  ["a guest", { is_restricted: true }, "a guest in this workspace"],
  ["a guest of one channel", { is_ultra_restricted: true }, "a guest in this workspace"],
  ["an app", { is_bot: true }, "an app"],
  ["of another workspace", { team_id: "T0OTHER" }, "of another workspace"],
  ["deactivated", { deleted: true }, "deactivated in this workspace"],
])("whoever is %s", (_what, changes, words) => {
  afterEach(() => {
    for (const who of [ADA, BOB]) become(who, {});
  });

  it("asks for nothing, and decides on nothing, whatever the policy lists them for", async () => {
    const id = await request(DEE, "web-pods-read 1h OPS-1 asked by Dee");
    become(ADA, changes);
    expect(await types(ADA, "web-pods-read 1h OPS-1 let me in")).toContain(`You are ${words}.`);
    become(BOB, changes);
    await presses(BOB, ACTIONS.approve, id);
    expect(await refusal(id)).toBe("not-one-of-us");
    await presses(BOB, ACTIONS.deny, id);
    expect(screen(BOB)).toBe("");
    expect(await status(id)).toBe("pending");
  });

  it("gets nothing of what they had asked for before", async () => {
    const id = await request(ADA, "web-pods-read 1h OPS-1 asked in time");
    become(ADA, changes);
    await approve(BOB, id);
    expect(whispered(BOB)).toContain(`The requester is ${words}.`);
    expect(await status(id)).toBe("pending");
  });
});

describe("somebody who leaves while their access lives", () => {
  afterEach(() => become(ADA, {}));

  it("loses it within a quarter of an hour, and the card says why", async () => {
    const id = await granted(ADA, "web-pods-read 4h OPS-2 the last day");
    expect(await members(GROUP)).toEqual([USER]);
    stack().workspace.changeUser(ADA, { deleted: true });
    await later(15 * MINUTE);

    expect(await members(GROUP)).toEqual([]);
    expect(card(id)).toContain("Revoked");
    expect(card(id)).toContain(
      "Ended early by Latchkey: the requester is deactivated in this workspace.",
    );
    expect(story(id).at(-2)).toContain("Ended early by Latchkey: `the requester is deactivated");
  });

  it("keeps it where Slack only does not say who they are", async () => {
    const id = await granted(ADA, "web-pods-read 4h OPS-2 Slack is silent");
    const silent = { kind: "error", code: "fatal_error" } as const;
    stack().slackApi.faults.next("users.info", silent, Number.POSITIVE_INFINITY);
    await later(15 * MINUTE);
    await later(MINUTE);
    expect(await status(id)).toBe("active");
    stack().slackApi.faults.clear();
    await endNow(ADA, id);
  });
});

describe("where Slack does not say", () => {
  const silent = { kind: "error", code: "fatal_error" } as const;

  it("who somebody is, they neither ask nor decide", async () => {
    const id = await request(DEE, "web-pods-read 1h OPS-3 who is who");
    stack().advance(6 * MINUTE);
    stack().slackApi.faults.next("users.info", silent, Number.POSITIVE_INFINITY);
    const words = "Slack did not say who you are. Try again shortly.";
    expect(await types(ADA, "web-pods-read 1h OPS-3 let me in")).toContain(words);
    await approve(BOB, id);
    expect(whispered(BOB)).toContain(words);
    expect(await status(id)).toBe("pending");
    stack().slackApi.faults.clear();
    await approve(BOB, id);
    expect(await status(id)).toBe("active");
    await endNow(DEE, id);
  });

  it("who is in a user group, nobody is in it", async () => {
    stack().workspace.changeUsergroup("S0SECURITY", [DEE]);
    const id = await request(ADA, "web-release-debug 30m OPS-3 who is in it");
    stack().advance(MINUTE);
    stack().slackApi.faults.next("usergroups.users.list", silent, Number.POSITIVE_INFINITY);
    await approve(DEE, id);
    expect(whispered(DEE)).toContain("Slack did not say who is in the user group");
    expect(await grant(id)).toMatchObject({ status: "pending", approvals: [] });
    // Who is listed by name is none the worse for it.
    await approve(CAT, id);
    expect(await grant(id)).toMatchObject({ approvals: [{ by: CAT }] });
    stack().workspace.changeUsergroup("S0SECURITY", [CAT]);
  });
});

describe("a user group", () => {
  it("is read for each decision: who has joined may, and who has left may not", async () => {
    const first = await request(ADA, "web-release-debug 30m OPS-4 joined");
    stack().workspace.changeUsergroup("S0SECURITY", [DEE]);
    stack().advance(30_000);
    await approve(DEE, first);
    expect(await grant(first)).toMatchObject({ approvals: [{ by: DEE, via: "S0SECURITY" }] });

    const second = await request(ADA, "web-release-debug 30m OPS-4 left");
    stack().workspace.changeUsergroup("S0SECURITY", [CAT]);
    stack().advance(30_000);
    await approve(DEE, second);
    expect(whispered(DEE)).toContain("you are not among them");
    expect(await grant(second)).toMatchObject({ status: "pending", approvals: [] });
  });
});

describe("taking back", () => {
  it("is the requester's to do, and then nobody can approve any more", async () => {
    const id = await request(ADA, "web-pods-read 1h OPS-6 never mind");
    const asSeen = cardMessage(id);
    for (const who of [BOB, CAT]) {
      await click(who, asSeen, ACTIONS.cancel);
      expect(whispered(who)).toContain("Only who made the request can cancel it.");
    }
    await click(ADA, asSeen, ACTIONS.cancel);
    expect(card(id)).toContain("Cancelled");

    await clickLate(BOB, asSeen, ACTIONS.approve);
    expect(whispered(BOB)).toContain("Too late to approve this");
    expect(await status(id)).toBe("cancelled");
    expect(await members(GROUP)).toEqual([]);
  });
});

describe("ending access", () => {
  it("is for who has it, its approvers and the admins, and for nobody else", async () => {
    for (const who of [ADA, LEE, CAT]) {
      const id = await granted(ADA, "web-pods-read 4h OPS-9 long");
      await endNow(DEE, id);
      expect(whispered(DEE)).toContain("You cannot end this");
      expect(await status(id)).toBe("active");
      await endNow(who, id);
      expect(await status(id)).toBe("ended");
      expect(await members(GROUP)).toEqual([]);
    }
  });

  it("and taking back are open to who is a guest by now: they only lessen what they have", async () => {
    const id = await granted(ADA, "web-pods-read 4h OPS-9 long");
    const asked = await request(ADA, "web-pods-mapping 1h and more");
    become(ADA, { is_restricted: true });
    await click(ADA, cardMessage(asked), ACTIONS.cancel);
    expect(await status(asked)).toBe("cancelled");
    await endNow(ADA, id);
    expect(await members(GROUP)).toEqual([]);
    become(ADA, {});
  });
});

describeFromSource("what people type", () => {
  const catalogue = useCatalogues();
  const MARK = "xyzzy";
  const TRICKS = `${MARK} <!channel> <@U0BOB> *bold* _it_ ~no~ \`code\` :tada: <https://example.com|here> &lt;b&gt;`;
  const TYPED = `${TRICKS} \u202Edevorppa\u202C`;
  const READ = `> ${TRICKS} \ufffddevorppa\ufffd`;
  const PODS = "web-pods-read";

  beforeAll(() =>
    stack().deploy(
      catalogue({
        [`entitlements.${PODS}.approval.notify`]: "direct",
        [`entitlements.${PODS}.ticket`]: { pattern: MARK, required: false },
      }),
    ),
  );

  /** Asks in the form, where everything can be typed. */
  async function asks(reason: string): Promise<GrantId> {
    await person(ADA).command(COMMAND);
    await person(ADA).select(form(ADA), ELEMENT, PODS, { blockId: FIELDS.entitlement });
    const ticket = fieldOf("ticket", PODS);
    await submit(ADA, { [FIELDS.reason]: reason, [ticket]: `${MARK} <!here>` });
    return idIn(screen(ADA));
  }

  it("is read to the letter wherever it is shown, and is never markup", async () => {
    const since = stack().now();
    await openHome(BOB);
    const id = await asks(TYPED);
    for (const text of [card(id), shown(message(BOB, id))]) {
      expect(text).toContain(READ);
      expect(text).toContain(`> ${MARK} <!here>`);
    }
    await clickHome(BOB, ACTIONS.review, id);
    expect(screen(BOB)).toContain(READ);
    await click(BOB, form(BOB), ACTIONS.deny);
    await submit(BOB, { [FIELDS.denial]: TYPED });
    for (const text of [card(id), shown(message(ADA, id))]) expect(text).toContain(READ);
    await click(ADA, cardMessage(id), ACTIONS.again);
    expect(screen(ADA)).toContain(TRICKS);

    const lent = await asks("again");
    await approve(BOB, lent);
    await click(ADA, message(ADA, lent), ACTIONS.extend);
    await click(BOB, message(BOB, lent), ACTIONS.denyExtension);
    await submit(BOB, { [FIELDS.denial]: TYPED });
    expect(shown(message(ADA, lent))).toContain(READ);
    await endNow(ADA, lent);

    const sent = stack().slackApi.calls.filter(({ at }) => at >= since);
    const holders = sent.flatMap(({ args }) => holdersOf(MARK, args));
    expect(holders.length).toBeGreaterThan(10);
    expect(holders.filter((one) => !isToTheLetter(one))).toEqual([]);
  });

  it("is as little markup where it is no request", async () => {
    const answer = await types(ADA, "<!channel>*all* 1h because");
    expect(answer).toContain("&lt;!channel&gt;");
    expect(answer).not.toContain("*all*");
  });

  it("is cut with a mark where it is long, and kept whole in the record", async () => {
    const reason = Array.from({ length: 60 }, (_, n) => `line ${n}`).join("\n");
    const id = await asks(reason);
    expect(card(id)).toContain("> line 14\n> …\n");
    expect(card(id)).not.toContain("line 15");
    expect(await grant(id)).toMatchObject({ reason });
  });
});

describeFromSource("a Slack app that access.yml names", () => {
  const catalogue = useCatalogues();
  const naming = (app: string) => stack().deploy(catalogue({ "slack.app": app }));

  it("is heard in all that people do with it", async () => {
    await naming(stack().workspace.app.id);
    await openHome(BOB);
    await person(DEE).shortcut(SHORTCUT);
    expect(form(DEE)).toBeDefined();
    const id = await granted(ADA, "web-pods-read 1h OPS-3 by the app that is named");
    expect(await status(id)).toBe("active");
    await endNow(ADA, id);
  });

  it("is the only one that is: of another, nothing is", async () => {
    const id = await request(ADA, "web-pods-read 1h OPS-4 by the app that was named");
    await naming("A0OTHER");
    const delivery = await person(ADA).command(COMMAND, "web-pods-mapping 1h by another app");
    expect(said(delivery)).toContain("Latchkey serves another app. Nothing was requested.");
    const { answer } = await person(BOB).click(cardMessage(id), ACTIONS.approve);
    expect(answer).toMatchObject({ statusCode: 401 });
    await stack().settle();
    expect(await status(id)).toBe("pending");
  });
});

/** The objects that hold a text with `mark` in it, in what is sent to Slack: JSON in forms is looked into. */
function holdersOf(mark: string, value: unknown, holder: object = {}): readonly object[] {
  if (typeof value === "object" && value !== null) {
    return Object.values(value).flatMap((inner) => holdersOf(mark, inner, value));
  }
  if (typeof value !== "string" || !value.includes(mark)) return [];
  return /^[[{]/.test(value) ? holdersOf(mark, JSON.parse(value)) : [holder];
}

/** What Slack takes to the letter: text in rich text, plain text without emoji codes, what stands in a field. */
function isToTheLetter(holder: { readonly type?: unknown; readonly emoji?: unknown }): boolean {
  const { type, emoji } = holder;
  return (
    type === "text" || type === "plain_text_input" || (type === "plain_text" && emoji === false)
  );
}
