// Nothing leaks: secrets and what people type are searched for in all that the functions put out, where all goes well and where it fails.

import { ScanCommand } from "@aws-sdk/client-dynamodb";
import { afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import type { GrantId } from "../../lib/grant/ids.ts";
import { ACTIONS, FIELDS } from "../../lib/slack/names.ts";
import { dynamodbClient } from "../../local/dynamodb.ts";
import {
  FUNCTION_NAMES,
  functionSeed,
  lambdaName,
  SECRETS_PARAMETER,
  sourceOf,
} from "../../local/functions.ts";
import type { FunctionError } from "../../local/lambda/runner.ts";
import { ADA, BOB, DEE, itWithOurIam, LEE, MINUTE, scene, stackForTests } from "./scene.ts";

/** What a function wrote, threw, or was handed by another. */
interface Output {
  readonly what: "log" | "error" | "kick";
  readonly text: string;
}

const outputs: Output[] = [];
const stack = stackForTests({
  onLog: (_name, text) => void outputs.push({ what: "log", text }),
});
const { approve, awsAuth, cardMessage, click, editAwsAuth, endNow, granted, grant } = scene(stack);
const { inNoTime, later, message, openHome, pastTheEnd, person, request } = scene(stack);
const { status, submit } = scene(stack);

/** What people type in this file, each of its own, and nowhere else. */
const TYPED = {
  reason: "canary-reason",
  ticket: "OPS-7355608",
  denial: "canary-denial",
  noExtension: "canary-not-extended",
  refused: "canary-refused",
  forged: "canary-forged",
  malformed: "canary-malformed",
} as const;

const ASK = `web-pods-read 1h ${TYPED.ticket} ${TYPED.reason}`;

/** The signing secret that Slack's side of this stack signs with, and one more, as during a rotation. */
const SIGNING = "local-only-signing-secret";
const NEXT_SIGNING = "canary-next-signing-secret";
const NEXT_TOKEN = "xoxb-canary-next-token";

/** All that may be in no output whatsoever. */
function secrets(): readonly string[] {
  const keys = FUNCTION_NAMES.flatMap((name) => {
    const { secretAccessKey, sessionToken } = stack().aws.credentials(lambdaName(name));
    return [secretAccessKey, ...(sessionToken === undefined ? [] : [sessionToken])];
  });
  return [
    ...[SIGNING, NEXT_SIGNING, NEXT_TOKEN, "xoxb-local-not-a-secret", stack().adminToken],
    ...["canary-in-a-broken-parameter"],
    // Who bears it may act as one of the functions in a cluster, and who has the other write as the app.
    ...["k8s-aws-v1.", "X-Amz-Signature", "Bearer "],
    ...keys,
  ];
}

/** As AWS keeps it. */
const putSecrets = (value: string) =>
  stack().aws.putParameter({ name: SECRETS_PARAMETER, type: "SecureString", value });

const setToken = (token: string) =>
  Object.assign(stack().workspace.state, { botToken: token } satisfies { botToken: string });

/** Invokes a function as Lambda would; what it throws is an output. Tells whether it threw. */
async function invoke(name: (typeof FUNCTION_NAMES)[number], event: object): Promise<boolean> {
  try {
    await inNoTime(stack().invoke(name, { ...event, source: "this test" }));
    return false;
  } catch (error) {
    const { errorType, message: text, trace } = error as FunctionError;
    outputs.push({ what: "error", text: [errorType, text, ...trace].join("\n") });
    return true;
  }
}

/** Those of `words` that are in some output, with the output. */
const leaked = (words: readonly string[], from: readonly Output[] = outputs) =>
  words.flatMap((word) =>
    from.flatMap(({ what, text }) =>
      text.includes(word) ? [`${word} in the ${what}: ${text}`] : [],
    ),
  );

/** The schedule goes on until a grant has ended, of itself or as it could not be given. */
async function untilEnded(id: GrantId): Promise<void> {
  for (let passes = 0; (await status(id)) !== "ended"; passes++) {
    if (passes === 30) throw new Error(`${id} does not end`);
    await inNoTime(later(5 * MINUTE));
  }
}

const messages = () =>
  outputs.flatMap(({ what, text }) =>
    what === "log" && text.startsWith("{") ? [String(JSON.parse(text).message)] : [],
  );

beforeAll(() => {
  // A kick is what neither Slack nor the schedule sends.
  stack().onRun((news) => {
    if (news.kind !== "begun") return;
    const { requestContext, source } = Object(news.event);
    if (requestContext === undefined && source === undefined) {
      outputs.push({ what: "kick", text: JSON.stringify(news.event) });
    }
  });
  putSecrets(
    JSON.stringify({
      signingSecret: `${NEXT_SIGNING},${SIGNING}`,
      botToken: stack().workspace.state.botToken,
    }),
  );
});

/** Where the outputs of the test under way begin. */
let since = 0;

afterEach(() => {
  stack().aws.faults.clear();
  stack().slackApi.faults.clear();
  stack().cluster.faults.clear();
  const own = outputs.slice(since);
  since = outputs.length;
  expect(leaked([...secrets(), ...Object.values(TYPED)], own)).toEqual([]);
});

describe("nothing of a secret, and nothing that people typed, is put out", () => {
  it("by a request, its denial, an approval, an extension that is denied, and the end", async () => {
    const denied = await request(ADA, ASK);
    await click(BOB, cardMessage(denied), ACTIONS.deny);
    await submit(BOB, { [FIELDS.denial]: TYPED.denial });
    // Whoever comes late is told how things stand.
    await click(LEE, cardMessage(denied), ACTIONS.again);
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

  it("by clicks that come too late, or from somebody who may not", async () => {
    const id = await request(ADA, ASK);
    const early = cardMessage(id);
    const { clickLate } = scene(stack);
    await click(DEE, early, ACTIONS.approve);
    await click(BOB, early, ACTIONS.deny);
    await submit(BOB, { [FIELDS.denial]: TYPED.denial });
    await clickLate(LEE, early, ACTIONS.approve);
    await clickLate(LEE, early, ACTIONS.deny);
    expect(await status(id)).toBe("denied");
  });

  it("by a request that is refused for what was typed", async () => {
    for (const text of [
      `web-pods-read 1h OPS-${TYPED.refused} ${TYPED.reason}`,
      `web-release-debug 1h NO-${TYPED.refused} ${TYPED.reason}`,
      `web-pods-read 9d ${TYPED.ticket} ${TYPED.refused}`,
      `${TYPED.refused} 1h ${TYPED.reason}`,
    ]) {
      await person(DEE).command("/access", text);
    }
    await stack().settle();
    expect(messages()).toContain("request refused");
  });

  it("by requests that are forged, malformed, or of nothing known", async () => {
    const { people } = stack();
    const text = `web-pods-read 1h ${TYPED.malformed}`;
    const command = { command: "/access", text, user_id: "U0ADA", team_id: "T0ACME" };
    const form = new URLSearchParams(command).toString();
    const forged = people.sign(form, { secret: TYPED.forged });
    const FORM = "application/x-www-form-urlencoded";
    const odd: readonly (readonly [string, string, Record<string, string>?])[] = [
      [form, FORM, forged],
      [form, FORM, { "x-slack-signature": TYPED.forged }],
      [`payload={"reason":"${TYPED.malformed}"`, FORM],
      [`{"type":"event_callback","event":"${TYPED.malformed}`, "application/json"],
      [`{"team_id":"T0ACME","type":"${TYPED.malformed}","event":{}}`, "application/json"],
      [`payload=${encodeURIComponent(interaction({ type: TYPED.malformed }))}`, FORM],
      [
        `payload=${encodeURIComponent(interaction({ type: "view_submission", view: TYPED.malformed }))}`,
        FORM,
      ],
      [
        `payload=${encodeURIComponent(interaction({ type: "block_actions", actions: [{ action_id: ACTIONS.approve, value: TYPED.malformed }] }))}`,
        FORM,
      ],
      [`${form}&text=${TYPED.malformed}`, FORM],
    ];
    for (const [body, contentType, headers] of odd) {
      await people.send(body, { contentType, ...(headers && { headers }) });
    }
    await stack().settle();
    expect(messages()).toEqual(expect.arrayContaining(["request refused", "request not known"]));
  });

  it("by workers that are handed what they cannot use", async () => {
    const { malformed } = TYPED;
    expect(await invoke("announce", { say: { to: { user: malformed }, message: malformed } })).toBe(
      true,
    );
    expect(await invoke("announce", { findings: [{ kind: malformed }], at: 1, leftOut: 0 })).toBe(
      true,
    );
    for (const name of ["provision", "revoke", "announce"] as const) {
      expect(await invoke(name, { grants: [malformed, { id: malformed }] })).toBe(false);
    }
    expect(outputs.filter(({ what }) => what === "error")).toHaveLength(2);
  });

  it("while Slack fails: down, refusing the token, and losing answers", async () => {
    const { faults } = stack().slackApi;
    const id = await request(ADA, ASK);
    faults.slackIsDown(true);
    await click(DEE, cardMessage(id), ACTIONS.approve);
    await approve(BOB, id);
    await person(ADA).command("/access", "");
    await stack().settle();
    faults.clear();
    faults.next("chat.update", { kind: "answer-lost" }, 5);
    faults.next("chat.postMessage", { kind: "error", code: "invalid_auth" }, 5);
    faults.next("users.info", { kind: "rate-limited", retryAfterS: 5 }, 5);
    await later(20 * MINUTE);
    await endNow(ADA, id);
    await later(5 * MINUTE);
    expect(messages()).toContain("grant not told in Slack yet");
  });

  itWithOurIam("while IAM and the cluster fail", async () => {
    const { faults } = stack().aws;
    faults.inject({ kind: "denied", service: "iam", action: "AddUserToGroup", times: 1 });
    faults.inject({ kind: "throttled", service: "iam", action: "GetGroup", times: 8 });
    faults.inject({ kind: "error", service: "iam", action: "RemoveUserFromGroup", times: 4 });
    faults.inject({ kind: "lost", service: "lambda", times: 2 });
    for (let round = 0; round < 3; round++) {
      const id = await inNoTime(granted(ADA, ASK));
      await untilEnded(id);
    }
    stack().aws.faults.inject({ kind: "denied", service: "eks", times: 2 });
    stack().cluster.faults.inject({ kind: "internalError" }, { times: 3 });
    const mapped = await inNoTime(granted(ADA, `web-pods-mapping 1h ${TYPED.reason}`));
    await untilEnded(mapped);
    editAwsAuth(({ mapUsers }) => ({
      mapUsers: `${mapUsers}\n  : not YAML ${TYPED.malformed.length}`,
    }));
    await inNoTime(granted(ADA, `web-pods-mapping 1h ${TYPED.reason}`));
    await inNoTime(stack().watch());
    expect(messages()).toEqual(expect.arrayContaining(["target failed", "grant failed"]));
    expect(awsAuth().mapUsers).toContain("not YAML");
  });

  it("while the table fails", async () => {
    const id = await request(ADA, ASK);
    stack().aws.faults.inject({ kind: "denied", service: "dynamodb" });
    await person(ADA).command("/access", ASK);
    await person(BOB).click(cardMessage(id), ACTIONS.approve);
    await person(BOB).click(cardMessage(id), ACTIONS.deny);
    for (const name of ["provision", "revoke", "announce", "watch"] as const) {
      expect(await invoke(name, {})).toBe(true);
    }
    expect(messages()).toContain("request not handled");
  });

  it("through a rotation of both secrets, of which nobody notices anything", async () => {
    const before = await request(ADA, ASK);
    // The first reads them where that is due, so that nobody has read them just now.
    await later(MINUTE);
    await later(MINUTE);
    setToken(NEXT_TOKEN);
    putSecrets(JSON.stringify({ signingSecret: NEXT_SIGNING, botToken: NEXT_TOKEN }));
    const id = await request(ADA, ASK);
    expect(cardMessage(id)).toBeDefined();
    await approve(BOB, before);
    // From now on Slack signs with the next one, and the one before is taken no more.
    await later(6 * MINUTE);
    const { people } = stack();
    const body = new URLSearchParams({
      command: "/access",
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

  it("where the parameter holds something else, or cannot be read", async () => {
    putSecrets('{"signingSecret": "canary-in-a-broken-parameter"');
    await later(2 * 60 * MINUTE);
    await person(ADA).command("/access", ASK);
    stack().aws.faults.inject({ kind: "denied", service: "ssm" });
    await later(2 * 60 * MINUTE);
    await person(ADA).command("/access", ASK);
    await stack().settle();
    expect(messages().filter((text) => text === "request not handled").length).toBeGreaterThan(1);
  });
});

describe("what was searched", () => {
  it("is what functions put out: lines, errors, and kicks of every function", () => {
    const count = (which: Output["what"]) => outputs.filter(({ what }) => what === which).length;
    expect(count("log")).toBeGreaterThan(200);
    expect(count("kick")).toBeGreaterThan(30);
    expect(count("error")).toBe(6);
    expect(leaked(['"_aws"'])).not.toEqual([]);
    expect(leaked(['"say"'])).not.toEqual([]);
  });

  it("would be found: what people typed is in the table, and secrets are in neither the table nor Slack", async () => {
    const client = dynamodbClient(stack().table.url);
    const { Items } = await client
      .send(new ScanCommand({ TableName: stack().table.name }))
      .finally(() => client.destroy());
    const table = JSON.stringify(Items);
    for (const typed of [TYPED.reason, TYPED.ticket, TYPED.denial, TYPED.noExtension]) {
      expect(table).toContain(typed);
    }
    const { botToken: _, ...inSlack } = stack().workspace.state;
    const shown = JSON.stringify(inSlack);
    expect(shown).toContain(TYPED.denial);
    for (const secret of secrets()) {
      expect([secret, table.includes(secret), shown.includes(secret)]).toEqual([
        secret,
        false,
        false,
      ]);
    }
  });

  it("has no secret of Slack's in the environment of a function", () => {
    for (const name of FUNCTION_NAMES) {
      const { env } = functionSeed(name, sourceOf(name), {
        tableName: stack().table.name,
        slackApiUrl: stack().slackApi.apiUrl,
        accessFile: "",
        environment: {},
      });
      expect(leaked(secrets(), [{ what: "log", text: JSON.stringify(env) }])).toEqual([]);
    }
  });
});

function interaction(more: object): string {
  const team = { id: "T0ACME", domain: "acme" };
  return JSON.stringify({
    team,
    user: { id: ADA, team_id: team.id },
    trigger_id: "1.2.3",
    ...more,
  });
}
