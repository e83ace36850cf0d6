// How a person clicks buttons and chooses in menus, in messages and in views.

import type { ConfirmationDialog } from "@slack/types";
import { type Entry, entered, keepsState, type PlacedElement } from "./element-state.ts";
import * as payloads from "./payloads.ts";
import { elementIn, isView, type Place } from "./payloads.ts";
import { suggestionsOf } from "./person-suggestions.ts";
import type { Delivery, PostOffice } from "./post-office.ts";
import type { SlackUser } from "./workspace-state.ts";

export interface Click extends Delivery {
  /** The dialog that was confirmed first, where the button has one. */
  readonly confirm?: ConfirmationDialog;
}

/** Which of several elements of one `action_id` is meant. */
interface Which {
  readonly value?: string;
  readonly blockId?: string;
  readonly stale?: boolean;
}

export function clicksOf(slack: PostOffice, person: SlackUser) {
  const { workspace } = slack;
  const { resolve } = suggestionsOf(slack, person);

  /** The message or view as it stands now. @throws Error where it is gone, or never was for these eyes. */
  const asItStands = (place: Place): Place => {
    const current = isView(place)
      ? [workspace.openView(person.id)?.view, workspace.home(person.id)].find(
          (one) => one?.id === place.id,
        )
      : workspace.find(place.channel, place.ts);
    if (current === undefined) throw new Error("that is no longer there");
    return current;
  };

  const mayAct = (place: Place) => {
    if (isView(place)) return;
    const sees =
      place.only_for === undefined
        ? workspace.channel(place.channel)?.members.includes(person.id)
        : place.only_for === person.id;
    if (!sees) throw new Error(`${person.real_name} does not see that message`);
  };

  const act = async (place: Place, at: PlacedElement, entry?: Entry): Promise<Click> => {
    const user = slack.signedIn(person);
    const inMessage = !isView(place);
    const delivery = await slack.postPayload(
      payloads.blockActions(workspace, user, {
        place,
        at,
        ...(entry !== undefined && { entry }),
        triggerId: workspace.issueTrigger(user.id, inMessage ? undefined : place.id),
        ...(inMessage && {
          responseUrl: slack.hookUrl({
            user: user.id,
            channel: place.channel,
            message: { ts: place.ts },
          }),
        }),
      }),
      { failureWords: (code) => `This app did not respond to the click (${code})` },
    );
    const confirm = "confirm" in at.element ? at.element.confirm : undefined;
    return { ...delivery, ...(confirm !== undefined && { confirm }) };
  };

  const click = async (place: Place, actionId: string, which: Which = {}): Promise<Click> => {
    slack.signedIn(person);
    const current = which.stale ? place : asItStands(place);
    mayAct(current);
    const at = elementIn(current, actionId, which);
    if (at.element.type !== "button") throw new Error(`"${actionId}" is not a button`);
    return act(current, at);
  };

  return {
    /**
     * Clicks a button, and confirms where it asks. `stale`: clicks what `place` showed when it was
     * read, as someone does whose screen has not caught up.
     *
     * @throws Error where there is no such button, or the person does not see the message
     */
    click,

    /** Clicks a button on the app's home tab. @throws Error where nothing is published, or no such button */
    async clickHome(actionId: string, which: Which = {}): Promise<Click> {
      const home = workspace.home(person.id);
      if (home === undefined) throw new Error(`${person.real_name} sees an empty home tab`);
      return click(home, actionId, which);
    },

    /**
     * Chooses in a menu, or enters in a field, of a message, a modal or the home tab. The app hears of it
     * unless the field stands in an input block without `dispatch_action`: then it is only kept for the
     * submission.
     */
    async select(
      place: Place,
      actionId: string,
      entry: Entry,
      which: { readonly blockId?: string } = {},
    ): Promise<Click | undefined> {
      slack.signedIn(person);
      const current = asItStands(place);
      mayAct(current);
      const at = elementIn(current, actionId, which);
      const chosen = await resolve(current, at, entry);
      const state = entered(at.element, chosen);
      const keeps = isView(current) && keepsState(at.element);
      const changed = keeps ? workspace.enter(person.id, current, at, state) : current;
      if (at.block.type === "input" && !at.block.dispatch_action) return undefined;
      return act(changed, at, chosen);
    },
  };
}
