// `npm run bench [-- name …]`: measures, and prints one JSON object per bench.

import { parseArgs } from "node:util";

/** Each bench is a module with `bench()`, loaded only when it is run. */
const BENCHES: Readonly<Record<string, () => Promise<{ bench(): Promise<object> }>>> = {
  cold: () => import("./cold.ts"),
  slack: () => import("./slack.ts"),
  requests: () => import("./requests.ts"),
  lateness: () => import("./lateness.ts"),
  revoke: () => import("./revoke.ts"),
  growth: () => import("./growth.ts"),
  cost: () => import("./cost.ts"),
};

const HELP = `Measures Latchkey and prints one JSON object per bench, a line each.

  npm run --silent bench                 every bench
  npm run --silent bench -- cold         the ones named

  cold        a new Node process, the packaged Slack function loaded, the first signed /access answered,
              Slack and DynamoDB local: as a ratio to \`node -e 0\`
  slack       the packaged Slack function, warm: how long /access, a request, a submitted form and an approval
              wait for its answer, with a table at 0, 20 and 100 ms a call, and how many calls in a row (2 minutes)
  requests    calls of one grant from request to end, by service, and of 100 mappings that end together
  lateness    200 grants ending at random moments within five minutes, the whole stack local, the clock at
              the speed of real time: from the end of each window until it was verified gone (6 minutes)
  revoke      10,000 grants that end within one second, targets with 20 ms latency: seconds until the last
              is verified gone, requests per grant, ConfigMap writes per pass
  growth      work of a pass of revoke, idle and with 10 due, with 1,000 and with 1,000,000 ended grants in
              the table (2 minutes)
  cost        what a grant and an idle month use of AWS by service, and what 0, 10, 1,000 and 100,000 grants a
              month cost at the list prices of bench/prices.json (2 minutes)

What is running goes to standard error.`;

process.exitCode = await run(process.argv.slice(2));

async function run(args: readonly string[]): Promise<number> {
  const options = { help: { type: "boolean", short: "h" } } as const;
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const names = positionals.length > 0 ? positionals : Object.keys(BENCHES);
  const unknown = names.filter((name) => BENCHES[name] === undefined);
  if (unknown.length > 0) {
    console.error(`There is no bench ${unknown.join(", ")}.\n\n${HELP}`);
    return 2;
  }
  for (const name of names) {
    console.error(`${name} …`);
    const module = await BENCHES[name]?.();
    console.log(JSON.stringify({ bench: name, ...(await module?.bench()) }));
  }
  return 0;
}
