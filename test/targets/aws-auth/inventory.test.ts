// The inventory of aws-auth: the entries that bear Latchkey's mark, whoever wrote them, or why nobody could look.

import { afterEach, describe, expect, it } from "@jest/globals";
import { createAwsAuthInventory } from "../../../lib/targets/aws-auth/inventory.ts";
import { clusterWorld } from "./cluster-world.ts";

const READERS = "rbac-bttrm-web-ro-group";
const ROLE = "arn:aws:iam::111122223333:role/deployers";

let open: { close(): Promise<void> } | undefined;

afterEach(async () => {
  await open?.close();
  open = undefined;
});

async function world() {
  const made = await clusterWorld({ brokerHasAccessEntry: true });
  open = made;
  const { clusters, clock, data, setData, spec, target, wish } = made;
  const inventory = createAwsAuthInventory({ clusters });
  return {
    ...made,
    list: () => inventory.list(spec),
    give: (...wishes: readonly ReturnType<typeof wish>[]) =>
      target.give(wishes.map((each) => ({ ...each, endsAt: clock.now() + 3_600_000 }))),
    add: (key: "mapRoles" | "mapUsers", text: string) =>
      setData({ ...data(), [key]: `${data()[key] ?? ""}${text}` }),
  };
}

describe("the inventory of aws-auth", () => {
  it("lists what was lent, under the keys of the assignments, and nothing of anybody else's", async () => {
    const { arn, give, list, wish } = await world();
    expect(await list()).toEqual([]);
    const user = wish(0, {});
    const role = wish(1, { role: "arn:aws:iam::111122223333:role/jit/deployers" });
    await give(user, role);
    expect(await list()).toEqual([
      { key: role.key, holder: ROLE, gives: [READERS], isMarked: true },
      { key: user.key, holder: arn(0), gives: [READERS], isMarked: true },
    ]);
  });

  it("lists an entry under Latchkey's mark that somebody wrote by hand", async () => {
    const { add, arn, list, wish } = await world();
    add("mapUsers", `- userarn: ${arn(3)}\n  username: latchkey:web-user-3\n  groups: [viewers]\n`);
    expect(await list()).toEqual([
      { key: wish(3, {}).key, holder: arn(3), gives: ["viewers"], isMarked: true },
    ]);
  });

  it("takes an entry that the cluster never matches for nobody's", async () => {
    const { add, list, wish } = await world();
    add("mapRoles", `- rolearn: ${ROLE.replace("role/", "role/jit/")}\n  username: latchkey:x\n`);
    const [found] = (await list()) as readonly { readonly key: string }[];
    expect(found?.key).not.toBe(wish(0, { role: ROLE }).key);
  });

  it("says where somebody else's entry stands beside it, in either text", async () => {
    const { add, arn, give, list, wish } = await world();
    await give(wish(0, {}));
    add(
      "mapRoles",
      `- rolearn: ${arn(0).toUpperCase().replace("ARN:AWS:IAM", "arn:aws:iam")}\n  username: by-hand\n`,
    );
    expect(await list()).toEqual([expect.objectContaining({ isContested: true })]);
  });

  it("writes nothing", async () => {
    const { list, writes } = await world();
    await list();
    expect(writes()).toBe(0);
  });

  it("refuses where aws-auth cannot be read for sure", async () => {
    const { list, data, setData } = await world();
    setData({ ...data(), mapUsers: "- userarn: [unclosed\n" });
    expect(await list()).toMatchObject({ seen: "refused", code: "aws-auth-unreadable" });
  });

  it("refuses where it may not look, and throws where the cluster cannot be reached", async () => {
    const { faults, list } = await world();
    faults.denyReads();
    expect(await list()).toMatchObject({ seen: "refused", code: "not-permitted" });
    faults.heal();
    faults.unreachable();
    await expect(list()).rejects.toThrow(/for now/);
  });
});
