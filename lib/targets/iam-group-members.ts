// Who is in an IAM group: what giving and taking are read back by, and the inventory of a group.

import { GetGroupCommand, type IAMClient } from "@aws-sdk/client-iam";
import type { IamUserArn } from "../grant/ids.ts";
import { type AccountAccess, assignmentKey, type IamGroupSpec } from "../grant/target-spec.ts";
import { describeFault, isDenied, isNamed } from "./aws-fault.ts";
import type { Inventory, Refusal } from "./target.ts";

/** How a group is reached. */
export interface GroupReach {
  /** The client for the account of a group; `undefined`: the broker's own. Few attempts (2) are best. */
  readonly client: (account: AccountAccess | undefined) => IAMClient;
  /** After this long a call counts as unanswered. */
  readonly callTimeoutMs?: number;
}

/** The group as IAM shows it; `nameOf` has its members' names by their unique ids. */
export interface Group {
  readonly arn: string;
  readonly nameOf: ReadonlyMap<string, string>;
}

export const CALL_TIMEOUT_MS = 5_000;

/**
 * The members of IAM groups. IAM keeps no mark: none of them can be told from those whom somebody else has
 * put there. Needs `iam:GetGroup`.
 */
export function createIamGroupInventory(reach: GroupReach): Inventory<IamGroupSpec> {
  return {
    async list(spec) {
      const group = await openGroup(reach, spec);
      if ("seen" in group) return group;
      return [...group.nameOf].map(([id, name]) => ({
        // A group's assignments go by the unique id alone.
        key: assignmentKey(spec, { arn: name as IamUserArn, id }),
        holder: name,
        gives: [],
        isMarked: false,
      }));
    },
  };
}

/** The very group that `spec` names, or why there is none to see. @throws where IAM does not say for now. */
export async function openGroup(reach: GroupReach, spec: IamGroupSpec): Promise<Group | Refusal> {
  const group = await readGroup(reach, spec).catch((error: unknown) => {
    if (isDenied(error)) return notPermitted("iam:GetGroup", spec, error);
    const message = `${spec.arn} cannot be read for now: ${describeFault(error)}`;
    throw new Error(message, { cause: error });
  });
  if (group === undefined) return groupMissing(spec);
  return "seen" in group || group.arn === spec.arn ? group : groupMissing(spec, group.arn);
}

/** All pages of the group, or undefined where there is none. @throws what the client throws else. */
export async function readGroup(
  { client, callTimeoutMs = CALL_TIMEOUT_MS }: GroupReach,
  spec: IamGroupSpec,
): Promise<Group | undefined> {
  const iam = client(spec.account);
  const nameOf = new Map<string, string>();
  let marker: string | undefined;
  try {
    for (;;) {
      const page = await iam.send(
        new GetGroupCommand({ GroupName: groupName(spec), Marker: marker, MaxItems: 1_000 }),
        { abortSignal: AbortSignal.timeout(callTimeoutMs) },
      );
      for (const { UserId = "", UserName = "" } of page.Users ?? []) nameOf.set(UserId, UserName);
      if (!page.IsTruncated) return { arn: page.Group?.Arn ?? "", nameOf };
      marker = page.Marker;
    }
  } catch (error) {
    if (isNamed(error, "NoSuchEntity")) return undefined;
    throw error;
  }
}

export const groupName = (spec: IamGroupSpec) => spec.arn.slice(spec.arn.lastIndexOf("/") + 1);

/** `met`: the group of that name, where it is another one. */
export function groupMissing(spec: IamGroupSpec, met?: string): Refusal {
  const instead = met === undefined ? "" : ` (the group of that name is ${met})`;
  return {
    seen: "refused",
    code: "group-missing",
    message: `There is no IAM group ${spec.arn}${instead}. Create it, or correct access.yml.`,
  };
}

export function notPermitted(action: string, spec: IamGroupSpec, error: unknown): Refusal {
  return {
    seen: "refused",
    code: "not-permitted",
    // IAM knows no path of a group that is not there, so that a role for groups of one path is denied.
    message:
      `Latchkey may not do ${action} for ${spec.arn}, or there is no such group: an admin must look. ` +
      `AWS says: ${describeFault(error)}`,
  };
}
