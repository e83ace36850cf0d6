// How a grant is told in words: its state, what it gives, why it ended. The same words everywhere.

import type { EndCause, EndedGrant, Grant } from "../../grant/grant.ts";
import { accountOf, type TargetSpec } from "../../grant/target-spec.ts";
import { formatDuration } from "../../policy/duration.ts";
import { escaped, utc, when } from "../text.ts";

/** A colour and the word for it; never a colour alone. */
export function stateOf(grant: Grant): string {
  switch (grant.status) {
    case "pending":
      return "🟡 Pending";
    case "approved":
      return "🔵 Approved";
    case "active":
      return "🟢 Active";
    case "revoking":
      return "🟠 Ending";
    case "denied":
      return "🔴 Denied";
    case "cancelled":
      return "⚪ Cancelled";
    case "lapsed":
      return "⚪ Lapsed";
    case "ended":
      return endedAs(grant.cause);
    default:
      throw new TypeError(`unknown state ${JSON.stringify(grant satisfies never)}`);
  }
}

function endedAs(cause: EndCause): string {
  switch (cause.kind) {
    case "expired":
      return "⚪ Expired";
    case "revoked":
      return "⚫ Revoked";
    case "failed":
      return "⚠️ Failed";
    default:
      throw new TypeError(`unknown cause ${JSON.stringify(cause satisfies never)}`);
  }
}

/** The state in a sentence for the card; mrkdwn. */
export function sentenceOf(grant: Grant): string {
  switch (grant.status) {
    case "pending":
      return `Waits for ${missing(grant)}. Lapses ${when(grant.lapsesAt)}.`;
    case "approved":
      return `Approved ${by(grant)}. The access is being written${waiting(grant)}.`;
    case "active":
      return `Active until ${when(grant.window.expiresAt)}, approved ${by(grant)}.`;
    case "revoking":
      return `The access is being taken away${why(grant.cause)}${waiting(grant)}.`;
    case "denied":
      return `Denied by <@${grant.decidedBy}> ${when(grant.decidedAt)}.`;
    case "cancelled":
      return `Taken back by <@${grant.requester}> ${when(grant.decidedAt)}.`;
    case "lapsed":
      return `Lapsed ${when(grant.decidedAt)}: nobody decided in time.`;
    case "ended":
      return `${endedWords(grant)} ${hadWords(grant)}`;
    default:
      throw new TypeError(`unknown state ${JSON.stringify(grant satisfies never)}`);
  }
}

/** The whole card in one line without markup, for notifications and screen readers. */
export function summaryOf(grant: Grant): string {
  const title = escaped(grant.entitlement.title, 300);
  const until = grant.status === "active" ? ` until ${utc(grant.window.expiresAt)}` : "";
  const length = formatDuration(grant.durationMs);
  return `${stateOf(grant)}${until}: ${title} for <@${grant.requester}>, ${length} (${grant.id})`;
}

/** What the access gives, a line per target; mrkdwn. */
export function whatItGives(targets: readonly TargetSpec[]): string {
  return targets.map(describe).join("\n");
}

function describe(spec: TargetSpec): string {
  switch (spec.kind) {
    case "iam-group":
      return `Membership of IAM group \`${code(nameOf(spec.arn))}\` in account ${accountOf(spec.arn)}`;
    case "aws-auth": {
      const groups = spec.groups.map((group) => `\`${code(group)}\``).join(", ");
      const who = spec.role === undefined ? "" : ` for role \`${code(nameOf(spec.role))}\``;
      return `Kubernetes ${groups} in cluster \`${code(spec.cluster.name)}\`${who}`;
    }
    default:
      throw new TypeError(`unknown target kind ${JSON.stringify(spec satisfies never)}`);
  }
}

/** What may outlive the end: sessions of a role taken before. Undefined where nothing can. */
export function whatMayOutlive(targets: readonly TargetSpec[]): string | undefined {
  if (!targets.some(({ kind }) => kind === "iam-group")) return undefined;
  return "Role sessions taken before the end stay valid until they run out (at most 12 hours).";
}

function missing(grant: Extract<Grant, { status: "pending" }>): string {
  const left = grant.approvalsNeeded - grant.approvals.length;
  const groups = grant.approverGroups.map((name) => escaped(name, 200)).join(" or ");
  const so = grant.approvals.map((approval) => `<@${approval.by}>`).join(", ");
  const count = left === 1 ? "an approval" : `${left} approvals`;
  return `${count} by ${groups}${so === "" ? "" : ` (so far: ${so})`}`;
}

function by({ approvals }: { approvals: readonly { by: string }[] }): string {
  return approvals.length === 0
    ? "automatically"
    : `by ${approvals.map((approval) => `<@${approval.by}>`).join(", ")}`;
}

function why(cause: EndCause): string {
  switch (cause.kind) {
    case "expired":
      return ": its time is over";
    case "revoked":
      return `: ended early by <@${cause.by}>`;
    case "failed":
      return `: ${escaped(cause.message, 600)}`;
    default:
      throw new TypeError(`unknown cause ${JSON.stringify(cause satisfies never)}`);
  }
}

/** Why, how and when a grant ended, in sentences; mrkdwn. */
export function endedWords({ cause, window, endedAt }: EndedGrant): string {
  const at = when(endedAt);
  switch (cause.kind) {
    case "expired":
      return `The time is over, and the access is gone since ${at}.`;
    case "revoked":
      return window === undefined
        ? `Ended ${at} by <@${cause.by}>, before any access was written.`
        : `Ended early by <@${cause.by}>; the access is gone since ${at}.`;
    case "failed": {
      const left = window === undefined ? "Nothing was written." : "What was written is gone.";
      return `Could not be given: ${fullStop(escaped(cause.message, 900))} ${left} Ended ${at}.`;
    }
    default:
      throw new TypeError(`unknown cause ${JSON.stringify(cause satisfies never)}`);
  }
}

/** Who approved, and from when to when the access was there. */
function hadWords(grant: EndedGrant): string {
  const { cause, window, endedAt } = grant;
  const approved = `Approved ${by(grant)}`;
  if (window === undefined || cause.kind === "failed") return `${approved}.`;
  return `${approved}; had it ${when(window.startedAt)} – ${when(endedAt)}.`;
}

function fullStop(text: string): string {
  const trimmed = text.trimEnd();
  return /[.!?…]$/.test(trimmed) ? trimmed : `${trimmed}.`;
}

function waiting({ waiting: { attempts } }: { waiting: { attempts: number } }): string {
  return attempts === 0 ? "" : ` (try ${attempts + 1})`;
}

function nameOf(arn: string): string {
  return arn.slice(arn.lastIndexOf("/") + 1);
}

function code(text: string): string {
  return escaped(text, 200).replaceAll("`", "'");
}
