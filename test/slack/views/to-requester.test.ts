// What a requester is told: when, in which words, with what to do about it, and what the messages say afterwards.

import { describe, expect, it } from "@jest/globals";
import type { Telling } from "../../../lib/broker/ports.ts";
import {
  approveExtension,
  askExtension,
  asksForExtension,
  denyExtension,
  extend,
} from "../../../lib/grant/extension.ts";
import type { ActiveGrant, Grant } from "../../../lib/grant/grant.ts";
import { close, revoke } from "../../../lib/grant/steps.ts";
import { ASKED_AT, aGrant, aStep } from "../../support/grants.ts";
import { ADA, anEntitlement, BOB, HOUR, MAPPING, MINUTE } from "../../support/world.ts";
import { aTelling, buttonsIn, ENTITLEMENT, messages, posted, readMessage } from "./reading.ts";

const active = aGrant().active().build();
const END = active.window.expiresAt;
const SELF = anEntitlement("web-pods-read", { extend: { max: 2, by: "self" } });
const NEVER = anEntitlement("web-pods-read");

/** To Ada, of what is posted. */
function toAda(grant: Grant, telling?: Telling): string[] {
  const all = messages(grant, telling);
  return posted(grant, telling).filter((key) => all.get(key)?.to === ADA);
}

const byAda = (at: number) => ({ ...aStep(at), by: ADA });

function asking(grant: ActiveGrant, at: number) {
  const asked = askExtension(grant, byAda(at));
  if (!asksForExtension(asked)) throw new TypeError("no extension is asked for");
  return asked;
}

describe("access that is there", () => {
  it("is told with the instructions, filled in, and what can be done", () => {
    const grant = aGrant({
      instructions: "aws eks list-clusters # {{user}}, {{grant}}\n",
      targets: [MAPPING],
    });
    expect(readMessage(grant.active().build(), "active")).toEqual([
      "# 🟢 Active: Web projects: read pods",
      "It is yours until today 15:01 UTC.",
      "Kubernetes `rbac-bttrm-web-ro-group` in cluster `bttrm-eks-dev-0`",
      "To use it",
      "    aws eks list-clusters # iam-bttrm-web-user-1, LK-0000000000",
      "[Ask for 1 hour more] [End now]",
      "LK-0000000000",
    ]);
  });

  it.each([
    ["asked for where approvers decide", ENTITLEMENT, ["Ask for 1 hour more", "End now"]],
    ["had at once where the requester decides", SELF, ["Extend by 1 hour", "End now"]],
    ["not offered where the policy does not", NEVER, ["End now"]],
    ["not offered where the entitlement is gone", undefined, ["End now"]],
  ])("has an extension %s", (_, entitlement, expected) => {
    const told = messages(active, aTelling({ entitlement })).get("active");
    expect(buttonsIn(told?.message.blocks)).toEqual(expected);
  });

  it("says that an extension is asked for, and does not offer another one", () => {
    const lines = readMessage(asking(active, ASKED_AT + 2 * MINUTE), "active");
    expect(lines).toContain(
      "You asked today 14:02 UTC for 1 hour more; it waits for the approvers.",
    );
    expect(lines).toContain("[End now]");
  });

  it("is over as soon as it is taken away, in the same words as once it is gone", () => {
    const revoking = aGrant().revoking().build();
    expect(messages(revoking).get("active")).toMatchObject({ post: false });
    expect(readMessage(revoking, "active")).toEqual([
      "# ⚪ Expired: Web projects: read pods",
      "Its time is over.",
      "[Request again]",
      "LK-0000000000",
    ]);
    expect(readMessage(aGrant().ended().build(), "active")).toEqual(
      readMessage(revoking, "active"),
    );
  });
});

describe("the warning before the end", () => {
  const key = `ending:${END}`;
  const at = (now: number, more = {}) => aTelling({ now, ...more });

  it("comes ten minutes before, and not earlier", () => {
    expect(toAda(active, at(END - 10 * MINUTE - 1))).toEqual(["active"]);
    expect(toAda(active, at(END - 10 * MINUTE))).toEqual(["active", key]);
    expect(toAda(active, at(END - 1))).toEqual(["active", key]);
    expect(toAda(active, at(END))).toEqual(["active"]);
  });

  it("is not given of access as short as itself", () => {
    const short = aGrant({ durationMs: 10 * MINUTE })
      .active()
      .build();
    expect(toAda(short, at(short.window.expiresAt - MINUTE))).toEqual(["active"]);
  });

  it("says when it ends, and what can be done about it", () => {
    expect(readMessage(active, key, at(END - 10 * MINUTE))).toEqual([
      "# ⏰ About to end: Web projects: read pods",
      "Your access ends today 15:01 UTC.",
      "[Ask for 1 hour more] [End now]",
      "LK-0000000000",
    ]);
  });

  it("offers no extension when it is too late for one", () => {
    expect(readMessage(active, key, at(END - MINUTE))).toContain("[End now]");
  });

  it("says, when the end is put off, until when, and comes again before the new end", () => {
    const twice = extend(extend(active, byAda(END - 5 * MINUTE)), byAda(END - 4 * MINUTE));
    const telling = at(END + 2 * HOUR - 10 * MINUTE, { entitlement: SELF });
    expect(toAda(twice, telling)).toEqual(["active", `ending:${END + 2 * HOUR}`]);
    expect(readMessage(twice, key, telling)).toEqual([
      "# 🟢 Extended: Web projects: read pods",
      "The end was put off from today 15:01 UTC to today 16:01 UTC.",
      "LK-0000000000",
    ]);
    expect(readMessage(twice, `ending:${END + HOUR}`, telling)).toContain(
      "The end was put off from today 16:01 UTC to today 17:01 UTC.",
    );
    expect(messages(twice, telling).get(key)).toMatchObject({ post: false });
  });

  it("says after the end how it ended, without buttons", () => {
    const ended = aGrant().ended({ kind: "revoked", by: BOB }).build();
    expect(readMessage(ended, key)).toEqual([
      "# ⚫ Revoked: Web projects: read pods",
      "Ended early by @Bob Lindqvist.",
      "LK-0000000000",
    ]);
  });
});

