// `npm start`: starts the embedded stack, plays the scenario in the terminal, and stays up to be talked to.

import { parseArgs } from "node:util";
import { writeKubeconfig } from "./kubeconfig-file.ts";
import { type Stack, type StackOptions, startStack } from "./stack.ts";
import { tellHowToTalk } from "./story/how-to-talk.ts";
import { createTeller, type Teller } from "./story/teller.ts";
import { tellWay1 } from "./story/way-1.ts";
import { tellWay2 } from "./story/way-2.ts";

const HELP = `Latchkey on this machine: plays the scenario as a story, then stays up to be talked to.

  npm start                        the story; Ctrl-C ends it
  npm start -- --once              the story alone; exit code 0 if every step came out right, else 1
  npm start -- --port 5000         listen on 5000 (Slack), 5001 (AWS) and 5002 (Kubernetes)
  npm start -- --packaged          run what \`npm run package\` left in .serverless instead of the source

No account, no Docker, no network: everything listens on 127.0.0.1 alone and lives in memory.
Without --port: 4700, 4701 and 4702; with --once whatever is free. NO_COLOR=1 leaves out colours.
`;

const DEFAULT_PORT = 4700;
const LOG_LINES_KEPT = 10;

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const settings = readSettings(args);
  if ("message" in settings) {
    (settings.exitCode === 0 ? console.log : console.error)(settings.message);
    return settings.exitCode;
  }
  const troubles: string[] = [];
  const onLog: StackOptions["onLog"] = (name, line) => {
    if (!/"level":"info"/.test(line)) troubles.push(`${name}: ${line}`);
  };
  let stack: Stack;
  try {
    stack = await startStack({ ...settings.stack, onLog });
  } catch (error) {
    console.error(whyNotStarted(error));
    return 1;
  }
  const teller = createTeller(process.stdout, { colours: wantsColours() });
  try {
    await tellStory(stack, teller);
    if (teller.wrong.length > 0) tellTroubles(teller, troubles);
    if (settings.once) return teller.wrong.length === 0 ? 0 : 1;
    await stayUp(stack, teller);
    return 0;
  } finally {
    await stack.close();
  }
}

/** The chapters, one after the other; one that breaks off counts as gone wrong. */
async function tellStory(stack: Stack, teller: Teller): Promise<void> {
  teller.title(
    "Latchkey lends people access, and takes it back on time.",
    "What follows happens on this machine: Latchkey's functions as they run on AWS Lambda, and " +
      "around them a small Slack, AWS and Kubernetes. Every line with ✓ was checked as it happened.",
  );
  for (const tell of [tellWay1, tellWay2]) {
    try {
      await tell(stack, teller);
    } catch (error) {
      teller.check(false, `the chapter broke off: ${String(error)}`);
    }
  }
  teller.summary();
}

function tellTroubles(teller: Teller, troubles: readonly string[]): void {
  if (troubles.length === 0) return;
  teller.lines("", "   What the functions logged last:", ...troubles.slice(-LOG_LINES_KEPT));
}

/** Lets the minutes pass until somebody ends it. */
async function stayUp(stack: Stack, teller: Teller): Promise<void> {
  const interrupted = new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
      process.once(signal, () => resolve());
  });
  const file = await writeKubeconfig(stack);
  try {
    tellHowToTalk(stack, teller, file.path);
    stack.schedule.start();
    await interrupted;
    teller.lines("", "   Ended.");
  } finally {
    await file.remove();
  }
}

interface Settings {
  readonly once: boolean;
  readonly stack: StackOptions;
}

/** What the arguments ask for, or what to print instead. */
function readSettings(args: readonly string[]): Settings | { message: string; exitCode: number } {
  const options = {
    help: { type: "boolean", short: "h", default: false },
    once: { type: "boolean", default: false },
    packaged: { type: "boolean", default: false },
    port: { type: "string" },
  } as const;
  try {
    const { values } = parseArgs({ args: [...args], options });
    if (values.help) return { message: HELP, exitCode: 0 };
    const first = values.port === undefined ? undefined : readPort(values.port);
    const base = first ?? (values.once ? undefined : DEFAULT_PORT);
    const ports =
      base === undefined ? {} : { ports: { slack: base, aws: base + 1, kubernetes: base + 2 } };
    const functions = values.packaged ? "packaged" : "source";
    return { once: values.once, stack: { functions, ...ports } };
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    return { message: `${problem}\n\nnpm start -- --help says what there is.`, exitCode: 2 };
  }
}

function readPort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 1 && port <= 65_533) return port;
  throw new Error(`--port must be a number from 1 to 65533, not "${text}".`);
}

function whyNotStarted(error: unknown): string {
  const { code, port, message } = error as { code?: string; port?: number; message?: string };
  if (code === "EADDRINUSE") {
    return (
      `Port ${port} is taken, perhaps by another \`npm start\`. End that, or choose others:\n` +
      "  npm start -- --port 5000"
    );
  }
  if (code === "EACCES") return `This user may not listen on port ${port}. Choose one above 1023.`;
  return `Latchkey could not start: ${message ?? String(error)}`;
}

/** https://no-color.org */
function wantsColours(): boolean {
  return (
    process.stdout.isTTY === true && !process.env["NO_COLOR"] && process.env["TERM"] !== "dumb"
  );
}
