// Workers that die in the middle, writes that land late, and kicks that get lost: the schedule finishes what was begun.

import { afterEach, describe, expect, it } from "@jest/globals";
import type { FaultKind } from "../../local/aws/faults.ts";
import { isWrite } from "../../local/kubernetes/faults.ts";
import type { FunctionName } from "../../local/stack.ts";
import { ADA, BOB, HOUR, itWithOurIam, LEASE, MINUTE, scene, stackForTests } from "./scene.ts";

const stack = stackForTests();
const { approve, awsAuth, card, grant, granted, inNoTime } = scene(stack);
const { members, messages, pastTheEnd, request, status } = scene(stack);
const GROUP = "iam-bttrm-web-ro-group";
const USER = "iam-bttrm-web-user-1";

afterEach(() => {
  stack().aws.faults.clear();
  stack().cluster.faults.clear();
  stack().deliverKicks(true);
});

/**
 * Kills a worker at its next call of an action: before the call has any effect (`hang`), or after (`lost`).
 * `times`: and at the calls after that.
 */
function killAt(
  worker: FunctionName,
  kind: FaultKind,
  action: string,
  times = 1,
): { readonly struck: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>();
  const identity = `latchkey-${worker}`;
  const onHit = () =>
    void stack()
      .kill(worker)
      .then(() => resolve());
  stack().aws.faults.inject({ kind, action, identity, times, onHit });
  return { struck: promise };
}

/**
 * The next passes, once what the dead worker held is free again: two, as the time that flies while they
 * run may be too short for one on a busy machine.
 */
async function later(): Promise<void> {
  stack().aws.faults.clear();
  stack().advance(LEASE);
  await inNoTime(stack().passes());
  await inNoTime(stack().passes());
}

describe("provision, killed", () => {
  const IN_IAM = [
    ["before it has looked at anything", "hang", "GetUser"],
    ["after it has looked at the group", "lost", "GetGroup"],
    ["before the membership is written", "hang", "AddUserToGroup"],
    ["after the membership is written", "lost", "AddUserToGroup"],
  ] as const;
  const IN_THE_TABLE = [
    ["before it takes its lease", "hang", "UpdateItem"],
    ["after it has taken a note in the table", "lost", "UpdateItem"],
  ] as const;
  const isFinished = async (_when: string, kind: FaultKind, action: string) => {
    const id = await request(ADA, "web-pods-read 4h OPS-1 to be interrupted");
    const { struck } = killAt("provision", kind, action);
    await approve(BOB, id);
    await struck;
    await stack().settle();
    expect(await status(id)).toBe("approved");

    await later();
    expect(await status(id)).toBe("active");
    expect(await members(GROUP)).toEqual([USER]);
    expect(card(id)).toContain("Active");
    expect(messages(ADA, id)).toHaveLength(1);
    await pastTheEnd(id);
    expect(await members(GROUP)).toEqual([]);
  };

  it.each(IN_THE_TABLE)("%s, is finished by the schedule: a group", isFinished);
  itWithOurIam.each(IN_IAM)("%s, is finished by the schedule: a group", isFinished);

  it("while it writes, is finished by the schedule: a mapping", async () => {
    const before = awsAuth();
    const id = await request(ADA, "web-pods-mapping 2h to be interrupted");
    const killed = Promise.withResolvers<void>();
    const act = () =>
      void stack()
        .kill("provision")
        .then(() => killed.resolve());
    stack().cluster.faults.inject({ kind: "meanwhile", act }, { when: isWrite });
    await approve(BOB, id);
    await killed.promise;
    await stack().settle();
    expect(await status(id)).toBe("approved");
    expect(awsAuth().mapUsers).toContain(USER);

    await later();
    expect(await status(id)).toBe("active");
    await pastTheEnd(id);
    expect(awsAuth()).toEqual(before);
  });

  itWithOurIam("and never back before the window is over, leaves nothing behind", async () => {
    const id = await request(ADA, "web-pods-read 1h OPS-2 nobody comes back");
    const { struck } = killAt("provision", "lost", "AddUserToGroup");
    await approve(BOB, id);
    await struck;
    await stack().settle();
    expect(await members(GROUP)).toEqual([USER]);

    stack().aws.faults.clear();
    stack().advance(HOUR);
    await inNoTime(stack().invoke("revoke", {}));
    await stack().settle();
    expect(await status(id)).toBe("ended");
    expect(await members(GROUP)).toEqual([]);
  });
});

