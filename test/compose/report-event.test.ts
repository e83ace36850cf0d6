// Reports of watch in an event: taken as they were sent, and only then.

import { describe, expect, it } from "@jest/globals";
import { reportOf } from "../../lib/broker/findings.ts";
import { reportIn } from "../../lib/compose/report-event.ts";
import { parseGrantId, parseSlackUserId } from "../../lib/grant/ids.ts";

const REPORT = reportOf(
  [
    { kind: "stopped", sweep: "revoke" },
    { kind: "stopped", sweep: "announce", since: 5 },
    { kind: "unreadable", row: "GRANT#LK-0000000001", why: "newer-schema" },
    { kind: "unseen", place: "iam-group a", problem: "denied" },
    { kind: "unlent", place: "iam-group a", assignment: "a b", holder: "eve", groups: [] },
    { kind: "left-over", place: "iam-group a", assignment: "a c", holder: "eve", groups: ["x"] },
    {
      kind: "missing",
      grant: parseGrantId("LK-0000000001"),
      entitlement: "web",
      requester: parseSlackUserId("U0ADA"),
      place: "iam-group a",
      assignment: "a d",
      holder: "ada",
      groups: [],
      until: 9,
    },
    {
      kind: "overdue",
      grant: parseGrantId("LK-0000000001"),
      entitlement: "web",
      requester: parseSlackUserId("U0ADA"),
      since: 3,
    },
  ],
  1_000,
);

describe("reportIn", () => {
  it("gives back a report of every kind of finding as it was sent", () => {
    expect(reportIn(JSON.parse(JSON.stringify(REPORT)))).toEqual(REPORT);
  });

  it.each([{ grants: ["LK-0000000001"] }, { source: "aws.events", detail: {} }, null, "findings"])(
    "takes %j for no report",
    (event) => {
      expect(reportIn(event)).toBeUndefined();
    },
  );

  it.each([
    { findings: "all" },
    { ...REPORT, leftOut: "3" },
    { ...REPORT, findings: [{ kind: "surprise" }] },
    { ...REPORT, findings: [{ kind: "unseen", place: 5, problem: "denied" }] },
  ])("refuses %j, of which nobody could tell what it says", (event) => {
    expect(() => reportIn(event)).toThrow(TypeError);
  });
});
