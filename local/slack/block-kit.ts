// What Slack accepts as a message or a view: the blocks, elements and limits of Block Kit, as strict as Slack is.
//
// Only the blocks and elements that Latchkey may use are here; anything else is an `unsupported type`, as
// Slack says of types that it does not know. Limits: docs.slack.dev/reference/block-kit (2026-08).

import type {
  ActionsBlock,
  ContextBlock,
  DividerBlock,
  HeaderBlock,
  ImageBlock,
  ImageElement,
  InputBlock,
  RichTextBlock,
  SectionBlock,
} from "@slack/types";
import {
  both,
  byType,
  type Check,
  type Fields,
  isObject,
  kind,
  listOf,
  type Problem,
  rule,
  text,
  trueOrFalse,
} from "./block-kit-checks.ts";
import {
  anyText,
  button,
  type InteractiveElement,
  imageFields,
  overflow,
  pickers,
  plainText,
  richTextElements,
  selects,
  suggestions,
  typed,
} from "./block-kit-elements.ts";

/** A block that has passed `validateMessage` or `validateView`. */
export type SlackBlock =
  | (Omit<ActionsBlock, "elements"> & { elements: InteractiveElement[] })
  | ContextBlock
  | DividerBlock
  | HeaderBlock
  | ImageBlock
  | (Omit<InputBlock, "element"> & { element: InteractiveElement })
  | RichTextBlock
  | (Omit<SectionBlock, "accessory"> & { accessory?: InteractiveElement | ImageElement });

/** Why Slack does not take something: its error code, and for blocks and views each problem. */
export interface Rejection {
  readonly error: string;
  readonly problems: readonly Problem[];
}

/** A message's `text`, cut by Slack's clients and refused by chat.update beyond this. */
const MESSAGE_TEXT_MAX = 4000;
const MESSAGE_BLOCKS_MAX = 50;
const VIEW_BLOCKS_MAX = 100;
const VIEW_BYTES_MAX = 250_000;
/**
 * Characters of all texts of a message together. Slack documents no figure; 11,341 were refused and it
 * names "12,000 with a buffer for block containers" (slackapi/bolt-js#2867).
 */
const MESSAGE_CHARACTERS_MAX = 11_000;

// --- Blocks

const id: Fields = { block_id: text(255) };

const block = byType({
  divider: kind({}, id),
  header: kind({ text: plainText(150) }, id),
  section: both(
    kind(
      {},
      {
        ...id,
        text: anyText(3000),
        fields: listOf(anyText(2000), { max: 10 }),
        accessory: byType({ button, overflow, image: kind(imageFields), ...selects, ...pickers }),
        expand: trueOrFalse,
      },
    ),
    rule((section) =>
      section["text"] === undefined && section["fields"] === undefined
        ? "must define either `text` or `fields`"
        : undefined,
    ),
  ),
  context: kind(
    {
      elements: listOf(
        byType({
          image: kind(imageFields),
          plain_text: kind({ text: text(3000) }, { emoji: trueOrFalse }),
          mrkdwn: kind({ text: text(3000) }, { verbatim: trueOrFalse }),
        }),
        { max: 10 },
      ),
    },
    id,
  ),
  actions: kind(
    { elements: listOf(byType({ button, overflow, ...selects, ...pickers }), { max: 25 }) },
    id,
  ),
  input: kind(
    { label: plainText(2000), element: byType({ ...selects, ...pickers, ...typed }) },
    { ...id, hint: plainText(2000), optional: trueOrFalse, dispatch_action: trueOrFalse },
  ),
  image: kind(imageFields, { ...id, title: plainText(2000) }),
  rich_text: kind({ elements: richTextElements }, id),
});

const blocks = (max: number): Check => both(listOf(block, { min: 0, max }), uniqueIds);

/** `block_id` is unique in a surface, `action_id` in its block; only one element takes the focus. */
function uniqueIds(value: unknown, pointer: string): readonly Problem[] {
  const all = value as readonly SlackBlock[];
  const elements = all.flatMap((one, index) => elementsAt(one, `${pointer}/${index}`));
  const focused = elements.filter(
    ({ element }) => "focus_on_load" in element && element.focus_on_load,
  );
  return [
    ...repeated(
      "block_id",
      all.map((one, index) => ({ id: one.block_id, pointer: `${pointer}/${index}/block_id` })),
    ),
    ...all.flatMap((one, index) =>
      repeated(
        "action_id",
        elementsAt(one, `${pointer}/${index}`).map((at) => ({
          id: at.element.action_id,
          pointer: `${at.pointer}/action_id`,
        })),
      ),
    ),
    ...focused.slice(1).map((at) => ({
      pointer: `${at.pointer}/focus_on_load`,
      message: "only one element may have `focus_on_load`",
    })),
  ];
}

