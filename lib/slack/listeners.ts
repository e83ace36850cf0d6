// The listeners: each unpacks what Slack sent, calls the broker, and answers. Nothing slow, nothing decided here.

import type { App, BlockAction, ButtonAction, SlashCommand } from "@slack/bolt";
import type { WebClient } from "@slack/web-api";
import {
  type Act,
  type ActOutcome,
  approveRequest,
  cancelRequest,
  checkDeny,
  denyRequest,
  endAccess,
} from "../broker/decide-request.ts";
import type { Ports } from "../broker/ports.ts";
import { requestAccess, whatCanBeAsked } from "../broker/request-access.ts";
import type { Grant } from "../grant/grant.ts";
import { type GrantId, parseGrantId, parseSlackUserId, type SlackUserId } from "../grant/ids.ts";
import type { Reason } from "../policy/verdict.ts";
import { answerTo, reasonsText, standing } from "./answers.ts";
import { readCommand } from "./command-text.ts";
import { ACTIONS, COMMAND, ELEMENT, FIELDS, FORMS } from "./names.ts";
import { helpText, nothingToAsk } from "./views/help.ts";
import {
  denyForm,
  notDeniedView,
  openFormBlocks,
  optionsFor,
  type Prefilled,
  requestedView,
  requestForm,
} from "./views/request-form.ts";
import { slackProblem } from "./web-client.ts";
import { privately, type Whisper, whisper } from "./whisper.ts";

/** What the Slack function needs of the broker: the table, the policy, kicks. No targets. */
export type SlackPorts = Pick<
  Ports,
  "policy" | "clock" | "ids" | "store" | "directory" | "kick" | "log"
>;

/** Registers everything that Slack can call. */
export function listen(app: App, ports: SlackPorts): void {
  listenForRequests(app, ports);
  listenForDecisions(app, ports);
}

function listenForRequests(app: App, ports: SlackPorts): void {
  app.command(COMMAND, async ({ body, client, ack }) => {
    try {
      await ack(await answerCommand(ports, client, body));
    } catch (error) {
      ports.log.error("command not finished", { error });
      await ack(privately(UNSURE));
    }
  });

  app.action<BlockAction<ButtonAction>>(ACTIONS.openForm, async ({ body, action, client, ack }) => {
    await tellIfNot(ports, body, async () => {
      const by = parseSlackUserId(body.user.id);
      const prefilled = action.value === undefined ? {} : { entitlementId: action.value };
      return openForm(ports, client, by, body.trigger_id, prefilled);
    });
    await ack();
  });

  app.options<"block_suggestion">(ELEMENT, async ({ body, payload, ack }) => {
    const requestable = await whatCanBeAsked(ports, parseSlackUserId(body.user.id));
    await ack({ options: optionsFor(requestable, payload.value) });
  });

  app.view(FORMS.request, async ({ body, view, ack }) => {
    const values = view.state.values;
    const typed = (field: string) => values[field]?.[ELEMENT]?.value ?? undefined;
    const entitlementId = values[FIELDS.entitlement]?.[ELEMENT]?.selected_option?.value ?? "";
    const verdict = await requestAccess(ports, {
      by: parseSlackUserId(body.user.id),
      entitlementId,
      duration: typed(FIELDS.duration),
      reason: typed(FIELDS.reason),
      ticket: typed(FIELDS.ticket),
      from: "slack:form",
    });
    if (verdict.allowed) {
      return ack({ response_action: "update", view: requestedView(verdict.grant) });
    }
    return ack({ response_action: "errors", errors: errorsByField(values, verdict.reasons) });
  });
}

/** Does what the command says; answers with what to tell, or nothing where a form has opened. */
async function answerCommand(ports: SlackPorts, client: WebClient, body: SlashCommand) {
  const by = parseSlackUserId(body.user_id);
  const command = readCommand(ports.policy, body.text);
  if (command.kind === "help") {
    return privately(helpText(await whatCanBeAsked(ports, by), ports.policy.slack.admins));
  }
  if (command.kind === "form") return openForm(ports, client, by, body.trigger_id, {});
  const asked = { ...command, by, from: `slack:${body.channel_id}` };
  const verdict = await requestAccess(ports, asked);
  if (verdict.allowed) return privately(`Requested. ${standing(verdict.grant)}`);
  // What only lacks a word is finished in the form; anything else is told.
  if (verdict.reasons.every(({ code }) => INCOMPLETE.has(code))) {
    return openForm(ports, client, by, body.trigger_id, command);
  }
  return privately(reasonsText("Not requested:", verdict.reasons));
}

