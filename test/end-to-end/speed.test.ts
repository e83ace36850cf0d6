// Nobody waits for what is slow: the Slack function, bundled as it is packaged, with a slow table and a Slack that finishes no write.

import { readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { type BuildOptions, build } from "esbuild";
import { parse, stringify } from "yaml";
import { isSlackWrite, longestRow } from "../../bench/in-between.ts";
import { startWarmSlack, type WarmSlack } from "../../bench/warm-slack.ts";
import * as plugins from "../../deploy/esbuild-plugins.ts";
import type { Grant } from "../../lib/grant/grant.ts";
import { type GrantId, parseGrantId } from "../../lib/grant/ids.ts";
import { activate, begin, hasBegun } from "../../lib/grant/steps.ts";
import {
  ACTIONS,
  COMMAND,
  ELEMENT,
  EVENTS,
  FIELDS,
  fieldOf,
  SHORTCUT,
} from "../../lib/slack/names.ts";
import type { Delivery } from "../../local/slack/people.ts";
import { bodyText } from "../../local/slack/requests.ts";
import type { SlackView } from "../../local/slack/workspace-state.ts";
import { ADA, BOB, DEE, LEE, said } from "./scene.ts";

/** What a call of the table takes. Five in a row would be too many for an answer within 500 ms. */
const TABLE_MS = 100;
const IN_A_ROW = { click: 3, submit: 2, command: 2 };
const ENTITLEMENT = "web-pods-read";
const REQUEST = `${ENTITLEMENT} 1h OPS-1 checkout pods restart`;

// A machine that stops this process between two calls makes them look as if one had waited for the other.
jest.retryTimes(2);

let slack: WarmSlack;
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "latchkey-speed-"));
  slack = await startWarmSlack(await bundleSlack(directory));
  // What is loaded at a first time is loaded.
  await approved(await requested());
}, 60_000);

afterAll(async () => {
  await slack?.stop();
  await rm(directory, { recursive: true });
});

/** Bundles the function as `serverless.yml` says, with an access.yml in which ends can be put off. */
async function bundleSlack(to: string): Promise<string> {
  const access = parse(readFileSync("access.yml", "utf8"));
  access.entitlements[ENTITLEMENT].extend = { max: 2, by: "self" };
  access.entitlements["web-pods-mapping"].extend = { max: 2, by: "approval" };
  const accessFile = join(to, "access.yml");
  writeFileSync(accessFile, stringify(access));

  const serverless = parse(readFileSync("serverless.yml", "utf8"), { logLevel: "error" });
  const { outputFileExtension, exclude: _, ...options } = serverless.custom.esbuild;
  const { boltForLambda, awsSdkForLambda, builtinsAsCommonJs, partsByFunction } = plugins;
  await build({
    ...(options as BuildOptions),
    bundle: true,
    platform: "node",
    entryPoints: ["functions/slack.ts"],
    outdir: to,
    outExtension: { ".js": outputFileExtension },
    plugins: [
      plugins.compiledPolicy(accessFile),
      boltForLambda,
      awsSdkForLambda,
      builtinsAsCommonJs,
      partsByFunction,
    ],
  });
  return join(to, "slack.mjs");
}

const person = (id: string) => slack.people.as(id);
const command = (who: string, text: string) => person(who).command(COMMAND, text);

async function requested(text = REQUEST): Promise<GrantId> {
  const answer = said(await command(ADA, text));
  const id = /LK-\w{10}/.exec(answer)?.[0];
  if (id === undefined) throw new Error(`nothing was requested: ${answer}`);
  return parseGrantId(id);
}

const click = (who: string, id: GrantId, action: string) =>
  person(who).click(slack.button(action, id), action);

async function approved(id: GrantId): Promise<GrantId> {
  await click(BOB, id, ACTIONS.approve);
  expect(await grant(id)).toMatchObject({ status: "approved" });
  return id;
}

/** A grant whose access is there, as provision leaves it. */
async function active(text = REQUEST): Promise<GrantId> {
  const id = await approved(await requested(text));
  const step = { at: Date.now(), by: "latchkey", from: "test", policyHash: "0" } as const;
  await change(id, (one) => (one.status === "approved" ? begin(one, "AIDAADA", step) : one));
  await change(id, (one) =>
    one.status === "approved" && hasBegun(one) ? activate(one, step) : one,
  );
  return id;
}

async function change(id: GrantId, to: (grant: Grant) => Grant): Promise<void> {
  const stored = await slack.store.load(id);
  if (stored === undefined) throw new Error(`there is no ${id}`);
  expect(await slack.store.save(to(stored.grant), stored)).toBe("saved");
}

const grant = async (id: GrantId) => (await slack.store.load(id))?.grant;

/** The form on somebody's screen. */
function onScreen(who: string): SlackView {
  const open = slack.workspace.openView(who);
  if (open === undefined) throw new Error(`${who} has no form open`);
  return open.view;
}

