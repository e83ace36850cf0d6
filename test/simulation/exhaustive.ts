// Every call that the broker makes, and every fault that can befall it: one at a time, and every two in a run.

import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { Mutant } from "./mutants.ts";
import {
  type Kind,
  looksOf,
  type Met,
  PATHS,
  type Path,
  PLAIN,
  type PlannedFault,
  type Played,
  playPath,
  type Timing,
} from "./paths.ts";
import type { Violation } from "./truth.ts";
import { withVirtualTimeouts } from "./virtual-timeouts.ts";

/** The same paths at other moments: IAM shows what was, and runs that last longer hold their leases longer. */
export const TIMINGS = {
  plain: PLAIN,
  lagging: { ...PLAIN, seed: 3, readLagMs: 1_500 },
  "long runs": { ...PLAIN, seed: 5, runs: 2 },
} as const satisfies Record<string, Timing>;
export type TimingName = keyof typeof TIMINGS;

/** Which of the pairs are played: with `every: 37` about every 37th, always the same. */
export type Pairs = boolean | { readonly every: number };

export interface ExhaustiveOptions {
  readonly pairs: Pairs;
  /** `plain` alone where nothing is said. */
  readonly timings?: readonly TimingName[];
  /** How many threads share the work; as many as there are processors where nothing is said. */
  readonly threads?: number;
  /** Told now and then: how many cases one of the threads has played, and on which path it is. */
  readonly tellProgress?: (progress: Progress) => void;
}

export interface Progress {
  readonly played: number;
  readonly path: string;
  readonly violations: number;
}

/** What one thread does: every `of`th of the first faults, from the `nth` on, and what follows from them. */
export interface Part extends Pick<ExhaustiveOptions, "pairs" | "timings"> {
  readonly nth: number;
  readonly of: number;
}

/** How many cases there are, and in how many of them every planned fault came about. */
export interface Coverage {
  total: number;
  covered: number;
}

export interface BrokenCase extends Violation {
  /** Plays the case again: see `replayCase`. */
  readonly replay: string;
}

export interface PathReport {
  readonly path: string;
  readonly timing: TimingName;
  /** In the run without faults: all of them, and those that the first fault may befall. */
  readonly calls: number;
  readonly firstCalls: number;
  readonly singles: Coverage;
  readonly pairs: Coverage;
  readonly violations: readonly BrokenCase[];
  /** The cases in which a planned fault did not come about: none, or the driver is at fault. */
  readonly unmet: readonly string[];
  /** Requests that waited behind faults until they had lapsed: refused, and nothing given. */
  readonly lapsed: number;
  /** The longest that access outlived its end and the last fault, until its absence was read back. */
  readonly latest: { readonly ms: number; readonly replay: string };
}

export interface ExhaustiveReport {
  readonly paths: readonly PathReport[];
  /** Different calls of different functions that a fault was put at, by how many faults. */
  readonly awaitPoints: ReadonlyMap<string, number>;
  readonly faults: ReadonlyMap<Kind, number>;
}

/**
 * Plays every single fault of every path, and of the pairs what `pairs` says. How many threads there
 * are makes no difference to what is played.
 */
export async function exhaustive(options: ExhaustiveOptions): Promise<ExhaustiveReport> {
  const { pairs, timings = ["plain"], threads: of = availableParallelism() } = options;
  const parts = Array.from({ length: of }, (_, nth): Part => ({ pairs, timings, nth, of }));
  return merged(await Promise.all(parts.map((part) => inThread(part, options.tellProgress))));
}

function inThread(
  part: Part,
  tellProgress: ExhaustiveOptions["tellProgress"],
): Promise<ExhaustiveReport> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL("./exhaustive-thread.ts", import.meta.url), {
      workerData: part,
    });
    worker.on("message", (message: { progress: Progress } | { report: ExhaustiveReport }) => {
      if ("report" in message) resolve(message.report);
      else tellProgress?.(message.progress);
    });
    worker.on("error", reject);
    worker.on("exit", (code) => reject(new Error(`a thread ended with ${code} and no report`)));
  });
}

/** Plays one part of the cases, in this thread. */
export function explorePart(
  part: Part,
  tellProgress: (progress: Progress) => void,
): Promise<ExhaustiveReport> {
  return withVirtualTimeouts(async () => {
    const paths: PathReport[] = [];
    const tally: Tally = { awaitPoints: new Map(), faults: new Map(), played: 0 };
    for (const timing of part.timings ?? ["plain"]) {
      for (const path of PATHS) paths.push(await explore(path, timing, part, tally, tellProgress));
    }
    return { paths, awaitPoints: tally.awaitPoints, faults: tally.faults };
  });
}

