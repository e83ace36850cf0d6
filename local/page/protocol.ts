// What the workspace page and its server say to each other: the parts that the page shows, and what a visitor can do.

import type { Option } from "@slack/types";
import type { Grant } from "../../lib/grant/grant.ts";
import type { FunctionName } from "../functions.ts";
import type { Entry } from "../slack/element-state.ts";
import type {
  OpenModal,
  SlackChannel,
  SlackMessage,
  SlackUser,
  SlackUsergroup,
  SlackView,
} from "../slack/workspace-state.ts";

// --- What the page shows. Each part comes whole, at first and whenever it changes.

export interface PageState {
  readonly slack: SlackPart;
  readonly access: AccessPart;
  readonly stage: StagePart;
  readonly work: WorkPart;
}

export type PartName = keyof PageState;

/** The workspace, of everybody: the page shows what the person that the visitor plays would see. */
export interface SlackPart {
  readonly team: { readonly id: string; readonly name: string };
  readonly app: {
    readonly botUser: string;
    readonly name: string;
    readonly commands: readonly SlashCommand[];
    readonly shortcuts: readonly GlobalShortcut[];
  };
  /** Everybody that messages may name. */
  readonly users: readonly SlackUser[];
  /** Those that a visitor can play, in this order. */
  readonly cast: readonly Role[];
  readonly usergroups: readonly SlackUsergroup[];
  /** Direct messages with the bot are those with `im_user`. */
  readonly channels: readonly SlackChannel[];
  /** Oldest first; of one with `only_for` nobody else knows. */
  readonly messages: readonly SlackMessage[];
  /** App Homes by whose they are. */
  readonly homes: Readonly<Record<string, SlackView>>;
  /** What somebody has open, the top one last. */
  readonly modals: Readonly<Record<string, readonly OpenModal[]>>;
}

export interface SlashCommand {
  readonly command: string;
  readonly description: string;
  readonly hint: string;
}

export interface GlobalShortcut {
  readonly callbackId: string;
  readonly name: string;
  readonly description: string;
}

/** Somebody that a visitor can play. */
export interface Role {
  readonly user: string;
  /** `Developer`, `Approver`. */
  readonly role: string;
  /** What there is to try as them, in a sentence; what is to be typed stands between backticks. */
  readonly tryThis: string;
}

/** The truth beside the chat: asked of IAM, STS, the cluster and the table, not of what the broker believes. */
export interface AccessPart {
  /** When it was looked (epoch ms, the stack's time). */
  readonly lookedAt: number;
  /** The IAM groups that access.yml lends. */
  readonly groups: readonly LentGroup[];
  readonly mayAssume: readonly RoleDecision[];
  readonly questions: readonly ClusterQuestion[];
  readonly awsAuth: AwsAuthText;
  /** Newest first. */
  readonly grants: readonly Grant[];
}

export interface LentGroup {
  readonly name: string;
  readonly members: readonly {
    readonly iamUser: string;
    /** Whose IAM user it is by access.yml. */
    readonly slackUser?: string;
  }[];
}

/** Whether somebody may assume a role, evaluated from the policies as IAM has them now. */
export interface RoleDecision {
  readonly slackUser: string;
  readonly roleArn: string;
  readonly isAllowed: boolean;
  /** Which statement allows it, or that none does; in a sentence. */
  readonly why: string;
}

/** A question to the cluster, as `kubectl` would ask it, and its answer. */
export interface ClusterQuestion {
  readonly slackUser: string;
  /** With the keys of their own IAM user, or with a session of the scenario's role. */
  readonly as: "own keys" | "role";
  /** `kubectl auth can-i list pods -n bttrm-web-proj-1-ns` */
  readonly command: string;
  /** `no session`: the role cannot be assumed. `unknown`: the cluster does not know them. `unreachable`: no answer. */
  readonly answer: "yes" | "no" | "unknown" | "no session" | "unreachable";
}

/** The `aws-auth` ConfigMap, line by line. */
export interface AwsAuthText {
  readonly cluster: string;
  readonly lines: readonly { readonly text: string; readonly isOurs: boolean }[];
}

