// IAM groups against the local IAM; the contract also against whatever LATCHKEY_TEST_IAM names.

import type { IAMClient } from "@aws-sdk/client-iam";
import { afterEach, describe, expect, it } from "@jest/globals";
import { parseIamUserArn } from "../../lib/grant/ids.ts";
import type { IamGroupSpec } from "../../lib/grant/target-spec.ts";
import { createIamGroupTarget } from "../../lib/targets/iam-group.ts";
import { createTestClock, targetContract } from "./contract.ts";
import { assignmentOf, iamWorldAt, localIamWorld } from "./iam-world.ts";

const elsewhere = process.env["LATCHKEY_TEST_IAM"];

targetContract<IamGroupSpec>("IAM groups", {
  given: "present",
  makeWorld: () =>
    elsewhere === undefined
      ? localIamWorld()
      : iamWorldAt(elsewhere, { accessKeyId: "test", secretAccessKey: "test" }),
  ...(elsewhere !== undefined && { withoutFaults: "an IAM that is not ours cannot be broken" }),
});

if (elsewhere === undefined) {
  targetContract<IamGroupSpec>("IAM groups of an IAM that answers NoSuchEntity for non-members", {
    given: "present",
    makeWorld: () => localIamWorld({ removingNonMember: "NoSuchEntity" }),
  });
  targetContract<IamGroupSpec>("IAM groups of an IAM whose reads are a second behind", {
    given: "present",
    makeWorld: () => localIamWorld({ lagMs: 1_000 }),
  });
}

