// Whatever people typed and however much there is: what is sent is taken by Slack, and typed text stays text.

import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type { Telling } from "../../../lib/broker/ports.ts";
import type { Grant } from "../../../lib/grant/grant.ts";
import { bare } from "../../../lib/slack/bare.ts";
import type { Message } from "../../../lib/slack/views/blocks.ts";
import { homeView } from "../../../lib/slack/views/home.ts";
import { messagesOf } from "../../../lib/slack/views/messages.ts";
import { mineMessage } from "../../../lib/slack/views/mine.ts";
import { threadLines } from "../../../lib/slack/views/thread.ts";
import { validateMessage, validateView } from "../../../local/slack/block-kit.ts";
import { ASKED_AT, aGrant } from "../../support/grants.ts";
import { ADA, CAT, GROUP, HOUR, MINUTE } from "../../support/world.ts";
import { hostile } from "./hostile.ts";
import { aTelling, messages, read, textsIn } from "./reading.ts";
import { anyGrant, anyTelling, people, TYPED } from "./stories.ts";

const RUNS = { numRuns: 100 };

/** The markup that is ours: people, user groups, channels, times. */
const OURS =
  /<(?:@[UW][A-Z0-9]+|!subteam\^S[A-Z0-9]+|#[CG][A-Z0-9]+|!date\^\d+\^\{date_short_pretty\} \{time\}\|[0-9 :UTC-]+)>/g;

/** Most approvers are told the same. */
function different(all: readonly Message[]): readonly Message[] {
  return [...new Map(all.map((message) => [JSON.stringify(message), message])).values()];
}

/** Nothing but our own markup is in it, whole, and nobody is called who has no part in it. */
function expectOnlyOurs(mrkdwn: string): void {
  expect(mrkdwn.replaceAll(OURS, "")).not.toMatch(/[<>]/);
  expect(mrkdwn).not.toContain("U0EVIL>");
  expect(mrkdwn.replaceAll(/&(?:amp|lt|gt);/g, "")).not.toContain("&");
  expect(mrkdwn).not.toContain(TYPED);
}

/** Of a confirmation, a field, a section. */
const LIMITS: ReadonlySet<number> = new Set([300, 2_000, 3_000]);

/** Every text is of a kind that is safe for what is in it. */
function expectSafe(content: unknown): void {
  for (const { kind, text, sent } of textsIn(content)) {
    expect(text.isWellFormed()).toBe(true);
    if (kind === "plain_text") expect(sent["emoji"]).toBe(false);
    if (kind !== "mrkdwn") continue;
    expect(sent["verbatim"]).toBe(true);
    expectOnlyOurs(text);
    // What is cut by the last resort may end within our own markup, and is cut silently.
    expect(text.endsWith("…") && LIMITS.has(text.length)).toBe(false);
  }
}

const sent = (grant: Grant, telling: Telling) => JSON.stringify(messagesOf(grant, telling, [CAT]));

describe("every message of a grant", () => {
  it("is taken by Slack, with its buttons and without, and shows what was typed as text", () => {
    fc.assert(
      fc.property(anyGrant, anyTelling, (grant, telling) => {
        const wanted = messagesOf(grant, telling, [CAT, ADA]);
        expect(new Set(wanted.map(({ key }) => key)).size).toBe(wanted.length);
        for (const message of different(wanted.map((one) => one.message))) {
          const { text, blocks } = message;
          expect(text).not.toBe("");
          expect(validateMessage(blocks, text)).toBeUndefined();
          expect(validateMessage(bare(message).blocks, text)).toBeUndefined();
          expectOnlyOurs(text);
          expectSafe(blocks);
        }
      }),
      RUNS,
    );
  });

  it("is the same at any two times between which nothing is to be said", () => {
    fc.assert(
      fc.property(anyGrant, anyTelling, fc.nat(1_000), (grant, telling, later) => {
        const isQuiet = grant.status !== "pending" && grant.status !== "active";
        fc.pre(isQuiet);
        const again = { ...telling, now: telling.now + later * 60_000 };
        expect(sent(grant, again)).toBe(sent(grant, telling));
      }),
      RUNS,
    );
  });

  it.each([
    ["a request, until it is about to lapse", aGrant().pending().build(), ASKED_AT + 23 * HOUR - 1],
    ["access, until it is about to end", aGrant().active().build(), ASKED_AT + 51 * MINUTE - 1],
  ])("stays as it is all the while for %s", (_, grant, last) => {
    expect(sent(grant, aTelling({ now: last }))).toBe(sent(grant, aTelling()));
    expect(sent(grant, aTelling({ now: last + 1 }))).not.toBe(sent(grant, aTelling()));
  });

  it("says nothing of buttons outside of them, so that it is whole without", () => {
    const made = aGrant({ instructions: "kubectl get pods", ticket: "OPS-1" });
    const asking = made.askingForExtension().build();
    const failed = { kind: "failed", code: "x", message: "no answer" } as const;
    const states: readonly Grant[] = [
      made.pending().build(),
      made.approved().build(),
      made.active().build(),
      asking,
      made.extended().build(),
      made.revoking().build(),
      made.ended().build(),
      made.ended(failed).build(),
      made.denied("no").build(),
      made.lapsed().build(),
      made.cancelled().build(),
    ];
    for (const grant of states) {
      for (const { message } of messages(grant).values()) {
        const words = read(bare(message)).join("\n");
        expect(words).not.toMatch(/\[|button|click|press|below|above|\bhere\b/i);
      }
    }
  });
});

describe("the thread", () => {
  it("fits into a message, however much is to be told at once, and typed text is not in it", () => {
    fc.assert(
      fc.property(anyGrant, fc.nat(30), (grant, from) => {
        const lines = threadLines(grant, from);
        if (from >= grant.history.length) return expect(lines).toBeUndefined();
        expect(lines?.upTo).toBe(grant.history.length);
        const text = lines?.text ?? "";
        if (text !== "") expect(validateMessage(undefined, text)).toBeUndefined();
        expectOnlyOurs(text);
      }),
      RUNS,
    );
  });
});

const anyGrants = (maxLength: number) =>
  fc
    .record({ some: fc.array(anyGrant, { minLength: 1, maxLength: 6 }), count: fc.nat(maxLength) })
    .map(({ some, count }) =>
      Array.from({ length: count }, (_, n): Grant => {
        const grant = some[n % some.length] ?? aGrant().build();
        return { ...grant, id: `LK-${String(n).padStart(10, "0")}` as Grant["id"] };
      }),
    );

const anyHome = fc.record({
  own: anyGrants(60),
  waiting: anyGrants(60),
  recent: anyGrants(30),
  canAsk: fc.boolean(),
  admins: fc.nat(40).map(people),
});

describe("the App Home", () => {
  it("is taken by Slack, whatever and however much is on it, and counts what it does not show", () => {
    fc.assert(
      fc.property(anyHome, ({ admins, ...grants }) => {
        const view = homeView({ user: ADA, now: 0, ...grants }, admins);
        expect(validateView(view)).toBeUndefined();
        expectSafe(view.blocks);
        for (const [kind, most] of [
          ["own", 40],
          ["waiting", 30],
          ["recent", 10],
        ] as const) {
          const left = grants[kind].length - most;
          if (left > 0) expect(JSON.stringify(view)).toContain(`and ${left} more`);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe("what /access mine says", () => {
  it("is taken by Slack, whatever and however much there is", () => {
    fc.assert(
      fc.property(anyHome, ({ own, recent }) => {
        const { text, blocks } = mineMessage({ own, recent }, 0);
        expect(validateMessage(blocks, text)).toBeUndefined();
        expectSafe(blocks);
      }),
      { numRuns: 60 },
    );
  });
});

describe("a reason", () => {
  it("is shown to the letter as a quotation, and nowhere else", () => {
    fc.assert(
      fc.property(hostile(300), (reason) => {
        const typed = `${TYPED}${reason}`;
        const card = messages(
          aGrant({ reason: typed, targets: [GROUP] })
            .pending()
            .build(),
          aTelling(),
        ).get("card");
        const quoted = textsIn(card?.message.blocks).filter(({ text }) => text.includes(TYPED));
        expect(quoted.map(({ kind }) => kind)).toEqual(["text"]);
        expect(quoted[0]?.sent["style"]).toBeUndefined();
      }),
      RUNS,
    );
  });
});
