// The gate before Bolt: what Slack did not sign just now, or sent before, has no effect and no exception.

import { createHmac } from "node:crypto";
import { beforeEach, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { ACTIONS, ELEMENT } from "../../lib/slack/names.ts";
import { createGate, type GateOptions } from "../../lib/slack/receive.ts";
import { createMemoryStore } from "../support/memory-store.ts";

const NOW = Date.UTC(2026, 10, 22, 14);
const SECRET = "a secret of this test";
const NEXT_SECRET = "the secret after the rotation";
const FORM = "application/x-www-form-urlencoded";
const COMMAND = "command=%2Faccess&text=%C3%BCber&team_id=T0ACME&user_id=U0ADA";

let handled: string[] = [];
let logged: string[] = [];
let reasons: unknown[] = [];
let measured: string[] = [];

beforeEach(() => {
  handled = [];
  logged = [];
  reasons = [];
  measured = [];
});

function gate(more: Partial<GateOptions> = {}) {
  const log = (message: string, fields?: Readonly<Record<string, unknown>>) => {
    logged.push(message);
    reasons.push(fields?.["why"]);
  };
  return createGate({
    signingSecrets: async () => [SECRET],
    team: "T0ACME",
    store: createMemoryStore(),
    clock: { now: () => NOW },
    log: { info: log, warn: log, error: log },
    metrics: { note: (name, value) => void measured.push(`${name} ${value}`) },
    handle: async ({ body }) => {
      handled.push(body);
      return { statusCode: 200, body: "" };
    },
    ...more,
  });
}

interface Request {
  body?: string;
  contentType?: string;
  secret?: string;
  at?: number;
  base64?: boolean;
  headers?: Record<string, string | undefined>;
}

function event({
  body = COMMAND,
  contentType = FORM,
  secret = SECRET,
  at = NOW,
  base64 = false,
  headers = {},
}: Request = {}) {
  const timestamp = String(Math.floor(at / 1000));
  const mac = createHmac("sha256", secret).update(`v0:${timestamp}:${body}`).digest("hex");
  return {
    headers: {
      "content-type": contentType,
      "x-slack-request-timestamp": timestamp,
      "x-slack-signature": `v0=${mac}`,
      ...headers,
    },
    body: base64 ? Buffer.from(body).toString("base64") : body,
    isBase64Encoded: base64,
  } as unknown as Parameters<ReturnType<typeof createGate>>[0];
}

describe("the gate", () => {
  it("lets a signed request through, its body as it was", async () => {
    expect(await gate()(event())).toMatchObject({ statusCode: 200 });
    expect(handled).toEqual([COMMAND]);
  });

  it("reads base64 bodies as bytes, and content types with a charset", async () => {
    const text = '{"type":"event_callback","team_id":"T0ACME","x":"ü🗝️"}';
    const contentType = "application/json; charset=utf-8";
    const request = event({ body: text, contentType, base64: true });
    expect(await gate()(request)).toMatchObject({ statusCode: 200 });
    expect(handled).toEqual([text]);
  });

  it("takes either secret during a rotation", async () => {
    const rotating = gate({ signingSecrets: async () => [SECRET, NEXT_SECRET] });
    expect(await rotating(event())).toMatchObject({ statusCode: 200 });
    expect(await rotating(event({ secret: NEXT_SECRET }))).toMatchObject({ statusCode: 200 });
  });

  it.each<[string, Request]>([
    ["forged", { secret: "another secret" }],
    ["signed with an empty secret", { secret: "" }],
    ["stale", { at: NOW - 301_000 }],
    ["from the future", { at: NOW + 301_000 }],
    ["unsigned", { headers: { "x-slack-signature": undefined } }],
    ["without a time", { headers: { "x-slack-request-timestamp": undefined } }],
    ["of another signature version", { headers: { "x-slack-signature": `v1=${"0".repeat(64)}` } }],
    ["with a shortened signature", { headers: { "x-slack-signature": "v0=00" } }],
    ["with a time that is no number", { headers: { "x-slack-request-timestamp": "1e9" } }],
    ["of a broken payload", { body: "payload=%7B" }],
    ["of broken JSON", { body: "{", contentType: "application/json" }],
    ["of JSON that is no object", { body: "[1]", contentType: "application/json" }],
    ["of an unknown content type", { contentType: "text/plain" }],
    ["of a form that is no command", { body: "a=b" }],
    ["empty", { body: "" }],
  ])("answers a request that is %s with 401 and nothing else", async (_, request) => {
    expect(await gate({ signingSecrets: async () => [SECRET, ""] })(event(request))).toEqual({
      statusCode: 401,
      body: "",
    });
    expect(handled).toEqual([]);
  });

  it.each<[string, Request]>([
    ["forged", { secret: "another secret" }],
    ["of another workspace", { body: COMMAND.replace("T0ACME", "T0OTHER") }],
    ["of another app", { body: `${COMMAND}&api_app_id=A0OTHER` }],
  ])("counts a request that is %s, and what passes is not counted", async (_, request) => {
    const one = gate({ app: "A0LATCHKEY" });
    await one(event({ body: `${COMMAND}&api_app_id=A0LATCHKEY` }));
    expect(measured).toEqual([]);
    await one(event(request));
    expect(measured).toEqual(["refusedRequests 1"]);
  });

  it.each<[string, Request]>([
    ["stale", { at: NOW - 301_000 }],
    ["unsigned", { headers: { "x-slack-signature": undefined } }],
    ["malformed", { headers: { "x-slack-signature": "v0=00" } }],
  ])("does not count what the internet sends to every address: what is %s", async (_, request) => {
    await gate()(event(request));
    expect(logged).toEqual(["request refused"]);
    expect(measured).toEqual([]);
  });

  it("lets a request through once: its repetition is refused", async () => {
    const one = gate();
    await one(event());
    expect(await one(event())).toEqual({ statusCode: 401, body: "" });
    expect(handled).toHaveLength(1);
  });

  it("asks the table nothing for a command that only opens the form", async () => {
    const store = { firstSeen: () => Promise.reject(new Error("no table")) };
    const form = COMMAND.replace(/text=[^&]*/, "text=+");
    expect(await gate({ store })(event({ body: form }))).toMatchObject({ statusCode: 200 });
    expect(await gate({ store })(event({ body: form }))).toMatchObject({ statusCode: 200 });
    expect(handled).toEqual([form, form]);
  });

  const interaction = (more: object) => {
    const payload = { team: { id: "T0ACME" }, user: { id: "U0ADA", team_id: "T0ACME" }, ...more };
    return { body: `payload=${encodeURIComponent(JSON.stringify(payload))}` };
  };
  const clicks = (...actions: string[]) =>
    interaction({ type: "block_actions", actions: actions.map((action_id) => ({ action_id })) });
  const json = (more: object): Request => ({
    body: JSON.stringify({ type: "event_callback", team_id: "T0ACME", ...more }),
    contentType: "application/json",
  });

  it.each<[string, Request]>([
    ["a command that tells something", { body: COMMAND.replace(/text=[^&]*/, "text=mine") }],
    ["a shortcut", interaction({ type: "shortcut" })],
    ["a question for options", interaction({ type: "block_suggestion" })],
    ["a form that was closed", interaction({ type: "view_closed" })],
    ["a choice in the form", clicks(ELEMENT)],
    ["a click that opens the form", clicks(ACTIONS.openForm)],
    ["a click that opens it as it was", clicks(ACTIONS.again)],
    ["a click that opens a review", clicks(ACTIONS.review)],
    ["a click that asks why to deny", clicks(ACTIONS.deny)],
    ["a click that asks why to deny an extension", clicks(ACTIONS.denyExtension)],
    ["an event, which Slack itself repeats", json({ event: { type: "app_home_opened" } })],
  ])("asks the table nothing for %s", async (_, request) => {
    const store = { firstSeen: () => Promise.reject(new Error("no table")) };
    expect(await gate({ store })(event(request))).toMatchObject({ statusCode: 200 });
    expect(handled).toHaveLength(1);
  });

  it.each<[string, Request]>([
    ["a command that requests", { body: COMMAND }],
    ["a form that is submitted", interaction({ type: "view_submission" })],
    ["a click that approves", clicks(ACTIONS.approve)],
    ["a click that ends", clicks(ACTIONS.end)],
    ["a click that extends", clicks(ACTIONS.extend)],
    ["a click that decides beside one that opens", clicks(ACTIONS.review, ACTIONS.approve)],
    ["an interaction of another kind", interaction({ type: "message_action" })],
  ])("takes once, and no more, %s", async (_, request) => {
    const one = gate();
    expect(await one(event(request))).toMatchObject({ statusCode: 200 });
    expect(await one(event(request))).toEqual({ statusCode: 401, body: "" });
    expect(handled).toHaveLength(1);
  });

  it("refuses another workspace: a command politely, a click without a word", async () => {
    const body = COMMAND.replace("T0ACME", "T0OTHER");
    const said = await gate()(event({ body }));
    expect(said).toMatchObject({ statusCode: 200 });
    expect(said.body).toContain("another workspace");
    const click = { type: "block_actions", team: { id: "T0ACME" }, user: { team_id: "T0OTHER" } };
    const payload = `payload=${encodeURIComponent(JSON.stringify(click))}`;
    expect(await gate()(event({ body: payload }))).toMatchObject({ statusCode: 401 });
    expect(handled).toEqual([]);
  });

  describe("of one app", () => {
    const mine = "A0LATCHKEY";
    const other = "A0OTHER";
    const command = (app: string) => ({ body: `${COMMAND}&api_app_id=${app}` });
    const click = (more: object) => interaction({ type: "block_actions", ...more });

    it("lets through what is of that app", async () => {
      const one = gate({ app: mine });
      for (const request of [
        command(mine),
        click({ api_app_id: mine }),
        interaction({ type: "view_submission", api_app_id: mine }),
        json({ api_app_id: mine }),
      ]) {
        expect(await one(event(request))).toMatchObject({ statusCode: 200 });
      }
      expect(handled).toHaveLength(4);
    });

    it("refuses what is of another app, or does not say: a command politely, a click without a word", async () => {
      const said = await gate({ app: mine })(event(command(other)));
      expect(said).toMatchObject({ statusCode: 200 });
      expect(said.body).toContain("Latchkey serves another app. Nothing was requested.");
      expect((await gate({ app: mine })(event())).body).toContain("another app");
      for (const request of [
        click({ api_app_id: other }),
        click({}),
        click({ api_app_id: null }),
        interaction({ type: "shortcut", api_app_id: other }),
        json({ api_app_id: other }),
        json({}),
      ]) {
        expect(await gate({ app: mine })(event(request))).toEqual({ statusCode: 401, body: "" });
      }
      expect(handled).toEqual([]);
      expect(new Set(reasons)).toEqual(new Set(["another app"]));
    });

    it("takes a shortcut and the question for the address, in which Slack names none", async () => {
      const one = gate({ app: mine });
      const question = { type: "url_verification", challenge: "x", team_id: undefined };
      for (const request of [interaction({ type: "shortcut" }), json(question)]) {
        expect(await one(event(request))).toMatchObject({ statusCode: 200 });
      }
      expect(handled).toHaveLength(2);
    });

    it("is said only where access.yml says it: else the signature tells", async () => {
      expect(await gate()(event(command(other)))).toMatchObject({ statusCode: 200 });
      expect(handled).toHaveLength(1);
    });
  });

  it("knows the people of an Enterprise organisation by its id", async () => {
    const org = gate({ team: "E0ACME" });
    const inside = `${COMMAND}&enterprise_id=E0ACME`;
    expect(await org(event({ body: inside }))).toMatchObject({ statusCode: 200 });
    await org(event({ body: `${COMMAND}&enterprise_id=E0OTHER` }));
    await org(event({ body: COMMAND }));
    expect(handled).toEqual([inside]);
  });

  it("says that nothing has happened when the table does not answer", async () => {
    const store = { firstSeen: () => Promise.reject(new Error("no table")) };
    const said = await gate({ store })(event());
    expect(said).toMatchObject({ statusCode: 200 });
    expect(said.body).toContain("nothing has changed");
    expect(handled).toEqual([]);
  });

  it("never throws and lets nothing through that is not signed, whatever comes", async () => {
    const anyRequest = fc.record({
      headers: fc.dictionary(
        fc.constantFrom("x-slack-signature", "x-slack-request-timestamp", "Content-Type", "host"),
        fc.oneof(fc.string(), fc.constant(`v0=${"a".repeat(64)}`), fc.constant("1795356000")),
      ),
      body: fc.option(fc.string({ unit: "binary" }), { nil: undefined }),
      isBase64Encoded: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(anyRequest, async (request) => {
        const answer = await gate()(request as unknown as ReturnType<typeof event>);
        expect(answer).toEqual({ statusCode: 401, body: "" });
      }),
      { numRuns: 300 },
    );
    expect(handled).toEqual([]);
  });
});
