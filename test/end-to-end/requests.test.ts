// What is not Slack's, or not from our workspace, or no request at all: turned away without effect, never with an exception.

import { beforeAll, describe, expect, it } from "@jest/globals";
import { bodyText, type LambdaAnswer, type LambdaEvent } from "../../local/slack/requests.ts";
import { ADA, EVE, said, scene, stackForTests } from "./scene.ts";

const logged: string[] = [];
const stack = stackForTests({ onLog: (_name, line) => void logged.push(line) });
const { card, cardMessage, click, request, rows, status, whispered } = scene(stack);

const FORM = "application/x-www-form-urlencoded";
const SECOND = 1_000;

/** A slash command that asks for access, as a form. */
function commandBody(text = "web-pods-read 1h OPS-12 why"): string {
  return new URLSearchParams({
    command: "/access",
    text,
    user_id: ADA,
    team_id: "T0ACME",
    channel_id: "C0ACCESS",
    trigger_id: "1.1.a",
  }).toString();
}

const now = () => Math.floor(stack().now() / SECOND);

/** Sends what Slack would never send. A function that throws shows as a status of 502. */
const send = async (
  body: string,
  how: { contentType?: string; headers?: Record<string, string> } = {},
): Promise<LambdaAnswer> => (await stack().people.send(body, how)).answer;

let before: number;
let validEvent: LambdaEvent;

beforeAll(async () => {
  validEvent = (await stack().people.as(ADA).command("/access", "help")).event;
  before = await rows();
});

/** Sends an event to the function that is like a valid one but for `changes`. */
const invoke = (changes: Partial<LambdaEvent> | object): Promise<unknown> =>
  stack().invoke("slack", { ...validEvent, ...changes });

describe("a request that Slack did not sign just now", () => {
  const sign = (body: string, changes: { secret?: string; timestamp?: number }) =>
    stack().people.sign(body, changes);

  it.each([
    ["forged", (body: string) => sign(body, { secret: "not the signing secret" })],
    ["stale", (body: string) => sign(body, { timestamp: now() - 301 })],
    ["from the future", (body: string) => sign(body, { timestamp: now() + 302 })],
    ["signed for another body", () => sign("command=%2Faccess", {})],
    ["signed with an empty secret", (body: string) => sign(body, { secret: "" })],
    ["with a signature that is none", () => ({ "x-slack-signature": "v0=zz" })],
    ["with a time that is none", () => ({ "x-slack-request-timestamp": "now" })],
  ])("is turned away: %s", async (_how, headersFor) => {
    const body = commandBody();
    const answer = await send(body, { headers: headersFor(body) });

    expect(answer).toMatchObject({ statusCode: 401 });
    expect(bodyText(answer)).toBe("");
    expect(await rows()).toBe(before);
  });

  it("is turned away: replayed", async () => {
    const delivery = await stack().people.as(ADA).command("/access", "web-pods-read 1h OPS-1 once");
    await stack().settle();
    const after = await rows();
    expect(said(delivery)).toContain("Requested.");

    expect(await stack().invoke("slack", delivery.event)).toMatchObject({ statusCode: 401 });
    await stack().settle();
    expect(await rows()).toBe(after);
    before = after;
  });
});

