// What the local IAM knows: users, groups, memberships, roles and policies, with reads that can lag behind writes.

import type { FakeIds } from "./fake-ids.ts";
import { type PolicyDocument, parsePolicy, type Statement } from "./policy.ts";
import { type AwsError, awsError } from "./wire.ts";

export interface UserRecord {
  readonly name: string;
  readonly path: string;
  /** `AIDA…`: another one for a user who was deleted and created again. */
  readonly id: string;
  readonly arn: string;
  readonly createdAt: number;
}

export interface GroupRecord {
  readonly name: string;
  readonly path: string;
  readonly id: string;
  readonly arn: string;
  readonly createdAt: number;
  /** Unique ids of users, so that a recreated user is no member. */
  readonly memberIds: readonly string[];
  /** Inline policies by name: their JSON text. */
  readonly inline: Readonly<Record<string, string>>;
  /** ARNs of managed policies. */
  readonly attached: readonly string[];
}

export interface RoleSeed {
  readonly name: string;
  readonly path?: string;
  readonly trust: PolicyDocument;
  /** Its inline policies. */
  readonly policies?: readonly PolicyDocument[];
  /** ARNs of managed policies. */
  readonly attached?: readonly string[];
  readonly maxSessionMs?: number;
}

export interface RoleRecord extends RoleSeed {
  readonly id: string;
  readonly arn: string;
}

export interface IamSeed {
  readonly users?: readonly { readonly name: string; readonly path?: string }[];
  readonly groups?: readonly {
    readonly name: string;
    readonly path?: string;
    readonly members?: readonly string[];
    readonly inline?: Readonly<Record<string, PolicyDocument>>;
    readonly attached?: readonly string[];
  }[];
  readonly roles?: readonly RoleSeed[];
  /** Managed policies; their ARN is `arn:aws:iam::<account>:policy/<name>`. */
  readonly policies?: readonly ManagedPolicy[];
}

export interface ManagedPolicy {
  readonly name: string;
  readonly document: PolicyDocument;
}

/** A policy of a group, attached or inline, as it was written. */
export interface GroupPolicy {
  readonly group: string;
  readonly name: string;
  readonly document: PolicyDocument;
}

/** One version of everything that can be written through the API. Never changed in place. */
export interface IamState {
  readonly users: readonly UserRecord[];
  readonly groups: readonly GroupRecord[];
}

/** All that a restart must not lose, as plain data. */
export interface SavedIam extends IamState {
  /** The unique ids of roles, by name. */
  readonly roleIds: Readonly<Record<string, string>>;
}

export interface IamRecords {
  /** The state as readers see it: `lagMs` old. */
  seen(): IamState;
  /** The state as it is. */
  latest(): IamState;
  write(state: IamState): void;
  newUser(name: string, path: string): UserRecord;
  newGroup(name: string, path: string): GroupRecord;
  userByArn(arn: string): UserRecord | undefined;
  role(name: string): RoleRecord | undefined;
  hasPolicy(arn: string): boolean;
  /** A managed policy of the account. */
  managedPolicy(arn: string): ManagedPolicy | undefined;
  /** What a user's groups allow, as seen: a removal lags here too, as it does on AWS. */
  policiesOfUser(id: string): readonly Statement[];
  /** The same, as documents that say whose they are. */
  groupPoliciesOf(userId: string): readonly GroupPolicy[];
  policiesOfRole(name: string): readonly Statement[];
  saved(): SavedIam;
}

