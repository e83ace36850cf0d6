import { describe, expect, it } from "@jest/globals";
import type { Grant } from "../../../lib/grant/grant.ts";
import { postpone } from "../../../lib/grant/steps.ts";
import {
  GUIDED,
  guideOf,
  isDone,
  STEPS,
  type StepName,
} from "../../../local/page/app/access/next-step.ts";
import { titleOfStep, whatToDo, whoDoes } from "../../../local/page/app/access/step-words.ts";
import { ASKED_AT, aGrant, aStep } from "../../support/grants.ts";
import { ADA, BOB } from "../../support/world.ts";

const OTHER = { entitlement: { id: "web-metrics-read", title: "Web projects: read metrics" } };
const FAILED = { kind: "failed", code: "group-missing", message: "no such group" } as const;
const NAMES: Readonly<Record<string, string>> = { U0ADA: "Ada", U0BOB: "Bob", U0DEE: "Dee" };
const nameOf = (user: string) => NAMES[user] ?? user;

/** The guide where these grants are, newest first, and STS would let these people in. */
function guide(grants: readonly Grant[], allowed: readonly string[] = []) {
  const mayAssume = [ADA, "U0DEE"].map((slackUser) => ({
    slackUser,
    roleArn: "arn:aws:iam::111122223333:role/iam-bttrm-web-ro-role",
    isAllowed: allowed.includes(slackUser),
    why: "",
  }));
  return guideOf({ grants, mayAssume });
}

describe("the next step", () => {
  it("is to ask, where nobody has", () => {
    expect(guide([])).toEqual({ current: "ask", developer: GUIDED.developer });
  });

  it("is still to ask, where something else was asked for", () => {
    expect(guide([aGrant(OTHER).active().build()]).current).toBe("ask");
  });

  it.each<readonly [string, Grant, readonly string[], StepName | undefined]>([
    ["approve", aGrant().pending().build(), [], "approve"],
    ["wait, as the access is being written", aGrant().approved().build(), [], "see-yes"],
    ["wait, as it was begun", aGrant().begun().build(), [], "see-yes"],
    ["wait for the answers, though it is active", aGrant().active().build(), [], "see-yes"],
    ["jump, as it is active and answers say yes", aGrant().active().build(), [ADA], "jump"],
    ["see it go", aGrant().revoking().build(), [ADA], "see-no"],
    ["see the answers follow", aGrant().ended().build(), [ADA], "see-no"],
    ["nothing more, as it is gone", aGrant().ended().build(), [], undefined],
    ["ask again, as it was denied", aGrant().denied().build(), [], "ask"],
    ["ask again, as it was taken back", aGrant().cancelled().build(), [], "ask"],
    ["ask again, as it lapsed", aGrant().lapsed().build(), [], "ask"],
    ["ask again, as it could not be given", aGrant().ended(FAILED).build(), [], "ask"],
  ])("is to %s", (_, grant, allowed, step) => {
    expect(guide([grant], allowed).current).toBe(step);
  });

  it("does not count another's access as theirs", () => {
    expect(guide([aGrant().active().build()], ["U0DEE"]).current).toBe("see-yes");
  });

  it("follows whoever has asked", () => {
    const dees = aGrant({ requester: "U0DEE" as typeof ADA })
      .active()
      .build();
    expect(guide([dees], ["U0DEE"])).toMatchObject({ current: "jump", developer: "U0DEE" });
  });

  it("is of what is under way, though something newer is over", () => {
    const [denied, active] = [aGrant().denied().build(), aGrant().active().build()];
    expect(guide([denied, active], [ADA])).toMatchObject({ current: "jump", grant: active });
  });

  it("starts anew with the next request", () => {
    const [pending, ended] = [aGrant().pending().build(), aGrant().ended().build()];
    expect(guide([pending, ended]).current).toBe("approve");
  });
});

describe("steps that are done", () => {
  const doneIn = (state: ReturnType<typeof guide>) => STEPS.filter((step) => isDone(step, state));

  it("are those before the present one", () => {
    expect(doneIn(guide([]))).toEqual([]);
    expect(doneIn(guide([aGrant().active().build()], [ADA]))).toEqual([
      "ask",
      "approve",
      "see-yes",
    ]);
  });

  it("are all, once the access is gone", () => {
    expect(doneIn(guide([aGrant().ended().build()]))).toEqual([...STEPS]);
  });
});

describe("the words of a step", () => {
  const told = (grants: readonly Grant[], allowed: readonly string[] = []) =>
    whatToDo(guide(grants, allowed), nameOf, ASKED_AT);

  it("name who asks and who approves", () => {
    expect(titleOfStep("ask", guide([]), nameOf)).toBe("Ask for access as Ada");
    expect(titleOfStep("approve", guide([]), nameOf)).toBe("Approve it as Bob");
    expect(whoDoes(guide([]))).toBe(ADA);
    expect(whoDoes(guide([aGrant().pending().build()]))).toBe(BOB);
    expect(whoDoes(guide([aGrant().active().build()], [ADA]))).toBeUndefined();
  });

  it("say why to ask again", () => {
    expect(told([])).not.toContain("again");
    expect(told([aGrant().denied().build()])).toContain("The last request was denied; ask again");
    expect(told([aGrant().lapsed().build()])).toContain("Nobody decided");
    expect(told([aGrant().cancelled().build()])).toContain("taken back");
    expect(told([aGrant().ended(FAILED).build()])).toContain("could not be given");
  });

  it("say that it takes a moment, or that it has not worked yet", () => {
    const approved = aGrant().approved().build();
    expect(told([approved])).toContain("That takes a second or two.");
    expect(told([postpone(approved, "throttled", aStep())])).toContain("tries again");
  });

  it("say what else to try when all is done", () => {
    expect(told([aGrant().ended().build()])).toContain("That was the whole round");
  });
});