/**
 * Has somebody do something while the table is slow and no write to Slack comes to an end, `but` one, before
 * the answer is there. Gives how many calls of the table waited for one another, the writes that were begun,
 * and those that nobody waited for to the end.
 */
async function whileAllIsSlow(act: () => Promise<Delivery>, but?: string) {
  const { table, slack: slackApi } = slack;
  const answered = Promise.withResolvers<void>();
  const isHeld = (name: string) => isSlackWrite(name) && name !== but;
  table.holdUp(() => sleep(TABLE_MS));
  slackApi.holdUp((name) => (isHeld(name) ? answered.promise : undefined));
  table.forget();
  slackApi.forget();
  try {
    const { answer, failure } = await act();
    // Which connections were cut before the answer is known a turn later.
    for (let turn = 0; turn < 3; turn++) await nextTurn();
    const writes = slackApi.calls.filter(({ name }) => isSlackWrite(name));
    return {
      answer: bodyText(answer),
      failure,
      inARow: longestRow(table.calls),
      writes: writes.map(({ name }) => name),
      givenUp: writes.filter(({ isGivenUp }) => isGivenUp),
    };
  } finally {
    answered.resolve();
    table.holdUp(() => undefined);
    slackApi.holdUp(() => undefined);
  }
}

/** Somebody does something that is answered before anything is written to Slack. */
async function expectAnswered(act: () => Promise<Delivery>, inARow: number): Promise<string> {
  const done = await whileAllIsSlow(act);
  expect(done).toMatchObject({ failure: undefined, writes: [] });
  expect(done.inARow).toBeLessThanOrEqual(inARow);
  return done.answer;
}

/** Somebody does something that opens a form, and is answered once Slack has opened it. */
async function expectOpened(
  who: string,
  act: () => Promise<Delivery>,
  inARow: number,
  how = "views.open",
): Promise<void> {
  const before = slack.workspace.openView(who)?.view.id;
  const done = await whileAllIsSlow(act, how);
  expect(done).toMatchObject({ failure: undefined, writes: [how] });
  expect(done.inARow).toBeLessThanOrEqual(inARow);
  expect(onScreen(who).id).not.toBe(before);
}

describe("a command", () => {
  it("that opens the form waits for the form alone, and for no row of the table", async () => {
    await expectOpened(ADA, () => command(ADA, ""), 0);
  });

  it.each([
    ["help", ENTITLEMENT],
    ["list", ENTITLEMENT],
    ["mine", "Web projects: read pods"],
  ])("/access %s is answered at once", async (text, what) => {
    await requested();
    const answer = await expectAnswered(() => command(ADA, text), IN_A_ROW.command);
    expect(answer).toContain(what);
  });

  it("that requests access is answered once that is written down", async () => {
    const answer = await expectAnswered(() => command(ADA, REQUEST), IN_A_ROW.submit);
    const [id = ""] = /LK-\w{10}/.exec(answer) ?? [];
    expect(await grant(parseGrantId(id))).toMatchObject({ status: "pending" });
  });

  it("that asks for what there is not is answered as soon", async () => {
    const act = () => command(ADA, "web-everything 1h please");
    expect(await expectAnswered(act, IN_A_ROW.command)).toContain("web-everything");
  });

  it("whose form Slack is too slow to open is answered with a button that opens it", async () => {
    const { answer, failure } = await whileAllIsSlow(() => command(ADA, ""));
    expect(failure).toBeUndefined();
    expect(answer).toContain(ACTIONS.openForm);
  });
});

describe("a form", () => {
  const choose = async () => {
    const form = onScreen(ADA);
    const chosen = await person(ADA).select(form, ELEMENT, ENTITLEMENT, {
      blockId: FIELDS.entitlement,
    });
    if (chosen === undefined) throw new Error("nobody hears of the choice");
    return chosen;
  };
  const filled = async (reason: string) => {
    await command(ADA, "");
    await choose();
    const entries = { [fieldOf("duration", ENTITLEMENT)]: "1h", [FIELDS.reason]: reason };
    return { form: onScreen(ADA), entries };
  };

  it("in which something is chosen does not wait until it shows that, and does not give up", async () => {
    await command(ADA, "");
    const done = await whileAllIsSlow(choose);
    expect(done).toMatchObject({ failure: undefined, inARow: 0, writes: ["views.update"] });
    expect(done.givenUp).toEqual([]);
  });

  it("that requests access is answered once that is written down", async () => {
    const { form, entries } = await filled("checkout pods restart");
    await expectAnswered(() => person(ADA).submit(form, entries), IN_A_ROW.submit);
    expect(slack.workspace.openView(ADA)).toMatchObject({ errors: {}, view: { submit: null } });
    expect(slack.handed.at(-1)?.to).toBe("latchkey-announce");
  });

  it("with mistakes in it is answered as soon", async () => {
    const { form, entries } = await filled("no");
    await expectAnswered(() => person(ADA).submit(form, entries), IN_A_ROW.submit);
    expect(slack.workspace.openView(ADA)?.errors).toEqual({ [FIELDS.reason]: expect.any(String) });
  });

  it("that approves is answered once that is written down", async () => {
    const id = await requested();
    await click(BOB, id, ACTIONS.review);
    const review = onScreen(BOB);
    await expectAnswered(() => person(BOB).submit(review), IN_A_ROW.click);
    expect(await grant(id)).toMatchObject({ status: "approved" });
  });

  it("that says why a request is denied is answered once that is written down", async () => {
    const id = await requested();
    await click(BOB, id, ACTIONS.deny);
    const form = onScreen(BOB);
    const because = { [FIELDS.denial]: "Use the staging cluster." };
    await expectAnswered(() => person(BOB).submit(form, because), IN_A_ROW.click);
    expect(await grant(id)).toMatchObject({ status: "denied" });
  });
});