function merged([first, ...rest]: readonly ExhaustiveReport[]): ExhaustiveReport {
  if (first === undefined) throw new RangeError("no part of the cases was played");
  return rest.reduce(
    (sum, more) => ({
      paths: sum.paths.map((one, index) => joined(one, more.paths[index] ?? one)),
      awaitPoints: added(sum.awaitPoints, more.awaitPoints),
      faults: added(sum.faults, more.faults),
    }),
    first,
  );
}

/** Two parts of the same path. */
function joined(one: PathReport, other: PathReport): PathReport {
  return {
    ...one,
    singles: summed([one.singles, other.singles]),
    pairs: summed([one.pairs, other.pairs]),
    violations: [...one.violations, ...other.violations],
    unmet: [...one.unmet, ...other.unmet],
    lapsed: one.lapsed + other.lapsed,
    latest: other.latest.ms > one.latest.ms ? other.latest : one.latest,
  };
}

function added<K>(one: ReadonlyMap<K, number>, other: ReadonlyMap<K, number>): Map<K, number> {
  const sum = new Map(one);
  for (const [key, value] of other) sum.set(key, (sum.get(key) ?? 0) + value);
  return sum;
}

interface Tally {
  readonly awaitPoints: Map<string, number>;
  readonly faults: Map<Kind, number>;
  played: number;
}

async function explore(
  path: Path,
  timing: TimingName,
  { pairs, nth, of }: Part,
  tally: Tally,
  tellProgress: (progress: Progress) => void,
): Promise<PathReport> {
  const violations: BrokenCase[] = [];
  const unmet: string[] = [];
  let latest = { ms: 0, replay: "" };
  let lapsed = 0;
  const play = async (faults: readonly PlannedFault[], coverage?: Coverage): Promise<Played> => {
    const played = await playPath(path, faults, { timing: TIMINGS[timing] });
    const replay = replayLine(path, timing, faults);
    if (played.met < faults.length) unmet.push(replay);
    else if (coverage) coverage.covered += 1;
    if (played.violation) violations.push({ ...played.violation, replay });
    if (played.latenessMs > latest.ms) latest = { ms: played.latenessMs, replay };
    lapsed += played.lapsed;
    note(tally, faults, played.calls);
    if (tally.played % 5_000 === 0) {
      tellProgress({ played: tally.played, path: path.name, violations: violations.length });
    }
    return played;
  };

  const faultless = await play([]);
  const firsts = firstFaults(path, faultless.calls);
  const [singles, couples] = [nothing(), nothing()];
  for (const [index, first] of firsts.entries()) {
    if (index % of !== nth) continue;
    singles.total += 1;
    const { calls, violation } = await play([first], singles);
    // What one fault breaks is broken with two as well.
    if (violation) continue;
    let place = SPREAD * index;
    for (const second of faultsAfter(first.call, calls)) {
      couples.total += 1;
      if (isChosen(pairs, place++)) await play([first, second], couples);
    }
  }
  return {
    path: path.name,
    timing,
    calls: faultless.calls.length,
    firstCalls: new Set(firsts.map(({ call }) => call)).size,
    singles,
    pairs: couples,
    violations,
    unmet,
    lapsed,
    latest,
  };
}

// A slice of the pairs has other calls for each of the first faults.
const SPREAD = 101;

function nothing(): Coverage {
  return { total: 0, covered: 0 };
}

function isChosen(pairs: Pairs, index: number): boolean {
  return typeof pairs === "boolean" ? pairs : index % pairs.every === 0;
}

function firstFaults({ firstFaultIn }: Path, calls: readonly Met[]): readonly PlannedFault[] {
  return [...faultsAfter(0, calls)].filter(
    ({ call }) => firstFaultIn === "both" || calls[call - 1]?.stage === firstFaultIn,
  );
}

/** At all calls behind that one: also those of retries, and of processes that the first fault has called for. */
function* faultsAfter(first: number, calls: readonly Met[]): Generator<PlannedFault> {
  for (const [index, met] of calls.slice(first).entries()) {
    for (const look of looksOf(met)) yield { call: first + 1 + index, ...look };
  }
}

function note(tally: Tally, faults: readonly PlannedFault[], calls: readonly Met[]): void {
  tally.played += 1;
  for (const { call, kind } of faults) {
    const met = calls[call - 1];
    if (met === undefined) continue;
    const point = `${met.by.replace("!", "")}: ${kindOfCall(met.name)}`;
    tally.awaitPoints.set(point, (tally.awaitPoints.get(point) ?? 0) + 1);
    tally.faults.set(kind, (tally.faults.get(kind) ?? 0) + 1);
  }
}

/** `table save LK-… active` → `table save active`: without what differs from run to run. */
function kindOfCall(name: string): string {
  const [port, verb, ...rest] = name.split(" ");
  const what = verb === "save" || verb === "create" || port === "kick" ? rest : [];
  return [port, verb, ...what.filter((word) => /^[a-z]+$/.test(word))].join(" ");
}

