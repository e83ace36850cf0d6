// What Slack is sent for a grant in any state: always within Slack's limits, with only the buttons that are legal.

import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type { Grant } from "../../../lib/grant/grant.ts";
import { card } from "../../../lib/slack/views/card.ts";
import { directMessages } from "../../../lib/slack/views/direct-messages.ts";
import { helpText } from "../../../lib/slack/views/help.ts";
import {
  denyForm,
  openFormBlocks,
  optionsFor,
  requestedView,
  requestForm,
} from "../../../lib/slack/views/request-form.ts";
import { validateMessage, validateView } from "../../../local/slack/block-kit.ts";
import { aGrant } from "../../support/grants.ts";
import { anEntitlement, CAT, GROUP, MAPPING } from "../../support/world.ts";

/** Text that people may type: markup, mentions, marks that reorder, and a lot of it. */
const typed = (maxLength: number) =>
  fc
    .oneof(
      fc.string({ unit: "binary", minLength: 1, maxLength }),
      fc.constantFrom("<!channel>", "*bold* `code` <https://evil.example|docs>", "\u202egpj.exe"),
      fc.nat(maxLength - 1).map((n) => "<&>".repeat(maxLength).slice(0, n + 1)),
    )
    .filter((text) => text.trim() !== "");

const anyGrant: fc.Arbitrary<Grant> = fc
  .record({
    title: typed(300),
    reason: fc.option(typed(1000), { nil: undefined }),
    ticket: fc.option(typed(200), { nil: undefined }),
    note: typed(3000),
    instructions: fc.option(typed(4000), { nil: undefined }),
    state: fc.nat(11),
  })
  .map(({ title, note, state, ...typedOptional }) => {
    const present = Object.entries(typedOptional).filter(([, text]) => text !== undefined);
    const made = aGrant({
      ...(Object.fromEntries(present) as { reason?: string }),
      entitlement: { id: "x", title },
      targets: [GROUP, MAPPING],
      approverGroups: [note.slice(0, 300)],
    });
    const failed = { kind: "failed", code: "group-missing", message: note } as const;
    const states = [
      made.pending(),
      made.approved(),
      made.begun(),
      made.active(),
      made.revoking(failed),
      made.ended(),
      made.ended(failed),
      made.ended({ kind: "revoked", by: CAT }),
      made.failedBeforeItBegan(note),
      made.denied(note),
      made.cancelled(),
      made.lapsed(),
    ] as const;
    return (states[state] ?? made.pending()).build();
  });

