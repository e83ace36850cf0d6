// How a person fills, submits and closes a modal, and what the app's answer does to it.

import {
  type Entry,
  elementsOf,
  entered,
  isFilled,
  keepsState,
  type PlacedElement,
} from "./element-state.ts";
import * as payloads from "./payloads.ts";
import { elementIn, type Place } from "./payloads.ts";
import { suggestionsOf } from "./person-suggestions.ts";
import type { Delivery, PostOffice } from "./post-office.ts";
import type { Workspace } from "./workspace.ts";
import { SlackRefusal } from "./workspace-core.ts";
import type { SlackUser, SlackView } from "./workspace-state.ts";

/** What is entered in a form, by `block_id`; where a block has several fields, by `action_id` within it. */
export type Entries = Readonly<Record<string, Entry | Readonly<Record<string, Entry>>>>;

const TROUBLE = "We had some trouble connecting. Try again?";

export function formsOf(slack: PostOffice, person: SlackUser) {
  const { workspace } = slack;
  const { suggest, resolve } = suggestionsOf(slack, person);

  /** The modal on the screen, if it is the one that is meant. */
  const onScreen = (view: SlackView): SlackView => {
    const open = workspace.openView(person.id)?.view;
    if (open?.id === view.id) return open;
    throw new Error(`${person.real_name} no longer has that form open`);
  };

  const fill = async (view: SlackView, entries: Entries): Promise<SlackView> => {
    let filled = view;
    for (const [at, entry] of fieldsFor(view, entries)) {
      const state = entered(at.element, await resolve(filled, at, entry));
      filled = workspace.enter(person.id, filled, at, state);
    }
    return filled;
  };

  return {
    /** Asks what a menu that the app fills offers for `query`. */
    blockSuggestion: (
      place: Place,
      actionId: string,
      query: string,
      which: { readonly blockId?: string } = {},
    ) => suggest(place, elementIn(place, actionId, which), query),

    /**
     * Fills the form on the screen and submits it: what the app answers happens to the modal.
     *
     * @throws Error where Slack's client would not let it go: another form is open, a required field
     * is empty, a text too short, an option not offered
     */
    async submit(view: SlackView, entries: Entries = {}): Promise<Delivery> {
      const user = slack.signedIn(person);
      const filled = await fill(onScreen(view), entries);
      workspace.showErrors(user.id, {});
      const missing = missingIn(filled);
      if (missing.length > 0) {
        const words = "Please complete this required field.";
        workspace.showErrors(user.id, Object.fromEntries(missing.map((id) => [id, words])));
        throw new Error(`${words} (${missing.join(", ")})`);
      }
      const triggerId = workspace.issueTrigger(user.id, filled.id);
      return slack.postPayload(
        payloads.viewSubmission(workspace, user, { view: filled, triggerId }),
        {
          failureWords: () => TROUBLE,
          answered: (text) => showSubmissionAnswer(workspace, user, filled, text),
        },
      );
    },

    /** Closes the form with its close button; the app hears of it where the form asks for that. */
    async close(view: SlackView): Promise<Delivery | undefined> {
      const user = slack.signedIn(person);
      const open = onScreen(view);
      if (open.clear_on_close) workspace.clearModals(user.id);
      else workspace.closeModal(user.id);
      if (!open.notify_on_close) return undefined;
      const isCleared = open.clear_on_close;
      return slack.postPayload(payloads.viewClosed(workspace, user, { view: open, isCleared }));
    },
  };
}

/** The fields that the entries are for. @throws Error where the form has no such field. */
function fieldsFor(
  view: SlackView,
  entries: Entries,
): readonly (readonly [PlacedElement, Entry])[] {
  const fields = elementsOf(view.blocks).filter(({ element }) => keepsState(element));
  return Object.entries(entries).flatMap(([blockId, given]) => {
    const inBlock = fields.filter(({ block }) => block.block_id === blockId);
    const [only] = inBlock;
    if (only === undefined) {
      const shown = fields.map(({ block }) => block.block_id).join(", ");
      throw new Error(`the form has no field "${blockId}", only: ${shown}`);
    }
    if (!isByAction(given)) return [[only, given] as const];
    return inBlock.flatMap((at) => {
      const entry = given[at.element.action_id ?? ""];
      return entry === undefined ? [] : [[at, entry] as const];
    });
  });
}

function isByAction(given: Entries[string]): given is Readonly<Record<string, Entry>> {
  return typeof given === "object" && given !== null && !Array.isArray(given) && !("text" in given);
}

/** The blocks of required inputs in which nothing stands. */
function missingIn(view: SlackView): readonly string[] {
  return elementsOf(view.blocks).flatMap(({ block, element }) => {
    if (block.type !== "input" || block.optional) return [];
    const id = block.block_id ?? "";
    return isFilled(view.state.values[id]?.[element.action_id ?? ""]) ? [] : [id];
  });
}

/**
 * Does to the modal what the app answered: nothing said closes it. Returns what Slack shows where it
 * cannot use the answer.
 */
function showSubmissionAnswer(
  workspace: Workspace,
  user: SlackUser,
  view: SlackView,
  text: string,
): string | undefined {
  if (text === "") {
    workspace.closeModal(user.id);
    return undefined;
  }
  try {
    const answer = JSON.parse(text) as {
      readonly response_action?: string;
      readonly view?: unknown;
      readonly errors?: Readonly<Record<string, string>>;
    };
    switch (answer.response_action) {
      case "clear":
        workspace.clearModals(user.id);
        return undefined;
      case "update":
        workspace.updateModal({ id: view.id }, answer.view);
        return undefined;
      case "push":
        workspace.pushModal(user.id, answer.view);
        return undefined;
      case "errors":
        return showFieldErrors(workspace, user, view, answer.errors ?? {});
      default:
        return TROUBLE;
    }
  } catch (error) {
    if (error instanceof SlackRefusal || error instanceof SyntaxError) return TROUBLE;
    throw error;
  }
}

/** Errors can stand only at input blocks of the view, and say something; any other spoils them all. */
function showFieldErrors(
  workspace: Workspace,
  user: SlackUser,
  view: SlackView,
  errors: Readonly<Record<string, string>>,
): string | undefined {
  const inputs = new Set(
    view.blocks.filter((block) => block.type === "input").map((block) => block.block_id),
  );
  const all: readonly [string, unknown][] = Object.entries(errors);
  const canBeShown = all.every(
    ([id, words]) => inputs.has(id) && typeof words === "string" && words !== "",
  );
  if (all.length === 0 || !canBeShown) return TROUBLE;
  workspace.showErrors(user.id, errors);
  return undefined;
}