describe("a click", () => {
  /** Whom the last word was handed over for. */
  const toldAlone = () => JSON.stringify(slack.handed.at(-1)?.event);

  it("that approves is answered once that is written down", async () => {
    const id = await requested();
    await expectAnswered(() => click(BOB, id, ACTIONS.approve), IN_A_ROW.click);
    expect(await grant(id)).toMatchObject({ status: "approved" });
    expect(slack.handed).toContainEqual({
      to: "latchkey-provision",
      event: { grants: [id], correlationId: expect.anything() },
    });
  });

  it.each([
    ["who may not", DEE, "not among them"],
    ["of the requester", ADA, "own request"],
  ])("%s is answered before they are told so", async (_whose, who, why) => {
    const id = await requested();
    await expectAnswered(() => click(who, id, ACTIONS.approve), IN_A_ROW.click);
    expect(await grant(id)).toMatchObject({ status: "pending" });
    expect(toldAlone()).toContain(why);
  });

  it("that comes too late is answered before that is told", async () => {
    const id = await approved(await requested());
    await expectAnswered(() => click(LEE, id, ACTIONS.approve), IN_A_ROW.click);
    expect(toldAlone()).toContain("Too late");
  });

  it("that cancels is answered once that is written down", async () => {
    const id = await requested();
    await expectAnswered(() => click(ADA, id, ACTIONS.cancel), IN_A_ROW.click);
    expect(await grant(id)).toMatchObject({ status: "cancelled" });
  });

  it("that ends access is answered once that is written down", async () => {
    const id = await active();
    await expectAnswered(() => click(ADA, id, ACTIONS.end), IN_A_ROW.click);
    expect(await grant(id)).toMatchObject({ status: "revoking" });
  });

  it("that puts the end off is answered once that is written down", async () => {
    const id = await active();
    await expectAnswered(() => click(ADA, id, ACTIONS.extend), IN_A_ROW.click);
    expect(await grant(id)).toMatchObject({ status: "active", window: { extensions: 1 } });
  });

  it("that asks for that, and the one that approves it, too", async () => {
    const id = await active("web-pods-mapping 1h checkout pods restart");
    await expectAnswered(() => click(ADA, id, ACTIONS.extend), IN_A_ROW.click);
    expect(await grant(id)).toMatchObject({ extension: { approvals: [] } });
    await expectAnswered(() => click(BOB, id, ACTIONS.approveExtension), IN_A_ROW.click);
    expect(await grant(id)).toMatchObject({ status: "active", window: { extensions: 1 } });
  });

  it.each([
    ["asks why it is to be denied", ACTIONS.deny],
    ["shows all of a request", ACTIONS.review],
  ])("that %s waits for that form alone", async (_what, action) => {
    const id = await requested();
    await expectOpened(BOB, () => click(BOB, id, action), IN_A_ROW.click);
  });

  it("that asks for the same again waits for the form alone", async () => {
    const id = await requested();
    await expectOpened(ADA, () => click(ADA, id, ACTIONS.again), IN_A_ROW.click);
  });

  it("in a form waits for the one that it opens alone", async () => {
    const id = await requested();
    await click(BOB, id, ACTIONS.review);
    const review = onScreen(BOB);
    const deny = () => person(BOB).click(review, ACTIONS.deny);
    await expectOpened(BOB, deny, IN_A_ROW.click, "views.push");
  });
});

describe("what else Slack sends", () => {
  it("a shortcut waits for its form alone", async () => {
    await expectOpened(ADA, () => person(ADA).shortcut(SHORTCUT), IN_A_ROW.command);
  });

  it("a look at the App Home is answered before it is published", async () => {
    await expectAnswered(() => person(ADA).openHome(), IN_A_ROW.submit);
    expect(slack.handed.at(-1)).toMatchObject({
      to: "latchkey-announce",
      event: { homes: [ADA] },
    });
  });

  it("that the app is gone is answered at once", async () => {
    const event = { type: EVENTS.uninstalled };
    await expectAnswered(() => slack.people.event(event), IN_A_ROW.submit);
  });
});
