// What stands in the inputs of a view: at first, after an update, and as a person changes it.

import type { Option, PlainTextOption } from "@slack/types";
import { elementsAt, type SlackBlock } from "./block-kit.ts";
import type { InteractiveElement } from "./block-kit-elements.ts";

/** An element's value in `view.state.values`, in Slack's shape. */
export interface ElementState {
  readonly type: string;
  readonly value?: string | null;
  readonly selected_option?: Option | null;
  readonly selected_options?: readonly Option[];
  readonly selected_date?: string | null;
  readonly selected_time?: string | null;
  readonly selected_date_time?: number | null;
  readonly selected_user?: string | null;
}

/** `values[block_id][action_id]`. */
export type StateValues = Readonly<Record<string, Readonly<Record<string, ElementState>>>>;

/** What a person enters: text, an option's value or wording, several of them, or an option just suggested. */
export type Entry = string | number | readonly string[] | PlainTextOption | null;

/** An element and the block that it stands in. */
export interface PlacedElement {
  readonly block: SlackBlock;
  readonly element: InteractiveElement;
}

export function elementsOf(blocks: readonly SlackBlock[]): readonly PlacedElement[] {
  return blocks.flatMap((block) => elementsAt(block).map(({ element }) => ({ block, element })));
}

/** Blocks as Slack stores them: every block and element that came without an id has one. */
export function withIds(
  blocks: readonly SlackBlock[],
  nextId: () => string,
): readonly SlackBlock[] {
  return structuredClone(blocks).map((block) => {
    block.block_id ??= nextId();
    for (const { element } of elementsAt(block)) element.action_id ??= nextId();
    return block;
  });
}

/**
 * The state of a view that shows `blocks`. What was entered before stays where block, action and kind of
 * element are the same: that is how Slack treats a view that is updated under someone's hands.
 */
export function stateOf(blocks: readonly SlackBlock[], before: StateValues = {}): StateValues {
  const values: Record<string, Record<string, ElementState>> = {};
  for (const { block, element } of elementsOf(blocks)) {
    if (!keepsState(element)) continue;
    const blockId = block.block_id ?? "";
    const actionId = element.action_id ?? "";
    const earlier = before[blockId]?.[actionId];
    values[blockId] = {
      ...values[blockId],
      [actionId]: earlier?.type === element.type ? earlier : initialState(element),
    };
  }
  return values;
}

export function withEntry(
  values: StateValues,
  { block, element }: PlacedElement,
  state: ElementState,
): StateValues {
  const blockId = block.block_id ?? "";
  return { ...values, [blockId]: { ...values[blockId], [element.action_id ?? ""]: state } };
}

/** Buttons and overflow menus act at once; nothing of them stays in a view's state. */
export function keepsState(element: InteractiveElement): boolean {
  return element.type !== "button" && element.type !== "overflow";
}

function initialState(element: InteractiveElement): ElementState {
  const { type } = element;
  switch (element.type) {
    case "plain_text_input":
    case "number_input":
      return { type, value: element.initial_value ?? null };
    case "static_select":
    case "external_select":
    case "radio_buttons":
      return { type, selected_option: element.initial_option ?? null };
    case "multi_static_select":
    case "checkboxes":
      return { type, selected_options: element.initial_options ?? [] };
    case "datepicker":
      return { type, selected_date: element.initial_date ?? null };
    case "timepicker":
      return { type, selected_time: element.initial_time ?? null };
    case "datetimepicker":
      return { type, selected_date_time: element.initial_date_time ?? null };
    case "users_select":
      return { type, selected_user: element.initial_user ?? null };
    case "button":
    case "overflow":
      return { type };
    default:
      return element satisfies never;
  }
}

/**
 * The state after `entry`. @throws Error where Slack's client would not let it be entered: no such
 * option, a text too short or too long.
 */
export function entered(element: InteractiveElement, entry: Entry): ElementState {
  const { type } = element;
  switch (element.type) {
    case "plain_text_input":
      return {
        type,
        value: textWithin(entry, element.min_length ?? 0, element.max_length ?? 3000),
      };
    case "number_input":
      return { type, value: textOrNothing(entry) };
    case "static_select":
    case "radio_buttons":
    case "overflow":
      return { type, selected_option: entry === null ? null : optionFor(element, entry) };
    case "external_select":
      return { type, selected_option: entry === null ? null : suggestedOption(entry) };
    case "multi_static_select":
    case "checkboxes":
      return {
        type,
        selected_options: ([entry ?? []].flat() as Entry[]).map((one) => optionFor(element, one)),
      };
    case "datepicker":
      return { type, selected_date: textOrNothing(entry) };
    case "timepicker":
      return { type, selected_time: textOrNothing(entry) };
    case "datetimepicker":
      return { type, selected_date_time: entry === null ? null : Number(entry) };
    case "users_select":
      return { type, selected_user: textOrNothing(entry) };
    case "button":
      throw new Error("a button is clicked, nothing is entered in it");
    default:
      return element satisfies never;
  }
}

/** Whether there is anything in it; a required input must have something. */
export function isFilled(state: ElementState | undefined): boolean {
  if (state === undefined) return false;
  const { type: _type, ...rest } = state;
  return Object.values(rest).some((value) =>
    Array.isArray(value) ? value.length > 0 : value !== null && value !== "",
  );
}

/** All options of a menu, those in groups included; none for a menu that the app fills. */
export function optionsOf(element: InteractiveElement): readonly Option[] {
  if (!("options" in element) && !("option_groups" in element)) return [];
  const groups = "option_groups" in element ? (element.option_groups ?? []) : [];
  return [...(element.options ?? []), ...groups.flatMap((group): Option[] => group.options)];
}

function optionFor(element: InteractiveElement, entry: Entry): Option {
  const options = optionsOf(element);
  const wanted = isOption(entry) ? entry.value : entry;
  const option = options.find((one) => one.value === wanted || one.text.text === wanted);
  if (option === undefined) {
    const offered = options.map((one) => one.value).join(", ");
    throw new Error(`"${wanted}" is not among the options (${offered})`);
  }
  return option;
}

function suggestedOption(entry: Entry): Option {
  if (isOption(entry)) return entry;
  throw new Error("what an external_select offers has to be asked for first");
}

function isOption(entry: Entry): entry is PlainTextOption {
  return typeof entry === "object" && entry !== null && "text" in entry;
}

function textOrNothing(entry: Entry): string | null {
  return entry === null || entry === "" ? null : String(entry);
}

function textWithin(entry: Entry, min: number, max: number): string | null {
  const text = textOrNothing(entry);
  if (text === null) return null;
  if (text.length < min) throw new Error(`Slack asks for at least ${min} characters`);
  if (text.length > max) throw new Error(`Slack takes no more than ${max} characters`);
  return text;
}
