// The inventory of an IAM group: everyone in it, page by page, or why nobody could look.

import { afterEach, describe, expect, it } from "@jest/globals";
import type { IamGroupSpec } from "../../lib/grant/target-spec.ts";
import { createIamGroupInventory } from "../../lib/targets/iam-group-members.ts";
import { localIamWorld } from "./iam-world.ts";

let open: { close(): Promise<void> } | undefined;

afterEach(async () => {
  await open?.close();
  open = undefined;
});

async function world() {
  const made = await localIamWorld();
  open = made;
  const { client, clock, assignment, target, groupArn } = made;
  const spec: IamGroupSpec = { kind: "iam-group", arn: groupArn };
  const inventory = createIamGroupInventory({ client: () => client });
  return {
    ...made,
    spec,
    list: (of = spec) => inventory.list(of),
    give: (n: number) => target.give([{ ...assignment(n), endsAt: clock.now() + 3_600_000 }]),
    nameOf: (n: number) => assignment(n).principal.split("/").at(-1) ?? "",
  };
}

describe("the inventory of an IAM group", () => {
  it("lists who was lent a place and who was put there by hand, under the keys of their assignments", async () => {
    const { aws, assignment, give, groupName, list, nameOf } = await world();
    expect(await list()).toEqual([]);
    await give(0);
    aws.iam.addByHand(groupName, nameOf(1));
    expect(await list()).toEqual(
      [0, 1].map((n) => ({
        key: assignment(n).key,
        holder: nameOf(n),
        gives: [],
        isMarked: false,
      })),
    );
  });

  it("tells a user from a later one of the same name", async () => {
    const { aws, assignment, groupName, list, nameOf } = await world();
    aws.iam.recreateUser(nameOf(0));
    aws.iam.addByHand(groupName, nameOf(0));
    const found = await list();
    expect(found).toEqual([expect.objectContaining({ holder: nameOf(0) })]);
    expect(found).not.toEqual([expect.objectContaining({ key: assignment(0).key })]);
  });

  it("writes nothing", async () => {
    const { list, writes } = await world();
    await list();
    expect(writes()).toBe(0);
  });

  it("refuses where there is no such group, or another of its name", async () => {
    const { aws, groupName, list, spec } = await world();
    const elsewhere = { ...spec, arn: spec.arn.replace("/jit/", "/other/") };
    expect(await list(elsewhere)).toMatchObject({ seen: "refused", code: "group-missing" });
    aws.iam.deleteGroup(groupName);
    expect(await list()).toMatchObject({ seen: "refused", code: "group-missing" });
  });

  it("refuses where it may not look, and throws where IAM does not answer", async () => {
    const { faults, list } = await world();
    faults.denyReads();
    expect(await list()).toMatchObject({ seen: "refused", code: "not-permitted" });
    faults.heal();
    faults.unreachable();
    await expect(list()).rejects.toThrow(/for now/);
  });
});
