// What watch can find that is not as it should be: facts in ids and names, nothing that people typed into Slack.

import type { GrantId, SlackUserId } from "../grant/ids.ts";
import type { AssignmentKey, PlaceKey } from "../grant/target-spec.ts";

interface OfGrant {
  readonly grant: GrantId;
  /** Its id in access.yml. */
  readonly entitlement: string;
  readonly requester: SlackUserId;
}

interface AtPlace {
  readonly place: PlaceKey;
  readonly assignment: AssignmentKey;
  /** Who has it, or should: the name of an IAM user, an ARN. */
  readonly holder: string;
  /** The Kubernetes groups that it is about; none where a place knows no degrees. */
  readonly groups: readonly string[];
}

/** Access that should be over since `since` (epoch ms) and is not closed. */
export type Overdue = OfGrant & { readonly kind: "overdue"; readonly since: number };

/** Access that bears the broker's mark, in the place or in the table, and that no grant gives. */
export type LeftOver = AtPlace & { readonly kind: "left-over" };

/** A live grant whose access is not there, or not as it was lent. `until`: epoch ms. */
export type Missing = OfGrant & AtPlace & { readonly kind: "missing"; readonly until: number };

/** A sweep without a full pass for too long. `since`: its last one; absent: it never had one. */
export interface Stopped {
  readonly kind: "stopped";
  readonly sweep: string;
  readonly since?: number;
}

/** A row that cannot be read and stays as it is. */
export interface Unreadable {
  readonly kind: "unreadable";
  readonly row: string;
  readonly why: "undecodable" | "newer-schema";
}

/** A place that could not be looked at. */
export interface Unseen {
  readonly kind: "unseen";
  readonly place: PlaceKey;
  readonly problem: string;
}

/** A member of one of our groups whom the broker did not put there; in a shared group it may be meant. */
export type Unlent = AtPlace & { readonly kind: "unlent" };

export type Finding = Overdue | LeftOver | Missing | Stopped | Unreadable | Unseen | Unlent;

/** What watch hands over of one run. */
export interface Report {
  /** When it looked (epoch ms). */
  readonly at: number;
  /** The gravest first. */
  readonly findings: readonly Finding[];
  /** How many more there are, for which there was no room. */
  readonly leftOut: number;
}

// Keys are kept in one row of the table, which holds 400 KB.
const LONGEST_KEY = 500;

/** Names a finding: the same one at every look, in words that people can read. */
export function findingKey(finding: Finding): string {
  return nameOf(finding).slice(0, LONGEST_KEY);
}

function nameOf(finding: Finding): string {
  switch (finding.kind) {
    case "overdue":
      return `overdue: ${finding.grant}`;
    case "missing":
      return `missing: ${finding.grant} at ${finding.assignment}`;
    case "left-over":
    case "unlent": {
      const { kind, holder, assignment, groups } = finding;
      return [`${kind}: ${holder} at ${assignment}`, ...groups].join(" ");
    }
    case "stopped":
      return `stopped: ${finding.sweep}`;
    case "unreadable":
      return `unreadable: ${finding.row}`;
    case "unseen":
      return `unseen: ${finding.place}`;
    default:
      throw new TypeError(`unknown finding ${JSON.stringify(finding satisfies never)}`);
  }
}

/** The place that a finding is at, if at one. That a place cannot be looked at is not at it. */
export function placeOf(finding: Finding): PlaceKey | undefined {
  return "assignment" in finding ? finding.place : undefined;
}

const GRAVEST_FIRST: readonly Finding["kind"][] = Object.keys({
  overdue: true,
  "left-over": true,
  missing: true,
  stopped: true,
  unreadable: true,
  unseen: true,
  unlent: true,
} satisfies Record<Finding["kind"], true>) as Finding["kind"][];

// A report travels as the payload of an asynchronous invoke, which takes 256 KB. Only an aws-auth that
// somebody wrote by hand holds longer names than these.
const MOST_FINDINGS = 100;
const LONGEST_TEXT = 300;
const MOST_GROUPS = 5;
const LONGEST_GROUP = 100;

/** As much of `found` as one report holds: the gravest, always in the same order, long texts cut. */
export function reportOf(found: readonly Finding[], at: number): Report {
  const inOrder = GRAVEST_FIRST.flatMap((kind) =>
    found
      .filter((finding) => finding.kind === kind)
      .map((finding) => ({ finding: shortened(finding), key: findingKey(finding) }))
      .sort((one, other) => (one.key < other.key ? -1 : 1)),
  );
  const findings = inOrder.slice(0, MOST_FINDINGS).map(({ finding }) => finding);
  return { at, findings, leftOut: inOrder.length - findings.length };
}

function shortened(finding: Finding): Finding {
  const cut = Object.entries(finding).map(([name, value]) => {
    if (typeof value === "string") return [name, value.slice(0, LONGEST_TEXT)];
    if (!Array.isArray(value)) return [name, value];
    return [name, value.slice(0, MOST_GROUPS).map((text) => String(text).slice(0, LONGEST_GROUP))];
  });
  return Object.fromEntries(cut) as Finding;
}
