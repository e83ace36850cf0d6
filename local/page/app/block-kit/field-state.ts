// What stands in the fields of a form: what the server has, and over it what was typed here since.

import type { PlainTextOption } from "@slack/types";
import type { SlackBlock } from "../../../slack/block-kit.ts";
import type { ElementState, Entry } from "../../../slack/element-state.ts";
import type { SlackView } from "../../../slack/workspace-state.ts";
import type { EntriesByAction } from "../../protocol.ts";

/** What was entered here, and what the server had in that field then. */
interface Draft {
  readonly state: ElementState;
  readonly over: ElementState | undefined;
}

/** By block_id, and in it by action_id. */
export type Drafts = Readonly<Record<string, Readonly<Record<string, Draft>>>>;

type InputBlock = Extract<SlackBlock, { readonly type: "input" }>;

/** What stands in the field of `block`: what was entered here, unless the server knows better since. */
export function fieldState(
  view: SlackView,
  drafts: Drafts,
  block: InputBlock,
): ElementState | undefined {
  const [blockId, actionId] = idsOf(block);
  const known = view.state.values[blockId]?.[actionId];
  const draft = drafts[blockId]?.[actionId];
  const isCurrent = draft?.state.type === block.element.type && isSame(draft.over, known);
  return isCurrent ? draft.state : known;
}

/** The drafts after `state` was entered in the field of `block`; undefined takes back what was entered here. */
export function withDraft(
  view: SlackView,
  drafts: Drafts,
  block: InputBlock,
  state: ElementState | undefined,
): Drafts {
  const [blockId, actionId] = idsOf(block);
  const { [actionId]: _before, ...others } = drafts[blockId] ?? {};
  if (state === undefined) return { ...drafts, [blockId]: others };
  const over = view.state.values[blockId]?.[actionId];
  return { ...drafts, [blockId]: { ...others, [actionId]: { state, over } } };
}

/** What stands in all fields of the form, as it is submitted. */
export function entriesOf(view: SlackView, drafts: Drafts): EntriesByAction {
  return Object.fromEntries(
    inputsOf(view).flatMap((block) => {
      const state = fieldState(view, drafts, block);
      if (state === undefined) return [];
      const [blockId, actionId] = idsOf(block);
      return [[blockId, { [actionId]: entryOf(state) }]];
    }),
  );
}

/** What Slack's client has against what stands in the fields, by block_id; that one is empty the server says. */
export function problemsIn(view: SlackView, drafts: Drafts): Readonly<Record<string, string>> {
  return Object.fromEntries(
    inputsOf(view).flatMap((block) => {
      if (block.element.type !== "plain_text_input") return [];
      const { min_length: min = 0, max_length: max = 3000 } = block.element;
      const { length } = fieldState(view, drafts, block)?.value ?? "";
      const blockId = block.block_id ?? "";
      if (length > max) return [[blockId, `${length - max} characters too many: ${max} at most.`]];
      if (length > 0 && length < min) return [[blockId, `At least ${min} characters are needed.`]];
      return [];
    }),
  );
}

/** What a person enters to have `state`. */
export function entryOf(state: ElementState): Entry {
  if (state.type !== "static_select" && state.type !== "external_select")
    return state.value ?? null;
  const option = state.selected_option ?? null;
  // Only menus that the app fills do not know their options by value.
  if (option === null || state.type === "external_select") return option as PlainTextOption | null;
  return option.value ?? null;
}

function inputsOf(view: SlackView): readonly InputBlock[] {
  return view.blocks.filter((block) => block.type === "input");
}

function idsOf({ block_id: blockId = "", element }: InputBlock): readonly [string, string] {
  return [blockId, element.action_id ?? ""];
}

function isSame(some: ElementState | undefined, other: ElementState | undefined): boolean {
  return JSON.stringify(some) === JSON.stringify(other);
}
