// A deploy in the middle of live grants: what an earlier release's own code left behind, taken over by this one's.

import { beforeAll, describe, expect, it } from "@jest/globals";
import type { Grant } from "../../lib/grant/grant.ts";
import { type GrantId, parseGrantId } from "../../lib/grant/ids.ts";
import { ACTIONS } from "../../lib/slack/names.ts";
import { TABLE_DEFINITION } from "../../lib/store/table.ts";
import { dynamodbClient, putRows, readRows } from "../../local/dynamodb.ts";
import { bodyText } from "../../local/slack/requests.ts";
import { leftBehindBy, putInPlace, RELEASES } from "./left-behind.ts";
import {
  ADA,
  BOB,
  CAT,
  DEE,
  describeFromSource,
  HOUR,
  MINUTE,
  scene,
  stackForTests,
} from "./scene.ts";

type Windowed = Grant & { readonly window: { readonly expiresAt: number } };

describeFromSource.each(RELEASES)("what %s left behind", (commit) => {
  const left = leftBehindBy(commit);
  const logged: string[] = [];
  const stack = stackForTests({ onLog: (_name, line) => void logged.push(line) });
  const { awsAuth, card, cards, cardMessage, click, grant, inNoTime, inThread } = scene(stack);
  const { later, members, messages, messagesOn, pastTheEnd, person, status } = scene(stack);

  const id = (state: string): GrantId => parseGrantId(left.grants[state] ?? "");
  const rows = async () => {
    const client = dynamodbClient(stack().table.url);
    return readRows(client, stack().table.name).finally(() => client.destroy());
  };
  const rowOf = async (of: GrantId) => (await rows()).find(({ pk }) => pk?.S === `GRANT#${of}`);
  const LIVE = ["active", "active-mapping", "active-both"].map(id);
  /** What people had been told of a grant, before this release. */
  const told = new Map<GrantId, { readonly cards: readonly string[]; readonly messages: number }>();

  beforeAll(async () => {
    await putInPlace(stack(), left);
    for (const of of LIVE) {
      const [requester] = [(await grant(of)).requester];
      told.set(of, {
        cards: cards(of).map(({ ts }) => ts),
        messages: messagesOn(requester, of).length,
      });
    }
  });

  it("is read: every grant, in every state", async () => {
    const states = ["ended", "denied", "cancelled", "lapsed", "pending", "active", "revoking"];
    for (const state of states) expect([state, await status(id(state))]).toEqual([state, state]);
    expect(await grant(id("half-approved"))).toMatchObject({
      status: "pending",
      approvals: [{ by: BOB }],
    });
    expect(await grant(id("begun"))).toMatchObject({
      status: "approved",
      window: expect.anything(),
    });
    expect(await grant(id("approved"))).not.toHaveProperty("window");
  });

  it("goes on: access that was on its way is given, access that was on its way out is taken", async () => {
    await inNoTime(later(5 * MINUTE));
    await inNoTime(later(MINUTE));
    // What an announcer had no time for while it flew.
    await stack().invoke("announce", {});
    expect(await status(id("begun"))).toBe("active");
    expect(await status(id("approved"))).toBe("active");
    expect(await status(id("revoking"))).toBe("ended");
    expect(await members("iam-bttrm-web-metrics-ro-group")).toEqual([
      "iam-bttrm-web-user-1",
      "iam-bttrm-web-user-2",
    ]);
    expect(await members("iam-bttrm-web-ro-group")).toEqual(["iam-bttrm-web-user-1"]);
    expect(card(id("revoking"))).toContain("Revoked");
  });

  it("is taken up within minutes: live grants and open requests are in the outbox, and in what is mine", async () => {
    await inNoTime(stack().watch());
    for (const of of [...LIVE, id("pending"), id("half-approved")]) {
      expect(await rowOf(of)).toMatchObject({ outbox: { S: "announce" }, requester: {} });
    }
    const mine = bodyText((await person(ADA).command("/access", "mine")).answer);
    for (const state of ["active", "active-both", "approved"]) expect(mine).toContain(id(state));
    for (const [of, before] of told) {
      const { requester } = await grant(of);
      expect(cards(of).map(({ ts }) => ts)).toEqual(before.cards);
      expect(messages(requester, of)).toHaveLength(before.messages);
    }
  });

  it("can be decided by the buttons that stood there before", async () => {
    const old = cardMessage(id("pending"));
    await click(BOB, old, ACTIONS.approve);
    await click(CAT, cardMessage(id("half-approved")), ACTIONS.approve);
    expect(await status(id("pending"))).toBe("active");
    expect(await status(id("half-approved"))).toBe("active");
  });

  if ("asked-extension" in left.grants) {
    it("is extended by the button that stood in the thread before", async () => {
      const asked = id("asked-extension");
      const { window: before } = (await grant(asked)) as Windowed;
      await click(BOB, inThread(asked), ACTIONS.approveExtension);
      const { window: after } = (await grant(asked)) as Windowed;
      expect(after.expiresAt).toBe(before.expiresAt + 2 * HOUR);
      expect(card(asked)).toContain("Extended 2 times");
    });
  }

  it("ends for whoever has left the workspace", async () => {
    stack().workspace.changeUser(DEE, { deleted: true });
    await inNoTime(later(16 * MINUTE));
    // Three grants, one of them in two places: on a busy machine, time flies past the end of a pass.
    for (const _ of [1, 2, 3]) await inNoTime(later(MINUTE));
    expect(await status(id("active-mapping"))).toBe("ended");
    expect(await grant(id("active-mapping"))).toMatchObject({ cause: { by: "latchkey" } });
    expect(awsAuth().mapUsers).not.toContain("iam-bttrm-web-user-2");
  });

  it("ends on time, each assignment when the last grant of it does", async () => {
    const { window } = (await grant(id("active-both"))) as Windowed;
    expect(window.expiresAt - left.at).toBeLessThan(90 * MINUTE);
    await pastTheEnd(id("active-both"));
    expect(await status(id("active-both"))).toBe("ended");
    expect(await members("iam-bttrm-web-debug-group")).not.toContain("iam-bttrm-web-user-1");
    expect(card(id("active-both"))).toContain("Expired");
    expect(cards(id("active-both")).map(({ ts }) => ts)).toEqual(
      told.get(id("active-both"))?.cards,
    );
  });

  it("is warned of before its end, and leaves nothing behind when all is over", async () => {
    const { window } = (await grant(id("active"))) as Windowed;
    stack().moveTo(window.expiresAt - 9 * MINUTE);
    await stack().passes();
    expect(messages(ADA, id("active")).at(-1)).toContain("ends");
    await pastTheEnd(id("active"));
    await inNoTime(later(HOUR));
    for (const state of Object.keys(left.grants)) {
      expect([state, await status(id(state))]).toEqual([
        state,
        expect.stringMatching(/^(ended|denied|cancelled|lapsed)$/),
      ]);
    }
    for (const group of Object.keys(left.members))
      expect([group, await members(group)]).toEqual([group, []]);
    expect(awsAuth().mapRoles).toBe(left.awsAuth.mapRoles);
    expect(awsAuth().mapUsers).not.toContain("iam-bttrm-web-user");
  });

  it("was never a row that could not be read", () => {
    expect(logged.filter((line) => /cannot be read|not handled/.test(line))).toEqual([]);
  });
});