describe("an IAM group", () => {
  let open: { close(): Promise<void> } | undefined;

  async function world(options: Parameters<typeof localIamWorld>[0] = {}) {
    const made = await localIamWorld(options);
    open = made;
    const { target, clock, assignment } = made;
    const timed = (n: number, windowMs = 3_600_000) => ({
      ...assignment(n),
      endsAt: clock.now() + windowMs,
    });
    return {
      ...made,
      timed,
      userName: (n: number) => assignment(n).principal.split("/").at(-1) ?? "",
      look: async (n = 0) => (await target.look([assignment(n)])).get(assignment(n).key),
      give: async (n = 0) => (await target.give([timed(n)])).get(assignment(n).key),
      take: async (n = 0) => (await target.take([assignment(n)])).get(assignment(n).key),
    };
  }

  afterEach(async () => {
    await open?.close();
    open = undefined;
  });

  describe("that is given", () => {
    it("is refused, with the way out, where there is no such group", async () => {
      const { aws, groupName, groupArn, look, give } = await world();
      aws.iam.deleteGroup(groupName);
      const refusal = { code: "group-missing", message: expect.stringContaining(groupArn) };
      expect(await look()).toMatchObject({ seen: "refused", ...refusal });
      expect(await give()).toMatchObject({ status: "refused", refusal });
    });

    it("is refused where there is no such user", async () => {
      const { aws, userName, give } = await world();
      aws.iam.deleteUser(userName(0));
      expect(await give()).toMatchObject({ status: "refused", refusal: { code: "user-missing" } });
    });

    it("never goes to a later user of the same name", async () => {
      const { aws, groupName, userName, give } = await world();
      aws.iam.recreateUser(userName(0));
      expect(await give()).toMatchObject({
        status: "refused",
        refusal: { code: "user-recreated" },
      });
      expect(aws.iam.members(groupName)).toEqual([]);
    });

    it("is refused where the user is in ten groups already", async () => {
      const { aws, userName, give } = await world();
      for (let n = 0; n < 10; n++) {
        const { name } = aws.iam.createGroup(`group-${n}`);
        aws.iam.addByHand(name, userName(0));
      }
      expect(await give()).toMatchObject({
        status: "refused",
        refusal: { code: "group-quota", message: expect.stringContaining("10 IAM groups") },
      });
    });

    it("costs one look at the group for a whole batch", async () => {
      const { aws, target, timed } = await world();
      await target.give([0, 1, 2, 3, 4, 5].map((n) => timed(n)));
      expect(aws.calls.count("iam", "GetGroup")).toBe(1);
    });

    it("is not called held before IAM shows it", async () => {
      const { clock, give, look } = await world({ lagMs: 60_000 });
      expect(await give()).toMatchObject({ status: "unclear", writeLost: true });
      expect(await look()).toEqual({ seen: "absent" });
      clock.advance(60_000);
      expect(await look()).toEqual({ seen: "present" });
    });

    it("waits for its answer no longer than the window lasts", async () => {
      const { aws, client, clock, timed, assignment, holds } = await world();
      const callTimeoutMs = 600_000;
      const patient = createIamGroupTarget({ client: () => client, clock, callTimeoutMs });
      aws.faults.inject({ kind: "hang", action: "AddUserToGroup" });
      const outcomes = await patient.give([timed(0, 40)]);
      expect(outcomes.get(assignment(0).key)).toMatchObject({ status: "unclear", writeLost: true });
      aws.faults.clear();
      expect(await holds(0)).toBe(false);
    });

    it("is unclear, and tried again, where IAM throttles", async () => {
      const { aws, give } = await world();
      const heal = aws.faults.inject({ kind: "throttled", action: "AddUserToGroup" });
      expect(await give()).toMatchObject({ status: "unclear" });
      heal();
      expect(await give()).toEqual({ status: "held" });
    });
  });

  describe("that is taken", () => {
    it("is gone with the group, and the report says what that may mean", async () => {
      const { aws, groupName, give, take } = await world();
      await give();
      aws.iam.deleteGroup(groupName);
      expect(await take()).toEqual({
        status: "gone",
        writeLost: false,
        drift: expect.stringContaining("renamed"),
      });
    });

    it("is gone with the user", async () => {
      const { aws, userName, give, take } = await world();
      await give();
      aws.iam.deleteUser(userName(0));
      expect(await take()).toMatchObject({ status: "gone" });
    });

    it("goes although IAM does not show yet that it was given", async () => {
      const { aws, groupName, give, take } = await world({ lagMs: 60_000 });
      await give();
      expect(aws.iam.members(groupName)).toHaveLength(1);
      expect(await take()).toMatchObject({ status: "gone" });
      expect(aws.iam.members(groupName)).toEqual([]);
    });

    it("is not called gone while IAM shows it", async () => {
      const { clock, give, take } = await world({ lagMs: 60_000 });
      await give();
      clock.advance(60_000);
      expect(await take()).toMatchObject({ status: "unclear" });
      clock.advance(60_000);
      expect(await take()).toEqual({ status: "gone", writeLost: false });
    });

    it("says where a write may still land, and takes what has landed late", async () => {
      const { aws, clock, groupName, give, take } = await world();
      aws.faults.inject({ kind: "late", action: "AddUserToGroup", delayMs: 60_000, times: 2 });
      expect(await give()).toMatchObject({ status: "unclear", writeLost: true });
      expect(await take()).toMatchObject({ status: "gone" });
      clock.advance(60_000);
      expect(aws.iam.members(groupName)).toHaveLength(1);
      expect(await take()).toMatchObject({ status: "gone" });
      expect(aws.iam.members(groupName)).toEqual([]);
    });

    it("is gone without a call where another grant wants it", async () => {
      const { aws, target, assignment, otherWish } = await world();
      aws.calls.clear();
      const shared = {
        ...assignment(0),
        others: [{ spec: otherWish(0), endsAt: Number.MAX_SAFE_INTEGER }],
      };
      expect((await target.take([shared])).get(shared.key)?.status).toBe("gone");
      expect(aws.calls.list()).toEqual([]);
    });
  });
});

