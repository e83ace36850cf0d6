// Plays people in the emulated Slack: what they type and click goes to the app signed, and its answer takes effect.

import * as payloads from "./payloads.ts";
import { clicksOf } from "./person-clicks.ts";
import { commandsOf } from "./person-commands.ts";
import { formsOf } from "./person-forms.ts";
import { type Delivery, type PeopleOptions, type PostOffice, postOffice } from "./post-office.ts";
import { bodyText, FORM, sign } from "./requests.ts";
import type { SlackUser } from "./workspace-state.ts";

export type { Deliver, Delivery } from "./post-office.ts";

export type People = ReturnType<typeof playPeople>;

export function playPeople(options: PeopleOptions) {
  const slack = postOffice(options);
  const { workspace } = options;
  return {
    /** @throws Error where there is nobody of that id. */
    as(userId: string) {
      const user = workspace.user(userId);
      if (user === undefined) throw new Error(`there is no ${userId} in this workspace`);
      return personOf(slack, user);
    },
    /** Sends any body, signed unless `headers` say otherwise: for what Slack itself would never send. */
    send: slack.post,
    /**
     * Sends an event of the Events API that no person causes, such as `app_uninstalled`.
     *
     * @throws Error where the app has not subscribed to it: Slack would never send it
     */
    event(event: Readonly<Record<string, unknown>>): Promise<Delivery> {
      const { installation } = workspace.app;
      const type = String(event["type"]);
      if (installation && !installation.events.includes(type)) {
        throw new Error(`the app has not subscribed to ${type}`);
      }
      return slack.postJson(payloads.eventCallback(workspace, event));
    },
    /** Asks whether the app's address is the app's, as Slack does before it sends events there. */
    verifyAddress: () => verifyAddress(slack),
    /** Delivers an event once more, as Slack does at about 0, 1 and 5 minutes after a failure. */
    redeliver(delivery: Delivery, retry: { readonly num: number; readonly reason: string }) {
      return slack.post(bodyText(delivery.event), {
        contentType: delivery.event.headers["content-type"] ?? FORM,
        headers: { "x-slack-retry-num": String(retry.num), "x-slack-retry-reason": retry.reason },
      });
    },
    /** The headers with which Slack would sign `body` now. */
    sign: (body: string, changes: { readonly secret?: string; readonly timestamp?: number } = {}) =>
      sign(body, { ...slack.signature(), ...changes }),
  };
}

function personOf(slack: PostOffice, user: SlackUser) {
  return { user, ...commandsOf(slack, user), ...formsOf(slack, user), ...clicksOf(slack, user) };
}

/** docs.slack.dev/reference/events/url_verification: the app must say the challenge, as text or in JSON. */
async function verifyAddress(slack: PostOffice): Promise<Delivery> {
  const challenge = slack.workspace.nextId("challenge-");
  const delivery = await slack.postJson({
    token: payloads.TOKEN,
    challenge,
    type: "url_verification",
  });
  if (delivery.failure !== undefined || saidChallenge(delivery) === challenge) return delivery;
  return {
    ...delivery,
    failure: "Your URL didn't respond with the value of the challenge parameter.",
  };
}

function saidChallenge({ answer }: Delivery): unknown {
  const text = bodyText(answer);
  try {
    return (JSON.parse(text) as { readonly challenge?: unknown }).challenge;
  } catch {
    return text;
  }
}
