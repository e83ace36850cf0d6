import { describe, expect, it } from "@jest/globals";
import type { Grant } from "../../../lib/grant/grant.ts";
import { noteRefusal, postpone } from "../../../lib/grant/steps.ts";
import {
  shareLeft,
  standsHow,
  stateWord,
  toneOf,
} from "../../../local/page/app/access/grant-words.ts";
import { historyLines } from "../../../local/page/app/access/history-words.ts";
import { namesIn } from "../../../local/page/app/access/names.ts";
import { acmeWorkspace } from "../../../local/slack/workspace-state.ts";
import { ASKED_AT, aGrant, aStep } from "../../support/grants.ts";
import { BOB, EVE } from "../../support/world.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const nameOf = namesIn(acmeWorkspace().users);
/** As in `aStep`: everything after the request happens a minute later. */
const BEGUN_AT = ASKED_AT + MINUTE;

const stands = (grant: Grant, now = BEGUN_AT) => standsHow(grant, now, nameOf);

describe("a grant in a line", () => {
  it.each<readonly [Grant, string, string]>([
    [aGrant().pending().build(), "Pending", "warn"],
    [aGrant().approved().build(), "Approved", "warn"],
    [aGrant().active().build(), "Active", "good"],
    [aGrant().revoking().build(), "Ending", "warn"],
    [aGrant().denied().build(), "Denied", "bad"],
    [aGrant().cancelled().build(), "Cancelled", "quiet"],
    [aGrant().lapsed().build(), "Lapsed", "quiet"],
    [aGrant().ended().build(), "Expired", "quiet"],
    [aGrant().ended({ kind: "revoked", by: BOB }).build(), "Revoked", "quiet"],
    [aGrant().failedBeforeItBegan("no such group").build(), "Failed", "bad"],
  ])("has a word and a tone for its state (%#)", (grant, word, tone) => {
    expect([stateWord(grant), toneOf(grant)]).toEqual([word, tone]);
  });

  it("counts down what is left", () => {
    const active = aGrant().active().build();
    expect(stands(active)).toMatch(/^1 h 00 min left, until \d\d:01:00$/);
    expect(stands(active, BEGUN_AT + 59 * MINUTE)).toMatch(/^1 min 00 s left/);
    expect(stands(active, BEGUN_AT + HOUR)).toMatch(/^Was until/);
  });

  it("says what a request needs, and when it lapses", () => {
    expect(stands(aGrant().pending().build())).toBe(
      "Needs an approval by platform-leads; lapses in 23 h 59 min",
    );
    const two = aGrant({ approvalsNeeded: 2, approverGroups: ["leads", "security"] });
    expect(stands(two.pending().build())).toContain("Needs 2 approvals by leads or security");
  });

  it("says that more time is wanted", () => {
    expect(stands(aGrant().askingForExtension().build())).toContain(
      "Wants 1 hour more: needs an approval by platform-leads",
    );
  });

  it("says why access is not written yet", () => {
    const tried = postpone(aGrant().begun().build(), "IAM: Rate exceeded", aStep());
    expect(stands(tried)).toBe(
      "The access is being written; not done after 1 try: IAM: Rate exceeded",
    );
  });

  it("says how a grant ended", () => {
    expect(stands(aGrant().ended().build())).toMatch(/^Gone at .*, 0 s after its end$/);
    const revoked = aGrant().ended({ kind: "revoked", by: BOB }).build();
    expect(stands(revoked)).toMatch(/^Ended early by Bob Lindqvist, gone at /);
    expect(stands(aGrant().failedBeforeItBegan("no such group").build())).toBe(
      "Could not be given: no such group",
    );
  });
});

describe("the share that is left", () => {
  it("falls from 1 to 0", () => {
    const active = aGrant().active().build();
    const at = (passed: number) => shareLeft(active, BEGUN_AT + passed);
    expect([at(0), at(HOUR / 4), at(2 * HOUR)]).toEqual([1, 0.75, 0]);
  });

  it("is nothing where no access is lent", () => {
    expect(shareLeft(aGrant().pending().build(), ASKED_AT)).toBeUndefined();
  });
});

describe("a history", () => {
  const told = (grant: Grant) => historyLines(grant, nameOf, "UTC").map(({ words }) => words);

  it("says who did what", () => {
    expect(told(aGrant().ended().build())).toEqual([
      "Ada Byrne asked for 1 hour",
      "Bob Lindqvist approved",
      "Latchkey wrote down what it is about to do, and until when",
      "The access is there, until 15:01:00",
      "Latchkey began to take the access away",
      "Its time was over, and the access is gone",
    ]);
  });

  it("tells the end that there was before an extension, and the one after", () => {
    expect(told(aGrant().extended().build()).slice(-2)).toEqual([
      "The access is there, until 15:01:00",
      "Extended until 16:01:00",
    ]);
  });

  it("counts approvals where it takes several", () => {
    const two = aGrant({ approvalsNeeded: 2 }).pending().build();
    expect(
      told({ ...two, history: [{ ...aStep(), event: "approved", detail: "1 of 2" }] }),
    ).toEqual(["Bob Lindqvist approved (1 of 2)"]);
  });

  it("tells refusals, and what Latchkey failed at", () => {
    const refused = noteRefusal(aGrant().pending().build(), "other-team", { ...aStep(), by: EVE });
    expect(told(refused).at(-1)).toBe("Eve Novak was refused: other-team");
    const failed = aGrant().failedBeforeItBegan("no such group").build();
    expect(told(failed).at(-1)).toBe("Failed: group-missing: no such group");
  });
});