describe("what came of an extension", () => {
  const now = ASKED_AT + 4 * MINUTE;
  const asked = asking(active, ASKED_AT + 2 * MINUTE);
  const step = aStep(ASKED_AT + 3 * MINUTE);

  it("is told in a message of its own, since edits notify nobody", () => {
    const extended = approveExtension(asked, "platform-leads", step);
    expect(toAda(extended, aTelling({ now }))).toEqual(["active", `extended:${step.at}`]);
    expect(readMessage(extended, `extended:${step.at}`)).toEqual([
      "# 🟢 Extended: Web projects: read pods",
      "The end was put off from today 15:01 UTC to today 16:01 UTC, approved by @Bob Lindqvist.",
      "LK-0000000000",
    ]);
  });

  it("is told with the reason where it was denied, and when the access ends", () => {
    const denied = denyExtension(asked, "Ask *again* <!channel>", step);
    expect(toAda(denied, aTelling({ now }))).toEqual(["active", `extension-denied:${step.at}`]);
    expect(readMessage(denied, `extension-denied:${step.at}`)).toEqual([
      "# 🔴 Not extended: Web projects: read pods",
      "@Bob Lindqvist denied the extension. The access ends today 15:01 UTC.",
      "Because",
      "> Ask *again* <!channel>",
      "LK-0000000000",
    ]);
  });

  it("goes on saying what it said, when there is more to tell since", () => {
    const denied = denyExtension(asked, undefined, step);
    const later = approveExtension(asking(denied, step.at + 1), "x", aStep(step.at + 2));
    const key = `extension-denied:${step.at}`;
    expect(messages(later).get(key)?.message).toEqual(messages(denied).get(key)?.message);
    expect(toAda(later, aTelling({ now }))).toEqual(["active", `extended:${step.at + 2}`]);
    const over = close(revoke(later, { kind: "expired" }, step), step);
    expect(toAda(over)).toEqual(["ended"]);
    expect(messages(over).get(key)?.message).toEqual(messages(denied).get(key)?.message);
  });

  it("is told with the end where nobody decided", () => {
    const over = close(revoke(asked, { kind: "expired" }, step), step);
    expect(readMessage(over, "ended").join("\n")).toContain(
      "Nobody had decided on the extension that you asked for.",
    );
  });
});

describe("the end", () => {
  it("is told with what may outlive it, and until when at most", () => {
    expect(readMessage(aGrant().ended().build(), "ended")).toEqual([
      "# ⚪ Expired: Web projects: read pods",
      "Its time is over. The access is gone since today 14:01 UTC.",
      "A role session taken before the end works on until it runs out, tomorrow 02:01 UTC at the latest.",
      "[Request again]",
      "LK-0000000000",
    ]);
  });

  it("is told without that where nothing outlives it", () => {
    const told = readMessage(
      aGrant({ targets: [MAPPING] })
        .ended()
        .build(),
      "ended",
    );
    expect(told.join("\n")).not.toContain("session");
    expect(readMessage(aGrant().failedBeforeItBegan("no such group").build(), "ended")).toEqual([
      "# ⚠️ Failed: Web projects: read pods",
      "Could not be given: `no such group`. Nothing was written. Ended today 14:01 UTC.",
      "[Request again]",
      "LK-0000000000",
    ]);
  });

  it("says why where Latchkey itself ended it", () => {
    const ended = aGrant().ended({ kind: "revoked", by: "latchkey", why: "you have left" });
    expect(readMessage(ended.build(), "ended")[1]).toBe(
      "Ended early by Latchkey: you have left. The access is gone since today 14:01 UTC.",
    );
  });

  it("is the only news where nothing was told before", () => {
    expect(toAda(aGrant().ended().build())).toEqual(["ended"]);
  });
});

describe("a request that came to nothing", () => {
  it("is told with the reason, and can be made again", () => {
    expect(toAda(aGrant().denied().build())).toEqual(["denied"]);
    expect(readMessage(aGrant().denied("Use the staging cluster.").build(), "denied")).toEqual([
      "# 🔴 Denied: Web projects: read pods",
      "@Bob Lindqvist denied your request.",
      "Because",
      "> Use the staging cluster.",
      "[Request again]",
      "LK-0000000000",
    ]);
    expect(toAda(aGrant().lapsed().build())).toEqual(["lapsed"]);
    expect(readMessage(aGrant().lapsed().build(), "lapsed")[1]).toBe(
      "Nobody decided on your request in time. Ask again if you still need it.",
    );
  });

  it("is not told to who took it back", () => {
    expect(toAda(aGrant().cancelled().build())).toEqual([]);
  });
});
