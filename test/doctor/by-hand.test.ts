// What somebody is told to do who takes a grant's access away by hand.

import { describe, expect, it } from "@jest/globals";
import { grantIdFrom } from "../../lib/grant/ids.ts";
import type { TargetSpec } from "../../lib/grant/target-spec.ts";
import type { AssignmentRecord } from "../../lib/store/store.ts";
import { takenByHand } from "../../scripts/doctor/by-hand.ts";
import { aGrant } from "../support/grants.ts";

const ADA = "arn:aws:iam::111122223333:user/iam-bttrm-web-user-1";
const CLUSTER = { name: "dev", region: "us-east-2" };
const ACCOUNT = { role: "arn:aws:iam::444455556666:role/latchkey", externalId: "x" };
const GROUP: TargetSpec = { kind: "iam-group", arn: "arn:aws:iam::111122223333:group/jit/readers" };

/** Ada's places, of each of which the table knows `record`. */
function byHand(targets: readonly TargetSpec[], record: Partial<AssignmentRecord> = {}) {
  const assignment = async (key: string) => ({ key, claims: [], ...record });
  return takenByHand({ assignment }, aGrant({ targets }).active().build());
}

describe("taking access by hand", () => {
  it("is a command for each place of the grant", async () => {
    const mapping: TargetSpec = { kind: "aws-auth", cluster: CLUSTER, groups: ["readers"] };
    expect(await byHand([GROUP, mapping])).toEqual([
      "aws iam remove-user-from-group --group-name readers --user-name iam-bttrm-web-user-1    # iam-bttrm-web-user-1 in the group, account 111122223333",
      `kubectl edit configmap aws-auth -n kube-system    # in dev (us-east-2): the entry with userarn ${ADA} in mapUsers, nothing else`,
    ]);
  });

  it("names a role as the cluster has it, without its path", async () => {
    const role = "arn:aws:iam::111122223333:role/teams/debug";
    const mapping: TargetSpec = { kind: "aws-auth", cluster: CLUSTER, groups: ["debug"], role };
    const [line] = await byHand([mapping]);
    expect(line).toContain("rolearn arn:aws:iam::111122223333:role/debug in mapRoles");
  });

  it("says by which role Latchkey gets into another account", async () => {
    const arn = "arn:aws:iam::444455556666:group/jit/far";
    const cluster = { ...CLUSTER, account: ACCOUNT };
    const [group, mapping] = await byHand([
      { kind: "iam-group", arn, account: ACCOUNT },
      { kind: "aws-auth", cluster, groups: ["far"] },
    ]);
    expect(group).toContain(`account 444455556666, where Latchkey goes by ${ACCOUNT.role}`);
    expect(mapping).toContain(`in dev (us-east-2, where Latchkey goes by ${ACCOUNT.role}):`);
  });

  it("leaves what was there before Latchkey came", async () => {
    expect(await byHand([GROUP], { origin: "standing" })).toEqual([
      "# leave iam-bttrm-web-user-1 in the group, account 111122223333: it was there before Latchkey came",
    ]);
  });

  it("still names each place where the table cannot be read, or a row in it is spoilt", async () => {
    const mapping: TargetSpec = { kind: "aws-auth", cluster: CLUSTER, groups: ["readers"] };
    const assignment = async (key: string) => {
      if (key.startsWith("iam-group")) throw new Error("undecodable");
      return { key, claims: [], origin: "standing" as const };
    };
    const grant = aGrant({ targets: [GROUP, mapping] })
      .active()
      .build();
    expect(await takenByHand({ assignment }, grant)).toEqual([
      "aws iam remove-user-from-group --group-name readers --user-name iam-bttrm-web-user-1    # iam-bttrm-web-user-1 in the group, account 111122223333; its row cannot be read: look first who put it there, and who else rests on it",
      expect.stringMatching(/^# leave the entry|^# leave in dev/),
    ]);
  });

  it("names the other grants that may rest on the same", async () => {
    const own = aGrant().build().id;
    const other = grantIdFrom(new Uint8Array(10).fill(1));
    const [line] = await byHand([GROUP], { origin: "ours", claims: [own, other] });
    expect(line).toMatch(new RegExp(`; look first whether it is also of ${other}$`));
  });
});