function repeated(
  name: string,
  ids: readonly { readonly id: string | undefined; readonly pointer: string }[],
): readonly Problem[] {
  const seen = new Set<string>();
  return ids.flatMap(({ id, pointer }) => {
    if (id === undefined) return [];
    if (seen.has(id)) return [{ pointer, message: `\`${name}\` "${id}" already exists` }];
    seen.add(id);
    return [];
  });
}

/** The interactive elements of a block, each with the pointer to it. */
export function elementsAt(
  one: SlackBlock,
  pointer = "",
): readonly { readonly element: InteractiveElement; readonly pointer: string }[] {
  switch (one.type) {
    case "actions":
      return one.elements.map((element, index) => ({
        element,
        pointer: `${pointer}/elements/${index}`,
      }));
    case "input":
      return [{ element: one.element, pointer: `${pointer}/element` }];
    case "section":
      return one.accessory === undefined || one.accessory.type === "image"
        ? []
        : [{ element: one.accessory, pointer: `${pointer}/accessory` }];
    default:
      return [];
  }
}

// --- Surfaces

const viewFields: Fields = {
  private_metadata: text(3000, 0),
  callback_id: text(255, 0),
  external_id: text(255, 0),
};

const view = byType({
  modal: both(
    kind(
      { title: plainText(24), blocks: blocks(VIEW_BLOCKS_MAX) },
      {
        ...viewFields,
        submit: plainText(24),
        close: plainText(24),
        clear_on_close: trueOrFalse,
        notify_on_close: trueOrFalse,
      },
    ),
    inputsNeedSubmit,
  ),
  home: kind({ blocks: blocks(VIEW_BLOCKS_MAX) }, viewFields),
});

function inputsNeedSubmit(value: unknown, pointer: string): readonly Problem[] {
  const modal = value as { readonly submit?: unknown; readonly blocks: readonly SlackBlock[] };
  if (modal.submit !== undefined) return [];
  return modal.blocks.flatMap((one, index) =>
    one.type === "input"
      ? [
          {
            pointer: `${pointer}/blocks/${index}/input`,
            message: "must define `submit` to use an `input` block in modals",
          },
        ]
      : [],
  );
}

/**
 * Whether Slack would take a message with these blocks and this text, either of which may be undefined.
 * Returns undefined where it would.
 */
export function validateMessage(blocksGiven: unknown, textGiven: unknown): Rejection | undefined {
  if (textGiven !== undefined && typeof textGiven !== "string") return refused("invalid_arguments");
  if ((textGiven ?? "").length > MESSAGE_TEXT_MAX) return refused("msg_too_long");
  if (blocksGiven === undefined) return textGiven ? undefined : refused("no_text");
  if (!Array.isArray(blocksGiven)) return refused("invalid_blocks_format");
  if (blocksGiven.length === 0 && !textGiven) return refused("no_text");

  const problems = blocks(MESSAGE_BLOCKS_MAX)(blocksGiven, "/blocks");
  if (problems.length > 0) return refused("invalid_blocks", problems);
  if (charactersIn(blocksGiven) > MESSAGE_CHARACTERS_MAX) return refused("msg_blocks_too_long");
  return undefined;
}

/** Whether Slack would take this modal or home tab. Returns undefined where it would. */
export function validateView(viewGiven: unknown): Rejection | undefined {
  const problems = view(viewGiven, "/view");
  if (problems.length > 0) return refused("invalid_arguments", problems);
  if (Buffer.byteLength(JSON.stringify(viewGiven)) > VIEW_BYTES_MAX)
    return refused("view_too_large");
  return undefined;
}

/** Whether Slack would show this answer to a `block_suggestion`. Returns undefined where it would. */
export function validateSuggestions(answer: unknown): Rejection | undefined {
  const problems = suggestions(answer, "");
  return problems.length > 0 ? refused("invalid_arguments", problems) : undefined;
}

/** A problem as Slack writes it in `response_metadata.messages`. */
export function inSlacksWords({ pointer, message }: Problem): string {
  return `[ERROR] ${message} [json-pointer:${pointer}]`;
}

function refused(error: string, problems: readonly Problem[] = []): Rejection {
  return { error, problems };
}

function charactersIn(value: unknown): number {
  if (Array.isArray(value)) return value.reduce((sum: number, one) => sum + charactersIn(one), 0);
  if (!isObject(value)) return 0;
  return Object.entries(value).reduce(
    (sum, [name, inside]) =>
      sum + (name === "text" && typeof inside === "string" ? inside.length : charactersIn(inside)),
    0,
  );
}
