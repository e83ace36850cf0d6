// The local IAM from behind: what tests and the demo see of it and do to it without the broker knowing.

import {
  findGroup,
  findUser,
  type GroupPolicy,
  type GroupRecord,
  type IamRecords,
  type RoleRecord,
  type SavedIam,
  type UserRecord,
  withMembers,
} from "./iam-records.ts";

export interface IamAdmin {
  /** The names of a group's members as they are now, whatever readers see. */
  members(groupName: string): readonly string[];
  groups(): readonly GroupRecord[];
  users(): readonly UserRecord[];
  role(name: string): RoleRecord | undefined;
  /** The policies of the groups that a user is in, as they count at this moment: as readers see them. */
  groupPoliciesOf(userId: string): readonly GroupPolicy[];
  addByHand(groupName: string, userName: string): void;
  removeByHand(groupName: string, userName: string): void;
  createUser(name: string, path?: string): UserRecord;
  createGroup(name: string, path?: string): GroupRecord;
  /** Deletes a user with all memberships; the user's access key dies too. */
  deleteUser(name: string): void;
  deleteGroup(name: string): void;
  /** Deletes a user and creates another person of the same name and path, who is in no group. */
  recreateUser(name: string): UserRecord;
  /** What is to be given as `savedIam` after a restart. */
  saved(): SavedIam;
}

/** `beforeRead` lands late effects whose time has come. */
export function createIamAdmin(records: IamRecords, beforeRead: () => void): IamAdmin {
  const state = () => {
    beforeRead();
    return records.latest();
  };
  const deleteUser = (name: string) => {
    const { users, groups } = state();
    const user = findUser({ users, groups }, name);
    const without = (group: GroupRecord) => group.memberIds.filter((id) => id !== user.id);
    records.write({
      users: users.filter((other) => other !== user),
      groups: groups.map((group) => ({ ...group, memberIds: without(group) })),
    });
    return user;
  };
  const createUser = (name: string, path = "/") => {
    const current = state();
    const user = records.newUser(name, path);
    records.write({ ...current, users: [...current.users, user] });
    return user;
  };
  const changeMembers = (
    groupName: string,
    userName: string,
    change: (group: GroupRecord, id: string) => readonly string[],
  ) => {
    const current = state();
    const group = findGroup(current, groupName);
    records.write(withMembers(current, group, change(group, findUser(current, userName).id)));
  };
  return {
    members: (groupName) => {
      const current = state();
      const { memberIds } = findGroup(current, groupName);
      return current.users.filter((user) => memberIds.includes(user.id)).map((user) => user.name);
    },
    groups: () => state().groups,
    users: () => state().users,
    role: records.role,
    groupPoliciesOf(userId) {
      beforeRead();
      return records.groupPoliciesOf(userId);
    },
    addByHand: (group, user) =>
      changeMembers(group, user, ({ memberIds }, id) => [...new Set([...memberIds, id])]),
    removeByHand: (group, user) =>
      changeMembers(group, user, ({ memberIds }, id) => memberIds.filter((other) => other !== id)),
    createUser,
    createGroup(name, path = "/") {
      const current = state();
      const group = records.newGroup(name, path);
      records.write({ ...current, groups: [...current.groups, group] });
      return group;
    },
    deleteUser: (name) => void deleteUser(name),
    deleteGroup(name) {
      const current = state();
      const group = findGroup(current, name);
      records.write({ ...current, groups: current.groups.filter((other) => other !== group) });
    },
    recreateUser: (name) => createUser(name, deleteUser(name).path),
    saved: records.saved,
  };
}
