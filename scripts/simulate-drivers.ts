// The other two drivers of the simulation, as `npm run simulate` prints them: exhaustive, and fast-check's commands.

import { checkCommands, type Replay } from "../test/simulation/commands.ts";
import {
  exhaustive,
  type Pairs,
  printable,
  replayCase,
  TIMINGS,
  type TimingName,
} from "../test/simulation/exhaustive.ts";

/** Every fault at every call, alone and, as `pairs` says, with every other. Answers with the exit code. */
export async function playEveryFault(pairs: Pairs, threads: number): Promise<number> {
  const startedAt = Date.now();
  const report = await exhaustive({
    pairs,
    threads,
    timings: Object.keys(TIMINGS).slice(0, pairs === true ? 1 : undefined) as TimingName[],
    tellProgress: ({ played, path, violations }) =>
      process.stderr.write(`${played} cases by one thread, at ${path}; ${violations} broken\n`),
  });
  console.log(printable(report));
  console.log(`${Math.round((Date.now() - startedAt) / 1_000)} s`);
  return report.paths.some(({ violations, unmet }) => violations.length + unmet.length > 0) ? 1 : 0;
}

/** One case of the exhaustive driver, told step by step. */
export async function playCase(line: string): Promise<number> {
  const violation = await replayCase(line, (told) => console.log(told));
  console.log(violation ? `BROKEN: ${violation.rule}: ${violation.what}` : "No rule was broken.");
  return violation ? 1 : 0;
}

/** fast-check's commands: `numRuns` runs of up to a hundred. */
export async function playCommands(
  seed: number,
  numRuns: number,
  again: Replay | undefined,
): Promise<number> {
  const startedAt = Date.now();
  const { runs, longRuns, commands, grants, ended, figures, failure } = await checkCommands({
    seed,
    numRuns,
    ...(again && { replay: again, tell: (line: string) => console.log(line) }),
    tellProgress: (played) => process.stderr.write(`${played} of ${numRuns} runs\n`),
  });
  const sum = (of: Readonly<Record<string, number>>) =>
    Object.values(of).reduce((all, count) => all + count, 0);
  const lines: readonly (readonly [string, number])[] = [
    ["runs", runs],
    ["  of at least 40 commands", longRuns],
    ["commands", sum(commands)],
    ...Object.entries(commands).map(([kind, count]) => [`  ${kind}`, count] as const),
    ["grants", grants],
    ["  of them ended", ended],
    ["calls", figures.calls],
    ["faults", sum(figures.faults)],
    ["invariants checked", sum(figures.rules)],
    ["violations", failure === undefined ? 0 : 1],
    ["seconds", Math.round((Date.now() - startedAt) / 1_000)],
  ];
  for (const [name, count] of lines) {
    console.log(`${name.padEnd(40)}${count.toLocaleString("en-GB").padStart(14)}`);
  }
  if (failure === undefined) return 0;
  const { rule, what, path, replayPath } = failure;
  console.log(`\nBROKEN: ${rule}\n  ${what}\n  ${failure.commands}`);
  console.log(
    `  npm run simulate -- --commands --seed ${failure.seed} --path "${path}" --replay-path "${replayPath}"`,
  );
  return 1;
}