describe("the card and the direct messages", () => {
  it("are what Slack accepts, whatever people typed", () => {
    fc.assert(
      fc.property(anyGrant, (grant) => {
        for (const { text, blocks } of [
          card(grant),
          ...directMessages(grant, [CAT]).map(({ message }) => message),
        ]) {
          expect(validateMessage(blocks, text)).toBeUndefined();
          expect(text.length).toBeGreaterThan(0);
        }
      }),
      { numRuns: 300 },
    );
  });

  it("show a reason as text in which nothing is markup", () => {
    const reason = "<!channel> *now* <https://evil.example|approve here>";
    const { blocks } = card(aGrant({ reason }).pending().build());
    const [shown] = blocks.filter(({ type }) => type === "rich_text");
    expect(JSON.stringify(shown)).toContain(JSON.stringify(reason).slice(1, -1));
    const others = blocks.filter(({ type }) => type !== "rich_text");
    expect(JSON.stringify(others)).not.toContain("evil.example");
  });

  const buttons = (grant: Grant) =>
    card(grant).blocks.flatMap((block) =>
      block.type === "actions"
        ? block.elements.map((element) => ("text" in element ? element.text?.text : undefined))
        : [],
    );

  it("offer a decision while one is possible, an end while there is something to end", () => {
    expect(buttons(aGrant().pending().build())).toEqual(["Approve", "Deny…", "Cancel (requester)"]);
    expect(buttons(aGrant().approved().build())).toEqual(["End now"]);
    expect(buttons(aGrant().active().build())).toEqual(["End now"]);
    for (const over of [
      aGrant().revoking(),
      aGrant().ended(),
      aGrant().denied(),
      aGrant().cancelled(),
      aGrant().lapsed(),
    ]) {
      expect(buttons(over.build())).toEqual([]);
    }
  });

  it("carry the grant's id in every button and nothing else", () => {
    const grant = aGrant().pending().build();
    const values = JSON.stringify(card(grant).blocks).match(/"value":"[^"]*"/g);
    expect(new Set(values)).toEqual(new Set([`"value":"${grant.id}"`]));
  });

  it("say what may outlive the end of a group membership", () => {
    const said = JSON.stringify(directMessages(aGrant().ended().build(), []));
    expect(said).toContain("Role sessions taken before the end stay valid");
  });

  const sentence = (grant: Grant) => JSON.stringify(card(grant).blocks[1]);

  it("tell of a failure in whole sentences, whatever the cause ends with", () => {
    for (const message of ["socket hang up", "socket hang up."]) {
      expect(sentence(aGrant().failedBeforeItBegan(message).build())).toMatch(
        /: socket hang up\. Nothing was written\. Ended <!date.*>\. Approved by <@U0BOB>\./,
      );
    }
    const failed = { kind: "failed", code: "x", message: "no answer" } as const;
    expect(sentence(aGrant().ended(failed).build())).toMatch(
      /: no answer\. What was written is gone\. Ended <!date.*>\. Approved by <@U0BOB>\."/,
    );
  });

  it("still say at the end who approved, and from when to when the access was there", () => {
    const had = /Approved by <@U0BOB>; had it <!date[^>]*> – <!date[^>]*>\./;
    expect(sentence(aGrant().ended().build())).toMatch(had);
    expect(sentence(aGrant().ended({ kind: "revoked", by: CAT }).build())).toMatch(had);
    expect(sentence(aGrant({ approvalsNeeded: 0 }).ended().build())).toContain(
      "Approved automatically; had it",
    );
  });

  it("have the same words for the state", () => {
    const failed = { kind: "failed", code: "x", message: "no answer" } as const;
    for (const made of [
      aGrant().active(),
      aGrant().denied(),
      aGrant().lapsed(),
      aGrant().ended(),
      aGrant().ended({ kind: "revoked", by: CAT }),
      aGrant().ended(failed),
    ]) {
      const grant = made.build();
      const [told] = directMessages(grant, []);
      expect(told?.message.blocks[0]).toEqual(card(grant).blocks[0]);
    }
  });

  it("tell the admins of failures, and of access that does not go", () => {
    const failed = directMessages(aGrant().failedBeforeItBegan("no such group").build(), [CAT]);
    expect(failed.map(({ key }) => key)).toEqual(["ended", "failed:U0CAT"]);
    const [alarm] = directMessages(stuckFor(60_000), [CAT]);
    expect(alarm).toMatchObject({ key: "stuck:U0CAT", to: CAT });
    expect(JSON.stringify(alarm)).toContain("the cluster is unreachable");
  });

  it("do not alarm the admins of what is only looked at again, however often in a few seconds", () => {
    expect(directMessages(stuckFor(15_000), [CAT])).toEqual([]);
  });

  function stuckFor(ms: number): Grant {
    const grant = aGrant().revoking().build();
    const lastProblem = "the cluster is unreachable";
    return { ...grant, waiting: { retryAt: grant.since + ms, attempts: 20, lastProblem } };
  }
});

describe("the forms", () => {
  const many = (count: number) =>
    Array.from({ length: count }, (_, n) =>
      anEntitlement(`entitlement-${n}`, { title: `Project ${n}: read pods` }),
    );

  it.each([1, 100, 101, 250])("are what Slack accepts with %d entitlements", (count) => {
    expect(validateView(requestForm(many(count)))).toBeUndefined();
  });

  it("are what Slack accepts, whatever people typed before", () => {
    fc.assert(
      fc.property(typed(75), typed(2000), anyGrant, (title, text, grant) => {
        const entitlement = anEntitlement("x", { title, ticket: { pattern: "", required: true } });
        const prefilled = { entitlementId: "x", duration: text, reason: text, ticket: text };
        expect(validateView(requestForm([entitlement], prefilled))).toBeUndefined();
        expect(validateView(requestedView(grant))).toBeUndefined();
        expect(validateView(denyForm(grant))).toBeUndefined();
        expect(
          validateMessage(openFormBlocks("Too late.", prefilled), "Too late."),
        ).toBeUndefined();
      }),
      { numRuns: 200 },
    );
  });

  it("find an entitlement among more than a select can hold, by any words of its name", () => {
    expect(optionsFor(many(250), "").length).toBe(100);
    expect(optionsFor(many(250), "pods 249")).toMatchObject([{ value: "entitlement-249" }]);
  });
});

describe("the help", () => {
  it("names every entitlement, with the longest that it can be had for", () => {
    const said = helpText([anEntitlement("a", { title: "A <b>" }), anEntitlement("b")], [CAT]);
    expect(said).toContain("• `a`: A &lt;b&gt;, at most ");
    expect(said).toContain("• `b`: ");
    expect(said).not.toContain("more");
  });

  it("fits into a message, and says how many it does not name", () => {
    const many = Array.from({ length: 250 }, (_, n) =>
      anEntitlement(`entitlement-${n}`, { title: "&".repeat(75) }),
    );
    const said = helpText(many, [CAT]);
    expect(said.length).toBeLessThan(4_000);
    const named = said.match(/^•/gm)?.length ?? 0;
    expect(named).toBeGreaterThan(0);
    expect(said).toMatch(new RegExp(`\nand ${250 - named} more$`));
  });
});
