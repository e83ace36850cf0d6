// Nothing leaks where all goes well: secrets and what people type are searched for in all that the functions put out.

import { ScanCommand } from "@aws-sdk/client-dynamodb";
import { describe, expect, it } from "@jest/globals";
import { ACTIONS, COMMAND, ELEMENT, FIELDS, fieldOf } from "../../lib/slack/names.ts";
import { dynamodbClient } from "../../local/dynamodb.ts";
import { SECRETS_PARAMETER } from "../../local/functions.ts";
import { bodyText } from "../../local/slack/requests.ts";
import { ASK, NEXT_SIGNING, NEXT_TOKEN, SIGNING, searchedStack, TYPED } from "./canaries.ts";
import { found, typedIn } from "./outputs.ts";
import { endAll } from "./run-end-all.ts";
import { ADA, BOB, DEE, idIn, itWithOurIam, LEE, MINUTE, scene } from "./scene.ts";

const { stack, heard, messages, outputs, putSecrets, secrets } = searchedStack();
const { approve, card, cardMessage, click, clickHome, clickLate, endNow, form } = scene(stack);
const { granted, grant, inNoTime, later, message, openHome, pastTheEnd, person } = scene(stack);
const { request, screen, status, submit } = scene(stack);

const FORM = "application/x-www-form-urlencoded";

/** Sends what no client of Slack's sends by itself. */
const interact = (payload: object | string) => {
  const text = typeof payload === "string" ? payload : interaction(payload);
  return stack().people.send(new URLSearchParams({ payload: text }).toString());
};

function interaction(more: object): string {
  const team = { id: "T0ACME", domain: "acme" };
  const user = { id: ADA, team_id: team.id };
  return JSON.stringify({ team, user, trigger_id: "1.2.3", ...more });
}

describe("nothing of a secret, and nothing that people typed, is put out", () => {
  it("by a request, its denial, an approval, an extension that is denied, and the end", async () => {
    const denied = await request(ADA, ASK);
    await click(BOB, cardMessage(denied), ACTIONS.deny);
    await submit(BOB, { [FIELDS.denial]: TYPED.denial });
    // Whoever comes late is told how things stand; whose it was gets a form that is filled in.
    await click(LEE, cardMessage(denied), ACTIONS.again);
    await click(ADA, cardMessage(denied), ACTIONS.again);
    expect(screen(ADA)).toContain(TYPED.reason);
    expect(await grant(denied)).toMatchObject({ status: "denied", denial: TYPED.denial });

    const id = await granted(ADA, ASK);
    await later(52 * MINUTE);
    await click(ADA, message(ADA, id), ACTIONS.extend);
    await click(LEE, cardMessage(id), ACTIONS.denyExtension);
    await submit(LEE, { [FIELDS.denial]: TYPED.noExtension });
    await openHome(BOB);
    await inNoTime(stack().watch());
    await pastTheEnd(id);
    expect(await status(id)).toBe("ended");
    const mapped = await granted(ADA, `web-pods-mapping 1h ${TYPED.reason}`);
    await endNow(ADA, mapped);
    expect(await status(mapped)).toBe("ended");
  });

  it("by a request in the form, whatever a client sends of its fields", async () => {
    const ticket = fieldOf("ticket", "web-pods-read");
    const choose = (entitlement: string) =>
      person(ADA).select(form(ADA), ELEMENT, entitlement, { blockId: FIELDS.entitlement });
    stack().workspace.clearModals(ADA);
    await person(ADA).command(COMMAND);
    await choose("web-pods-read");
    await person(ADA).select(form(ADA), ELEMENT, TYPED.reason, { blockId: FIELDS.reason });
    // What stands in the other fields is sent along with each choice.
    await choose("web-release-debug");
    await choose("web-pods-read");
    await submit(ADA, { [ticket]: `NO-${TYPED.refused}` });
    const { event } = await submit(ADA, { [ticket]: TYPED.ticket });
    expect(await grant(idIn(screen(ADA)))).toMatchObject({
      reason: TYPED.reason,
      ticket: TYPED.ticket,
    });

    const payload = new URLSearchParams(bodyText(event)).get("payload") ?? "";
    await interact(payload.replaceAll('"value":"1h"', `"value":"${TYPED.duration}"`));
    await interact(payload.replaceAll("web-pods-read", TYPED.entitlement));
    const menu = { action_id: ELEMENT, block_id: FIELDS.entitlement, value: TYPED.sought };
    const { answer } = await interact({ type: "block_suggestion", ...menu });
    expect(bodyText(answer)).toBe('{"options":[]}');
  });

  it("by clicks that come too late, or from somebody who may not", async () => {
    const id = await request(ADA, ASK);
    const early = cardMessage(id);
    await openHome(BOB);
    await clickHome(BOB, ACTIONS.review, id);
    expect(screen(BOB)).toContain(TYPED.reason);
    stack().workspace.clearModals(BOB);
    await click(DEE, early, ACTIONS.approve);
    await click(BOB, early, ACTIONS.deny);
    await submit(BOB, { [FIELDS.denial]: TYPED.denial });
    await clickLate(LEE, early, ACTIONS.approve);
    await clickLate(LEE, early, ACTIONS.deny);
    expect(await status(id)).toBe("denied");
  });

  it("by a command that is refused, or only answered, whatever was typed", async () => {
    for (const text of [
      `web-pods-read 1h OPS-${TYPED.refused} ${TYPED.reason}`,
      `web-release-debug 1h NO-${TYPED.refused} ${TYPED.reason}`,
      `web-pods-read 9d ${TYPED.ticket} ${TYPED.refused}`,
      `${TYPED.entitlement} 1h ${TYPED.reason}`,
      `mine ${TYPED.sought}`,
    ]) {
      await person(DEE).command(COMMAND, text);
    }
    await stack().settle();
    expect(messages()).toContain("request refused");
  });

  it("by requests that are forged, malformed, or of nothing known", async () => {
    const { people } = stack();
    const { forged, malformed } = TYPED;
    const command = { command: COMMAND, user_id: ADA, team_id: "T0ACME" };
    const body = new URLSearchParams({ ...command, text: `web-pods-read ${malformed}` }).toString();
    const event = { type: "message", text: malformed };
    const odd: readonly (readonly [string, string, Record<string, string>?])[] = [
      [body, FORM, people.sign(body, { secret: forged })],
      [body, FORM, { "x-slack-signature": forged }],
      [`payload={"reason":"${malformed}"`, FORM],
      [`{"type":"event_callback","event":"${malformed}`, "application/json"],
      [`{"team_id":"T0ACME","type":"${malformed}","event":{}}`, "application/json"],
      [JSON.stringify({ team_id: "T0ACME", type: "event_callback", event }), "application/json"],
      [`${body}&text=${malformed}`, FORM],
    ];
    for (const [text, contentType, headers] of odd) {
      await people.send(text, { contentType, ...(headers && { headers }) });
    }
    await interact({ type: malformed });
    await interact({ type: "view_submission", view: malformed });
    await interact({ type: "message_action", callback_id: malformed, message: event });
    const actions = [{ action_id: ACTIONS.approve, value: malformed }];
    await interact({ type: "block_actions", actions });
    await stack().settle();
    expect(messages()).toEqual(expect.arrayContaining(["request refused", "request not known"]));
  });

  it("by an end of everything, and why", async () => {
    const id = await granted(ADA, ASK);
    const { name } = stack().table;
    const { code, said } = await endAll(stack(), "--table", name, "--why", TYPED.why);
    expect(code).toBe(0);
    expect(found([...secrets(), ...Object.values(TYPED)], [{ to: "end-all", text: said }])).toEqual(
      [],
    );
    await inNoTime(stack().passes());
    await stack().passes();
    expect(card(id)).toContain(TYPED.why);
  });

  it("through a rotation of both secrets, of which nobody notices anything", async () => {
    const before = await request(ADA, ASK);
    // The first reads them where that is due, so that nobody has read them just now.
    await later(MINUTE);
    await later(MINUTE);
    Object.assign(stack().workspace.state, { botToken: NEXT_TOKEN });
    putSecrets(JSON.stringify({ signingSecret: NEXT_SIGNING, botToken: NEXT_TOKEN }));
    const id = await request(ADA, ASK);
    expect(cardMessage(id)).toBeDefined();
    await approve(BOB, before);
    // From now on Slack signs with the next one, and the one before is taken no more.
    await later(6 * MINUTE);
    const { people } = stack();
    const body = new URLSearchParams({
      command: COMMAND,
      text: "help",
      user_id: ADA,
      team_id: "T0ACME",
    }).toString();
    const answerTo = async (secret: string) =>
      (await people.send(body, { headers: people.sign(body, { secret }) })).answer.statusCode;
    expect([await answerTo(NEXT_SIGNING), await answerTo(SIGNING)]).toEqual([200, 401]);
    putSecrets(
      JSON.stringify({ signingSecret: `${SIGNING},${NEXT_SIGNING}`, botToken: NEXT_TOKEN }),
    );
    await later(MINUTE);
    expect([await answerTo(NEXT_SIGNING), await answerTo(SIGNING)]).toEqual([200, 200]);
  });
});

