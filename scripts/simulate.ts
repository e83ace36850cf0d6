// `npm run simulate`: plays the whole broker against seeded troubles, in virtual time, and prints what it found.

import { parseArgs } from "node:util";
import { MUTANTS } from "../test/simulation/mutants.ts";
import { catchMutant, replay, type Simulated, simulate } from "../test/simulation/simulate.ts";

const HELP = `Plays the whole broker in one process and virtual time, against people, faults and crashes that are
drawn from a seed, and checks at every step that nobody has what they should not have.

  npm run simulate                                       1,000 schedules from seed 1
  npm run simulate -- --schedules 1000000 --seed 7       as many as you like
  npm run simulate -- --seed 12345 --schedules 1 --trace   one schedule, told step by step
  npm run simulate -- --mutants --schedules 5000         one safeguard taken out at a time: how many schedules
                                                         each takes to be noticed, at most that many

Schedule number n of a run has the seed S + n - 1, so that each can be played again alone.
Progress goes to standard error. Ends with 1 where a rule was broken or a mutant was not noticed.`;

// How many violations are shown in full.
const SHOWN = 5;

process.exitCode = await run(process.argv.slice(2));

async function run(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: "boolean", short: "h" },
      schedules: { type: "string", default: "1000" },
      seed: { type: "string", default: "1" },
      trace: { type: "boolean" },
      mutants: { type: "boolean" },
    },
  });
  const [schedules, seed] = [Number(values.schedules), Number(values.seed)];
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  if (!Number.isSafeInteger(schedules) || schedules < 1 || !Number.isSafeInteger(seed)) {
    console.error(`--schedules and --seed take whole numbers.\n\n${HELP}`);
    return 2;
  }
  if (values.mutants) return mutants(seed, schedules);
  if (values.trace) return trace(seed);
  return bulk(seed, schedules);
}

async function bulk(seed: number, schedules: number): Promise<number> {
  const startedAt = Date.now();
  const result = await simulate({
    seed,
    schedules,
    tellProgress: (played, violations) =>
      process.stderr.write(`${played} of ${schedules} schedules, ${violations} violations\n`),
  });
  console.log(report(result, (Date.now() - startedAt) / 1_000));
  const [first] = result.violations;
  if (first === undefined) return 0;
  for (const { seed: at, rule, what } of result.violations.slice(0, SHOWN)) {
    console.log(
      `\nBROKEN: ${rule}\n  ${what}\n  npm run simulate -- --seed ${at} --schedules 1 --trace`,
    );
  }
  console.log(`\nThe first of them, step by step:\n`);
  await trace(first.seed);
  return 1;
}

async function trace(seed: number): Promise<number> {
  const violation = await replay(seed, (line) => console.log(line));
  console.log(violation ? `BROKEN: ${violation.rule}: ${violation.what}` : "No rule was broken.");
  return violation ? 1 : 0;
}

async function mutants(seed: number, most: number): Promise<number> {
  let missed = 0;
  for (const [name, mutant] of Object.entries(MUTANTS)) {
    const found = await catchMutant(mutant, { seed, most });
    if (found === undefined) missed += 1;
    const after = found ? `${found.schedules}`.padStart(7) : `not in ${most}`;
    console.log(`${after}  ${name}${found ? `  → ${found.rule}` : ""}`);
  }
  console.log(`${Object.keys(MUTANTS).length} mutants, ${missed} not noticed`);
  return missed === 0 ? 0 : 1;
}

function report(result: Simulated, seconds: number): string {
  const { figures, violations } = result;
  const faults = Object.entries(figures.faults);
  const line = (name: string, count: number | string) =>
    `${name.padEnd(24)}${count.toLocaleString("en-GB").padStart(14)}`;
  return [
    line("schedules", result.schedules),
    line("grants", result.grants),
    line("  of them ended", result.ended),
    line("calls", figures.calls),
    line(
      "faults",
      faults.reduce((sum, [, count]) => sum + count, 0),
    ),
    ...faults.map(([kind, count]) => line(`  ${kind}`, count)),
    line("checks", figures.checks),
    line("dead claims left", figures.deadClaims),
    line("violations", violations.length),
    line("schedules per second", (result.schedules / seconds).toFixed(1)),
  ].join("\n");
}