/** The stage on which all this plays: its time, and what goes wrong on purpose. */
export interface StagePart {
  /** The stack's time when this was sent (epoch ms). */
  readonly now: number;
  /** How many seconds of it pass in one of the visitor's. */
  readonly speed: Speed;
  /** The next end of something lent, if there is any (epoch ms). */
  readonly nextEndAt?: number;
  readonly faults: readonly FaultSwitch[];
}

export const SPEEDS = [1, 60] as const;
export type Speed = (typeof SPEEDS)[number];

export const FAULTS = [
  "slack-down",
  "iam-throttled",
  "cluster-unreachable",
  "worker-killed",
] as const;
export type FaultName = (typeof FAULTS)[number];

export interface FaultSwitch {
  readonly name: FaultName;
  /** `Slack is down` */
  readonly title: string;
  /** What happens while it is on, and what to look for, in a sentence or two. */
  readonly says: string;
  readonly isOn: boolean;
}

/** What the functions did, pass by pass: the last hundred. */
export interface WorkPart {
  /** Newest first. */
  readonly passes: readonly Pass[];
}

/** One invocation of one function. */
export interface Pass {
  readonly id: number;
  readonly function: FunctionName;
  readonly wokenBy: "Slack" | "a kick" | "the schedule";
  /** The stack's time (epoch ms). */
  readonly startedAt: number;
  /** Undefined: it is under way. */
  readonly endedAt?: number;
  readonly outcome?: "done" | "failed" | "killed";
  /** What it asked of the world, in the order of the first of each: `IAM AddUserToGroup`, how often, how many in vain. */
  readonly calls: readonly {
    readonly what: string;
    readonly times: number;
    readonly failed: number;
  }[];
  /** What it logged beside its metrics. */
  readonly log: readonly {
    readonly level: "info" | "warn" | "error";
    readonly message: string;
    /** The grant that it is about. */
    readonly grant?: string;
  }[];
}

// --- What a visitor does: `POST /act` with one of these as JSON.

/** A message, or a view: the top modal, or the home tab. */
export type PlaceRef =
  | { readonly channel: string; readonly ts: string }
  | { readonly view: string };

/** An element of a place. */
export interface ElementRef {
  readonly place: PlaceRef;
  readonly blockId: string;
  readonly actionId: string;
}

/** By `block_id`, and in it by `action_id`: as `Entries` of the emulated Slack. */
export type EntriesByAction = Readonly<Record<string, Readonly<Record<string, Entry>>>>;

/** Something that a person does in Slack. */
export type PersonAct =
  | { readonly do: "command"; readonly channel: string; readonly text: string }
  | {
      readonly do: "say";
      readonly channel: string;
      readonly text: string;
      readonly thread?: string;
    }
  | { readonly do: "shortcut"; readonly callbackId: string }
  | { readonly do: "open-home" }
  | { readonly do: "open-messages" }
  | ({ readonly do: "click" } & ElementRef)
  | ({ readonly do: "choose"; readonly entry: Entry } & ElementRef)
  | ({ readonly do: "suggest"; readonly query: string } & ElementRef)
  | { readonly do: "submit"; readonly view: string; readonly entries: EntriesByAction }
  | { readonly do: "close"; readonly view: string };

/** Something that a visitor does to the stage. */
export type StageAct =
  /** Moves the clock to just after the next end of something lent. */
  | { readonly do: "jump" }
  | { readonly do: "speed"; readonly speed: Speed }
  | { readonly do: "fault"; readonly name: FaultName; readonly isOn: boolean };

/** `as`: the Slack user whom the visitor plays. */
export type Act = (PersonAct & { readonly as: string }) | StageAct;

/** Status 200: it was done, or Slack's client says why not. 400: no such act. */
export interface ActAnswer {
  /**
   * What Slack shows the person instead of what they wanted: the app did not answer, or Slack's own client
   * refuses ("Please complete this required field").
   */
  readonly trouble?: string;
  /** To `suggest`. */
  readonly options?: readonly Option[];
}
