// What admins are told of a grant: failures, access that does not go, and what somebody changed by hand.

import { describe, expect, it } from "@jest/globals";
import type { Grant } from "../../../lib/grant/grant.ts";
import { close, noteDrift, postpone } from "../../../lib/grant/steps.ts";
import { aGrant, aStep } from "../../support/grants.ts";
import { messages, posted, readMessage } from "./reading.ts";

const toCat = (grant: Grant) => posted(grant).filter((key) => key.endsWith(":U0CAT"));

describe("admins", () => {
  it("are told of a grant that failed", () => {
    const grant = aGrant().failedBeforeItBegan("no such group").build();
    expect(toCat(grant)).toEqual(["failed:U0CAT"]);
    expect(readMessage(grant, "failed:U0CAT")).toEqual([
      "# ⚠️ Failed: Web projects: read pods",
      "For @Ada Byrne. Could not be given: `no such group`. Nothing was written. Ended today 14:01 UTC.",
      "LK-0000000000",
    ]);
  });

  function stuckFor(ms: number) {
    const grant = aGrant().revoking().build();
    return postpone(grant, "the cluster is unreachable", aStep(grant.since), ms);
  }

  it("are told of access that does not go, with what is in the way", () => {
    expect(toCat(stuckFor(60_000))).toEqual(["stuck:U0CAT"]);
    expect(readMessage(stuckFor(60_000), "stuck:U0CAT").slice(0, 3)).toEqual([
      "# ⚠️ Not gone yet: Web projects: read pods",
      "The access of @Ada Byrne should have ended today 14:01 UTC and may still be there. Latchkey tries on until it is gone.",
      "What is in the way: `the cluster is unreachable`",
    ]);
  });

  it("are not alarmed of what is only looked at again, however often in a few seconds", () => {
    expect(toCat(stuckFor(15_000))).toEqual([]);
  });

  it("read in the same message that it is gone after all", () => {
    const grant = close(stuckFor(60_000), aStep());
    expect(toCat(grant)).toEqual([]);
    expect(messages(grant).get("stuck:U0CAT")).toMatchObject({ post: false });
    expect(readMessage(grant, "stuck:U0CAT").slice(0, 2)).toEqual([
      "# ✅ Gone after all: Web projects: read pods",
      "The access of @Ada Byrne is gone since today 14:01 UTC.",
    ]);
  });

  it("are told what somebody changed by hand, the first few of it", () => {
    const drifts = ["one", "two", "three", "four", "five", "six"];
    const revoking = drifts.reduce(
      (grant, what) => noteDrift(grant, what, aStep()),
      aGrant().revoking().build(),
    );
    const grant = close(revoking, aStep());
    expect(toCat(grant)).toEqual(["drift:U0CAT"]);
    expect(readMessage(grant, "drift:U0CAT")).toEqual([
      "# ⚠️ Changed by hand: Web projects: read pods",
      "The access of @Ada Byrne has ended, but what Latchkey found was not what it had written.",
      "• one",
      "• two",
      "• three",
      "• four",
      "and 2 more",
      "LK-0000000000",
    ]);
  });
});
