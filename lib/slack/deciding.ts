// What people do to grants: approve, deny, take back, end, extend; each click is answered where it did not do what it says.

import type { App, BlockAction, ButtonAction, ViewOutput, ViewResponseAction } from "@slack/bolt";
import type { Act, ActOutcome, CheckOutcome } from "../broker/act-on.ts";
import { backgroundOf } from "../broker/background.ts";
import {
  approveRequest,
  cancelRequest,
  checkApprove,
  checkDeny,
  denyRequest,
  endAccess,
} from "../broker/decide-request.ts";
import {
  approveExtension,
  checkDenyExtension,
  denyExtension,
  extendAccess,
} from "../broker/extend-access.ts";
import type { Grant } from "../grant/grant.ts";
import { parseSlackUserId } from "../grant/ids.ts";
import { entitlementOf } from "../policy/membership.ts";
import { answerTo } from "./answers.ts";
import {
  actOf,
  answering,
  openView,
  type SlackPorts,
  senderOf,
  UNCHANGED,
  UNSURE,
} from "./clicks.ts";
import { ACTIONS, ELEMENT, FIELDS, FORMS } from "./names.ts";
import { answerView, type Modal } from "./views/answer-view.ts";
import { denyForm } from "./views/deny-form.ts";
import { reviewForm } from "./views/review-form.ts";
import { privately } from "./whisper.ts";

export function listenForDecisions(app: App, ports: SlackPorts): void {
  onButton(app, ports, ACTIONS.approve, "approve this", approveRequest);
  onButton(app, ports, ACTIONS.cancel, "cancel this", cancelRequest);
  onButton(app, ports, ACTIONS.end, "end this", endAccess);
  onButton(app, ports, ACTIONS.extend, "extend this", extendAccess);
  onButton(app, ports, ACTIONS.approveExtension, "approve this", approveExtension);

  onOpener(app, ports, ACTIONS.deny, "deny this", checkDeny, denyForm);
  onOpener(app, ports, ACTIONS.denyExtension, "deny this", checkDenyExtension, denyForm);
  onOpener(app, ports, ACTIONS.review, "approve this", checkApprove, (grant) =>
    reviewOf(ports, grant),
  );

  onForm(app, ports, FORMS.deny, "deny this", denyRequest);
  onForm(app, ports, FORMS.denyExtension, "deny this", denyExtension);
  onForm(app, ports, FORMS.review, "approve this", approveRequest);
  onForm(app, ports, FORMS.reviewExtension, "approve this", approveExtension);
}

/** A button that does one thing to one grant, and tells the clicker alone where it did not. */
function onButton(
  app: App,
  ports: SlackPorts,
  actionId: string,
  words: string,
  verb: (ports: SlackPorts, act: Act) => Promise<ActOutcome>,
): void {
  app.action<BlockAction<ButtonAction>>(actionId, async ({ body, action, client, ack }) => {
    const sender = senderOf(body);
    await answering(ports, client, sender, UNSURE, async () => {
      const act = actOf(sender, action.value);
      return answerTo(words, act === undefined ? UNKNOWN : await verb(ports, act));
    });
    await ack();
  });
}

/** A button that opens a form about one grant, if it would come to something. */
function onOpener(
  app: App,
  ports: SlackPorts,
  actionId: string,
  words: string,
  check: (ports: SlackPorts, act: Act) => Promise<CheckOutcome>,
  formFor: (grant: Grant) => Modal | Promise<Modal>,
): void {
  app.action<BlockAction<ButtonAction>>(actionId, async ({ body, action, client, ack }) => {
    const sender = senderOf(body);
    await answering(ports, client, sender, UNCHANGED, async () => {
      const act = actOf(sender, action.value);
      const checked = act === undefined ? UNKNOWN : await check(ports, act);
      if (checked.outcome !== "may") return answerTo(words, checked);
      const isOpen = await openView(ports, client, sender, await formFor(checked.grant));
      return isOpen ? undefined : TOO_SLOW; // and its trigger is spent: no form can say so
    });
    await ack();
  });
}

/** A form about the grant whose id it carries: it closes, with what lies under it, once it has done what it says. */
function onForm(
  app: App,
  ports: SlackPorts,
  callbackId: string,
  words: string,
  verb: (ports: SlackPorts, act: Act & { readonly denial?: string }) => Promise<ActOutcome>,
): void {
  app.view(callbackId, async ({ body, view, ack }) => {
    const sender = { by: parseSlackUserId(body.user.id), from: "slack:form" };
    try {
      const act = actOf(sender, view.private_metadata);
      const outcome =
        act === undefined ? UNKNOWN : await verb(ports, { ...act, ...denialIn(view) });
      const answer = answerTo(words, outcome);
      await ack(answer === undefined ? CLOSE_ALL : inItsPlace(answer));
    } catch (error) {
      ports.log.error("form not finished", { form: callbackId, error });
      await ack(inItsPlace(UNSURE));
    }
  });
}

const CLOSE_ALL: ViewResponseAction = { response_action: "clear" };

function inItsPlace(answer: string): ViewResponseAction {
  return { response_action: "update", view: answerView(answer) };
}

/** Why not, as it was typed; blank counts as nothing. */
function denialIn({ state }: ViewOutput): { readonly denial?: string } {
  const denial = state.values[FIELDS.denial]?.[ELEMENT]?.value?.trim() ?? "";
  return denial === "" ? {} : { denial };
}

/** The request with what its requester has and had; without that where the table does not say. */
async function reviewOf(ports: SlackPorts, grant: Grant): Promise<Modal> {
  const background = await backgroundOf(ports, grant).catch((error: unknown) => {
    ports.log.warn("background not read", { grant: grant.id, error });
    return undefined;
  });
  const entitlement = entitlementOf(ports.policy, grant.entitlement.id);
  return reviewForm(grant, { entitlement, background });
}

/** Of what is no grant's id. */
const UNKNOWN = { outcome: "unknown-grant" } as const;

const TOO_SLOW = privately("Slack was too slow to open the form. Click again.");
