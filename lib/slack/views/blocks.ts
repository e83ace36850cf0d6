// The few kinds of blocks that Latchkey's messages and forms are built of, each within Slack's limits.

import type {
  Button,
  ContextBlock,
  HeaderBlock,
  InputBlock,
  PlainTextElement,
  RichTextBlock,
  SectionBlock,
} from "@slack/types";
import type { GrantId } from "../../grant/ids.ts";
import { ELEMENT } from "../names.ts";
import { cut, visible } from "../text.ts";

/** Limits: https://docs.slack.dev/reference/block-kit/blocks and …/block-elements */
const HEADER = 150;
const BUTTON = 75;
const FIELD = 2000;
const SECTION = 3000;

export function plain(text: string, max: number): PlainTextElement {
  return { type: "plain_text", text: cut(text, max), emoji: true };
}

export function header(text: string): HeaderBlock {
  return { type: "header", text: plain(visible(text).replaceAll("\n", " "), HEADER) };
}

/** A section of mrkdwn; what people typed must have been escaped. */
export function section(mrkdwn: string): SectionBlock {
  return { type: "section", text: { type: "mrkdwn", text: cut(mrkdwn, SECTION) } };
}

/** Up to ten titled fields in two columns. */
export function fields(
  entries: readonly (readonly [title: string, mrkdwn: string])[],
): SectionBlock {
  return {
    type: "section",
    fields: entries.slice(0, 10).map(([title, text]) => ({
      type: "mrkdwn",
      text: cut(`*${title}*\n${text}`, FIELD),
    })),
  };
}

export function context(mrkdwn: string): ContextBlock {
  return { type: "context", elements: [{ type: "mrkdwn", text: cut(mrkdwn, SECTION) }] };
}

/** What somebody typed, as a quotation in which nothing is markup: no mention, link or layout. */
export function quoted(title: string, text: string, max = 1000): RichTextBlock {
  return {
    type: "rich_text",
    elements: [
      {
        type: "rich_text_section",
        elements: [{ type: "text", text: title, style: { bold: true } }],
      },
      {
        type: "rich_text_quote",
        elements: [{ type: "text", text: cut(visible(text), max) }],
      },
    ],
  };
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
        elements: [{ type: "text", text: cut(visible(text).trimEnd(), SECTION) }],
      },
    ],
  };
}

/** A button that carries `grant`'s id. `label` is read out in place of the text. */
export function button(
  actionId: string,
  text: string,
  grant: GrantId,
  label: string,
  more: Pick<Button, "style" | "confirm"> = {},
): Button {
  return {
    type: "button",
    action_id: actionId,
    text: plain(text, BUTTON),
    value: grant,
    accessibility_label: cut(visible(label), BUTTON),
    ...more,
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
