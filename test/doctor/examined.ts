// A stack to be looked at, and what the doctor says of it.

import { afterAll, beforeAll } from "@jest/globals";
import type { Policy } from "../../lib/policy/policy.ts";
import { type Stack, startStack } from "../../local/stack.ts";
import { examinationOf } from "../../scripts/doctor/embedded.ts";
import { type Examination, examine } from "../../scripts/doctor/examine.ts";
import type { Check, Finding } from "../../scripts/doctor/finding.ts";
import { EXAMPLE } from "../end-to-end/catalogues.ts";
import { bundledFunctions } from "../support/bundled-functions.ts";

/** One stack for a test file, over which the sweeps have gone once. */
export function stackToExamine(): () => Stack {
  let stack: Stack | undefined;
  beforeAll(async () => {
    stack = await startStack({ functions: await bundledFunctions(), stopwatch: () => 0 });
    await stack.passes();
  }, 60_000);
  afterAll(async () => {
    await stack?.close();
  });
  return () => {
    if (stack === undefined) throw new Error("the stack is not up yet");
    return stack;
  };
}

/** What is other than in the example: names, whose credentials, a part of the policy. */
export type Otherwise = Partial<Examination> & {
  readonly change?: (policy: Policy) => Partial<Policy>;
};

/** Everything that the doctor finds. */
export async function findingsOf(
  stack: Stack,
  { change = () => ({}), ...more }: Otherwise = {},
): Promise<readonly Finding[]> {
  const usual = examinationOf(stack, EXAMPLE);
  const policy = { ...usual.policy, ...change(usual.policy) };
  const examination = { ...usual, policy, ...more };
  try {
    return (await examine(examination)).findings;
  } finally {
    usual.clients.close();
    if (examination.clients !== usual.clients) examination.clients.close();
  }
}

/** What is wrong with what a check looks at, in short: `problem group-missing iam-x`. */
export function wrongIn(findings: readonly Finding[], check: Check): readonly string[] {
  return findings
    .filter((one) => one.check === check && one.level !== "ok")
    .map(({ level, code, subject }) => `${level} ${code} ${subject}`);
}

/** The one finding of a code. */
export function found(findings: readonly Finding[], code: string): Finding {
  const fitting = findings.filter((one) => one.code === code);
  const [first] = fitting;
  if (first === undefined || fitting.length > 1) {
    const all = findings.map((one) => `${one.check} ${one.level} ${one.code} ${one.subject}`);
    throw new Error(`${fitting.length} findings of ${code} among:\n${all.join("\n")}`);
  }
  return first;
}
