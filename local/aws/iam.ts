// The IAM that the broker and the `aws` CLI talk to: users, groups, memberships and group policies over the Query protocol.

import type { Caller } from "./callers.ts";
import {
  findGroup,
  findUser,
  type GroupRecord,
  groupsOf,
  type IamRecords,
  noSuchEntity,
  replaced,
  type UserRecord,
  withMembers,
} from "./iam-records.ts";
import { parsePolicy } from "./policy.ts";
import {
  awsError,
  type Need,
  type Operation,
  QUERY_VOCABULARY,
  queryAnswer,
  queryFields,
  refuseInXml,
  type Service,
} from "./wire.ts";

const NAMESPACE = "https://iam.amazonaws.com/doc/2010-05-08/";
/** IAM User Guide, "IAM and AWS STS quotas": not adjustable. */
const GROUPS_PER_USER = 10;
/** Of a managed policy. */
const ONLY_VERSION = "v1";

/** The fields of a request, checked as they are taken. */
interface Fields {
  readonly names: URLSearchParams;
  required(name: string): string;
}

interface Action {
  /** What the caller needs a permission for; none for what everyone may. */
  needs(fields: Fields, action: string, caller: Caller): readonly Need[];
  /** Carries it out and gives the result element, if it has one. */
  run(fields: Fields, caller: Caller): object | undefined;
}

export interface IamOptions {
  readonly account: string;
  readonly records: IamRecords;
  /** Whether an access key of this ARN is known: such a user cannot be deleted. */
  readonly hasKey: (arn: string) => boolean;
  /**
   * What RemoveUserFromGroup answers for a user who is no member. AWS succeeds (cloud-custodian
   * pull request 4730: tried against the API); emulators such as moto answer NoSuchEntity.
   */
  readonly removingNonMember?: "succeeds" | "NoSuchEntity";
}

export function createIam(options: IamOptions): Service<Caller> {
  const actions: Readonly<Record<string, Action>> = {
    ...userActions(options),
    ...groupActions(options),
    ...membershipActions(options),
    ...policyActions(options),
    ...rolePolicyActions(options),
    ...managedPolicyActions(options),
  };
  return {
    name: "iam",
    vocabulary: QUERY_VOCABULARY,
    refuse: (error, requestId) => refuseInXml(NAMESPACE, error, requestId),
    read(request, caller): Operation {
      const fields = checked(queryFields(request));
      const name = fields.names.get("Action") ?? "";
      const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
      if (!action) throw awsError("InvalidAction", `Could not find operation ${name}`, 400);
      return {
        action: name,
        needs: action.needs(fields, `iam:${name}`, caller),
        run: (requestId) => queryAnswer(NAMESPACE, name, action.run(fields, caller), requestId),
      };
    },
  };
}

function userActions({ account, records, hasKey }: IamOptions) {
  const onUser = userNeed(account, records);
  const onUsers = everyNeed(account, "user");
  return {
    GetUser: {
      needs: onUser,
      run(fields, caller) {
        const name = fields.names.get("UserName");
        if (name !== null) return { User: userXml(findUser(records.seen(), name)) };
        const own = records.seen().users.find((user) => user.id === caller.userId);
        if (!own) {
          const message = "Must specify userName when calling with non-User credentials";
          throw awsError("ValidationError", message, 400);
        }
        return { User: userXml(own) };
      },
    },
    ListUsers: {
      needs: onUsers,
      run: ({ names }) => paged("Users", underPath(records.seen().users, names), names, userXml),
    },
    CreateUser: {
      needs: onUser,
      run(fields) {
        const state = records.latest();
        const name = fields.required("UserName");
        refuseTaken("User", state.users, name);
        const user = records.newUser(name, fields.names.get("Path") ?? "/");
        records.write({ ...state, users: [...state.users, user] });
        return { User: userXml(user) };
      },
    },
    DeleteUser: {
      needs: onUser,
      run(fields) {
        const state = records.latest();
        const user = findUser(state, fields.required("UserName"));
        if (hasKey(user.arn)) throw conflict("must delete access keys first.");
        if (groupsOf(state, user).length > 0) throw conflict("must remove users from group first.");
        records.write({ ...state, users: state.users.filter((other) => other !== user) });
        return undefined;
      },
    },
  } satisfies Record<string, Action>;
}

