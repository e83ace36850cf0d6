// The doctor's report: for people, short and grouped by what was looked at; for programs, as JSON.

import type { Policy } from "../../lib/policy/policy.ts";
import type { Caller } from "./clients.ts";
import { CHECKS, type Check, type Finding, type Level } from "./finding.ts";
import type { Place } from "./patient.ts";

export interface Report {
  readonly place: Place;
  readonly policy: Pick<Policy, "hash">;
  readonly caller: Caller;
  readonly findings: readonly Finding[];
}

type Counts = Readonly<Record<Level, number>>;

export function countsOf(findings: readonly Finding[]): Counts {
  const count = (level: Level) => findings.filter((finding) => finding.level === level).length;
  return {
    ok: count("ok"),
    warning: count("warning"),
    problem: count("problem"),
    unknown: count("unknown"),
  };
}

/** 0: nothing is wrong; 1: something is. `strict`: what is doubtful or unknown is wrong as well. */
export function exitCodeOf(findings: readonly Finding[], strict: boolean): 0 | 1 {
  const { problem, warning, unknown } = countsOf(findings);
  return problem > 0 || (strict && warning + unknown > 0) ? 1 : 0;
}

/** One object, of which every key stays what it is: scripts read it. */
export function jsonReport({ place, policy, caller, findings }: Report): string {
  const { kind, stage, region, prefix } = place;
  const { arn, account } = caller;
  const report = {
    deployment: { kind, stage, region, name: prefix, account },
    accessFileHash: policy.hash,
    caller: arn,
    counts: countsOf(findings),
    findings,
  };
  return `${JSON.stringify(report, null, 2)}\n`;
}

export const TITLES: Readonly<Record<Check, string>> = {
  clock: "Clock",
  secret: "Secret",
  slack: "Slack app",
  channels: "Channels",
  members: "Slack people",
  table: "Table",
  sweeps: "Schedule",
  grants: "Grants",
  groups: "IAM groups",
  people: "IAM users",
  clusters: "Clusters",
  alarms: "Alarms",
};

const MARKS: Readonly<Record<Level, string>> = {
  ok: "✓",
  warning: "!",
  problem: "✗",
  unknown: "?",
};
const WORST_FIRST: readonly Level[] = ["problem", "unknown", "warning", "ok"];
const WIDTH = 14;

export function textReport({ place, policy, caller, findings }: Report): string {
  const lines = [
    `${place.prefix} in ${place.region}, account ${caller.account}, as ${caller.arn}`,
    `access.yml ${policy.hash}`,
    "",
    ...CHECKS.flatMap((check) =>
      section(
        check,
        findings.filter((one) => one.check === check),
      ),
    ),
    "",
    summary(countsOf(findings)),
  ];
  return `${lines.join("\n")}\n`;
}

function section(check: Check, found: readonly Finding[]): readonly string[] {
  if (found.length === 0) return [];
  const worst = WORST_FIRST.find((level) => found.some((one) => one.level === level)) ?? "ok";
  const fine = found.filter(({ level }) => level === "ok");
  const wrong = WORST_FIRST.flatMap((level) =>
    level === "ok" ? [] : found.filter((one) => one.level === level),
  );
  return [
    `${MARKS[worst]} ${TITLES[check].padEnd(WIDTH)}${fineWords(fine)}`.trimEnd(),
    ...wrong.flatMap(told),
  ];
}

/** A single thing that is fine says how it is; of several it is enough that they are. */
function fineWords(fine: readonly Finding[]): string {
  const [only] = fine;
  if (only === undefined) return "";
  return fine.length === 1 ? `${only.subject}: ${only.what}` : `${fine.length} as they should be`;
}

function told({ level, subject, what, why = "", mend = "" }: Finding): readonly string[] {
  return [`    ${MARKS[level]} ${subject}: ${what}`, `        why  ${why}`, `        do   ${mend}`];
}

function summary({ problem, warning, unknown }: Counts): string {
  const parts = [
    ...(problem > 0 ? [counted(problem, "problem")] : []),
    ...(warning > 0 ? [counted(warning, "warning")] : []),
    ...(unknown > 0 ? [`${unknown} not known`] : []),
  ];
  return parts.length === 0 ? "Nothing is wrong." : `${parts.join(", ")}.`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
