// Places that cannot be written to: the grant fails cleanly, the requester and the admins are told why, nothing is left behind.

import { afterEach, describe, expect, it } from "@jest/globals";
import type { GrantId } from "../../lib/grant/ids.ts";
import { ADA, BOB, CAT, DEE, itWithOurIam, MINUTE, scene, stackForTests } from "./scene.ts";

const stack = stackForTests();
const { createGroup, deleteGroup } = scene(stack);
const { approve, awsAuth, card, editAwsAuth, endNow, granted, grant } = scene(stack);
const { inNoTime, later, members, messages, pastTheEnd, request, status } = scene(stack);
const METRICS = "iam-bttrm-web-metrics-ro-group";
const DEBUG = "iam-bttrm-web-debug-group";
const USER = "iam-bttrm-web-user-1";

const mapUsers = () => awsAuth().mapUsers;
const setMapUsers = (text: string) => editAwsAuth(() => ({ mapUsers: text }));

/** What was written to IAM's groups since the calls were last cleared. */
const writes = () =>
  stack()
    .aws.calls.list()
    .flatMap(({ action }) => (/^(Add|Remove)User/.test(action) ? [action] : []));

/** The grant has failed, everyone concerned knows why, and no one else was told anything. */
async function expectFailed(id: GrantId, who: string, why: string): Promise<void> {
  expect(await grant(id)).toMatchObject({ status: "ended", cause: { kind: "failed" } });
  // Where the emulated Slack was too slow on a busy machine, it is told in the next minute.
  if (!card(id).includes("Failed")) await later(MINUTE);
  expect(card(id)).toContain("Failed");
  expect(card(id)).toContain(why);
  expect(messages(who, id)).toEqual([expect.stringContaining(why)]);
  expect(messages(CAT, id)).toEqual([expect.stringContaining(why)]);
}

afterEach(() => {
  stack().cluster.faults.clear();
  stack().aws.faults.clear();
  stack().aws.calls.clear();
});

describe("in IAM", () => {
  it("fails where there is no such group", async () => {
    await deleteGroup(METRICS);
    const id = await request(ADA, "web-metrics-read 1h");
    // AWS tells a role that may see this group alone no more than that it may not: see `named` in local/aws/iam.ts.
    await expectFailed(id, ADA, METRICS);

    await createGroup(METRICS, "/jit/");
    const next = await request(ADA, "web-metrics-read 1h");
    expect(await members(METRICS)).toEqual([USER]);
    await pastTheEnd(next);
  });

  itWithOurIam("fails where the user is in ten groups already", async () => {
    const others = Array.from({ length: 10 }, (_, index) => `other-${index}`);
    for (const name of others) {
      stack().aws.iam.createGroup(name);
      stack().aws.iam.addByHand(name, USER);
    }
    const id = await request(ADA, "web-metrics-read 1h");
    await expectFailed(id, ADA, "10 IAM groups");
    expect(await members(METRICS)).toEqual([]);
    for (const name of others) stack().aws.iam.removeByHand(name, USER);
  });

  itWithOurIam(
    "fails where Latchkey is not permitted, and says which permission it lacks",
    async () => {
      stack().aws.faults.inject({ kind: "denied", service: "iam", action: "AddUserToGroup" });
      const id = await request(ADA, "web-metrics-read 1h");
      await expectFailed(id, ADA, "iam:AddUserToGroup");
      expect(await members(METRICS)).toEqual([]);
    },
  );

  itWithOurIam(
    "fails where the user is gone, and takes no new user of that name for the old one",
    async () => {
      const first = await request(DEE, "web-metrics-read 1h");
      await pastTheEnd(first);
      const dee = "iam-bttrm-web-user-2";
      stack().aws.iam.deleteUser(dee);
      const gone = await request(DEE, "web-metrics-read 1h");
      await expectFailed(gone, DEE, `There is no IAM user arn:aws:iam::111122223333:user/${dee}`);

      stack().aws.iam.createUser(dee);
      const stranger = await request(DEE, "web-metrics-read 1h");
      await expectFailed(stranger, DEE, "is not the IAM user it was");
      expect(await members(METRICS)).toEqual([]);
    },
  );
});