export function createIamRecords(options: {
  readonly account: string;
  readonly ids: FakeIds;
  readonly now: () => number;
  readonly lagMs: number;
  readonly seed: IamSeed;
  /** Users and groups as they were before; they win over the seed's. */
  readonly saved?: SavedIam;
}): IamRecords {
  const { account, ids, now, lagMs, seed, saved } = options;
  const arn = (kind: string, path: string, name: string) =>
    `arn:aws:iam::${account}:${kind}${path}${name}`;

  const newUser = (name: string, path: string): UserRecord => ({
    name,
    path,
    id: ids("AIDA", 21),
    arn: arn("user", path, name),
    createdAt: now(),
  });
  const newGroup = (name: string, path: string): GroupRecord => ({
    name,
    path,
    id: ids("AGPA", 21),
    arn: arn("group", path, name),
    createdAt: now(),
    memberIds: [],
    inline: {},
    attached: [],
  });

  const roles = new Map(
    (seed.roles ?? []).map((role): [string, RoleRecord] => [
      role.name,
      {
        ...role,
        id: saved?.roleIds[role.name] ?? ids("AROA", 21),
        arn: arn("role", role.path ?? "/", role.name),
      },
    ]),
  );
  const policies = new Map(
    (seed.policies ?? []).map(({ name, document }) => {
      parsePolicy(document);
      return [arn("policy", "/", name), { name, document }];
    }),
  );
  const first = saved ?? seedState(seed, newUser, newGroup);
  const versions = versioned({ users: first.users, groups: first.groups }, now, lagMs);

  const policiesOfGroup = (group: GroupRecord): readonly GroupPolicy[] => [
    ...Object.entries(group.inline).map(([name, text]) => ({
      group: group.name,
      name,
      document: JSON.parse(text) as PolicyDocument,
    })),
    ...group.attached.flatMap((policy) => {
      const managed = policies.get(policy);
      return managed === undefined ? [] : [{ group: group.name, ...managed }];
    }),
  ];
  const groupPoliciesOf = (userId: string): readonly GroupPolicy[] =>
    versions
      .seen()
      .groups.filter((group) => group.memberIds.includes(userId))
      .flatMap(policiesOfGroup);

  return {
    ...versions,
    newUser,
    newGroup,
    userByArn: (wanted) => versions.latest().users.find((user) => user.arn === wanted),
    role: (name) => roles.get(name),
    // AWS's own managed policies can be attached; what they say is unknown here, and allows nothing.
    hasPolicy: (policy) => policies.has(policy) || policy.startsWith("arn:aws:iam::aws:policy/"),
    managedPolicy: (policy) => policies.get(policy),
    policiesOfUser: (id) => groupPoliciesOf(id).flatMap(({ document }) => parsePolicy(document)),
    groupPoliciesOf,
    policiesOfRole(name) {
      const { policies: inline = [], attached = [] } = roles.get(name) ?? {};
      const managed = attached.flatMap((policy) => policies.get(policy)?.document ?? []);
      return [...inline, ...managed].flatMap(parsePolicy);
    },
    saved: () => ({
      ...versions.latest(),
      roleIds: Object.fromEntries([...roles.values()].map(({ name, id }) => [name, id])),
    }),
  };
}

function seedState(
  seed: IamSeed,
  newUser: IamRecords["newUser"],
  newGroup: IamRecords["newGroup"],
): IamState {
  const users = (seed.users ?? []).map(({ name, path }) => newUser(name, path ?? "/"));
  const idOf = (name: string) => {
    const user = users.find((candidate) => candidate.name === name);
    if (!user) throw new Error(`The seed names a member ${name} who is no user`);
    return user.id;
  };
  const groups = (seed.groups ?? []).map((group) => ({
    ...newGroup(group.name, group.path ?? "/"),
    memberIds: (group.members ?? []).map(idOf),
    inline: Object.fromEntries(
      Object.entries(group.inline ?? {}).map(([name, document]) => [
        name,
        JSON.stringify(document),
      ]),
    ),
    attached: group.attached ?? [],
  }));
  return { users, groups };
}

/** Versions of the state by the time they were written; readers see the newest one that is old enough. */
function versioned(first: IamState, now: () => number, lagMs: number) {
  let versions: { readonly at: number; readonly state: IamState }[] = [
    { at: Number.NEGATIVE_INFINITY, state: first },
  ];
  const latest = (): IamState => versions.at(-1)?.state ?? first;
  const seen = (): IamState => {
    const newest = versions.findLastIndex((version) => version.at <= now() - lagMs);
    versions = versions.slice(Math.max(newest, 0));
    return versions[0]?.state ?? first;
  };
  const write = (state: IamState): void => {
    versions.push({ at: now(), state });
  };
  return { latest, seen, write };
}

export function findUser(state: IamState, name: string): UserRecord {
  const user = state.users.find((candidate) => candidate.name === name);
  if (!user) throw noSuchEntity(`The user with name ${name} cannot be found.`);
  return user;
}

export function findGroup(state: IamState, name: string): GroupRecord {
  const group = state.groups.find((candidate) => candidate.name === name);
  if (!group) throw noSuchEntity(`The group with name ${name} cannot be found.`);
  return group;
}

export function groupsOf(state: IamState, user: UserRecord): readonly GroupRecord[] {
  return state.groups.filter((group) => group.memberIds.includes(user.id));
}

export function withMembers(
  state: IamState,
  group: GroupRecord,
  memberIds: readonly string[],
): IamState {
  return replaced(state, { ...group, memberIds });
}

export function replaced(state: IamState, group: GroupRecord): IamState {
  return { ...state, groups: state.groups.map((old) => (old.id === group.id ? group : old)) };
}

export function noSuchEntity(message: string): AwsError {
  return awsError("NoSuchEntity", message, 404);
}