function listenForDecisions(app: App, ports: SlackPorts): void {
  onButton(app, ports, ACTIONS.approve, "approve this", approveRequest);
  onButton(app, ports, ACTIONS.cancel, "cancel this", cancelRequest);
  onButton(app, ports, ACTIONS.end, "end this", endAccess);

  app.action<BlockAction<ButtonAction>>(ACTIONS.deny, async ({ body, action, client, ack }) => {
    await tellIfNot(ports, body, async () => {
      const checked = await onGrant(action.value, (grantId) =>
        checkDeny(ports, { grantId, ...senderOf(body) }),
      );
      if (checked.outcome !== "may") return answerTo("deny this", checked);
      return openDenyForm(ports, client, body.trigger_id, checked.grant);
    });
    await ack();
  });

  app.view(FORMS.deny, async ({ body, view, ack }) => {
    const denial = view.state.values[FIELDS.denial]?.[ELEMENT]?.value?.trim() ?? "";
    const outcome = await onGrant(view.private_metadata, (grantId) =>
      denyRequest(ports, {
        grantId,
        by: parseSlackUserId(body.user.id),
        from: "slack:form",
        ...(denial === "" ? {} : { denial }),
      }),
    );
    const answer = answerTo("deny this", outcome);
    if (answer === undefined) return ack();
    return ack({ response_action: "update", view: notDeniedView(answer) });
  });
}

/** A button that does one thing to one grant, and tells the clicker alone where it did not. */
function onButton(
  app: App,
  ports: SlackPorts,
  actionId: string,
  words: string,
  verb: (ports: SlackPorts, act: Act) => Promise<ActOutcome>,
): void {
  app.action<BlockAction<ButtonAction>>(actionId, async ({ body, action, ack }) => {
    await tellIfNot(ports, body, async () => {
      const act = (grantId: GrantId) => verb(ports, { grantId, ...senderOf(body) });
      return answerTo(words, await onGrant(action.value, act));
    });
    await ack();
  });
}

/** Does what a click says. Where it comes to an answer, or fails, the clicker is told, and alone. */
async function tellIfNot(
  { log }: SlackPorts,
  body: BlockAction,
  work: () => Promise<Whisper | string | undefined>,
): Promise<void> {
  const answer = await work().catch((error: unknown) => {
    log.error("click not finished", { error });
    return UNSURE;
  });
  if (answer === undefined) return;
  const said = typeof answer === "string" ? privately(answer) : answer;
  await whisper(log, body.response_url, said);
}

/** NB. Of all that a click carries, only who clicked and the id are used. */
function senderOf(body: BlockAction): Omit<Act, "grantId"> {
  return { by: parseSlackUserId(body.user.id), from: `slack:${body.channel?.id ?? "home"}` };
}

/** What `act` does to the grant of that id; what is no id at all is a grant that nobody knows. */
async function onGrant<Outcome>(
  text: string | undefined,
  act: (grantId: GrantId) => Promise<Outcome>,
): Promise<Outcome | { readonly outcome: "unknown-grant" }> {
  const grantId = grantIdIn(text ?? "");
  return grantId === undefined ? { outcome: "unknown-grant" } : act(grantId);
}

function grantIdIn(text: string): GrantId | undefined {
  try {
    return parseGrantId(text);
  } catch {
    return undefined;
  }
}

/** Opens the form that asks why; where that cannot be, answers with what to say instead. */
async function openDenyForm(
  ports: SlackPorts,
  client: WebClient,
  triggerId: string,
  grant: Grant,
): Promise<string | undefined> {
  try {
    await client.views.open({ trigger_id: triggerId, view: denyForm(grant) });
    return undefined;
  } catch (error) {
    ports.log.warn("form not opened", { problem: slackProblem(error).code });
    return "Slack was too slow to open the form. Click again.";
  }
}

/** Opens the form; where that cannot be, answers with what to say instead. */
async function openForm(
  ports: SlackPorts,
  client: WebClient,
  by: SlackUserId,
  triggerId: string,
  prefilled: Prefilled,
): Promise<Whisper | undefined> {
  const requestable = await whatCanBeAsked(ports, by);
  if (requestable.length === 0) {
    return privately(nothingToAsk(ports.policy.slack.admins));
  }
  try {
    await client.views.open({ trigger_id: triggerId, view: requestForm(requestable, prefilled) });
    return undefined;
  } catch (error) {
    ports.log.warn("form not opened", { problem: slackProblem(error).code });
    const text = "Slack did not wait for the form. The button opens it.";
    return { ...privately(text), blocks: openFormBlocks(text, prefilled) };
  }
}

/** Errors stand at their fields; what belongs to none, or to one that is not shown, at the first. */
function errorsByField(
  shown: Readonly<Record<string, unknown>>,
  reasons: readonly Reason[],
): Record<string, string> {
  const errors: Record<string, string> = {};
  for (const { field, message } of reasons) {
    const at = field !== undefined && field in shown ? field : FIELDS.entitlement;
    errors[at] = errors[at] === undefined ? message : `${errors[at]} ${message}`;
  }
  return errors;
}

// The table may have taken what its answer did not say, so this promises nothing.
const UNSURE =
  "Latchkey could not finish that, and may have done it all the same. Look at the request's card before you try again.";

const INCOMPLETE: ReadonlySet<string> = new Set(["reason-missing", "ticket-missing"]);
