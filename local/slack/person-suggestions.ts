// How a person chooses in a menu that the app fills (`external_select`): they type, the app offers, they pick.

import type { Option } from "@slack/types";
import { validateSuggestions } from "./block-kit.ts";
import type { Entry, PlacedElement } from "./element-state.ts";
import type { Place } from "./payloads.ts";
import * as payloads from "./payloads.ts";
import type { Delivery, PostOffice } from "./post-office.ts";
import type { SlackUser } from "./workspace-state.ts";

export interface Suggestions extends Delivery {
  readonly options: readonly Option[];
}

export function suggestionsOf(slack: PostOffice, person: SlackUser) {
  const { workspace } = slack;

  /** Asks the app what an `external_select` offers for what is typed. */
  const suggest = async (place: Place, at: PlacedElement, query: string): Promise<Suggestions> => {
    const user = slack.signedIn(person);
    if (workspace.app.installation?.loadsOptions === false) {
      throw new Error("the app has no address to load options from");
    }
    const options: Option[] = [];
    const delivery = await slack.postPayload(
      payloads.blockSuggestion(workspace, user, { place, at, query }),
      {
        failureWords: (code) => `The options could not be loaded (${code})`,
        answered: (text) => {
          const offered = offeredIn(text);
          if (typeof offered === "string") return offered;
          options.push(...offered);
          return undefined;
        },
      },
    );
    return { ...delivery, options };
  };

  /** What a person enters; in an `external_select` they type it and pick it from what is offered. */
  const resolve = async (place: Place, at: PlacedElement, entry: Entry): Promise<Entry> => {
    if (at.element.type !== "external_select" || typeof entry !== "string") return entry;
    const { options } = await suggest(place, at, entry);
    const option = options.find((one) => one.value === entry || one.text.text === entry);
    if (option === undefined) throw new Error(`"${entry}" is not offered here`);
    return option as Entry;
  };

  return { suggest, resolve };
}

/** The options that the app offers, or what Slack shows where it cannot show them. */
function offeredIn(text: string): readonly Option[] | string {
  const unusable = "The options could not be loaded (invalid_arguments)";
  try {
    const answer = JSON.parse(text) as {
      readonly options?: readonly Option[];
      readonly option_groups?: readonly { readonly options: readonly Option[] }[];
    };
    if (validateSuggestions(answer) !== undefined) return unusable;
    return answer.options ?? (answer.option_groups ?? []).flatMap((group) => group.options);
  } catch {
    return unusable;
  }
}
