// `npm run simulate`: plays the whole broker against seeded troubles, in virtual time, and prints what it found.

import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { MUTANTS } from "../test/simulation/mutants.ts";
import {
  type Caught,
  nothingSimulated,
  replay,
  type Simulated,
  together,
} from "../test/simulation/simulate.ts";
import { type Job, onThreads } from "../test/simulation/threads.ts";
import { playCase, playCommands, playEveryFault } from "./simulate-drivers.ts";

const HELP = `Plays the whole broker in virtual time, against people, faults and crashes that are drawn from a seed,
and checks at every step that nobody has what they should not have.

  npm run simulate                                       1,000 schedules from seed 1
  npm run simulate -- --schedules 1000000 --seed 7       as many as you like
  npm run simulate -- --seed 12345 --trace               one schedule, told step by step
  npm run simulate -- --mutants --schedules 5000         one safeguard taken out at a time: how many schedules
                                                         each takes to be noticed, at most that many
  npm run simulate -- --mutants --mutant "the lease"     only mutants whose name begins so; with --trace the
                                                         schedule of --seed is told, with the first of them

  npm run simulate -- --exhaustive                       every fault at every call of every path, one at a time
  npm run simulate -- --exhaustive --pairs               and in pairs, some 900,000 (half an hour on two cores);
                                                         --every 1000 plays every thousandth of them
  npm run simulate -- --case "both: give, plain, 22=lost.0"   one of these cases, told step by step
  npm run simulate -- --commands --schedules 5000        fast-check: commands in an order that its scheduler
                                                         draws; what it prints of a failure replays it

  --workers N    threads to play on; as many as there are cores, if not said

Schedule number n of a run has the seed S + n - 1, so that each can be played again alone, and goes the same
on any number of threads. Progress goes to standard error. Ends with 1 where a rule was broken or a mutant was
not noticed.`;

// How many violations are shown in full.
const SHOWN = 5;
// Schedules that a thread plays before it reports.
const SLICE = 250;

process.exitCode = await run(process.argv.slice(2));

interface Wanted {
  readonly seed: number;
  readonly schedules: number;
  readonly workers: number;
}

async function run(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: "boolean", short: "h" },
      schedules: { type: "string", default: "1000" },
      seed: { type: "string", default: "1" },
      workers: { type: "string", default: String(availableParallelism()) },
      trace: { type: "boolean" },
      mutants: { type: "boolean" },
      mutant: { type: "string" },
      exhaustive: { type: "boolean" },
      pairs: { type: "boolean" },
      every: { type: "string" },
      case: { type: "string" },
      commands: { type: "boolean" },
      path: { type: "string" },
      "replay-path": { type: "string" },
    },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const [schedules, seed, workers] = [values.schedules, values.seed, values.workers].map(
    Number,
  ) as [number, number, number];
  if (![schedules, seed, workers].every(Number.isSafeInteger) || schedules < 1 || workers < 1) {
    console.error(`--schedules, --seed and --workers take whole numbers.\n\n${HELP}`);
    return 2;
  }
  const wanted = { seed, schedules, workers };
  if (values.case !== undefined) return playCase(values.case);
  if (values.exhaustive) {
    const every = Number(values.every ?? 0);
    return playEveryFault(every > 0 ? { every } : values.pairs === true, workers);
  }
  if (values.commands) {
    const { path, "replay-path": replayPath } = values;
    const again = path === undefined ? undefined : { seed, path, replayPath: replayPath ?? "" };
    return playCommands(seed, schedules, again);
  }
  const names = Object.keys(MUTANTS).filter((name) => name.startsWith(values.mutant ?? ""));
  if (values.trace) return trace(seed, values.mutant === undefined ? undefined : names[0]);
  if (values.mutants || values.mutant !== undefined) return mutants(wanted, names);
  return bulk(wanted);
}

