// The parts of Block Kit's blocks and the limits of each: texts, options, confirmations, elements, rich text.

import { isDeepStrictEqual } from "node:util";
import type {
  Button,
  Checkboxes,
  Datepicker,
  DateTimepicker,
  ExternalSelect,
  MultiStaticSelect,
  NumberInput,
  Overflow,
  PlainTextInput,
  RadioButtons,
  StaticSelect,
  Timepicker,
  UsersSelect,
} from "@slack/types";
import {
  among,
  both,
  byType,
  type Check,
  type Fields,
  httpUrl,
  integer,
  kind,
  listOf,
  matching,
  rule,
  shape,
  text,
  trueOrFalse,
} from "./block-kit-checks.ts";

/** An element that a person can act on. */
export type InteractiveElement =
  | Button
  | Checkboxes
  | Datepicker
  | DateTimepicker
  | ExternalSelect
  | MultiStaticSelect
  | NumberInput
  | Overflow
  | PlainTextInput
  | RadioButtons
  | StaticSelect
  | Timepicker
  | UsersSelect;

// --- Composition objects

export const plainText = (max: number): Check =>
  byType({ plain_text: kind({ text: text(max) }, { emoji: trueOrFalse }) });

export const anyText = (max: number): Check =>
  byType({
    plain_text: kind({ text: text(max) }, { emoji: trueOrFalse }),
    mrkdwn: kind({ text: text(max) }, { verbatim: trueOrFalse }),
  });

const colour = among("primary", "danger");

const confirm = shape(
  { text: anyText(300) },
  { title: plainText(100), confirm: plainText(30), deny: plainText(30), style: colour },
);

const option = shape({ text: plainText(75), value: text(150) }, { description: plainText(75) });
const optionOfButtons = shape(
  { text: anyText(75), value: text(150) },
  { description: anyText(75) },
);
const optionOfOverflow = shape(
  { text: plainText(75), value: text(150) },
  { description: plainText(75), url: httpUrl() },
);
const options = listOf(option, { max: 100 });
const optionGroups = listOf(shape({ label: plainText(75), options }), { max: 100 });

/** What may answer a `block_suggestion`: options or groups of them, none at all included. */
export const suggestions = both(
  shape(
    {},
    {
      options: listOf(option, { min: 0, max: 100 }),
      option_groups: listOf(
        shape({ label: plainText(75), options: listOf(option, { min: 0, max: 100 }) }),
        { min: 0, max: 100 },
      ),
    },
  ),
  rule(definesItsOptionsOnce),
);

// --- Elements

const common: Fields = { action_id: text(255) };
const withConfirm: Fields = { ...common, confirm };
const menu: Fields = { ...withConfirm, placeholder: plainText(150), focus_on_load: trueOrFalse };
const dispatch: Fields = {
  dispatch_action_config: shape(
    {},
    {
      trigger_actions_on: listOf(among("on_enter_pressed", "on_character_entered"), { max: 2 }),
    },
  ),
};

export const button = kind(
  { text: plainText(75) },
  {
    ...withConfirm,
    value: text(2000),
    url: httpUrl(),
    style: colour,
    accessibility_label: text(75),
  },
);

function definesItsOptionsOnce(select: Readonly<Record<string, unknown>>): string | undefined {
  const given = [select["options"], select["option_groups"]].filter((one) => one !== undefined);
  return given.length === 1 ? undefined : "must define either `options` or `option_groups`";
}

/** What is chosen at first must be one of the choices, to the letter. */
const initialAmongOptions = rule((select) => {
  const offered = offeredOptions(select);
  const chosen = [select["initial_option"] ?? [], select["initial_options"] ?? []].flat();
  return chosen.every((one) => offered.some((other) => isDeepStrictEqual(one, other)))
    ? undefined
    : "initial option was not found among the options";
});

function offeredOptions(select: Readonly<Record<string, unknown>>): readonly unknown[] {
  const groups = (select["option_groups"] ?? []) as readonly { options: readonly unknown[] }[];
  return [
    ...((select["options"] ?? []) as readonly unknown[]),
    ...groups.flatMap((group) => group.options),
  ];
}

const menuOfOptions = (initial: Fields): Check =>
  both(
    both(
      kind({}, { ...menu, ...initial, options, option_groups: optionGroups }),
      rule(definesItsOptionsOnce),
    ),
    initialAmongOptions,
  );