function groupActions({ account, records }: IamOptions) {
  const onGroup = groupNeed(account, records);
  const onGroups = everyNeed(account, "group");
  return {
    GetGroup: {
      needs: onGroup,
      run(fields) {
        const state = records.seen();
        const group = findGroup(state, fields.required("GroupName"));
        const members = state.users.filter((user) => group.memberIds.includes(user.id));
        return { Group: groupXml(group), ...paged("Users", members, fields.names, userXml) };
      },
    },
    ListGroups: {
      needs: onGroups,
      run: ({ names }) => paged("Groups", underPath(records.seen().groups, names), names, groupXml),
    },
    CreateGroup: {
      needs: onGroup,
      run(fields) {
        const state = records.latest();
        const name = fields.required("GroupName");
        refuseTaken("Group", state.groups, name);
        const group = records.newGroup(name, fields.names.get("Path") ?? "/");
        records.write({ ...state, groups: [...state.groups, group] });
        return { Group: groupXml(group) };
      },
    },
    DeleteGroup: {
      needs: onGroup,
      run(fields) {
        const state = records.latest();
        const group = findGroup(state, fields.required("GroupName"));
        if (group.memberIds.length > 0) throw conflict("must remove users from group first.");
        if (group.attached.length > 0) throw conflict("must detach all policies first.");
        if (Object.keys(group.inline).length > 0) throw conflict("must delete policies first.");
        records.write({ ...state, groups: state.groups.filter((other) => other !== group) });
        return undefined;
      },
    },
  } satisfies Record<string, Action>;
}

function membershipActions({ account, records, removingNonMember = "succeeds" }: IamOptions) {
  const onGroup = groupNeed(account, records);
  return {
    ListGroupsForUser: {
      needs: userNeed(account, records),
      run(fields) {
        const state = records.seen();
        const user = findUser(state, fields.required("UserName"));
        return paged("Groups", groupsOf(state, user), fields.names, groupXml);
      },
    },
    AddUserToGroup: {
      needs: onGroup,
      run(fields) {
        const state = records.latest();
        const group = findGroup(state, fields.required("GroupName"));
        const user = findUser(state, fields.required("UserName"));
        if (group.memberIds.includes(user.id)) return undefined;
        if (groupsOf(state, user).length >= GROUPS_PER_USER) {
          const message = `Cannot exceed quota for GroupsPerUser: ${GROUPS_PER_USER}`;
          throw awsError("LimitExceeded", message, 409);
        }
        records.write(withMembers(state, group, [...group.memberIds, user.id]));
        return undefined;
      },
    },
    RemoveUserFromGroup: {
      needs: onGroup,
      run(fields) {
        const state = records.latest();
        const group = findGroup(state, fields.required("GroupName"));
        const user = findUser(state, fields.required("UserName"));
        if (!group.memberIds.includes(user.id)) {
          if (removingNonMember === "succeeds") return undefined;
          throw noSuchEntity(`User ${user.name} not in group ${group.name}`);
        }
        const remaining = group.memberIds.filter((id) => id !== user.id);
        records.write(withMembers(state, group, remaining));
        return undefined;
      },
    },
  } satisfies Record<string, Action>;
}

function policyActions({ account, records }: IamOptions) {
  const onGroup = groupNeed(account, records);
  const change = (fields: Fields, edit: (group: GroupRecord) => Partial<GroupRecord>) => {
    const state = records.latest();
    const group = findGroup(state, fields.required("GroupName"));
    records.write(replaced(state, { ...group, ...edit(group) }));
    return undefined;
  };
  const seenGroup = (fields: Fields) => findGroup(records.seen(), fields.required("GroupName"));
  return {
    PutGroupPolicy: {
      needs: onGroup,
      run(fields) {
        const document = fields.required("PolicyDocument");
        parsePolicy(document);
        const name = fields.required("PolicyName");
        return change(fields, ({ inline }) => ({ inline: { ...inline, [name]: document } }));
      },
    },
    GetGroupPolicy: {
      needs: onGroup,
      run(fields) {
        const group = seenGroup(fields);
        const name = fields.required("PolicyName");
        const document = Object.hasOwn(group.inline, name) ? group.inline[name] : undefined;
        if (document === undefined) throw noGroupPolicy(name);
        return {
          GroupName: group.name,
          PolicyName: name,
          PolicyDocument: encodeURIComponent(document),
        };
      },
    },
    DeleteGroupPolicy: {
      needs: onGroup,
      run(fields) {
        const name = fields.required("PolicyName");
        return change(fields, ({ inline }) => {
          if (!Object.hasOwn(inline, name)) throw noGroupPolicy(name);
          const { [name]: _, ...others } = inline;
          return { inline: others };
        });
      },
    },
    ListGroupPolicies: {
      needs: onGroup,
      run: (fields) => ({
        PolicyNames: Object.keys(seenGroup(fields).inline),
        IsTruncated: false,
      }),
    },
    AttachGroupPolicy: {
      needs: onGroup,
      run(fields) {
        const arn = fields.required("PolicyArn");
        if (!records.hasPolicy(arn)) {
          throw noSuchEntity(`Policy ${arn} does not exist or is not attachable.`);
        }
        return change(fields, ({ attached }) => ({ attached: [...new Set([...attached, arn])] }));
      },
    },
    DetachGroupPolicy: {
      needs: onGroup,
      run(fields) {
        const arn = fields.required("PolicyArn");
        return change(fields, ({ attached }) => {
          if (!attached.includes(arn)) throw noSuchEntity(`Policy ${arn} was not found.`);
          return { attached: attached.filter((other) => other !== arn) };
        });
      },
    },
    ListAttachedGroupPolicies: {
      needs: onGroup,
      run: (fields) => attachedXml(seenGroup(fields).attached),
    },
  } satisfies Record<string, Action>;
}

