// The form for asking while it is filled in: what it offers, what it shows of a choice, and what comes of submitting it.

import type {
  App,
  BlockAction,
  ExternalSelectAction,
  StaticSelectAction,
  ViewOutput,
  ViewResponseAction,
} from "@slack/bolt";
import type { WebClient } from "@slack/web-api";
import { requestAccess, whatCanBeAsked } from "../broker/request-access.ts";
import { parseSlackUserId, type SlackUserId } from "../grant/ids.ts";
import { adminsBeside } from "../policy/membership.ts";
import { atMost } from "./at-most.ts";
import type { SlackPorts } from "./clicks.ts";
import { COMMAND, ELEMENT, FIELDS, FORMS } from "./names.ts";
import { answerView } from "./views/answer-view.ts";
import { nothingToAsk } from "./views/help.ts";
import {
  errorsByField,
  optionsFor,
  readForm,
  requestedView,
  requestForm,
} from "./views/request-form.ts";
import { slackProblem } from "./web-client.ts";

export function listenInRequestForm(app: App, ports: SlackPorts): void {
  app.options<"block_suggestion">(ELEMENT, async ({ body, payload, ack }) => {
    const requestable = await whatCanBeAsked(ports, parseSlackUserId(body.user.id));
    await ack(optionsFor(requestable, payload.value));
  });

  app.action<BlockAction<StaticSelectAction | ExternalSelectAction>>(
    { block_id: FIELDS.entitlement, action_id: ELEMENT },
    async ({ body, client, ack }) => {
      if (body.view) await showChoice(ports, client, parseSlackUserId(body.user.id), body.view);
      await ack();
    },
  );

  app.view(FORMS.request, async ({ body, view, ack }) => {
    try {
      await ack(await submitted(ports, parseSlackUserId(body.user.id), view));
    } catch (error) {
      ports.log.error("request not finished", { error });
      // The form stays, with everything that was typed.
      await ack({ response_action: "errors", errors: { [FIELDS.entitlement]: UNSURE } });
    }
  });
}

/** The update is sent at once and waited for a moment: where it is late, submitting the form makes up for it. */
const UPDATE_WITHIN_MS = 300;

/** Shows what there is to fill in for what was chosen. What stands in fields that stay is kept by Slack. */
async function showChoice(
  ports: SlackPorts,
  client: WebClient,
  by: SlackUserId,
  { id, state }: ViewOutput,
): Promise<void> {
  const requestable = await whatCanBeAsked(ports, by);
  const { entitlementId } = readForm(state.values);
  const view =
    requestable.length === 0
      ? answerView(nothingToAsk(adminsBeside(ports.policy, by)))
      : requestForm(ports.policy, requestable, { entitlementId });
  const updating = client.views
    .update({ view_id: id, view })
    .catch((error: unknown) =>
      ports.log.warn("form not updated", { problem: slackProblem(error).code }),
    );
  await atMost(ports.clock, UPDATE_WITHIN_MS, updating);
}

/** Makes the request; the answer says what becomes of the form. */
async function submitted(
  ports: SlackPorts,
  by: SlackUserId,
  { state: { values } }: ViewOutput,
): Promise<ViewResponseAction> {
  const { isComplete, ...filled } = readForm(values);
  const { entitlementId } = filled;
  if (!isComplete) {
    // The update was lost: errors at fields that are not there would lead nowhere.
    const requestable = await whatCanBeAsked(ports, by);
    if (requestable.some(({ id }) => id === entitlementId)) {
      return { response_action: "update", view: requestForm(ports.policy, requestable, filled) };
    }
  }
  const verdict = await requestAccess(ports, { ...filled, by, from: "slack:form" });
  if (verdict.allowed) return { response_action: "update", view: requestedView(verdict.grant) };
  const errors = errorsByField(entitlementId, values, verdict.reasons);
  return { response_action: "errors", errors };
}

const UNSURE = `Latchkey could not finish that, and may have requested it all the same: ${COMMAND} mine shows whether it has.`;
