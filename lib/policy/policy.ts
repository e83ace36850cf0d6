// The policy: what access.yml means once it is validated; plain data that is compiled into the functions.

import type { IamUserArn, SlackUserId } from "../grant/ids.ts";
import type { AccountAccess, TargetSpec } from "../grant/target-spec.ts";

export interface Policy {
  /** SHA-256 of the file's text, the first 16 hex digits; stored in every grant made under it. */
  readonly hash: string;
  readonly slack: {
    /** The only workspace (`T…`) or Enterprise organisation (`E…`) that may speak to the broker. */
    readonly team: string;
    /** The only app (`A…`) of which requests are taken; absent: the signature alone says which. */
    readonly app?: string;
    /** Where request cards go unless the entitlement names its own channel. */
    readonly channel: string;
    readonly admins: readonly SlackUserId[];
  };
  readonly people: Readonly<Record<string, PersonBinding>>;
  readonly groups: Readonly<Record<string, PeopleGroup>>;
  /** The broker's own AWS account; absent where access.yml names neither it nor any person. */
  readonly account?: string;
  readonly accounts: Readonly<Record<string, AccountAccess>>;
  /** The path of the IAM groups that only the broker uses, `/jit/`. */
  readonly groupPath: string;
  /** ARNs of the IAM groups that are lent and that others use too: they are not in that path. */
  readonly sharedGroups: readonly string[];
  readonly entitlements: Readonly<Record<string, Entitlement>>;
}

/** Whom a Slack user is in AWS. */
export interface PersonBinding {
  readonly iamUser: IamUserArn;
  /** The IAM user's unique id (`AIDA…`); absent: pinned at first use. */
  readonly uniqueId?: string;
}

/** A named set of Slack users: a list, a Slack user group, or both together. */
export interface PeopleGroup {
  readonly users: readonly SlackUserId[];
  readonly usergroup?: string;
}

export interface Entitlement {
  readonly id: string;
  readonly title: string;
  readonly description?: string;
  /** Names of groups. */
  readonly requesters: readonly string[];
  readonly approval:
    | { readonly kind: "automatic" }
    | {
        readonly kind: "approvers";
        readonly by: readonly string[];
        readonly count: number;
        /** How approvers learn of a request: by a mention in the card, a direct message each, or not. */
        readonly notify: "channel" | "direct" | "none";
      };
  /** Whether a grant's end may be put off, how often, and whether its approvers are asked again. */
  readonly extend?: { readonly max: number; readonly by: "approval" | "self" };
  readonly duration: { readonly defaultMs: number; readonly maxMs: number };
  readonly reason: "required" | "optional";
  readonly ticket?: { readonly pattern: string; readonly required: boolean };
  readonly targets: readonly TargetSpec[];
  readonly instructions?: string;
  readonly channel?: string;
  /** How long a request waits for a decision. */
  readonly lapseMs: number;
}

/**
 * The members of the Slack user groups that a question is about, as just read from Slack.
 * NB. A user group that is missing here could not be read: nobody is in it (unknown means no).
 */
export type Usergroups = ReadonlyMap<string, ReadonlySet<SlackUserId>>;
