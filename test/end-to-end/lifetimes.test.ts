// Grants that meet others: overlapping ones, people who were members before, and a catalogue that changes meanwhile.

import { afterEach, describe, expect, it } from "@jest/globals";
import { EXAMPLE, useCatalogues } from "./catalogues.ts";
import {
  ADA,
  BOB,
  describeFromSource,
  HOUR,
  itWithOurIam,
  MINUTE,
  said,
  scene,
  stackForTests,
} from "./scene.ts";

const stack = stackForTests();
const { addByHand, removeByHand } = scene(stack);
const { approve, awsAuth, card, granted, members, messages, pastTheEnd } = scene(stack);
const { inNoTime, later, request, status, whispered } = scene(stack);
const GROUP = "iam-bttrm-web-ro-group";
const USER = "iam-bttrm-web-user-1";

const mapUsers = () => awsAuth().mapUsers;

describe("two grants of the same thing", () => {
  it("end with the last: a group", async () => {
    const short = await granted(ADA, "web-pods-read 1h OPS-1 short");
    const long = await granted(ADA, "web-pods-read 2h OPS-2 long");
    await pastTheEnd(short);
    expect(await status(short)).toBe("ended");
    expect(await members(GROUP)).toEqual([USER]);
    expect(card(long)).toContain("Active");

    await pastTheEnd(long);
    expect(await members(GROUP)).toEqual([]);
  });

  it("end with the last: a mapping", async () => {
    const before = mapUsers();
    const long = await granted(ADA, "web-pods-mapping 2h long");
    const short = await granted(ADA, "web-pods-mapping 30m short");
    const both = mapUsers();
    await pastTheEnd(short);
    expect(mapUsers()).toBe(both);

    await pastTheEnd(long);
    expect(mapUsers()).toBe(before);
  });

  it("end at once when both windows are over", async () => {
    const one = await granted(ADA, "web-pods-read 1h OPS-3 one");
    const other = await granted(ADA, "web-pods-read 1h OPS-4 other");
    stack().advance(HOUR);
    await stack().passes();
    expect([await status(one), await status(other)]).toEqual(["ended", "ended"]);
    expect(await members(GROUP)).toEqual([]);
  });
});

describe("somebody who was a member before", () => {
  it("stays one", async () => {
    await addByHand(GROUP, USER);
    const id = await request(ADA, "web-pods-read 1h OPS-5 a member already");
    await inNoTime(approve(BOB, id));
    await later(MINUTE);
    expect(card(id)).toContain("Active");
    await pastTheEnd(id);
    expect(await status(id)).toBe("ended");
    expect(await members(GROUP)).toEqual([USER]);
    await removeByHand(GROUP, USER);
  });

  itWithOurIam(
    "and is not taken for one when somebody else took the broker's membership away",
    async () => {
      const id = await granted(ADA, "web-pods-read 1h OPS-6 removed by hand");
      await removeByHand(GROUP, USER);
      await pastTheEnd(id);
      expect(await status(id)).toBe("ended");
      expect(card(id)).toContain("Expired");
    },
  );
});

describeFromSource("a change of access.yml", () => {
  const catalogue = useCatalogues();
  const deployWithout = (entitlement: string) =>
    stack().deploy(catalogue({ [`entitlements.${entitlement}`]: undefined }));
  afterEach(() => stack().deploy(EXAMPLE));

  it("keeps no access alive: what is lent under an entitlement that is deleted still ends", async () => {
    const before = mapUsers();
    const inGroup = await granted(ADA, "web-pods-read 1h OPS-7 while it lasts");
    const mapped = await granted(ADA, "web-pods-mapping 1h while it lasts");
    expect(await members(GROUP)).toEqual([USER]);
    await deployWithout("web-pods-read");
    const answer = said(
      await stack().people.as(ADA).command("/access", "web-pods-read 1h OPS-8 x"),
    );
    expect(answer).toContain('nothing called "web-pods-read"');
    await pastTheEnd(inGroup);
    expect(await status(inGroup)).toBe("ended");
    expect(await members(GROUP)).toEqual([]);
    expect(messages(ADA, inGroup).at(-1)).toContain("Expired");

    await deployWithout("web-pods-mapping");
    await pastTheEnd(mapped);
    expect(await status(mapped)).toBe("ended");
    expect(mapUsers()).toBe(before);
  });

  it("voids what waits: nobody approves what cannot be asked for any more", async () => {
    const waiting = await request(ADA, "web-pods-read 1h OPS-9 waiting");
    await deployWithout("web-pods-read");
    await approve(BOB, waiting);
    expect(await status(waiting)).toBe("pending");
    expect(whispered(BOB)).toContain("can no longer be asked for");
  });

  it("voids what is approved and not yet carried out", async () => {
    stack().deliverKicks(false);
    const approved = await request(ADA, "web-pods-read 1h OPS-10 approved in time");
    await stack().passes();
    await approve(BOB, approved);
    expect(await status(approved)).toBe("approved");
    await deployWithout("web-pods-read");
    stack().deliverKicks(true);
    stack().advance(MINUTE);
    await stack().passes();

    expect(await status(approved)).toBe("ended");
    expect(card(approved)).toContain("Failed");
    expect(await members(GROUP)).toEqual([]);
  });
});
