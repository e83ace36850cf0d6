// Ways to ask: the command with and without words, the shortcut, the buttons; each comes to a request or to the form.

import type { App, BlockAction, ButtonAction, GlobalShortcut, SlashCommand } from "@slack/bolt";
import type { WebClient } from "@slack/web-api";
import { requestAccess, whatCanBeAsked } from "../broker/request-access.ts";
import { parseSlackUserId, type SlackUserId } from "../grant/ids.ts";
import { shortDuration } from "../policy/duration.ts";
import { adminsBeside } from "../policy/membership.ts";
import type { ReasonCode } from "../policy/verdict.ts";
import { reasonsText, standing } from "./answers.ts";
import {
  answering,
  grantIdIn,
  openView,
  type Sender,
  type SlackPorts,
  senderOf,
  UNCHANGED,
} from "./clicks.ts";
import { type Command, readCommand } from "./command-text.ts";
import { lookUp } from "./looking.ts";
import { ACTIONS, COMMAND, SHORTCUT } from "./names.ts";
import { nothingToAsk } from "./views/help.ts";
import { type Opener, openFormBlocks, type Prefilled, requestForm } from "./views/request-form.ts";
import { privately, type Whisper } from "./whisper.ts";

export function listenForRequests(app: App, ports: SlackPorts): void {
  app.command(COMMAND, async ({ body, client, ack }) => {
    const command = readCommand(ports.policy, body.text);
    try {
      await ack(await answerCommand(ports, client, body, command));
    } catch (error) {
      ports.log.error("command not finished", { command: command.kind, error });
      await ack(privately(command.kind === "request" ? UNSURE : UNCHANGED));
    }
  });

  app.shortcut<GlobalShortcut>(
    { callback_id: SHORTCUT, type: "shortcut" },
    async ({ body, client, ack }) => {
      const by = parseSlackUserId(body.user.id);
      const sender = { by, from: "slack:shortcut", triggerId: body.trigger_id, inForm: false };
      await answering(ports, client, sender, UNCHANGED, () => openForm(ports, client, sender));
      await ack();
    },
  );

  app.action<BlockAction<ButtonAction>>(ACTIONS.openForm, async ({ body, action, client, ack }) => {
    const sender = senderOf(body);
    await answering(ports, client, sender, UNCHANGED, () => {
      const prefilled = action.value ? { entitlementId: action.value } : {};
      return openForm(ports, client, sender, prefilled);
    });
    await ack();
  });

  app.action<BlockAction<ButtonAction>>(ACTIONS.again, async ({ body, action, client, ack }) => {
    const sender = senderOf(body);
    await answering(ports, client, sender, UNCHANGED, async () => {
      const prefilled = await askedBefore(ports, sender.by, action.value);
      const opener = { actionId: ACTIONS.again, value: action.value };
      return openForm(ports, client, sender, prefilled, opener);
    });
    await ack();
  });
}

/** Does what the command says; answers with what to tell, or nothing where a form has opened. */
async function answerCommand(
  ports: SlackPorts,
  client: WebClient,
  body: SlashCommand,
  command: Command,
): Promise<Whisper | undefined> {
  const by = parseSlackUserId(body.user_id);
  const from = `slack:${body.channel_id}`;
  const sender = { by, from, triggerId: body.trigger_id, inForm: false };
  if (command.kind === "form") return openForm(ports, client, sender);
  if (command.kind !== "request") return lookUp(ports, by, command.kind);
  const verdict = await requestAccess(ports, { ...command, by, from });
  if (verdict.allowed) return privately(`Requested. ${standing(verdict.grant)}`);
  // What only lacks a word is finished in the form; anything else is told.
  if (verdict.reasons.every(({ code }) => INCOMPLETE.has(code))) {
    return openForm(ports, client, sender, command);
  }
  return privately(reasonsText("Not requested:", verdict.reasons));
}

const INCOMPLETE: ReadonlySet<ReasonCode> = new Set(["reason-missing", "ticket-missing"]);

/** Opens the form; where that cannot be, answers with what to say instead. */
async function openForm(
  ports: SlackPorts,
  client: WebClient,
  sender: Sender,
  prefilled: Prefilled = {},
  opener: Opener = { actionId: ACTIONS.openForm, value: prefilled.entitlementId },
): Promise<Whisper | undefined> {
  const requestable = await whatCanBeAsked(ports, sender.by);
  if (requestable.length === 0)
    return privately(nothingToAsk(adminsBeside(ports.policy, sender.by)));
  const form = requestForm(ports.policy, requestable, prefilled);
  if (await openView(ports, client, sender, form)) return undefined;
  const text = "Slack did not wait for the form. The button opens it.";
  return privately(text, openFormBlocks(text, opener));
}

/** What the grant of that id asked for; nothing of what somebody else has asked for, or cannot be read. */
async function askedBefore(
  { store, log }: SlackPorts,
  by: SlackUserId,
  id: string | undefined,
): Promise<Prefilled> {
  const grantId = grantIdIn(id ?? "");
  if (grantId === undefined) return {};
  const stored = await store.load(grantId).catch((error: unknown) => {
    log.warn("form opened without what was asked before", { grant: grantId, error });
    return undefined;
  });
  if (stored === undefined || stored.grant.requester !== by) return {};
  const { entitlement, durationMs, reason, ticket } = stored.grant;
  return {
    entitlementId: entitlement.id,
    duration: shortDuration(durationMs),
    ...(reason === undefined ? {} : { reason }),
    ...(ticket === undefined ? {} : { ticket }),
  };
}

/** The table may have taken what its answer did not say, so this promises nothing. */
const UNSURE = `Latchkey could not finish that, and may have done it all the same. \`${COMMAND} mine\` shows whether it has.`;
