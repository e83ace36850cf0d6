// Any policy, person and user groups at all, for properties that hold whatever they are.

import fc from "fast-check";
import { parseIamUserArn, parseSlackUserId, type SlackUserId } from "../../lib/grant/ids.ts";
import type { Entitlement, Policy, Usergroups } from "../../lib/policy/policy.ts";
import { POLICY } from "./a-policy.ts";

export const PEOPLE = ["U0ADA", "U0DAN", "U0BOB", "U0LEE", "U0CAT"].map(parseSlackUserId);
const ARNS = ["ada", "Ada", "dan", "bob"].map((name) =>
  parseIamUserArn(`arn:aws:iam::111122223333:user/${name}`),
);
const GROUPS = ["one", "two", "three"] as const;
export const USERGROUPS = ["S0ONE", "S0TWO"];

export const aPerson = fc.constantFrom(...PEOPLE);
const someGroups = fc.subarray([...GROUPS], { minLength: 1 });
const aGroup = fc.record(
  { users: fc.subarray(PEOPLE), usergroup: fc.constantFrom(...USERGROUPS) },
  { requiredKeys: ["users"] },
);

export const aPolicy: fc.Arbitrary<Policy> = fc
  .record({
    people: fc.dictionary(aPerson, fc.record({ iamUser: fc.constantFrom(...ARNS) })),
    groups: fc.record({ one: aGroup, two: aGroup, three: aGroup }),
    requesters: someGroups,
    by: someGroups,
    count: fc.integer({ min: 1, max: 3 }),
    automatic: fc.boolean(),
    admins: fc.subarray(PEOPLE),
    extend: fc.option(
      fc.record({
        max: fc.integer({ min: 1, max: 3 }),
        by: fc.constantFrom("approval", "self"),
      }),
      { nil: undefined },
    ),
  })
  .map(({ people, groups, requesters, by, count, automatic, admins, extend }) => {
    const pods: Entitlement = {
      ...(POLICY.entitlements["pods"] as Entitlement),
      requesters,
      approval: automatic
        ? { kind: "automatic" }
        : { kind: "approvers", by, count, notify: "channel" },
      ...(extend === undefined ? {} : { extend }),
    };
    const slack = { ...POLICY.slack, admins };
    return { ...POLICY, slack, people, groups, entitlements: { pods } };
  });

/** Some user groups could be read, some not. */
export const someUsergroups: fc.Arbitrary<Usergroups> = fc
  .dictionary(fc.constantFrom(...USERGROUPS), fc.subarray(PEOPLE))
  .map((read) => new Map(Object.entries(read).map(([id, users]) => [id, new Set(users)])));

export const situation = fc.record({
  policy: aPolicy,
  read: someUsergroups,
  requester: fc.constantFrom(...PEOPLE.slice(0, 2)),
  by: aPerson,
});

export function check(property: fc.IRawProperty<unknown>) {
  fc.assert(property, { numRuns: 2000 });
}

/** Listed in one of the groups, or in a user group of one that could be read: said another way. */
export function isIn(
  policy: Policy,
  read: Usergroups,
  groups: readonly string[],
  who: SlackUserId,
) {
  const everybody = groups.flatMap((name) => {
    const { users = [], usergroup = "" } = policy.groups[name] ?? {};
    return [...users, ...(read.get(usergroup) ?? [])];
  });
  return everybody.includes(who);
}

export const arnOf = (policy: Policy, who: SlackUserId) =>
  policy.people[who]?.iamUser.toLowerCase();
