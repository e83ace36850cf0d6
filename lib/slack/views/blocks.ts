// The few kinds of blocks that Latchkey's messages and forms are built of, each within Slack's limits.

import type {
  ActionsBlock,
  Button,
  ConfirmationDialog,
  ContextBlock,
  HeaderBlock,
  InputBlock,
  KnownBlock,
  MrkdwnElement,
  PlainTextElement,
  RichTextBlock,
  SectionBlock,
} from "@slack/types";
import { ELEMENT } from "../names.ts";
import { cut, oneLine, visible } from "../text.ts";

/** A message: `text` says it all without the blocks. */
export interface Message {
  readonly text: string;
  readonly blocks: KnownBlock[];
}

/** Limits: https://docs.slack.dev/reference/block-kit/blocks and …/block-elements */
const HEADER = 150;
const BUTTON = 75;
const FIELD = 2000;
const SECTION = 3000;
const CONFIRM = 300;
/** What people typed is shown up to so many characters and lines; the record has all of it. */
const QUOTE = 1000;
const QUOTED_LINES = 15;

/** Text in which nothing is markup, emoji codes neither: our own signs are the characters themselves. */
export function plain(text: string, max: number): PlainTextElement {
  return { type: "plain_text", text: cut(visible(text), max), emoji: false };
}

/** Markup of ours, in which names and titles stand as `literal` or `code`. NB. Slack adds no links of its own. */
function mrkdwn(text: string, max = SECTION): MrkdwnElement {
  return { type: "mrkdwn", text: cut(text, max), verbatim: true };
}

export function header(text: string): HeaderBlock {
  return { type: "header", text: plain(oneLine(text), HEADER) };
}

/** A section of mrkdwn; what people typed never goes in here. */
export function section(text: string): SectionBlock {
  return { type: "section", text: mrkdwn(text) };
}

/** A section with a button at its side. */
export function sectionWith(text: string, accessory: Button, blockId: string): SectionBlock {
  return { type: "section", block_id: blockId, text: mrkdwn(text), accessory };
}

/** A paragraph in which nothing is markup. */
export function paragraph(text: string): SectionBlock {
  return { type: "section", text: plain(text, SECTION) };
}

/** Up to ten titled fields in two columns. */
export function fields(
  entries: readonly (readonly [title: string, mrkdwn: string])[],
): SectionBlock {
  return {
    type: "section",
    fields: entries.slice(0, 10).map(([title, text]) => mrkdwn(`*${title}*\n${text}`, FIELD)),
  };
}

export function context(text: string): ContextBlock {
  return { type: "context", elements: [mrkdwn(text)] };
}

/** What somebody typed, as a quotation in which nothing is markup: no mention, link or layout. */
export function quoted(title: string, text: string, max = QUOTE): RichTextBlock {
  return {
    type: "rich_text",
    elements: [...quotation(title, shortened(text, max))],
  };
}

/** Several quotations in one block, each under its title. */
export function quotes(
  entries: readonly (readonly [title: string, text: string])[],
): RichTextBlock[] {
  if (entries.length === 0) return [];
  const elements = entries.flatMap(([title, text]) => quotation(title, shortened(text, QUOTE)));
  return [{ type: "rich_text", elements }];
}

function quotation(title: string, text: string): RichTextBlock["elements"] {
  return [
    {
      type: "rich_text_section",
      elements: [{ type: "text", text: title, style: { bold: true } }],
    },
    { type: "rich_text_quote", elements: [{ type: "text", text }] },
  ];
}

/** Visible text that cannot push away what stands around it: no more lines than a reason needs. */
function shortened(text: string, max: number): string {
  const lines = visible(text)
    .trim()
    .replace(/\n\s*\n/g, "\n\n")
    .split("\n");
  const kept = lines.slice(0, QUOTED_LINES).join("\n");
  return cut(lines.length > QUOTED_LINES ? `${kept}\n…` : kept, max) || "-";
}

/** Commands to copy. */
export function preformatted(title: string, text: string): RichTextBlock {
  return {
    type: "rich_text",
    elements: [
      {
        type: "rich_text_section",
        elements: [{ type: "text", text: title, style: { bold: true } }],
      },
      {
        type: "rich_text_preformatted",
        elements: [{ type: "text", text: cut(visible(text).trimEnd(), SECTION) || "-" }],
      },
    ],
  };
}

/**
 * A button that carries `value`, a grant's id or an entitlement's; undefined: nothing. Read out is its text and
 * then `about`: who says what they see presses what they see (https://www.w3.org/TR/WCAG22/#label-in-name).
 */
export function button(
  actionId: string,
  text: string,
  value: string | undefined,
  about: string,
  more: Pick<Button, "style" | "confirm"> = {},
): Button {
  return {
    type: "button",
    action_id: actionId,
    text: plain(text, BUTTON),
    ...(value === undefined ? {} : { value }),
    accessibility_label: cut(oneLine(`${text}: ${about}`), BUTTON),
    ...more,
  };
}

/** A row of buttons; no block where there is none. */
export function actions(blockId: string, buttons: readonly Button[]): ActionsBlock[] {
  return buttons.length === 0
    ? []
    : [{ type: "actions", block_id: blockId, elements: [...buttons] }];
}

/** Asks once more before a click counts; `text` is mrkdwn. `takes`: the answer is that something is taken away. */
export function confirmation(
  title: string,
  text: string,
  answers: { readonly yes: string; readonly no: string; readonly takes?: true },
): ConfirmationDialog {
  return {
    title: plain(title, 100),
    text: mrkdwn(text, CONFIRM),
    confirm: plain(answers.yes, 30),
    deny: plain(answers.no, 30),
    ...(answers.takes && { style: "danger" }),
  };
}

/** A line, or several, to type into. */
export function textInput(
  blockId: string,
  label: string,
  options: {
    hint?: string;
    placeholder?: string;
    initial?: string;
    optional?: boolean;
    multiline?: boolean;
    max: number;
  },
): InputBlock {
  return {
    type: "input",
    block_id: blockId,
    optional: options.optional ?? false,
    label: plain(label, FIELD),
    ...(options.hint === undefined ? {} : { hint: plain(options.hint, FIELD) }),
    element: {
      type: "plain_text_input",
      action_id: ELEMENT,
      multiline: options.multiline ?? false,
      max_length: options.max,
      ...(options.placeholder === undefined
        ? {}
        : { placeholder: plain(options.placeholder, 150) }),
      ...(options.initial === undefined || options.initial === ""
        ? {}
        : { initial_value: cut(options.initial, options.max) }),
    },
  };
}
