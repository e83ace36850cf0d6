// The message about findings: within Slack's limits whatever is in it, nothing taken for markup, and what to do.

import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type { Finding } from "../../../lib/broker/findings.ts";
import type { News } from "../../../lib/broker/tell-findings.ts";
import { placeKey } from "../../../lib/grant/target-spec.ts";
import { findingsMessage } from "../../../lib/slack/views/findings.ts";
import { validateMessage } from "../../../local/slack/block-kit.ts";
import { aGrant } from "../../support/grants.ts";
import { ADA, GROUP, MAPPING } from "../../support/world.ts";

const AT = Date.UTC(2026, 10, 22, 14);
const { id } = aGrant().build();
const inGroup = { place: placeKey(GROUP), assignment: "a", groups: [] };
const inCluster = { place: placeKey(MAPPING), assignment: "b", groups: ["viewers", "editors"] };
const ofGrant = { grant: id, entitlement: "web-pods-read", requester: ADA };
const ARN = "arn:aws:iam::111122223333:user/iam-bttrm-web-user-1";

const EVERY_KIND: readonly Finding[] = [
  { kind: "overdue", ...ofGrant, since: AT },
  { kind: "left-over", ...inCluster, holder: ARN },
  { kind: "missing", ...ofGrant, ...inCluster, holder: ARN, until: AT },
  { kind: "stopped", sweep: "revoke", since: AT },
  { kind: "stopped", sweep: "announce" },
  { kind: "unreadable", row: "GRANT#LK-0000000001", why: "newer-schema" },
  { kind: "unseen", place: placeKey(MAPPING), problem: "the cluster does not know Latchkey" },
  { kind: "unlent", ...inGroup, holder: "eve" },
];

const news = (found: readonly Finding[], more: Partial<News> = {}): News => ({
  at: AT,
  found,
  gone: [],
  leftOut: 0,
  ...more,
});

function wordsOf(message: ReturnType<typeof findingsMessage>): string {
  return JSON.stringify(message.blocks).replaceAll(/<!date\^\d+\^[^|]*\|([^>]*)>/g, "$1");
}

describe("the message about findings", () => {
  it("says of each kind what, where, since when, and what to do", () => {
    const words = wordsOf(findingsMessage(news(EVERY_KIND)));
    for (const part of [
      "Not as it should be: 8 findings",
      `${id} (\`web-pods-read\`) of <@U0ADA>, over since 2026-11-22 14:00 UTC`,
      "`iam-bttrm-web-user-1` in `aws-auth` of `us-east-2/bttrm-eks-dev-0`, as `viewers, editors`",
      "until 2026-11-22 14:00 UTC: `iam-bttrm-web-user-1` in `aws-auth`",
      "(lacks `viewers, editors`)",
      "`revoke`, last 2026-11-22 14:00 UTC",
      "`announce`, never yet",
      "`GRANT#LK-0000000001`: written by a newer release",
      "the cluster does not know Latchkey",
      "`eve` in IAM group `iam-bttrm-web-ro-group` of account 111122223333",
      "CloudTrail",
      "Remove everybody else by hand",
    ]) {
      expect(words).toContain(part);
    }
  });

  it("says in one line what is gone", () => {
    const gone = ["stopped: revoke", "missing: LK-1"];
    const message = findingsMessage(news([], { gone }));
    expect(message.text).toContain("As it should be again");
    expect(wordsOf(message)).toContain(
      "*Told earlier and gone now:* `stopped: revoke`, `missing: LK-1`.",
    );
  });

  it("names twenty and counts the others", () => {
    const found = Array.from(
      { length: 30 },
      (_, n): Finding => ({ kind: "unlent", ...inGroup, holder: `eve-${n}` }),
    );
    const words = wordsOf(findingsMessage(news(found, { leftOut: 5 })));
    expect(words.match(/eve-/g)).toHaveLength(20);
    expect(words).toContain("… and 15 more.");
  });

  it("is taken by Slack whatever names and faults are in it", () => {
    const wild = fc.oneof(
      fc.string({ unit: "binary", maxLength: 300 }),
      fc.constantFrom("<!channel>", "`*_~", "<&>".repeat(100), "x".repeat(300)),
    );
    const texts = fc.record({ holder: wild, place: wild, problem: wild, group: wild });
    fc.assert(
      fc.property(fc.array(texts, { maxLength: 30 }), fc.array(wild), (some, gone) => {
        const found = some.flatMap(({ holder, place, problem, group }) =>
          EVERY_KIND.map((finding) => ({
            ...finding,
            ...("holder" in finding ? { holder, groups: Array(5).fill(group.slice(0, 100)) } : {}),
            ...("place" in finding ? { place } : {}),
            ...("problem" in finding ? { problem } : {}),
          })),
        );
        const { text, blocks } = findingsMessage(news(found, { gone }));
        expect(validateMessage(blocks, text)).toBeUndefined();
        expect(JSON.stringify(blocks)).not.toContain("<!channel>");
      }),
    );
  });
});