describe("in the cluster", () => {
  it("fails where it cannot be reached, after some patience", async () => {
    const before = mapUsers();
    stack().cluster.faults.inject({ kind: "unreachable" }, { times: Number.POSITIVE_INFINITY });
    const id = await inNoTime(granted(ADA, "web-pods-mapping 1h unreachable"));
    for (let pass = 0; pass < 8 && (await status(id)) !== "ended"; pass++) {
      stack().advance(MINUTE);
      await inNoTime(stack().passes());
    }
    // What an announcer had no time for while the time flew is told by the next.
    await later(MINUTE);
    await expectFailed(id, ADA, "cannot be read for now");
    expect(mapUsers()).toBe(before);
  });

  it("goes through where it is back in time", async () => {
    stack().cluster.faults.inject({ kind: "unreachable" }, { times: 3 });
    const id = await inNoTime(granted(ADA, "web-pods-mapping 1h back in time"));
    stack().advance(MINUTE);
    await inNoTime(stack().passes());
    expect(await status(id)).toBe("active");
    await pastTheEnd(id);
  });

  it.each([
    ["does not parse", "- userarn: [unclosed\n"],
    ["has something that the cluster reads otherwise", "- &anchor\n  userarn: x\n- *anchor\n"],
  ])("fails where aws-auth %s, and leaves it alone", async (_how, text) => {
    const before = mapUsers();
    setMapUsers(text);
    const id = await granted(ADA, "web-pods-mapping 1h unreadable");
    await expectFailed(id, ADA, "aws-auth");
    expect(mapUsers()).toBe(text);
    setMapUsers(before);
  });

  it("fails where there is no aws-auth, and makes none", async () => {
    const place = ["ConfigMap", "kube-system", "aws-auth"] as const;
    const object = stack().cluster.get(...place);
    stack().cluster.remove(...place);
    const id = await granted(ADA, "web-pods-mapping 1h missing");
    // The broker itself is mapped there.
    await expectFailed(id, ADA, "does not know Latchkey");
    expect(stack().cluster.get(...place)).toBeUndefined();
    if (object !== undefined) stack().cluster.put(object);
  });
});

describe("of two places", () => {
  const askForBoth = async (): Promise<GrantId> => {
    const id = await request(ADA, "web-release-debug 30m OPS-1 both or none");
    await approve(BOB, id);
    await approve(CAT, id);
    return id;
  };

  it("writes neither where one cannot be read", async () => {
    const before = mapUsers();
    setMapUsers("- userarn: [unclosed\n");
    const id = await askForBoth();
    await expectFailed(id, ADA, "aws-auth");
    expect(writes()).toEqual([]);
    setMapUsers(before);
  });

  itWithOurIam("takes the one back where the other refuses the write", async () => {
    const role = stack().cluster.get("Role", "kube-system", "latchkey");
    if (role === undefined) throw new Error("the broker has no Role");
    const [rule] = role["rules"] as readonly [object];
    stack().cluster.put({ ...role, rules: [{ ...rule, verbs: ["get"] }] });
    const id = await askForBoth();
    await expectFailed(id, ADA, "Latchkey may not patch aws-auth");
    expect(writes()).toEqual(["AddUserToGroup", "RemoveUserFromGroup"]);
    expect(await members(DEBUG)).toEqual([]);
    stack().cluster.put(role);
  });
});

describe("taking away", () => {
  it("never gives up while aws-auth cannot be read, and raises the alarm", async () => {
    const before = mapUsers();
    const id = await granted(ADA, "web-pods-mapping 30m hard to take away");
    const during = mapUsers();
    setMapUsers(`${during}\t\n`);
    await inNoTime(endNow(ADA, id));
    for (let pass = 0; pass < 5; pass++) {
      stack().advance(10 * MINUTE);
      await inNoTime(stack().passes());
    }
    expect(await status(id)).toBe("revoking");
    expect(messages(CAT, id)).toEqual([expect.stringContaining("Not gone yet")]);
    expect(card(id)).toContain("Ending");

    setMapUsers(during);
    stack().advance(10 * MINUTE);
    await inNoTime(stack().passes());
    expect(await status(id)).toBe("ended");
    expect(mapUsers()).toBe(before);
    expect(messages(ADA, id).at(-1)).toContain("Ended early by @Ada Byrne");
  });

  itWithOurIam("does not take a refusal for an absence", async () => {
    const id = await request(ADA, "web-metrics-read 1h");
    stack().aws.faults.inject({ kind: "denied", service: "iam", identity: "latchkey-revoke" });
    stack().advance(60 * MINUTE);
    await inNoTime(stack().passes());
    expect(await status(id)).toBe("revoking");
    expect(await members(METRICS)).toEqual([USER]);

    stack().aws.faults.clear();
    stack().advance(10 * MINUTE);
    await inNoTime(stack().passes());
    expect(await status(id)).toBe("ended");
    expect(await members(METRICS)).toEqual([]);
  });
});
