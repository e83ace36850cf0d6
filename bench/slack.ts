// The bench `slack`: how long the packaged Slack function, warm, keeps people waiting, and for how many calls of the table.

import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseGrantId } from "../lib/grant/ids.ts";
import { ACTIONS, COMMAND, ELEMENT, FIELDS, fieldOf } from "../lib/slack/names.ts";
import type { Delivery } from "../local/slack/people.ts";
import { bodyText } from "../local/slack/requests.ts";
import { quantile, rounded, tally } from "./figures.ts";
import { isSlackWrite, longestRow } from "./in-between.ts";
import { packageSlack, unpack } from "./packaged-slack.ts";
import { startWarmSlack, type WarmSlack } from "./warm-slack.ts";

const [ADA, DEE, BOB] = ["U0ADA", "U0DEE", "U0BOB"];
const ENTITLEMENT = "web-pods-read";
const REASON = "checkout pods restart";
const ENTRIES = { [fieldOf("duration", ENTITLEMENT)]: "1h", [FIELDS.reason]: REASON };
const ROUNDS = 200;
/** Before the rounds that count: code gets warm, connections are made. */
const WARM_UP_ROUNDS = 20;
const SLOW = { tableMs: 100, slackWriteMs: 10_000, rounds: 10 };
const AIM = { callsInARow: { click: 3, submit: 2 }, slowMs: 500, formNotOpenedMs: 2_500 };

/** What somebody does in Slack, and waits for. */
const ACTS = ["form", "choose", "submit", "request", "approve", "refused"] as const;
type Act = (typeof ACTS)[number];

/** How one of them was answered. */
interface Answered {
  readonly act: Act;
  readonly ms: number;
  /** How many calls of the table waited for one another. */
  readonly callsInARow: number;
  /** What was asked of the table, of Slack and of Lambda. */
  readonly calls: readonly string[];
}

/**
 * Packages the functions, and has people ask and approve: `form` is `/access`, `choose` a choice in the form
 * that it opens, `submit` sends it, `request` is a command that needs none, `approve` a click on a card,
 * `refused` the click of who may not. The function runs in a worker, what it talks to in this process. A call
 * of the table takes 0, 20 or 100 ms more than the emulated one needs. `slow` has every write to Slack take
 * 10 s too: first all but those that make forms, then these (`formNotOpenedMs`, `choiceNotShownMs`).
 * @throws Error where something was not done.
 */