/** Roles are there from the start; their inline policies are called `policy-1`, `policy-2`. */
function rolePolicyActions({ account, records }: IamOptions) {
  const find = (fields: Fields) => {
    const name = fields.required("RoleName");
    const role = records.role(name);
    if (role === undefined) throw noSuchEntity(`The role with name ${name} cannot be found.`);
    const inline = (role.policies ?? []).map((document, at) => ({
      name: `policy-${at + 1}`,
      document,
    }));
    return { name, inline, attached: role.attached ?? [] };
  };
  const onRole = ({ names }: Fields, action: string): readonly Need[] => {
    const name = names.get("RoleName") ?? "";
    const resource = records.role(name)?.arn ?? `arn:aws:iam::${account}:role/${name}`;
    return [{ action, resource, named: `role ${name}` }];
  };
  return {
    ListRolePolicies: {
      needs: onRole,
      run: (fields) => ({
        PolicyNames: find(fields).inline.map(({ name }) => name),
        IsTruncated: false,
      }),
    },
    GetRolePolicy: {
      needs: onRole,
      run(fields) {
        const { name: RoleName, inline } = find(fields);
        const PolicyName = fields.required("PolicyName");
        const policy = inline.find(({ name }) => name === PolicyName);
        if (policy === undefined) {
          throw noSuchEntity(`The role policy with name ${PolicyName} cannot be found.`);
        }
        const PolicyDocument = encodeURIComponent(JSON.stringify(policy.document));
        return { RoleName, PolicyName, PolicyDocument };
      },
    },
    ListAttachedRolePolicies: {
      needs: onRole,
      run: (fields) => attachedXml(find(fields).attached),
    },
  } satisfies Record<string, Action>;
}

/** Managed policies are there from the start, each in one version. */
function managedPolicyActions({ records }: IamOptions) {
  const onPolicy = ({ names }: Fields, action: string): readonly Need[] => {
    const arn = names.get("PolicyArn") ?? "";
    return [{ action, resource: arn, named: `policy ${arn}` }];
  };
  const find = (fields: Fields) => {
    const arn = fields.required("PolicyArn");
    const policy = records.managedPolicy(arn);
    if (policy === undefined) throw noSuchEntity(`Policy ${arn} was not found.`);
    return { arn, ...policy };
  };
  return {
    GetPolicy: {
      needs: onPolicy,
      run(fields) {
        const { arn, name } = find(fields);
        const Policy = { PolicyName: name, Arn: arn, Path: "/", DefaultVersionId: ONLY_VERSION };
        return { Policy: { ...Policy, IsAttachable: true } };
      },
    },
    GetPolicyVersion: {
      needs: onPolicy,
      run(fields) {
        const { arn, document } = find(fields);
        const version = fields.required("VersionId");
        if (version !== ONLY_VERSION) {
          throw noSuchEntity(`Policy ${arn} version ${version} does not exist.`);
        }
        const Document = encodeURIComponent(JSON.stringify(document));
        return { PolicyVersion: { Document, VersionId: ONLY_VERSION, IsDefaultVersion: true } };
      },
    },
  } satisfies Record<string, Action>;
}

