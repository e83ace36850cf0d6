// What is sound of an access.yml that may have problems, with the lookups that its checks share.

import type { WrittenAccessFile } from "./access-file.ts";
import type { Finding, Path } from "./problem.ts";
import type { Sound } from "./schema-findings.ts";

/** What the schema has found sound of an access.yml. */
export type SoundFile = Sound<WrittenAccessFile>;
export type SoundEntitlement = NonNullable<NonNullable<SoundFile["entitlements"]>[string]>;

/** What a check has found, and how bad it is. */
export type Found = Finding & { readonly severity: "problem" | "warning" };

export interface Members {
  readonly users: readonly string[];
  /** Whether a Slack user group adds more people, unknown here. */
  readonly open: boolean;
  readonly empty: boolean;
}

/** Who is in any of the groups; undefined where one is missing or unsound. */
export function membersOf(
  file: SoundFile,
  names: readonly (string | undefined)[] | undefined,
): Members | undefined {
  const groups = names?.map((name) => groupNamed(file, name));
  if (groups === undefined || groups.some((group) => group === undefined)) return undefined;
  const sound = groups.flatMap((group) => group ?? []);
  const complete = sound.every(
    (group) => !isUnsound(group, "users") && !group.users?.includes(undefined),
  );
  if (!complete) return undefined;
  const users = [...new Set(sound.flatMap((group) => group.users ?? []))].flatMap((u) => u ?? []);
  const open = sound.some((group) => Object.hasOwn(group, "usergroup"));
  return { users, open, empty: users.length === 0 && !open };
}

export function groupNamed(file: SoundFile, name: string | undefined) {
  if (name === undefined || !Object.hasOwn(file.groups ?? {}, name)) return undefined;
  return file.groups?.[name];
}

export function personOf(file: SoundFile, user: string) {
  return Object.hasOwn(file.people ?? {}, user) ? file.people?.[user] : undefined;
}

/** The same for two Slack users who are one IAM user. */
export function personKey(file: SoundFile, user: string): string {
  return personOf(file, user)?.iamUser?.toLowerCase() ?? user;
}

/** Whether `key` is written but is not what it should be: then nothing can be said of it. */
export function isUnsound<T extends object>(holder: T, key: keyof T): boolean {
  return Object.hasOwn(holder, key) && holder[key] === undefined;
}

export function entriesOf<Value>(
  record: Readonly<Record<string, Value | undefined>> | undefined,
): [string, Value][] {
  return Object.entries(record ?? {}).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] satisfies [string, Value]],
  );
}

export function problem(
  path: Path,
  message: string,
  hint: string,
  at: Finding["at"] = "value",
): Found {
  return { severity: "problem", path, at, message, hint };
}

export function warning(
  path: Path,
  message: string,
  hint: string,
  at: Finding["at"] = "value",
): Found {
  return { severity: "warning", path, at, message, hint };
}
