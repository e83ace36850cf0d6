// Clicks and commands as Slack sends them, through the gate and the real Bolt: what happens, and what the person reads.

import { createHmac } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { approveRequest, cancelRequest } from "../../lib/broker/decide-request.ts";
import type { Ports } from "../../lib/broker/ports.ts";
import { requestAccess } from "../../lib/broker/request-access.ts";
import type { SlackUserId } from "../../lib/grant/ids.ts";
import { createSlackApp } from "../../lib/slack/app.ts";
import { ACTIONS, FIELDS, FORMS } from "../../lib/slack/names.ts";
import { createGate } from "../../lib/slack/receive.ts";
import { StoreError } from "../../lib/store/store.ts";
import { ADA, BOB, createWorld, EVE, LEE, type World } from "../support/world.ts";

const SECRET = "a secret of this test";
const FORM = "application/x-www-form-urlencoded";

/** Slack, as much of it as a click needs: it takes everything but what is `refused`, and remembers it. */
let slack: Server;
const refused = new Set<string>();
let called: { method: string; args: Record<string, string> }[] = [];

beforeAll(async () => {
  slack = createServer(async (request, response) => {
    const body = await text(request);
    const method = request.url?.slice("/api/".length) ?? "";
    const args = body.startsWith("{") ? JSON.parse(body) : new URLSearchParams(body);
    called.push({ method, args: method === "respond" ? args : Object.fromEntries(args) });
    response.statusCode = refused.has(method) ? 500 : 200;
    response.setHeader("content-type", "application/json").end('{"ok":true}');
  });
  await new Promise<void>((listening) => slack.listen(0, "127.0.0.1", listening));
});

afterAll(() => {
  slack.closeAllConnections();
  slack.close();
});

beforeEach(() => {
  called = [];
  refused.clear();
});

function slackUrl(): string {
  return `http://127.0.0.1:${(slack.address() as AddressInfo).port}/api/`;
}

function appOf(world: World, ports: Ports = world.ports) {
  const gate = createGate({
    ...ports,
    team: "T0ACME",
    signingSecrets: async () => [SECRET],
    handle: createSlackApp({
      ports,
      apiUrl: slackUrl(),
      botToken: async () => "token-of-this-test",
    }),
  });
  return async (body: string, contentType = FORM) => {
    const timestamp = String(Math.floor(world.now() / 1000));
    const mac = createHmac("sha256", SECRET).update(`v0:${timestamp}:${body}`).digest("hex");
    const headers = {
      "content-type": contentType,
      "x-slack-request-timestamp": timestamp,
      "x-slack-signature": `v0=${mac}`,
    };
    return gate({ headers, body, isBase64Encoded: false } as unknown as Parameters<typeof gate>[0]);
  };
}

const team = { id: "T0ACME", domain: "acme" };

function interaction(by: SlackUserId, more: object): string {
  const payload = { team, user: { id: by, team_id: team.id }, trigger_id: "1.2.3", ...more };
  return `payload=${encodeURIComponent(JSON.stringify(payload))}`;
}

function click(by: SlackUserId, actionId: string, value: string): string {
  return interaction(by, {
    type: "block_actions",
    channel: { id: "C0ACCESS" },
    response_url: `${slackUrl()}respond`,
    actions: [{ type: "button", action_id: actionId, block_id: "b", value, action_ts: "1.1" }],
  });
}

async function asked(world: World) {
  const verdict = await requestAccess(world.ports, {
    by: ADA,
    entitlementId: "web-pods-read",
    from: "test",
  });
  if (!verdict.allowed) throw new Error("refused");
  return verdict.grant.id;
}

/** For the clicker alone, and beside what was clicked on. */
const TO_ONE = { response_type: "ephemeral", replace_original: false };