const maxSelected: Fields = { max_selected_items: integer(1, 100) };
const day = matching(/^\d{4}-\d\d-\d\d$/, "a date (YYYY-MM-DD)");
const timeOfDay = matching(/^([01]\d|2[0-3]):[0-5]\d$/, "a time (HH:mm)");
const number = matching(/^-?\d+(\.\d+)?$/, "a number in a string");
const choices = (one: Check): Check => listOf(one, { max: 10 });

const lengthsInOrder = rule(({ min_length: min, max_length: max }) =>
  typeof min === "number" && typeof max === "number" && min > max
    ? "`min_length` must not be more than `max_length`"
    : undefined,
);

export const selects: Fields = {
  static_select: menuOfOptions({ initial_option: option }),
  multi_static_select: menuOfOptions({
    initial_options: listOf(option, { max: 100 }),
    ...maxSelected,
  }),
  external_select: kind(
    {},
    { ...menu, initial_option: option, min_query_length: integer(0, 3000) },
  ),
  users_select: kind({}, { ...menu, initial_user: text(255) }),
};

export const pickers: Fields = {
  checkboxes: both(
    kind(
      { options: choices(optionOfButtons) },
      { ...withConfirm, initial_options: choices(optionOfButtons), focus_on_load: trueOrFalse },
    ),
    initialAmongOptions,
  ),
  radio_buttons: both(
    kind(
      { options: choices(optionOfButtons) },
      { ...withConfirm, initial_option: optionOfButtons, focus_on_load: trueOrFalse },
    ),
    initialAmongOptions,
  ),
  datepicker: kind({}, { ...menu, initial_date: day }),
  timepicker: kind({}, { ...menu, initial_time: timeOfDay, timezone: text(255) }),
  datetimepicker: kind(
    {},
    {
      ...withConfirm,
      initial_date_time: integer(1_000_000_000, 9_999_999_999),
      focus_on_load: trueOrFalse,
    },
  ),
};

export const typed: Fields = {
  plain_text_input: both(
    kind(
      {},
      {
        ...common,
        ...dispatch,
        placeholder: plainText(150),
        initial_value: text(3000, 0),
        multiline: trueOrFalse,
        min_length: integer(0, 3000),
        max_length: integer(1, 3000),
        focus_on_load: trueOrFalse,
      },
    ),
    lengthsInOrder,
  ),
  number_input: kind(
    { is_decimal_allowed: trueOrFalse },
    {
      ...common,
      ...dispatch,
      placeholder: plainText(150),
      initial_value: number,
      min_value: number,
      max_value: number,
      focus_on_load: trueOrFalse,
    },
  ),
};

export const overflow = kind({ options: listOf(optionOfOverflow, { max: 5 }) }, withConfirm);

export const imageFields: Fields = { image_url: httpUrl(), alt_text: text(2000) };

// --- Rich text: here nothing that people typed is markup

const styles = shape(
  {},
  {
    bold: trueOrFalse,
    italic: trueOrFalse,
    strike: trueOrFalse,
    code: trueOrFalse,
    underline: trueOrFalse,
  },
);
const ANY_LENGTH = Number.MAX_SAFE_INTEGER;

const richTextLeaf = byType({
  text: kind({ text: text(ANY_LENGTH) }, { style: styles }),
  link: kind({ url: httpUrl() }, { text: text(ANY_LENGTH), style: styles, unsafe: trueOrFalse }),
  user: kind({ user_id: text(255) }, { style: styles }),
  usergroup: kind({ usergroup_id: text(255) }, { style: styles }),
  channel: kind({ channel_id: text(255) }, { style: styles }),
  broadcast: kind({ range: among("here", "channel", "everyone") }, { style: styles }),
  emoji: kind({ name: text(255) }, { unicode: text(255), style: styles }),
  date: kind(
    { timestamp: integer(0, 9_999_999_999), format: text(ANY_LENGTH) },
    { fallback: text(ANY_LENGTH), url: httpUrl(), style: styles },
  ),
});
const border: Fields = { border: among(0, 1) };
const leaves = listOf(richTextLeaf, { min: 0, max: ANY_LENGTH });
const richTextSection = kind({ elements: leaves });

export const richTextElements = listOf(
  byType({
    rich_text_section: richTextSection,
    rich_text_quote: kind({ elements: leaves }, border),
    rich_text_preformatted: kind({ elements: leaves }, border),
    rich_text_list: kind(
      {
        style: among("bullet", "ordered"),
        elements: listOf(byType({ rich_text_section: richTextSection }), { max: ANY_LENGTH }),
      },
      { ...border, indent: integer(0, 8), offset: integer(0, ANY_LENGTH) },
    ),
  }),
  { max: ANY_LENGTH },
);