describe("a request that is none", () => {
  it.each([
    ["nothing", "", FORM],
    ["broken JSON", "{", "application/json"],
    ["JSON that is no object", "[1]", "application/json"],
    ["a payload that is broken", "payload=%7B", FORM],
    ["a payload that is null", "payload=null", FORM],
    ["an empty payload", "payload=", FORM],
    ["a form without a command", "a=b", FORM],
    ["a form said to be XML", commandBody(), "application/xml"],
    ["a form said to be JSON", commandBody(), "application/json"],
    ["an interaction of no workspace", `payload=${encodeURIComponent("{}")}`, FORM],
  ])("is turned away though it is signed: %s", async (_what, body, contentType) => {
    expect(await send(body, { contentType })).toMatchObject({ statusCode: 401 });
    expect(await rows()).toBe(before);
  });

  it.each([
    ["without headers", { headers: undefined }],
    ["with no header at all", { headers: {} }],
    ["without a body", { body: undefined }],
    ["with a body that is not base64 as it says", { body: "%%%", isBase64Encoded: true }],
    ["that is a schedule's event", { headers: undefined, body: undefined, detail: {} }],
  ])("is turned away: an event %s", async (_what, changes) => {
    expect(await invoke(changes)).toMatchObject({ statusCode: 401 });
    expect(await rows()).toBe(before);
  });

  it("is answered without effect: an interaction that Latchkey does not know", async () => {
    const payload = {
      type: "block_actions",
      team: { id: "T0ACME" },
      user: { id: ADA, team_id: "T0ACME" },
      actions: [{ type: "button", action_id: "latchkey_unheard_of", block_id: "b", value: "x" }],
    };
    const answer = await send(`payload=${encodeURIComponent(JSON.stringify(payload))}`);
    // Anything but 200, and Slack shows them an error.
    expect(answer).toMatchObject({ statusCode: 200 });
    expect(bodyText(answer)).toBe("");
  });

  it.each([
    ["an empty one", ""],
    ["one that nobody has", "LK-0000000000"],
    ["none", "'; DROP TABLE grants"],
    ["a very long one", "x".repeat(2_000)],
  ])("is answered without effect: a click with an id that is %s", async (_what, value) => {
    const id = await request(ADA, "web-pods-read 1h OPS-2 to be clicked on");
    const { event } = await click(ADA, cardMessage(id), "latchkey_cancel");
    const told = stack().workspace.ephemeralsFor(ADA).length;
    const forged = bodyText(event).replaceAll(id, encodeURIComponent(value));

    expect(await send(forged)).toMatchObject({ statusCode: 200 });
    await stack().settle();
    expect(stack().workspace.ephemeralsFor(ADA)).toHaveLength(told + 1);
    expect(whispered(ADA)).toContain("Latchkey does not know this request");
  });
});

describe("a request in other words", () => {
  it("is understood in UTF-8, in base64 or not", async () => {
    const reason = "Pods in Zürich 🚀 – naïve, <b>kühn</b> & „quoted“";
    const id = await request(ADA, `web-pods-read 1h OPS-3 ${reason}`);
    expect(card(id)).toContain(`> ${reason}`);

    const body = commandBody(`web-pods-read 1h OPS-4 ${reason}`);
    const headers = { ...validEvent.headers, ...stack().people.sign(body) };
    const answer = (await invoke({ headers, body, isBase64Encoded: false })) as LambdaAnswer;
    expect(bodyText(answer)).toContain("Requested.");
  });

  it("is understood with headers in any case and a charset", async () => {
    const body = commandBody("help");
    const signed = Object.entries(stack().people.sign(body)).map(([name, value]) => [
      name.toUpperCase(),
      value,
    ]);
    const headers = {
      ...Object.fromEntries(signed),
      "Content-Type": `${FORM}; charset=utf-8`,
    };
    const encoded = Buffer.from(body).toString("base64");
    const answer = (await invoke({
      headers,
      body: encoded,
      isBase64Encoded: true,
    })) as LambdaAnswer;
    expect(bodyText(answer)).toContain("Ask for access that ends by itself");
  });
});

describe("somebody from another workspace, in a shared channel", () => {
  it("is told politely that there is nothing here for them", async () => {
    const count = await rows();
    const delivery = await stack().people.as(EVE).command("/access", "web-pods-read 1h OPS-12 why");
    expect(delivery.failure).toBeUndefined();
    expect(said(delivery)).toContain("Latchkey serves another workspace.");
    expect(await rows()).toBe(count);
  });

  it("clicks without effect", async () => {
    const id = await request(ADA, "web-pods-read 1h OPS-5 in a shared channel");
    for (const button of ["latchkey_approve", "latchkey_deny", "latchkey_cancel"]) {
      const { answer } = await stack().people.as(EVE).click(cardMessage(id), button);
      expect(answer).toMatchObject({ statusCode: 401 });
    }
    await stack().settle();
    expect(await status(id)).toBe("pending");
  });
});

describe("the log", () => {
  it("never holds what people typed, nor a secret", () => {
    const all = logged.join("\n");
    expect(all).toContain("request refused");
    expect(all).not.toContain("Zürich");
    expect(all).not.toContain("local-only-signing-secret");
    expect(all).not.toContain("xoxb-");
  });
});
