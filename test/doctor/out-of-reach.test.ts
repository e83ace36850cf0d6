// What live grants give where the roles made from access.yml do not reach: told exactly where revoke's role cannot take it.

import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { roleStatements, type Statement } from "../../deploy/roles.ts";
import { accountOf, type TargetSpec } from "../../lib/grant/target-spec.ts";
import { loadAccessFile } from "../../lib/policy/load-access-file.ts";
import type { Policy } from "../../lib/policy/policy.ts";
import { examineReach, whatReachNeeds } from "../../scripts/doctor/out-of-reach.ts";
import { placeOnAws } from "../../scripts/doctor/patient.ts";
import { aGrant } from "../support/grants.ts";

const POLICY = loadAccessFile("test/deploy/access-elsewhere.yml");
const NAMES = { prefix: "latchkey-dev", tableName: "t", slackSecretsParameter: "/latchkey/slack" };
const HERE = "111122223333";
const FAR = { role: "arn:aws:iam::444455556666:role/latchkey-broker", externalId: "latchkey" };
const GONE = { role: "arn:aws:iam::777788889999:role/latchkey", externalId: "x" };
const groupIn = (path: string, account = HERE): TargetSpec => ({
  kind: "iam-group",
  arn: `arn:aws:iam::${account}:group${path}`,
});

describe("what is out of reach", () => {
  const place = placeOnAws("prod", "us-east-2", "/latchkey/slack");
  const active = (targets: readonly TargetSpec[]) => aGrant({ targets }).active().build();

  it("is told once for a place, with every grant there and what access.yml has to say", () => {
    const old = groupIn("/lent/readers");
    const alive = [active([old]), active([old, groupIn("/jit/readers")])];
    const { id } = aGrant().build();
    expect(examineReach({ place, policy: POLICY }, { alarmTopic: "arn:topic" }, alive)).toEqual([
      {
        check: "grants",
        level: "problem",
        subject: "arn:aws:iam::111122223333:group/lent/readers",
        code: "out-of-reach",
        what: `${id}, ${id} are alive there, and roles made from this access.yml do not reach it`,
        why: "At the end it could not be taken: somebody would keep it.",
        mend:
          'npx osls deploy --stage prod --region us-east-2 --param="alarmTopic=arn:topic"    # and every other --param that you deploy with. ' +
          "Before that, and until it is over, `groupPath: /lent/` at the top of access.yml, or an entitlement with " +
          '`iamGroup: { arn: "arn:aws:iam::111122223333:group/lent/readers", acceptShared: true }`',
      },
    ]);
  });

  it("names the account whose role is no longer there, for groups and clusters", () => {
    const cluster = { name: "gone-0", region: "eu-west-1", account: GONE };
    const needs = `the account 777788889999 with the role ${GONE.role} under \`accounts\` in access.yml`;
    const mapping: TargetSpec = { kind: "aws-auth", cluster, groups: ["readers"] };
    expect(whatReachNeeds(POLICY, mapping)).toBe(needs);
    const group = { ...groupIn("/jit/readers", accountOf(GONE.role)), account: GONE };
    expect(whatReachNeeds(POLICY, group)).toBe(needs);
  });

  it("is no cluster of this account, whether access.yml still names it or not", () => {
    const cluster = { name: "gone-0", region: "eu-west-1" };
    const mapping: TargetSpec = { kind: "aws-auth", cluster, groups: ["readers"] };
    expect(whatReachNeeds(POLICY, mapping)).toBeUndefined();
  });

  it("is what revoke's role may not take, and nothing else", () => {
    const path = fc.constantFrom("/", "/jit/", "/jit/deeper/", "/jitter/", "/teams/", "/latchkey/");
    const name = fc.constantFrom("everybody", "web", "readers");
    const groupHere = fc.tuple(path, name).map(([in_, one]) => groupIn(`${in_}${one}`));
    const account = fc.constantFrom(FAR, GONE, { ...FAR, role: `${FAR.role}-2` });
    const groupFar = fc
      .tuple(path, account)
      .map(([in_, by]) => ({ ...groupIn(`${in_}far`, accountOf(by.role)), account: by }));
    const mapping = fc.option(account, { nil: undefined }).map(
      (by): TargetSpec => ({
        kind: "aws-auth",
        cluster: { name: "some", region: "us-east-2", ...(by && { account: by }) },
        groups: ["readers"],
      }),
    );
    const policy = fc.record({ groupPath: path.filter((one) => one !== "/") });
    fc.assert(
      fc.property(policy, fc.oneof(groupHere, groupFar, mapping), (more, spec) => {
        const changed = { ...POLICY, ...more };
        expect(whatReachNeeds(changed, spec) === undefined).toBe(mayTake(changed, spec));
      }),
      { numRuns: 500 },
    );
  });
});

/** What CloudFormation fills in. */
const OF_THE_STACK: Record<string, string> = { Partition: "aws", AccountId: HERE };

/** By the statements of revoke's role: the group itself, any cluster, or the role of the other account. */
function mayTake(policy: Policy, spec: TargetSpec): boolean {
  const statements = roleStatements(policy, NAMES).revoke;
  const account = spec.kind === "iam-group" ? spec.account : spec.cluster.account;
  if (account !== undefined) {
    const { role } = policy.accounts[accountOf(account.role)] ?? account;
    return allows(statements, "sts:AssumeRole", role);
  }
  return spec.kind === "iam-group"
    ? allows(statements, "iam:RemoveUserFromGroup", spec.arn)
    : allows(
        statements,
        "eks:DescribeCluster",
        `arn:aws:eks:${spec.cluster.region}:${HERE}:cluster/${spec.cluster.name}`,
      );
}

function allows(statements: readonly Statement[], action: string, arn: string): boolean {
  const resources = statements
    .filter(({ Action }) => Action.includes(action))
    .flatMap(({ Resource }) => Resource)
    .map((one) => (typeof one === "string" ? one : one["Fn::Sub"]))
    .map((one) => one.replace(/\$\{AWS::(\w+)\}/g, (_, name: string) => OF_THE_STACK[name] ?? "?"));
  return resources.some((pattern) => {
    const parts = pattern.split("*").map((part) => part.replace(/[$()+.?[\\\]^{|}]/g, "\\$&"));
    return new RegExp(`^${parts.join(".*")}$`).test(arn);
  });
}
