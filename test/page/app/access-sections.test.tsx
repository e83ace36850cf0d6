import { describe, expect, it } from "@jest/globals";
import type { ReactNode } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import type { Grant } from "../../../lib/grant/grant.ts";
import { AwsAuth } from "../../../local/page/app/access/aws-auth.tsx";
import { CanI } from "../../../local/page/app/access/can-i.tsx";
import { Grants } from "../../../local/page/app/access/grants.tsx";
import { GuideSteps } from "../../../local/page/app/access/guide.tsx";
import { namesIn } from "../../../local/page/app/access/names.ts";
import { guideOf } from "../../../local/page/app/access/next-step.ts";
import { Passes } from "../../../local/page/app/access/passes.tsx";
import { RightNow } from "../../../local/page/app/access/right-now.tsx";
import type { ClusterQuestion, Pass, RoleDecision } from "../../../local/page/protocol.ts";
import { acmeWorkspace } from "../../../local/slack/workspace-state.ts";
import { ASKED_AT, aGrant } from "../../support/grants.ts";

const NOW = ASKED_AT + 10 * 60_000;
const nameOf = namesIn(acmeWorkspace().users);
const nothing = () => undefined;

const adaMay: RoleDecision = {
  slackUser: "U0ADA",
  roleArn: "arn:aws:iam::111122223333:role/iam-bttrm-web-ro-role",
  isAllowed: true,
  why: "A policy of the group allows it.",
};
const deeMayNot: RoleDecision = { ...adaMay, slackUser: "U0DEE", isAllowed: false };

/** What a reader reads: the text, a blank between elements. */
function textOf(node: ReactNode): string {
  return renderToStaticMarkup(node)
    .replace(/<[^>]*>/g, " ")
    .replaceAll("&#x27;", "'")
    .replace(/\s+/g, " ");
}

describe("access right now", () => {
  const access = {
    lookedAt: NOW - 5_000,
    mayAssume: [adaMay, deeMayNot],
    groups: [
      {
        name: "web",
        members: [{ iamUser: "user-1", slackUser: "U0ADA" }, { iamUser: "some-admin" }],
      },
      { name: "debug", members: [] },
    ],
  };
  const text = textOf(<RightNow access={access} nameOf={nameOf} now={NOW} />);

  it("says who may assume the role, and why", () => {
    expect(text).toContain("May assume iam-bttrm-web-ro-role");
    expect(text).toContain("Ada Byrne ✓ Allowed A policy of the group allows it.");
    expect(text).toContain("Dee Okafor ✕ Denied");
  });

  it("says who is in each group, and where nobody is", () => {
    expect(text).toContain("web ✓ Ada Byrne, some-admin");
    expect(text).toContain("debug – nobody");
  });

  it("says who was asked, and when", () => {
    expect(text).toContain("not of what Latchkey believes");
    expect(text).toContain("looked 5 s ago");
  });
});

describe("the questions to the cluster", () => {
  const list = "kubectl auth can-i list pods -n bttrm-web-proj-1-ns";
  const questions: readonly ClusterQuestion[] = [
    { slackUser: "U0ADA", as: "own keys", command: list, answer: "unknown" },
    { slackUser: "U0ADA", as: "role", command: list, answer: "yes" },
    { slackUser: "U0ADA", as: "role", command: "kubectl auth can-i '*' '*'", answer: "no" },
    { slackUser: "U0DEE", as: "own keys", command: list, answer: "unreachable" },
  ];

  it("stand by who asks them, as the role first, with their answers in words", () => {
    expect(textOf(<CanI access={{ questions, mayAssume: [adaMay] }} nameOf={nameOf} />)).toContain(
      "Ada Byrne, as iam-bttrm-web-ro-role " +
        "list pods -n bttrm-web-proj-1-ns ✓ yes '*' '*' ✕ no " +
        "Ada Byrne, with keys of their own list pods -n bttrm-web-proj-1-ns – unknown " +
        "Dee Okafor, with keys of their own list pods -n bttrm-web-proj-1-ns ! unreachable",
    );
  });
});

