// The thread under a card: a line per step, each once, and nothing that people typed.

import { describe, expect, it } from "@jest/globals";
import { approveExtension, denyExtension, extend } from "../../../lib/grant/extension.ts";
import type { Grant } from "../../../lib/grant/grant.ts";
import {
  approve,
  close,
  noteDrift,
  noteRefusal,
  postpone,
  revoke,
} from "../../../lib/grant/steps.ts";
import { threadLines } from "../../../lib/slack/views/thread.ts";
import { aGrant, aStep } from "../../support/grants.ts";
import { ADA } from "../../support/world.ts";
import { read } from "./reading.ts";

const linesFrom = (grant: Grant, from: number) => threadLines(grant, from);
const lines = (grant: Grant) => read({ text: linesFrom(grant, 0)?.text || "(none)" });

describe("the thread", () => {
  it("says nothing of the request itself, which the card does", () => {
    expect(linesFrom(aGrant().pending().build(), 0)).toEqual({ text: "", upTo: 1 });
  });

  it("says nothing where nothing has happened since", () => {
    expect(linesFrom(aGrant().pending().build(), 1)).toBeUndefined();
  });

  it("tells the whole story of a grant", () => {
    expect(lines(aGrant().ended().build())).toEqual([
      "Approved by @Bob Lindqvist · today 14:01 UTC",
      "Active until today 15:01 UTC · today 14:01 UTC",
      "Its time is over · today 14:01 UTC",
      "The access is gone · today 14:01 UTC",
    ]);
  });

  it("goes on where it stopped", () => {
    const grant = aGrant().active().build();
    const told = linesFrom(aGrant().approved().build(), 0)?.upTo ?? 0;
    expect(read({ text: linesFrom(grant, told)?.text ?? "" })).toEqual([
      "Active until today 15:01 UTC · today 14:01 UTC",
    ]);
  });

  it("counts approvals where it takes several", () => {
    const pending = aGrant({ approvalsNeeded: 2 }).pending().build();
    expect(lines(approve(pending, "platform-leads", aStep()))).toEqual([
      "Approved by @Bob Lindqvist (1 of 2) · today 14:01 UTC",
    ]);
  });

  it.each([
    [aGrant().denied("<!channel>").build(), "Denied by @Bob Lindqvist"],
    [aGrant().lapsed().build(), "Lapsed: nobody decided in time"],
    [aGrant().failedBeforeItBegan("no group").build(), "Failed: `group-missing: no group`"],
    [aGrant().revoking({ kind: "revoked", by: ADA }).build(), "Ended early by @Ada Byrne"],
    [
      aGrant().revoking({ kind: "revoked", by: "latchkey", why: "Ada has left" }).build(),
      "Ended early by Latchkey: `Ada has left`",
    ],
  ])("tells each end in its own words: %#", (grant, words) => {
    expect(lines(grant).at(-1)).toBe(`${words} · today 14:01 UTC`);
  });

  it("tells that nobody had to approve", () => {
    expect(lines(aGrant({ approvalsNeeded: 0 }).build())).toEqual([
      "Approved automatically · today 14:00 UTC",
    ]);
  });

  it("tells of extensions, and what came of them", () => {
    const asking = aGrant().askingForExtension().build();
    expect(lines(asking).slice(2)).toEqual(["@Ada Byrne asked for 1 hour more · today 14:01 UTC"]);
    expect(lines(approveExtension(asking, "x", aStep())).slice(1)).toEqual([
      // As it was then, not as it is now.
      "Active until today 15:01 UTC · today 14:01 UTC",
      "@Ada Byrne asked for 1 hour more · today 14:01 UTC",
      "Extended until today 16:01 UTC by @Bob Lindqvist · today 14:01 UTC",
    ]);
    expect(lines(denyExtension(asking, "<!channel>", aStep())).at(-1)).toBe(
      "Extension denied by @Bob Lindqvist · today 14:01 UTC",
    );
    const two = approveExtension({ ...asking, approvalsNeeded: 2 }, "x", aStep());
    expect(lines(two).at(-1)).toBe(
      "Extension approved by @Bob Lindqvist (1 of 2) · today 14:01 UTC",
    );
    const alone = extend(aGrant().active().build(), { ...aStep(), by: ADA });
    expect(lines(alone).at(-1)).toBe(
      "Extended until today 16:01 UTC by @Ada Byrne · today 14:01 UTC",
    );
  });

  it("tells of the first try that came to nothing, and of no refused click", () => {
    const again = postpone(aGrant().begun().build(), "IAM said `no`", aStep());
    const twice = noteRefusal(postpone(again, "no", aStep()), "not-an-approver", aStep());
    expect(lines(twice).slice(1)).toEqual([
      "Not done yet, goes on: `IAM said 'no'` · today 14:01 UTC",
    ]);
  });

  it("tells of what somebody changed by hand", () => {
    const revoking = aGrant().revoking().build();
    expect(lines(noteDrift(revoking, "groups differ", aStep())).at(-1)).toBe(
      "Changed by hand: `groups differ` · today 14:01 UTC",
    );
  });

  it("cuts a long problem, and counts the steps that find no room", () => {
    const drifts = Array.from({ length: 60 }, (_, n) => `${n} ${"x".repeat(300)}`);
    const revoking = drifts.reduce(
      (grant, what) => noteDrift(grant, what, aStep()),
      aGrant().revoking().build(),
    );
    const told = lines(close(revoking, aStep()));
    expect(told[0]).toMatch(/^… \d+ earlier steps$/);
    expect(told.at(-1)).toContain("The access is gone");
    expect(Number(/\d+/.exec(told[0] ?? "")?.[0]) + told.length - 1).toBe(64);
  });

  it("tells that access that was never written needs not be taken away", () => {
    const ended = revoke(
      aGrant().approved().build(),
      { kind: "revoked", by: ADA },
      { ...aStep(), by: ADA },
    );
    expect(lines(ended).at(-1)).toBe(
      "Ended by @Ada Byrne, before any access was written · today 14:01 UTC",
    );
  });
});