describe("the table of a release", () => {
  it.each(RELEASES)("is one that CloudFormation can make today's of: %s", (commit) => {
    const { KeySchema, GlobalSecondaryIndexes } = leftBehindBy(commit).table;
    expect(TABLE_DEFINITION.KeySchema).toEqual(KeySchema);
    for (const index of GlobalSecondaryIndexes) {
      expect(TABLE_DEFINITION.GlobalSecondaryIndexes).toContainEqual(index);
    }
    // DynamoDB makes one index, or deletes one, in one update.
    const more = TABLE_DEFINITION.GlobalSecondaryIndexes.length - GlobalSecondaryIndexes.length;
    expect(more).toBeLessThanOrEqual(1);
  });
});

describe("a row of a newer release, after a roll back", () => {
  const logged: string[] = [];
  const stack = stackForTests({ onLog: (_name, line) => void logged.push(line) });
  const { granted, grant, members, pastTheEnd, request, status } = scene(stack);

  it("stays as it is and keeps no other from ending", async () => {
    const newer = await request(ADA, "web-metrics-read 1h");
    const other = await granted(ADA, "web-pods-read 1h OPS-1 beside it");
    await stack().invoke("announce", {});
    const client = dynamodbClient(stack().table.url);
    const { name } = stack().table;
    const row = (await readRows(client, name)).find(({ pk }) => pk?.S === `GRANT#${newer}`);
    await putRows(client, name, [{ ...row, schema: { N: "2" } }]);
    await pastTheEnd(other);
    expect(await status(other)).toBe("ended");
    await expect(grant(newer)).rejects.toThrow(/schema 2/);
    expect(await members("iam-bttrm-web-metrics-ro-group")).toHaveLength(1);
    expect(logged.join("\n")).toMatch(/row cannot be read.*newer-schema/);

    // The release that wrote it is back.
    await putRows(client, name, [{ ...row, schema: { N: "1" } }]);
    client.destroy();
    await stack().passes();
    expect(await status(newer)).toBe("ended");
  });

  it("of which every kind says which release wrote it", async () => {
    const client = dynamodbClient(stack().table.url);
    const all = await readRows(client, stack().table.name).finally(() => client.destroy());
    const kinds = new Set(all.map(({ pk }) => pk?.S?.split("#")[0]));
    expect([...kinds].sort()).toEqual(["ASSIGNMENT", "GRANT", "PASSES", "PRINCIPAL", "SEEN"]);
    expect(all.filter(({ schema }) => schema?.N !== "1")).toEqual([]);
  });
});