describe("a click", () => {
  it("that may and can do what it says needs no words", async () => {
    const world = createWorld();
    const id = await asked(world);
    expect(await appOf(world)(click(BOB, ACTIONS.approve, id))).toEqual({
      statusCode: 200,
      body: "",
    });
    expect(await world.grant(id)).toMatchObject({ status: "approved", approvals: [{ by: BOB }] });
    expect(called).toEqual([]);
  });

  it("is read whatever Slack writes behind the content type", async () => {
    const world = createWorld();
    const id = await asked(world);
    const app = appOf(world);
    const answer = await app(click(BOB, ACTIONS.approve, id), `${FORM}; charset=utf-8`);
    expect(answer).toMatchObject({ statusCode: 200 });
    expect(await world.grant(id)).toMatchObject({ status: "approved" });
  });

  it.each([
    ["comes too late", LEE, "Too late to approve this"],
    ["is not for this person", EVE, "You cannot approve this"],
  ])("that %s is answered to the clicker alone", async (_, by, words) => {
    const world = createWorld();
    const grantId = await asked(world);
    if (by === LEE) await approveRequest(world.ports, { grantId, by: BOB, from: "test" });
    expect(await appOf(world)(click(by, ACTIONS.approve, grantId))).toMatchObject({
      statusCode: 200,
    });
    expect(called).toMatchObject([{ method: "respond", args: TO_ONE }]);
    expect(called[0]?.args["text"]).toContain(words);
  });

  it.each(["", "LK-NOTANID", "0"])(
    "on a button that carries %j is answered as well",
    async (value) => {
      const world = createWorld();
      for (const action of [ACTIONS.approve, ACTIONS.deny, ACTIONS.cancel, ACTIONS.end]) {
        const answer = await appOf(world)(click(BOB, action, value));
        expect(answer).toEqual({ statusCode: 200, body: "" });
      }
      expect(called).toHaveLength(4);
      expect(called.at(-1)?.args["text"]).toContain("does not know this request");
    },
  );

  it.each([ACTIONS.approve, ACTIONS.deny, ACTIONS.end])(
    "on %s while the table is down tells the clicker, and promises nothing",
    async (action) => {
      const world = createWorld();
      const id = await asked(world);
      const load = () => Promise.reject(new StoreError("unavailable", "no answer"));
      const answer = await appOf(world, world.portsWith({ load }))(click(BOB, action, id));
      expect(answer).toEqual({ statusCode: 200, body: "" });
      expect(called).toMatchObject([{ method: "respond", args: TO_ONE }]);
      expect(called[0]?.args["text"]).toContain("may have done it all the same");
    },
  );

  it("is done and acknowledged also where Slack does not take the answer", async () => {
    const world = createWorld();
    const id = await asked(world);
    refused.add("respond");
    expect(await appOf(world)(click(EVE, ACTIONS.approve, id))).toMatchObject({ statusCode: 200 });
    expect(world.logged).toContainEqual({
      level: "warn",
      message: "answer not delivered",
      fields: { status: 500 },
    });
  });

  it("on the button for the form that is too late once more brings the button again", async () => {
    refused.add("views.open");
    const app = appOf(createWorld());
    expect(await app(click(ADA, ACTIONS.openForm, "web-pods-read"))).toMatchObject({
      statusCode: 200,
    });
    expect(called.map(({ method }) => method)).toEqual(["views.open", "respond"]);
    expect(called[1]?.args).toMatchObject(TO_ONE);
    expect(JSON.stringify(called[1]?.args)).toContain(ACTIONS.openForm);
  });
});

describe("the form for a denial", () => {
  const denial = (by: SlackUserId, id: string) =>
    interaction(by, {
      type: "view_submission",
      view: {
        id: "V1",
        type: "modal",
        callback_id: FORMS.deny,
        private_metadata: id,
        state: {
          values: { [FIELDS.denial]: { value: { type: "plain_text_input", value: "no" } } },
        },
      },
    });

  it("denies, with what was typed for the requester and not for the log", async () => {
    const world = createWorld();
    const id = await asked(world);
    expect(await appOf(world)(denial(BOB, id))).toEqual({ statusCode: 200, body: "" });
    expect(await world.grant(id)).toMatchObject({ status: "denied", denial: "no", decidedBy: BOB });
    expect(JSON.stringify(world.logged)).not.toContain('"no"');
  });

  it("that comes too late says so where people and times are shown, not spelt", async () => {
    const world = createWorld();
    const id = await asked(world);
    await cancelRequest(world.ports, { grantId: id, by: ADA, from: "test" });
    const answer = await appOf(world)(denial(BOB, id));
    expect(JSON.parse(String(answer.body))).toMatchObject({
      response_action: "update",
      view: { blocks: [{ text: { type: "mrkdwn", text: expect.stringContaining("Too late") } }] },
    });
  });
});

describe("the command", () => {
  const command = (words: string, by = ADA) =>
    new URLSearchParams({
      command: "/access",
      text: words,
      team_id: team.id,
      user_id: by,
      channel_id: "C0ACCESS",
      trigger_id: "1.2.3",
    }).toString();

  it("tells with help what this person may ask for, and asks the table nothing", async () => {
    const world = createWorld();
    const firstSeen = () => Promise.reject(new StoreError("unavailable", "no answer"));
    const app = appOf(world, world.portsWith({ firstSeen }));
    const { text: said } = JSON.parse(String((await app(command("help"))).body));
    expect(said).toContain("`/access web-pods-read 1h why you need it` asks at once");
    expect(said).toContain("• `web-pods-mapping`");
    const { text: none } = JSON.parse(String((await app(command("help", EVE))).body));
    expect(none).toContain("nothing that you may ask for. <@U0CAT> can tell you more");
    expect(none).not.toContain("web-pods");
  });

  it("asks at once", async () => {
    const world = createWorld();
    const answer = await appOf(world)(command("web-pods-read 1h pods restart"));
    expect(answer.body).toContain("Requested.");
    expect(world.store.grants()).toMatchObject([
      { grant: { requester: ADA, reason: "pods restart" } },
    ]);
  });

  it("whose request the table took without saying so does not promise that nothing happened", async () => {
    const world = createWorld();
    const ports = world.portsWith({
      create: async (grant) => {
        await world.store.create(grant);
        throw new StoreError("unavailable", "no answer");
      },
    });
    const answer = await appOf(world, ports)(command("web-pods-read 1h why"));
    expect(answer).toMatchObject({ statusCode: 200 });
    expect(answer.body).toContain("may have done it all the same");
  });
});
