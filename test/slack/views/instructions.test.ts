// Instructions, filled in from what the grant says of itself.

import { describe, expect, it } from "@jest/globals";
import { fillIn } from "../../../lib/slack/views/instructions.ts";
import { aGrant } from "../../support/grants.ts";
import { GROUP, MAPPING } from "../../support/world.ts";

const active = aGrant({ targets: [GROUP, MAPPING] })
  .active()
  .build();

describe("instructions", () => {
  it.each([
    ["{{user}}", "iam-bttrm-web-user-1"],
    ["{{account}}", "111122223333"],
    ["{{grant}}", "LK-0000000000"],
    ["{{until}}", "2026-11-22T15:01:00Z"],
    ["{{cluster}}", "bttrm-eks-dev-0"],
    ["{{region}}", "us-east-2"],
    ["{{ user }}{{grant}}", "iam-bttrm-web-user-1LK-0000000000"],
  ])("fill in %s", (written, expected) => {
    expect(fillIn(`a ${written} b`, active)).toBe(`a ${expected} b`);
  });

  it("leave alone what is nothing of ours", () => {
    for (const text of ["{{users}}", "{{ .Values.user }}", "{user}", "{{constructor}}", "$& $1"]) {
      expect(fillIn(text, active)).toBe(text);
    }
  });

  it("leave alone what the grant does not have", () => {
    const inGroup = aGrant({ targets: [GROUP] })
      .active()
      .build();
    expect(fillIn("{{cluster}} {{user}}", inGroup)).toBe("{{cluster}} iam-bttrm-web-user-1");
  });
});
