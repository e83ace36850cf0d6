// Carries out what a visitor does on the page: as a person in the emulated Slack, or on the stage.

import type { People } from "../slack/people.ts";
import type { Workspace } from "../slack/workspace.ts";
import { SlackRefusal } from "../slack/workspace-core.ts";
import type { SlackView } from "../slack/workspace-state.ts";
import type { Act, ActAnswer, PersonAct, PlaceRef, StageAct } from "./protocol.ts";

export interface ActorOptions {
  readonly people: People;
  readonly workspace: Workspace;
  readonly stage: (act: StageAct) => Promise<ActAnswer>;
}

/**
 * What does everything that the protocol knows. Where Slack's client would not let a person do it, or shows
 * them an error of the app's, the answer says so as `trouble`.
 *
 * Rejects with what is wrong in the program itself.
 */
export function createActor(options: ActorOptions): (act: Act) => Promise<ActAnswer> {
  const { people, workspace, stage } = options;
  return async (act) => {
    if (!("as" in act)) return stage(act);
    try {
      return await inSlack(people, workspace, act);
    } catch (error) {
      const trouble = inPlainWords(error);
      if (trouble === undefined) throw error;
      return { trouble };
    }
  };
}

type InSlack = PersonAct & { readonly as: string };

async function inSlack(people: People, workspace: Workspace, act: InSlack): Promise<ActAnswer> {
  const person = people.as(act.as);
  const at = (place: PlaceRef) => standing(workspace, act.as, place);
  const form = (id: string) => standingView(workspace, act.as, id);
  switch (act.do) {
    case "command": {
      const [command = ""] = act.text.split(/\s/, 1);
      const channel = roomOf(workspace, act.as, act.channel);
      const text = act.text.slice(command.length).trim();
      return answerTo(await person.command(command, text, { channel }));
    }
    case "say":
      person.say(roomOf(workspace, act.as, act.channel), act.text, act.thread);
      return {};
    case "shortcut":
      return answerTo(await person.shortcut(act.callbackId));
    case "open-home":
      return answerTo(await person.openHome());
    case "open-messages":
      return answerTo(await person.openMessages());
    case "click":
      return answerTo(await person.click(at(act.place), act.actionId, { blockId: act.blockId }));
    case "choose": {
      const { blockId, actionId, entry } = act;
      return answerTo(await person.select(at(act.place), actionId, entry, { blockId }));
    }
    case "suggest": {
      const { blockId, actionId, query } = act;
      const asked = await person.blockSuggestion(at(act.place), actionId, query, { blockId });
      return { ...answerTo(asked), options: asked.options };
    }
    case "submit":
      return answerTo(await person.submit(form(act.view), act.entries));
    case "close":
      return answerTo(await person.close(form(act.view)));
    default:
      throw new TypeError(`unknown act ${JSON.stringify(act satisfies never)}`);
  }
}

/** What Slack shows where the app did not answer as it should; nothing where it did, or was not asked. */
function answerTo(delivery: { readonly failure?: string } | undefined): ActAnswer {
  return delivery?.failure === undefined ? {} : { trouble: delivery.failure };
}

const GONE = "That is no longer there.";

/** The message or view as it stands now. @throws Error where it is gone */
function standing(workspace: Workspace, user: string, place: PlaceRef) {
  if ("view" in place) return standingView(workspace, user, place.view);
  const message = workspace.find(place.channel, place.ts);
  if (message === undefined) throw new Error(GONE);
  return message;
}

/** Somebody's modal on the screen, or their home tab. */
function standingView(workspace: Workspace, user: string, id: string): SlackView {
  const view = [workspace.openView(user)?.view, workspace.home(user)].find((one) => one?.id === id);
  if (view === undefined) throw new Error(GONE);
  return view;
}

/** A channel as `people` know it. A direct message that has not been opened yet is the person's own. */
function roomOf(workspace: Workspace, user: string, channel: string): string {
  if (!channel.startsWith("D")) return channel;
  const whose = workspace.channel(channel)?.im_user ?? user;
  return whose === user ? "im" : channel;
}

/**
 * Why Slack's client does not let a person do what they wanted, as a sentence; undefined for a fault of the
 * program. The emulated client throws plain Errors, and names the fields it is about in brackets at the end:
 * the page marks those itself.
 */
function inPlainWords(error: unknown): string | undefined {
  if (error instanceof SlackRefusal) return `Slack does not take that: ${error.message}.`;
  if (!(error instanceof Error) || error.name !== "Error") return undefined;
  const words = error.message.replace(/ \([^()]*\)$/, "");
  const sentence = words.charAt(0).toUpperCase() + words.slice(1);
  return /[.!?]$/.test(sentence) ? sentence : `${sentence}.`;
}