// --- One case alone ---

function replayLine(path: Path, timing: TimingName, faults: readonly PlannedFault[]): string {
  const told = faults.map(({ call, kind, look }) => `${call}=${kind}.${look}`);
  return [path.name, timing, ...told].join(", ");
}

/** Plays the case that a `replay` line names, and tells every step of it. @throws where it names none. */
export function replayCase(
  line: string,
  tell: (line: string) => void,
): Promise<Violation | undefined> {
  const [name, timing, ...told] = line.split(", ");
  const path = PATHS.find((each) => each.name === name);
  if (path === undefined || !isTiming(timing)) throw new RangeError(`no such case: ${line}`);
  const faults = told.map((each): PlannedFault => {
    const [, call, kind, look] = /^(\d+)=([a-z ]+)\.(\d)$/.exec(each) ?? [];
    if (call === undefined) throw new RangeError(`no such fault: ${each}`);
    return { call: Number(call), kind: kind as Kind, look: Number(look) };
  });
  return withVirtualTimeouts(
    async () => (await playPath(path, faults, { timing: TIMINGS[timing], tell })).violation,
  );
}

function isTiming(name: string | undefined): name is TimingName {
  return name !== undefined && Object.hasOwn(TIMINGS, name);
}

/**
 * The first case without a fault or with one that shows `mutant`, and how many were played for it; of the
 * paths whose names begin with `on`.
 */
export function catchByOneFault(
  mutant: Mutant,
  on = "",
): Promise<(BrokenCase & { readonly cases: number }) | undefined> {
  return withVirtualTimeouts(async () => {
    let cases = 0;
    const broken = async (path: Path, faults: readonly PlannedFault[]) => {
      cases += 1;
      const { violation, calls } = await playPath(path, faults, { mutant });
      const found = violation && { ...violation, replay: replayLine(path, "plain", faults), cases };
      return { found, calls };
    };
    for (const path of PATHS.filter(({ name }) => name.startsWith(on))) {
      const { found, calls } = await broken(path, []);
      if (found) return found;
      for (const fault of firstFaults(path, calls)) {
        const one = await broken(path, [fault]);
        if (one.found) return one.found;
      }
    }
    return undefined;
  });
}

// --- For people ---

/** The report as a table, and every violation with the line that plays it again. */
export function printable({ paths, awaitPoints, faults }: ExhaustiveReport): string {
  const of = ({ covered, total }: Coverage) => `${count(covered)} / ${count(total)}`;
  const row = (path: string, calls: string, singles: string, pairs: string, rest: string) =>
    `${path.padEnd(46)}${calls.padStart(6)}${singles.padStart(16)}${pairs.padStart(22)}${rest}`;
  const all = {
    singles: summed(paths.map(({ singles }) => singles)),
    pairs: summed(paths.map(({ pairs }) => pairs)),
  };
  const violations = paths.flatMap((each) => each.violations);
  const unmet = paths.flatMap((each) => each.unmet);
  const latest = paths.reduce((one, { latest: other }) => (other.ms > one.ms ? other : one), {
    ms: 0,
    replay: "none",
  });
  const lines = [
    row("path", "calls", "single faults", "pairs of faults", "  violations  latest"),
    ...paths.map(({ path, timing, calls, singles, pairs, violations: found, latest: { ms } }) =>
      row(
        timing === "plain" ? path : `${path} (${timing})`,
        count(calls),
        of(singles),
        of(pairs),
        `${count(found.length).padStart(12)}${`${(ms / 1_000).toFixed(1)} s`.padStart(8)}`,
      ),
    ),
    row("all", "", of(all.singles), of(all.pairs), count(violations.length).padStart(12)),
    "",
    `await points, by function and call   ${count(awaitPoints.size)}`,
    `planned faults that were not met     ${count(unmet.length)}`,
    `requests that lapsed behind faults   ${count(paths.reduce((sum, { lapsed }) => sum + lapsed, 0))}`,
    ...[...faults].map(([kind, times]) => `  ${kind.padEnd(35)}${count(times)}`),
    `latest end, after its time and the last fault: ${(latest.ms / 1_000).toFixed(1)} s (${latest.replay})`,
  ];
  return [
    ...lines,
    ...unmet.map((replay) => `\nNOT MET: ${replay}`),
    ...violations.map(({ rule, what, replay }) => `\nBROKEN: ${rule}\n  ${what}\n  ${replay}`),
  ].join("\n");
}

function summed(all: readonly Coverage[]): Coverage {
  return all.reduce(
    (sum, each) => ({
      total: sum.total + each.total,
      covered: sum.covered + each.covered,
    }),
    nothing(),
  );
}

function count(number: number): string {
  return number.toLocaleString("en-GB");
}