describe("an IAM group as IAM describes it", () => {
  const spec: IamGroupSpec = {
    kind: "iam-group",
    arn: "arn:aws:iam::111122223333:group/jit/web-ro",
  };
  const ada = assignmentOf(spec, {
    arn: parseIamUserArn("arn:aws:iam::111122223333:user/ada"),
    id: "AIDA-ADA",
  });

  interface Page {
    readonly arn?: string;
    readonly users: Record<string, string>;
    readonly next?: string;
  }

  /** An IAM that shows the pages one after the other, the last for ever, and notes what is removed. */
  function iamWith(...pages: readonly Page[]) {
    return iamThat(() => undefined, pages);
  }

  /** The same, with an answer of its own to some commands. */
  function iamThat(answer: (command: string) => unknown, pages: readonly Page[]) {
    const removed: unknown[] = [];
    let shown = 0;
    const send = async (command: { input: Record<string, unknown> }) => {
      const own = answer(command.constructor.name);
      if (own !== undefined) return own;
      if (command.constructor.name !== "GetGroupCommand") {
        removed.push(command.input["UserName"]);
        return {};
      }
      const page = pages[Math.min(shown++, pages.length - 1)];
      const Users = Object.entries(page?.users ?? {}).map(([UserId, UserName]) => ({
        UserId,
        UserName,
      }));
      return {
        Group: { Arn: page?.arn ?? spec.arn },
        Users,
        IsTruncated: page?.next !== undefined,
        Marker: page?.next,
      };
    };
    const client = () => ({ send }) as unknown as IAMClient;
    return { target: createIamGroupTarget({ client, clock: createTestClock() }), removed };
  }

  it("is read to its last page", async () => {
    const { target } = iamWith(
      { users: { "AIDA-BOB": "bob" }, next: "page 2" },
      { users: { "AIDA-ADA": "ada" } },
    );
    expect((await target.look([ada])).get(ada.key)).toEqual({ seen: "present" });
  });

  it("proves nobody gone whose removal was denied: IAM may not show yet that they were added", async () => {
    const denied = Object.assign(new Error("not authorized"), {
      name: "AccessDenied",
      $metadata: { httpStatusCode: 403 },
    });
    const answer = (command: string) =>
      command === "RemoveUserFromGroupCommand" ? Promise.reject(denied) : undefined;
    const { target } = iamThat(answer, [{ users: {} }]);
    expect((await target.take([ada])).get(ada.key)).toMatchObject({ status: "unclear" });
  });

  it.each([
    ["TimeoutError", undefined, true],
    ["Throttling", 400, false],
  ] as const)(
    "is not called held on a look alone: after a %s the one who is shown may be there for another grant, or gone",
    async (name, httpStatusCode, writeLost) => {
      const failure = Object.assign(new Error("no"), { name, $metadata: { httpStatusCode } });
      const answer = (command: string) => {
        if (command === "AddUserToGroupCommand") return Promise.reject(failure);
        if (command === "GetUserCommand") {
          return { User: { UserId: "AIDA-ADA", Arn: ada.principal } };
        }
        return undefined;
      };
      const { target } = iamThat(answer, [{ users: { "AIDA-ADA": "ada" } }]);
      const given = await target.give([{ ...ada, endsAt: Number.MAX_SAFE_INTEGER }]);
      expect(given.get(ada.key)).toMatchObject({ status: "unclear", writeLost });
    },
  );

  it.each(["AddUserToGroupCommand", "RemoveUserFromGroupCommand"])(
    "tells that an earlier try of the client may still land, though its second %s was answered",
    async (written) => {
      const answer = (command: string) => {
        if (command === written) return { $metadata: { attempts: 2 } };
        if (command === "GetUserCommand") {
          return { User: { UserId: "AIDA-ADA", Arn: ada.principal } };
        }
        return undefined;
      };
      const giving = iamThat(answer, [{ users: { "AIDA-ADA": "ada" } }]).target;
      const taking = iamThat(answer, [{ users: { "AIDA-ADA": "ada" } }, { users: {} }]).target;
      const isAdd = written === "AddUserToGroupCommand";
      const given = await giving.give([{ ...ada, endsAt: Number.MAX_SAFE_INTEGER }]);
      expect(given.get(ada.key)).toEqual({ status: "held", ...(isAdd && { writeLost: true }) });
      const taken = await taking.take([ada]);
      expect(taken.get(ada.key)).toEqual({ status: "gone", writeLost: !isAdd });
    },
  );

  it("loses a member who has another name by now, by that name", async () => {
    const { target, removed } = iamWith({ users: { "AIDA-ADA": "ada.lovelace" } }, { users: {} });
    expect((await target.take([ada])).get(ada.key)).toEqual({ status: "gone", writeLost: false });
    expect(removed).toEqual(["ada.lovelace"]);
  });

  it("is another group where only the name is the same", async () => {
    const { target } = iamWith({ arn: "arn:aws:iam::111122223333:group/web-ro", users: {} });
    expect((await target.look([ada])).get(ada.key)).toMatchObject({
      seen: "refused",
      code: "group-missing",
      message: expect.stringContaining("group/web-ro"),
    });
  });

  it("proves nothing gone where it is in another account", async () => {
    const { target, removed } = iamWith({
      arn: "arn:aws:iam::999999999999:group/jit/web-ro",
      users: {},
    });
    expect((await target.take([ada])).get(ada.key)).toMatchObject({
      status: "unclear",
      problem: expect.stringContaining("wrong account"),
    });
    expect(removed).toEqual([]);
  });
});
