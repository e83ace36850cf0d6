// `npm start`: opens the workspace page, plays the scenario in the terminal, and stays up to be talked to.

import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { loadAccessFile } from "../lib/policy/load-access-file.ts";
import { writeKubeconfig } from "./kubeconfig-file.ts";
import { openPage } from "./page/page.ts";
import { type Stack, type StackOptions, startStack } from "./stack.ts";
import { tellHowToTalk } from "./story/how-to-talk.ts";
import { createTeller, type Teller } from "./story/teller.ts";
import { tellWay1 } from "./story/way-1.ts";
import { tellWay2 } from "./story/way-2.ts";

const HELP = `Latchkey on this machine: a page to try it on, the same as a story in the terminal, and it stays up.

  npm start                        http://127.0.0.1:4242; Ctrl-C ends it
  npm start -- --data DIR          keeps in DIR what has happened, and goes on from there the next time
  npm start -- --port 5000         the page on 5000, and on the next three Slack, AWS and Kubernetes
  npm start -- --packaged          runs what \`npm run package\` left in .serverless instead of the source
  npm start -- --once              the story alone; exit code 0 if every step came out right, else 1

No account, no Docker, no network: everything listens on 127.0.0.1 alone, and lives in memory without --data.
Without --port: 4242 to 4245; with --once whatever is free. NO_COLOR=1 leaves out colours.
`;

const DEFAULT_PORT = 4242;
const LOG_LINES_KEPT = 10;
const EXAMPLE = fileURLToPath(new URL("../access.yml", import.meta.url));

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const settings = readSettings(args);
  if ("message" in settings) {
    (settings.exitCode === 0 ? console.log : console.error)(settings.message);
    return settings.exitCode;
  }
  const teller = createTeller(process.stdout, { colours: wantsColours() });
  try {
    if (settings.once) return await tellStory(settings, teller);
    // Else the story, in the middle of which somebody ended it, would be told to its end.
    if ((await stayUp(settings, teller)) === "at once") process.exit(0);
    return 0;
  } catch (error) {
    console.error(whyNotStarted(error));
    return 1;
  }
}

/** Plays the story in a stack of its own. @returns 0 where every step of it came out right, else 1 */
async function tellStory({ functions }: Settings, teller: Teller): Promise<number> {
  const troubles: string[] = [];
  const onLog: StackOptions["onLog"] = (name, line) => {
    if (!/"level":"info"/.test(line)) troubles.push(`${name}: ${line}`);
  };
  const stack = await startStack({ functions, onLog });
  try {
    await tellChapters(stack, teller);
  } finally {
    await stack.close();
  }
  if (teller.wrong.length === 0) return 0;
  tellTroubles(teller, troubles);
  return 1;
}

/** The chapters, one after the other; one that breaks off counts as gone wrong. */
async function tellChapters(stack: Stack, teller: Teller): Promise<void> {
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

/**
 * Opens the page, tells the story beside it, and lets the minutes pass until somebody ends it. Answers how this
 * process is to end: where it was ended in the middle of the story, somebody still tells it.
 */
async function stayUp(settings: Settings, teller: Teller): Promise<"by itself" | "at once"> {
  const interrupted = untilInterrupted();
  const { functions, port, dataDir } = settings;
  const stack = await startStack({
    functions,
    ports: { slack: port + 1, aws: port + 2, kubernetes: port + 3 },
    ...(dataDir !== undefined && { dataDir }),
  });
  const closers: (() => Promise<unknown>)[] = [stack.close];
  try {
    const onError = (error: unknown) => console.error(`the page: ${String(error)}`);
    const page = await openPage(stack, { policy: loadAccessFile(EXAMPLE), port, onError });
    closers.push(page.close);
    stack.schedule.start();
    // Else nobody knows of any pass until the next minute begins.
    void stack.schedule.tick();
    tellWhereThePageIs(teller, page.url, settings, stack.resumed);
    if (!stack.resumed) {
      const isTold = tellStory(settings, teller).then(() => true);
      if (!(await Promise.race([isTold, interrupted.then(() => false)]))) return "at once";
    }
    const file = await writeKubeconfig(stack);
    closers.push(file.remove);
    tellHowToTalk(stack, teller, { kubeconfigPath: file.path, pageUrl: page.url, dataDir });
    await interrupted;
    teller.lines("", "   Ended.");
    return "by itself";
  } finally {
    for (const close of closers.reverse()) await close();
  }
}

function tellWhereThePageIs(
  teller: Teller,
  url: string,
  { dataDir }: Settings,
  resumed: boolean,
): void {
  const kept = `It goes on from what ${dataDir} holds.`;
  teller.lines(
    "",
    `   Try it: open ${url}`,
    "",
    resumed
      ? `   ${kept}`
      : "   Ask as Ada, approve as Bob, and watch it come and go. Meanwhile, here:",
  );
}

function untilInterrupted(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
      process.once(signal, () => resolve());
  });
}

interface Settings {
  readonly once: boolean;
  readonly functions: "source" | "packaged";
  /** The page's; Slack, AWS and Kubernetes are on the next three. */
  readonly port: number;
  readonly dataDir: string | undefined;
}

/** What the arguments ask for, or what to print instead. */
function readSettings(args: readonly string[]): Settings | { message: string; exitCode: number } {
  const options = {
    help: { type: "boolean", short: "h", default: false },
    once: { type: "boolean", default: false },
    packaged: { type: "boolean", default: false },
    port: { type: "string" },
    data: { type: "string" },
  } as const;
  try {
    const { values } = parseArgs({ args: [...args], options });
    if (values.help) return { message: HELP, exitCode: 0 };
    const { once, data } = values;
    if (once && data !== undefined) throw new Error("--once plays a story that is not kept.");
    if (data === "") throw new Error("--data wants the name of a directory.");
    return {
      once,
      functions: values.packaged ? "packaged" : "source",
      port: values.port === undefined ? DEFAULT_PORT : readPort(values.port),
      // npm runs this in the project; what is written on the command line is meant from where one stands.
      dataDir: data && resolve(process.env["INIT_CWD"] ?? ".", data),
    };
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    return { message: `${problem}\n\nnpm start -- --help says what there is.`, exitCode: 2 };
  }
}

function readPort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 1 && port <= 65_532) return port;
  throw new Error(`--port must be a number from 1 to 65532, not "${text}".`);
}

function whyNotStarted(error: unknown): string {
  const { code, port, message } = error as { code?: string; port?: number; message?: string };
  if (code === "EADDRINUSE") {
    return (
      `Port ${port} is taken, perhaps by another \`npm start\`. End that, or choose others:\n` +
      "  npm start -- --port 5000"
    );
  }
  if (code === "EACCES" && port !== undefined) {
    return `This user may not listen on port ${port}. Choose one above 1023.`;
  }
  return `Latchkey could not start: ${message ?? String(error)}`;
}

/** https://no-color.org */
function wantsColours(): boolean {
  return (
    process.stdout.isTTY === true && !process.env["NO_COLOR"] && process.env["TERM"] !== "dumb"
  );
}