async function bulk({ seed, schedules, workers }: Wanted): Promise<number> {
  const startedAt = Date.now();
  const jobs: Job[] = [];
  for (let first = 0; first < schedules; first += SLICE) {
    const slice = Math.min(SLICE, schedules - first);
    jobs.push({ kind: "schedules", seed: seed + first, schedules: slice });
  }
  let sum = nothingSimulated();
  await onThreads(jobs, workers, (answer) => {
    if (answer.kind !== "schedules") return;
    for (const { seed: at, rule } of answer.simulated.violations) {
      process.stderr.write(`BROKEN by seed ${at}: ${rule}\n`);
    }
    sum = together(sum, answer.simulated);
    tellProgress(sum, schedules);
  });
  const seconds = (Date.now() - startedAt) / 1_000;
  console.log(report(sum, seconds, workers));
  const violations = sum.violations.toSorted((one, other) => one.seed - other.seed);
  const [first] = violations;
  if (first === undefined) return 0;
  for (const { seed: at, rule, what } of violations.slice(0, SHOWN)) {
    console.log(`\nBROKEN: ${rule}\n  ${what}\n  npm run simulate -- --seed ${at} --trace`);
  }
  console.log(`\nThe first of them, step by step:\n`);
  await trace(first.seed, undefined);
  return 1;
}

function tellProgress({ schedules, violations }: Simulated, of: number): void {
  const isNews = schedules % (20 * SLICE) === 0 || schedules === of;
  if (!isNews) return;
  process.stderr.write(`${schedules} of ${of} schedules, ${violations.length} violations\n`);
}

async function trace(seed: number, mutant: string | undefined): Promise<number> {
  const violation = await replay(seed, (line) => console.log(line), MUTANTS[mutant ?? ""]);
  console.log(violation ? `BROKEN: ${violation.rule}: ${violation.what}` : "No rule was broken.");
  return violation ? 1 : 0;
}

async function mutants({ seed, schedules: most, workers }: Wanted, names: readonly string[]) {
  const jobs = names.map((name): Job => ({ kind: "mutant", name, seed, most }));
  const caught = new Map<string, Caught | undefined>();
  await onThreads(jobs, workers, (answer) => {
    if (answer.kind !== "mutant") return;
    caught.set(answer.name, answer.caught);
    process.stderr.write(`${caught.size} of ${jobs.length} mutants\n`);
  });
  let missed = 0;
  for (const name of names) {
    const found = caught.get(name);
    if (found === undefined) missed += 1;
    const after = found ? `${found.schedules}`.padStart(7) : `not in ${most}`;
    console.log(`${after}  ${name}${found ? `  → ${found.rule}` : ""}`);
  }
  console.log(`${names.length} mutants, ${missed} not noticed`);
  return missed === 0 ? 0 : 1;
}

function report(result: Simulated, seconds: number, workers: number): string {
  const { figures, violations } = result;
  const faults = Object.entries(figures.faults);
  const rules = Object.entries(figures.rules).sort(([one], [other]) => (one < other ? -1 : 1));
  const line = (name: string, count: number) =>
    `${name.padEnd(58)}${count.toLocaleString("en-GB").padStart(14)}`;
  const sum = (of: readonly (readonly [string, number])[]) =>
    of.reduce((all, [, count]) => all + count, 0);
  return [
    line("schedules", result.schedules),
    line("grants", result.grants),
    line("  of them ended", result.ended),
    line("calls", figures.calls),
    line("faults", sum(faults)),
    ...faults.map(([kind, count]) => line(`  ${kind}`, count)),
    line("invariants checked", sum(rules)),
    ...rules.map(([rule, count]) => line(`  ${rule}`, count)),
    line("dead claims left", figures.deadClaims),
    line("entries that a tool put back after their end", figures.putBack),
    line("doubled cards", figures.doubledCards),
    line("violations", violations.length),
    line("schedules per second", Math.round(result.schedules / seconds)),
    line("workers", workers),
  ].join("\n");
}
