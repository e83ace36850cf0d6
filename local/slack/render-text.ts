// Messages and views as plain text for a terminal: mentions by name, times in UTC, buttons in brackets.

import type { RichTextBlock, RichTextElement } from "@slack/types";
import type { SlackBlock } from "./block-kit.ts";
import type { InteractiveElement } from "./block-kit-elements.ts";
import { type ElementState, elementsOf, optionsOf } from "./element-state.ts";
import { formatDate } from "./format-date.ts";
import { type Mark, parseMrkdwn } from "./mrkdwn.ts";
import type { Workspace } from "./workspace.ts";
import type { OpenModal, SlackMessage, SlackView } from "./workspace-state.ts";

/** What people see of a message: its blocks, or its text where it has none. */
export function textOf(workspace: Workspace, { text, blocks = [] }: SlackMessage): string {
  if (blocks.length === 0) return printable(markup(workspace, text));
  return printable(blocks.map((block) => blockText(workspace, block)).join("\n"));
}

/** What people see of a home tab. */
export function homeText(workspace: Workspace, home: SlackView): string {
  return printable(home.blocks.map((block) => blockText(workspace, block)).join("\n"));
}

/** What people see of a modal: its fields with what stands in them, the errors at them, its buttons. */
export function modalText(workspace: Workspace, { view, errors }: OpenModal): string {
  const fields = view.blocks.flatMap((block) => {
    const error = errors[block.block_id ?? ""];
    const shown = blockText(workspace, block, view.state.values[block.block_id ?? ""]);
    return error === undefined ? [shown] : [shown, `  ! ${error}`];
  });
  const buttons = [view.close, view.submit].flatMap((label) => (label ? [`[${label.text}]`] : []));
  return printable([`== ${view.title?.text ?? ""} ==`, ...fields, buttons.join(" ")].join("\n"));
}

/** The labels of the buttons of a message or a view, in order. */
export function buttonsOf({ blocks = [] }: SlackMessage | SlackView): readonly string[] {
  return elementsOf(blocks).flatMap(({ element }) =>
    element.type === "button" ? [element.text.text] : [],
  );
}

/** NB. What people typed must not steer the terminal: control characters are shown, not sent. */
function printable(text: string): string {
  return text.replace(/[^\P{Cc}\n]/gu, "\u{FFFD}");
}

function blockText(
  workspace: Workspace,
  block: SlackBlock,
  state: Readonly<Record<string, ElementState>> = {},
): string {
  switch (block.type) {
    case "header":
      return `# ${block.text.text}`;
    case "divider":
      return "---";
    case "section": {
      const text = block.text === undefined ? [] : [wording(workspace, block.text)];
      const fields = (block.fields ?? []).map((field) => fieldText(wording(workspace, field)));
      const { accessory } = block;
      const beside =
        accessory === undefined || accessory.type === "image" ? [] : [elementText(accessory)];
      return [...text, ...fields, ...beside].join("\n");
    }
    case "context":
      return block.elements
        .map((one) => (one.type === "image" ? one.alt_text : wording(workspace, one)))
        .join("  ");
    case "actions":
      return block.elements.map((element) => elementText(element)).join(" ");
    case "input": {
      const value = state[block.element.action_id ?? ""];
      const optional = block.optional ? " (optional)" : "";
      const hint = block.hint === undefined ? "" : `\n  ${block.hint.text}`;
      return `${block.label.text}${optional}: ${elementText(block.element, value)}${hint}`;
    }
    case "image":
      return `[image: ${block.alt_text}]`;
    case "rich_text":
      return richText(workspace, block);
    default:
      return block satisfies never;
  }
}

/** A field's bold first line is its label. */
function fieldText(text: string): string {
  const [label, ...lines] = text.split("\n");
  return lines.length === 1 ? `${label}: ${lines[0]}` : text;
}

function elementText(element: InteractiveElement, state?: ElementState): string {
  switch (element.type) {
    case "button":
      return `[${element.text.text}]`;
    case "overflow":
      return `[⋯ ${element.options.map((one) => one.text.text).join(" | ")}]`;
    default:
      return `[ ${stateText(state) || optionsText(element)} ]`;
  }
}

