// How many calls a grant costs from its request to its end, by service, counted at the servers that they reach.

import { type Stack, startStack } from "../local/stack.ts";
import { MAPPING, withCrowd } from "./crowd.ts";
import { tally } from "./figures.ts";

const MAPPINGS = 100;
const MINUTE_MS = 60_000;

/** Calls by service: one grant on an IAM group, asked for, approved, lent and ended on time; and many mappings. */
export async function bench(): Promise<object> {
  return { iamGrant: await oneGrant(), mappings: await manyMappings() };
}

async function oneGrant(): Promise<object> {
  const stack = await startStack();
  try {
    await stack.settle();
    const phases: Record<string, object> = {};
    const during = async (phase: string, work: () => Promise<unknown>) => {
      stack.aws.calls.clear();
      const slackBefore = stack.slackApi.calls.length;
      await work();
      await stack.settle();
      phases[phase] = { ...counted(stack), slack: stack.slackApi.calls.length - slackBefore };
    };
    const people = stack.people;
    await during("request", () =>
      people.as("U0ADA").command("/access", "web-pods-read 1h OPS-12 figures"),
    );
    await during("approve and provision", async () => {
      const [card] = stack.workspace.channelMessages("C0ACCESS");
      if (card === undefined) throw new Error("there is no card to approve");
      await people.as("U0BOB").click(card, "latchkey_approve");
    });
    const atRest = async () => {
      stack.advance(MINUTE_MS);
      await stack.passes();
    };
    await during("an idle minute of all three schedules", atRest);
    const idle = phases["an idle minute of all three schedules"] as Counts;
    stack.advance(60 * MINUTE_MS);
    await during("end", () => stack.passes());
    const own = ["request", "approve and provision", "end"].map((name) => phases[name] as Counts);
    return {
      total: sum(own, idle),
      phases,
      note: "the end is one pass of all three schedules; an idle one is subtracted from the total",
    };
  } finally {
    await stack.close();
  }
}

type Counts = Record<string, number>;

function sum(all: readonly Counts[], idle: Counts): Counts {
  const services = new Set(all.flatMap((counts) => Object.keys(counts)));
  return Object.fromEntries(
    [...services].map((service) => [
      service,
      all.reduce((total, counts) => total + (counts[service] ?? 0), 0) - (idle[service] ?? 0),
    ]),
  );
}

function counted(stack: Stack): Counts {
  return tally(stack.aws.calls.list().map(({ service }) => service));
}

/** Grants of as many people on one cluster that begin together and end together. */
async function manyMappings(): Promise<object> {
  return withCrowd(MAPPINGS, { mapping: MAPPING }, async (stack, requestAll) => {
    const wish = { entitlement: "mapping", durationMs: 60 * MINUTE_MS };
    await requestAll(Array.from({ length: MAPPINGS }, () => wish));
    const writes = () => stack.cluster.requests.filter(({ method }) => method === "PATCH").length;
    await stack.passes();
    const given = writes();
    stack.advance(60 * MINUTE_MS);
    await stack.passes();
    const auth = stack.cluster.get("ConfigMap", "kube-system", "aws-auth");
    const left = JSON.stringify(auth).match(/latchkey:/g)?.length ?? 0;
    return {
      mappings: MAPPINGS,
      configMapWritesToGive: given,
      configMapWritesToEnd: writes() - given,
      left,
    };
  });
}
