// The card, read as an approver reads it: who wants what for how long, what it gives, who decides, and what came of it.

import { describe, expect, it } from "@jest/globals";
import type { Grant } from "../../../lib/grant/grant.ts";
import { approve } from "../../../lib/grant/steps.ts";
import { bare } from "../../../lib/slack/bare.ts";
import type { Message } from "../../../lib/slack/views/blocks.ts";
import { card } from "../../../lib/slack/views/card.ts";
import { messagesOf } from "../../../lib/slack/views/messages.ts";
import { ASKED_AT, aGrant, aStep } from "../../support/grants.ts";
import { CAT, GROUP, HOUR, LEE, MAPPING } from "../../support/world.ts";
import { aTelling, buttonsIn, DIRECT, read, textsIn } from "./reading.ts";
import { people } from "./stories.ts";

const shown = (grant: Grant, telling = aTelling()) => read(card(grant, telling));
const buttons = (grant: Grant) => buttonsIn(card(grant, aTelling()).blocks);
const confirmations = ({ blocks }: Message) =>
  JSON.stringify(blocks).match(/"confirm":\{"title.*?\}\}/g);

const GIVES = [
  "Gives",
  "Membership of IAM group `iam-bttrm-web-ro-group` in account `111122223333`",
  "to IAM user `iam-bttrm-web-user-1` of account `111122223333`",
];
const WHO = ["Requester: @Ada Byrne", "Duration: 1 hour"];

describe("the card as it is posted, before it has buttons", () => {
  it("says nothing that will not be true for ever, as its double may stand so", () => {
    for (const grant of [aGrant().pending().build(), aGrant().approved().build()]) {
      const [wanted] = messagesOf(grant, aTelling(), []);
      if (wanted === undefined) throw new Error("no card is wanted");
      const [first] = read(bare(wanted.message, wanted.first));
      expect(first).toBe("# Asked for: Web projects: read pods");
    }
  });
});

describe("the card of a request", () => {
  it("says all that is needed to decide, and calls those who may", () => {
    const grant = aGrant({ ticket: "OPS-12" }).pending().build();
    expect(shown(grant)).toEqual([
      "# 🟡 Pending: Web projects: read pods",
      "It takes an approval by @Bob Lindqvist or @Lee Tanaka, and lapses tomorrow 14:00 UTC if nobody decides.",
      ...WHO,
      "Look at pods. Nothing can be changed.",
      ...GIVES,
      "Reason",
      "> pods of proj-1 restart",
      "Ticket",
      "> OPS-12",
      "As of today 14:00 UTC: no other access. The first time in 30 days.",
      "[Approve] [Deny…] [Cancel (requester)]",
      "LK-0000000000 · asked today 14:00 UTC",
    ]);
  });

  it("says in its text who wants what for how long", () => {
    const { text } = card(aGrant().pending().build(), aTelling());
    expect(read({ text })).toEqual([
      "🟡 Pending: @Ada Byrne asks for Web projects: read pods for 1 hour (LK-0000000000)",
    ]);
  });

  it("holds reason and ticket in one quotation", () => {
    const { blocks } = card(aGrant({ ticket: "OPS-12" }).pending().build(), aTelling());
    expect(blocks.filter(({ type }) => type === "rich_text")).toHaveLength(1);
  });

  it("asks before it counts, with who gets what for how long and what they have", () => {
    const live = [aGrant().active().build()];
    const background = { at: ASKED_AT, live, timesIn30Days: 3 };
    const [approval] =
      confirmations(card(aGrant().pending().build(), aTelling({ background }))) ?? [];
    expect(approval).toContain(
      "<@U0ADA> gets Web projects: read pods for *1 hour*. They have 1 more access now. Had this 3 times in the last 30 days.",
    );
  });

  it("names what the requester has, the first five of it, and how often they had this", () => {
    const other = (n: number) => aGrant({ entitlement: { id: `e${n}`, title: `Other ${n}` } });
    const live = [
      other(1).active().build(),
      other(2).begun().build(),
      other(3).revoking().build(),
      ...[4, 5, 6, 7].map((n) => other(n).active().build()),
    ];
    const background = { at: ASKED_AT + 59_000, live, timesIn30Days: 1 };
    const lines = shown(aGrant().pending().build(), aTelling({ background })).join("\n");
    expect(lines).toContain(
      [
        "As of today 14:00 UTC, the requester also has:",
        "• Other 1, until today 15:01 UTC",
        "• Other 2, about to begin",
        "• Other 3, being taken away",
        "• Other 4, until today 15:01 UTC",
        "• Other 5, until today 15:01 UTC",
        "and 2 more",
        "Had this once in the last 30 days.",
      ].join("\n"),
    );
  });

  it("shows who has approved where it takes several", () => {
    const pending = aGrant({ approvalsNeeded: 2, approverGroups: ["platform-leads", "security"] });
    const grant = approve(pending.pending().build(), "platform-leads", aStep());
    expect(shown(grant, aTelling({ entitlement: DIRECT }))[1]).toBe(
      "It takes 2 approvals by platform-leads or security (1 so far: @Bob Lindqvist), and lapses tomorrow 14:00 UTC if nobody decides.",
    );
  });

  const asked = (telling: Parameters<typeof aTelling>[0]) =>
    card(aGrant().pending().build(), aTelling(telling)).blocks[1];

  it("calls a user group for its members", () => {
    const telling = { usergroups: ["S0LEADS"], listed: [] };
    expect(JSON.stringify(asked(telling))).toContain("by <!subteam^S0LEADS>, and lapses");
  });

  it("calls the people as well whom access.yml lists beside it", () => {
    expect(JSON.stringify(asked({ usergroups: ["S0SEC"] }))).toContain(
      "by <!subteam^S0SEC> or <@U0BOB> or <@U0LEE>, and lapses",
    );
  });

  it("calls ten people at most, and counts the others", () => {
    const text = JSON.stringify(asked({ listed: people(20) }));
    expect(text.match(/<@U0P/g)).toHaveLength(10);
    expect(text).toContain("<@U0P9> and 10 more");
  });

  it.each([
    ["are told directly", { entitlement: DIRECT }],
    ["are not told", { entitlement: undefined }],
    ["are not known", { approvers: [], listed: [] }],
  ])("names the groups where approvers %s", (_, telling) => {
    expect(JSON.stringify(asked(telling))).toContain("an approval by platform-leads, and lapses");
  });

  it("says where not every approver was told directly", () => {
    const telling = aTelling({ entitlement: DIRECT, approvers: people(40) });
    expect(shown(aGrant().pending().build(), telling).at(-1)).toBe(
      "LK-0000000000 · asked today 14:00 UTC · 30 of its 40 approvers were told directly",
    );
  });
});

describe("the card of a decided request", () => {
  const REASON = ["Reason", "> pods of proj-1 restart"];
  const LAST = "LK-0000000000 · asked today 14:00 UTC";

  it.each([
    [
      aGrant().approved().build(),
      "# 🔵 Approved: Web projects: read pods",
      "Approved by @Bob Lindqvist. The access is being written.",
      ["[End now]"],
    ],
    [
      aGrant().active().build(),
      "# 🟢 Active: Web projects: read pods",
      "Active until today 15:01 UTC, approved by @Bob Lindqvist.",
      ["[End now]"],
    ],
    [
      aGrant({ approvalsNeeded: 0 }).active().build(),
      "# 🟢 Active: Web projects: read pods",
      "Active until today 15:01 UTC, approved automatically.",
      ["[End now]"],
    ],
    [
      aGrant().extended().build(),
      "# 🟢 Active: Web projects: read pods",
      "Active until today 16:01 UTC, approved by @Bob Lindqvist. Extended once, by @Ada Byrne.",
      ["[End now]"],
    ],
    [
      aGrant().revoking().build(),
      "# 🟠 Ending: Web projects: read pods",
      "The access is being taken away. Its time is over.",
      [],
    ],
    [
      aGrant().ended().build(),
      "# ⚪ Expired: Web projects: read pods",
      "Its time is over. The access is gone since today 14:01 UTC. Approved by @Bob Lindqvist; had it today 14:01 UTC – today 14:01 UTC.",
      ["[Request again]"],
    ],
    [
      aGrant().ended({ kind: "revoked", by: CAT }).build(),
      "# ⚫ Revoked: Web projects: read pods",
      "Ended early by @Cat Moreno. The access is gone since today 14:01 UTC. Approved by @Bob Lindqvist; had it today 14:01 UTC – today 14:01 UTC.",
      ["[Request again]"],
    ],
    [
      aGrant().ended({ kind: "revoked", by: "latchkey", why: "Ada has left" }).build(),
      "# ⚫ Revoked: Web projects: read pods",
      "Ended early by Latchkey: Ada has left. The access is gone since today 14:01 UTC. Approved by @Bob Lindqvist; had it today 14:01 UTC – today 14:01 UTC.",
      ["[Request again]"],
    ],
    [
      aGrant().failedBeforeItBegan("no such group").build(),
      "# ⚠️ Failed: Web projects: read pods",
      "Could not be given: `no such group`. Nothing was written. Ended today 14:01 UTC. Approved by @Bob Lindqvist.",
      ["[Request again]"],
    ],
    [
      aGrant().denied().build(),
      "# 🔴 Denied: Web projects: read pods",
      "Denied by @Bob Lindqvist today 14:01 UTC.",
      ["[Request again]"],
    ],
    [
      aGrant().cancelled().build(),
      "# ⚪ Cancelled: Web projects: read pods",
      "Taken back by @Ada Byrne today 14:01 UTC.",
      ["[Request again]"],
    ],
    [
      aGrant().lapsed().build(),
      "# ⚪ Lapsed: Web projects: read pods",
      "Lapsed today 14:01 UTC: nobody decided in time.",
      ["[Request again]"],
    ],
  ])("tells the state, why, and what can be done: %#", (grant, title, sentence, row) => {
    expect(shown(grant)).toEqual([title, sentence, ...WHO, ...GIVES, ...REASON, ...row, LAST]);
  });

  it("quotes why it was denied", () => {
    const lines = shown(aGrant().denied("Use *staging*, <@U0ADA>.").build());
    expect(lines).toContain("Denied because");
    expect(lines).toContain("> Use *staging*, <@U0ADA>.");
  });

  it("tells of a failure in whole sentences, whatever the cause ends with", () => {
    for (const message of ["socket hang up", "socket hang up."]) {
      expect(shown(aGrant().failedBeforeItBegan(message).build())[1]).toContain(
        "Could not be given: `socket hang up`. Nothing was written.",
      );
    }
    const failed = { kind: "failed", code: "x", message: "no answer" } as const;
    expect(shown(aGrant().ended(failed).build())[1]).toContain(
      "`no answer`. What was written is gone.",
    );
  });

  it("names everything that is given, as far as there is room", () => {
    expect(
      shown(
        aGrant({ targets: [GROUP, MAPPING] })
          .active()
          .build(),
      ),
    ).toContain("Kubernetes `rbac-bttrm-web-ro-group` in cluster `bttrm-eks-dev-0`");
    const targets = Array.from({ length: 20 }, () => GROUP);
    expect(shown(aGrant({ targets }).active().build())).toContain("and 14 more");
  });
});

describe("the card of access whose extension is asked for", () => {
  const grant = aGrant().askingForExtension().build();

  it("says until when it would last, and shows what there is to decide on", () => {
    const lines = shown(grant, aTelling({ now: ASKED_AT + HOUR / 2 }));
    expect(lines.slice(0, 3)).toEqual([
      "# 🟢 Active, extension asked: Web projects: read pods",
      "Active until today 15:01 UTC, approved by @Bob Lindqvist.",
      "@Ada Byrne asked today 14:01 UTC for 1 hour more, until today 16:01 UTC. That takes an approval by platform-leads.",
    ]);
    expect(lines).toContain("Look at pods. Nothing can be changed.");
    expect(lines).toContain("As of today 14:00 UTC: no other access. The first time in 30 days.");
    expect(lines).toContain("[Approve extension] [Deny extension…] [End now]");
  });

  it("asks before it counts, with the new end", () => {
    const [approval] = confirmations(card(grant, aTelling())) ?? [];
    expect(approval).toMatch(
      /<@U0ADA> keeps Web projects: read pods until \*<!date.*16:01 UTC>\*, 1 hour more\./,
    );
  });
});

describe("the buttons of a card", () => {
  it("carry the grant's id and nothing else", () => {
    const made = aGrant();
    for (const grant of [
      made.pending().build(),
      made.askingForExtension().build(),
      made.ended().build(),
    ]) {
      const values = JSON.stringify(card(grant, aTelling()).blocks).match(/"value":"[^"]*"/g);
      expect(new Set(values)).toEqual(new Set([`"value":"${grant.id}"`]));
    }
  });

  it("are there only where a click is legal", () => {
    expect(buttons(aGrant().pending().build())).toEqual(["Approve", "Deny…", "Cancel (requester)"]);
    expect(buttons(aGrant().revoking().build())).toEqual([]);
  });
});

describe("a title", () => {
  it("is nothing but text, wherever it stands", () => {
    const title = "*a* :tada: <@U0BOB> `x`";
    const grant = aGrant({ entitlement: { id: "x", title } })
      .pending()
      .build();
    const { text, blocks } = card(grant, aTelling({ approvers: [LEE], listed: [LEE] }));
    for (const { kind, text: sent } of [{ kind: "mrkdwn", text }, ...textsIn(blocks)]) {
      if (kind !== "mrkdwn") continue;
      expect(sent).not.toContain("<@U0BOB>");
      expect(sent).not.toContain("*a*");
      expect(sent).not.toContain(":tada:");
    }
    expect(shown(grant)[0]).toBe("# 🟡 Pending: *a* :tada: <@U0BOB> `x`");
  });
});
