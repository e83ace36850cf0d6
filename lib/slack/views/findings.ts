// What watch found, for the admins: what it is, where, since when, and what to do about it.

import type { Finding } from "../../broker/findings.ts";
import type { News } from "../../broker/tell-findings.ts";
import { accountOf, type PlaceKey } from "../../grant/target-spec.ts";
import { byWhom, code, escaped, literal, when } from "../text.ts";
import { context, header, type Message, section } from "./blocks.ts";

/** Findings that a message names one by one; the others it counts. */
const MOST_LINES = 20;
/** So many lines are sure to fit into one section. */
const LINES_IN_SECTION = 7;
const MOST_GONE = 5;
const LONGEST_NAME = 80;

/** One direct message with everything that an admin does not know yet. */
export function findingsMessage({ at, found, gone, leftOut }: News): Message {
  const named = found.slice(0, MOST_LINES);
  const more = found.length - named.length + leftOut;
  const count = found.length === 1 ? "1 finding" : `${found.length + leftOut} findings`;
  const title = found.length === 0 ? "✅ As it should be again" : `⚠️ Not as it should be: ${count}`;
  const ofKind = Map.groupBy(named, ({ kind }) => kind);
  const back = goneWords(gone);
  return {
    text: `${title}, seen ${when(at)}.`,
    blocks: [
      header(title),
      ...[...ofKind].flatMap(([kind, findings]) => sectionsOf(kind, findings)),
      ...(found.length > 0 && more > 0 ? [section(`… and ${more} more.`)] : []),
      ...(back === undefined ? [] : [section(back)]),
      context(`Seen ${when(at)}. Each is told once, and again should it come back.`),
    ],
  };
}

function sectionsOf(kind: Finding["kind"], findings: readonly Finding[]) {
  const { title, todo } = WORDS[kind];
  const lines = [`*${title}*`, ...findings.map((finding) => `• ${lineOf(finding)}`)];
  const pages = Math.ceil(lines.length / LINES_IN_SECTION);
  const texts = Array.from({ length: pages }, (_, page) =>
    lines.slice(page * LINES_IN_SECTION, (page + 1) * LINES_IN_SECTION).join("\n"),
  );
  return [...texts.map(section), context(todo)];
}

/** What each kind is, and what to do about it. */
const WORDS: Readonly<Record<Finding["kind"], { readonly title: string; readonly todo: string }>> =
  {
    overdue: {
      title: "Should be over, and is not closed",
      todo: "Latchkey tries on until it is gone. The card and the log of `revoke` say what is in the way; if it cannot wait, take the access away by hand.",
    },
    "left-over": {
      title: "Access under Latchkey's mark that no grant gives",
      todo: "Remove the member from the group, or the entry from `aws-auth`, by hand: Latchkey does not touch what no grant tells it to. Then find out who put it there (CloudTrail, the cluster's audit log).",
    },
    missing: {
      title: "Lent, and not there",
      todo: "Somebody else has taken it away, or changed it. If it is still needed, end the grant and ask again; it ends on time in any case.",
    },
    stopped: {
      title: "Has not got through everything for too long",
      todo: "Look at this function's log and its schedule. While `revoke` stands still, no access ends.",
    },
    unreadable: {
      title: "Rows of the table that cannot be read",
      todo: "They stay as they are, and so does the access that they lend. Deploy the release that wrote them, or mend the row.",
    },
    unseen: {
      title: "Places that Latchkey could not look at",
      todo: "What is lent there may not end either. Let the role of `watch` in (docs/deploy.md, step 5), or take the place out of access.yml if it is gone.",
    },
    unlent: {
      title: "Members whom Latchkey did not put there",
      todo: "Who is meant to be in the group for good may stay. Remove everybody else by hand.",
    },
  };

function lineOf(finding: Finding): string {
  switch (finding.kind) {
    case "overdue":
      return `${grantWords(finding)}, over since ${when(finding.since)}`;
    case "missing": {
      const { holder, place, groups, until } = finding;
      const lacks = groups.length === 0 ? "" : ` (lacks ${groupWords(groups)})`;
      return `${grantWords(finding)}, until ${when(until)}: ${name(nameOf(holder))} in ${placeWords(place)}${lacks}`;
    }
    case "left-over":
    case "unlent": {
      const { holder, place, groups } = finding;
      const gives = groups.length === 0 ? "" : `, as ${groupWords(groups)}`;
      return `${name(nameOf(holder))} in ${placeWords(place)}${gives}`;
    }
    case "stopped":
      return `${name(finding.sweep)}, ${finding.since === undefined ? "never yet" : `last ${when(finding.since)}`}`;
    case "unreadable":
      return `${name(finding.row)}: ${finding.why === "newer-schema" ? "written by a newer release" : "damaged"}`;
    case "unseen":
      return `${placeWords(finding.place)}: ${literal(finding.problem, 250)}`;
    default:
      throw new TypeError(`unknown finding ${JSON.stringify(finding satisfies never)}`);
  }
}

function grantWords(finding: Extract<Finding, { grant: unknown }>): string {
  const { grant, entitlement, requester } = finding;
  return `${escaped(grant, 20)} (${name(entitlement)}) of ${byWhom(escaped(requester, 30))}`;
}

/** A place key in words: `iam-group <arn>`, `aws-auth <account>/<region>/<cluster>`. */
function placeWords(place: PlaceKey): string {
  const [kind = "", where = ""] = place.split(" ", 2);
  return kind === "iam-group"
    ? `IAM group ${name(nameOf(where))} of account ${literal(accountOf(where), 20)}`
    : `${name(kind)} of ${name(where.replace(/^own\//, ""))}`;
}

function goneWords(gone: readonly string[]): string | undefined {
  if (gone.length === 0) return undefined;
  const named = gone.slice(0, MOST_GONE).map((key) => code(key));
  const more = gone.length > MOST_GONE ? ` and ${gone.length - MOST_GONE} more` : "";
  return `*Told earlier and gone now:* ${named.join(", ")}${more}.`;
}

function name(text: string): string {
  return code(text, LONGEST_NAME);
}

function groupWords(groups: readonly string[]): string {
  return name(groups.join(", "));
}

/** The last part of an ARN, or a name as it is. */
function nameOf(arn: string): string {
  return arn.slice(arn.lastIndexOf("/") + 1);
}
