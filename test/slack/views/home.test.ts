// The App Home, and what `/access mine`, `help` and `list` say.

import { describe, expect, it } from "@jest/globals";
import type { Home } from "../../../lib/broker/ports.ts";
import type { Grant } from "../../../lib/grant/grant.ts";
import { approve } from "../../../lib/grant/steps.ts";
import { helpText, listText } from "../../../lib/slack/views/help.ts";
import { homeView } from "../../../lib/slack/views/home.ts";
import { mineMessage } from "../../../lib/slack/views/mine.ts";
import { homeText } from "../../../local/slack/render-text.ts";
import { createWorkspace } from "../../../local/slack/workspace.ts";
import { ASKED_AT, aGrant, aStep } from "../../support/grants.ts";
import { ADA, anEntitlement, CAT, MINUTE } from "../../support/world.ts";
import { read } from "./reading.ts";

const EMPTY: Home = { user: ADA, now: ASKED_AT, canAsk: true, own: [], waiting: [], recent: [] };

function shown(home: Partial<Home>): string[] {
  const workspace = createWorkspace({ now: () => ASKED_AT + 2 * MINUTE });
  const view = homeView({ ...EMPTY, ...home }, [CAT]);
  return homeText(workspace, workspace.publishHome(ADA, view)).split("\n");
}

/** As many grants of these states, each with an id of its own. */
const many = (count: number, grant: Grant): Grant[] =>
  Array.from({ length: count }, (_, n) => ({
    ...grant,
    id: `LK-${String(n).padStart(10, "0")}` as Grant["id"],
  }));

describe("the App Home", () => {
  it("shows what is theirs, what waits for them and what is over, each with what can be done", () => {
    const two = aGrant({ approvalsNeeded: 2 }).pending().build();
    const own = [
      aGrant().active().build(),
      approve(two, "platform-leads", aStep()),
      aGrant().approved().build(),
      aGrant().revoking().build(),
    ].map((grant, n) => ({ ...grant, id: `LK-000000000${n}` as Grant["id"] }));
    const waiting = [aGrant().pending().build(), aGrant().askingForExtension().build()].map(
      (grant, n) => ({ ...grant, id: `LK-000000000${n}` as Grant["id"] }),
    );
    expect(shown({ own, waiting, recent: [aGrant().denied().build()] })).toEqual([
      "# Your access",
      "[Request access]",
      "🟢 Web projects: read pods",
      "Active until today 15:01 UTC · LK-0000000000",
      "[End now]",
      "🟡 Web projects: read pods",
      "Pending: 1 of 2 approvals, lapses tomorrow 14:00 UTC · LK-0000000001",
      "[Cancel]",
      "🔵 Web projects: read pods",
      "Approved: the access is being written, 1 hour · LK-0000000002",
      "[End now]",
      "🟠 Web projects: read pods",
      "Ending: the access is being taken away · LK-0000000003",
      "# Waiting for you (2)",
      "🟡 @Ada Byrne · Web projects: read pods: 1 hour",
      "lapses tomorrow 14:00 UTC · LK-0000000000",
      "[Review]",
      "🟡 @Ada Byrne · Web projects: read pods: 1 hour more",
      "ends today 15:01 UTC · LK-0000000001",
      "[Review]",
      "# Recent",
      "🔴 Web projects: read pods",
      "Denied by @Bob Lindqvist today 14:01 UTC · LK-0000000000",
      "[Request again]",
    ]);
  });

  it("says that there is nothing, and whom to turn to where there is nothing to ask for", () => {
    expect(shown({})).toEqual([
      "# Your access",
      "[Request access]",
      "You have no access now, and wait for none.",
    ]);
    expect(shown({ canAsk: false })[1]).toBe(
      "There is nothing that you may ask for. @Cat Moreno can tell you more.",
    );
  });

  it("shows so many, counts the others, and says where they are", () => {
    const lines = shown({
      own: many(45, aGrant().active().build()),
      waiting: many(33, aGrant().pending().build()),
      recent: many(12, aGrant().ended().build()),
    });
    expect(lines).toContain("and 5 more: `/access mine` names them.");
    expect(lines).toContain("# Waiting for you (33)");
    expect(lines).toContain(
      "and 3 more: they come up as you decide; their cards are in their channels.",
    );
    expect(lines).toContain("and 2 more: `/access mine` names them.");
  });

  it("does not change with the time alone", () => {
    const home = { ...EMPTY, own: [aGrant().active().build()] };
    expect(homeView({ ...home, now: ASKED_AT + MINUTE }, [CAT])).toEqual(homeView(home, [CAT]));
  });
});

describe("/access mine", () => {
  it("names what somebody has, waits for and had", () => {
    const own = [aGrant().active().build()];
    expect(read(mineMessage({ own, recent: [aGrant().ended().build()] }, ASKED_AT))).toEqual([
      "Yours",
      "🟢 Web projects: read pods",
      "Active until today 15:01 UTC · LK-0000000000",
      "Recent",
      "⚪ Web projects: read pods",
      "Expired today 14:01 UTC · LK-0000000000",
      "As of today 14:00 UTC. The App Home of Latchkey has the same, with buttons.",
    ]);
    expect(read(mineMessage({ own: [], recent: [] }, ASKED_AT))).toContain(
      "You have no access now, and wait for none.",
    );
  });

  it("names more than the App Home shows, and counts the rest", () => {
    const own = many(80, aGrant().active().build());
    const lines = read(mineMessage({ own, recent: [] }, ASKED_AT));
    const named = lines.filter((line) => line.startsWith("🟢")).length;
    expect(named).toBeGreaterThan(40);
    expect(lines).toContain(`and ${80 - named} more`);
  });
});

describe("/access help", () => {
  it("says how to ask, with an example of what may be asked for", () => {
    const said = helpText([anEntitlement("a", { ticket: { pattern: "", required: true } })], [CAT]);
    expect(said).toContain("`/access a 1h TICKET why you need it` asks at once");
    expect(said).toContain("`/access list` names what you may ask for: one thing.");
    expect(said).toContain("`/access mine`");
    expect(helpText([], [CAT])).toContain("<@U0CAT> can tell you more");
  });
});

describe("/access list", () => {
  it("names every entitlement, with the longest that it can be had for", () => {
    const said = listText([anEntitlement("a", { title: "A <b> *c*" }), anEntitlement("b")], [CAT]);
    expect(said).toContain("• `a`: A &lt;b&gt; ∗c∗, at most 4h");
    expect(said).toContain("• `b`: ");
    expect(said).not.toContain("more");
    expect(listText([], [CAT])).toBe(
      "There is nothing that you may ask for. <@U0CAT> can tell you more.",
    );
  });

  it("fits into a message, says how many it does not name, and how to find them", () => {
    const entitlements = Array.from({ length: 250 }, (_, n) =>
      anEntitlement(`entitlement-${n}`, { title: "&".repeat(75) }),
    );
    const said = listText(entitlements, [CAT]);
    expect(said.length).toBeLessThan(4_000);
    const named = said.match(/^•/gm)?.length ?? 0;
    expect(named).toBeGreaterThan(0);
    expect(said).toMatch(new RegExp(`\nand ${250 - named} more: type \`/access\` and search$`));
  });
});
