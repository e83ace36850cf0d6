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

/**
 * 0: nothing is wrong; 1: something is; 2: of a whole check nothing could be looked at. `strict`: what is doubtful or
 * unknown is wrong as well.
 */
export function exitCodeOf(findings: readonly Finding[], strict: boolean): 0 | 1 | 2 {
  const { problem, warning, unknown } = countsOf(findings);
  if (problem > 0 || (strict && warning + unknown > 0)) return 1;
  return CHECKS.some((check) => isUnseen(findings.filter((one) => one.check === check))) ? 2 : 0;
}

/** Nothing is known of what was looked at, where it can be: who is in a channel Slack does not tell by design. */
function isUnseen(found: readonly Finding[]): boolean {
  const tellable = found.filter(({ code }) => code !== "membership-unknown");
  return tellable.length > 0 && tellable.every(({ level }) => level === "unknown");
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

/** A check's name as a heading: `iam-users` is "IAM users". */
export function titleOf(check: Check): string {
  const words = check.replace("-", " ").replace(/^iam/, "IAM");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

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
    `${MARKS[worst]} ${titleOf(check).padEnd(WIDTH)}${fineWords(fine)}`.trimEnd(),
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
  const [first, ...more] = mend.split("\n");
  return [
    `    ${MARKS[level]} ${subject}: ${what}`,
    `        why  ${why}`,
    `        do   ${first}`,
    ...more.map((line) => `             ${line}`),
  ];
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