function checked(names: URLSearchParams): Fields {
  const invalid = (message: string) =>
    awsError("ValidationError", `1 validation error detected: ${message}`, 400);
  const required = (name: string): string => {
    const field = `${name.charAt(0).toLowerCase()}${name.slice(1)}`;
    const value = names.get(name);
    if (!value) {
      throw invalid(
        `Value null at '${field}' failed to satisfy constraint: Member must not be null`,
      );
    }
    if (name.endsWith("Name") && !/^[\w+=,.@-]{1,128}$/.test(value)) {
      const pattern = "Member must satisfy regular expression pattern: [\\w+=,.@-]+";
      throw invalid(`Value at '${field}' failed to satisfy constraint: ${pattern}`);
    }
    return value;
  };
  return { names, required };
}

function userNeed(account: string, records: IamRecords) {
  return ({ names }: Fields, action: string, caller: Caller): readonly Need[] => {
    const name = names.get("UserName") ?? caller.context["aws:username"];
    const known = records.latest().users.find((user) => user.name === name)?.arn;
    const path = names.get("Path") ?? "/";
    const resource = known ?? `arn:aws:iam::${account}:user${path}${name ?? ""}`;
    return [{ action, resource, named: `user ${name}` }];
  };
}

function groupNeed(account: string, records: IamRecords) {
  return ({ names }: Fields, action: string): readonly Need[] => {
    const name = names.get("GroupName");
    const known = records.latest().groups.find((group) => group.name === name)?.arn;
    const path = names.get("Path") ?? "/";
    const resource = known ?? `arn:aws:iam::${account}:group${path}${name ?? ""}`;
    return [{ action, resource, named: `group ${name}` }];
  };
}

function everyNeed(account: string, kind: "user" | "group") {
  return ({ names }: Fields, action: string): readonly Need[] => [
    { action, resource: `arn:aws:iam::${account}:${kind}${names.get("PathPrefix") ?? "/"}` },
  ];
}

/** One page by Marker and MaxItems. The marker is the last name given, so that writes between pages skip nobody. */
function paged<Item extends { readonly name: string }>(
  element: string,
  items: readonly Item[],
  names: URLSearchParams,
  toXml: (item: Item) => object,
): object {
  const after = Buffer.from(names.get("Marker") ?? "", "base64url").toString("utf8");
  const limit = Number(names.get("MaxItems") ?? 100);
  if (!(Number.isInteger(limit) && limit >= 1 && limit <= 1000)) {
    throw awsError("ValidationError", "MaxItems must be between 1 and 1000", 400);
  }
  const rest = items
    .filter((item) => item.name > after)
    .sort((one, other) => (one.name < other.name ? -1 : 1));
  const page = rest.slice(0, limit);
  const last = rest.length > limit ? page.at(-1) : undefined;
  return {
    [element]: page.map(toXml),
    IsTruncated: last !== undefined,
    Marker: last && Buffer.from(last.name, "utf8").toString("base64url"),
  };
}

function underPath<Item extends { readonly path: string }>(
  items: readonly Item[],
  names: URLSearchParams,
): readonly Item[] {
  return items.filter((item) => item.path.startsWith(names.get("PathPrefix") ?? "/"));
}

/** Names are unique whatever their case (IAM User Guide, "IAM name requirements"). */
function refuseTaken(kind: string, taken: readonly { readonly name: string }[], name: string) {
  if (taken.some((other) => other.name.toLowerCase() === name.toLowerCase())) {
    throw awsError("EntityAlreadyExists", `${kind} with name ${name} already exists.`, 409);
  }
}

function noGroupPolicy(name: string) {
  return noSuchEntity(`The group policy with name ${name} cannot be found.`);
}

function conflict(what: string) {
  return awsError("DeleteConflict", `Cannot delete entity, ${what}`, 409);
}

function attachedXml(policies: readonly string[]): object {
  return {
    AttachedPolicies: policies.map((arn) => ({
      PolicyName: arn.slice(arn.lastIndexOf("/") + 1),
      PolicyArn: arn,
    })),
    IsTruncated: false,
  };
}

function userXml(user: UserRecord): object {
  return {
    Path: user.path,
    UserName: user.name,
    UserId: user.id,
    Arn: user.arn,
    CreateDate: new Date(user.createdAt).toISOString(),
  };
}

function groupXml(group: GroupRecord): object {
  return {
    Path: group.path,
    GroupName: group.name,
    GroupId: group.id,
    Arn: group.arn,
    CreateDate: new Date(group.createdAt).toISOString(),
  };
}