describe("what was searched", () => {
  it.each([
    ["log", '"_aws"'],
    ["answer", "response_type"],
    ["dynamodb", TYPED.reason],
    ["slack", TYPED.reason],
    ["lambda", '"say"'],
    ["ssm", SECRETS_PARAMETER],
    ["eks", "/clusters/"],
    ["cluster", '"op":"replace"'],
  ])("is what goes to %s: it would be found there", (place, word) => {
    expect(
      found(
        [word],
        outputs.filter(({ to }) => to === place),
      ),
    ).not.toEqual([]);
  });

  itWithOurIam("is what goes to iam", () => {
    const toIam = outputs.filter(({ to }) => to === "iam");
    expect(found(["AddUserToGroup", "RemoveUserFromGroup"], toIam).length).toBeGreaterThan(1);
  });

  it("is all that people typed: each word came to a function, or into the table by hand", () => {
    const unheard = Object.values(TYPED).filter(
      (word) => !heard.some((text) => text.includes(word)),
    );
    expect(unheard).toEqual([TYPED.why]);
  });

  it("is found by its way into the table, as in every other suite", () => {
    const { reason, ticket, denial, noExtension } = TYPED;
    const typed = typedIn(outputs).join("\n");
    const missed = [reason, ticket, denial, noExtension].filter((word) => !typed.includes(word));
    expect(missed).toEqual([]);
  });

  it("stands where it belongs: what people typed in the table and in Slack, secrets in neither", async () => {
    const client = dynamodbClient(stack().table.url);
    const { Items } = await client
      .send(new ScanCommand({ TableName: stack().table.name }))
      .finally(() => client.destroy());
    const table = JSON.stringify(Items);
    const { reason, ticket, denial, noExtension, why } = TYPED;
    for (const typed of [reason, ticket, denial, noExtension, why]) expect(table).toContain(typed);
    const { botToken: _, ...inSlack } = stack().workspace.state;
    const shown = JSON.stringify(inSlack);
    expect(shown).toContain(denial);
    const places = [
      { to: "the table", text: table },
      { to: "Slack", text: shown },
    ];
    expect(found(secrets(), places)).toEqual([]);
  });
});