describe("revoke, killed", () => {
  const IN_IAM = [
    ["before the membership is removed", "hang", "RemoveUserFromGroup"],
    ["after the membership is removed", "lost", "RemoveUserFromGroup"],
  ] as const;
  const IN_THE_TABLE = [
    ["before it has written anything", "hang", "UpdateItem"],
    ["after it has taken a note in the table", "lost", "UpdateItem"],
  ] as const;
  const isFinished = async (_when: string, kind: FaultKind, action: string) => {
    const id = await granted(ADA, "web-pods-read 1h OPS-3 to be taken away");
    const { struck } = killAt("revoke", kind, action);
    stack().advance(HOUR);
    await stack().passes();
    await struck;
    expect(await status(id)).not.toBe("ended");

    await later();
    expect(await grant(id)).toMatchObject({ status: "ended", cause: { kind: "expired" } });
    expect(await members(GROUP)).toEqual([]);
    expect(card(id)).toContain("Expired");
    expect(messages(ADA, id)).toHaveLength(2);
  };

  it.each(IN_THE_TABLE)("%s, is finished by the schedule: a group", isFinished);
  itWithOurIam.each(IN_IAM)("%s, is finished by the schedule: a group", isFinished);

  it("while it writes, is finished by the schedule: a mapping", async () => {
    const before = awsAuth();
    const id = await granted(ADA, "web-pods-mapping 1h to be taken away");
    const killed = Promise.withResolvers<void>();
    const act = () =>
      void stack()
        .kill("revoke")
        .then(() => killed.resolve());
    stack().cluster.faults.inject({ kind: "meanwhile", act }, { when: isWrite });
    stack().advance(HOUR);
    await stack().passes();
    await killed.promise;
    expect(await status(id)).toBe("revoking");
    expect(awsAuth()).toEqual(before);

    await later();
    expect(await status(id)).toBe("ended");
    expect(awsAuth()).toEqual(before);
  });
});

describe("announce, killed", () => {
  it("before it tells of the access, tells of it later", async () => {
    const id = await request(ADA, "web-pods-read 1h OPS-8 to be told");
    // It is woken by the approval, and once more when the access is there.
    const { struck } = killAt("announce", "hang", "UpdateItem", Number.POSITIVE_INFINITY);
    await approve(BOB, id);
    await struck;
    await stack().settle();
    expect(await status(id)).toBe("active");
    expect(card(id)).toContain("Pending");

    await later();
    expect(card(id)).toContain("Active");
    expect(messages(ADA, id)).toHaveLength(1);
    await pastTheEnd(id);
  });
});

describe("a write to IAM that lands late", () => {
  itWithOurIam("does not outlive the grant", async () => {
    const id = await request(ADA, "web-pods-read 1h OPS-4 late");
    stack().aws.faults.inject({
      kind: "late",
      action: "AddUserToGroup",
      delayMs: 10_000,
      times: 1,
    });
    await inNoTime(approve(BOB, id));
    await later();
    expect(await status(id)).toBe("active");
    await pastTheEnd(id);
    expect(await members(GROUP)).toEqual([]);
  });
});

describe("kicks that all get lost", () => {
  it("delay everything to the next minute, and change nothing else", async () => {
    stack().deliverKicks(false);
    const minute = async () => {
      stack().advance(MINUTE);
      await stack().passes();
    };
    const id = await request(ADA, "web-pods-read 1h OPS-5 by schedule alone");
    await minute();
    expect(card(id)).toContain("Pending");
    await approve(BOB, id);
    expect(await status(id)).toBe("approved");
    await minute();
    expect(await status(id)).toBe("active");
    await minute();
    expect(card(id)).toContain("Active");
    expect(messages(ADA, id)).toHaveLength(1);

    await pastTheEnd(id);
    expect(await members(GROUP)).toEqual([]);
    await minute();
    expect(card(id)).toContain("Expired");
    expect(messages(ADA, id)).toHaveLength(2);
  });
});