describe("aws-auth", () => {
  const standing = { text: "mapUsers: |", isOurs: false };
  const lent = { text: "  - userarn: arn:aws:iam::111122223333:user/ada", isOurs: true };
  const cluster = "bttrm-eks-dev-0";

  it("marks what is lent, for eyes and for screen readers", () => {
    const text = textOf(<AwsAuth text={{ cluster, lines: [standing, lent] }} />);
    expect(text).toContain("1 line is lent by Latchkey.");
    expect(text).toContain("mapUsers: | + lent by Latchkey: - userarn:");
  });

  it("says where nothing is lent, and where it could not be read", () => {
    expect(textOf(<AwsAuth text={{ cluster, lines: [standing] }} />)).toContain(
      "nothing in it is lent",
    );
    expect(textOf(<AwsAuth text={{ cluster, lines: [] }} />)).toContain("could not be read");
  });

  it("can be reached and scrolled by the keyboard", () => {
    const html = renderToStaticMarkup(<AwsAuth text={{ cluster, lines: [standing] }} />);
    expect(html).toMatch(/tabindex="0" aria-label="The lines of aws-auth in bttrm-eks-dev-0"/i);
  });
});

describe("the grants", () => {
  const show = (...grants: Parameters<typeof Grants>[0]["grants"]) => (
    <Grants grants={grants} nameOf={nameOf} now={NOW} />
  );

  it("say whose they are and how they stand, with a bar of the time left", () => {
    const active = aGrant().active().build();
    expect(textOf(show(active))).toContain(
      "Web projects: read pods ✓ Active Ada Byrne · 51 min 00 s left",
    );
    expect(renderToStaticMarkup(show(active))).toContain('style="width:85%"');
    expect(renderToStaticMarkup(show(aGrant().denied().build()))).not.toContain("style=");
  });

  it("show marks in place of what would hide in a typed reason", () => {
    expect(textOf(show(aGrant({ reason: "safe\u202egnp" }).pending().build()))).toContain(
      "Reason: safe\ufffdgnp",
    );
  });

  it("say where there are none", () => {
    expect(textOf(show())).toContain("Nobody has asked for anything yet.");
  });

  it("leave the older ones to a button", () => {
    const many = Array.from({ length: 11 }, () => aGrant().denied().build());
    expect(textOf(show(...many))).toContain("Show 3 older");
  });
});

describe("what the functions did", () => {
  const pass: Pass = {
    id: 2,
    function: "provision",
    wokenBy: "a kick",
    startedAt: NOW,
    endedAt: NOW + 1_200,
    outcome: "done",
    calls: [{ what: "IAM AddUserToGroup", times: 2, failed: 1 }],
    log: [{ level: "warn", message: "target failed", grant: "LK-0000000000" }],
  };
  const quiet: Pass = {
    ...pass,
    id: 1,
    function: "watch",
    wokenBy: "the schedule",
    calls: [],
    log: [],
  };

  it("is told pass by pass, and quiet ones are only counted", () => {
    const text = textOf(<Passes passes={[pass, quiet]} />);
    expect(text).toMatch(/provision woken by a kick at \d\d:\d\d:\d\d done in 1.2 s/);
    expect(text).toContain("IAM AddUserToGroup ×2, 1 failed");
    expect(text).toContain("warn: target failed LK-0000000000");
    expect(text).toContain("Hide quiet passes (1 that found nothing to do)");
    expect(text).not.toContain("watch woken");
  });
});

describe("the guide", () => {
  const show = (me: string, ...grants: Grant[]) =>
    textOf(
      <GuideSteps
        guide={guideOf({ grants, mayAssume: [adaMay] })}
        nameOf={nameOf}
        me={me}
        play={nothing}
        now={NOW}
        close={nothing}
        jump="(the way to jump)"
      />,
    );

  it("gives the command to send, and who to be", () => {
    expect(show("U0ADA")).toContain("/access web-pods-read 1h OPS-12 checkout pods restart");
    expect(show("U0ADA")).toContain("You are Ada Byrne now.");
    expect(show("U0BOB")).toContain("Be Ada Byrne");
  });

  it("marks the present step and ticks those that are done, in words", () => {
    const text = show("U0ADA", aGrant().active().build());
    expect(text).toContain("Ask for access as Ada Byrne ✓ done Approve it as Bob Lindqvist ✓ done");
    expect(text).toContain("Jump to the end now See the answers turn to no Ada Byrne has");
    expect(text).toContain("(the way to jump)");
  });
});