export async function bench(): Promise<object> {
  const directory = await mkdtemp(join(tmpdir(), "latchkey-bench-"));
  try {
    unpack(packageSlack(), directory);
    const file = join(directory, "functions/slack.mjs");
    const withTable = (tableMs: number) => startWarm(file, (slack) => quick(slack, tableMs));
    const tableAt0Ms = await withTable(0);
    const tableAt20Ms = await withTable(20);
    const slow = await startWarm(file, slowly);
    return {
      rounds: ROUNDS,
      tableAt0Ms,
      tableAt20Ms,
      slow: { ...SLOW, ...slow },
      aim: AIM,
      withinAim: isWithinAim(tableAt20Ms, slow),
      machine: { processors: availableParallelism(), loadAverage: rounded(loadavg()[0] ?? 0) },
      node: process.version,
    };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function isWithinAim(
  { approve, refused, submit }: Awaited<ReturnType<typeof quick>>,
  { longestMs, choiceNotShownMs, formNotOpenedMs }: Awaited<ReturnType<typeof slowly>>,
): boolean {
  const { click: ofClick, submit: ofSubmit } = AIM.callsInARow;
  const clicks = [approve, refused].map(({ callsInARow }) => callsInARow.p50);
  const slowMs = [...Object.values(longestMs), choiceNotShownMs];
  return (
    clicks.every((calls) => calls <= ofClick) &&
    submit.callsInARow.p50 <= ofSubmit &&
    slowMs.every((ms) => ms <= AIM.slowMs) &&
    formNotOpenedMs <= AIM.formNotOpenedMs
  );
}

/** Does `work` with a function that has answered everything before. */
async function startWarm<T>(file: string, work: (slack: WarmSlack) => Promise<T>): Promise<T> {
  const slack = await startWarmSlack(file);
  try {
    await rounds(slack, WARM_UP_ROUNDS);
    return await work(slack);
  } finally {
    await slack.stop();
  }
}

async function quick(slack: WarmSlack, tableMs: number) {
  if (tableMs > 0) slack.table.holdUp(() => sleep(tableMs));
  const answered = await rounds(slack, ROUNDS);
  return perAct(answered, (some) => ({
    p50Ms: rounded(quantile(of(some, "ms"), 0.5)),
    p99Ms: rounded(quantile(of(some, "ms"), 0.99)),
    callsInARow: {
      p50: quantile(of(some, "callsInARow"), 0.5),
      // A thread that was kept waiting between two calls makes them look like two in a row.
      max: quantile(of(some, "callsInARow"), 1),
    },
    calls: perAnswer(some),
  }));
}

async function slowly(slack: WarmSlack) {
  const hold = () => sleep(SLOW.slackWriteMs, undefined, { ref: false });
  const holdUp = (isHeld: (name: string) => boolean) =>
    slack.slack.holdUp((name) => (isHeld(name) ? hold() : undefined));
  slack.table.holdUp(() => sleep(SLOW.tableMs));
  holdUp((name) => isSlackWrite(name) && !name.startsWith("views."));
  const longestMs = perAct(await rounds(slack, SLOW.rounds), (some) =>
    rounded(quantile(of(some, "ms"), 1)),
  );
  const ada = slack.people.as(ADA);
  await ada.command(COMMAND);
  holdUp((name) => name.startsWith("views."));
  const choose = await answerOf(slack, "choose", () => choice(slack));
  const form = await answerOf(slack, "form", () => ada.command(COMMAND));
  if (!form.said.includes(ACTIONS.openForm)) fail("no button opens the form");
  return { longestMs, choiceNotShownMs: rounded(choose.ms), formNotOpenedMs: rounded(form.ms) };
}

async function rounds(slack: WarmSlack, count: number): Promise<readonly Answered[]> {
  const answered: Answered[] = [];
  for (let round = 0; round < count; round += 1) answered.push(...(await askAndApprove(slack)));
  return answered;
}

/** Everything once. @throws Error where something was not done. */
async function askAndApprove(slack: WarmSlack): Promise<readonly Answered[]> {
  const { people, store } = slack;
  const [ada, bob, dee] = [ADA, BOB, DEE].map(people.as) as [Person, Person, Person];
  const form = await answerOf(slack, "form", () => ada.command(COMMAND));
  const choose = await answerOf(slack, "choose", () => choice(slack));
  const { view } = onScreen(slack);
  const submit = await answerOf(slack, "submit", () => ada.submit(view, ENTRIES));
  if (Object.keys(onScreen(slack).errors).length > 0) fail("the form was not taken");

  const words = `${ENTITLEMENT} 1h OPS-12 ${REASON}`;
  const request = await answerOf(slack, "request", () => ada.command(COMMAND, words));
  const id = parseGrantId(/LK-\w{10}/.exec(request.said)?.[0] ?? fail(request.said));
  const card = slack.button(ACTIONS.approve, id);
  const refused = await answerOf(slack, "refused", () => dee.click(card, ACTIONS.approve));
  const approve = await answerOf(slack, "approve", () => bob.click(card, ACTIONS.approve));
  const status = (await store.load(id))?.grant.status;
  if (status !== "approved") fail(`${id} is ${status}`);
  return [form, choose, submit, request, refused, approve];
}

const onScreen = ({ workspace }: WarmSlack) => workspace.openView(ADA) ?? fail("no form is open");

function choice(slack: WarmSlack): Promise<Delivery | undefined> {
  const which = { blockId: FIELDS.entitlement };
  return slack.people.as(ADA).select(onScreen(slack).view, ELEMENT, ENTITLEMENT, which);
}

type Person = ReturnType<WarmSlack["people"]["as"]>;

/** Waits for an answer, and notes what was asked until it came. @throws Error where it was none. */
async function answerOf(
  { table, slack, handed }: WarmSlack,
  act: Act,
  does: () => Promise<Delivery | undefined>,
): Promise<Answered & { readonly said: string }> {
  table.forget();
  slack.forget();
  const handedBefore = handed.length;
  const { elapsedMs, answer, failure } = (await does()) ?? fail(`${act}: nobody heard of it`);
  if (failure !== undefined) fail(`${act}: ${failure}`);
  const names = [...table.calls, ...slack.calls].map(({ name }) => name);
  return {
    act,
    ms: elapsedMs,
    callsInARow: longestRow(table.calls),
    calls: [...names, ...handed.slice(handedBefore).map(({ to }) => `Invoke ${to}`)],
    said: bodyText(answer),
  };
}

function perAct<T>(
  answered: readonly Answered[],
  work: (some: readonly Answered[]) => T,
): Record<Act, T> {
  const entries = ACTS.map((act) => [act, work(answered.filter((one) => one.act === act))]);
  return Object.fromEntries(entries) as Record<Act, T>;
}

function of(some: readonly Answered[], what: "ms" | "callsInARow"): readonly number[] {
  return some.map((one) => one[what]);
}

/** How often each thing is asked for one answer. */
function perAnswer(some: readonly Answered[]): Record<string, number> {
  const counts = Object.entries(tally(some.flatMap(({ calls }) => calls)));
  return Object.fromEntries(counts.map(([name, count]) => [name, rounded(count / some.length)]));
}

function fail(why: string): never {
  throw new Error(why);
}
