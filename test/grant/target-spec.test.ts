// Assignment keys: grants that rest on the same access have the same key, all others have not.

import { describe, expect, it } from "@jest/globals";
import type { AwsAuthSpec } from "../../lib/grant/target-spec.ts";
import { assignmentKey, placeKey } from "../../lib/grant/target-spec.ts";
import { GROUP } from "../support/world.ts";

const ada = {
  arn: "arn:aws:iam::111122223333:user/ada" as Parameters<typeof assignmentKey>[1]["arn"],
  id: "AIDACKCEVSQ6C2EXAMPLE",
};
const again = { ...ada, id: "AIDAJQABLZS4A3EXAMPLE" };
const mapping: AwsAuthSpec = {
  kind: "aws-auth",
  cluster: { name: "bttrm-eks-dev-0", region: "us-east-2" },
  groups: ["rbac-bttrm-web-ro-group"],
};

describe("assignmentKey", () => {
  it("tells members of a group apart by their unique id", () => {
    expect(assignmentKey(GROUP, ada)).not.toBe(assignmentKey(GROUP, again));
  });

  it("of a mapping goes by the ARN, whatever its case and the groups", () => {
    const other: AwsAuthSpec = { ...mapping, groups: ["another"] };
    expect(assignmentKey(mapping, ada)).toBe(assignmentKey(other, again));
  });

  it("of a mapped role is the same whoever asks, and whatever the role's path", () => {
    const role = (arn: string): AwsAuthSpec => ({ ...mapping, role: arn });
    const plain = assignmentKey(role("arn:aws:iam::111122223333:role/reader"), ada);
    expect(assignmentKey(role("arn:aws:iam::111122223333:role/a/b/Reader"), again)).toBe(plain);
    expect(assignmentKey(role("arn:aws:iam::111122223333:role/other"), ada)).not.toBe(plain);
  });
});

describe("placeKey", () => {
  it("keeps clusters of the same name in other regions and accounts apart", () => {
    const account = { role: "arn:aws:iam::444455556666:role/latchkey" };
    const places = [
      mapping,
      { ...mapping, cluster: { ...mapping.cluster, region: "eu-west-1" } },
      { ...mapping, cluster: { ...mapping.cluster, account } },
      GROUP,
    ].map(placeKey);
    expect(new Set(places).size).toBe(4);
  });
});
