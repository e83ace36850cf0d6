// A real Bolt app behind the emulated Slack: what people do there is what Bolt understands, both ways.

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import bolt from "@slack/bolt";
import { type People, playPeople } from "../../../local/slack/people.ts";
import { bodyText } from "../../../local/slack/requests.ts";
import { type SlackWebApi, startWebApi } from "../../../local/slack/web-api.ts";
import { createWorkspace, type Workspace } from "../../../local/slack/workspace.ts";
import { card, home, modal } from "./layouts.ts";
import { silent } from "./support.ts";

const SECRET = "8f742231b10e8888abcd99yyyzzz85a5";
const CHANNEL = "C0ACCESS";
const ADA = "U0ADA";

let workspace: Workspace;
let slack: SlackWebApi;
let people: People;

beforeEach(async () => {
  // Bolt reads the machine's clock for the age of a signature.
  workspace = createWorkspace({ now: () => Date.now() });
  slack = await startWebApi({ workspace });
  const handler = await anApp(slack.apiUrl);
  people = playPeople({
    workspace,
    signingSecret: SECRET,
    hooksUrl: slack.hooksUrl,
    // Bolt reads a base64 body as ASCII, so it is given the text (the broker decodes before Bolt, too).
    deliver: (event) =>
      handler({ ...event, body: bodyText(event), isBase64Encoded: false } as never, {}),
  });
});

afterEach(() => slack.close());

async function anApp(slackApiUrl: string) {
  const receiver = new bolt.AwsLambdaReceiver({ signingSecret: SECRET, logger: silent });
  const app = new bolt.App({
    receiver,
    logger: silent,
    token: "xoxb-local-not-a-secret",
    convoStore: false,
    tokenVerificationEnabled: false,
    botId: "B0LATCHKEY",
    botUserId: "U0LATCHKEY",
    clientOptions: { slackApiUrl, retryConfig: { retries: 0 } },
  });
  app.command("/access", async ({ ack, client, body }) => {
    await client.views.open({ trigger_id: body.trigger_id, view: modal });
    await ack();
  });
  app.options<"block_suggestion">(
    { type: "block_suggestion", action_id: "v", block_id: "target" },
    async ({ ack, options }) => {
      await ack({
        options: [{ text: { type: "plain_text", text: `For ${options.value}` }, value: "pods" }],
      });
    },
  );
  app.view("jit_request", async ({ ack, client, view }) => {
    if (view.state.values["reason"]?.["v"]?.value === "just because") {
      await ack({ response_action: "errors", errors: { reason: "Because of what?" } });
      return;
    }
    await client.chat.postMessage({ channel: CHANNEL, ...card });
    await ack();
  });
  app.action("jit_approve", async ({ ack, respond }) => {
    await respond({ replace_original: true, text: "Approved" });
    await ack();
  });
  app.shortcut("request_access", async ({ ack, client, shortcut }) => {
    await client.views.open({ trigger_id: shortcut.trigger_id, view: modal });
    await ack();
  });
  app.event("app_home_opened", async ({ client, event }) => {
    await client.views.publish({ user_id: event.user, view: home });
  });
  return receiver.start();
}

const form = () => {
  const open = workspace.openView(ADA);
  if (open === undefined) throw new Error("no form is open");
  return open;
};

describe("a real Bolt app in this Slack", () => {
  it("opens a form, says what is wrong in it, posts a card, and updates it on a click", async () => {
    expect(await people.as(ADA).command("/access")).toMatchObject({ answer: { statusCode: 200 } });

    const entries = { target: "pods", role: "readonly", reason: "just because" };
    await people.as(ADA).submit(form().view, entries);
    expect(form().errors).toEqual({ reason: "Because of what?" });

    const { appeared } = await people
      .as(ADA)
      .submit(form().view, { reason: "pods crash: naïve 🔥 & <b>" });
    expect(workspace.openView(ADA)).toBeUndefined();
    expect(appeared.map((one) => one.type)).toEqual(["message_posted", "modals_changed"]);

    const [message] = workspace.channelMessages(CHANNEL);
    if (message === undefined) throw new Error("no card");
    const click = await people.as("U0BOB").click(message, "jit_approve");
    expect(click.failure).toBeUndefined();
    expect(workspace.channelMessages(CHANNEL)).toMatchObject([
      { ts: message.ts, text: "Approved" },
    ]);
  });

  it("hears shortcuts and sees who opens its home", async () => {
    await people.as(ADA).shortcut("request_access");
    expect(form().view.callback_id).toBe("jit_request");
    await people.as("U0BOB").openHome();
    expect(workspace.home("U0BOB")?.callback_id).toBe("jit_home");
  });

  it("refuses a signature made with another secret", async () => {
    const body = "command=%2Faccess";
    const delivery = await people.send(body, { headers: people.sign(body, { secret: "a guess" }) });
    expect(delivery).toMatchObject({ answer: { statusCode: 401 }, failure: "dispatch_failed" });
  });

  it("does not answer commands that it does not know", async () => {
    const { failure } = await people.as(ADA).command("/unknown");
    expect(failure).toBe('/unknown failed with the error "dispatch_failed"');
  });
});