function stateText(state: ElementState | undefined): string {
  if (state === undefined) return "";
  const { type: _type, ...value } = state;
  return Object.values(value)
    .flat()
    .flatMap((one) => (one === null || one === undefined ? [] : [one]))
    .map((one) => (typeof one === "object" ? one.text.text : String(one)))
    .join(", ");
}

function optionsText(element: InteractiveElement): string {
  return optionsOf(element)
    .map((one) => one.text.text)
    .join(" | ");
}

// --- Rich text

function richText(workspace: Workspace, block: RichTextBlock): string {
  return block.elements
    .map((part) => {
      switch (part.type) {
        case "rich_text_section":
          return leafTexts(workspace, part.elements);
        case "rich_text_quote":
          return indented("> ", leafTexts(workspace, part.elements));
        case "rich_text_preformatted":
          return indented("    ", leafTexts(workspace, part.elements));
        case "rich_text_list":
          return part.elements
            .map((item, index) => {
              const mark = part.style === "ordered" ? `${index + 1}.` : "•";
              return `${"  ".repeat(part.indent ?? 0)}${mark} ${leafTexts(workspace, item.elements)}`;
            })
            .join("\n");
        default:
          return part satisfies never;
      }
    })
    .join("\n");
}

function indented(by: string, text: string): string {
  return text
    .split("\n")
    .map((line) => by + line)
    .join("\n");
}

/** NB. Text in rich text is never markup: it is shown to the letter. */
function leafTexts(workspace: Workspace, leaves: readonly RichTextElement[]): string {
  return leaves
    .map((leaf) => {
      switch (leaf.type) {
        case "text":
          return leaf.text;
        case "link":
          return leaf.text ?? leaf.url;
        case "user":
          return userName(workspace, leaf.user_id);
        case "usergroup":
          return groupName(workspace, leaf.usergroup_id);
        case "channel":
          return channelName(workspace, leaf.channel_id);
        case "broadcast":
          return `@${leaf.range}`;
        case "emoji":
          return `:${leaf.name}:`;
        case "date":
          return formatDate(leaf.timestamp, leaf.format, workspace.now());
        case "color":
          return leaf.value;
        case "team":
          return leaf.team_id;
        default:
          return leaf satisfies never;
      }
    })
    .join("");
}

// --- mrkdwn

function wording(
  workspace: Workspace,
  text: { readonly type: string; readonly text: string },
): string {
  return text.type === "mrkdwn" ? markup(workspace, text.text) : text.text;
}

/** Marks as text: styles are dropped, but code keeps its signs. */
function markup(workspace: Workspace, text: string): string {
  return markTexts(workspace, parseMrkdwn(text));
}

function markTexts(workspace: Workspace, marks: readonly Mark[]): string {
  return marks
    .map((mark, index) => {
      const text = markText(workspace, mark);
      return index > 0 && (isBlock(mark) || isBlock(marks[index - 1])) ? `\n${text}` : text;
    })
    .join("");
}

function isBlock(mark: Mark | undefined): boolean {
  return mark?.kind === "quote" || mark?.kind === "preformatted";
}

function markText(workspace: Workspace, mark: Mark): string {
  switch (mark.kind) {
    case "text":
      return mark.text;
    case "break":
      return "\n";
    case "bold":
    case "italic":
    case "strike":
      return markTexts(workspace, mark.marks);
    case "code":
      return `\`${markTexts(workspace, mark.marks)}\``;
    case "preformatted":
      return indented("    ", markTexts(workspace, mark.marks));
    case "quote":
      return indented("> ", markTexts(workspace, mark.marks));
    case "user":
      return userName(workspace, mark.id);
    case "channel":
      return channelName(workspace, mark.id);
    case "usergroup":
      return groupName(workspace, mark.id);
    case "broadcast":
      return `@${mark.range}`;
    case "link":
      return mark.label;
    case "date":
      return formatDate(mark.seconds, mark.format, workspace.now());
    case "emoji":
      return `:${mark.name}:`;
    default:
      return mark satisfies never;
  }
}

function userName(workspace: Workspace, id: string): string {
  return `@${workspace.user(id)?.real_name ?? id}`;
}

function channelName(workspace: Workspace, id: string): string {
  return `#${workspace.channel(id)?.name ?? id}`;
}

function groupName(workspace: Workspace, id: string): string {
  return `@${workspace.usergroup(id)?.handle ?? id}`;
}
