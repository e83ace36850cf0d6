// What somebody reads, alone, whose click came to nothing: who was first, what stands now, who may.

import { describe, expect, it } from "@jest/globals";
import { approveExtension, denyExtension, extend } from "../../lib/grant/extension.ts";
import type { Grant } from "../../lib/grant/grant.ts";
import { answerTo, reasonsText } from "../../lib/slack/answers.ts";
import { aGrant, aStep } from "../support/grants.ts";
import { CAT } from "../support/world.ts";
import { read } from "./views/reading.ts";

function late(act: string, grant: Grant): string[] {
  return read({ text: answerTo(act, { outcome: "too-late", grant }) ?? "" });
}

describe("a click that came too late", () => {
  it.each([
    [
      aGrant().approved().build(),
      "🔵 Approved. Approved by @Bob Lindqvist. The access is being written.",
    ],
    [aGrant().denied("no").build(), "🔴 Denied. Denied by @Bob Lindqvist today 14:01 UTC."],
    [aGrant().cancelled().build(), "⚪ Cancelled. Taken back by @Ada Byrne today 14:01 UTC."],
    [
      aGrant().revoking({ kind: "revoked", by: CAT }).build(),
      "🟠 Ending. The access is being taken away. Ended early by @Cat Moreno.",
    ],
  ])("is told what the grant is by now, and who decided: %#", (grant, words) => {
    expect(late("approve this", grant)).toEqual([
      `Too late to approve this: LK-0000000000 is ${words}`,
    ]);
  });

  const asking = aGrant().askingForExtension().build();
  const ACTIVE = "Too late to approve this: LK-0000000000 is 🟢 Active. Active until";

  it("is told who decided on an extension", () => {
    expect(late("approve this", approveExtension(asking, "platform-leads", aStep()))).toEqual([
      `${ACTIVE} today 16:01 UTC, approved by @Bob Lindqvist. Extended once, by @Bob Lindqvist.`,
    ]);
    const denied = denyExtension(asking, "no", aStep());
    expect(late("approve this", denied)).toEqual([
      `${ACTIVE} today 15:01 UTC, approved by @Bob Lindqvist. @Bob Lindqvist denied an extension today 14:01 UTC.`,
    ]);
    const twice = extend(extend(denied, aStep()), { ...aStep(), by: CAT });
    expect(late("approve this", twice)).toEqual([
      `${ACTIVE} today 17:01 UTC, approved by @Bob Lindqvist. Extended 2 times, last by @Cat Moreno.`,
    ]);
  });
});

describe("a refusal", () => {
  it("names every reason, and makes nothing of what is in them", () => {
    const reasons = [
      { code: "unknown-entitlement", message: 'There is nothing called "*a* <!channel>".' },
      { code: "not-an-approver", message: "This needs 1 approval; you are not among them." },
    ] as const;
    expect(reasonsText("Not requested:", reasons).split("\n")).toEqual([
      "Not requested:",
      '• There is nothing called "∗a∗ &lt;!channel&gt;".',
      "• This needs 1 approval; you are not among them.",
    ]);
    const grant = aGrant().pending().build();
    expect(answerTo("deny this", { outcome: "refused", grant, reasons })).toMatch(
      /^You cannot deny this:\n• There/,
    );
  });
});

describe("a click that did what it says", () => {
  it("is answered by what it did", () => {
    expect(
      answerTo("end this", { outcome: "done", grant: aGrant().revoking().build() }),
    ).toBeUndefined();
  });
});
